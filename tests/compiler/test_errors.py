"""Programs at fault: each says in a comment which code stands at which line.

`errors/messages.txt` holds every message as a person sees it.  ``ANHVM_BLESS=1`` rewrites it: read
the difference before committing it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from anhvm.compiler.codes import CODES, main
from anhvm.compiler.diagnostics import CompileError
from anhvm.compiler.phases import compile_file, compile_source
from anhvm.errors import UserError

FOLDER = Path(__file__).parent / "errors"
MESSAGES = FOLDER / "messages.txt"
_MARK = re.compile(r"# error:((?: E\d{4})+)")


def cases() -> list[tuple[str, str]]:
    """Name and text of every case, each with its own line numbers."""
    found = []
    for path in sorted(FOLDER.glob("*.anh")):
        for part in re.split(r"^(?=#---)", path.read_text(), flags=re.MULTILINE)[1:]:
            title = part.split("\n", 1)[0].removeprefix("#---").split("#")[0].strip()
            found.append((f"{path.stem}: {title}", part))
    return found


CASES = cases()


def expected(text: str) -> list[tuple[int, str]]:
    return sorted(
        (number, code)
        for number, line in enumerate(text.split("\n"), 1)
        for marks in _MARK.findall(line)
        for code in marks.split()
    )


def failure(text: str) -> CompileError:
    compilation = compile_source(text, "case.anh")
    with pytest.raises(CompileError) as caught:
        if compilation.checked is None or "no contract" in text.split("\n", 1)[0]:
            _ = compilation.lowered
        _ = compilation.program
    return caught.value


@pytest.mark.parametrize(("name", "text"), CASES, ids=[name for name, _ in CASES])
def test_each_fault_is_found_at_its_line(name: str, text: str) -> None:
    error = failure(text)
    found = sorted((d.span.line, d.code) for d in error.diagnostics)
    assert found == expected(text), error.render()
    assert expected(text), "a case without a mark tests nothing"


def test_the_messages_are_the_blessed_ones() -> None:
    shown = "\n\n".join(f"== {name}\n\n{failure(text).render()}" for name, text in CASES) + "\n"
    if os.environ.get("ANHVM_BLESS"):
        MESSAGES.write_text(shown)
    assert shown == MESSAGES.read_text()


def test_every_code_has_a_program() -> None:
    covered = {code for _, text in CASES for _, code in expected(text)}
    assert covered | {"E0207"} == set(CODES)


def test_every_message_has_a_next_step() -> None:
    for _, text in CASES:
        for diagnostic in failure(text).diagnostics:
            assert diagnostic.hint and diagnostic.message


def test_the_page_of_codes_is_fresh() -> None:
    assert main(["--check"]) == 0, "run: python -m anhvm.compiler.codes --write"


def test_modules_that_import_each_other(tmp_path: Path) -> None:
    (tmp_path / "one.anh").write_text("import two\n")
    (tmp_path / "two.anh").write_text("import one\nimport nothing\n")
    with pytest.raises(CompileError) as caught:
        _ = compile_file(tmp_path / "one.anh").checked
    found = {(d.span.file, d.code) for d in caught.value.diagnostics}
    assert found == {("two.anh", "E0207"), ("two.anh", "E0203")}


def test_a_diagnostic_as_data() -> None:
    error = failure("def f(rate: u64) -> u64:\n    return rat\n")
    assert error.to_json()["diagnostics"] == [
        {
            "code": "E0201",
            "title": CODES["E0201"].title,
            "file": "case.anh",
            "line": 2,
            "column": 12,
            "end_line": 2,
            "end_column": 15,
            "message": "there is no 'rat'",
            "hint": "did you mean 'rate'?",
        }
    ]


def test_colours_change_nothing_else() -> None:
    error = failure("def f(a: u64) -> u64:\n    return b\n")
    plain = re.sub("\x1b\\[[0-9;]*m", "", error.render(colour=True))
    assert plain == error.render() and plain != error.render(colour=True)


@pytest.mark.parametrize("name", ["missing.anh", "latin.anh"])
def test_files_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "latin.anh").write_bytes(b"# \xe9\n")
    with pytest.raises(UserError) as caught:
        compile_file(tmp_path / name)
    assert caught.value.hint


@pytest.mark.parametrize("deep", [40, 70, 3000])
@pytest.mark.parametrize(
    "make",
    [
        lambda n: "    return " + "(" * n + "1" + ")" * n,
        lambda n: "    return 1" + " + 1" * n,
        lambda n: "    return " + "-" * n + "1",
        lambda n: (
            "    if True:\n        pass\n" + "    elif True:\n        pass\n" * n + "    return 1"
        ),
    ],
    ids=["brackets", "sums", "signs", "branches"],
)
def test_deep_nesting_is_no_crash(make: Callable[[int], str], deep: int) -> None:
    text = "contract C:\n    x: u64\ndef f() -> i64:\n" + make(deep) + "\n"
    try:
        _ = compile_source(text, "case.anh").program
    except CompileError as error:
        codes = {d.code for d in error.diagnostics}
        assert codes == ({"E0610"} if deep > 64 else {"E0301"})


LARGE = {
    "leaves": "struct S0:\n    a: u64\n"
    + "".join(f"struct S{i}:\n    a: S{i - 1}\n    b: S{i - 1}\n" for i in range(1, 40)),
    "structs upwards": "".join(f"struct S{i}:\n    a: S{i + 1}\n" for i in range(3000)),
    "structs downwards": "struct S0:\n    a: u64\n"
    + "".join(f"struct S{i}:\n    a: S{i - 1}\n" for i in range(1, 3000)),
    "digits": "const A = " + "9" * 5000 + "\n",
    "decimals": "const A = 0." + "9" * 5000 + "\n",
    "exponent": "const A = 1e" + "9" * 5000 + "\n",
}


@pytest.mark.parametrize("name", LARGE)
def test_large_declarations_are_no_crash(name: str) -> None:
    assert {d.code for d in failure(LARGE[name]).diagnostics} <= {"E0610", "E0107", "E0108"}


def test_long_chains_of_calls_are_no_crash() -> None:
    count = 1100
    chain = "".join(f"    def go{i}() -> u64:\n        return go{i + 1}()\n" for i in range(count))
    end = f"    def go{count}() -> u64:\n        self.x = 1\n        return self.x\n"
    view = "    @view\n    def look() -> u64:\n        return go0()\n"
    assert failure(f"contract C:\n    x: u64\n{chain}{end}{view}").code == "E0601"
    call = view.replace("view", "call")
    program = compile_source(f"contract C:\n    x: u64\n{chain}{end}{call}").program
    assert len(program.functions) == count + 2


def test_deep_blocks_are_no_crash() -> None:
    lines = [" " * (4 + i) + "if True:" for i in range(300)]
    text = "def f():\n" + "\n".join(lines) + "\n" + " " * 400 + "pass\n"
    assert failure(text).diagnostics[0].code == "E0610"
