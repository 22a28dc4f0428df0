"""The parts of an ABI that the chain's tools read, with errors that help."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from anhvm.chain import address
from anhvm.chain.lazy.cells import CellId, encode_key
from anhvm.chain.lazy.receipt import Receipt
from anhvm.errors import Exit, UserError
from anhvm.isa.types import show
from anhvm.program.abi import Abi, Function
from anhvm.program.engine import Value
from anhvm.program.model import Program
from anhvm.program.values import admit

_INSTEAD = {
    "call": "call it",
    "view": "query it, it changes nothing",
    "init": "it runs at deployment alone",
}
"""What to do with a function of each kind where another kind is wanted."""


def exported(abi: Abi, name: str, kinds: tuple[str, ...] = ("call", "view")) -> Function:
    """The function of that name.  UserError ``function.unknown``."""
    function = abi.function(name)
    if function is not None and function.kind in kinds:
        return function
    names = [f.name for f in abi.functions if f.kind in kinds]
    close = get_close_matches(name, names, 1)
    if function is not None:
        hint = f"{name} is a @{function.kind}: {_INSTEAD[function.kind]}"
    else:
        hint = f"did you mean {close[0]}?" if close else f"it has: {', '.join(names) or 'none'}"
    what = " or ".join(f"@{kind}" for kind in kinds)
    raise UserError("function.unknown", f"{abi.contract} has no {what} function '{name}'", hint)


def cell_of(program: Program, contract: bytes, name: str, keys: Sequence[Value]) -> CellId:
    """The cell of a field by name.  UserError ``field.unknown``, ``field.keys``."""
    names = [field.name for field in program.fields]
    if name not in names:
        close = get_close_matches(name, names, 1)
        hint = f"did you mean {close[0]}?" if close else f"it has: {', '.join(names) or 'none'}"
        raise UserError("field.unknown", f"{program.name} has no field '{name}'", hint)
    field = program.fields[names.index(name)]
    if len(keys) != len(field.keys):
        message = f"{name} takes {len(field.keys)} keys, {len(keys)} are given"
        kinds = ", ".join(map(show, field.keys)) or "none"
        raise UserError("field.keys", message, f"its keys are: {kinds}")
    pairs = zip(field.keys, keys, strict=True)
    path = b"".join(encode_key(kind, admit(kind, key)) for kind, key in pairs)
    return CellId(contract, names.index(name), path)


def trapped(code: str, receipt: Receipt) -> UserError:
    """The trap of a run that had to succeed, as an error with a next step."""
    kind = receipt.trap.name if receipt.trap else "TRAP"
    message = f"the contract trapped with {kind}: {receipt.message}".rstrip(": ")
    return UserError(code, message, "change the arguments, or the state it depends on", Exit.FAILED)


def address_of(text: bytes | str) -> bytes:
    """An address given as its 33 bytes or as ``anh1…``.  UserError ``address.*``."""
    return address.parse(text) if isinstance(text, str) else text
