"""The core under AddressSanitizer and UBSan, fed with mutated programs: a short campaign."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from anhvm.assembler import assemble
from anhvm.errors import UserError
from anhvm.fuzz.cases import FAMILY, case
from anhvm.machine import sanitize
from anhvm.program.encode import DIGEST_SIZE, encode
from tests.machine.build import CELLS, FIBONACCI

pytestmark = pytest.mark.xdist_group("sanitize")  # one worker, so that the driver is built once

MOVES = """
function moves call (u64, u64) -> (u64, u64)
  reg x: u64 = arg 0
  reg y: u64 = arg 1
  reg a: u64
  reg b: u64
  mov a, x
  mov b, a
  mov a, y
  mov b, a
  ret (a, b)
"""
PICKS = """
const row: i32[1] [3] = 5, 6, 7
const at: u64 = 1
function picks call () -> (i32)
  reg row: i32[1] = const row
  reg at: u64 = const at
  reg x: i32
  t.get x, (row, at)
  ret (x)
"""
UNDONE = """
extern keep call (bytes) -> (bytes)
extern fail call (bytes) -> (bytes)
const twin: bytes = "twin"
const all: u64 = 18446744073709551615
field text: bytes
event Kept(bytes)
function keep call (bytes) -> (bytes)
  reads text
  writes text
  reg x: bytes = arg 0
  reg y: bytes
  s.load y, text
  bytes.concat y, y, x
  s.store y, text
  emit Kept(y)
  ret (y)
function fail call (bytes) -> (bytes)
  reads text
  writes text
  reg x: bytes = arg 0
  reg y: bytes
  reg no: bool
  call keep(x) -> (y)
  drop y
  call keep(x) -> (y)
  drop y
  assert no, x
  ret (x)
function twice call (bytes) -> (bytes, u64)
  reg x: bytes = arg 0
  reg twin: bytes = const twin
  reg all: u64 = const all
  reg y: bytes
  reg how: u64
  call.ext keep(x, twin, all) -> (y)
  drop y
  try.ext how, fail(x, twin, all) -> (y)
  call.ext keep(x, twin, all) -> (y)
  ret (y, how)
"""
"""Calls that a contract makes to another one of its kind, and that are undone."""


def containers() -> list[bytes]:
    own = [encode(assemble(text)) for text in (CELLS, FIBONACCI, MOVES, PICKS, UNDONE)]
    return [*own, *(case(seed * FAMILY).encoded for seed in range(60))]


def counted(line: str) -> dict[str, int]:
    """The totals of a campaign: what was counted, and how often."""
    last = line.splitlines()[-1]
    return {what: int(count) for count, what in re.findall(r"(\d+) ([a-z ]+)", last)}


@pytest.mark.parametrize("what", ["loads", "runs"])
def test_the_sanitizers_find_nothing_in_mutated_programs(what: str) -> None:
    line = sanitize.attack(containers(), 8000, what=what)
    assert line.endswith("0 faults") and "worst ns a byte" in line
    seen = counted(line)
    assert seen["containers"] == 8000 and seen["accepted"] > 800
    assert seen["runs"] > (100 if what == "loads" else 1000)
    assert seen["in the corpus"] > len(containers()) and seen["edges"] > 1000


def test_every_mode_of_the_core_does_the_same_at_any_gas() -> None:
    line = sanitize.attack(containers(), 1000, what="modes", sanitized=False)
    seen = counted(line)
    assert line.endswith("0 faults") and seen["compared"] > 20_000
    assert seen["after a bare call"] > 1000


def test_a_campaign_is_the_same_wherever_its_process_is_loaded() -> None:
    campaigns = {sanitize.attack(containers(), 1000, sanitized=False).splitlines()[-1]
                 for _ in range(4)}  # fmt: skip
    assert len(campaigns) == 1


def test_valid_programs_are_accepted_as_they_are() -> None:
    seen = counted(sanitize.attack(containers(), 0))
    assert seen["containers"] == seen["accepted"] == len(containers())


def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, old: str, new: str) -> None:
    """A core in which `old` is `new`, quickly compiled."""
    folder = tmp_path / "a" / "b" / "csrc"
    shutil.copytree(sanitize.CSRC, folder)
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))
    monkeypatch.setattr(sanitize, "CSRC", folder)
    monkeypatch.setattr(sanitize, "FLAGS", [flag.replace("-O1", "-O0") for flag in sanitize.FLAGS])


def test_a_core_without_a_bounds_check_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(
        tmp_path, monkeypatch, "reader.h",
        "if (size > r->end - r->at)", "if (size > r->end)",
    )  # fmt: skip
    with pytest.raises(UserError) as caught:
        sanitize.attack(containers(), 2000, what="loads")
    assert caught.value.code == "machine.fuzz"
    assert "AddressSanitizer" in caught.value.message and "trial" in caught.value.message
    fault = next((tmp_path / "build" / "sanitize").glob("*.fault"))
    with pytest.raises(UserError, match="AddressSanitizer"):
        sanitize.attack([fault.read_bytes() + bytes(DIGEST_SIZE)], 0)


def test_a_fused_instruction_that_leaves_out_a_part_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = "{ enum { PART = 0 }; DO_t_get(v0, AT(b), AT(c)) "
    broken(tmp_path, monkeypatch, "handlers_gen.h", f"{part}AT(a) = v0;", f"{part}(void)v0;")
    picks = [encode(assemble(PICKS))] * 100  # a third of the trials have gas for the instruction
    with pytest.raises(UserError, match=r"(modes|traces) differ"):
        sanitize.attack(picks, 0, what="modes", sanitized=False)


def test_a_call_that_sees_the_memory_of_an_earlier_one_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleared = "    r->values = r->lasting;\n"
    broken(tmp_path, monkeypatch, "run.c", cleared, f"{cleared}    r->high = 1 << 20;\n")
    with pytest.raises(UserError, match="modes differ"):
        sanitize.attack(containers(), 2000, what="modes", sanitized=False)


def test_without_a_compiler_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(UserError, match="no C compiler") as caught:
        sanitize.build()
    assert "gcc" in caught.value.hint
