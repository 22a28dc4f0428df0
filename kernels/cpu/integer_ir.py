"""Products of i8 in vector IR: which instruction multiplies, and how panels are laid out for it.

A lane of four bytes holds SPAN neighbours in k.  With VNNI it is four bytes, one side of which is
unsigned: a + 128 is multiplied, so every column starts from -128 times the sum of its b.  Without,
it is two i16, whose products and their sum are exact in i32.  Sums wrap around; the law of the
kernel says that the last one fits.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from anhvm.kernels.cpu.loader import target
from anhvm.kernels.cpu.matmul_ir import chains, fetch, made, settle
from anhvm.kernels.cpu.target import AVX2, AVX512, Tile, tile
from anhvm.kernels.cpu.vector_ir import I32, Emitter, i64

I8, I16 = ir.IntType(8), ir.IntType(16)
VNNI = tile() == AVX512 and "+avx512vnni" in target()[1].split(",")
TILE: Tile = tile() if VNNI or tile() != AVX512 else AVX2
SPAN = 4 if VNNI else 2
_PAIRS = {4: "llvm.x86.sse2.pmadd.wd", 8: "llvm.x86.avx2.pmadd.wd"}
INSTRUCTION = "llvm.x86.avx512.vpdpbusd.512" if VNNI else _PAIRS[TILE.lanes]


class Integers(Emitter):
    """Vectors of i32; `fma` adds the products of SPAN neighbours."""

    element = I32
    word = "i32"

    def add(self, a: Any, b: Any) -> Any:
        return self.builder.add(a, b)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        if VNNI:
            return self._call(INSTRUCTION, (c, a, b))
        parts = ir.VectorType(I16, SPAN * self.lanes)
        left, right = (self.builder.bitcast(x, parts) for x in (a, b))
        return self.add(c, self._call(INSTRUCTION, (left, right)))

    def _call(self, name: str, operands: tuple[Any, ...]) -> Any:
        kind = ir.FunctionType(self.vector, tuple(x.type for x in operands))
        module = self.builder.module
        function = module.globals.get(name) or ir.Function(module, kind, name)
        return self.builder.call(function, operands)


def make_product(shape: Tile) -> Any:
    """`matmul_ir.make_tile` for i8: depth counts lanes of k, and panel b begins with its head.

    The head is a row of i32 from which every sum of its column starts.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        a, b, c, depth, a_step, b_step, c_step, columns, first = args
        e = Integers(builder, shape.lanes)
        b_bytes = builder.shl(b_step, i64(2))

        def right(at: Any) -> tuple[list[Any], Any]:
            places = (builder.add(at, i64(4 * v * shape.lanes)) for v in range(shape.vectors))
            return [e.load(place) for place in places], builder.add(at, b_bytes)

        starts, b = right(b)
        beside = fetch(e, shape, c, c_step)
        sums = chains(e, shape, a, a_step, depth, b, right, starts, beside=beside)
        settle(e, shape, sums, c, c_step, columns, first)
        return context.get_dummy_value()

    return made(emit, 9)


def make_pack() -> Any:
    """An intrinsic `(source, step, panel, steps)`: a panel of b from whole rows and columns.

    Element (k, x) comes from byte ``source[k * step + x]``; the head of the panel is written too.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source, step, panel, steps = args
        e = Integers(builder, TILE.lanes)
        row = ir.VectorType(I8, TILE.columns)
        stride = i64(4 * TILE.columns)

        def one(index: Any, state: Any) -> Any:
            source_at, panel_at, *sums = state
            rows = []
            for _ in range(SPAN):
                loaded = builder.load(e.pointer(source_at, row), align=1)
                rows.append(loaded if VNNI else builder.sext(loaded, _wide()))
                source_at = builder.add(source_at, step)
            for v, lanes in enumerate(_interleaved(e, rows)):
                e.store(lanes, builder.add(panel_at, i64(4 * v * TILE.lanes)))
                if VNNI:
                    ones = ir.Constant(e.vector, [0x01010101] * TILE.lanes)
                    sums[v] = e.fma(ones, lanes, sums[v])
            return [source_at, builder.add(panel_at, stride), *sums]

        start = [source, builder.add(panel, stride)] + [e.zero] * TILE.vectors
        _, _, *sums = e.loop(steps, start, one)
        back = ir.Constant(e.vector, [-128] * TILE.lanes)
        for v, total in enumerate(sums):
            e.store(builder.mul(total, back), builder.add(panel, i64(4 * v * TILE.lanes)))
        return context.get_dummy_value()

    return made(emit, 4)


def _wide() -> ir.Type:
    return ir.VectorType(I16, TILE.columns)


def _interleaved(e: Emitter, rows: list[Any]) -> list[Any]:
    """Vectors of lanes: lane x holds element x of every row."""
    builder, columns = e.builder, TILE.columns
    pairs = [e.pick(a, b, range(2 * columns)) for a, b in zip(rows[::2], rows[1::2], strict=True)]
    every = pairs[0] if SPAN == 2 else e.pick(pairs[0], pairs[1], range(SPAN * columns))
    width = SPAN * TILE.lanes
    found = []
    for v in range(TILE.vectors):
        places = range(v * width, (v + 1) * width)
        order = [place % SPAN * columns + place // SPAN for place in places]
        found.append(builder.bitcast(e.pick(every, every, order), e.vector))
    return found
