"""Loops around what a site lists: calls, cells, events, slices, elements, by the kind of the site.

A new kind of site needs a function here; a test says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import numpy as np

from anhvm.benches.gas.text import Loop
from anhvm.isa.opcodes import Op
from anhvm.isa.traps import MAX_EVENTS

COPIES: Final = 16
SIZES: Final = (33, 1 << 10, 1 << 16, 1 << 20, 1 << 24)
"""Bytes of values that instructions copy, keep or compare."""
FAR: Final = (1 << 16, (1 << 20) - 4, 1 << 21, 1 << 22, 1 << 23, 1 << 24, 1 << 26)
"""Bytes of tensors whose elements are taken out of order, in every cache and in none."""
_CELLS: Final = 50_000
"""Cells that a run goes through again and again, more than caches hold."""
_JUMP: Final = 7919
"""Coprime to what is walked through, and far from one place to the next."""


def calls(op: Op) -> Iterator[Loop]:
    """Calls of functions with few and with many registers, arguments and results."""
    yield Loop("nothing", ["call f()"] * COPIES, after=["function f internal () -> ()", "  ret ()"])
    for count in (1, 8, 64):
        types = ", ".join(["u64"] * count)
        names = ", ".join(f"v{i}" for i in range(count))
        yield Loop(
            f"{count} words",
            [f"call f({names}) -> ({names})"] * COPIES,
            registers=[f"v{i}: u64" for i in range(count)],
            after=[
                f"function f internal ({types}) -> ({types})",
                *(f"  reg v{i}: u64 = arg {i}" for i in range(count)),
                f"  ret ({names})",
            ],
        )
    yield Loop(
        "1000 registers",
        ["call f()"],
        after=[
            "function f internal () -> ()",
            *(f"  reg v{i}: {'bytes' if i % 2 else 'u64'}" for i in range(1000)),
            "  ret ()",
        ],
    )


def externs(op: Op) -> Iterator[Loop]:
    """Calls of a contract that has the same program; its address is the sender's."""
    how = "" if op.operands[0].startswith("site") else "how, "
    for count in (0, 8):
        types, words = ", ".join(["u64"] * count), "".join(["one, "] * count)
        yield Loop(
            f"{count} words",
            [f"{op.name} {how}other({words}who, all)"],
            [f"extern other call ({types}) -> ()", f"const all: u64 = {(1 << 64) - 1}"],
            ["who: bytes = sender", "all: u64 = const all", "how: u64"],
            after=[f"function other call ({types}) -> ()", "  ret ()"],
        )


def kernels(op: Op) -> Iterator[Loop]:
    """The least kernel; all others are cases of their own."""
    words = ["x: f32", "y: f32"]
    yield Loop("add of scalars", ["kernel add(x, y) -> (y)"] * COPIES, registers=words)


def cells(op: Op) -> Iterator[Loop]:
    """Cells that are warm, one of many, or touched for the first time; small and large values."""
    load = op.operands[0].startswith("w")
    word = "reads" if load else "writes"
    both = [f"{way} {field}" for way in ("reads", "writes") for field in ("cell", "map[any]")]
    top = ["field cell: u64", "field map[u64]: u64", f"const many: u64 = {_CELLS}",
           f"const jump: u64 = {_JUMP}"]  # fmt: skip
    words = ["v: u64", "k: u64", "many: u64 = const many", "jump: u64 = const jump"]
    far = ["u64.mul k, i, jump", "u64.mod k, k, many", f"{op.name} v, map[k]"]
    yield Loop("warm", [f"{op.name} v, cell"] * COPIES, top, words, effects=both)
    yield Loop("warm in a map", [f"{op.name} v, map[one]"] * COPIES, top, words, effects=both)
    yield Loop("one of many", far, top, words, effects=both, skip=_CELLS)
    yield Loop("first touch", [f"{op.name} v, map[i]"], top, words, effects=both, most=20_000)
    yield Loop(
        "first touch, bytes",
        [f"{op.name} v, map[who, i]"],
        top=["field map[bytes, u64]: bytes"],
        registers=["v: bytes", "who: bytes = self"],
        effects=[f"{way} map[any, any]" for way in ("reads", "writes")],
        most=20_000,
    )
    for size in SIZES:
        yield Loop(
            f"{size} bytes",
            [f"{op.name} v, cell"],
            top=["field cell: bytes"],
            registers=["v: bytes"] if load else ["v: bytes = arg 1"],
            params=["bytes"],
            effects=["reads cell", "writes cell"],
            start=["s.store a1, cell"],
            args=partial(_bytes, size),
        )
        yield Loop(
            f"key of {size} bytes",
            [f"{op.name} v, map[a1]"],
            top=["field map[bytes]: u64"],
            registers=["v: u64"],
            params=["bytes"],
            effects=[f"{word} map[any]"],
            args=partial(_bytes, size),
        )
        yield Loop(
            f"tensor of {size // 4}",
            [f"{op.name} v, cell"],
            top=[f"field cell: f32[1] [{size // 4}]"],
            registers=["v: f32[1]"] if load else ["v: f32[1] = arg 1"],
            params=["f32[1]"],
            effects=["reads cell", "writes cell"],
            args=partial(_floats, size),
        )


