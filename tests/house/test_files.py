"""House rules on files: short, documented, and free of traces of the place they were written at."""

from __future__ import annotations

import ast
import re

from tests.house.files import name_of, sources, tracked

WALL = 400
GENERATED = (".gen.h", "_gen.h")

# Split, so that this file passes its own test.
TRACES = re.compile(
    rb"(?<![\w.])/(?:wor" rb"k|tm" rb"p|roo" rb"t|hom" rb"e)/(?=[\w.])|file:/" rb"//|/opt/(?=[\w.])"
)


def test_no_file_is_longer_than_the_wall() -> None:
    long = {
        name_of(path): lines
        for path in sources(".py", ".c", ".h", ".lark", ".anh")
        if not path.name.endswith(GENERATED) and (lines := path.read_bytes().count(b"\n")) > WALL
    }
    assert not long, f"split these, one idea a file: {long}"


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:80]!r}"
        for path in tracked()
        for number, line in enumerate(path.read_bytes().split(b"\n"), 1)
        if TRACES.search(line)
    ]
    assert not found, "\n".join(found)


def test_every_module_says_what_it_is() -> None:
    bare = [
        name_of(path)
        for path in sources(".py")
        if not ast.get_docstring(ast.parse(path.read_bytes()))
    ]
    assert not bare, f"these need a docstring: {bare}"
