"""Receipts as bytes, and where a chain folder keeps them."""

from __future__ import annotations

from collections import OrderedDict

import msgspec
import numpy as np

from anhvm.chain.hashing import Use, digest
from anhvm.chain.lazy.cells import CellId
from anhvm.chain.lazy.receipt import Read, Receipt, Status
from anhvm.chain.store.derived import Derived
from anhvm.chain.tensor_digest import tensor_digest
from anhvm.chain.values import decode_value, encode_value
from anhvm.isa.traps import Trap
from anhvm.program.engine import Event, Value

_BUCKET = "receipts"
_RECENT = 1024


def value_digest(value: Value | None) -> bytes:
    """32 bytes that name what a cell holds: a tensor by its tiles; None is a cell never written."""
    if value is None:
        return digest(Use.VALUE)
    if isinstance(value, np.ndarray):
        return tensor_digest(value)
    return digest(Use.VALUE, encode_value(value))


class _Record(msgspec.Struct, frozen=True, array_like=True):
    status: int
    gas_used: int
    trap: int
    message: str
    where: tuple[int, int]
    returns: list[bytes]
    events: list[tuple[int, list[bytes], bytes]]
    writes: list[tuple[bytes, int, bytes, bytes]]
    reads: list[tuple[bytes, int, bytes, int, bytes]]
    high_water: int
    contract: bytes


def encode(receipt: Receipt) -> bytes:
    return msgspec.msgpack.encode(
        _Record(
            int(receipt.status),
            receipt.gas_used,
            int(receipt.trap or 0),
            receipt.message,
            receipt.where,
            [encode_value(value) for value in receipt.returns],
            [
                (e.index, [encode_value(value) for value in e.values], e.contract)
                for e in receipt.events
            ],
            [(c.contract, c.field, c.path, encode_value(value)) for c, value in receipt.writes],
            [
                (r.cell.contract, r.cell.field, r.cell.path, r.writer, r.digest)
                for r in receipt.reads
            ],
            receipt.high_water,
            receipt.contract,
        )
    )


def decode(data: bytes) -> Receipt:
    record = msgspec.msgpack.decode(data, type=_Record)
    return Receipt(
        status=Status(record.status),
        gas_used=record.gas_used,
        trap=Trap(record.trap) if record.trap else None,
        message=record.message,
        where=record.where,
        returns=tuple(map(_value, record.returns)),
        events=tuple(
            Event(index, tuple(map(_value, items)), contract)
            for index, items, contract in record.events
        ),
        writes=tuple((CellId(c, f, p), _value(value)) for c, f, p, value in record.writes),
        reads=tuple(Read(CellId(c, f, p), w, name) for c, f, p, w, name in record.reads),
        high_water=record.high_water,
        contract=record.contract,
    )


class StoredReceipts:
    """Receipts in the derived database, the recent ones in memory too."""

    def __init__(self, derived: Derived) -> None:
        self._derived = derived
        self._recent: OrderedDict[int, Receipt] = OrderedDict()

    def get(self, position: int) -> Receipt | None:
        recent = self._recent.get(position)
        if recent is not None:
            self._recent.move_to_end(position)
            return recent
        data = self._derived.get(_BUCKET, position.to_bytes(8, "big"))
        return None if data is None else self._remember(position, decode(data))

    def put(self, position: int, receipt: Receipt) -> None:
        self._derived.put(_BUCKET, position.to_bytes(8, "big"), encode(receipt))
        self._remember(position, receipt)

    def count(self) -> int:
        """How many transactions have been executed here."""
        with self._derived.view() as view:
            return view.count(_BUCKET)

    def _remember(self, position: int, receipt: Receipt) -> Receipt:
        self._recent[position] = receipt
        if len(self._recent) > _RECENT:
            self._recent.popitem(last=False)
        return receipt


def _value(data: bytes) -> Value:
    value = decode_value(data)
    if isinstance(value, np.integer):
        return int(value)
    assert isinstance(value, bool | bytes | np.float32 | np.ndarray)
    return value
