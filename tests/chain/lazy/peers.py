"""Random small chains of contracts that call each other, caught and uncaught, listed and not."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from anhvm.chain.lazy.cells import ALIVE, CellId, encode_key
from anhvm.chain.lazy.plan import Plan
from anhvm.compiler.phases import compile_source
from anhvm.isa.types import Type
from anhvm.program.encode import encode
from anhvm.program.engine import Engine, Env, Loaded, Run, Value
from anhvm.program.model import Kind, Program
from tests.chain.lazy.chains import KEYS, SENDERS, MemoryHistory

ADDRESSES = tuple(bytes([2]) + bytes([n]) * 32 for n in range(3))
_FACE = """
interface Peer:
    @view
    def look(k: u64) -> u64
    def f0(x: u64, k: u64, p: address, q: address) -> u64
    def f1(x: u64, k: u64, p: address, q: address) -> u64
    @gas(2_500)
    def f2(x: u64, k: u64, p: address, q: address) -> u64
"""


def source(random: Random) -> str:
    """A contract that calls what it is handed; addresses wander from argument to argument."""
    lines = [
        *_FACE.split("\n"),
        "contract Random:",
        "    a: u64",
        "    b: u64",
        "    m: map[u64, u64]",
        "    event Did(x: u64)",
    ]
    if random.random() < 0.6:
        lines += ["    @init", "    def setup(x: u64, k: u64, p: address, q: address):"]
        lines += [*_body(random, 1), f"        assert x != {random.randrange(6)}, 'no'"]
    lines += ["    @view", "    def look(k: u64) -> u64:", "        return self.m[k] + self.a"]
    for number in range(3):
        if random.random() < 0.6:
            lines += ["    @reentrant"]
        lines += ["    @call"]
        if number == 2 and random.random() < 0.5:
            lines += ["    @gas(2_500)"]
        lines += [f"    def f{number}(x: u64, k: u64, p: address, q: address) -> u64:"]
        lines += [*_body(random, 2), "        self.a += 1", "        return self.a + x"]
    return "\n".join(lines).replace("'no'", '"no"') + "\n"


def _body(random: Random, depth: int, indent: int = 8) -> list[str]:
    return [
        line
        for _ in range(random.randint(1, 3))
        for line in _statement(random, depth, " " * indent)
    ]


def _statement(random: Random, depth: int, pad: str) -> list[str]:
    match random.randrange(9 if depth else 6):
        case 0:
            return [f"{pad}self.{random.choice('ab')} = {_number(random)}"]
        case 1:
            return [f"{pad}self.m[{_number(random)} % {KEYS}] += {_number(random)}"]
        case 2:
            return [f"{pad}emit Did({_number(random)})"]
        case 3:
            return [f"{pad}assert {_number(random)} != {random.randrange(4)}, 'no'"]
        case 4 | 5 | 6:
            return [f"{pad}self.b = {_call(random)}"]
        case 7:
            inner = pad + "    "
            lines = [f"{pad}try:", f"{inner}self.a = {_call(random)}", f"{pad}except:"]
            lines += _body(random, depth - 1, len(inner))
            if random.random() < 0.5:
                lines += [f"{pad}else:", *_body(random, depth - 1, len(inner))]
            return lines
        case _:
            inner_body = _body(random, depth - 1, len(pad) + 4)
            return [f"{pad}if {_number(random)} % 3 < {random.randrange(1, 3)}:", *inner_body]


def _call(random: Random) -> str:
    if random.random() < 0.3:
        return f"Peer({random.choice('pq')}).look({_number(random)} % {KEYS})"
    gas = random.choice(("", "", "", ", gas=3_000", ", gas=300"))
    where = random.choice(("p", "q", "q", "p", "self.address"))
    rest = ", ".join(random.choice(("p", "q", "self.address", "msg.sender")) for _ in "pq")
    return f"Peer({where}).f{random.randrange(3)}({_number(random)}, k, {rest}{gas})"


def _number(random: Random) -> str:
    return random.choice(["x", "k", "self.a", "self.b", "self.m[k]", str(random.randrange(5))])


def compiled(random: Random) -> Program:
    return compile_source(source(random)).program


@dataclass
class PeerHistory(MemoryHistory):
    """Plans of several contracts in memory, each with a program of its own."""

    programs: dict[bytes, Loaded] = field(default_factory=dict)

    def start(self, plan: Plan) -> Run:
        self.started.append(plan.position)
        args: list[Value] = [leaf for leaf in plan.args if isinstance(leaf, int | bytes)]
        loaded = self.programs[plan.contract]
        return self.engine.start(loaded, plan.function, args, plan.env, plan.gas)

    def callee(self, plan: Plan, contract: bytes) -> Loaded:
        return self.programs[contract]


def contracts(random: Random, engine: Engine) -> dict[bytes, Loaded]:
    """Programs by address."""
    return {where: engine.load(encode(compiled(random))) for where in ADDRESSES}


def history(
    random: Random, engine: Engine, programs: dict[bytes, Loaded], length: int
) -> PeerHistory:
    """Deployments of three contracts, and `length` calls of them, in a random order."""
    chain = PeerHistory(engine, programs[ADDRESSES[0]], programs=programs)
    order = [*ADDRESSES, *(random.choice(ADDRESSES) for _ in range(length))]
    if random.random() < 0.3:
        random.shuffle(order)
    born: set[bytes] = set()
    for position, contract in enumerate(order, 1):
        deploys, program = contract not in born, programs[contract].program
        born.add(contract)
        init = next((n for n, f in enumerate(program.functions) if f.kind == Kind.INIT), -1)
        calls = [n for n, f in enumerate(program.functions) if f.kind == Kind.CALL]
        function = init if deploys else random.choice(calls)
        numbers = (random.randrange(6), random.randrange(KEYS))
        args: tuple[int | bytes, ...] = (*numbers, *random.choices(ADDRESSES, k=2))
        env = Env(random.choice(SENDERS), contract, 0, position, position * 1000)
        chain.plans[position] = Plan(
            position=position,
            contract=contract,
            program=program,
            code=bytes([position]) * 32,
            function=function,
            args=args if function >= 0 else (),
            env=env,
            gas=random.choice((10**6, 10**6, 10**5, random.randrange(20_000))),
            deploys=deploys,
            listed=_listed(random),
        )
    return chain


def _listed(random: Random) -> tuple[tuple[CellId, bool], ...]:
    cells = [CellId(where, number) for where in ADDRESSES for number in (0, 1, ALIVE)]
    cells += [
        CellId(where, 2, encode_key(Type.U64, key)) for where in ADDRESSES for key in range(KEYS)
    ]
    if random.random() < 0.7:
        return tuple((cell, cell.field != ALIVE) for cell in cells)
    return tuple((cell, random.random() < 0.8) for cell in cells if random.random() < 0.8)
