"""Every kernel gives its golden digests; and the check would notice if one did not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anhvm.errors import Bug
from anhvm.kernels import golden
from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.cpu.call import call as fast
from anhvm.kernels.definitions.call import call as slow
from anhvm.kernels.definitions.floats import flush
from anhvm.kernels.golden_cases import Case, cases
from anhvm.kernels.table import BY_NAME, KERNELS
from tests.cpus import on_other_cpu

NAMES = [k.name for k in KERNELS]
# What other tests compile for other CPUs anyway: everything takes half a minute for each CPU.
SLICE = ["sum", "softmax", "div", "normal", "matmul_nt", "matmul_tn"]


def every_case(name: str) -> list[Case]:
    return [case for some in cases(BY_NAME[name]).values() for case in some]


@pytest.mark.parametrize("name", NAMES)
def test_the_definition_and_the_kernel_give_the_golden_digests(name: str) -> None:
    for caller in (slow, fast, partial(fast, threads=2)):
        assert [miss.sentence for miss in golden.check(name, caller)] == []


@pytest.mark.parametrize("cpu", [on_other_cpu("haswell"), on_other_cpu("x86-64")])
def test_other_cpus_give_the_golden_digests(cpu: str) -> None:
    command = [sys.executable, "-m", "anhvm.kernels.golden", "--check", "--cpu", cpu]
    command += ["--threads", "1", "2", "--kernels", *SLICE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for threads in (1, 2):
        assert f"{cpu}, {threads} threads: {len(SLICE)} kernels, 0 classes differ" in done.stdout


def test_the_file_speaks_of_the_table_and_of_nothing_else() -> None:
    known = golden.load()
    assert list(known) == NAMES
    for kernel in KERNELS:
        assert {"inputs", *cases(kernel)} == known[kernel.name].keys()
        assert {"one", "odd", "hostile", "boundary"} <= known[kernel.name].keys()


def test_the_cases_are_hostile_enough() -> None:
    for kernel in KERNELS:
        inputs = [x for case in every_case(kernel.name) for x in case.inputs]
        assert not any(_subnormal(x) for x in inputs), kernel.name
        if kernel.signature.rests and "stride" not in kernel.attrs:
            sizes = {d for x in inputs for d in x.shape}
            assert {0, 1} <= sizes and max(sizes) > 4096, kernel.name
    wild = np.concatenate([c.inputs[0].ravel() for c in cases(BY_NAME["sum"])["hostile"]])
    assert np.isnan(wild).any() and np.isinf(wild).any() and (np.abs(wild) > 2.0**40).any()
    a = np.concatenate([c.inputs[0].ravel() for c in every_case("add")])
    assert np.isnan(a).any() and np.isinf(a).any()
    assert {False, True} == set(np.signbit(a[a == 0]).tolist())
    with np.errstate(invalid="ignore"):
        products = [c.inputs[0].astype(np.float64) * c.inputs[1] for c in every_case("mul")]
    small = np.abs(np.concatenate([p.ravel() for p in products]))
    # One product is flushed only by a law that decides before rounding.
    edge = (small > 2.0**-126 - 2.0**-151) & (small < 2.0**-126)
    assert edge.any() and ((small > 0) & (small < 2.0**-127)).any()
    depths = {c.inputs[0].shape[-1] for c in every_case("matmul")}
    assert {0, 255, 256, 257, 513} <= depths


def _subnormal(x: Any) -> bool:
    return x.dtype == np.float32 and bool((flush(x).view(np.uint32) != x.view(np.uint32)).any())


def test_the_cases_give_two_threads_something_to_do() -> None:
    for name in ("matmul", "add", "sum", "max_grad", "softmax", "normal", "transpose"):
        tiles = [Prepared(name, c.inputs, c.attrs, c.counts).tiles for c in every_case(name)]
        assert max(tiles) > 1, name


def test_inputs_are_the_same_each_time() -> None:
    for one, other in zip(every_case("select"), every_case("select"), strict=True):
        assert all(
            a.tobytes() == b.tobytes() for a, b in zip(one.inputs, other.inputs, strict=True)
        )


def test_an_attribute_of_a_new_kind_is_refused() -> None:
    with pytest.raises(Bug, match="attributes of sum"):
        cases(replace(BY_NAME["sum"], attrs=("slant",)))


class Faulty:
    """The fast kernels, but one bit of one element of every output of more than 4,096 is wrong."""

    def __call__(
        self, name: str, inputs: Sequence[Any], attrs: Sequence[int], counts: Sequence[int]
    ) -> list[Any]:
        outputs = fast(name, inputs, attrs, counts)
        for output in outputs:
            if output.size > 4096:
                output.reshape(-1).view(np.uint32)[4000] ^= 1
        return outputs


def test_one_wrong_bit_is_found_and_named() -> None:
    (miss,) = golden.check("exp", Faulty())
    assert miss.shape_class == "boundary"
    assert miss.divergence is not None
    assert (miss.divergence.index, miss.divergence.ulps) == ((4000,), 1)
    assert miss.sentence.startswith("exp, class 'boundary': exp, element [4000]: left ")
    assert "no cause we know" in miss.sentence


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"odd": "00"}, "the definition gives other bits too"),
        ({"inputs": "00"}, "other cases than the digests were made of"),
        ({"inputs": "00", "odd": "00"}, "class 'inputs'"),
        ({"odd": None}, "there is no golden digest"),
        ({"gone": "00"}, "class 'gone'"),
    ],
)
def test_a_digest_that_does_not_fit_is_told(change: dict[str, str | None], words: str) -> None:
    known = {**golden.load()["neg"], **change}
    kept = {c: d for c, d in known.items() if d is not None}
    (miss,) = golden.check("neg", fast, kept)
    assert words in miss.sentence


def test_digests_see_shape_type_and_order_but_no_payload() -> None:
    x = np.array([1, np.nan], np.float32)
    other = np.array([0x3F800000, 0xFFC00123], np.uint32).view(np.float32)
    assert golden.digest([x]) == golden.digest([other])
    distinct: list[list[Any]] = [[x], [x[None]], [x.view(np.int32)], [x[::-1]], [x, x], [-x], []]
    assert len({golden.digest(arrays) for arrays in distinct}) == len(distinct)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "golden.json"
    copy.write_text(golden.FILE.read_text())
    monkeypatch.setattr(golden, "FILE", copy)
    return copy


def test_blessing_again_changes_nothing(file: Path) -> None:
    before = file.read_text()
    assert golden.bless(["neg", "relu"]) == (0, [])
    assert file.read_text() == before


def test_a_digest_changes_only_when_asked(file: Path) -> None:
    right = file.read_text()
    digest = golden.load()["neg"]["odd"]
    file.write_text(right.replace(digest, "0" * len(digest)))
    wrong = file.read_text()
    assert golden.bless(["neg"]) == (0, ["neg/odd"])
    assert file.read_text() == wrong
    assert golden.bless(["neg"], replace=True) == (1, [])
    assert file.read_text() == right


def test_a_missing_digest_is_added_and_a_stale_one_dropped(file: Path) -> None:
    right = json.loads(file.read_text())
    wrong = json.loads(file.read_text())
    del wrong["digests"]["neg"]["odd"]
    wrong["digests"]["neg"]["stale"] = "00"
    file.write_text(json.dumps(wrong))
    assert golden.bless(["neg"]) == (0, [])
    assert json.loads(file.read_text()) == right


def test_the_command_fails_where_a_digest_does_not_fit(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = golden.load()["relu"]["odd"]
    file.write_text(file.read_text().replace(digest, "0" * len(digest)))
    monkeypatch.setattr(sys, "argv", ["golden", "--check", "--kernels", "neg", "relu"])
    assert golden.main() == 1
    assert "2 kernels, 1 classes differ\n  relu, class 'odd'" in capsys.readouterr().out


def test_a_kernel_is_warmed_once(tmp_path: Path) -> None:
    program = """
import sys
import anhvm.api, anhvm.kernels.golden, anhvm.kernels.registry, anhvm.runtime.engines
from anhvm.kernels.warm import cache_folder, cached, warm
print(cached(), "numba" in sys.modules)
print([(w.kernel, w.compiled, w.kept) for _ in range(2) for w in warm(["count"])])
print(cached(), [p.name for p in cache_folder().iterdir()])
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "ANHVM_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "0 False",
        "[('count', True, True), ('count', False, True)]",
        "1 ['count.o']",
    ]
