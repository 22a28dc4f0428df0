"""matmul (N7): a block computes a square of the output from tiles in shared memory.

A thread of the SIDE x SIDE of a block holds 8 x 8 accumulators, in four groups of 4 x 4 so that
neighbours read neighbouring words.  The text is made here, since accumulators have to be names to
stay in registers.  While a tile is used, the next one is on its way into registers.  Rows and
columns beyond the edge are loaded as +0 and never stored; k is never padded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import FunctionType

from anhvm.kernels.cuda import ops
from anhvm.kernels.definitions.matmul import BLOCK

DEPTH = 16  # values of k in a tile
SIDE = 16  # threads along an edge of a block
_GROUP = 4
_EACH = 2 * _GROUP

# Indices are unsigned where they enter memory: Numba would ask of others whether they are negative.
_KERNEL = """
def matmul(m, n, k, y, a, b):
    left, right = left_tile(), right_tile()
    me = int64(thread())
    down, across = (n + {edge} - 1) // {edge}, (m + {edge} - 1) // {edge}
    square = block() % (down * across)
    batch = int64(block() // (down * across))
    row0, column0 = square // down * {edge}, square % down * {edge}
    a0, b0, y0 = batch * m * k, batch * k * n, batch * m * n
    i, j = me // {side} * 4, me % {side} * 4
    {clear}
    {nothing}
    for k0 in range(-{depth}, k, {depth}):
        if k0 >= 0:
            {store}
            barrier()
        ahead = k0 + {depth}
        if ahead < k:
            {fetch}
        if k0 >= 0:
            for s in range(min({depth}, k - k0)):
                {multiply}
            if ahead % {chain} == 0 or ahead >= k:
                first = k0 < {chain}
                {write}
                {clear}
            barrier()
"""


@cache
def product(transpose_a: bool, transpose_b: bool, side: int = SIDE) -> FunctionType:
    """Kernel of (m, n, k, y, a, b) for k > 0; `side` * `side` threads, blocks by `blocks`."""
    edge = side * _EACH
    pad = edge + _GROUP
    shared = ops.Shared(DEPTH * pad), ops.Shared(DEPTH * pad)
    loads = edge * DEPTH // (side * side)
    a_fetch = _fetch("fa", "a", ("row0", "m"), transpose_a, loads, side)
    b_fetch = _fetch("fb", "b", ("column0", "n"), not transpose_b, loads, side)
    numbers = {"edge": edge, "side": side, "depth": DEPTH, "chain": BLOCK}
    parts = {
        "clear": [f"{c} = ZERO" for c in _names("c")],
        "nothing": [f"{f}{load} = ZERO" for f in ("fa", "fb") for load in range(loads)],
        "fetch": [*a_fetch, *b_fetch],
        "store": [
            *_store("fa", "left", transpose_a, loads, side, pad),
            *_store("fb", "right", not transpose_b, loads, side, pad),
        ],
        "multiply": _multiply(pad, side),
        "write": _write(side),
    }
    scope = {**vars(ops), "ZERO": ops.float32(0), "__name__": __name__}
    scope |= {"left_tile": shared[0], "right_tile": shared[1]}
    exec(_filled(_KERNEL, parts).format(**numbers), scope)
    return scope["matmul"]  # type: ignore[no-any-return]


def blocks(batch: int, m: int, n: int, side: int = SIDE) -> int:
    """How many blocks a launch has."""
    edge = side * _EACH
    return batch * -(-m // edge) * -(-n // edge)


def _filled(text: str, parts: Mapping[str, Sequence[str]]) -> str:
    """The text with lines in place of each line that is the name of a part."""
    lines = []
    for line in text.splitlines():
        part = parts.get(line.strip().strip("{}"), (line.strip(),))
        lines += [line[: len(line) - len(line.lstrip())] + inner for inner in part]
    return "\n".join(lines)


def _names(letter: str) -> list[str]:
    return [f"{letter}{i}_{j}" for i in range(_EACH) for j in range(_EACH)]


def _spot(load: int, outer_fast: bool, side: int) -> tuple[str, str]:
    """What thread `me` fetches: position along the edge and along k, neighbours on the fast one."""
    edge, threads = side * _EACH, side * side
    at = f"(me + {load * threads})"
    fast = edge if outer_fast else DEPTH
    spots = f"{at} % {fast}", f"{at} // {fast}"
    return spots if outer_fast else spots[::-1]


def _fetch(
    register: str, x: str, edge: tuple[str, str], outer_fast: bool, loads: int, side: int
) -> list[str]:
    start, size = edge
    lines = []
    for load in range(loads):
        outer, depth = _spot(load, outer_fast, side)
        place = f"kk * {size} + oo" if outer_fast else "oo * k + kk"
        lines += [
            f"oo, kk = {start} + {outer}, ahead + {depth}",
            f"inside = (oo < {size}) & (kk < k)",
            f"spot = uint64({x}0 + where(inside, {place}, 0))",
            f"{register}{load} = where(inside, {x}[spot], ZERO)",
        ]
    return lines


def _store(
    register: str, tile: str, outer_fast: bool, loads: int, side: int, pad: int
) -> list[str]:
    spots = (_spot(load, outer_fast, side) for load in range(loads))
    return [
        f"{tile}[uint64(({k}) * {pad} + {o})] = {register}{i}" for i, (o, k) in enumerate(spots)
    ]


def _offset(index: int, side: int) -> int:
    """Where accumulator `index` of a thread lies beyond its first, along an edge."""
    return index % _GROUP + index // _GROUP * side * _GROUP


def _multiply(pad: int, side: int) -> list[str]:
    offsets = [_offset(e, side) for e in range(_EACH)]
    rows = [f"u{e} = left[uint64(s * {pad} + i + {at})]" for e, at in enumerate(offsets)]
    columns = [f"v{e} = right[uint64(s * {pad} + j + {at})]" for e, at in enumerate(offsets)]
    chain = [f"c{e}_{f} = fma(u{e}, v{f}, c{e}_{f})" for e in range(_EACH) for f in range(_EACH)]
    return [*rows, *columns, *chain]


def _write(side: int) -> list[str]:
    lines = []
    for e in range(_EACH):
        row = f"row0 + i + {_offset(e, side)}"
        lines += [f"if {row} < m:", f"    at = y0 + ({row}) * n + column0 + j"]
        for f in range(_EACH):
            beyond = _offset(f, side)
            lines += [
                f"    if column0 + j + {beyond} < n:",
                f"        spot = uint64(at + {beyond})",
                f"        y[spot] = where(first, c{e}_{f}, add(y[spot], c{e}_{f}))",
            ]
    return lines
