"""Cases that no single row shows: branches, dispatch, depth, memory, and what a search found."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from random import Random
from typing import Final

from anhvm.benches.gas.case import Case
from anhvm.benches.gas.text import Loop
from anhvm.isa.traps import MAX_DEPTH

WORST: Final = files("anhvm.benches").joinpath("worst")
"""Programs that `anhvm bench worst` has found, each a permanent case."""
_MIX: Final = (
    "u64.add a, i, seven", "u64.mul b, i, seven", "mov c, a", "u64.and d, i, seven",
    "u64.or a, b, c", "u64.xor b, b, i", "f32.add x, x, third", "f32.mul y, y, third",
    "f32.max x, x, y", "u64.to_f32 x, i", "bool.not p, p", "u64.eq p, i, seven", "u64.lt p, a, b",
    "f32.neg x, x", "u64.shr c, i, seven", "u64.shl d, i, one", "f32.lt p, x, y",
    "bool.to_u64 c, p", "f32.abs x, x", "f32.sub x, x, y",
)  # fmt: skip
_TOP: Final = ("const seven: u64 = 7", "const third: f32 = 0.333")
_REGISTERS: Final = (
    "seven: u64 = const seven", "third: f32 = const third", "a: u64", "b: u64", "c: u64", "d: u64",
    "x: f32", "y: f32", "p: bool",
)  # fmt: skip


def cases() -> Iterator[Case]:
    """All of them."""
    for length in (64, 512, 1024, 2048, 4096, 16384, 65536):
        random = Random(length)
        lines = [random.choice(_MIX) for _ in range(length)]
        yield Loop(f"{length} instructions", lines, _TOP, _REGISTERS).case("program straight")
    for around in (False, True):
        yield _branches(around).case("program unpredictable")
    yield _depth().case("program depth")
    yield _growth(1 << 26).case("program growth")
    for size in (1 << 10, 1 << 16, 1 << 20, 1 << 24):
        yield _alternating(size).case("program alternating sizes")
    for doubled in (14, 16, 18):
        yield _copies(doubled).case("program copies")
    yield from found()


def found() -> Iterator[Case]:
    """What stands under `benches/worst`."""
    for file in sorted(WORST.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".asm"):
            yield Case("worst", file.name.removesuffix(".asm"), file.read_text(encoding="utf-8"))


def _branches(around: bool) -> Loop:
    """Branches on the bits of a xorshift, alone or around an instruction."""
    bits = range(32)
    step = (("shl", "thirteen"), ("shr", "seven"), ("shl", "seventeen"))
    lines = [line for op, by in step for line in (f"u64.{op} a, s, {by}", "u64.xor s, s, a")]
    for bit in bits:
        lines += [
            f"u64.shr a, s, k{bit}",
            "u64.and a, a, one",
            f"u64.{'ne' if around else 'eq'} p, a, one",
            f"jif p, L{bit}",
            *(["u64.or b, a, one"] if around else []),
            f"L{bit}:",
        ]
    shifts = {"thirteen": 13, "seventeen": 17, **{f"k{bit}": bit for bit in bits}}
    return Loop(
        "branches around one" if around else "branches",
        lines,
        [*_TOP, *(f"const {name}: u64 = {value}" for name, value in shifts.items())],
        [*_REGISTERS, "s: u64", *(f"{name}: u64 = const {name}" for name in shifts)],
        start=["mov s, seven"],
    )


def _depth() -> Loop:
    """Down to the depth that is allowed, and back."""
    after = [
        "function down internal (u64) -> ()",
        "  reg k: u64 = arg 0", "  reg one: u64 = const one", "  reg zero: u64", "  reg m: u64",
        "  reg done: bool", "  u64.eq done, k, zero", "  jif done, out", "  u64.sub m, k, one",
        "  call down(m)", "out:", "  ret ()",
    ]  # fmt: skip
    top = [f"const bottom: u64 = {MAX_DEPTH - 2}"]
    return Loop("256 calls deep", ["call down(bottom)"], top, ["bottom: u64 = const bottom"],
                after=after)  # fmt: skip


def _growth(size: int) -> Loop:
    """A value that is new memory each time: no allocator keeps one as large as this."""
    return Loop(
        f"{size} bytes",
        ["kernel fill(x, many) -> (v)"],
        [f"const many: u64 = {size // 4}"],
        ["x: f32", "many: u64 = const many", "v: f32[1]"],
        most=1,
    )


def _copies(doubled: int) -> Loop:
    """Bytes that fill a cache, copied again and again."""
    return Loop(
        f"{64 << doubled} bytes",
        ["bytes.concat copy, long, own"] * 4,
        registers=["own: bytes = self", "long: bytes", "copy: bytes"],
        start=["bytes.concat long, own, own", *["bytes.concat long, long, long"] * doubled],
        skip=1,
    )


def _alternating(size: int) -> Loop:
    """Values of many sizes that come and go."""
    shares = (3, 17, 5, 11, 29, 7, 2, 23)
    return Loop(
        f"up to {size} bytes",
        [f"kernel fill(x, k{share}) -> (v{n % 3})" for n, share in enumerate(shares)],
        [f"const k{share}: u64 = {size * share // 29 // 4}" for share in shares],
        ["x: f32", *(f"k{share}: u64 = const k{share}" for share in shares),
         *(f"v{n}: f32[1]" for n in range(3))],
        skip=2,
    )  # fmt: skip
