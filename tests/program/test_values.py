"""Values at the boundary of an engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anhvm.errors import UserError
from anhvm.isa.types import DType, Type, tensor
from anhvm.program.values import admit, empty, release

MATRIX = tensor(DType.F32, 2)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        (Type.U64, -1),
        (Type.U64, 1 << 64),
        (Type.U64, True),
        (Type.U64, np.uint64(1)),
        (Type.I64, 1 << 63),
        (Type.I32, -(1 << 31) - 1),
        (Type.BOOL, 1),
        (Type.F32, 1.0),
        (Type.F32, np.float64(1)),
        (Type.BYTES, "text"),
        (MATRIX, np.zeros(3, np.float32)),
        (MATRIX, np.zeros((2, 2))),
        (MATRIX, [[1.0]]),
        (tensor(DType.I8, 1), np.zeros(1, np.int32)),
    ],
)
def test_what_does_not_fit_is_refused(code: int, value: Any) -> None:
    with pytest.raises(UserError) as refused:
        admit(code, value)
    assert refused.value.code == "machine.value"


def test_a_tensor_above_the_size_limit_is_refused() -> None:
    huge = np.broadcast_to(np.int8(0), (1 << 31, 2))
    with pytest.raises(UserError):
        admit(tensor(DType.I8, 2), huge)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_subnormal_enters_as_zero_of_its_sign(sign: int) -> None:
    tiny = np.float32(sign * 1e-45)
    scalar = admit(Type.F32, tiny)
    array = admit(tensor(DType.F32, 1), np.array([tiny, sign * 2.0**-126], np.float32))
    assert isinstance(scalar, np.float32) and isinstance(array, np.ndarray)
    assert scalar == 0 and np.signbit(scalar) == (sign < 0)
    assert array[0] == 0 and np.signbit(array[0]) == (sign < 0)
    assert array[1] == sign * np.float32(2.0**-126)


def test_a_nan_leaves_canonical() -> None:
    odd = np.array([0xFFC00001, 0x7F800001, 0x3F800000], np.uint32).view(np.float32)
    array = release(odd)
    scalar = release(odd[0])
    assert isinstance(array, np.ndarray) and isinstance(scalar, np.float32)
    assert array.view(np.uint32).tolist() == [0x7FC00000, 0x7FC00000, 0x3F800000]
    assert scalar.view(np.uint32) == 0x7FC00000


def test_a_tensor_that_crosses_is_whole_and_cannot_be_changed() -> None:
    given = np.arange(12, dtype=np.float32).reshape(3, 4).T
    held = admit(MATRIX, given)
    assert isinstance(held, np.ndarray)
    assert held.flags.c_contiguous and not held.flags.writeable
    given[0, 0] = 99
    assert held[0, 0] == 0


def test_an_unwritten_handle_is_empty() -> None:
    array = empty(MATRIX)
    assert isinstance(array, np.ndarray) and array.shape == (0, 0)
    assert empty(Type.BYTES) == b""
