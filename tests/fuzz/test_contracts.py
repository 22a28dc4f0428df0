"""Every contract in the repository: both engines agree on it, and its text comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from anhvm.assembler import assemble, disassemble
from anhvm.compiler.phases import compile_file
from anhvm.fuzz.contracts import cases
from anhvm.fuzz.differential import compare_cases
from anhvm.isa.schedule import load
from anhvm.program.encode import decode, encode
from anhvm.verifier import verify

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = sorted(
    path
    for folder in ("examples", "stdlib", "tests/compiler/accept")
    for path in (ROOT / folder).rglob("*.anh")
    if "\ncontract " in "\n" + path.read_text(encoding="utf-8")
)


def test_there_are_contracts() -> None:
    assert {"digits.anh", "counter.anh", "notes.anh"} <= {path.name for path in CONTRACTS}


@pytest.mark.parametrize("path", CONTRACTS, ids=[path.stem for path in CONTRACTS])
def test_engines_agree_on_a_contract(path: Path) -> None:
    program = compile_file(path).program
    verify(program)
    assert decode(encode(program)) == program
    assert assemble(disassemble(program, load())) == program
    report = compare_cases(cases(program, 1, 5))
    assert report.programs and not report.divergences
    assert report.coverage.ends["returned"]
