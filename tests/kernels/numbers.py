"""Hostile binary32 values, and the comparison that the law asks for."""

from __future__ import annotations

import ctypes
import mmap

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from anhvm.kernels.definitions.floats import canonical, flush

F32 = NDArray[np.float32]

SPECIAL = np.array(
    [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 2.0**-126, -(2.0**-126), 2.0**-63,
     -(2.0**-63), (1 + 2.0**-13) * 2.0**-63, (1 - 2.0**-13) * 2.0**-63, 3.4028235e38,
     -3.4028235e38, 1e-20, 1e20, 1 + 2.0**-23, 1 - 2.0**-24, 16777215.0, 0.5, 2 / 3, 4 / 3],
    np.float32,
)  # fmt: skip


def _from_bits(bits: int) -> float:
    return float(flush(np.array([bits], np.uint32).view(np.float32))[0])


# Any binary32 that can exist: specials, any bits, and the zone where products are flushed.
floats32 = st.one_of(
    st.sampled_from([float(value) for value in SPECIAL]),
    st.integers(0, 2**32 - 1).map(_from_bits),
    st.builds(
        lambda sign, exponent, mantissa: _from_bits(sign << 31 | exponent << 23 | mantissa),
        st.integers(0, 1),
        st.integers(1, 80),
        st.sampled_from([0, 1, 2, 0x3FFFFF, 0x400000, 0x7FFFFE, 0x7FFFFF]),
    ),
)


def same(a: F32, b: F32) -> bool:
    """Equal shapes and bits, once NaNs are canonical."""
    return a.shape == b.shape and canonical(a).tobytes() == canonical(b).tobytes()


def hostile(generator: np.random.Generator, shape: tuple[int, ...]) -> F32:
    """Ordinary numbers of all sizes, with one special value in eight."""
    ordinary = generator.normal(size=shape) * 2.0 ** generator.integers(-70, 60, size=shape)
    special = generator.choice(SPECIAL, size=shape)
    chosen = np.where(generator.random(shape) < 0.125, special, ordinary)
    return flush(chosen.astype(np.float32))


def tame(generator: np.random.Generator, shape: tuple[int, ...]) -> F32:
    """Numbers whose long sums stay finite, though many products are flushed; both zeros."""
    ordinary = generator.normal(size=shape) * 2.0 ** generator.integers(-66, 2, size=shape)
    special = generator.choice(SPECIAL[np.abs(SPECIAL) <= 1], size=shape)
    chosen = np.where(generator.random(shape) < 0.125, special, ordinary)
    return flush(chosen.astype(np.float32))


def guarded(x: F32) -> F32:
    """A copy that ends where memory ends: to touch one byte more kills the process."""
    page = mmap.PAGESIZE
    size = -(-x.nbytes // page) * page
    region = mmap.mmap(-1, size + page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(region))
    assert ctypes.CDLL(None).mprotect(ctypes.c_void_p(start + size), page, 0) == 0
    copy = np.frombuffer(region, np.float32, x.size, size - x.nbytes).reshape(x.shape)
    copy[...] = x
    return copy
