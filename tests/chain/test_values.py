"""Values of the ABI: there and back, one spelling, canonical floats."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from anhvm.chain import values
from anhvm.chain.tensors import DType, canonical, from_bytes, to_bytes
from anhvm.chain.values import Address, BlobTensor
from anhvm.errors import Refused, UserError

bits = st.integers(0, 2**32 - 1) | st.sampled_from(
    [0, 1 << 31, 1, 0x80000001, 0x007FFFFF, 0x00800000, 0x7F800000, 0x7FC00001, 0xFFC00000]
)
floats = bits.map(lambda word: np.uint32(word).view(np.float32))
shapes = nps.array_shapes(min_dims=0, max_dims=6, min_side=0, max_side=3)
tensors = st.one_of(
    nps.arrays(np.uint32, shapes, elements=bits).map(lambda a: a.view(np.float32)),
    nps.arrays(np.int32, shapes),
    nps.arrays(np.int8, shapes),
    nps.arrays(np.bool_, shapes),
)
leaves = st.one_of(
    st.integers(0, 2**64 - 1).map(np.uint64),
    st.integers(-(2**63), 2**63 - 1).map(np.int64),
    st.integers(-(2**31), 2**31 - 1).map(np.int32),
    st.booleans(),
    floats,
    st.binary(max_size=40),
    st.text(max_size=20),
    st.binary(min_size=33, max_size=33).map(Address),
    tensors,
    st.builds(
        BlobTensor,
        st.binary(min_size=32, max_size=32),
        st.sampled_from(DType).map(int),
        st.lists(st.integers(0, 9), max_size=6).map(tuple),
    ),
)
trees = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3), max_leaves=8)


def slow_canonical(word: int) -> int:
    exponent, fraction = word >> 23 & 255, word & 0x7FFFFF
    if exponent == 0 and fraction:
        return word & 0x80000000
    return 0x7FC00000 if exponent == 255 and fraction else word


def same(one: Any, two: Any) -> bool:
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, np.ndarray | np.float32):
        left, right = np.asarray(one), np.asarray(two)
        return (
            type(one) is type(two)
            and left.dtype == right.dtype
            and left.shape == right.shape
            and canonical(left).tobytes() == right.tobytes()
        )
    return type(one) is type(two) and one == two


@given(st.lists(trees, max_size=4))
def test_there_and_back(items: list[object]) -> None:
    data = values.encode_arguments(items)
    back = values.decode_arguments(data)
    assert all(map(same, items, back)) and len(items) == len(back)
    assert values.encode_arguments(back) == data


@given(trees, st.data())
def test_whatever_decodes_is_canonical(value: object, data: st.DataObject) -> None:
    wire = bytearray(values.encode_value(value))
    place = data.draw(st.integers(0, len(wire) - 1))
    wire[place] = data.draw(st.integers(0, 255))
    try:
        other = values.decode_value(bytes(wire))
    except Refused as fault:
        assert fault.code == "value.encoding" and fault.hint
        return
    assert values.encode_value(other) == bytes(wire)


@given(nps.arrays(np.uint32, nps.array_shapes(max_dims=2), elements=bits))
def test_floats_are_flushed_and_nans_are_one(words: Any) -> None:
    expected = np.vectorize(slow_canonical, otypes=[np.uint32])(words)
    given_ = words.view(np.float32)
    assert to_bytes(given_) == expected.tobytes()
    if (words == expected).all():
        assert from_bytes(DType.F32, words.shape, words.tobytes()).tobytes() == words.tobytes()
    else:
        with pytest.raises(ValueError):
            from_bytes(DType.F32, words.shape, words.tobytes())
    loaded = from_bytes(DType.F32, words.shape, words.tobytes(), strict=False)
    assert loaded.tobytes() == expected.tobytes() and not loaded.flags.writeable


@given(tensors.filter(lambda a: a.ndim >= 2))
def test_strides_do_not_matter(tensor: Any) -> None:
    assert to_bytes(tensor.T) == to_bytes(np.array(tensor.T, order="C"))
    assert to_bytes(tensor[::2, ::-1]) == to_bytes(tensor[::2, ::-1].copy())
    swapped = tensor.astype(tensor.dtype.newbyteorder(">"))
    assert values.encode_value(swapped) == values.encode_value(tensor)


def wire(*parts: object) -> bytes:
    return msgspec.msgpack.encode(parts)


@pytest.mark.parametrize(
    "data",
    [
        wire(1, -1),
        wire(2, 2**63),
        wire(3, 2**31),
        wire(4, 1),
        wire(5, b"\x01\x00\x00\x00"),
        wire(5, b"\x01\x00\xc0\x7f"),
        wire(5, b"\x00\x00\xc0\xff"),
        wire(5, 1.0),
        wire(5, b"\x00"),
        wire(8, bytes(32)),
        wire(9, DType.BOOL, [1], b"\x02"),
        wire(9, DType.F32, [1], b"\x00\x00\xc0\xff"),
        wire(9, DType.F32, [2], bytes(4)),
        wire(9, DType.F32, [1] * 7, bytes(4)),
        wire(9, 77, [1], bytes(4)),
        wire(9, DType.I8, [2**31, 2, 0, 2**31], b"\x00"),
        wire(10, bytes(32), 77, []),
        wire(10, bytes(32), DType.F32, [2**31, 2]),
        wire(12, 0),
        wire(1, 0, 0),
        wire(1),
        b"\x92\x07\xa1\xff",
        b"\x92\x07\xa3\xed\xa0\x80",
        b"\xcf\x00",
        b"",
        b"\x92\x0b\x91" * 17 + b"\x92\x01\x05",
        b"\x92\x0b\x91" * 100_000 + b"\x92\x01\x05",
    ],
)
def test_refused(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        values.decode_value(data)
    assert caught.value.code == "value.encoding"


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        None,
        {},
        object(),
        2**64,
        -(2**63) - 1,
        np.float64(1),
        np.uint8(1),
        np.zeros(2),
        np.zeros((1,) * 7, np.float32),
        np.array(["x"]),
        Address(b"short"),
        "\ud800",
    ],
)
def test_no_value_of_a_contract(value: object) -> None:
    with pytest.raises(UserError) as caught:
        values.encode_arguments([value])
    assert caught.value.code == "value.type" and caught.value.hint


def test_too_deep() -> None:
    value: object = 1
    for _ in range(100):
        value = [value]
    with pytest.raises(UserError) as caught:
        values.encode_value(value)
    assert caught.value.code == "value.depth"


def test_plain_numbers() -> None:
    assert same(values.decode_value(values.encode_value(5)), np.uint64(5))
    assert same(values.decode_value(values.encode_value(-5)), np.int64(-5))
    assert same(values.decode_value(values.encode_value(True)), True)


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("u64", 2**64 - 1, np.uint64(2**64 - 1)),
        ("i64", -1, np.int64(-1)),
        ("i32", 5, np.int32(5)),
        ("bool", True, True),
        ("f32", 0.1, np.float32(0.1)),
        ("f32", 1, np.float32(1)),
        ("f32", 1e-40, np.float32(0)),
        ("f32", 1e300, np.float32(np.inf)),
    ],
)
def test_scalar(name: str, number: Any, expected: object) -> None:
    assert same(values.scalar(name, number), expected)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("u64", -1),
        ("u64", 2**64),
        ("i32", 2**31),
        ("u64", 1.0),
        ("u64", True),
        ("bool", 1),
        ("f64", 1),
        ("i64", 2**63),
        ("f32", 10**400),
    ],
)
def test_no_such_scalar(name: str, number: Any) -> None:
    with pytest.raises(UserError) as caught:
        values.scalar(name, number)
    assert caught.value.code == "value.range"


def test_a_blob_becomes_a_tensor() -> None:
    words = np.array([1, 0x7F800001, 0x3F800000, 0x80000001], np.uint32)
    loaded = BlobTensor(bytes(32), DType.F32, (2, 2)).load(words.tobytes())
    assert loaded.shape == (2, 2)
    assert loaded.view(np.uint32).ravel().tolist() == [0, 0x7FC00000, 0x3F800000, 0x80000000]
    with pytest.raises(ValueError):
        BlobTensor(bytes(32), DType.F32, (3,)).load(words.tobytes())
    truth = BlobTensor(bytes(32), DType.BOOL, (3,)).load(b"\x00\x01\x02")
    assert truth.tobytes() == b"\x00\x01\x01"
