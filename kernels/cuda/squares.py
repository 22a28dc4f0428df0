"""matmul (N7) of sizes that whole squares cover: nothing asks where an edge is.

An H100, for which this was tuned, is kept from issuing by the ports of its register file: two
banks, by parity of a register's number, give one operand each at a time.  A thread has 16 x 8
accumulators; a row of 8 shares a factor, which is held; the other factor and the accumulator then
have to lie in different banks.  The assembler sees to that where nothing says which registers an
accumulator lies in, so none is ever loaded or stored: all pass through a sum.  Of the first chain
it is the sum with -0, which changes nothing.

While the products of one k are made, the factors of the next are on their way from shared memory,
over the barrier too; while those of a tile are, the next but one is on its way into registers.
Tiles alternate between two places, so that one barrier a tile is enough.  The sum of the chains
before waits in y, so that two blocks find room.
"""

from __future__ import annotations

from functools import cache
from types import FunctionType
from typing import NamedTuple

from anhvm.kernels.cuda import ops
from anhvm.kernels.cuda.ops import WARP
from anhvm.kernels.cuda.product import filled
from anhvm.kernels.definitions.matmul import BLOCK

DEPTH = 8  # values of k in a tile
_STORING = range(3, 6)  # the values of k at whose products the next tile goes to shared memory
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
    left_at, right_at = int64(i), int64(j)
    {both}
    {nothing}
    more = True
    {fetch}
    {store}
    {turn_stores}
    more = {depth} < k
    {next}
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
    def held(self) -> dict[int, str]:
        """The fours of a thread, by how far they lie from the first."""
        rows = self.threads // self.fours
        turns = range(0, DEPTH if self.along else self.edge, rows)
        return {turn: f"{self.name}{turn}" for turn in turns}

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

    def both(self) -> list[str]:
        """What a place in one tile and the same in the other have for their sum."""
        other = DEPTH * self.pad
        return [
            f"{self.tile}_both = 2 * {self.tile}_at + {other}",
            f"{self.name}_both = 2 * {self.name}_to + {other}",
        ]

    def turn_loads(self) -> str:
        """From one tile to the other."""
        return f"{self.tile}_at = {self.tile}_both - {self.tile}_at"

    def turn_stores(self) -> str:
        """The same for what is stored."""
        return f"{self.name}_to = {self.name}_both - {self.name}_to"

    def step(self) -> str:
        """To the next tile in a matrix."""
        return f"{self.name}_at += {DEPTH} * {self.size if self.along else 1}"

    def fetch(self) -> list[str]:
        """The thread's fours of a tile into registers."""
        x, stride = self.name, self.size if self.along else "k"
        return [
            f"{held} = four({x}, uint64({x}_at + {turn} * {stride}), more, {held})"
            for turn, held in self.held.items()
        ]

    def store(self) -> list[str]:
        """And from there into shared memory."""
        to = f"{self.name}_to"
        if self.along:
            return [
                f"put_four_shared({self.tile}, uint64({to} + {turn * self.pad}), {held})"
                for turn, held in self.held.items()
            ]
        return [
            f"{self.tile}[uint64({to} + {q * self.pad + turn})] = {held}[{q}]"
            for turn, held in self.held.items()
            for q in range(_FOUR)
        ]

    def factors(self, s: int, places: list[int]) -> str:
        """Those of value s of k, in the tile that is read."""
        at = (s % DEPTH * self.pad + place for place in places[::_FOUR])
        fours = (f"four_shared({self.tile}, uint64({self.tile}_at + {x}))" for x in at)
        return f"{self.tile}{s % 2} = {' + '.join(fours)}"


@cache
def squares(transpose_a: bool, transpose_b: bool, shape: Shape = FULL) -> FunctionType:
    """Kernel of (m, n, k, period, y, a, b) as that of `product`, for sizes that `shape` covers."""
    i, j = shape.first()
    a = _Side("a", "left", "row0", "m", transpose_a, shape.tall, shape.threads)
    b = _Side("b", "right", "column0", "n", not transpose_b, shape.wide, shape.threads)
    sides = a, b
    values: dict[str, object] = {"i": i, "j": j, "tall": shape.tall, "wide": shape.wide}
    values |= {"depth": DEPTH, "twice": 2 * DEPTH, "chain": BLOCK}
    for x in sides:
        values |= {f"{x.name}_begin": x.begin(), f"{x.name}_to": x.to()}
    fetch = [line for x in sides for line in x.fetch()]
    steps = [x.step() for x in sides]
    parts = {
        "both": [line for x in sides for line in x.both()],
        "nothing": [f"{held} = NOTHING" for x in sides for held in x.held.values()],
        "fetch": fetch,
        "store": [line for x in sides for line in x.store()],
        "turn_stores": [x.turn_stores() for x in sides],
        "next": [*steps, *fetch],
        "first": _factors(shape, a, b, 0),
        "tile": _tile(shape, a, b),
        "join": _join(shape),
    }
    scope = {**vars(ops), "__name__": __name__, "NOTHING": (ops.float32(-0.0),) * _FOUR}
    scope["CLEAR"] = (ops.float32(0),) * (shape.rows * shape.columns)
    scope |= {f"{x.tile}_tile": ops.Shared(2 * DEPTH * x.pad) for x in sides}
    exec(filled(_KERNEL, parts).format(**values), scope)
    return scope["matmul"]  # type: ignore[no-any-return]


def _factors(shape: Shape, a: _Side, b: _Side, s: int) -> list[str]:
    return [b.factors(s, shape.beyond()), a.factors(s, shape.below())]


def _tile(shape: Shape, a: _Side, b: _Side) -> list[str]:
    """A tile's products, and between them all that has to be ready for the next tile.

    Shared memory is written late, so that what was loaded has had time to come, and loads follow
    at once: the assembler moves them no further than to the barrier.
    """
    lines: list[str] = []
    stores = [*a.store(), *b.store()]
    for s in range(DEPTH):
        if s == DEPTH - 1:
            lines += ["barrier()", a.turn_loads(), b.turn_loads()]
        lines += _factors(shape, a, b, s + 1)
        if s in _STORING:
            each = -(-len(stores) // len(_STORING))
            lines += stores[_STORING.index(s) * each :][:each]
        if s == _STORING[-1]:
            lines += [a.turn_stores(), b.turn_stores(), a.step(), b.step(), *a.fetch(), *b.fetch()]
        lines.append(f"c = outer(c, left{s % 2}, right{s % 2})")
    return lines


def _join(shape: Shape) -> list[str]:
    """Adds to y, many loads ahead of the first sum: one alone would leave the memory idle."""
    lines = []
    fours = [
        (f"uint64(y0 + {below} * n + {shape.beyond()[f]})", e * shape.columns + f)
        for e, below in enumerate(shape.below())
        for f in range(0, shape.columns, _FOUR)
    ]
    for start in range(0, len(fours), _TOGETHER):
        some = fours[start : start + _TOGETHER]
        for at, (place, _) in enumerate(some):
            lines.append(f"t{at} = four(y, {place}, later, NOTHING)")
        for at, (place, first) in enumerate(some):
            sums = (f"add(t{at}[{q}], c[{first + q}])" for q in range(_FOUR))
            lines.append(f"put_four(y, {place}, ({', '.join(sums)}))")
    return lines
