"""Shape and work rules against a slow twin and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.kernels.definitions.call import type_of
from anhvm.kernels.ranks import KernelFault, StaticType, infer_ranks
from anhvm.kernels.shapes import Type, broadcast, infer, work
from anhvm.kernels.signature import MAX_ELEMENTS, DType
from anhvm.kernels.table import BY_NAME, KERNELS
from tests.kernels.cases import draw

ROW = st.lists(st.integers(0, 3), max_size=4).map(tuple)


def f32(*dims: int) -> Type:
    return Type(DType.F32, dims)


@given(st.lists(ROW, min_size=1, max_size=3))
def test_broadcast_is_that_of_numpy(lists: list[tuple[int, ...]]) -> None:
    try:
        expected: tuple[int, ...] | None = np.broadcast_shapes(*lists)
    except ValueError:
        expected = None
    assert broadcast(lists) == expected


@given(st.sampled_from(KERNELS), st.integers(0, 2**32 - 1))
def test_ranks_agree_with_shapes(kernel, seed) -> None:  # type: ignore[no-untyped-def]
    case = draw(kernel.name, np.random.default_rng(seed))
    types = [type_of(x) for x in case.inputs]
    static = [StaticType(t.dtype, len(t.dims)) for t in types]
    ranks = infer_ranks(kernel, static, case.attrs, len(case.counts))
    found = infer(kernel, types, case.attrs, case.counts)
    assert [StaticType(t.dtype, len(t.dims)) for t in found] == list(ranks)
    cost = work(kernel, types, case.attrs, case.counts)
    touched = (*found, *found) if kernel.partly else (*types, *found)
    sizes = [t.dtype.size * int(np.prod(t.dims, dtype=int)) for t in touched]
    assert cost.bytes == sum(sizes) + 8 * len(case.counts)
    assert 0 <= cost.madds < 1 << 63


BAD = [
    ("matmul", [f32(3, 4), f32(5, 6)], (), (), "kernel.shape"),
    ("matmul", [f32(2, 3, 4), f32(3, 4, 6)], (), (), "kernel.shape"),
    ("matmul", [f32(3, 4), f32(4)], (), (), "kernel.type"),
    ("matmul", [f32(3, 4)], (), (), "kernel.type"),
    ("add", [f32(3, 4), f32(5)], (), (), "kernel.shape"),
    ("add", [f32(3), Type(DType.I32, (3,))], (), (), "kernel.type"),
    ("relu", [f32(1, 1, 1, 1, 1, 1, 1)], (), (), "kernel.type"),
    ("relu", [f32(3)], (1,), (), "kernel.type"),
    ("relu", [f32(3)], (), (1,), "kernel.type"),
    ("softmax", [f32()], (), (), "kernel.type"),
    ("softmax", [f32(3, 0)], (), (), "kernel.shape"),
    ("max", [f32(3, 0)], (2, 0), (), "kernel.shape"),
    ("sum", [f32(3)], (2, 0), (), "kernel.type"),
    ("sum", [f32(3, 3)], (1, 2), (), "kernel.type"),
    ("sum", [f32(3, 3)], (-1, 0), (), "kernel.type"),
    ("expand", [f32(3), f32(4, 3)], (2, 0), (), "kernel.shape"),
    ("reshape", [f32(3, 4)], (), (5,), "kernel.shape"),
    ("fill", [f32()], (), (2**31 + 1,), "kernel.size"),
    ("fill", [f32()], (), (2**63, 2**63), "kernel.size"),
    ("fill", [f32()], (), (0, 2**40), "kernel.size"),
    ("fill", [f32()], (), (1,) * 7, "kernel.type"),
    ("add", [f32(2**31, 1), f32(2)], (), (), "kernel.size"),
    ("fill", [f32()], (), (0, 2**20, 2**20), "kernel.size"),
    ("slice", [f32(3, 4)], (), (0, 3, 0), "kernel.type"),
    ("slice", [f32(3, 4)], (), (0, 3, 0, 5), "kernel.bounds"),
    ("slice", [f32(3, 4)], (), (2, 1, 0, 4), "kernel.bounds"),
    ("slice", [f32(3)], (), (2**64 - 1, 2), "kernel.bounds"),
    ("slice", [Type(DType.U64, ())], (), (), "kernel.type"),
    ("slice_grad", [f32(2), f32(3)], (), (0, 3), "kernel.shape"),
    ("slice_grad", [f32(2), f32(3)], (), (2, 4), "kernel.bounds"),
    ("pad", [f32(3)], (), (1,), "kernel.type"),
    ("pad", [f32(3)], (), (2**64 - 1, 2**64 - 1), "kernel.size"),
    ("pad", [f32(0, 3)], (), (0, 0, 2**31, 2**31), "kernel.size"),
    ("pad_grad", [f32(3), f32(3)], (), (2**64 - 1, 1), "kernel.shape"),
    ("concat", [f32(3, 4), f32(3, 5)], (0,), (), "kernel.shape"),
    ("concat", [f32(3, 4), f32(4)], (0,), (), "kernel.type"),
    ("concat", [f32(3), Type(DType.I32, (3,))], (0,), (), "kernel.type"),
    ("concat", [f32(3), f32(3)], (1,), (), "kernel.type"),
    ("concat", [f32(2**31), f32(1)], (0,), (), "kernel.size"),
    ("concat_left", [f32(6), f32(3), f32(4)], (0,), (), "kernel.shape"),
    ("permute", [f32(3, 4)], (0o00,), (), "kernel.type"),
    ("permute", [f32(3, 4)], (0o101,), (), "kernel.type"),
    ("permute", [f32(3, 4)], (0o201,), (), "kernel.type"),
    ("tile", [f32(3)], (0,), (), "kernel.type"),
    ("tile", [f32(3)], (1,), (2,), "kernel.type"),
    ("tile", [f32(2)], (0,), (2**63,), "kernel.size"),
    ("tile_grad", [f32(6), f32(3)], (0,), (3,), "kernel.shape"),
    ("tile_grad", [f32(0), f32(2)], (0,), (2**63,), "kernel.shape"),
    ("cross_entropy", [f32(0, 3), Type(DType.I32, (0,))], (), (), "kernel.shape"),
]


@pytest.mark.parametrize(("name", "types", "attrs", "counts", "code"), BAD)
def test_a_bad_call_is_refused(name, types, attrs, counts, code) -> None:  # type: ignore[no-untyped-def]
    for rule in (infer, work):
        with pytest.raises(KernelFault) as caught:
            rule(BY_NAME[name], types, attrs, counts)
        assert caught.value.code == code
        assert name in caught.value.message
        assert caught.value.hint


def test_reductions_drop_or_keep_axes() -> None:
    x = f32(3, 4, 5)
    assert infer(BY_NAME["sum"], [x], (0b101, 0b001))[0].dims == (1, 4)
    assert infer(BY_NAME["argmax"], [x], (0b010, 0))[0] == Type(DType.I32, (3, 5))


def test_work_of_a_product() -> None:
    cost = work(BY_NAME["matmul"], [f32(7, 2, 3), f32(7, 3, 5)])
    assert cost.madds == 7 * (2 + 4) * (3 + 8) * (5 + 128)
    assert cost.bytes == 4 * 7 * (2 * 3 + 3 * 5 + 2 * 5)


@pytest.mark.parametrize(
    ("a", "b", "pieces", "piece"),
    [
        ((3, 4, 5), (3, 4, 5), 1, 60),
        ((3, 4, 5), (5,), 12, 5),
        ((3, 4, 5), (4, 5), 3, 20),
        ((3, 4, 1), (3, 4, 5), 12, 5),
        ((3, 1, 5), (1, 4, 1), 12, 5),  # each axis of its own kind
        ((3, 1, 5, 1), (3, 1, 5, 1), 1, 15),
        ((7,), (), 1, 7),
        ((2, 0, 5), (5,), 0, 5),
    ],
)
def test_a_piece_of_a_broadcast_is_treated_alike(
    a: tuple[int, ...], b: tuple[int, ...], pieces: int, piece: int
) -> None:
    assert work(BY_NAME["add"], [f32(*a), f32(*b)]).madds == pieces * (piece + 24)
    assert work(BY_NAME["add"], [f32(*b), f32(*a)]).madds == pieces * (piece + 24)


def test_a_piece_of_a_reduction_is_all_reduced_or_all_kept() -> None:
    x = f32(3, 4, 5, 6)
    for axes, kept, pieces in (
        (0b1000, 60, 60),
        (0b1100, 12, 12),
        (0b0110, 18, 60),
        (0b1010, 15, 60),
    ):
        cost = work(BY_NAME["sum"], [x], (axes, 0))
        assert cost.madds == kept * (360 // kept + 48) + pieces * (1 + 64)


def test_what_is_read_partly_costs_what_is_written() -> None:
    cost = work(BY_NAME["slice"], [f32(1000, 8)], (), (10, 12, 0, 8))
    assert cost.bytes == 2 * 4 * 16 + 8 * 4


def test_work_of_the_largest_calls_fits() -> None:
    side = 1 << 15
    huge = [f32(side, side), f32(side, side)]
    assert work(BY_NAME["matmul"], huge).madds < 1 << 63
    assert work(BY_NAME["fill"], [f32()], (), (MAX_ELEMENTS,)).bytes == 4 * MAX_ELEMENTS + 12
