"""The zero-cost ledger: amounts in pots, and one way to change them.

Every amount lies in a pot: an account's balance, the gas pool of a transaction, the pool of a
contract, a bond, the fees of the running block, or what is burned.  `Draft.move` takes from one
and gives to another, `Draft.mint` is the block reward, and there is no third way.  So the sum of
all pots is genesis + rewards at every height; `Ledger.accept` asserts it.

A block is tried on a `Draft`; a refused one is dropped with nothing undone.  Rules are in
`money.py`.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from anhvm.chain.codec import U64_MAX
from anhvm.chain.genesis import Genesis
from anhvm.chain.parameters import Parameters
from anhvm.errors import Bug


class Pot(IntEnum):
    ACCOUNT = 1
    GAS = 2
    CONTRACT = 3
    BOND = 4
    FEES = 5
    BURNED = 6

    def of(self, owner: bytes = b"") -> bytes:
        """The key of one pot: the kind byte and its owner (an address, a transaction id)."""
        return bytes([self]) + owner


class Pool(msgspec.Struct, frozen=True, array_like=True):
    """A gas pool that stands open: whose transaction, and who paid it."""

    transaction: bytes
    sender: bytes


class Ledger(msgspec.Struct):
    """What follows from the blocks up to `height` without executing anything."""

    parameters: Parameters
    height: int
    issued: int
    pots: dict[bytes, int]
    nonces: dict[bytes, int]
    returns: dict[int, list[Pool]]

    @classmethod
    def at_genesis(cls, genesis: Genesis) -> Ledger:
        pots = {Pot.ACCOUNT.of(owner): amount for owner, amount in genesis.balances if amount}
        return cls(genesis.parameters, 0, genesis.supply, pots, {}, {})

    def amount(self, pot: bytes) -> int:
        return self.pots.get(pot, 0)

    def balance(self, account: bytes) -> int:
        """The zero-cost balance of an account, spendable in the next block."""
        return self.amount(Pot.ACCOUNT.of(account))

    def pool(self, contract: bytes) -> int:
        """What a contract's pool holds."""
        return self.amount(Pot.CONTRACT.of(contract))

    def gas_pool(self, transaction: bytes) -> int:
        """What the gas pool of a transaction holds; 0 once it is settled or returned."""
        return self.amount(Pot.GAS.of(transaction))

    def accounts(self) -> list[bytes]:
        """The addresses of all accounts that hold something."""
        return [pot[1:] for pot in self.pots if pot[0] == Pot.ACCOUNT]

    @property
    def burned(self) -> int:
        return self.amount(Pot.BURNED.of())

    def nonce(self, account: bytes) -> int:
        """The nonce that the account's next transaction must have."""
        return self.nonces.get(account, 0)

    def due(self, height: int) -> list[Pool]:
        """The gas pools that return to their senders at `height` unless settled before."""
        return self.returns.get(height, [])

    def audit(self) -> None:
        """Bug unless the pots hold genesis + rewards, no more and no less."""
        total = sum(self.pots.values())
        if total != self.issued or min(self.pots.values(), default=0) < 0:
            raise Bug(f"ledger at height {self.height}: {total} in pots, {self.issued} issued")

    def accept(self, draft: Draft) -> None:
        """Take over the changes of a draft of the next block."""
        if draft.base is not self or draft.height != self.height + 1:
            raise Bug("a draft of another ledger or height")
        for pot, amount in draft.pots.items():
            if amount:
                self.pots[pot] = amount
            else:
                self.pots.pop(pot, None)
        self.nonces.update(draft.nonces)
        self.returns.pop(draft.height, None)
        if draft.opened:
            returning = draft.height + self.parameters.pool_blocks
            self.returns.setdefault(returning, []).extend(draft.opened)
        self.issued = draft.issued
        self.height = draft.height
        self.audit()


class Draft:
    """The ledger after part of the next block: reads fall through to `base`, writes stay here."""

    def __init__(self, base: Ledger) -> None:
        self.base = base
        self.parameters = base.parameters
        self.height = base.height + 1
        self.issued = base.issued
        self.pots: dict[bytes, int] = {}
        self.nonces: dict[bytes, int] = {}
        self.opened: list[Pool] = []

    def amount(self, pot: bytes) -> int:
        held = self.pots.get(pot)
        return self.base.amount(pot) if held is None else held

    def nonce(self, account: bytes) -> int:
        held = self.nonces.get(account)
        return self.base.nonce(account) if held is None else held

    def move(self, source: bytes, target: bytes, amount: int) -> None:
        """Move `amount` between two pots.  Bug if the source holds less: rules check first."""
        held = self.amount(source)
        if not 0 <= amount <= held:
            raise Bug(f"{amount} cannot leave a pot that holds {held}")
        self.pots[source] = held - amount
        self.pots[target] = self.amount(target) + amount

    def mint(self, target: bytes, amount: int) -> None:
        """Issue `amount`, or as much of it as 64 bits can still count."""
        amount = min(amount, U64_MAX - self.issued)
        self.pots[target] = self.amount(target) + amount
        self.issued += amount

    def open_pool(self, transaction: bytes, sender: bytes, amount: int) -> None:
        """Fill the gas pool of a transaction; unless settled it returns `pool_blocks` later."""
        if amount:
            self.move(Pot.ACCOUNT.of(sender), Pot.GAS.of(transaction), amount)
            self.opened.append(Pool(transaction, sender))
