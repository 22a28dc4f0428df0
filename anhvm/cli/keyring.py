"""Keys by name: ``$ANHVM_HOME/keys/NAME.json``, by default under ``~/.anhvm``; or by file."""

from __future__ import annotations

import os
import re
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from anhvm.cli import output
from anhvm.errors import UsageError, UserError

if TYPE_CHECKING:
    from anhvm.chain.keys import Key

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")
_VARIABLE = "ANHVM_PASSPHRASE"


def folder() -> Path:
    home = os.environ.get("ANHVM_HOME")
    return (Path(home) if home else Path.home() / ".anhvm") / "keys"


def names() -> list[str]:
    """The names of all keys, in order."""
    return sorted(path.stem for path in folder().glob("*.json"))


def path_of(name: str) -> Path:
    """Where the key of that name lies; a name with a slash or ``.json`` is a file.

    UsageError ``keys.name``.
    """
    if os.sep in name or name.endswith(".json"):
        return Path(name)
    if not _NAME.fullmatch(name):
        message = f"'{name}' is no name for a key"
        raise UsageError("keys.name", message, "use letters, digits, - and _, or give a file")
    return folder() / f"{name}.json"


def existing(name: str) -> Path:
    """The file of a key that there is.  UserError ``keys.missing``."""
    path = path_of(name)
    if path.exists():
        return path
    known = names()
    close = get_close_matches(name, known, 1)
    make = "anhvm keys new" + ("" if name == "default" or path.name == name else f" {name}")
    hint = f"make one with: {make}"
    if close:
        hint = f"did you mean '{close[0]}'? or {hint}"
    elif known:
        hint = f"you have: {', '.join(known)}; or {hint}"
    what = f"key file '{path}'" if path == Path(name) else f"key '{name}' in '{folder()}'"
    raise UserError("keys.missing", f"there is no {what}", hint)


def open_key(name: str, passphrase_file: Path | None) -> Key:
    """The signing key of a name or file.  UserError ``keys.*``."""
    from anhvm.chain.keys import Key, is_encrypted

    path = existing(name)
    if not is_encrypted(path):
        return Key.load(path)
    return Key.load(path, passphrase(f"passphrase of key '{name}': ", passphrase_file))


def account(text: str) -> bytes:
    """An address, given as ``anh1…`` or as the name or file of a key.  UserError ``address.*``."""
    from anhvm.chain import address
    from anhvm.chain.keys import address_in

    if text.lower().startswith("anh1"):
        return address.parse(text)
    known = names()
    if text in known or (os.sep in text and Path(text).exists()):
        return address_in(path_of(text))
    close = get_close_matches(text, known, 1)
    hint = f"did you mean '{close[0]}'?" if close else "give anh1…, or see: anhvm keys list"
    message = f"'{text}' is neither an address nor one of your keys"
    raise UserError("address.form", message, hint)


def passphrase(prompt: str, file: Path | None, *, again: bool = False) -> str:
    """A passphrase from the file, from the environment, or asked for at the terminal.

    With `again` it is asked for twice.  UserError ``keys.locked``, ``keys.passphrase``.
    """
    if file is not None:
        try:
            found = file.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError) as error:
            message = f"the passphrase file '{file}' cannot be read: {error}"
            raise UserError("keys.passphrase", message, "give a file of one line") from error
    elif _VARIABLE in os.environ:
        found = os.environ[_VARIABLE]
    elif output.is_person(sys.stdin):
        found = _ask(prompt, again)
    else:
        hint = f"set {_VARIABLE}, or give --passphrase-file FILE"
        raise UserError("keys.locked", "a passphrase is needed, and nobody can be asked", hint)
    if not found or not found.isprintable():
        message = "a passphrase is one line of text, and not empty"
        raise UserError("keys.passphrase", message, "give another one")
    return found


def _ask(prompt: str, again: bool) -> str:
    from getpass import getpass

    try:
        found = getpass(prompt, stream=sys.stderr)
        if again and getpass("the same again: ", stream=sys.stderr) != found:
            message = "the two passphrases differ, and nothing was written"
            raise UserError("keys.passphrase", message, "run the command again")
    except EOFError as error:
        message = "no passphrase was typed"
        raise UserError("keys.passphrase", message, "run the command again") from error
    return found
