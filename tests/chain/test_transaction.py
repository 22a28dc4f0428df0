"""Envelopes and payloads: one spelling, strict, bound to each other."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.chain import keys
from anhvm.chain import transaction as tx
from anhvm.chain.address import contract
from anhvm.errors import Refused
from tests.chain.make import ALICE, BOB, signed

CHAIN = b"c" * 32
TARGET = contract(CHAIN, BOB.address, 0)

u64 = st.integers(0, 2**64 - 1)
digests = st.binary(min_size=32, max_size=32)
cells = st.builds(
    tx.ListedCell,
    st.sampled_from([TARGET, contract(CHAIN, BOB.address, 1)]),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=20),
    st.booleans(),
)
payloads = st.one_of(
    st.builds(tx.Transfer, st.binary(max_size=256)),
    st.builds(tx.Deploy, st.binary(max_size=500), st.binary(max_size=50)),
    st.builds(tx.Call, st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_]{0,63}\Z"), st.binary(max_size=90)),
    st.builds(
        tx.Publish,
        digests,
        u64,
        st.integers(0, 2**32 - 1),
        st.binary(max_size=90),
        st.lists(digests, max_size=5).map(tuple),
    ),
)
fields = st.fixed_dictionaries(
    {
        "nonce": u64,
        "expiry": u64,
        "value": u64,
        "gas_limit": u64,
        "gas_price": u64,
        "target": st.sampled_from([b"", BOB.address, TARGET]),
        "cells": st.lists(cells, max_size=6).map(tuple),
        "blobs": st.lists(digests, max_size=4).map(tuple),
    }
)


def build(payload: tx.Payload, values: dict[str, Any]) -> tuple[tx.Transaction, bytes]:
    return signed(CHAIN, ALICE, payload=payload, **values)


@given(payloads, fields)
def test_there_and_back(payload: tx.Payload, values: dict[str, Any]) -> None:
    transaction, data = build(payload, values)
    again = tx.decode_transaction(transaction.wire)
    assert again == transaction
    assert again.id == transaction.id and again.wire == transaction.wire
    assert keys.verify(ALICE.public, again.envelope.message, again.signature)
    assert tx.open_payload(again.envelope, data) == payload
    assert transaction.size == len(transaction.wire) + len(data)


@given(payloads, fields, st.data())
def test_no_bit_is_without_meaning(
    payload: tx.Payload, values: dict[str, Any], data: st.DataObject
) -> None:
    """A flipped bit is refused, or makes another transaction that Alice did not sign."""
    transaction, _ = build(payload, values)
    wire = bytearray(transaction.wire)
    bit = data.draw(st.integers(0, len(wire) * 8 - 1))
    wire[bit // 8] ^= 1 << bit % 8
    try:
        other = tx.decode_transaction(bytes(wire))
    except Refused as fault:
        assert fault.code == "transaction.encoding"
        return
    assert other.wire == bytes(wire)
    assert not keys.verify(ALICE.public, other.envelope.message, other.signature)


@given(st.binary(max_size=300))
def test_whatever_decodes_is_canonical(data: bytes) -> None:
    for decode in (tx.decode_transaction, lambda raw: tx._PAYLOADS.decode(raw)):
        try:
            decode(data)
        except Refused:
            continue
        raise AssertionError("random bytes should not decode")


@given(payloads, st.data())
def test_payload_bytes_are_canonical(payload: tx.Payload, data: st.DataObject) -> None:
    wire = bytearray(tx.encode_payload(payload))
    place = data.draw(st.integers(0, len(wire) - 1))
    wire[place] = data.draw(st.integers(0, 255))
    try:
        other = tx._PAYLOADS.decode(bytes(wire))
    except Refused:
        return
    assert tx.encode_payload(other) == bytes(wire)


def respelled() -> list[bytes]:
    """One transaction in spellings that mean the same to a lenient decoder."""
    transaction, _ = signed(CHAIN, ALICE, 5)
    envelope, signature = msgspec.msgpack.decode(transaction.wire)
    assert envelope[4] == 5
    plain = msgspec.msgpack.encode(envelope)
    tail = msgspec.msgpack.encode(signature)
    head, rest = plain[: plain.index(b"\x05\x64")], plain[plain.index(b"\x05\x64") + 1 :]
    with_float = [*envelope[:4], 5.0, *envelope[5:]]
    return [
        b"\x92" + head + b"\xcc\x05" + rest + tail,
        b"\x92" + head + b"\xcf" + bytes(7) + b"\x05" + rest + tail,
        b"\x92" + msgspec.msgpack.encode(with_float) + tail,
        b"\x93" + plain + tail + b"\x00",
        b"\xdc\x00\x02" + plain + tail,
        b"\x92" + plain + b"\xc5\x00\x40" + signature,
        transaction.wire + b"\x00",
        transaction.wire[:-1],
        msgspec.msgpack.encode({"envelope": envelope, "signature": signature}),
        msgspec.msgpack.encode([[*envelope, 0], signature]),
        msgspec.msgpack.encode([[*envelope[:4], "5", *envelope[5:]], signature]),
        msgspec.msgpack.encode([[*envelope[:4], True, *envelope[5:]], signature]),
        msgspec.msgpack.encode([[*envelope[:4], None, *envelope[5:]], signature]),
        msgspec.msgpack.encode([[*envelope[:4], -1, *envelope[5:]], signature]),
        b"\x91" * 200_000,
    ]


@pytest.mark.parametrize("wire", respelled())
def test_other_spellings_are_refused(wire: bytes) -> None:
    with pytest.raises(Refused) as caught:
        tx.decode_transaction(wire)
    assert caught.value.code in ("transaction.encoding", "transaction.size")


def test_the_id_has_no_part_in_the_signature() -> None:
    one, _ = signed(CHAIN, ALICE, 0)
    two = tx.Transaction(one.envelope, bytes(64))
    assert one.id == two.id and one.wire != two.wire
    assert one.id != signed(b"d" * 32, ALICE, 0)[0].id


def test_a_payload_of_another_envelope_or_kind() -> None:
    call, data = signed(CHAIN, ALICE, 0, tx.Call("f", b""), target=TARGET)
    for other in (data + b"\x00", data[:-1], data[:-1] + b"\x01"):
        with pytest.raises(Refused) as caught:
            tx.open_payload(call.envelope, other)
        assert caught.value.code == "payload.other"
    transfer = msgspec.structs.replace(call.envelope, kind=tx.Kind.TRANSFER)
    with pytest.raises(Refused) as caught:
        tx.open_payload(transfer, data)
    assert caught.value.code == "payload.kind"
    rubbish = msgspec.structs.replace(
        call.envelope, payload_digest=tx.payload_digest(b"\xff"), payload_length=1
    )
    with pytest.raises(Refused) as caught:
        tx.open_payload(rubbish, b"\xff")
    assert caught.value.code == "payload.encoding"


def test_caps() -> None:
    with pytest.raises(Refused) as caught:
        tx.encode_payload(tx.Deploy(bytes(tx.PAYLOAD_BYTES), b""))
    assert caught.value.code == "payload.size"
    many = tuple(tx.ListedCell(TARGET, number, b"", True) for number in range(257))
    with pytest.raises(Refused):
        signed(CHAIN, ALICE, 0, tx.Call("f", b""), cells=many)
    signed(CHAIN, ALICE, 0, tx.Call("f", b""), cells=many[:256])
    with pytest.raises(Refused) as caught:
        signed(CHAIN, ALICE, 2**64)
    assert caught.value.code == "transaction.range"
    for name in ("", "1f", "f\n", "f" * 65, "f g", "é"):
        with pytest.raises(Refused):
            tx.open_payload(*signed_payload(tx.Call(name, b"")))


def signed_payload(payload: tx.Payload) -> tuple[tx.Envelope, bytes]:
    transaction, data = signed(CHAIN, ALICE, 0, payload)
    return transaction.envelope, data


def test_lists_are_put_in_order_and_merged() -> None:
    one = tx.ListedCell(TARGET, 1, b"k", False)
    two = tx.ListedCell(TARGET, 0, b"", False)
    write = tx.ListedCell(TARGET, 1, b"k", True)
    call = tx.Call("f", b"")
    made, _ = signed(CHAIN, ALICE, 0, call, cells=(one, write, two, one), blobs=(b"b" * 32,) * 2)
    assert made.envelope.cells == (two, write)
    assert made.envelope.blobs == (b"b" * 32,)
    assert tx.ListedCell(TARGET, 1, tx.WILDCARD, True).is_wildcard and not write.is_wildcard
