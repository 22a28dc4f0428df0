"""check, compile, disasm, run: from a text to a result without a chain."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from anhvm.errors import Exit
from anhvm.program.encode import decode
from tests.cli.conftest import EXAMPLES, Cli

COUNTER = EXAMPLES / "counter.anh"
WRONG = """contract Wrong:
    total: u64

    @call
    def add(x: f32):
        self.total += x
"""


def test_compile_writes_what_disasm_and_run_read(cli: Cli, tmp_path: Path) -> None:
    said = cli("compile", COUNTER, "-o", "c.anhp", "--json")
    assert said.code == 0 and said.err == ""
    encoded = (tmp_path / "c.anhp").read_bytes()
    assert decode(encoded).name == said.data["contract"] == "Counter"
    assert len(encoded) == said.data["bytes"]
    (click,) = [f for f in said.data["functions"] if f["signature"] == "click(times: u64)"]
    assert click["kind"] == "call"
    assert sorted(click["writes"]) == ["clicks[sender]", "total"]
    (clicked,) = [f for f in said.data["functions"] if f["signature"].startswith("clicked")]
    assert clicked["reads"] == ["clicks[who]"] and clicked["writes"] == []
    assert cli("disasm", "c.anhp").out == cli("disasm", COUNTER).out
    again = cli("compile", COUNTER, "-o", "c.anhp", "--json")
    assert again.data == said.data and (tmp_path / "c.anhp").read_bytes() == encoded
    assert cli("run", "c.anhp", "all").out == "0\n"
    assert {path.name for path in tmp_path.iterdir()} == {"c.anhp"}


def test_compile_never_replaces_what_it_did_not_make(cli: Cli, tmp_path: Path) -> None:
    text = COUNTER.read_text()
    (tmp_path / "c.anh").write_text(text)
    for target in ("c.anh", "."):
        said = cli("compile", "c.anh", "-o", target, "--json")
        assert said.code == Exit.INPUT and said.fault["code"].startswith("file.")
    assert (tmp_path / "c.anh").read_text() == text
    said = cli("compile", "c.anh", "-o", "no/such/folder.anhp", "--json")
    assert said.fault["code"] == "file.write"
    assert cli("compile", "c.anhp", "--json").fault["code"] == "compile.file"


def test_a_type_error_has_a_caret_and_a_next_step(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "wrong.anh").write_text(WRONG)
    for command in ("check", "compile", "disasm"):
        said = cli(command, "wrong.anh")
        assert said.code == Exit.INPUT
        assert "wrong.anh:6:" in said.err and "^" in said.err and "help: " in said.err
    (fault,) = cli("check", "wrong.anh", "--json").fault["diagnostics"]
    assert fault["line"] == 6 and fault["code"].startswith("E03") and fault["hint"]
    assert not (tmp_path / "wrong.anhp").exists()


def test_a_library_is_checked_too(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "lib.anh").write_text("def twice(x: u64) -> u64:\n    return 2 * x\n")
    assert cli("check", "lib.anh", "--json").data["contract"] is None
    assert cli("compile", "lib.anh", "--json").fault["code"] == "E0606"


@pytest.mark.parametrize("command", ["check", "compile", "disasm"])
def test_files_that_are_no_contracts(cli: Cli, tmp_path: Path, command: str) -> None:
    (tmp_path / "latin.anh").write_bytes("# é\n".encode("latin-1"))
    assert cli(command, "missing.anh", "--json").fault["code"] == "compile.file"
    assert cli(command, ".", "--json").fault["code"] == "compile.file"
    assert cli(command, "latin.anh", "--json").fault["code"] == "compile.encoding"


def test_a_mistyped_file_or_function_is_guessed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "lines.anh").write_text(COUNTER.read_text())
    assert "did you mean 'lines.anh'?" in cli("check", "line.anh").err
    assert "did you mean clicked? these can" in cli("run", "lines.anh", "clickd").err
    assert "none/line.anh' cannot be read" in cli("check", "none/line.anh").err


def test_a_program_that_was_changed_is_refused(cli: Cli, tmp_path: Path) -> None:
    cli("compile", COUNTER, "-o", "c.anhp")
    data = bytearray((tmp_path / "c.anhp").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "c.anhp").write_bytes(data)
    for command in (["disasm", "c.anhp"], ["run", "c.anhp", "all"], ["check", "c.anhp"]):
        said = cli(*command, "--json")
        assert said.code == Exit.INPUT and said.fault["code"] == "program.container"
    assert cli("disasm", "none.anhp", "--json").fault["code"] == "file.read"


def test_runs_build_on_each_other_through_a_state_file(cli: Cli, tmp_path: Path) -> None:
    click = ("run", COUNTER, "click", "--state", "s")
    assert cli(*click, 7, "--json").data["writes"] == [
        f"clicks[0x{'00' * 33}]",
        "total",
    ]
    before = (tmp_path / "s").read_bytes()
    trapped = cli(*click, 101, "--json")
    assert trapped.code == Exit.FAILED
    assert trapped.data["trap"]["message"] == "at most 100 clicks at once"
    assert "counter.anh:" in trapped.data["trap"]["place"]
    said = cli(*click, 0)
    assert said.code == Exit.FAILED and "click at least once" in said.err and said.out == ""
    assert (tmp_path / "s").read_bytes() == before, "a trap must leave the storage as it was"
    said = cli(*click, 5)
    assert "event Clicked" in said.err and said.out == ""
    assert cli("run", COUNTER, "all", "--state", "s").out == "12\n"
    assert cli("run", COUNTER, "all").out == "0\n"
    cli("run", COUNTER, "all", "--state", "new")
    cli("run", COUNTER, "click", 0, "--state", "new")
    assert not (tmp_path / "new").exists(), "nothing was written"


def test_a_state_file_of_something_else_is_left_alone(cli: Cli, tmp_path: Path) -> None:
    cli("run", COUNTER, "click", 7, "--state", "s")
    whole = (tmp_path / "s").read_text()
    (tmp_path / "notes").write_text("my notes")
    (tmp_path / "cut").write_text(whole[: len(whole) // 2])
    (tmp_path / "odd").write_text(whole.replace("total", "fotal"))
    (tmp_path / "typed").write_text(whole.replace('"total", ""', '"clicks", ""'))
    for name in ("notes", "cut", "odd"):
        old = (tmp_path / name).read_bytes()
        said = cli("run", COUNTER, "click", 1, "--state", name, "--json")
        assert said.code == Exit.INPUT and said.fault["code"] == "state.form"
        assert (tmp_path / name).read_bytes() == old
    other = cli("run", EXAMPLES / "notes.anh", "read", 1, "--state", "s", "--json")
    assert other.fault["code"] == "state.form"


def test_state_keeps_every_type(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "all.anh").write_text(
        "contract All:\n"
        "    a: u64\n    b: i64\n    c: i32\n    d: f32\n    e: bool\n    f: bytes\n    g: str\n"
        "    h: f32[2, 2]\n    i: i32[3]\n    who: address\n    m: map[i64, f32]\n\n"
        "    @call\n"
        "    def put(a: u64, b: i64, c: i32, d: f32, e: bool, f: bytes, g: str,"
        " h: f32[2, 2], i: i32[3]):\n"
        + "".join(f"        self.{x} = {x}\n" for x in "abcdefghi")
        + "        self.who = msg.sender\n        self.m[b] = d\n\n"
        + "    @view\n    def get() -> (u64, i64, i32, f32, bool, bytes, str, f32[2, 2], i32[3]):\n"
        + f"        return {', '.join(f'self.{x}' for x in 'abcdefghi')}\n\n"
        + "    @view\n    def at(b: i64) -> f32:\n        return self.m[b]\n\n"
        + "    @view\n    def owner() -> address:\n        return self.who\n"
    )
    given = (2**64 - 1, -(2**63), -7, "nan", "true", "0x00ff", "hé", "[[1, -0.0], [1e-3, 3]]",
             "[1, -2, 3]")  # fmt: skip
    said = cli("run", "all.anh", "put", *given, "--state", "s", "--json")
    assert said.code == 0, said.out
    got = cli("run", "all.anh", "get", "--state", "s", "--json").data["value"]
    assert got == [2**64 - 1, -(2**63), -7, "nan", True, "0x00ff", "hé",
                   [[1.0, -0.0], [0.001, 3.0]], [1, -2, 3]]  # fmt: skip
    assert str(got[7][0][1]) == "-0.0"
    assert cli("run", "all.anh", "at", -(2**63), "--state", "s").out == "nan\n"
    assert cli("run", "all.anh", "owner", "--state", "s").code == 0
    fresh = cli("run", "all.anh", "get", "--json").data["value"]
    assert fresh == [0, 0, 0, 0.0, False, "0x", "", [[0.0, 0.0], [0.0, 0.0]], [0, 0, 0]]


def test_both_engines_give_the_same(cli: Cli, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.ones((2, 64), np.float32))
    seen = [
        cli("run", EXAMPLES / "digits.anh", "predict", "@x.npy", "--engine", engine, "--json").data
        for engine in ("core", "reference")
    ]
    assert seen[0] == seen[1] and seen[0]["value"] == [0, 0]


def test_init_that_has_not_run_is_mentioned(cli: Cli, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.ones((2, 64), np.float32))
    ask = ("run", EXAMPLES / "digits.anh", "predict", "@x.npy", "--state", "s")
    assert "@init setup" in cli(*ask).err
    assert cli("run", EXAMPLES / "digits.anh", "setup", 7, "--state", "s").code == 0
    assert "@init" not in cli(*ask).err


@pytest.mark.parametrize(
    ("args", "code", "exit_code"),
    [
        (["clik", "1"], "call.function", Exit.INPUT),
        (["click"], "argument.missing", Exit.INPUT),
        (["click", "1", "2"], "argument.count", Exit.INPUT),
        (["click", "-1"], "argument.type", Exit.INPUT),
        (["click", str(2**64)], "argument.type", Exit.INPUT),
        (["click", "1.5"], "argument.type", Exit.INPUT),
        (["click", "ten"], "argument.type", Exit.INPUT),
        (["click", "[1"], "argument.json", Exit.INPUT),
        (["click", f"@blob:{'0' * 64}:f32:2"], "argument.blob", Exit.INPUT),
        (["clicked", "anh1zzz"], "address.form", Exit.INPUT),
        (["all", "--engine", "fast"], "runtime.engine", Exit.USAGE),
        (["all", "--threads", "0"], "usage", Exit.USAGE),
        (["all", "--threads", "100000"], "runtime.threads", Exit.USAGE),
        (["all", "--gas", "-1"], "usage", Exit.USAGE),
        (["all", "--sender", "nobody"], "address.form", Exit.INPUT),
    ],
)
def test_bad_arguments(cli: Cli, args: list[str], code: str, exit_code: Exit) -> None:
    said = cli("run", COUNTER, *args, "--json")
    assert (said.fault["code"], said.code) == (code, exit_code)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("i32", "[1.5]"),
        ("i32", "[2147483648]"),
        ("i32", "[true]"),
        ("bool", "[2]"),
        ("f32", '["1"]'),
        ("f32", '["0x00"]'),
        ("f32", "[[1]]"),
        ("f32", "[[1], [2, 3]]"),
        ("f32", "7"),
        ("f32", "@f64.npy"),
        ("f32", "@scalar.npy"),
        ("f32", "@text.npy"),
    ],
)
def test_a_tensor_is_never_bent_to_fit(cli: Cli, tmp_path: Path, kind: str, wrong: str) -> None:
    (tmp_path / "t.anh").write_text(
        f"contract T:\n    @view\n    def f(x: {kind}[N]) -> {kind}[N]:\n        return x\n"
    )
    np.save(tmp_path / "f64.npy", np.zeros(3))
    np.save(tmp_path / "scalar.npy", np.float32(3))
    np.save(tmp_path / "text.npy", np.array(["1"]))
    said = cli("run", "t.anh", "f", wrong, "--json")
    assert (said.fault["code"], said.code) == ("argument.type", Exit.INPUT)


def test_too_little_gas_is_a_trap(cli: Cli) -> None:
    said = cli("run", COUNTER, "click", 1, "--gas", 10, "--json")
    assert said.code == Exit.FAILED and said.data["trap"]["kind"] == "OUT_OF_GAS"


def test_an_encoding_of_its_own_process(tmp_path: Path) -> None:
    """The real command, once: data on stdout alone, talk on stderr alone."""
    command = [sys.executable, "-m", "anhvm", "run", str(COUNTER), "click", "3"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0 and done.stdout == "" and "event Clicked" in done.stderr
