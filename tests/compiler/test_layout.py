"""How a text is laid out: comments, blank lines, brackets, line ends; and where spans point."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from anhvm.compiler import syntax as s
from anhvm.compiler.build import build
from anhvm.compiler.parser import parse
from anhvm.compiler.phases import compile_source
from anhvm.compiler.table_cache import table_file
from tests.compiler.mutate import ROOT

PLAIN = """\
def f(a: u64) -> u64:
    if a == 1:
        return 2
    return a + 1
"""

VARIANTS = {
    "comments": "# top\n\ndef f(a: u64) -> u64: # why\n  # odd place\n    if a == 1:   # x\n\n"
    "# far left\n        return 2\n            # far right\n    return a + 1 # end",
    "brackets": "def f(\n  a: u64,\n      ) -> u64:\n    if (a\n== 1):\n        return 2\n"
    "    return (a\n # inside\n + 1)\n",
    "joined": "def f(a: u64) -> u64:\n    if a \\\n == 1:\n        return 2\n    return a + 1\n",
    "windows": PLAIN.replace("\n", "\r\n"),
    "two spaces": "def f(a: u64) -> u64:\n  if a == 1:\n     return 2\n  return a + 1",
    "no last line end": PLAIN.rstrip(),
    "many line ends": "\n\n" + PLAIN + "\n\n   \n",
}


def shape(node: object) -> object:
    """The tree without spans."""
    if isinstance(node, tuple):
        return tuple(map(shape, node))
    if hasattr(node, "__dataclass_fields__"):
        names = [n for n in node.__dataclass_fields__ if n != "span"]
        return (type(node).__name__, *(shape(getattr(node, n)) for n in names))
    return node


@pytest.mark.parametrize("name", VARIANTS)
def test_layout_changes_nothing(name: str) -> None:
    assert shape(build(parse(VARIANTS[name], "f"), "f")) == shape(build(parse(PLAIN, "f"), "f"))


def test_spans_are_those_of_the_text() -> None:
    text = "def f(a: u64) -> u64:\n    return a + max(a,\n  2)\n"
    (function,) = build(parse(text, "f"), "f").functions
    (statement,) = function.body
    assert isinstance(statement, s.Return)
    (value,) = statement.values
    assert isinstance(value, s.Binary)
    spans = [value.span, value.left.span, value.right.span]
    found = [(p.line, p.column, p.end_line, p.end_column) for p in spans]
    assert found == [(2, 12, 3, 5), (2, 12, 2, 13), (2, 16, 3, 5)]


def test_precedence() -> None:
    pairs = {
        "a + b * c": "a + (b * c)",
        "a - b - c": "(a - b) - c",
        "-a * b": "(-a) * b",
        "a << b + c": "a << (b + c)",
        "a & b << c": "a & (b << c)",
        "a & b == c": "(a & b) == c",
        "not a == b and c or d": "((not (a == b)) and c) or d",
        "a @ b + c": "(a @ b) + c",
        "-a.b[c](d)": "-(((a.b)[c])(d))",
    }
    for left, right in pairs.items():
        trees = [
            build(parse(f"const X = {text}\n", "f"), "f").consts[0].value for text in (left, right)
        ]
        assert shape(trees[0]) == shape(trees[1]), left


def test_docstrings_reach_the_interface() -> None:
    text = (
        'contract C:\n    """About C."""\n    x: u64\n    @view\n    def f() -> u64:\n'
        '        """First.\n\n        Second.\n        """\n        return self.x\n'
    )
    unit = compile_source(text).lowered
    assert unit.abi.doc == "About C."
    assert unit.abi.functions[0].doc == "First.\n\nSecond."


def test_damaged_tables_are_built_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    code = "from anhvm.compiler.parser import parse; print(parse('const A = 1\\n', 'f').data)"

    def run() -> None:
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
        assert capfd.readouterr() == ("start\n", "")

    run()
    (kept,) = (tmp_path / "anhvm" / "parser").iterdir()
    good = kept.read_bytes()
    run()
    assert kept.read_bytes() == good
    kept.write_bytes(good[: len(good) // 2])
    run()
    assert len(kept.read_bytes()) > len(good) * 3 // 4, "the damaged file was kept"


def test_tables_are_kept_in_a_private_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = table_file("grammar", "1")
    assert first is not None and table_file("other", "1") != first != table_file("grammar", "2")
    assert stat.S_IMODE(os.stat(first.parent).st_mode) == 0o700
    first.parent.chmod(0o777)
    assert table_file("grammar", "1") is None, "a folder that others can write is not used"
    first.parent.chmod(0o700)
    first.parent.rmdir()
    first.parent.write_text("a file")
    assert table_file("grammar", "1") is None
