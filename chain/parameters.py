"""The constants of a chain: chosen in its genesis, fixed for its life."""

from __future__ import annotations

import msgspec

from anhvm.chain.codec import U32, U64


class Parameters(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Version 1 of the rules of money and size.

    Amounts are in the smallest unit of money, gas is about one nanosecond of one core, heights
    count blocks.
    """

    version: U32 = 1
    block_reward: U64 = 1_000_000_000
    byte_fee: U64 = 10
    # The price of standing in other people's cones: units for a million of gas limit, rounded up.
    reservation_fee: U64 = 1_000
    pool_blocks: U32 = 1_000  # an unclaimed gas pool returns to its sender after so many blocks
    expiry_blocks: U32 = 10_000
    gas_per_transaction: U64 = 10**12
    gas_per_block: U64 = 10**14
    block_transactions: U32 = 10_000
    # Bytes that are paid for: envelopes, signatures and payloads.
    block_bytes: U64 = 1 << 26
