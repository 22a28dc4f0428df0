"""``python -m anhvm.fuzz.growth``: how long decoder and verifier take for a byte.

Programs are grown in one part at a time, up to the limit of that part; time is linear where the
time of a byte does not grow.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from time import thread_time_ns
from typing import Any

from anhvm.fuzz.engines import cores
from anhvm.isa.opcodes import BY_NAME
from anhvm.isa.types import DType, Type, tensor
from anhvm.kernels.table import BY_NAME as KERNEL_BY_NAME
from anhvm.program.encode import decode, encode
from anhvm.program.limits import MAX_CODE, MAX_ITEMS, MAX_REGISTERS
from anhvm.program.model import (
    MAX_EFFECTS,
    MAX_KEYS,
    Const,
    Effect,
    Event,
    Field,
    Function,
    Init,
    Instr,
    Key,
    Kind,
    Line,
    Mode,
    Program,
    Register,
    Site,
    SiteKind,
)
from anhvm.verifier import verify

LINEAR = 2.5
"""How much longer a byte may take in a program 16 times as large: caches are not endless."""
_REPEATS = 5
_STEPS = 5
"""Sizes of a part: the largest, and halves of it."""
_ADD, _RET, _CALL = (BY_NAME[name].code for name in ("u64.add", "ret", "call"))
_END = (Instr(_RET, 0),)
_RETURN = (Site(SiteKind.RET),)


def _base(**parts: Any) -> Program:
    """The least program, with parts of its function replaced."""
    function = Function("f", Kind.CALL, (), (), (), _END, _RETURN)
    return Program("p", files=("a",), functions=(replace(function, **parts),))


def _with(part: str, item: object, n: int) -> Program:
    grown: dict[str, Any] = {part: (item,) * n}
    return replace(_base(), **grown)


def _inside(part: str, item: object, n: int, **parts: Any) -> Program:
    return _base(**{part: (item,) * n}, **parts)


def _functions(n: int) -> Program:
    (one,) = _base().functions
    return replace(_base(), functions=tuple(replace(one, name=f"f{i}") for i in range(n)))


def _code(n: int) -> Program:
    word = Register(Type.U64)
    return _base(registers=(word,), code=(Instr(_ADD),) * (n - 1) + _END)


def _calls(n: int) -> Program:
    """A function that calls itself, each call with all effects that there can be."""
    field = Field("m", Type.U64, (Type.U64,) * MAX_KEYS)
    keys = tuple(Key(Init.ARG, i) for i in range(MAX_KEYS))
    other = tuple(Effect(Mode.READ, i, keys) for i in range(MAX_EFFECTS))
    words = (int(Type.U64),) * MAX_KEYS
    site = Site(SiteKind.CALL, 0, tuple(range(MAX_KEYS)))
    grown = _base(
        params=words,
        registers=tuple(Register(Type.U64, Init.ARG, i) for i in range(MAX_KEYS)),
        sites=(*_RETURN, *(site,) * n),
        effects=other,
    )
    return replace(grown, fields=(field,) * MAX_EFFECTS)


def _kernels(n: int) -> Program:
    code = tensor(DType.F32, 2)
    site = Site(SiteKind.KERNEL, KERNEL_BY_NAME["matmul"].id, (0, 0), (0,))
    return _base(registers=(Register(code),), sites=(*_RETURN, *(site,) * n))


def _lines(n: int) -> Program:
    lines = tuple(Line(pc, 0, 1, 1) for pc in range(n))
    return replace(_code(n), functions=(replace(_code(n).functions[0], lines=lines),))


_WORD = Const(Type.U64, bytes(8))
PARTS: dict[str, tuple[Callable[[int], Program], int]] = {
    "constants": (partial(_with, "consts", _WORD), MAX_ITEMS),
    "bytes of a constant": (lambda n: _with("consts", Const(Type.BYTES, bytes(n)), 1), 1 << 24),
    "elements of a constant": (
        lambda n: _with("consts", Const(tensor(DType.F32, 1), bytes(4 * n), (n,)), 1),
        1 << 22,
    ),
    "fields": (partial(_with, "fields", Field("f", Type.U64, (Type.U64,) * MAX_KEYS)), MAX_ITEMS),
    "events": (partial(_with, "events", Event("e", (Type.U64,))), MAX_ITEMS),
    "functions": (_functions, MAX_ITEMS),
    "files": (partial(_with, "files", "a"), MAX_ITEMS),
    "interface": (lambda n: replace(_base(), abi=bytes(n)), 1 << 24),
    "parameters": (partial(_inside, "params", int(Type.U64)), MAX_ITEMS),
    "registers": (partial(_inside, "registers", Register(Type.U64)), MAX_REGISTERS),
    "instructions": (_code, MAX_CODE),
    "lines": (_lines, 1 << 18),
    "calls": (_calls, MAX_ITEMS - 1),
    "kernels": (_kernels, MAX_ITEMS - 1),
}
"""What makes a program with n of each part, and how large n may be."""


@dataclass(frozen=True)
class Grown:
    """Nanoseconds a byte of the core at each size, and of decoder and verifier in Python at the
    least."""

    part: str
    sizes: tuple[int, ...]
    core: tuple[float, ...]
    python: float

    @property
    def growth(self) -> float:
        """The time of a byte at the largest size, by that at the least."""
        return self.core[-1] / self.core[0]


def measure(part: str, share: int = 1) -> Grown:
    """A part at sizes up to `1 / share` of its limit."""
    make, limit = PARTS[part]
    counts = [limit // share >> step for step in reversed(range(_STEPS))]
    encoded = [encode(make(count)) for count in counts]
    engine = cores()[-1].engine
    times = [_least(partial(engine.load, data)) / len(data) for data in encoded]
    slow = _least(lambda: verify(decode(encoded[0])), 1) / len(encoded[0])
    return Grown(part, tuple(map(len, encoded)), tuple(times), slow)


def _least(work: Callable[[], object], repeats: int = _REPEATS) -> int:
    def once() -> int:
        start = thread_time_ns()
        work()
        return thread_time_ns() - start

    return min(once() for _ in range(repeats))


def report(found: list[Grown]) -> Iterator[str]:
    """Lines for people."""
    yield f"{'part':24}{'bytes':>12}{'ns a byte':>12}{'growth':>9}{'Python':>10}"
    for one in found:
        cells = f"{one.sizes[-1]:12}{one.core[-1]:12.2f}{one.growth:9.2f}{one.python:10.1f}"
        yield f"{one.part:24}{cells}"
    yield f"worst ns a byte: {max(max(one.core) for one in found):.1f}"


def main() -> int:
    """Measures what the command line asks for; 1 if the time of a byte grows."""
    parser = argparse.ArgumentParser(prog="python -m anhvm.fuzz.growth", description=__doc__)
    parser.add_argument("--share", type=int, default=1, help="of the limits: 1 / SHARE")
    given = parser.parse_args()
    found = [measure(part, given.share) for part in PARTS]
    print("\n".join(report(found)))
    return int(any(one.growth > LINEAR for one in found))


if __name__ == "__main__":
    sys.exit(main())
