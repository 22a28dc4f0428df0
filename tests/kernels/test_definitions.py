"""The definitions against the law, by ways of their own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.kernels.definitions import philox, scalars
from anhvm.kernels.definitions.call import call
from anhvm.kernels.definitions.reductions import argmax, rmax, rsum
from anhvm.kernels.definitions.trigonometry import cospi, sinpi
from tests.kernels.numbers import SPECIAL, same, tame

# Published answers of the generator: key, counter, words.
KNOWN = [
    (0, (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    (
        2**64 - 1,
        (2**64 - 1, 2**64 - 1),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        0x299F31D0A4093822,
        (0x85A308D3243F6A88, 0x0370734413198A2E),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def slow_philox(key: int, block: int, stream: int) -> tuple[int, ...]:
    """One block in plain integers."""
    mask = 0xFFFFFFFF
    c = [block & mask, block >> 32, stream & mask, stream >> 32]
    k = [key & mask, key >> 32]
    for _ in range(10):
        p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(q >> 32) ^ c[1] ^ k[0], q & mask, (p >> 32) ^ c[3] ^ k[1], p & mask]
        k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
    return tuple(c)


@pytest.mark.parametrize(("key", "counter", "words"), KNOWN)
def test_philox_known_answers(key: int, counter: tuple[int, int], words: tuple[int, ...]) -> None:
    assert slow_philox(key, *counter) == words


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 40))
def test_philox_streams(seed: int, stream: int, count: int) -> None:
    expected = [w for b in range(10) for w in slow_philox(seed, b, stream)][:count]
    assert [int(w) for w in philox.words(seed, stream, count)] == expected
    units = [(w >> 8) / 2**24 for w in expected]
    assert [float(u) for u in philox.uniform(seed, stream, count)] == units


def test_normal_numbers_are_normal() -> None:
    (x,) = call("normal", [np.uint64(1), np.uint64(2)], (), (100_000,))
    assert abs(x.mean()) < 0.02 and abs(x.std() - 1) < 0.02
    assert abs((np.abs(x) < 1).mean() - 0.6827) < 0.01
    (longer,) = call("normal", [np.uint64(1), np.uint64(2)], (), (100_001,))
    assert same(longer[:-1], x)


def test_half_turns_are_within_two_ulp() -> None:
    t = np.arange(0, 2, 2.0**-17, dtype=np.float32)
    for ours, truth in ((cospi(t), np.cos), (sinpi(t), np.sin)):
        exact = truth(np.pi * t.astype(np.float64))
        unit = np.maximum(np.ldexp(1.0, np.frexp(exact)[1] - 24), 2.0**-50)
        assert (np.abs(ours - exact) / unit).max() < 2


def slow_rsum(x: list[float]) -> float:
    """N6, one number at a time."""
    if not x:
        return 0.0
    parts = []
    for start in range(0, len(x), 4096):
        lane = [0.0] * 32
        for i, value in enumerate(x[start : start + 4096]):
            lane[i % 32] = scalars.add(lane[i % 32], value)
        for w in (16, 8, 4, 2, 1):
            for i in range(w):
                lane[i] = scalars.add(lane[i], lane[i + w])
        parts.append(lane[0])
    return parts[0] if len(parts) == 1 else slow_rsum(parts)


@pytest.mark.parametrize("count", [0, 1, 2, 31, 32, 33, 100, 4096, 4097, 8200])
def test_rsum_is_the_law(count: int) -> None:
    x = tame(np.random.default_rng(count), (count,))
    assert same(rsum(x), np.asarray(slow_rsum([float(v) for v in x]), np.float32))


def test_a_flushed_lane_keeps_its_sign() -> None:
    # -1.5 * 2^-126 + 2^-126 is flushed to -0; an absent element must not turn that into +0.
    x = np.array([-1.5 * 2.0**-126] + [0.0] * 31 + [2.0**-126], np.float32)
    lane = scalars.add(float(x[0]), float(x[32]))
    assert lane == 0 and math.copysign(1, lane) < 0


ROWS = st.lists(st.sampled_from([float(s) for s in SPECIAL]), min_size=1, max_size=9)


@given(ROWS)
def test_max_and_argmax_are_n3(row: list[float]) -> None:
    x = np.array(row, np.float32)
    nans = [i for i, v in enumerate(row) if math.isnan(v)]
    top = max((v for v in row if not math.isnan(v)), default=0.0)
    assert int(argmax(x)) == (nans[0] if nans else row.index(top))
    if nans:
        assert np.isnan(rmax(x))
    else:
        positive = any(v == top and math.copysign(1, v) > 0 for v in row)
        expected = 0.0 if top == 0 and positive else (-0.0 if top == 0 else top)
        assert same(rmax(x), np.asarray(expected, np.float32))


def test_softmax_by_hand() -> None:
    x = np.array([[0.0, math.log(3.0)]], np.float32)
    np.testing.assert_allclose(call("softmax", [x])[0], [[0.25, 0.75]], rtol=1e-6)
    (loss,) = call("cross_entropy", [x, np.array([1], np.int32)])
    assert float(loss) == pytest.approx(-math.log(0.75), rel=1e-6)
    (d,) = call("cross_entropy_grad", [x, np.array([1], np.int32), np.float32(1)])
    np.testing.assert_allclose(d, [[0.25, -0.25]], rtol=1e-6)
