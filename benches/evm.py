"""The programs as EVM code, written by hand as a good compiler would, and an assembler for them.

Balances lie in the slots of their numbers: no hash of a map's key is computed, which Solidity would
do, so the peer is faster here than a real token.  Sums of balances are checked as Solidity does.
"""

from __future__ import annotations

from anhvm.benches.vm_cases import ACCOUNTS, DIGITS, FUNDS, NUMBERS

_OPCODES = {
    "ADD": 0x01, "MUL": 0x02, "SUB": 0x03, "MOD": 0x06, "LT": 0x10, "GT": 0x11, "ISZERO": 0x15,
    "BYTE": 0x1A, "CALLDATALOAD": 0x35, "POP": 0x50, "MLOAD": 0x51, "MSTORE": 0x52, "MSTORE8": 0x53,
    "SLOAD": 0x54, "SSTORE": 0x55, "JUMP": 0x56, "JUMPI": 0x57,
    "DUP1": 0x80, "DUP2": 0x81, "DUP3": 0x82, "SWAP1": 0x90, "SWAP2": 0x91,
    "GAS": 0x5A, "LOG1": 0xA1, "CALL": 0xF1, "RETURN": 0xF3, "REVERT": 0xFD,
}  # fmt: skip
_JUMPDEST, _PUSH0, _PUSH2 = 0x5B, 0x5F, 0x61


def assemble(text: str) -> bytes:
    """Code of words: an opcode, a number to push, ``name:`` to jump to, ``@name`` to push it."""
    code, places, uses = bytearray(), {}, []
    for word in text.split():
        if word.endswith(":"):
            places[word[:-1]] = len(code)
            code.append(_JUMPDEST)
        elif word.startswith("@"):
            uses.append((len(code) + 1, word[1:]))
            code += bytes((_PUSH2, 0, 0))
        elif word.isdigit():
            number = int(word)
            size = (number.bit_length() + 7) // 8
            code += bytes((_PUSH0 + size,)) + number.to_bytes(size, "big")
        else:
            code.append(_OPCODES[word])
    for at, name in uses:
        code[at : at + 2] = places[name].to_bytes(2, "big")
    return bytes(code)


_TEST = "0 CALLDATALOAD DUP2 LT"  # is the counter, on top of the stack, below the argument
_PAID = 0xA11CE << 236  # the topic of the event


def _transfers(load: str, store: str, place: str = "") -> str:
    """A loop over i, with payer and balance within; `place` makes an address of an account."""
    return f"""
        0 @test JUMP
        loop: {ACCOUNTS} DUP2 MOD {place}
        DUP1 {load} DUP1 ISZERO @poor JUMPI
        1 SWAP1 SUB SWAP1 {store}
        {ACCOUNTS} DUP2 7 MUL 1 ADD MOD {place}
        DUP1 {load} DUP1 1 ADD DUP1 SWAP2 GT @poor JUMPI
        SWAP1 {store}
        1 ADD
        test: {_TEST} @loop JUMPI"""


FIRST = 0x1000
"""The address of the first program; the others follow."""
_PROGRAMS = {
    # what the next one calls
    "same": "0 CALLDATALOAD 0 MSTORE 32 0 RETURN",
    "asks": f"""
        0 @test JUMP
        loop: DUP1 0 MSTORE 32 0 32 0 0 {FIRST} GAS CALL ISZERO @failed JUMPI 1 ADD
        test: {_TEST} @loop JUMPI
        32 0 RETURN
        failed: 0 0 REVERT""",
    "empty": "0 0 MSTORE 32 0 RETURN",
    # total i
    "squares": f"""
        0 0 @test JUMP
        loop: 32 CALLDATALOAD DUP2 DUP1 MUL MOD SWAP1 SWAP2 ADD SWAP1 1 ADD
        test: {_TEST} @loop JUMPI
        POP 0 MSTORE 32 0 RETURN""",
    # k, and within a b i; the last a waits in memory
    "fibonacci": f"""
        0 @test JUMP
        outer: 0 1 0
        inner: SWAP2 DUP2 ADD SWAP1 SWAP2 1 ADD {DIGITS} DUP2 LT @inner JUMPI
        POP POP 0 MSTORE 1 ADD
        test: {_TEST} @outer JUMPI
        32 0 RETURN""",
    # k, and within found i j; one byte a number
    "sieve": f"""
        0 @test JUMP
        round: 0
        clear: 0 DUP2 MSTORE 32 ADD {NUMBERS} DUP2 LT @clear JUMPI
        POP 0 2
        number: DUP1 MLOAD 0 BYTE @next JUMPI
        SWAP1 1 ADD SWAP1 DUP1 DUP1 MUL @more JUMP
        strike: 1 DUP2 MSTORE8 DUP2 ADD
        more: {NUMBERS} DUP2 LT @strike JUMPI
        POP
        next: 1 ADD {NUMBERS} DUP2 LT @number JUMPI
        POP {NUMBERS} MSTORE 1 ADD
        test: {_TEST} @round JUMPI
        32 {NUMBERS} RETURN""",
    "moves": f"""
        0
        fill: {FUNDS} DUP2 32 MUL MSTORE 1 ADD {ACCOUNTS} DUP2 LT @fill JUMPI
        POP {_transfers("MLOAD", "MSTORE", "32 MUL")}
        {ACCOUNTS} SWAP1 MOD 32 MUL 32 SWAP1 RETURN
        poor: 0 0 REVERT""",
    "transfers": f"""{_transfers("SLOAD", "SSTORE")}
        0 0 RETURN
        poor: 0 0 REVERT""",
    "events": f"""
        0 @test JUMP
        loop: DUP1 0 MSTORE 1 32 MSTORE {_PAID} 64 0 LOG1 1 ADD
        test: {_TEST} @loop JUMPI
        0 0 RETURN""",
}
CODE = {name: assemble(text) for name, text in _PROGRAMS.items()}


def argument(*args: int) -> bytes:
    """The call data of arguments."""
    return b"".join(arg.to_bytes(32, "big") for arg in args)
