"""The loops in machine code compute what they say, so they cannot be quicker than it."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from anhvm.benches.loops import CHAINS, SQUARES, UNROLL, compiled, fma_text, stream_text

LANES = [4, 8, 16]
ADDRESS = ctypes.c_void_p


@pytest.mark.parametrize("lanes", LANES)
def test_every_chain_does_every_fma(lanes: int) -> None:
    loop = compiled(fma_text(lanes), "chains", ctypes.c_float, ADDRESS)
    out = np.zeros(CHAINS * lanes, np.float32)
    assert loop(1000, 0.5, out.ctypes.data) == 1000
    assert (out == 0.5 + 1000 * 0.25).all()


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("reads", [1, 2])
def test_streams_write_what_they_read(lanes: int, reads: int) -> None:
    size = 3 * lanes * UNROLL
    loop = compiled(stream_text(lanes, reads, 1), "stream", ctypes.c_int64, *[ADDRESS] * 3)
    x, y, z = (np.arange(size, dtype=np.float32) + i for i in range(3))
    expected = x if reads == 1 else x + y
    assert loop(2, size, x.ctypes.data, y.ctypes.data, z.ctypes.data) == 2
    assert (z == expected).all()


@pytest.mark.parametrize("lanes", LANES)
def test_a_stream_without_writes_reads_all(lanes: int) -> None:
    size = 5 * lanes * UNROLL
    loop = compiled(stream_text(lanes, 1, 0), "stream", ctypes.c_int64, *[ADDRESS] * 3)
    x, z = np.arange(size, dtype=np.float32), np.zeros(size, np.float32)
    assert loop(1, size, x.ctypes.data, 0, z.ctypes.data) == 1
    last = x.reshape(-1, UNROLL, lanes)[:, -1].sum(axis=0)
    assert (z[:lanes] == last).all()


@pytest.mark.parametrize("modulus", [1, 7, 1_000_003])
def test_the_division_loop(modulus: int) -> None:
    loop = compiled(SQUARES, "squares", ctypes.c_int64)
    assert loop(2000, modulus) == sum(i * i % modulus for i in range(2000))
