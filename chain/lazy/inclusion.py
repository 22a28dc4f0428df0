"""What a transaction would run, or why it is stillborn: decided from bytes when it is included."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from anhvm.chain import address
from anhvm.chain.block import Header
from anhvm.chain.lazy.arguments import Leaf, admit
from anhvm.chain.lazy.cells import CellId
from anhvm.chain.lazy.plan import Plan
from anhvm.chain.tensors import byte_count
from anhvm.chain.transaction import Call, Deploy, Envelope, Transaction, open_payload
from anhvm.chain.values import BlobTensor, decode_arguments
from anhvm.errors import Refused, UserError
from anhvm.program.abi import Abi, Function, load
from anhvm.program.engine import Env
from anhvm.program.model import Kind, Program


class Contract(NamedTuple):
    """A deployed contract: the digest of its program, and the position of its deployment."""

    code: bytes
    position: int


class Deployed(Protocol):
    """What the chain before a transaction shows."""

    def contract(self, target: bytes) -> Contract | None: ...
    def program(self, code: bytes) -> Program: ...
    def verified(self, container: bytes) -> Program:
        """The program of these bytes; UserError where they do not verify."""
        ...

    def blob_length(self, name: bytes, position: int) -> int | None:
        """Bytes of a blob that is whole before `position`, else None."""
        ...


def plan_of(
    transaction: Transaction, payload: bytes, header: Header, position: int, world: Deployed
) -> Plan | None:
    """The plan of a transaction; None where the ledger has done everything.

    Refused, with the reason, where the transaction is stillborn.
    """
    opened = open_payload(transaction.envelope, payload)
    if isinstance(opened, Deploy):
        return _deployment(transaction.envelope, opened, header, position, world)
    if isinstance(opened, Call):
        return _call(transaction.envelope, opened, header, position, world)
    return None


def _deployment(
    envelope: Envelope, payload: Deploy, header: Header, position: int, world: Deployed
) -> Plan:
    try:
        program = world.verified(payload.program)
        abi = load(program.abi)
    except UserError as fault:
        raise stillborn("deploy.program", f"the program is refused: {fault.message}") from fault
    demand_exact(abi)
    init = next((f for f in abi.functions if f.kind == "init"), None)
    contract = address.contract(envelope.chain, envelope.sender, envelope.nonce)
    values = decode_arguments(payload.arguments)
    if init is None and values:
        raise stillborn("call.arguments", "the contract has no @init, but arguments are given")
    leaves = _leaves(program, abi, init, values, envelope, position, world) if init else ()
    code = payload.program[-32:]
    return _plan(envelope, header, position, contract, program, code, init, leaves, deploys=True)


def demand_exact(abi: Abi) -> None:
    """No contract with a @nondet function is alive before there are validators of its results."""
    found = next((f for f in abi.functions if f.kind == "nondet"), None)
    if found is not None:
        what = f"{abi.contract}.{found.name} is @nondet, and nothing on the chain can judge it yet"
        raise stillborn("deploy.nondet", what)


def _call(
    envelope: Envelope, payload: Call, header: Header, position: int, world: Deployed
) -> Plan:
    found = world.contract(envelope.target)
    if found is None or found.position >= position:
        raise stillborn("call.contract", "no contract has this address")
    program = world.program(found.code)
    abi = load(program.abi)
    function = abi.function(payload.function)
    if function is None or function.kind != "call":
        raise stillborn("call.function", f"{abi.contract} has no @call {payload.function}")
    values = decode_arguments(payload.arguments)
    leaves = _leaves(program, abi, function, values, envelope, position, world)
    return _plan(envelope, header, position, envelope.target, program, found.code, function, leaves)


def _leaves(
    program: Program,
    abi: Abi,
    function: Function,
    values: tuple[object, ...],
    envelope: Envelope,
    position: int,
    world: Deployed,
) -> tuple[Leaf, ...]:
    wanted = Kind.INIT if function.kind == "init" else Kind.CALL
    found = program.functions[function.index] if function.index < len(program.functions) else None
    if found is None or found.kind != wanted:
        raise stillborn("call.function", f"{function.name} of the ABI is no {wanted.name} function")
    leaves = admit(abi, function, found.params, values)
    for leaf in leaves:
        if isinstance(leaf, BlobTensor):
            _check_blob(leaf, envelope, position, world)
    return leaves


def _check_blob(leaf: BlobTensor, envelope: Envelope, position: int, world: Deployed) -> None:
    name = leaf.blob.hex()
    if leaf.blob not in envelope.blobs:
        raise stillborn("call.blob", f"the blob {name} is not listed")
    length = world.blob_length(leaf.blob, position)
    if length is None:
        raise stillborn("call.blob", f"the blob {name} is not published")
    if length != byte_count(leaf.dtype, leaf.dims):
        raise stillborn(
            "call.blob", f"the blob {name} has {length} bytes, not those of {leaf.dims}"
        )


def _plan(
    envelope: Envelope,
    header: Header,
    position: int,
    contract: bytes,
    program: Program,
    code: bytes,
    function: Function | None,
    leaves: tuple[Leaf, ...],
    deploys: bool = False,
) -> Plan:
    listed = tuple(
        (CellId(cell.contract, cell.field, cell.path), cell.write) for cell in envelope.cells
    )
    env = Env(envelope.sender, contract, envelope.value, header.height, header.time)
    return Plan(
        position=position,
        contract=contract,
        program=program,
        code=code,
        function=function.index if function else -1,
        args=leaves,
        env=env,
        gas=envelope.gas_limit,
        deploys=deploys,
        listed=listed,
    )


def stillborn(code: str, message: str) -> Refused:
    return Refused(code, message, "nothing was executed; send a mended transaction")
