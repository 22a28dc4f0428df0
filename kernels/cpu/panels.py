"""A block of rows cut into panels of few widths, each with a tile of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def row_panels(rows: int, build: Callable[[int], Any]) -> tuple[Any, Any]:
    """``width(rows)``, of the next panel, and the tile of any width, widest `rows`.

    `build` makes the tile of a width, see `integer_ir.make_product`; the one here takes the width
    first and has it for the step of panel a.
    """
    w0, w1, w2, w3, w4 = [rows, *(w for w in (8, 4, 2, 1) if w < rows), 1, 1][:5]
    tile0, tile1, tile2, tile3, tile4 = map(build, (w0, w1, w2, w3, w4))

    @njit(error_model="numpy")
    def width(left: Any) -> Any:
        if left >= w0 and left != 2 * w1:  # two panels that are alike are better than a thin one
            return w0
        if left >= w1:
            return w1
        if left >= w2:
            return w2
        if left >= w3:
            return w3
        return w4

    @njit(error_model="numpy")
    def run(
        wide: Any, a: Any, b: Any, c: Any, depth: Any, ld: Any, n: Any, cols: Any, new: Any
    ) -> None:
        if wide == w0:
            tile0(a, b, c, depth, wide, ld, n, cols, new)
        elif wide == w1:
            tile1(a, b, c, depth, wide, ld, n, cols, new)
        elif wide == w2:
            tile2(a, b, c, depth, wide, ld, n, cols, new)
        elif wide == w3:
            tile3(a, b, c, depth, wide, ld, n, cols, new)
        else:
            tile4(a, b, c, depth, wide, ld, n, cols, new)

    return width, run
