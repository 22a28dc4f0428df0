"""The opcode table is sound, and its operands parse into the fields that they fill."""

from __future__ import annotations

import pytest

from anhvm.isa.opcodes import BY_NAME, OPS
from anhvm.isa.operands import OPERANDS, USED
from anhvm.isa.types import DType as D
from anhvm.isa.types import Type, fits, is_tensor, is_type, show, tensor


def test_codes_and_names_are_unique() -> None:
    assert len({op.code for op in OPS}) == len({op.name for op in OPS}) == len(OPS)


@pytest.mark.parametrize(
    ("name", "used"),
    [
        ("jmp", (False, True, True)),
        ("jif", (True, True, True)),
        ("ret", (True, False, False)),
        ("u64.add", (True, True, True)),
        ("i64.neg", (True, True, False)),
        ("t.dim", (True, True, True)),
        ("s.load", (True, True, False)),
    ],
)
def test_each_row_says_which_fields_it_uses(name: str, used: tuple[bool, bool, bool]) -> None:
    assert USED[BY_NAME[name].code] == used


def test_every_role_and_type_of_an_operand_is_known() -> None:
    words = {t.name.lower() for t in Type} | {"S", "H", "T", "E", "any"}
    sites = {"call", "ret", "slice", "element", "update", "kernel", "cell", "event", "extern"}
    for row in OPERANDS.values():
        for operand in row:
            allowed = {"site": sites, "imm": {""}, "target": {""}}.get(operand.role, words)
            assert operand.type in allowed, operand


def test_what_ends_the_flow_ends_a_block() -> None:
    assert all(op.ends_block for op in OPS if op.ends_flow)


def test_codes_of_types_are_those_of_the_picture() -> None:
    assert [code for code in range(256) if is_type(code)] == [
        *range(1, 7),
        *(0x40 | d << 3 | rank for d in range(4) for rank in range(1, 7)),
    ]
    assert show(tensor(D.I8, 3)) == "i8[3]" and is_tensor(tensor(D.BOOL, 6))
    with pytest.raises(ValueError, match="rank 7"):
        tensor(D.F32, 7)


def test_the_size_of_a_tensor_counts_zeros_as_one() -> None:
    assert fits((1 << 31,)) and fits((0, 1 << 31)) and fits(())
    assert not fits((1 << 31, 2)) and not fits((0, 1 << 31, 2))