def events(op: Op) -> Iterator[Loop]:
    """Events of few and many words, and of large values, which are shared."""
    for count in (0, 1, 8, 64):
        types, names = ", ".join(["u64"] * count), ", ".join(["one"] * count)
        yield Loop(
            f"{count} words", [f"emit Said({names})"], [f"event Said({types})"], most=MAX_EVENTS
        )
    for size in SIZES:
        yield Loop(
            f"{size} bytes",
            ["emit Said(a1)"],
            ["event Said(bytes)"],
            params=["bytes"],
            args=partial(_bytes, size),
            most=MAX_EVENTS,
        )


def slices(op: Op) -> Iterator[Loop]:
    """Slices of all sizes."""
    for size in (1, *SIZES):
        yield Loop(
            f"{size} bytes",
            [f"{op.name} v, (a1, one, end)"],
            [f"const end: u64 = {size + 1}"],
            ["v: bytes", "end: u64 = const end"],
            ["bytes"],
            args=partial(_bytes, size + 1),
        )


def elements(op: Op) -> Iterator[Loop]:
    """One element again and again, and elements of large tensors out of order."""
    yield from _elements(op, "f32", "f32[1]", _floats)
    yield from _elements(op, "i32", "i8[1]", _small)
    yield from (_chase(op, size) for size in FAR)
    yield Loop(
        "rank 6",
        [f"{op.name} v, (a1, one, one, one, one, one, one)"] * COPIES,
        registers=["v: f32"],
        params=["f32[6]"],
        args=lambda: (np.ones((2,) * 6, np.float32),),
    )


def _chase(op: Op, size: int) -> Loop:
    """Each element says where the next one lies, so that no two are fetched at once."""
    return Loop(
        f"each the next, of {size} bytes",
        [f"{op.name} v, (a1, k)", "i32.to_u64 k, v"] * COPIES,
        registers=["v: i32", "k: u64"],
        params=["i32[1]"],
        args=partial(_ring, size),
        skip=1,
    )


def updates(op: Op) -> Iterator[Loop]:
    """Tensors of all sizes with one element replaced, and where that is in place, all elements."""
    inside = op.operands[0].startswith("m")
    for size in SIZES:
        names = ["v: f32[1]", "x: f32"]
        lines = ["copy v, a1", f"{op.name} v, (v, one, x)"]
        if not inside:
            lines = [f"{op.name} v, (a1, one, x)"]
        make = partial(_floats, size)
        yield Loop(f"{size} bytes", lines, registers=names, params=["f32[1]"], args=make)
        if inside:
            yield _walk(size, f"{op.name} v, (v, k, x)", names, "f32[1]", size // 4, make)


def _elements(op: Op, kind: str, tensor: str, make: Callable[[int], Any]) -> Iterator[Loop]:
    for size in SIZES:
        count = size // (4 if kind == "f32" else 1)
        line = f"{op.name} v, (a1, k)"
        yield _walk(size, line, [f"v: {kind}"], tensor, count, partial(make, size))


def _walk(
    size: int,
    line: str,
    names: list[str],
    tensor: str,
    count: int,
    make: Callable[[], tuple[Any]],
) -> Loop:
    """`line` at element k, which jumps through all `count`."""
    return Loop(
        f"{tensor} of {count}",
        ["u64.add k, k, jump", "u64.mod k, k, many", line] * COPIES,
        [f"const jump: u64 = {_JUMP * 31}", f"const many: u64 = {count}"],
        [*names, "k: u64", "jump: u64 = const jump", "many: u64 = const many"],
        [tensor],
        start=["copy v, a1"] if f"v: {tensor}" in names else [],
        args=make,
        skip=1,
    )


def _bytes(size: int) -> tuple[bytes]:
    return (np.random.default_rng(3).bytes(size),)


def _floats(size: int) -> tuple[Any]:
    return (np.random.default_rng(5).standard_normal(size // 4, np.float32),)


def _small(size: int) -> tuple[Any]:
    return (np.random.default_rng(6).integers(-128, 128, size, np.int8),)


def _ring(size: int) -> tuple[Any]:
    """A permutation that is one cycle, out of order."""
    order = np.random.default_rng(7).permutation(size // 4).astype(np.int32)
    ring = np.empty_like(order)
    ring[order] = np.roll(order, -1)
    return (ring,)


SITES: Final[Mapping[str, Callable[[Op], Iterator[Loop]]]] = {
    "call": calls, "ret": calls, "kernel": kernels, "cell": cells, "event": events,
    "slice": slices, "extern": externs, "element": elements, "update": updates,
}  # fmt: skip
