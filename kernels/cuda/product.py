"""matmul (N7): a block computes a square of the output from tiles in shared memory.

A thread of the SIDE x SIDE of a block holds 8 x 8 accumulators, in four groups of 4 x 4 so that
neighbours read neighbouring words.  The text is made here, since accumulators have to be names to
stay in registers: `c` those of the chain, `t` those of the chains before it.

A square that lies wholly inside the output takes its full tiles of k without a question: while one
is used, the next is on its way into registers, and tiles alternate between two places, so that one
barrier a tile is enough.  What is left of k, and squares at the edge, take tiles that ask; rows and
columns beyond the edge are loaded as +0 and never stored.  k is never padded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import FunctionType

from anhvm.kernels.cuda import ops
from anhvm.kernels.definitions.matmul import BLOCK

DEPTH = 16  # values of k in a tile
SIDE = 16  # threads along an edge of a block
UNROLLED = 4  # values of k in one turn of the loop over a full tile
_GROUP = 4
_EACH = 2 * _GROUP

# Indices are unsigned where they enter memory: Numba would ask of others whether they are negative.
_KERNEL = """
def matmul(m, n, k, period, y, a, b):
    left, right = left_tile(), right_tile()
    me = int64(thread())
    down, across = (n + {edge} - 1) // {edge}, (m + {edge} - 1) // {edge}
    square = block() % (down * across)
    batch = int64(block() // (down * across))
    row0, column0 = square // down * {edge}, square % down * {edge}
    a0, b0, y0 = batch % period * m * k, batch * k * n, batch * m * n
    i, j = me // {side} * 4, me % {side} * 4
    whole = int64(0)
    if (row0 + {edge} <= m) & (column0 + {edge} <= n):
        whole = k // {depth} * {depth}
    {clear}
    {nothing}
    if whole > 0:
        {places}
        ahead = int64(0)
        {fetch}
        for k0 in range(0, whole, {depth}):
            place = k0 // {depth} % 2 * {tile}
            {store}
            barrier()
            ahead = k0 + {depth}
            if ahead < whole:
                {fetch}
            s0, end = place, place + {tile}
            while s0 < end:
                {turn_of_products}
                s0 += {turn}
            if (ahead % {chain} == 0) | (ahead == k):
                first = k0 < {chain}
                {join}
                {clear}
        barrier()
    place = int64(0)
    for k0 in range(whole, k, {depth}):
        {ask}
        {store}
        barrier()
        for s in range(min({depth}, k - k0)):
            s0 = s * {pad}
            {products}
        if ((k0 + {depth}) % {chain} == 0) | (k0 + {depth} >= k):
            first = k0 < {chain}
            {join}
            {clear}
        barrier()
    {write}
"""


@cache
def product(transpose_a: bool, transpose_b: bool, side: int = SIDE) -> FunctionType:
    """Kernel of (m, n, k, period, y, a, b) for k > 0; `side` * `side` threads, blocks by `blocks`.

    Matrix i of y is made of matrix i of b and matrix i % period of a.
    """
    edge = side * _EACH
    pad = edge + _GROUP
    tile = DEPTH * pad
    loads = edge * DEPTH // (side * side)
    sides = (
        ("a", "left", ("row0", "m"), transpose_a),
        ("b", "right", ("column0", "n"), not transpose_b),
    )
    numbers = {"edge": edge, "side": side, "depth": DEPTH, "chain": BLOCK}
    numbers |= {"pad": pad, "tile": tile, "turn": UNROLLED * pad}
    parts = {
        "clear": [f"{c} = ZERO" for c in _names("c")],
        "nothing": [f"{name} = ZERO" for name in _names("t")],
        "places": [line for s in sides for line in _places(*s, loads, side)],
        "fetch": [line for s in sides for line in _fetch(*s, loads)],
        "ask": [line for s in sides for line in _ask(*s, loads, side)],
        "store": [line for s in sides for line in _store(*s, loads, side, pad)],
        "turn_of_products": [line for s in range(UNROLLED) for line in _products(s * pad, side)],
        "products": _products(0, side),
        "join": [f"t{rest} = where(first, c{rest}, add(t{rest}, c{rest}))" for rest in _names("")],
        "write": _write(side),
    }
    shared = ops.Shared(2 * tile), ops.Shared(2 * tile)
    scope = {**vars(ops), "ZERO": ops.float32(0), "__name__": __name__}
    scope |= {"left_tile": shared[0], "right_tile": shared[1]}
    exec(filled(_KERNEL, parts).format(**numbers), scope)
    return scope["matmul"]  # type: ignore[no-any-return]


def blocks(batch: int, m: int, n: int, side: int = SIDE) -> int:
    """How many blocks a launch has."""
    edge = side * _EACH
    return batch * -(-m // edge) * -(-n // edge)


def filled(text: str, parts: Mapping[str, Sequence[str]]) -> str:
    """The text of a kernel with lines in place of each line that is the name of a part."""
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


Edge = tuple[str, str]
"""Where the square begins along an edge, and the size of the operand there."""


def _places(x: str, tile: str, edge: Edge, outer_fast: bool, loads: int, side: int) -> list[str]:
    """Where the thread's elements of the first tile lie."""
    start, size = edge
    lines = []
    for load in range(loads):
        outer, depth = _spot(load, outer_fast, side)
        place = f"({depth}) * {size} + {start} + {outer}"
        if not outer_fast:
            place = f"({start} + {outer}) * k + {depth}"
        lines.append(f"{x}_at{load} = {x}0 + {place}")
    return lines


def _fetch(x: str, tile: str, edge: Edge, outer_fast: bool, loads: int) -> list[str]:
    """The thread's elements of the tile at `ahead`, all of them inside."""
    step = f"ahead * {edge[1]}" if outer_fast else "ahead"
    lines = [f"{x}_step = {step}"]
    return lines + [f"f{x}{at} = {x}[uint64({x}_at{at} + {x}_step)]" for at in range(loads)]


def _ask(x: str, tile: str, edge: Edge, outer_fast: bool, loads: int, side: int) -> list[str]:
    """The thread's elements of the tile at `k0`, +0 where there is none."""
    start, size = edge
    lines = []
    for load in range(loads):
        outer, depth = _spot(load, outer_fast, side)
        place = f"kk * {size} + oo" if outer_fast else "oo * k + kk"
        lines += [
            f"oo, kk = {start} + {outer}, k0 + {depth}",
            f"inside = (oo < {size}) & (kk < k)",
            f"spot = uint64({x}0 + where(inside, {place}, 0))",
            f"f{x}{load} = where(inside, {x}[spot], ZERO)",
        ]
    return lines


def _store(
    x: str, tile: str, edge: Edge, outer_fast: bool, loads: int, side: int, pad: int
) -> list[str]:
    spots = (_spot(load, outer_fast, side) for load in range(loads))
    return [
        f"{tile}[uint64(place + ({k}) * {pad} + {o})] = f{x}{i}" for i, (o, k) in enumerate(spots)
    ]


def _offset(index: int, side: int) -> int:
    """Where accumulator `index` of a thread lies beyond its first, along an edge."""
    return index % _GROUP + index // _GROUP * side * _GROUP


def _products(at: int, side: int) -> list[str]:
    """One more term of each chain, from the column and the row `at` words beyond s0."""
    offsets = [_offset(e, side) for e in range(_EACH)]
    rows = [f"u{e} = left[uint64(s0 + i + {at + o})]" for e, o in enumerate(offsets)]
    columns = [f"v{e} = right[uint64(s0 + j + {at + o})]" for e, o in enumerate(offsets)]
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
                f"        y[uint64(at + {beyond})] = t{e}_{f}",
            ]
    return lines
