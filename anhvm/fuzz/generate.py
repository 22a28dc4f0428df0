"""Programs that the verifier accepts, over the whole opcode table, from a seed.

Every row has the same chance, times `_WEIGHTS`; operands come from the pools of a `Body`.  Loops
are random branches, bounded by gas; half of the drops and writes in place are led up to.  A
`straight` program branches and calls forward only, so that it ends under any gas, and its function
0 returns every register that it writes, so that nothing it computes stays unseen.  Of several
contracts the first is the one to start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from anhvm.fuzz.builder import TENSORS, Body, Plan
from anhvm.fuzz.draft import Draft, draft
from anhvm.fuzz.external import ADDRESSES, Peer, external_site, peers
from anhvm.fuzz.forms import write_form
from anhvm.fuzz.kernels import kernel_site
from anhvm.fuzz.values import array, dims
from anhvm.isa.opcodes import BY_NAME, OPS, Op
from anhvm.isa.operands import OPERANDS
from anhvm.isa.types import ELEMENT, SCALARS, DType, Type, dtype_of, is_tensor, rank_of
from anhvm.program.model import (
    MAX_EFFECTS,
    Effect,
    Function,
    Init,
    Instr,
    Key,
    Line,
    Mode,
    Program,
    SiteKind,
)

_WEIGHTS = {
    "jmp": 0.5, "ret": 0.2, "assert": 1.0, "call": 4.0, "kernel": 8.0, "s.load": 4.0,
    "s.store": 4.0, "emit": 2.0, "t.get": 3.0, "t.set": 3.0, "t.put": 4.0, "t.dim": 2.0,
    "bytes.concat": 2.0, "bytes.slice": 2.0, "drop": 2.0, "copy": 3.0, "gas": 2.0,
    "call.ext": 2.0, "try.ext": 2.0,
}  # fmt: skip
_TRAPPY = 0.5
_CALM = 0.15
"""How much rarer risks are in straight programs, which are to come to their end."""
_LENGTHS = (1, 2, 3, 4, 6, 8, 12, 30)
"""Instructions of a function, but for those that lead up to others: many short programs find more
than a few long ones."""
_ALONE = 0.85
"""How often a contract without others does not try to call itself."""
_EFFECTFUL = {"s.store", "emit"}
_LED = {"drop", "t.put"}
_FORMS = 0.06
"""How often a sequence that the core fuses stands before an instruction."""
_SECOND_SMALL = {"bytes.at", "u64.shl", "u64.shr"}


def _weight(op: Op, straight: bool) -> float:
    if op.traps and op.name.split(".")[0] in ("u64", "i64", "i32", "f32"):
        return _TRAPPY * (_CALM if straight else 1)
    return _WEIGHTS.get(op.name, 1.0)


def _choices(pure: bool, straight: bool) -> tuple[tuple[Op, ...], tuple[float, ...]]:
    ops = tuple(op for op in OPS if not (pure and op.name in _EFFECTFUL))
    return ops, tuple(_weight(op, straight) for op in ops)


_CHOICES = {(p, s): _choices(p, s) for p in (False, True) for s in (False, True)}
"""Opcodes and weights for functions that are pure, straight."""


def generate(rng: Random, straight: bool = False) -> Program:
    """A valid program; function 0 can be started."""
    return _written([draft(rng, ADDRESSES[0])], 0, straight)


def generate_all(rng: Random, straight: bool = False) -> dict[bytes, Program]:
    """Several that call each other, by address."""
    drafts = [draft(rng, address) for address in ADDRESSES[: rng.choice((2, 2, 3))]]
    return {one.address: _written(drafts, i, straight) for i, one in enumerate(drafts)}


def _written(drafts: list[Draft], number: int, straight: bool) -> Program:
    """A draft with code; where it is to end under any gas, it calls later ones only."""
    own = drafts[number]
    parts, plans = own.parts, own.plans
    others = drafts[number + 1 :] if straight else drafts
    if len(drafts) == 1 and parts.rng.random() < _ALONE:
        others = []
    known = [p for other in others for p in peers(parts.rng, other.address, other.plans)]
    opened = straight and number == 0
    # Last first: a narrow function may call those whose effects are known.
    bodies: dict[int, Body] = {}
    functions: dict[int, Function] = {}
    for plan in reversed(plans):
        bodies[plan.index] = Body(parts, plan, _CALM if straight else 1.0)
        writer = _Writer(bodies[plan.index], plans, functions, straight, opened, known)
        functions[plan.index] = writer.function()
    return Program(
        name="generated",
        consts=tuple(parts.consts),
        fields=parts.fields,
        events=parts.events,
        functions=tuple(functions[i] for i in range(len(plans))),
        files=("generated.anh",),
        abi=b"{}",
        externs=tuple(peer.extern for peer in known),
    )


class _Writer:
    """Writes the code of one function."""

    def __init__(
        self,
        body: Body,
        plans: list[Plan],
        functions: dict[int, Function],
        straight: bool,
        opened: bool,
        known: list[Peer],
    ) -> None:
        self.body = body
        self.plan = body.plan
        self.plans = plans
        self.functions = functions
        self.straight = straight
        # Nobody calls it, so what it returns can be settled last.
        self.open = opened and self.plan.index == 0
        self.known = known

    def function(self) -> Function:
        body, plan, rng = self.body, self.plan, self.body.rng
        ops, weights = _CHOICES[plan.pure, self.straight]
        if plan.wide:
            self.declare_all()
        for op in rng.choices(ops, weights, k=rng.choice(_LENGTHS)):
            if rng.random() < _FORMS:
                write_form(body)
            instr = self.instr(op)
            if instr and op.name in _LED and rng.random() < 0.5:
                instr = self.led(op, instr)
            if instr:
                body.code.append(instr)
        returns = plan.returns
        if self.open:
            returns = tuple(body.registers[r].type for r in body.written)
            site = body.site(SiteKind.RET, ins=tuple(body.written))
            body.code.append(Instr(BY_NAME["ret"].code, site))
        elif not body.code or BY_NAME["ret"].code != body.code[-1].op:
            body.code.append(Instr(BY_NAME["ret"].code, self.ret()))
        code = tuple(self.aimed(pc, instr) for pc, instr in enumerate(body.code))
        return Function(
            f"g{plan.index}",
            plan.kind,
            plan.params,
            returns,
            tuple(body.registers),
            code,
            tuple(body.sites),
            tuple(body.effects),
            tuple(Line(pc, 0, pc + 1, 1) for pc in range(0, len(code), 8)),
            plan.reentrant,
            plan.stipend,
        )

    def declare_all(self) -> None:
        modes = (Mode.READ,) if self.plan.pure else (Mode.READ, Mode.WRITE)
        for index, field in enumerate(self.body.parts.fields):
            for mode in modes:
                keys = tuple(Key(Init.ZERO) for _ in field.keys)
                self.body.effects[Effect(mode, index, keys)] = None

    def aimed(self, pc: int, instr: Instr) -> Instr:
        """A branch gets its target when the length of the code is known."""
        if not any(o.role == "target" for o in OPERANDS[instr.op]):
            return instr
        last = len(self.body.code) - 1
        low = min(pc + 1, last) if self.straight else 0
        # Far branches end most runs early; a near one more often makes a loop.
        target = self.body.rng.randint(low, last)
        if not self.straight and self.body.rng.random() < 0.5:
            target = min(max(pc + self.body.rng.randrange(-6, 7), 0), last)
        return Instr(instr.op, instr.a, target & 0xFFFF, target >> 16)

    def led(self, op: Op, instr: Instr) -> Instr:
        """`instr` with what makes it tell more written before it."""
        body, rng = self.body, self.body.rng
        if op.name == "drop":
            code = body.registers[instr.a].type
            held = self.tensor(code) if is_tensor(code) else self.text()
            body.code.append(Instr(BY_NAME["copy"].code, instr.a, held))
        elif op.name == "t.put":
            _, *others = body.sites[instr.b].ins
            held = self.tensor(body.registers[instr.a].type)
            site = body.site(SiteKind.UPDATE, ins=(held, *others))
            way = Instr(BY_NAME["t.set"].code, instr.a, site)
            body.code.append(rng.choice((way, way, Instr(BY_NAME["copy"].code, instr.a, held))))
        return instr

    def instr(self, op: Op) -> Instr | None:
        """An instruction of that row, or None where nothing fits it."""
        fields = [0, 0, 0]
        bound = 0
        operands = OPERANDS[op.code]
        for operand in operands:
            if operand.role == "site":
                found = self.site(op, operand.type)
                if found is None:
                    return None
                fields[operand.slot], bound = found
        for operand in operands:
            if operand.role in ("w", "r", "m"):
                code = self.type(operand.type, bound)
                if operand.type in ("S", "H", "T", "E", "any"):
                    bound = code
                fields[operand.slot] = self.register(op, operand.role, operand.slot, code)
            elif operand.role == "imm":
                fields[operand.slot] = self.body.rng.randrange(rank_of(bound))
        return Instr(op.code, *fields)

    def type(self, word: str, bound: int) -> int:
        rng = self.body.rng
        if word in ("S", "H", "T", "E", "any"):
            if bound:
                return bound
            if word == "S":
                return rng.choice(tuple(SCALARS))
            return Type.BYTES if word == "H" and rng.random() < 0.4 else rng.choice(TENSORS)
        return Type[word.upper()]

    def register(self, op: Op, role: str, slot: int, code: int) -> int:
        body, rng = self.body, self.body.rng
        if role == "m":
            return body.sites[-1].ins[0]
        if role == "w":
            return body.write(code)
        if op.name == "assert" and slot == 0 and not body.risky(0.2):
            return body.holding(Type.BOOL, True)
        if op.name == "bytes.at" and slot == 1:
            return self.text()
        if op.name in _SECOND_SMALL and slot == 2 and not body.risky(0.2):
            return body.small()
        if op.name.endswith((".div", ".mod")) and slot == 2 and code in SCALARS:
            return body.read(code) if body.risky(0.2) else body.holding(code, rng.choice((1, 2, 3)))
        return body.read(code)

    def ret(self) -> int:
        body = self.body
        ins = []
        for code in self.plan.returns:
            fresh = [r for r in body.written if body.registers[r].type == code]
            seen = fresh and body.rng.random() < 0.8
            ins.append(body.rng.choice(fresh) if seen else body.read(code))
        return body.site(SiteKind.RET, ins=tuple(ins))

    def site(self, op: Op, kind: str) -> tuple[int, int] | None:
        """A new site and the type that it binds, 0 for none."""
        body, rng = self.body, self.body.rng
        match kind:
            case "call":
                return self.call()
            case "extern":
                return external_site(body, self.known)
            case "ret":
                return None if self.open else (self.ret(), 0)
            case "kernel":
                return kernel_site(body), 0
            case "cell":
                return self.cell(Mode.READ if op.name == "s.load" else Mode.WRITE)
            case "event":
                if not body.parts.events:
                    return None
                index = rng.randrange(len(body.parts.events))
                ins = tuple(map(body.read, body.parts.events[index].types))
                return body.site(SiteKind.EVENT, target=index, ins=ins), 0
            case "slice":
                ins = (self.text(), body.holding(Type.U64, 0), body.small())
                if body.risky(0.3):
                    ins = (ins[0], body.small(), body.small())
                return body.site(SiteKind.SLICE, ins=ins), 0
            case _:
                code = rng.choice(TENSORS)
                first = body.write(code) if op.name == "t.put" else self.tensor(code)
                ins = (first, *(body.small() for _ in range(rank_of(code))))
                element = ELEMENT[dtype_of(code)]
                if kind == "element":
                    return body.site(SiteKind.ELEMENT, ins=ins), element
                new = body.read(element)
                if dtype_of(code) == DType.I8 and not body.risky(0.3):
                    new = body.holding(Type.I32, rng.choice((-128, 0, 127)))
                return body.site(SiteKind.UPDATE, ins=(*ins, new)), code

    def text(self) -> int:
        """Bytes that are rarely empty."""
        if self.body.risky(0.3):
            return self.body.read(Type.BYTES)
        return self.body.holding(Type.BYTES, b"some bytes")

    def tensor(self, code: int) -> int:
        """A tensor that is rarely empty."""
        if self.body.risky(0.3):
            return self.body.read(code)
        shape = tuple(max(1, d) for d in dims(self.body.rng, rank_of(code)))
        return self.body.holding(code, array(self.body.rng, dtype_of(code), shape))

    def cell(self, mode: Mode) -> tuple[int, int] | None:
        body, rng = self.body, self.body.rng
        if not body.parts.fields:
            return None
        index = rng.randrange(len(body.parts.fields))
        field = body.parts.fields[index]
        ins = tuple(map(body.read, field.keys))
        if not self.plan.wide and not self.adopt((Effect(mode, index, self.origins(ins)),)):
            return None
        return body.site(SiteKind.CELL, target=index, ins=ins), field.type

    def origins(self, registers: tuple[int, ...]) -> tuple[Key, ...]:
        return tuple(Key(r.init, r.index) for r in map(self.body.registers.__getitem__, registers))

    def adopt(self, effects: Iterable[Effect]) -> bool:
        """Declares `effects` if there is room for them."""
        wanted = self.body.effects | dict.fromkeys(effects)
        if len(wanted) > MAX_EFFECTS:
            return False
        self.body.effects = wanted
        return True

    def call(self) -> tuple[int, int] | None:
        body, plan = self.body, self.plan
        callees = [
            callee
            for callee in self.plans
            if (callee.pure or not plan.pure)
            and (callee.index > plan.index or (plan.wide and not self.straight))
        ]
        if not callees:
            return None
        callee = body.rng.choice(callees)
        ins = tuple(map(body.read, callee.params))
        outs = tuple(map(body.write, callee.returns))
        if not plan.wide and not self.adopt(self.seen(self.functions[callee.index], ins)):
            return None
        return body.site(SiteKind.CALL, target=callee.index, ins=ins, outs=outs), 0

    def seen(self, callee: Function, ins: tuple[int, ...]) -> Iterator[Effect]:
        """What a call touches, in the words of the caller."""
        passed = self.origins(ins)
        for effect in callee.effects:
            keys = (passed[key.index] if key.init == Init.ARG else key for key in effect.keys)
            yield Effect(effect.mode, effect.field, tuple(keys))
