"""doctor, warm: what they say of this machine, and of one that is not as it should be."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from anhvm.cli import numbers
from anhvm.errors import CannotAnswer, Exit
from anhvm.kernels import golden
from anhvm.kernels.cpu import cache
from anhvm.kernels.table import BY_NAME
from tests.benches.fake_gpu import Failing, Fake
from tests.cli.conftest import Cli

# All of them are checked in tests/kernels; here it is the talk that counts.
FEW = ("--kernel", "neg", "--kernel", "relu")


def test_the_doctor_finds_this_machine_well(cli: Cli) -> None:
    said = cli("doctor", *FEW, "--json")
    data = said.data
    assert said.code == Exit.OK, said.out
    assert data["reproduces"] is True and data["misses"] == data["next"] == []
    checks = {check["check"]: check["ok"] for check in data["checks"]}
    assert checks == dict.fromkeys(("compiler", "machine", "store", "keys", "numbers"), True)
    assert data["cpu"] and data["fma"] is True and data["cores"] > 0
    assert {"python", "numpy", "numba", "llvmlite"} < data["versions"].keys()
    assert Path(data["core"]).is_file() and Path(data["cache"]["folder"]).is_dir()
    assert data["cache"]["kernels"] >= 2


def test_the_doctor_finds_what_is_broken(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*args: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr("anhvm.chain.session.Session.create", lost)
    said = cli("doctor", *FEW, "--json")
    assert said.code == Exit.FAILED
    (bad,) = [check for check in said.data["checks"] if not check["ok"]]
    assert bad["check"] == "store" and "the disk is gone" in bad["detail"]


def test_the_doctor_explains_a_kernel_that_differs(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    from anhvm.kernels.cpu import call as backend

    right = backend.call

    def wrong(name: str, inputs: Any, attrs: Any, counts: Any, threads: int) -> Any:
        outputs = right(name, inputs, attrs, counts, threads)
        for x, y in zip(inputs, outputs, strict=True):
            if name == "relu":
                y[x == 0] = x[x == 0]
        return outputs

    monkeypatch.setattr(backend, "call", wrong)
    said = cli("doctor", *FEW)
    assert said.code == Exit.FAILED
    assert "numbers     FAILED  relu, class '" in said.out
    assert "only the signs of zeros differ" in said.out
    assert "reproduced exactly if relu let -0 through (N3)" in said.out
    assert "reproduces  no" in said.out and "and run anhvm doctor again" in said.out
    said = cli("doctor", *FEW, "--json")
    assert said.code == Exit.FAILED and said.data["reproduces"] is False
    assert {miss["kernel"] for miss in said.data["misses"]} == {"relu"}


def test_the_doctor_looks_at_a_gpu_too(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def device(kind: type[Fake]) -> None:
        monkeypatch.setattr(numbers, "gpu", lambda: (kind(), "Fake GPU"))

    few = ("--kernel", "f32_of_bool", "--kernel", "place_label")
    device(Fake)
    said = cli("doctor", *few, "--json")
    assert said.code == Exit.OK
    assert said.data["gpu"] == {"name": "Fake GPU", "reproduces": True, "faults": []}
    assert said.data["checks"][-1]["detail"] == "Fake GPU: 2 kernels give their golden digests"
    device(Failing)
    said = cli("doctor", *few)
    assert said.code == Exit.FAILED and "reproduces  yes" in said.out
    assert "gpu         FAILED  place_label: RuntimeError: an illegal address" in said.out
    assert "make gpu says what is wrong" in said.out


def test_the_doctor_says_why_no_gpu_was_looked_at(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "find_spec", lambda name: None)
    said = cli("doctor", "--kernel", "neg", "--json").data["gpu"]
    assert said["reproduces"] is None and "anhvm[cuda]" in said["name"]
    monkeypatch.setattr(numbers, "find_spec", lambda name: "there")
    for error, word in (
        (CannotAnswer("gpu.missing", "none here", ""), "none"),
        (OSError(5), "OSE"),
    ):
        module = SimpleNamespace(Gpu=Mock(side_effect=error))
        monkeypatch.setitem(sys.modules, "anhvm.kernels.cuda.gpu", module)
        assert numbers.gpu()[0] is None and word in numbers.gpu()[1]
    module = SimpleNamespace(Gpu=Fake)
    monkeypatch.setitem(sys.modules, "anhvm.kernels.cuda.gpu", module)
    assert numbers.gpu()[1] == "Fake GPU"


@pytest.mark.parametrize(
    ("change", "words"), [({}, "golden --bless"), ({"odd": "00"}, "install the NumPy")]
)
def test_the_doctor_says_what_to_do_about_the_file(
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
    words: str,
) -> None:
    known = golden.load()
    known["neg"] = {**known["neg"], **change} if change else {}
    file = tmp_path / "golden.json"
    file.write_text(json.dumps({"digests": known}))
    monkeypatch.setattr(golden, "FILE", file)
    said = cli("doctor", "--kernel", "neg", "--json")
    assert said.code == Exit.FAILED
    assert any(words in step for step in said.data["next"])


def test_nothing_wrong_asks_for_nothing() -> None:
    assert numbers.advice([]) == ""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> Path:
    """An empty cache; after `cli`, which takes our variables away."""
    monkeypatch.setenv("ANHVM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_folder", cache._folder.__wrapped__)
    return tmp_path / "cache"


def test_warm_fills_an_empty_cache_once(cli: Cli, folder: Path) -> None:
    first = cli("warm", "--kernel", "count", "--json").data
    assert first["compiled"] == ["count"] and first["seconds"] > 0 and first["kept"] is True
    (file,) = folder.rglob("*.o")
    assert (file.name, str(file.parent)) == ("count.o", first["folder"])
    second = cli("warm", "--kernel", "count", "--json").data
    assert (second["compiled"], second["seconds"]) == ([], 0)


def test_warm_says_where_it_cannot_keep_anything(cli: Cli, folder: Path) -> None:
    private = Path(cli("warm", "--kernel", "count", "--json").data["folder"])
    private.chmod(stat.S_IRWXU | stat.S_IROTH)
    said = cli("warm", "--kernel", "count")
    assert said.code == Exit.FAILED
    assert "folder   none" in said.out and "set ANHVM_CACHE_DIR" in said.out


@pytest.mark.parametrize("command", ["warm", "doctor"])
def test_a_kernel_that_does_not_exist(cli: Cli, command: str) -> None:
    said = cli(command, "--kernel", "ngg", "--json")
    assert said.code == Exit.USAGE and "did you mean neg?" in said.fault["hint"]


def test_without_names_all_kernels_are_meant(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def pretend(names: list[str]) -> list[object]:
        asked.extend(names)
        return []

    monkeypatch.setattr("anhvm.kernels.warm.warm", pretend)
    assert cli("warm").code == Exit.OK
    assert asked == list(BY_NAME)
