"""The rules of money: what a block moves between the pots of the ledger.

In a block: returned pools, then transactions, then reward and fees, so that what a proposer earns
is spendable from the next block.  Nothing here looks at a payload or executes anything.
"""

from __future__ import annotations

from typing import NamedTuple

from anhvm.chain import address
from anhvm.chain.codec import U64_MAX
from anhvm.chain.ledger import Draft, Pot
from anhvm.chain.parameters import Parameters
from anhvm.chain.transaction import Envelope, Kind, Transaction
from anhvm.errors import Refused

_MILLION = 1_000_000


class Charges(NamedTuple):
    """What inclusion takes from the sender, each in the smallest unit."""

    byte_fee: int
    reservation: int
    gas: int
    value: int

    @property
    def total(self) -> int:
        return sum(self)


def charges(transaction: Transaction, parameters: Parameters) -> Charges:
    """The charges of a transaction.  Refused ``transaction.overflow`` above 64 bits."""
    envelope = transaction.envelope
    result = Charges(
        byte_fee=transaction.size * parameters.byte_fee,
        reservation=-(-envelope.gas_limit * parameters.reservation_fee // _MILLION),
        gas=envelope.gas_limit * envelope.gas_price,
        value=envelope.value,
    )
    if result.total > U64_MAX:
        message = "what this transaction would cost does not fit 64 bits"
        raise Refused("transaction.overflow", message, "lower the gas limit, price or value")
    return result


def begin(draft: Draft) -> None:
    """Open the block: gas pools whose time has come return whole to their senders."""
    for pool in draft.base.due(draft.height):
        pot = Pot.GAS.of(pool.transaction)
        draft.move(pot, Pot.ACCOUNT.of(pool.sender), draft.amount(pot))


def include(draft: Draft, transaction: Transaction) -> None:
    """Charge and count one transaction.  Refused ``transaction.funds``, with nothing changed."""
    envelope = transaction.envelope
    sender = Pot.ACCOUNT.of(envelope.sender)
    cost = charges(transaction, draft.parameters)
    held = draft.amount(sender)
    if cost.total > held:
        message = f"the sender holds {held} and this transaction takes {cost.total}"
        raise Refused("transaction.funds", message, "fund the account or lower gas and value")
    shared = cost.byte_fee // 2
    draft.move(sender, Pot.FEES.of(), shared)
    draft.move(sender, Pot.BURNED.of(), cost.byte_fee - shared + cost.reservation)
    draft.open_pool(transaction.id, envelope.sender, cost.gas)
    if cost.value:
        draft.move(sender, beneficiary(envelope), cost.value)
    draft.nonces[envelope.sender] = envelope.nonce + 1


def finish(draft: Draft, proposer: bytes) -> None:
    """Close the block: fees and reward to its proposer."""
    earner = Pot.ACCOUNT.of(proposer)
    draft.move(Pot.FEES.of(), earner, draft.amount(Pot.FEES.of()))
    draft.mint(earner, draft.parameters.block_reward)


def beneficiary(envelope: Envelope) -> bytes:
    """The pot that `value` goes to."""
    if envelope.kind == Kind.TRANSFER:
        return Pot.ACCOUNT.of(envelope.target)
    return Pot.CONTRACT.of(contract_of(envelope))


def contract_of(envelope: Envelope) -> bytes:
    """The contract that a Deploy makes or a Call calls."""
    if envelope.kind == Kind.DEPLOY:
        return address.contract(envelope.chain, envelope.sender, envelope.nonce)
    return envelope.target
