"""Rules on instructions: each against its row in the opcode table.

* flow: there is code, its last instruction ends the flow, targets are inside;
* site: the site exists and is of the kind of the row; a register that is read and written stands
  first in it; a cell is declared for the mode of use;
* type: every register exists and has the type of the row; the same type variable is the same type;
* write: a register that is written has initialiser ZERO.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from anhvm.isa.opcodes import BY_CODE
from anhvm.isa.operands import OPERANDS, Operand
from anhvm.isa.types import SCALARS, Type, is_handle, is_tensor, rank_of, show
from anhvm.program.model import Function, Init, Instr, SiteKind
from anhvm.verifier.refusal import NotVerified
from anhvm.verifier.sites import SiteFacts

_VARIABLES: dict[str, Callable[[int], bool]] = {
    "S": SCALARS.__contains__,
    "H": is_handle,
    "T": is_tensor,
    "E": SCALARS.__contains__,
    "any": lambda code: True,
}
"""What a type variable of the table stands for."""


def check_code(function: Function, sites: Sequence[SiteFacts]) -> None:
    """Every instruction of `function`; `sites` are the facts on its sites."""
    if not function.code or not BY_CODE[function.code[-1].op].ends_flow:
        raise NotVerified("flow", "the code runs past its end", function.name)
    for pc, instr in enumerate(function.code):
        _check(function, sites, pc, instr)


def _check(function: Function, sites: Sequence[SiteFacts], pc: int, instr: Instr) -> None:
    row = BY_CODE[instr.op]
    fields = (instr.a, instr.b, instr.c)

    def refuse(rule: str, what: str) -> NotVerified:
        return NotVerified(rule, f"{row.name}: {what}", function.name, pc)

    facts: SiteFacts | None = None
    registers: list[tuple[Operand, int]] = []
    number = -1
    for operand in OPERANDS[instr.op]:
        value = fields[operand.slot]
        if operand.role == "target":
            if instr.target >= len(function.code):
                raise refuse("flow", "the target is outside the code")
        elif operand.role == "site":
            if value >= len(sites) or sites[value].kind.name != operand.type.upper():
                raise refuse("site", f"there is no such {operand.type} site")
            facts = sites[value]
        elif operand.role == "imm":
            number = value
        elif value >= len(function.registers):
            raise refuse("type", f"register {value} does not exist")
        else:
            registers.append((operand, value))

    # In one row a variable is bound by the site, or by the first operand that has it.
    bound = facts.type if facts else 0
    for operand, index in registers:
        register = function.registers[index]
        variable = _VARIABLES.get(operand.type)
        if variable is None:
            fine = register.type == Type[operand.type.upper()]
        else:
            bound = bound or register.type
            fine = variable(register.type) and register.type == bound
        if not fine:
            raise refuse("type", f"register {index} is {show(register.type)}")
        if operand.role in "wm" and register.init != Init.ZERO:
            raise refuse("write", f"register {index} has an initialiser")
        if operand.role == "m" and facts and facts.first != index:
            raise refuse("site", f"register {index} is not the first of the site")
    if number >= 0 and number >= rank_of(bound):
        raise refuse("type", f"the tensor has no axis {number}")
    if facts and facts.kind == SiteKind.CELL:
        stored = registers[0][0].role == "r"
        if not (facts.writes if stored else facts.reads):
            raise refuse("effect", "the function does not declare this cell")
