"""The language-level interface of a program: what `Program.abi` holds, as deterministic JSON.

Types are as written in the language: ``u64``, ``f32[N, 64]``, ``Net``, ``address``, ``str``,
``map[address, u64]``.  A struct is flattened to the machine, leaf by leaf in declaration order:
parameter ``net: Net`` becomes ``net.w1``, ``net.b1``, …  `Function.index`, `Event.index` and the
order of flattened fields are those of the program.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from anhvm.errors import UserError

Index = Annotated[int, msgspec.Meta(ge=0, lt=1 << 16)]


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A parameter, a field of a struct or of the contract, with its type."""

    name: str
    type: str


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A struct of the language, its members in declaration order."""

    name: str
    members: tuple[Named, ...]


class Function(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A function that can be started; `kind` is ``call``, ``view``, ``init``, or ``nondet``: a call
    whose result may differ from machine to machine."""

    name: str
    kind: str
    index: Index
    params: tuple[Named, ...] = ()
    returns: tuple[str, ...] = ()
    doc: str = ""


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event of the contract."""

    name: str
    index: Index
    params: tuple[Named, ...] = ()


class Abi(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a caller of a contract has to know about it."""

    contract: str
    structs: tuple[Struct, ...] = ()
    functions: tuple[Function, ...] = ()
    events: tuple[Event, ...] = ()
    fields: tuple[Named, ...] = ()
    doc: str = ""

    def function(self, name: str) -> Function | None:
        """The function of that name, or None."""
        return next((f for f in self.functions if f.name == name), None)

    def struct(self, name: str) -> Struct | None:
        """The struct of that name, or None."""
        return next((s for s in self.structs if s.name == name), None)

    def flatten(self, named: Named) -> tuple[Named, ...]:
        """The leaves of a parameter or field: itself, or for a struct ``name.member`` of each.

        A struct that contains itself is cut off at `MAX_NESTING` and raises `UserError`.
        """
        return tuple(self._leaves(named, 0))

    def _leaves(self, named: Named, depth: int) -> list[Named]:
        struct = self.struct(named.type)
        if struct is None:
            return [named]
        if depth == MAX_NESTING:
            raise UserError(
                "program.abi",
                f"Struct {named.type} nests deeper than {MAX_NESTING}.",
                "Compile the contract again: its interface is damaged.",
            )
        inner = (Named(f"{named.name}.{m.name}", m.type) for m in struct.members)
        return [leaf for member in inner for leaf in self._leaves(member, depth + 1)]


MAX_NESTING = 16


def dump(abi: Abi) -> bytes:
    """JSON without blanks, keys in the order declared here: the same bytes for the same ABI."""
    return msgspec.json.encode(abi)


def load(data: bytes) -> Abi:
    """Reads what `dump` wrote; raises `UserError` for anything else."""
    try:
        return msgspec.json.decode(data, type=Abi)
    except msgspec.DecodeError as error:
        raise UserError(
            "program.abi",
            f"The interface of this program cannot be read: {error}.",
            "Compile the contract again.",
        ) from error
