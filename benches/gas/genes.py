"""Genes of programs that a search breeds: each a few numbers, from which it writes its part.

Any numbers give a part, so genes can be changed and mixed at will.  What a part does may trap; such
a program dies.  State is shared: registers ``u0`` … of each scalar type, and a xorshift in ``s``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import prod
from random import Random
from typing import Final, TypeVar

from anhvm.assembler import disassemble
from anhvm.benches.gas.shapes import Call, calls, types_of
from anhvm.benches.gas.text import Loop
from anhvm.fuzz.generate import generate
from anhvm.isa.opcodes import OPS, Op
from anhvm.isa.operands import OPERANDS
from anhvm.isa.schedule import load
from anhvm.isa.types import show
from anhvm.kernels.ranks import StaticType
from anhvm.kernels.shapes import infer, work
from anhvm.kernels.signature import DType
from anhvm.kernels.table import BY_NAME, KERNELS
from anhvm.program.kernel_types import machine_type

T = TypeVar("T")
NUMBERS: Final = 8
LIMIT: Final = 1 << 16
_STATE: Final = 4
_MOST_GAS: Final = 1_000_000
_EVENTS, _CELLS, _ENDLESS = 400, 20_000, 1 << 20
"""Iterations of programs with events, with cells, and of others."""
_MOST_ELEMENTS: Final = 1 << 20
SCALARS: Final = {"u64": "1", "i64": "1", "i32": "1", "f32": "1.0", "bool": "true"}
_SEVEN: Final = {"u64": "7", "i64": "-7", "i32": "-7", "f32": "0.3", "bool": "false"}
_SCALES: Final = ("1.0", "0.0", "2.0e-38", "3.0e38", "nan", "1.0e8")


@dataclass
class Part:
    """What the gene at a place writes, in the words of `Loop`."""

    place: int
    lines: list[str] = field(default_factory=list)
    top: list[str] = field(default_factory=list)
    registers: list[str] = field(default_factory=list)
    start: list[str] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


class Draw:
    """The numbers of a gene as choices; `name` makes names that no other gene has."""

    def __init__(self, numbers: Sequence[int], place: int) -> None:
        self.numbers = numbers
        self.place = place
        self._next = 0

    def pick(self, options: Sequence[T]) -> T:
        number = self.numbers[self._next % len(self.numbers)] + self._next // len(self.numbers)
        self._next += 1
        return options[number % len(options)]

    def name(self, word: str) -> str:
        return f"{word}_{self.place}"

    @property
    def rng(self) -> Random:
        return Random(self.pick(range(LIMIT)))


@dataclass(frozen=True)
class Gene:
    """One part of a program."""

    kind: str
    numbers: tuple[int, ...]

    def part(self, place: int) -> Part:
        """What it writes at a place of the genome."""
        return KINDS[self.kind](Draw(self.numbers, place))


Genome = tuple[Gene, ...]


def loop(genome: Genome) -> Loop:
    """The program of a genome."""
    parts = [gene.part(place) for place, gene in enumerate(genome)]
    top = [f"const {t}_seven: {t} = {_SEVEN[t]}" for t in SCALARS]
    top += [f"const {t}_one: {t} = {SCALARS[t]}" for t in SCALARS]
    registers = ["s: u64", "a: u64", "cut: u64 = const u64_thirteen"]
    for t in SCALARS:
        registers += [f"{t}_{w}: {t} = const {t}_{w}" for w in ("one", "seven")]
        registers += [f"{t}{i}: {t}" for i in range(_STATE)]
    kinds = {gene.kind for gene in genome}
    return Loop(
        "bred",
        [line for part in parts for line in part.lines],
        [*top, "const u64_thirteen: u64 = 13", *(line for part in parts for line in part.top)],
        [*registers, *(line for part in parts for line in part.registers)],
        effects=list(dict.fromkeys(line for part in parts for line in part.effects)),
        start=["mov s, u64_seven", *(line for part in parts for line in part.start)],
        after=[line for part in parts for line in part.after],
        most=_EVENTS if kinds & {"emit", "fuzzed"} else _CELLS if "cell" in kinds else _ENDLESS,
    )


def _plain() -> tuple[Op, ...]:
    return tuple(
        op
        for op in OPS
        if OPERANDS[op.code]
        and all(o.role in "wr" and o.type in (*SCALARS, "S") for o in OPERANDS[op.code])
    )


PLAIN: Final = _plain()


def _instruction(rng: Random) -> str:
    """An instruction on scalars that rarely traps: it reads constants as often as state."""
    op = rng.choice(PLAIN)
    bound = rng.choice(tuple(SCALARS))
    shown = []
    for operand in OPERANDS[op.code]:
        kind = bound if operand.type == "S" else operand.type
        state, constant = f"{kind}{rng.randrange(_STATE)}", rng.choice(("one", "seven"))
        shown.append(state if operand.role == "w" or rng.random() < 0.3 else f"{kind}_{constant}")
    return f"{op.name} {', '.join(shown)}"


def _scalar(draw: Draw) -> Part:
    lines = [_instruction(draw.rng) for _ in range(draw.pick((1, 2, 4)))]
    return Part(draw.place, lines * draw.pick((1, 4, 16, 64)))


def _bulk(draw: Draw) -> Part:
    rng = draw.rng
    return Part(
        draw.place, [_instruction(rng) for _ in range(draw.pick((64, 256, 900, 1500, 4000, 12000)))]
    )


def _branch(draw: Draw) -> Part:
    lines = ["u64.shl a, s, cut", "u64.xor s, s, a", "u64.shr a, s, u64_seven", "u64.xor s, s, a"]
    rng, around = draw.rng, draw.pick((0, 1, 2))
    for bit in range(draw.pick((1, 4, 16))):
        label = f"{draw.name('L')}_{bit}"
        lines += ["u64.shr s, s, u64_one", "u64.and a, s, u64_one", "u64.eq bool0, a, u64_one"]
        lines += [f"jif bool0, {label}", *(_instruction(rng) for _ in range(around)), f"{label}:"]
    return Part(draw.place, lines)


@cache
def _cheap(name: str) -> tuple[Call, ...]:
    kernel = BY_NAME[name]
    prices = load().kernels[kernel.gas_class]
    found = []
    for call in calls(kernel):
        types = types_of(kernel, call)
        outputs = infer(kernel, types, call.attrs, call.counts)
        if max(prod(t.dims) for t in (*types, *outputs)) > _MOST_ELEMENTS:
            continue
        if any(t.dtype in (DType.I8, DType.I64) for t in types):
            continue  # no kernel makes one
        if prices.cost(*work(kernel, types, call.attrs, call.counts)) <= _MOST_GAS:
            found.append(call)
    return tuple(found)


@cache
def _callable() -> tuple[str, ...]:
    return tuple(kernel.name for kernel in KERNELS if _cheap(kernel.name))


def _kernel(draw: Draw) -> Part:
    kernel = BY_NAME[draw.pick(_callable())]
    call = draw.pick(_cheap(kernel.name))
    part, scale = Part(draw.place), draw.pick(_SCALES)
    types = types_of(kernel, call)
    copies = draw.pick((1, 1, 1, 4, 32))
    if copies * sum(prod(t.dims) for t in types) > 8 * _MOST_ELEMENTS:
        copies = 1
    for copy in range(copies):
        names = [draw.name(f"x{copy}_{i}") for i in range(len(types))]
        ins = [
            _made(part, name, t.dtype, t.dims, scale) for name, t in zip(names, types, strict=True)
        ]
        ins += [_number(part, count) for count in call.counts]
        outs = []
        for i, t in enumerate(infer(kernel, types, call.attrs, call.counts)):
            outs.append(draw.name(f"y{copy}_{i}"))
            part.registers.append(f"{outs[-1]}: {_word(t.dtype, len(t.dims))}")
        attrs = f"; {', '.join(map(str, call.attrs))}" if call.attrs else ""
        line = f"kernel {kernel.name}({', '.join(ins)}{attrs}) -> ({', '.join(outs)})"
        part.lines.append(line)
    return part


def _word(dtype: DType, rank: int) -> str:
    return show(machine_type(StaticType(dtype, rank)))


def _number(part: Part, value: int) -> str:
    """A register that holds a constant u64; names of equal ones are shared inside a part."""
    name = f"n{value}_{part.place}"
    if f"{name}: u64 = const {name}" not in part.registers:
        part.top.append(f"const {name}: u64 = {value}")
        part.registers.append(f"{name}: u64 = const {name}")
    return name


def _made(part: Part, name: str, dtype: DType, dims: tuple[int, ...], scale: str) -> str:
    """A register that is filled before the loop."""
    part.registers.append(f"{name}: {_word(dtype, len(dims))}")
    sizes = [_number(part, d) for d in dims]
    shape = "".join(f", {size}" for size in sizes)
    if dtype == DType.F32 and dims:
        part.top.append(f"const {name}_k: f32 = {scale}")
        part.registers += [
            f"{name}_k: f32 = const {name}_k",
            f"{name}_n: {_word(dtype, len(dims))}",
        ]
        part.start.append(_normal(part, name, shape))
        part.start.append(f"kernel mul({name}_n, {name}_k) -> ({name})")
    elif dtype == DType.I32 and dims:
        part.registers.append(f"{name}_v: i32")
        part.start.append(f"kernel fill_i32({name}_v{shape}) -> ({name})")
    elif dtype == DType.BOOL and dims:
        part.registers.append(f"{name}_n: {_word(DType.F32, len(dims))}")
        part.start.append(_normal(part, name, shape))
        part.start.append(f"kernel less({name}_n, f32_seven) -> ({name})")
    else:
        part.start.append(f"mov {name}, {dtype.word}_one")
    return name


def _normal(part: Part, name: str, shape: str) -> str:
    """Fills ``NAME_n``; its own stream for each name."""
    stream = _number(part, sum(map(ord, name)) % 997)
    return f"kernel normal({_number(part, 7)}, {stream}{shape}) -> ({name}_n)"


def _element(draw: Draw) -> Part:
    part, put = Part(draw.place), draw.pick((False, True))
    count = draw.pick((8, 1 << 10, 1 << 14, 1 << 18, 1 << 22, 1 << 24))
    t = _made(part, draw.name("t"), DType.F32, (count,), "1.0")
    many, jump = _number(part, count), _number(part, draw.pick((1, 17, 245489, 7919)))
    k = draw.name("k")
    part.registers.append(f"{k}: u64")
    to = f"f32{draw.pick(range(_STATE))}"
    one = f"t.put {t}, ({t}, {k}, f32_one)" if put else f"t.get {to}, ({t}, {k})"
    part.lines = [f"u64.add {k}, {k}, {jump}", f"u64.mod {k}, {k}, {many}", one] * draw.pick(
        (1, 16)
    )
    return part


def _cell(draw: Draw) -> Part:
    part, store = Part(draw.place), draw.pick((False, True))
    handle, key = draw.pick((False, False, True)), draw.pick(("i", "u64_one", "s", "a", "own, i"))
    name, kinds = draw.name("map"), "bytes, u64" if "," in key else "u64"
    part.top.append(f"field {name}[{kinds}]: {'bytes' if handle else 'u64'}")
    keys = ", ".join(["any"] * (1 + kinds.count(",")))
    part.effects = [f"{way} {name}[{keys}]" for way in ("reads", "writes")]
    own = draw.name("own")
    part.registers.append(f"{own}: bytes = {draw.pick(('self', 'sender'))}")
    value = f"{draw.name('b')}" if handle else "u640"
    if handle:
        part.registers.append(f"{value}: bytes")
    way = "s.store" if store else "s.load"
    part.lines = [f"{way} {value}, {name}[{key.replace('own', own)}]"] * draw.pick((1, 1, 16))
    return part


def _call(draw: Draw) -> Part:
    part, name = Part(draw.place), draw.name("f")
    registers, kind = draw.pick((1, 8, 64, 1000)), draw.pick(("u64", "bytes"))
    passed = min(registers, draw.pick((0, 1, 8)))
    own = draw.name("v")
    part.registers.append(f"{own}: {kind}" + ("" if kind == "u64" else " = self"))
    given, types = ", ".join([own] * passed), ", ".join([kind] * passed)
    part.lines = [f"call {name}({given})"] * draw.pick((1, 16))
    part.after = [f"function {name} internal ({types}) -> ()"]
    part.after += [f"  reg r{i}: {kind} = arg {i}" for i in range(passed)]
    part.after += [f"  reg r{i}: {kind}" for i in range(passed, registers)]
    part.after.append("  ret ()")
    return part


def _ask(draw: Draw) -> Part:
    """Calls of another contract, which is the same program again."""
    part, name, tried = Part(draw.place), draw.name("other"), draw.pick((False, True))
    registers, passed = draw.pick((1, 8, 64)), draw.pick((0, 1, 8))
    types, who, all_of_it = ", ".join(["u64"] * passed), draw.name("who"), draw.name("all")
    part.top = [f"extern {name} call ({types}) -> ()", f"const {all_of_it}: u64 = {(1 << 64) - 1}"]
    part.registers = [f"{who}: bytes = sender", f"{all_of_it}: u64 = const {all_of_it}"]
    given = "".join(["u64_one, "] * passed)
    way = "try.ext u640, " if tried else "call.ext "
    part.lines = [f"{way}{name}({given}{who}, {all_of_it})"] * draw.pick((1, 16))
    part.after = [f"function {name} call ({types}) -> ()"]
    part.after += [f"  reg r{i}: u64" + f" = arg {i}" * (i < passed) for i in range(registers)]
    part.after += [f"  reg r{i}: u64 = arg {i}" for i in range(registers, passed)]
    part.after.append("  ret ()")
    return part


def _memory(draw: Draw) -> Part:
    part, rng = Part(draw.place), draw.rng
    base, kept = draw.pick((1, 64, 1 << 10, 1 << 16, 1 << 20, 1 << 23)), draw.pick((1, 2, 5))
    part.registers = [f"{draw.name(f'm{i}')}: f32[1]" for i in range(kept)]
    for i in range(draw.pick((1, 3, 8))):
        size = _number(part, max(1, int(base * rng.uniform(0.3, 1.7))))
        part.lines.append(f"kernel fill(f32_one, {size}) -> ({draw.name(f'm{i % kept}')})")
        if rng.random() < 0.3:
            part.lines.append(f"drop {draw.name(f'm{rng.randrange(kept)}')}")
    return part


def _bytes(draw: Draw) -> Part:
    part = Part(draw.place)
    long, other = draw.name("long"), draw.name("other")
    part.registers = [f"{long}: bytes", f"{other}: bytes", f"{draw.name('own')}: bytes = self"]
    part.start = [f"bytes.concat {long}, {draw.name('own')}, {draw.name('own')}"]
    part.start += [f"bytes.concat {long}, {long}, {long}"] * draw.pick((0, 5, 10, 15, 18))
    end = _number(part, draw.pick((1, 20, 60)))
    part.lines = draw.pick((
        [f"bytes.concat {other}, {long}, {draw.name('own')}"],
        [f"bytes.slice {other}, ({long}, u64_one, {end})"],
        [f"bytes.eq bool0, {long}, {other}"], [f"bytes.eq bool0, {long}, {long}"],
        [f"bytes.at u640, {long}, u64_seven"], [f"bytes.len u640, {long}"],
        [f"copy {other}, {long}", f"drop {other}"],
    )) * draw.pick((1, 16))  # fmt: skip
    return part


def _emit(draw: Draw) -> Part:
    count, name = draw.pick((0, 1, 8, 64)), draw.name("Said")
    words = ", ".join(["u64"] * count)
    return Part(
        draw.place, [f"emit {name}({', '.join(['i'] * count)})"], [f"event {name}({words})"]
    )


def _fuzzed(draw: Draw) -> Part:
    """A program of the fuzzer, called with zeros; only the first of a genome has its names."""
    if draw.place:
        return _scalar(draw)
    program = generate(draw.rng, straight=True)
    head, *functions = disassemble(program).split("\nfunction ")
    called, part = program.functions[0], Part(draw.place)
    part.top = [line for line in head.splitlines() if not line.startswith(("program", "abi"))]
    part.after = [f"function {text}" for text in functions]
    names = []
    for way, types in (("z", called.params), ("w", called.returns)):
        names.append([f"{way}{i}_fuzz" for i in range(len(types))])
        part.registers += [f"{n}: {show(t)}" for n, t in zip(names[-1], types, strict=True)]
    part.effects = [
        f"{way} {f.name}" + (f"[{', '.join(['any'] * len(f.keys))}]" if f.keys else "")
        for f in program.fields
        for way in ("reads", "writes")
    ]
    part.lines = [f"call g0({', '.join(names[0])}) -> ({', '.join(names[1])})"]
    return part


KINDS: Final[dict[str, Callable[[Draw], Part]]] = {
    "scalar": _scalar, "bulk": _bulk, "branch": _branch, "kernel": _kernel, "element": _element,
    "cell": _cell, "call": _call, "ask": _ask, "memory": _memory, "bytes": _bytes, "emit": _emit,
    "fuzzed": _fuzzed,
}  # fmt: skip
WEIGHTS: Final = {"kernel": 8, "scalar": 2, "memory": 2, "element": 2, "cell": 2}


def random_gene(rng: Random) -> Gene:
    """Any gene; kernels more often, since there are many."""
    kinds = tuple(KINDS)
    kind = rng.choices(kinds, [WEIGHTS.get(k, 1) for k in kinds])[0]
    return Gene(kind, tuple(rng.randrange(LIMIT) for _ in range(NUMBERS)))
