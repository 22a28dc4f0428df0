"""Contracts in assembler text that call each other, on both engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from anhvm.assembler import assemble
from anhvm.isa.schedule import load
from anhvm.kernels.definitions.call import call
from anhvm.program.encode import encode
from anhvm.program.engine import Callee, Cell, Done, Engine, Env, Loaded, Need, Value
from anhvm.program.model import Mode
from anhvm.reference import ReferenceEngine
from tests.machine.build import engine as core

ALL = 18446744073709551615
ENV = Env(sender=b"user", self=b"A", value=7, height=8, time=9)
PLENTY = 1 << 40
ENGINES = ("reference", "core")
SCHEDULE = load()


@cache
def engine(name: str) -> Engine:
    return core() if name == "core" else ReferenceEngine(call, SCHEDULE)


@cache
def loaded(name: str, text: str) -> Loaded:
    return engine(name).load(encode(assemble(text)))


@dataclass
class Told:
    """The end of a run, and all that it asked for on the way, with the gas used until then."""

    done: Done
    needs: list[tuple[Need | Callee, int]] = field(default_factory=list)

    @property
    def trap(self) -> str:
        return self.done.failure.trap.name if self.done.failure else ""

    @property
    def where(self) -> tuple[bytes, int, int]:
        assert self.done.failure
        return self.done.failure.contract, self.done.failure.function, self.done.failure.pc

    @property
    def writes(self) -> dict[tuple[bytes, int], Value]:
        return {(cell.contract, cell.field): value for cell, value in self.done.writes}

    @property
    def asked(self) -> list[str]:
        """Addresses of callees, and cells as ``read B.0``."""
        return [
            f"link {need.address.decode()}"
            if isinstance(need, Callee)
            else f"{need.mode.name.lower()} {need.cell.contract.decode()}.{need.cell.field}"
            for need, _ in self.needs
        ]


def run(
    on: str,
    texts: Mapping[str, str],
    *args: Value,
    gas: int = PLENTY,
    function: int = 0,
    cells: Mapping[tuple[str, int], Value] | None = None,
    unlisted: str = "",
) -> Told:
    """Runs a function of contract ``A``; `unlisted` is the need (as in `asked`) that aborts."""
    going = engine(on).start(loaded(on, texts["A"]), function, args, ENV, gas)
    told = Told(Done(None, 0, (), (), (), (), 0))
    outcome = going.resume()
    while not isinstance(outcome, Done):
        told.needs.append((outcome, going.gas_used))
        if told.asked[-1] == unlisted:
            outcome = going.abort()
        elif isinstance(outcome, Callee):
            text = texts.get(outcome.address.decode())
            outcome = going.link(None if text is None else loaded(on, text))
        elif outcome.mode is Mode.READ:
            outcome = going.provide(_stored(cells or {}, outcome.cell))
        else:
            outcome = going.permit()
    told.done = outcome
    return told


def _stored(cells: Mapping[tuple[str, int], Value], cell: Cell) -> Value | None:
    return cells.get((cell.contract.decode(), cell.field))


def agreed(texts: Mapping[str, str], *args: Value, gas: int = PLENTY, **how: object) -> Told:
    """What both engines tell, which is the same."""
    one, other = (run(on, texts, *args, gas=gas, **how) for on in ENGINES)  # type: ignore[arg-type]
    for told in (one, other):
        if told.done.failure and told.trap != "ASSERT":
            object.__setattr__(told.done.failure, "message", "")
    assert one == other
    return one


def every_gas(texts: Mapping[str, str], *args: Value) -> Iterator[tuple[int, Told]]:
    """The run with every amount of gas up to more than it needs."""
    enough = agreed(texts, *args).done.gas_used * 21 // 20
    for gas in range(enough):
        yield gas, agreed(texts, *args, gas=gas)


def caller(
    body: str,
    externs: Sequence[str] = (),
    head: str = "",
    signature: str = "call () -> ()",
    name: str = "f",
) -> str:
    """A contract with one function, whose registers ``b`` and ``all`` say: all gas, to B."""
    declared = "".join(f"extern {extern}\n" for extern in externs)
    return (
        f'{declared}const b: bytes = "B"\nconst c: bytes = "C"\nconst a: bytes = "A"\n'
        f"const all: u64 = {ALL}\n{head}function {name} {signature}\n"
        "  reg a: bytes = const a\n  reg b: bytes = const b\n  reg c: bytes = const c\n"
        f"  reg all: u64 = const all\n{body}"
    )


WHO = """
function who view (u64) -> (bytes, bytes, u64, u64, u64, u64)
  reg sender: bytes = sender
  reg me: bytes = self
  reg value: u64 = value
  reg height: u64 = height
  reg time: u64 = time
  reg given: u64 = arg 0
  ret (sender, me, value, height, time, given)
"""
ASKS_WHO = caller(
    "  reg n: u64 = arg 0\n  reg s: bytes\n  reg m: bytes\n  reg v: u64\n  reg h: u64\n"
    "  reg t: u64\n  reg x: u64\n  call.ext who(n, b, all) -> (s, m, v, h, t, x)\n"
    "  ret (s, m, v, h, t, x)\n",
    ["who view (u64) -> (bytes, bytes, u64, u64, u64, u64)"],
    signature="call (u64) -> (bytes, bytes, u64, u64, u64, u64)",
)
COUNTER = """
field n: u64
event Up(u64)
const one: u64 = 1
const big: u64 = 3
const text: bytes = "too many"
function up call () -> (u64)
  reads n
  writes n
  reg n: u64
  reg one: u64 = const one
  reg big: u64 = const big
  reg text: bytes = const text
  reg fine: bool
  s.load n, n
  u64.add n, n, one
  s.store n, n
  emit Up(n)
  u64.lt fine, n, big
  assert fine, text
  ret (n)
"""
UP = "up call () -> (u64)"
OUT = "  reg out: u64\n  reg how: u64\n"


TRIES = caller(
    f"{OUT}  reg one: u64 = const one\n  mov out, one\n  s.store out, kept\n  emit Mine(out)\n"
    "  try.ext how, up(b, all) -> (out)\n  s.store how, kept\n  emit Mine(how)\n"
    "  call.ext up(c, all) -> (how)\n  ret (out)\n",
    [UP],
    "const one: u64 = 1\nfield kept: u64\nevent Mine(u64)\n",
    "call () -> (u64)",
).replace("-> (u64)\n  reg a:", "-> (u64)\n  writes kept\n  reg a:")


GAUGE = """
function left view () -> (u64)
  reg n: u64
  gas n
  ret (n)
"""
LEFT = "left view () -> (u64)"
