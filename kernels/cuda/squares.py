"""matmul (N7) of sizes that whole squares cover: nothing asks where an edge is.

An H100, for which this was tuned, is kept from issuing by the ports of its register file.  So a
thread has 16 x 8 accumulators, of which a row of 8 shares an operand; 128 bits go at a time
wherever elements move; and the sum of the chains before waits in y, so that two blocks find room.

While a tile of k is used, the next is on its way into registers; tiles alternate between two places
in shared memory, so that one barrier a tile is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import FunctionType
from typing import NamedTuple

from anhvm.kernels.cuda import ops
from anhvm.kernels.cuda.ops import WARP
from anhvm.kernels.cuda.product import filled
from anhvm.kernels.definitions.matmul import BLOCK

STORES = range(3, 6)
FETCH = 5
DEPTH = 8  # values of k in a tile
_FOUR = 4
_LANES = 4, 8  # of a warp, down and across the square
_TOGETHER = 8  # fours of y on their way at a time

# Indices are unsigned where they enter memory: Numba would ask of others whether they are negative.
_KERNEL = """
def matmul(m, n, k, period, y, a, b):
    left, right = left_tile(), right_tile()
    me = int64(thread())
    down, across = n // {wide}, m // {tall}
    square = block() % (down * across)
    batch = int64(block() // (down * across))
    row0, column0 = square // down * {tall}, square % down * {wide}
    i, j = {i}, {j}
    y0 = batch * m * n + (row0 + i) * n + column0 + j
    a_at = batch % period * m * k + {a_begin}
    b_at = batch * k * n + {b_begin}
    a_to, b_to = {a_to}, {b_to}
    left0, right0 = int64(i), int64(j)
    left_both, right_both = 2 * left0 + {left_other}, 2 * right0 + {right_other}
    {clear}
    more = True
    {fetch}
    {store}
    more = {depth} < k
    {next}
    a_both, b_both = 2 * a_to + {left_other}, 2 * b_to + {right_other}
    a_to, b_to = a_both - a_to, b_both - b_to
    barrier()
    {first}
    c = CLEAR
    ahead, size = uint32(0), uint32(k)
    while ahead < size:
        more = uint32(ahead + {twice}) < size
        {tile}
        ahead = uint32(ahead + {depth})
        if (ahead % {chain} == 0) | (ahead == size):
            later = ahead > {chain}
            {join}
            c = CLEAR
"""


class Shape(NamedTuple):
    """Accumulators of a thread, in rows and columns; warps of a block, down and across."""

    rows: int = 16
    columns: int = 8
    down: int = 2
    across: int = 2

    @property
    def tall(self) -> int:
        """Rows of a square."""
        return self.down * _LANES[0] * self.rows

    @property
    def wide(self) -> int:
        """Columns of a square."""
        return self.across * _LANES[1] * self.columns

    @property
    def threads(self) -> int:
        """Threads of a block."""
        return self.down * self.across * WARP

    def covers(self, m: int, n: int, k: int) -> bool:
        """Whether squares of this shape, and tiles, leave nothing of a product over."""
        return not (m % self.tall or n % self.wide or k % DEPTH)

    def blocks(self, batch: int, m: int, n: int) -> int:
        """How many blocks a launch has."""
        return batch * (m // self.tall) * (n // self.wide)

    def first(self) -> tuple[str, str]:
        """Row and column of the first accumulator of thread `me`.

        Shared memory serves half a warp at once where each lane reads the 16 bytes that the lane
        next to it reads, or the one after: of neighbours the row differs, of every second the
        column.
        """
        warp = f"me // {WARP}"
        row = f"{warp} // {self.across} * {_LANES[0] * self.rows}"
        column = f"{warp} % {self.across} * {_LANES[1] * self.columns}"
        return f"{row} + (me % 2 + me // 16 % 2 * 2) * 4", f"{column} + me // 2 % 8 * 4"

    def below(self) -> list[int]:
        """How far below the first each row of accumulators lies."""
        return [e % _FOUR + e // _FOUR * _FOUR * _LANES[0] for e in range(self.rows)]

    def beyond(self) -> list[int]:
        """The same for columns."""
        return [e % _FOUR + e // _FOUR * _FOUR * _LANES[1] for e in range(self.columns)]


FULL = Shape()


class _Side(NamedTuple):
    """An operand: where the square begins along its edge, of what size the matrix is there, whether
    neighbours along the edge are neighbours in memory; the length of a square's edge."""

    name: str
    tile: str
    start: str
    size: str
    along: bool
    edge: int
    threads: int

    @property
    def pad(self) -> int:
        """Words from one value of k to the next in the tile."""
        return self.edge + _FOUR

    @property
    def fours(self) -> int:
        """How many fours lie side by side."""
        return (self.edge if self.along else DEPTH) // _FOUR

    @property
    def turns(self) -> range:
        """The fours of a thread, as many places apart as the threads cover."""
        rows = self.threads // self.fours
        return range(0, DEPTH if self.along else self.edge, rows)

    def begin(self) -> str:
        """Where the thread's first four of the first tile lies in a matrix."""
        fast, slow = f"me % {self.fours} * {_FOUR}", f"me // {self.fours}"
        if self.along:
            return f"({slow}) * {self.size} + {self.start} + {fast}"
        return f"({self.start} + {slow}) * k + {fast}"

    def to(self) -> str:
        """Where it goes in a tile."""
        fast, slow = f"me % {self.fours} * {_FOUR}", f"me // {self.fours}"
        k, edge = (slow, fast) if self.along else (fast, slow)
        return f"({k}) * {self.pad} + {edge}"

    def step(self) -> str:
        """From one tile to the next in a matrix."""
        return f"{DEPTH} * {self.size}" if self.along else f"{DEPTH}"

    def fetch(self) -> list[str]:
        """The thread's fours of a tile into registers."""
        x, stride = self.name, self.size if self.along else "k"
        return [
            f"{held} = four({x}, uint64({x}_at + {turn} * {stride}), more, {held})"
            for turn, held in zip(self.turns, self.held(), strict=True)
        ]

    def store(self) -> list[str]:
        """And from there into shared memory."""
        lines = []
        for turn, held in zip(self.turns, self.held(), strict=True):
            if self.along:
                four = ", ".join(f"{held}[{q}]" for q in range(_FOUR))
                lines.append(f"put_four_shared({self.tile}, uint64({self.name}_to + {turn * self.pad}), {four})")
            else:
                lines += [f"{self.tile}[uint64({self.name}_to + {q * self.pad + turn})] = {held}[{q}]" for q in range(_FOUR)]
        return lines

    def held(self) -> list[str]:
        return [f"f{self.name}{turn}" for turn in self.turns]


@cache
def squares(transpose_a: bool, transpose_b: bool, shape: Shape = FULL) -> FunctionType:
    """Kernel of (m, n, k, period, y, a, b) as that of `product`, for sizes that `shape` covers."""
    a = _Side("a", "left", "row0", "m", transpose_a, shape.tall, shape.threads)
    b = _Side("b", "right", "column0", "n", not transpose_b, shape.wide, shape.threads)
    i, j = shape.first()
    values: dict[str, object] = {"i": i, "j": j, "tall": shape.tall, "wide": shape.wide}
    values |= {"depth": DEPTH, "chain": BLOCK, "twice": 2 * DEPTH, "last": BLOCK - 1}
    values |= {"left_other": DEPTH * a.pad, "right_other": DEPTH * b.pad}
    for side in (a, b):
        values |= {f"{side.name}_begin": side.begin(), f"{side.name}_to": side.to()}
    parts = {
        "fetch": [*a.fetch(), *b.fetch()],
        "store": [*a.store(), *b.store()],
        "next": _next(a, b),
        "clear": [f"{held} = CLEAR_FOUR" for x in (a, b) for held in x.held()],
        "first": _fragments(shape, 0, 0, 0),
        "tile": _tile(shape, a, b),
        "join": _join(shape),
    }
    scope = {**vars(ops), "NOTHING": (ops.float32(-0.0),) * _FOUR}
    scope |= {"CLEAR_FOUR": (ops.float32(0),) * _FOUR}
    scope |= {"CLEAR": (ops.float32(0),) * (shape.rows * shape.columns), "__name__": __name__}
    scope |= {f"{x.tile}_tile": ops.Shared(2 * DEPTH * x.pad) for x in (a, b)}
    exec(filled(_KERNEL, parts).format(**values), scope)
    return scope["matmul"]  # type: ignore[no-any-return]


def _next(a: _Side, b: _Side) -> list[str]:
    """The fours of the next tile into registers."""
    steps = [f"{x.name}_at += {x.step()}" for x in (a, b)]
    return [*steps, *a.fetch(), *b.fetch()]


def _tile(shape: Shape, a: _Side, b: _Side) -> list[str]:
    """The products of a tile."""
    lines = []
    stores = [*a.store(), *b.store()]
    each = -(-len(stores) // len(STORES))
    for s in range(DEPTH):
        if s == DEPTH - 1:
            lines += ["barrier()"]
            for x, y in ("a", "left"), ("b", "right"):
                lines += [f"{y}0 = {y}_both - {y}0", f"{x}_to = {x}_both - {x}_to"]
            lines += _fragments(shape, 0, 0, 0)
        else:
            lines += _fragments(shape, (s + 1) % 2, (s + 1) * a.pad, (s + 1) * b.pad)
        if s in STORES:
            lines += stores[(s - STORES[0]) * each :][:each]
        if s == FETCH:
            lines += _next(a, b)
        lines += _products(shape, s % 2)
    return lines


def _fragments(shape: Shape, turn: int, left: int, right: int) -> list[str]:
    """The factors of one k, from what lies so many words into the tiles."""
    return [
        f"{name}{turn} = "
        + " + ".join(
            f"four_shared({tile}, uint64({tile}0 + {at + places[x]}))"
            for x in range(0, len(places), _FOUR)
        )
        for name, tile, at, places in (
            ("v", "right", right, shape.beyond()),
            ("u", "left", left, shape.below()),
        )
    ]


def _products(shape: Shape, turn: int) -> list[str]:
    """One more term of each chain."""
    return [f"c = outer(c, u{turn}, v{turn})"]


Four = tuple[str, list[str]]
"""Where four elements of y lie, and the accumulators that belong to them."""


def _fours(shape: Shape) -> list[Four]:
    return [
        (f"uint64(y0 + {below} * n + {shape.beyond()[f]})", [f"c[{e * shape.columns + f + q}]" for q in range(_FOUR)])
        for e, below in enumerate(shape.below())
        for f in range(0, shape.columns, _FOUR)
    ]


def _join(shape: Shape) -> list[str]:
    """Adds to y, many loads ahead of the first sum: one alone would leave the memory idle."""
    lines, fours = [], _fours(shape)
    for start in range(0, len(fours), _TOGETHER):
        some = fours[start : start + _TOGETHER]
        for at, (place, _) in enumerate(some):
            lines.append(f"t{at} = four(y, {place}, later, NOTHING)")
        for at, (place, held) in enumerate(some):
            sums = [f"add(t{at}[{q}], {c})" for q, c in enumerate(held)]
            lines.append(f"put_four(y, {place}, {', '.join(sums)})")
    return lines
