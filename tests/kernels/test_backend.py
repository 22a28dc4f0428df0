"""The CPU backend: what its sources may not say, and how machine code is kept."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np
import pytest
from numba import types

from anhvm.errors import Bug
from anhvm.kernels.cpu import cache, codegen
from anhvm.kernels.cpu.kernels import HOMES
from anhvm.kernels.cpu.loader import Loaded
from anhvm.kernels.cpu.sources import closure
from anhvm.kernels.registry import CpuKernels
from anhvm.kernels.table import BY_NAME

CPU = Path(cache.__file__).parent
_DECIDING = {path for home in HOMES.values() for path in closure(home)}
SOURCES = sorted(CPU / Path(p).name for p in _DECIDING if p.startswith("cpu/"))
BANNED_NAMES = {"prange", "parallel", "fastmath", "float64"}
TYPED = {"np.float32", "ir.Constant"}
BANNED_CALLS = {"sum", "mean", "dot", "prod"}


def offences(source: str) -> Iterator[str]:
    """What the law bans from an exact kernel: N5, and facts found by trying."""
    tree = ast.parse(source)
    wrapped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in TYPED
        for argument in node.args
        for inner in ast.walk(argument)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            if id(node) not in wrapped:
                yield f"{node.lineno}: a binary64 literal"
        elif isinstance(node, ast.keyword) and node.arg in BANNED_NAMES:
            yield f"{node.value.lineno}: {node.arg}"
        elif isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in BANNED_NAMES or (isinstance(node, ast.Attribute) and name in BANNED_CALLS):
                yield f"{node.lineno}: {name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.stem)
def test_sources_keep_the_law(path: Path) -> None:
    assert list(offences(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "bad",
    [
        "y = x * 0.1",
        "njit(fastmath=True)",
        "for i in prange(n): pass",
        "np.sum(x)",
        "np.float64(1)",
    ],
)
def test_the_lint_sees(bad: str) -> None:
    assert list(offences(bad))


def double(p: Any) -> Any:
    return p * 0.1 > 3


def library(p: Any) -> Any:
    return np.float32(np.sin(np.float32(p))) > np.float32(0)


@pytest.mark.parametrize(("function", "message"), [(double, "double"), (library, "calls llvm.sin")])
def test_the_compiler_refuses(function: Any, message: str) -> None:
    with pytest.raises(Bug, match=message):
        codegen.compile_object({"bad": (function, types.int32)})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ANHVM_CACHE_DIR", str(tmp_path))
    cache._folder.cache_clear()
    yield tmp_path
    cache._folder.cache_clear()


def test_a_kernel_is_kept_and_read_back(folder: Path) -> None:
    cache.write("neg", b"co\nde", ["cpu/moves.py", "definitions/philox.py"])
    assert cache.read("neg") == b"co\nde"
    (file,) = folder.rglob("*.o")
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_damaged_file_is_compiled_again(folder: Path) -> None:
    CpuKernels().pointers(BY_NAME["neg"].id)
    (file,) = folder.rglob("neg.o")
    good = file.read_bytes()
    for bad in (b"", good[:-1], good[:40] + bytes([good[40] ^ 1]) + good[41:]):
        file.write_bytes(bad)
        assert cache.read("neg") is None
    CpuKernels().pointers(BY_NAME["neg"].id)
    assert cache.read("neg") is not None


def test_an_edited_source_costs_its_own_kernels_only(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    monkeypatch.setattr(cache, "_KERNELS", sources)
    for name in ("a.py", "b.py"):
        (sources / name).write_text("1")
    cache._source.cache_clear()
    cache.write("neg", b"code", ["a.py"])
    cache.write("abs", b"code", ["a.py", "b.py"])
    (sources / "b.py").write_text("2")
    cache._source.cache_clear()
    assert (cache.read("neg"), cache.read("abs")) == (b"code", None)
    (sources / "a.py").unlink()
    cache._source.cache_clear()
    assert cache.read("neg") is None
    cache._source.cache_clear()


def test_sources_of_a_kernel_are_all_that_its_module_imports() -> None:
    found = closure(HOMES["exp"])
    assert {"cpu/elementwise.py", "cpu/codegen.py", "cpu/loader.py"} <= set(found)
    assert "definitions/transcendental.py" in found
    assert "cpu/convolution.py" not in found and "definitions/philox.py" not in found
    assert "definitions/philox.py" in closure(HOMES["uniform"])


def test_a_folder_open_to_others_is_not_used(folder: Path) -> None:
    cache.write("neg", b"code", [])
    (file,) = folder.rglob("*.o")
    file.parent.chmod(0o755)
    cache._folder.cache_clear()
    assert cache.read("neg") is None
    cache.write("abs", b"code", [])
    assert len(list(folder.rglob("*.o"))) == 1


def test_loaded_functions_have_addresses() -> None:
    code = codegen.compile_object({"three": (lambda p: 3, types.int64)})
    loaded = Loaded(code, ["three"])
    assert loaded.addresses["three"] > 0


def run(program: str, **environment: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.strip()


def test_a_warm_start_needs_no_numba() -> None:
    neg = BY_NAME["neg"].id
    CpuKernels().pointers(neg)
    program = (
        "import sys; from anhvm.kernels.registry import CpuKernels;"
        f"CpuKernels().pointers({neg}); print('numba' in sys.modules)"
    )
    assert run(program) == "False"


def test_threads_that_ask_at_once_share_one_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    kernels, loads = CpuKernels(), []
    load = kernels._load

    def slowly(name: str, checks: bool) -> Any:
        loads.append(name)
        sleep(0.05)
        return load(name, checks)

    monkeypatch.setattr(kernels, "_load", slowly)
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(kernels.pointers, [BY_NAME["neg"].id] * 4))
    assert len(found) == 1 and loads == ["neg"]
