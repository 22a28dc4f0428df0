"""Transactions on their way out: built, filled in by a dry run where that is asked for, signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from anhvm.chain import address, wire
from anhvm.chain.blob import blob_digest, publications
from anhvm.chain.interface import exported, trapped
from anhvm.chain.keys import Key
from anhvm.chain.lazy.answers import Answers
from anhvm.chain.lazy.arguments import Leaf
from anhvm.chain.lazy.inclusion import demand_exact
from anhvm.chain.lazy.plan import Plan
from anhvm.chain.lazy.receipt import Status
from anhvm.chain.node import Chain
from anhvm.chain.tensors import DType, check_shape, to_bytes
from anhvm.chain.transaction import (
    Call,
    Deploy,
    ListedCell,
    Payload,
    Transaction,
    Transfer,
    envelope_for,
)
from anhvm.chain.values import BlobTensor, encode_arguments
from anhvm.errors import UserError
from anhvm.program.abi import Function, load
from anhvm.program.calls import calls_out
from anhvm.program.engine import Env
from anhvm.program.model import Init, Program
from anhvm.runtime.codec import Codec, bind

EXPIRY = 1_000
"""Blocks ahead after which a transaction made here is no longer valid."""


class Outbox:
    """Sends to one chain folder; inside `batch`, in one commit at its end."""

    def __init__(self, chain: Chain, answers: Answers) -> None:
        self._chain = chain
        self._answers = answers
        self._batch: list[tuple[Transaction, bytes]] | None = None
        self._nonces: dict[bytes, int] = {}

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Everything sent inside goes out together, or not at all."""
        self._batch, self._nonces = [], {}
        try:
            yield
            if self._batch:
                self._chain.submit_many(self._batch)
        finally:
            self._batch, self._nonces = None, {}

    def transfer(self, key: Key, to: bytes, amount: int) -> bytes:
        return self._send(key, Transfer(), target=to, value=amount)

    def publish(self, key: Key, data: bytes | np.ndarray) -> BlobTensor | bytes:
        content = data if isinstance(data, bytes) else _content(data)
        for piece in publications(content):
            self._send(key, piece)
        name = blob_digest(content)
        return name if isinstance(data, bytes) else BlobTensor(name, DType.of(data), data.shape)

    def deploy(
        self,
        key: Key,
        container: bytes,
        args: Sequence[object],
        named: Mapping[str, object],
        value: int,
        gas_limit: int | None,
        gas_price: int,
    ) -> tuple[bytes, bytes]:
        program = self._answers.index.verified(container)
        abi = load(program.abi)
        demand_exact(abi)
        init = next((f for f in abi.functions if f.kind == "init"), None)
        bound = bind(init or Function("the contract", "init", 0), args, named)
        codec = self._codec(program)
        payload = Deploy(
            container, encode_arguments(wire.typed(codec, init, bound) if init else [])
        )
        cells: tuple[ListedCell, ...] = ()
        nonce = self._nonce(key)
        contract = address.contract(self._chain.chain_id, key.address, nonce)
        if init is None:
            gas_limit = 0 if gas_limit is None else gas_limit
        elif gas_limit is None or _lists_cells(program, init):
            leaves = tuple(leaf for _, leaf in codec.leaves(init, bound))
            code = container[-32:]
            plan = self._plan(key, contract, program, code, init, leaves, value, deploys=True)
            found, cells = self._rehearse(plan)
            gas_limit = found if gas_limit is None else gas_limit
        blobs = wire.blobs_of(codec, init, bound) if init else ()
        sent = self._send(
            key,
            payload,
            value=value,
            gas_limit=gas_limit,
            gas_price=gas_price,
            cells=cells,
            blobs=blobs,
        )
        return sent, contract

    def call(
        self,
        key: Key,
        target: bytes,
        name: str,
        args: Sequence[object],
        named: Mapping[str, object],
        value: int,
        gas_limit: int | None,
        gas_price: int,
    ) -> bytes:
        contract, program = self._answers.contract(target)
        function = exported(load(program.abi), name, ("call",))
        codec = self._codec(program)
        bound = bind(function, args, named)
        payload = Call(name, encode_arguments(wire.typed(codec, function, bound)))
        cells: tuple[ListedCell, ...] = ()
        if gas_limit is None or _lists_cells(program, function):
            leaves = tuple(leaf for _, leaf in codec.leaves(function, bound))
            plan = self._plan(key, target, program, contract.code, function, leaves, value)
            found, cells = self._rehearse(plan)
            gas_limit = found if gas_limit is None else gas_limit
        return self._send(
            key,
            payload,
            target=target,
            value=value,
            gas_limit=gas_limit,
            gas_price=gas_price,
            cells=cells,
            blobs=wire.blobs_of(codec, function, bound),
        )

    def _codec(self, program: Program) -> Codec:
        return Codec(load(program.abi), address.parse, (BlobTensor,))

    def _plan(
        self,
        key: Key,
        contract: bytes,
        program: Program,
        code: bytes,
        function: Function,
        leaves: tuple[Leaf, ...],
        value: int,
        deploys: bool = False,
    ) -> Plan:
        chain = self._chain
        now = chain.head.time if chain.head else chain.genesis.time
        return Plan(
            position=self._answers.index.end,
            contract=contract,
            program=program,
            code=code,
            function=function.index,
            args=leaves,
            env=Env(key.address, contract, value, chain.height + 1, now),
            gas=chain.genesis.parameters.gas_per_transaction,
            deploys=deploys,
            listed=None,
        )

    def _rehearse(self, plan: Plan) -> tuple[int, tuple[ListedCell, ...]]:
        """Gas limit, with a quarter to spare, and cells to list.  UserError ``call.traps``."""
        receipt, touched = self._answers.rehearse(plan)
        if receipt.status != Status.OK:
            raise trapped("call.traps", receipt)
        cells = tuple(
            ListedCell(cell.contract, cell.field, cell.path, write) for cell, write in touched
        )
        limit = receipt.gas_used * 5 // 4 + 1_000
        while plan.calls_out and limit < plan.gas:
            # A callee may be promised more gas than it uses.
            enough = self._answers.view(replace(plan, gas=limit))
            if enough.status == Status.OK:
                break
            limit *= 2
        return min(limit, plan.gas), cells

    def _nonce(self, key: Key) -> int:
        if self._batch is None:
            return self._chain.next_nonce(key.address)
        if key.address not in self._nonces:
            self._nonces[key.address] = self._chain.next_nonce(key.address)
        return self._nonces[key.address]

    def _send(
        self,
        key: Key,
        payload: Payload,
        *,
        target: bytes = b"",
        value: int = 0,
        gas_limit: int = 0,
        gas_price: int = 0,
        cells: tuple[ListedCell, ...] = (),
        blobs: tuple[bytes, ...] = (),
    ) -> bytes:
        if value < 0 or value >= 1 << 64:
            raise UserError("amount.range", f"{value} is no amount", "give a u64")
        nonce = self._nonce(key)
        envelope, data = envelope_for(
            payload,
            chain=self._chain.chain_id,
            sender=key.address,
            nonce=nonce,
            expiry=self._chain.height + EXPIRY,
            target=target,
            value=value,
            gas_limit=gas_limit,
            gas_price=gas_price,
            cells=cells,
            blobs=blobs,
        )
        transaction = Transaction(envelope, key.sign(envelope.message))
        if self._batch is None:
            return self._chain.submit(transaction, data)
        self._batch.append((transaction, data))
        self._nonces[key.address] = nonce + 1
        return transaction.id


def _content(tensor: np.ndarray) -> bytes:
    """The bytes of a tensor to publish.  UserError ``publish.tensor``."""
    try:
        check_shape(tensor.shape)
        if tensor.ndim == 0:
            raise ValueError("a number is no tensor")
        return to_bytes(tensor)
    except (TypeError, ValueError) as fault:
        hint = "give an array of rank 1 to 6, for instance with .astype(numpy.float32)"
        raise UserError("publish.tensor", str(fault), hint) from fault


def _lists_cells(program: Program, function: Function) -> bool:
    """Whether bytes alone may not tell the cells that it touches."""
    if calls_out(program, function.index):
        return True
    effects = program.functions[function.index].effects
    return any(key.init == Init.ZERO for effect in effects for key in effect.keys)
