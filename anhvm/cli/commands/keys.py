"""keys: new, import, list, show."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anhvm.cli import files, keyring, output
from anhvm.cli.options import KEY, Json, PassphraseFile, Unencrypted
from anhvm.errors import UsageError, UserError

if TYPE_CHECKING:
    from anhvm.chain.keys import Key

KeyArgument = Annotated[
    str, typer.Argument(metavar="NAME|FILE", help="The key's name, or its file.")
]


def new(
    name: KeyArgument = KEY,
    passphrase_file: PassphraseFile = None,
    unencrypted: Unencrypted = False,
    json: Json = False,
) -> None:
    """Make a new key, locked by a passphrase."""
    from anhvm.chain.keys import Key

    _save(Key.generate(), name, passphrase_file, unencrypted, json)


def import_(
    source: Annotated[
        str, typer.Argument(metavar="SEED", help="A file with 64 hex digits, or - for stdin.")
    ],
    name: KeyArgument = KEY,
    passphrase_file: PassphraseFile = None,
    unencrypted: Unencrypted = False,
    json: Json = False,
) -> None:
    """Keep a key that was made elsewhere, from its 32-byte seed; never from the command line."""
    from anhvm.chain.keys import SEED_BYTES, Key

    data = sys.stdin.buffer.read(1 << 12) if source == "-" else files.read(Path(source))
    text = data.decode("ascii", errors="replace").strip()
    if not re.fullmatch(rf"(0x)?[0-9a-fA-F]{{{2 * SEED_BYTES}}}", text):
        message = f"'{source}' holds no seed"
        raise UserError("keys.form", message, f"give {2 * SEED_BYTES} hex digits, and no more")
    _save(Key(bytes.fromhex(text[-2 * SEED_BYTES :])), name, passphrase_file, unencrypted, json)


def list_(json: Json = False) -> None:
    """Show the names and addresses of all keys."""
    from anhvm.chain.address import show
    from anhvm.chain.keys import address_in

    rows = []
    for name in keyring.names():
        try:
            rows.append((name, show(address_in(keyring.path_of(name)))))
        except UserError as fault:  # one bad file must not hide the others
            output.say(f"warning[{fault.code}]: {fault.message}\nnext: {fault.hint}")
    if not rows:
        output.say(f"no keys in '{keyring.folder()}'\nnext: anhvm keys new")
    data = {"keys": [{"name": name, "address": address} for name, address in rows]}
    if json or rows:
        output.emit(json, data, output.pairs(rows))


def show(name: KeyArgument = KEY, json: Json = False) -> None:
    """Show a key's address, without opening it."""
    from anhvm.chain import address
    from anhvm.chain.keys import address_in, is_encrypted

    path = keyring.existing(name)
    shown, locked = address.show(address_in(path)), is_encrypted(path)
    data = {"name": name, "address": shown, "file": str(path), "encrypted": locked}
    state = "locked by a passphrase" if locked else "in clear: for tests and demos only"
    output.emit(json, data, output.pairs([("address", shown), ("file", path), ("key", state)]))


def _save(key: Key, name: str, passphrase_file: Path | None, unencrypted: bool, json: bool) -> None:
    from anhvm.chain.address import show

    path = keyring.path_of(name)
    if path.exists():  # said before anyone has to invent a passphrase
        message = f"'{path}' exists; a key file is never overwritten"
        raise UserError("keys.exists", message, "choose another name")
    if unencrypted and passphrase_file is not None:
        message = "a key is either locked by a passphrase or unencrypted"
        raise UsageError("usage", message, "leave out one of --passphrase-file, --unencrypted")
    secret = None
    if not unencrypted:
        secret = keyring.passphrase(f"passphrase for '{name}': ", passphrase_file, again=True)
    key.save(path, secret)
    if secret is None:
        output.say(f"warning: whoever reads '{path}' can spend what it holds")
    data = {"name": name, "address": show(key.address), "file": str(path)}
    output.emit(json, data, output.pairs([("address", show(key.address)), ("file", path)]))
