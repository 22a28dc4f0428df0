"""Random small chains: contracts that trap, write on conditions, and write parts of values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import numpy as np

from anhvm.chain.lazy.cells import CellId, Place, encode_key
from anhvm.chain.lazy.plan import Plan
from anhvm.compiler.phases import compile_source
from anhvm.isa.types import Type
from anhvm.program.encode import encode
from anhvm.program.engine import Engine, Env, Loaded, Run, Value
from anhvm.program.model import Kind, Program

FUNCTIONS = 5
KEYS = 4
SENDERS = tuple(bytes([1]) + bytes([n]) * 32 for n in range(2))


def source(random: Random) -> str:
    """A contract with random bodies; every way to touch a cell occurs."""
    lines = [
        "contract Random:",
        "    a: u64",
        "    b: u64",
        "    t: f32[3]",
        "    m: map[u64, u64]",
        "    w: map[address, u64]",
        "    event Did(x: u64)",
    ]
    if random.random() < 0.7:
        lines += ["    @init", "    def setup(x: u64, k: u64):"]
        lines += [*_body(random, 2), "        self.b += 1"]
    for number in range(FUNCTIONS):
        lines += ["    @call", f"    def f{number}(x: u64, k: u64):"]
        lines += [*_body(random, 2), "        self.a += 1"]
    return "\n".join(lines) + "\n"


def _body(random: Random, depth: int, indent: int = 8) -> list[str]:
    return [
        line
        for _ in range(random.randint(1, 3))
        for line in _statement(random, depth, " " * indent)
    ]


def _statement(random: Random, depth: int, pad: str) -> list[str]:
    kind = random.randrange(9 if depth else 7)
    match kind:
        case 0 | 1:
            return [f"{pad}self.{random.choice('ab')} = {_number(random)}"]
        case 2:
            return [f"{pad}self.m[{_key(random)}] = {_number(random)}"]
        case 3:
            return [f"{pad}self.w[msg.sender] += {_number(random)}"]
        case 4:
            return [f"{pad}self.t[{_number(random)} % 4] = f32({_number(random)} % 9)"]
        case 5:
            return [
                f"{pad}assert {_number(random)} != {random.randrange(4)}, 'no'".replace("'", '"')
            ]
        case 6:
            return [f"{pad}emit Did({_number(random)})"]
        case 7:
            inner = _body(random, depth - 1, len(pad) + 4)
            return [f"{pad}if {_number(random)} % 3 < {random.randrange(1, 3)}:", *inner]
        case _:
            inner = _body(random, depth - 1, len(pad) + 4)
            name = f"i{random.randrange(10**9)}"
            return [f"{pad}for {name} in range({random.randrange(3)}):", *inner]


def _key(random: Random) -> str:
    return random.choice(["k", "k", str(random.randrange(KEYS)), f"{_number(random)} % {KEYS}"])


def _number(random: Random) -> str:
    simple = ["x", "k", "msg.value", "self.a", "self.b", "self.m[k]", str(random.randrange(5))]
    choice = random.randrange(5)
    if choice == 0:
        return f"({random.choice(simple)} + {random.choice(simple)})"
    if choice == 1:
        return f"({random.choice(simple)} - {random.choice(simple)})"  # traps below zero
    return random.choice(simple)


def compiled(random: Random) -> tuple[bytes, Program]:
    program = compile_source(source(random)).program
    return encode(program), program


@dataclass
class MemoryHistory:
    """A chain of plans in memory (`lazy.evaluate.History`, `lazy.bound.Writers`)."""

    engine: Engine
    loaded: Loaded
    plans: dict[int, Plan] = field(default_factory=dict)
    started: list[int] = field(default_factory=list)

    def plan(self, position: int) -> Plan:
        return self.plans[position]

    def start(self, plan: Plan) -> Run:
        self.started.append(plan.position)
        args: list[Value] = [leaf for leaf in plan.args if isinstance(leaf, int | np.float32)]
        return self.engine.start(self.loaded, plan.function, args, plan.env, plan.gas)

    def callee(self, plan: Plan, contract: bytes) -> Loaded:
        return self.loaded

    def last_writer(self, cell: CellId, before: int) -> int | None:
        return next(self.writers(cell, before), None)

    def writers(self, place: Place, below: int) -> Iterator[int]:
        for position in sorted(self.plans, reverse=True):
            if position < below and any(_meets(place, w) for w in self.plans[position].writes):
                yield position


def _meets(place: Place, written: Place) -> bool:
    if isinstance(place, CellId) and isinstance(written, CellId):
        return place == written
    return (place.contract, place.field) == (written.contract, written.field)


def history(random: Random, engine: Engine, loaded: Loaded, length: int) -> MemoryHistory:
    """A deployment and `length` calls of the loaded contract, by two senders."""
    chain = MemoryHistory(engine, loaded)
    program = loaded.program
    contract = bytes([2]) * 33
    init = next((n for n, f in enumerate(program.functions) if f.kind == Kind.INIT), -1)
    calls = [n for n, f in enumerate(program.functions) if f.kind == Kind.CALL]
    for position in range(1, length + 2):
        deploys = position == 1
        function = init if deploys else random.choice(calls)
        args = (random.randrange(6), random.randrange(KEYS))
        env = Env(random.choice(SENDERS), contract, random.randrange(3), position, position * 1000)
        chain.plans[position] = Plan(
            position=position,
            contract=contract,
            program=program,
            code=b"",
            function=function,
            args=args if function >= 0 else (),
            env=env,
            gas=random.choice((10**6, 10**6, 10**6, random.randrange(3000))),
            deploys=deploys,
            listed=_listed(random, program, contract),
        )
    return chain


def _listed(random: Random, program: Program, contract: bytes) -> tuple[tuple[CellId, bool], ...]:
    number = next(n for n, f in enumerate(program.fields) if f.name == "m")
    cells = [CellId(contract, number, encode_key(Type.U64, key)) for key in range(KEYS)]
    if random.random() < 0.6:
        return tuple((cell, True) for cell in cells)
    return tuple((cell, random.random() < 0.5) for cell in cells if random.random() < 0.5)
