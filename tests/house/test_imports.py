"""Each third-party library has one home: elsewhere it may not be imported, not even lazily.

The direction of imports between our own packages is import-linter's, in pyproject.toml.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.files import name_of, sources

HOMES = {
    # The parser: text to syntax tree.
    "lark": ("compiler/parser.py", "compiler/parse_errors.py", "compiler/build", "compiler/indent"),
    "cffi": ("anhvm/machine/",),
    "numba": ("kernels/cpu/", "kernels/cuda/", "kernels/fast/"),
    "llvmlite": ("kernels/cpu/", "kernels/cuda/"),
    "nacl": ("chain/keys",),
    "lmdb": ("chain/store",),
    "torch": (),
    "sklearn": ("examples/",),
    "matplotlib": ("examples/",),
}


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """The top-level packages that a file imports, with the line."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0], node.lineno


def strangers(path: Path) -> list[str]:
    """Imports of a library outside its home. Tests and benches may look at anything."""
    name = name_of(path)
    return [
        f"{name}:{line} imports {library}"
        for library, line in imported(path)
        if library in HOMES and not name.startswith((*HOMES[library], "tests/", "benches/"))
    ]


def test_libraries_stay_in_their_homes() -> None:
    found = [line for path in sources(".py") for line in strangers(path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("statement", ["import numba", "from numba.core import types"])
def test_a_stranger_is_found(
    tmp_path: Path, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.house.files.ROOT", tmp_path)
    file = tmp_path / "late.py"
    file.write_text(f"def f():\n    {statement}\n")
    assert strangers(file) == ["late.py:2 imports numba"]


def test_nothing_that_ships_imports_the_tests() -> None:
    found = [
        f"{name_of(path)}:{line}"
        for path in sources(".py")
        if not name_of(path).startswith("tests/")
        for library, line in imported(path)
        if library == "tests"
    ]
    assert not found, found
