"""Interfaces made to confuse: a deployment or call of one is stillborn, and the index goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anhvm.api import compile_source
from anhvm.chain.keys import Key
from anhvm.chain.lazy.index import Fate
from anhvm.chain.session import Session
from anhvm.chain.transaction import Call, Deploy, Transaction, envelope_for
from anhvm.chain.values import encode_arguments
from anhvm.program.abi import Abi, Function, Named, Struct, dump
from anhvm.program.encode import encode

SOURCE = """contract C:
    a: u64
    @init
    def setup():
        self.a = 1
    def inner(x: u64) -> u64:
        return x + self.a
    @call
    def put(x: u64, t: f32[2]):
        self.a = inner(x)
    @view
    def get() -> u64:
        return self.a
"""
T = np.zeros(2, np.float32)
ONE = np.uint64(1)


def call(index: int, *params: str) -> Function:
    named = tuple(Named(f"p{n}", type_) for n, type_ in enumerate(params))
    return Function("put", "call", index, named)


def index_of(name: str) -> int:
    functions = compile_source(SOURCE).program.functions
    return next(n for n, f in enumerate(functions) if f.name == name)


RECURSIVE = (Struct("S", (Named("s", "S"),)),)
HOSTILE: dict[str, tuple[tuple[Struct, ...], Function, list[object]]] = {
    "an init as a call": ((), call(index_of("setup")), []),
    "a view as a call": ((), call(index_of("get")), []),
    "an inner function": ((), call(index_of("inner"), "u64"), [ONE]),
    "no such function": ((), call(999, "u64"), [ONE]),
    "fewer parameters": ((), call(index_of("put"), "u64"), [ONE]),
    "other types": ((), call(index_of("put"), "i64", "f32[2]"), [np.int64(1), T]),
    "another rank": ((), call(index_of("put"), "u64", "f32[2, 1]"), [ONE, T]),
    "a size that is a digit to Unicode only": (
        (), call(index_of("put"), "u64", "f32[\u00b2]"), [ONE, T],
    ),
    "a struct of itself": (RECURSIVE, call(index_of("put"), "S", "f32[2]"), [[[[ONE]]], T]),
    "no type": ((), call(index_of("put"), "", "["), [ONE, T]),
    "a map": ((), call(index_of("put"), "u64", "map[u64, u64]"), [ONE, T]),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_interface_has_no_effects(tmp_path: Path, name: str) -> None:
    structs, function, values = HOSTILE[name]
    honest = compile_source(SOURCE).program
    abi = Abi("C", structs, (Function("setup", "init", index_of("setup")), function))
    container = encode(replace(honest, abi=dump(abi)))
    key = Key.generate()
    with Session.create(tmp_path / "chain", key, threads=1) as session:
        deploy = Deploy(container, encode_arguments([]))
        contract = send(session, key, deploy, b"")[1]
        sent = send(session, key, Call("put", encode_arguments(values)), contract)[0]
        session.produce(key)
        result = session.receipt(sent)
        # What the machine itself would take is no fault of the interface.
        if name != "a size that is a digit to Unicode only":
            assert result.entry.fate == Fate.STILLBORN
        good = session.deploy(key, encode(honest), gas_limit=10**6)[1]
        session.produce(key)
        assert session.query(good, "get").value == 1, "the index goes on"


def send(session: Session, key: Key, payload: Call | Deploy, target: bytes) -> tuple[bytes, bytes]:
    from anhvm.chain import address

    nonce = session.chain.next_nonce(key.address)
    envelope, data = envelope_for(
        payload,
        chain=session.chain.chain_id,
        sender=key.address,
        nonce=nonce,
        expiry=session.chain.height + 10,
        target=target,
        gas_limit=100_000,
        gas_price=1,
    )
    sent = session.chain.submit(Transaction(envelope, key.sign(envelope.message)), data)
    return sent, address.contract(session.chain.chain_id, key.address, nonce)
