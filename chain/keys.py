"""Ed25519 keys and the file that keeps one.

A key file is JSON.  Its seed lies in a SecretBox under a key that argon2id derives from the
passphrase; only an explicit ``passphrase=None`` writes it in clear.  Files are 0600 in a 0700
folder.  libsodium refuses public keys of small order, and signatures that are not canonical.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nacl import pwhash, secret, utils
from nacl.exceptions import BadSignatureError, CryptoError
from nacl.signing import SigningKey, VerifyKey

from anhvm.chain import address
from anhvm.errors import UserError

SEED_BYTES = 32
_FORMAT = 1
# Bounds on what a file may ask of us, so that a planted one cannot take all memory or time.
_MOST_OPERATIONS = 16
_MOST_MEMORY = 1 << 30


@dataclass(frozen=True)
class Hardness:
    """What argon2id spends on one guess: passes over `memory` bytes (RFC 9106, section 4)."""

    operations: int = 3
    memory: int = 64 << 20


class Key:
    """A signing key.  Its repr never shows the seed."""

    def __init__(self, seed: bytes) -> None:
        self._signing = SigningKey(seed)
        self.public: bytes = bytes(self._signing.verify_key)
        self.address: bytes = address.account(self.public)

    @classmethod
    def generate(cls) -> Key:
        return cls(utils.random(SEED_BYTES))

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature of `message`."""
        return self._signing.sign(message).signature

    def save(self, path: Path, passphrase: str | None, hardness: Hardness | None = None) -> None:
        """Write a new key file; ``None`` leaves it unencrypted.  UserError ``keys.exists``.

        The folder is made (0700) if it is missing; an existing file is never overwritten.
        """
        content: dict[str, Any] = {"anhvm-key": _FORMAT, "address": address.show(self.address)}
        seed = bytes(self._signing)
        if passphrase is None:
            content |= {"kdf": "none", "seed": seed.hex()}
        else:
            cost = hardness or Hardness()
            salt = utils.random(pwhash.argon2id.SALTBYTES)
            box = secret.SecretBox(_derive(passphrase, salt, cost))
            content |= {
                "kdf": "argon2id",
                "operations": cost.operations,
                "memory": cost.memory,
                "salt": salt.hex(),
                "box": bytes(box.encrypt(seed)).hex(),
            }
        _write_private(path, json.dumps(content, indent=1) + "\n")

    @classmethod
    def load(cls, path: Path, passphrase: str | None = None) -> Key:
        """Open a key file.

        UserError: ``keys.missing``, ``keys.form`` (not a key file), ``keys.permissions`` (others
        can read it), ``keys.locked`` (needs a passphrase), ``keys.passphrase`` (the wrong one).
        """
        content = _read(path)
        try:
            seed = _open(content, passphrase, path)
            key = cls(seed)
            if address.show(key.address) != content["address"]:
                raise ValueError("its address is not that of its key")
        except (KeyError, ValueError, TypeError) as error:
            raise _not_a_key(path, str(error)) from error
        return key

    def __repr__(self) -> str:
        return f"Key({address.show(self.address)})"


def address_in(path: Path) -> bytes:
    """The address that a key file names, without opening its seed."""
    content = _read(path)
    try:
        return address.parse(content["address"])
    except (KeyError, AttributeError) as error:
        raise _not_a_key(path, "it names no address") from error


def is_encrypted(path: Path) -> bool:
    """Whether `Key.load` needs a passphrase."""
    return _read(path).get("kdf") != "none"


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) of `message` is by the key `public` (32 bytes)."""
    try:
        VerifyKey(public).verify(message, signature)
    except (BadSignatureError, ValueError):
        return False
    return True


def _derive(passphrase: str, salt: bytes, cost: Hardness) -> bytes:
    return pwhash.argon2id.kdf(
        secret.SecretBox.KEY_SIZE,
        passphrase.encode(),
        salt,
        opslimit=cost.operations,
        memlimit=cost.memory,
    )


def _open(content: dict[str, Any], passphrase: str | None, path: Path) -> bytes:
    if content["kdf"] == "none":
        return bytes.fromhex(content["seed"])
    if content["kdf"] != "argon2id":
        raise ValueError(f"it is locked in an unknown way, '{content['kdf']}'")
    if passphrase is None:
        message = f"the key file '{path}' is locked"
        raise UserError("keys.locked", message, "give its passphrase")
    cost = Hardness(int(content["operations"]), int(content["memory"]))
    if not (0 < cost.operations <= _MOST_OPERATIONS and 0 < cost.memory <= _MOST_MEMORY):
        raise ValueError("it asks for more work than any key file of ours")
    try:
        unlocking = _derive(passphrase, bytes.fromhex(content["salt"]), cost)
    except CryptoError as error:
        raise ValueError(str(error)) from error
    try:
        return secret.SecretBox(unlocking).decrypt(bytes.fromhex(content["box"]))
    except CryptoError as error:
        message = f"the passphrase does not open '{path}'"
        raise UserError("keys.passphrase", message, "type it again, minding the case") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            message = f"others on this machine can read the key file '{path}'"
            raise UserError("keys.permissions", message, f"run: chmod 600 '{path}'")
        content = json.loads(path.read_bytes()[: 1 << 16])
    except FileNotFoundError as error:
        message = f"there is no key file '{path}'"
        raise UserError("keys.missing", message, "make one with: anhvm keys new") from error
    except OSError as error:
        message = f"the key file '{path}' cannot be read: {error.strerror}"
        raise UserError("keys.unreadable", message, "check the path and its rights") from error
    except (ValueError, RecursionError) as error:
        raise _not_a_key(path, "it is not JSON") from error
    if not isinstance(content, dict) or content.get("anhvm-key") != _FORMAT:
        raise _not_a_key(path, f"it does not say 'anhvm-key': {_FORMAT}")
    return content


def _write_private(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Exclusive creation with the final mode: never, not for a moment, readable by others.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        if not path.exists():  # what exists is a file where its folder should be
            raise _unwritable(path, error) from error
        message = f"'{path}' exists; a key file is never overwritten"
        raise UserError("keys.exists", message, "choose another name") from error
    except OSError as error:
        raise _unwritable(path, error) from error
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _unwritable(path: Path, error: OSError) -> UserError:
    message = f"the key file '{path}' cannot be written: {error.strerror}"
    return UserError("keys.unwritable", message, "choose a folder of your own")


def _not_a_key(path: Path, reason: str) -> UserError:
    message = f"'{path}' is not a key file: {reason}"
    return UserError("keys.form", message, "give a file made by: anhvm keys new")
