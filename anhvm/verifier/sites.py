"""Rules on call sites.  Each site is checked once, however many instructions refer to it.

* site: every register exists; the target exists;
* type: the registers have the types that the kind asks for: CALL parameters and results of the
  callee; EXTERN the same, then bytes and u64; RET results of the function; CELL keys of the field;
  EVENT types of the event; SLICE bytes, u64, u64; ELEMENT a tensor and one u64 an axis; UPDATE the
  same and the element;
* kernel: the signature in `kernels.table` admits types and attributes, and gives the results;
* write: the registers of `outs` have initialiser ZERO;
* call: the effects of the callee are declared by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from anhvm.isa.types import ELEMENT, Type, dtype_of, is_tensor, rank_of, show
from anhvm.kernels.ranks import KernelFault, StaticType, infer_ranks
from anhvm.kernels.signature import DType
from anhvm.kernels.table import BY_ID
from anhvm.program.kernel_types import static_type
from anhvm.program.model import Function, Init, Mode, Program, Site, SiteKind
from anhvm.verifier.coverage import Declared, covers, covers_call, declared, provenance
from anhvm.verifier.refusal import NotVerified


@dataclass(frozen=True)
class SiteFacts:
    """What an instruction needs to know of its site.

    `type` is that of the cell, the element, or the tensor that is updated; 0 where there is none.
    `first` is the register of that tensor.
    """

    kind: SiteKind
    type: int = 0
    first: int = -1
    reads: bool = False
    writes: bool = False


@dataclass(frozen=True)
class _Context:
    program: Program
    function: Function
    effects: Declared

    def refuse(self, rule: str, what: str) -> NotVerified:
        return NotVerified(rule, what, self.function.name)

    def types(self, registers: Sequence[int]) -> tuple[int, ...]:
        return tuple(self.function.registers[r].type for r in registers)

    def expect(self, registers: Sequence[int], wanted: Sequence[int], what: str) -> None:
        if self.types(registers) != tuple(wanted):
            raise self.refuse("type", f"{what} takes {', '.join(map(show, wanted)) or 'nothing'}")


def check_sites(program: Program, function: Function) -> list[SiteFacts]:
    """Facts on every site of `function`, in order."""
    context = _Context(program, function, declared(function))
    registers = function.registers
    facts = []
    for site in function.sites:
        if any(r >= len(registers) for r in (*site.ins, *site.outs)):
            raise context.refuse("site", "a site names a register that does not exist")
        if any(registers[r].init != Init.ZERO for r in site.outs):
            raise context.refuse("write", "a site writes a register that has an initialiser")
        facts.append(_CHECKS[site.kind](context, site))
    return facts


def _call(context: _Context, site: Site) -> SiteFacts:
    if site.target >= len(context.program.functions):
        raise context.refuse("site", "a call of an unknown function")
    callee = context.program.functions[site.target]
    context.expect(site.ins, callee.params, f"a call of {callee.name}")
    if context.types(site.outs) != callee.returns:
        raise context.refuse("type", f"results of a call of {callee.name}")
    if not covers_call(context.function, context.effects, callee, site.ins):
        raise context.refuse("call", f"{callee.name} touches cells that the caller does not list")
    return SiteFacts(SiteKind.CALL)


def _extern(context: _Context, site: Site) -> SiteFacts:
    if site.target >= len(context.program.externs):
        raise context.refuse("site", "a call of an unknown extern")
    extern = context.program.externs[site.target]
    wanted = (*extern.params, Type.BYTES, Type.U64)
    context.expect(site.ins, wanted, f"a call of {extern.name}")
    if context.types(site.outs) != extern.returns:
        raise context.refuse("type", f"results of a call of {extern.name}")
    return SiteFacts(SiteKind.EXTERN)


def _ret(context: _Context, site: Site) -> SiteFacts:
    context.expect(site.ins, context.function.returns, "ret")
    return SiteFacts(SiteKind.RET)


def _kernel(context: _Context, site: Site) -> SiteFacts:
    kernel = BY_ID.get(site.target)
    if kernel is None:
        raise context.refuse("site", f"{site.target} is no kernel")
    ins = [static_type(code) for code in context.types(site.ins)]
    if None in ins:
        raise context.refuse("type", f"{kernel.name} does not take bytes")
    types = [t for t in ins if t is not None]
    fixed = len(kernel.signature.inputs)
    if any(t != StaticType(DType.U64, 0) for t in types[fixed:]):
        raise context.refuse("type", f"the dimensions of {kernel.name} are u64")
    try:
        outs = infer_ranks(kernel, types[:fixed], site.attrs, len(types) - len(types[:fixed]))
    except KernelFault as fault:
        raise context.refuse("kernel", f"{fault.message} ({fault.hint})") from fault
    if [static_type(code) for code in context.types(site.outs)] != list(outs):
        raise context.refuse("type", f"results of {kernel.name}")
    return SiteFacts(SiteKind.KERNEL)


def _cell(context: _Context, site: Site) -> SiteFacts:
    if site.target >= len(context.program.fields):
        raise context.refuse("site", "a cell of an unknown field")
    field = context.program.fields[site.target]
    context.expect(site.ins, field.keys, f"the key of field {field.name}")
    keys = [provenance(context.function, r) for r in site.ins]
    return SiteFacts(
        SiteKind.CELL,
        field.type,
        reads=covers(context.effects, Mode.READ, site.target, keys),
        writes=covers(context.effects, Mode.WRITE, site.target, keys),
    )


def _event(context: _Context, site: Site) -> SiteFacts:
    if site.target >= len(context.program.events):
        raise context.refuse("site", "an unknown event")
    event = context.program.events[site.target]
    context.expect(site.ins, event.types, f"event {event.name}")
    return SiteFacts(SiteKind.EVENT)


def _slice(context: _Context, site: Site) -> SiteFacts:
    context.expect(site.ins, (Type.BYTES, Type.U64, Type.U64), "a slice")
    return SiteFacts(SiteKind.SLICE)


def _tensor_of(context: _Context, site: Site) -> int:
    first = context.types(site.ins[:1])
    if not first or not is_tensor(first[0]):
        raise context.refuse("type", "an element of what is no tensor")
    return first[0]


def _element(context: _Context, site: Site) -> SiteFacts:
    code = _tensor_of(context, site)
    context.expect(site.ins, (code, *(Type.U64,) * rank_of(code)), "an element")
    return SiteFacts(SiteKind.ELEMENT, ELEMENT[dtype_of(code)])


def _update(context: _Context, site: Site) -> SiteFacts:
    code = _tensor_of(context, site)
    wanted = (code, *(Type.U64,) * rank_of(code), ELEMENT[dtype_of(code)])
    context.expect(site.ins, wanted, "an update")
    return SiteFacts(SiteKind.UPDATE, code, site.ins[0])


_CHECKS: dict[SiteKind, Callable[[_Context, Site], SiteFacts]] = {
    SiteKind.CALL: _call,
    SiteKind.RET: _ret,
    SiteKind.KERNEL: _kernel,
    SiteKind.CELL: _cell,
    SiteKind.EVENT: _event,
    SiteKind.SLICE: _slice,
    SiteKind.ELEMENT: _element,
    SiteKind.UPDATE: _update,
    SiteKind.EXTERN: _extern,
}
