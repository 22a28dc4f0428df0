"""Addresses: a kind byte and 32 bytes, shown in bech32m as ``anh1…``.

An account's 32 bytes are its Ed25519 public key; a contract's are a digest of who deployed it.  So
the kind is visible before anything is looked up, and no account can pose as a contract.  The
checksum is that of BIP-350.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from anhvm.chain.hashing import Use, digest
from anhvm.errors import UserError

ADDRESS_BYTES = 33
PREFIX = "anh"

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32M = 0x2BC830A3
_CHECKSUM_SYMBOLS = 6


class AddressKind(IntEnum):
    ACCOUNT = 1
    CONTRACT = 2


def account(public_key: bytes) -> bytes:
    """The 33-byte address of the account that this Ed25519 public key controls."""
    return bytes([AddressKind.ACCOUNT]) + public_key


def contract(chain_id: bytes, sender: bytes, nonce: int) -> bytes:
    """The 33-byte address of the contract that `sender`'s transaction `nonce` deploys."""
    body = digest(Use.CONTRACT, chain_id, sender, nonce.to_bytes(8, "little"))
    return bytes([AddressKind.CONTRACT]) + body


def is_account(address: bytes) -> bool:
    return len(address) == ADDRESS_BYTES and address[0] == AddressKind.ACCOUNT


def is_contract(address: bytes) -> bool:
    return len(address) == ADDRESS_BYTES and address[0] == AddressKind.CONTRACT


def show(address: bytes) -> str:
    """The address as people see it: 63 characters beginning with ``anh1``."""
    return bech32m(PREFIX, _regroup(address, 8, 5, pad=True))


def parse(text: str) -> bytes:
    """The 33 bytes of a shown address.  UserError ``address.*`` says what is wrong with it."""
    prefix, symbols = read_bech32m(text.strip())
    if prefix != PREFIX:
        raise _bad("address.prefix", f"'{text}' begins with '{prefix}1', not '{PREFIX}1'")
    address = bytes(_regroup(symbols, 5, 8, pad=False))
    if not (is_account(address) or is_contract(address)):
        raise _bad("address.kind", f"'{text}' is neither an account nor a contract")
    return address


def bech32m(prefix: str, symbols: Iterable[int]) -> str:
    """The bech32m string of five-bit `symbols` under `prefix`."""
    data = list(symbols)
    state = _polymod([*_expand(prefix), *data, *[0] * _CHECKSUM_SYMBOLS]) ^ _BECH32M
    checksum = [state >> 5 * (5 - i) & 31 for i in range(_CHECKSUM_SYMBOLS)]
    return prefix + "1" + "".join(_ALPHABET[symbol] for symbol in data + checksum)


def read_bech32m(text: str) -> tuple[str, list[int]]:
    """Prefix and five-bit symbols of a bech32m string.  UserError ``address.*`` if it is none."""
    if text.lower() != text and text.upper() != text:
        raise _bad("address.case", f"'{text}' mixes upper and lower case")
    text = text.lower()
    prefix, separator, body = text.rpartition("1")
    if not separator or not prefix or len(body) < _CHECKSUM_SYMBOLS or len(text) > 90:
        raise _bad("address.form", f"'{text}' is not an address: '{PREFIX}1' and 59 symbols")
    if any(not 33 <= ord(letter) <= 126 for letter in prefix):
        raise _bad("address.form", f"'{text}' has a character that no address has")
    symbols = [_ALPHABET.find(letter) for letter in body]
    if -1 in symbols:
        wrong = body[symbols.index(-1)]
        raise _bad("address.form", f"'{text}' has '{wrong}', which no address has")
    if _polymod([*_expand(prefix), *symbols]) != _BECH32M:
        raise _bad("address.checksum", f"'{text}' has a wrong checksum: a character is mistyped")
    return prefix, symbols[:-_CHECKSUM_SYMBOLS]


def _expand(prefix: str) -> list[int]:
    codes = prefix.encode()
    return [code >> 5 for code in codes] + [0] + [code & 31 for code in codes]


def _polymod(symbols: Iterable[int]) -> int:
    state = 1
    for symbol in symbols:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ symbol
        for bit, generator in enumerate(_GENERATORS):
            state ^= generator if top >> bit & 1 else 0
    return state


def _regroup(groups: Iterable[int], old: int, new: int, *, pad: bool) -> list[int]:
    """The same bits in groups of `new` instead of `old`.  Left-over bits must be zeros."""
    held = bits = 0
    result = []
    for group in groups:
        held, bits = held << old | group, bits + old
        while bits >= new:
            bits -= new
            result.append(held >> bits)
            held &= (1 << bits) - 1
    if pad and bits:
        result.append(held << new - bits)
    elif not pad and (held or bits >= old):
        raise _bad("address.form", "the address has left-over bits")
    return result


def _bad(code: str, message: str) -> UserError:
    return UserError(code, message, "copy the whole address again from where it was shown")
