"""Values of contracts for people and as JSON, by their types in the ABI.

Both are written as they would be typed in: addresses ``anh1…``, bytes ``0x…``, structs as objects.
JSON has no infinities and no NaN, so those are the texts ``inf``, ``-inf`` and ``nan``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from anhvm.chain import address
from anhvm.chain.lazy.bound import Bound, Side
from anhvm.cli import output
from anhvm.program.abi import Abi, Named

MOST_ELEMENTS = 64
"""A tensor with more elements than this is shown to people by its corners."""


def results(abi: Abi, types: Sequence[str], value: object) -> object:
    """What a function returned, as JSON: null, a value, or a list of several."""
    if len(types) > 1 and isinstance(value, tuple):
        return [as_json(abi, kind, item) for kind, item in zip(types, value, strict=True)]
    return as_json(abi, types[0], value) if types and value is not None else None


def results_text(abi: Abi, types: Sequence[str], value: object) -> str:
    """The same for people, a line (or block of lines) for each value."""
    if len(types) > 1 and isinstance(value, tuple):
        return "\n".join(as_text(abi, kind, item) for kind, item in zip(types, value, strict=True))
    return as_text(abi, types[0], value) if types and value is not None else ""


def named(abi: Abi, params: Sequence[Named], values: dict[str, object]) -> dict[str, object]:
    """The values of an event as JSON."""
    return {param.name: as_json(abi, param.type, values[param.name]) for param in params}


def as_json(abi: Abi, kind: str, value: object) -> object:
    struct = abi.struct(kind)
    if struct is not None and isinstance(value, dict):
        return {m.name: as_json(abi, m.type, value[m.name]) for m in struct.members}
    if isinstance(value, bytes):
        return address.show(value) if _is_address(kind, value) else f"0x{value.hex()}"
    if isinstance(value, np.ndarray):
        return _numbers(value)
    if isinstance(value, np.generic):
        return _numbers(np.asarray(value))
    return value


def as_text(abi: Abi, kind: str, value: object) -> str:
    """For people: text without quotes, a large tensor by its corners."""
    if isinstance(value, np.ndarray) and value.size != 1:
        head = f"{kind.partition('[')[0]}[{', '.join(map(str, value.shape))}]"
        body = np.array2string(value, threshold=MOST_ELEMENTS, separator=", ")
        return f"{head}\n{body}"
    shown = as_json(abi, kind, value)
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)


def bound(cost: Bound) -> dict[str, object]:
    """At least and at most, as JSON."""
    sides = {"at_least": cost.least, "at_most": cost.most}
    return {name: {"gas": s.gas, "transactions": s.transactions} for name, s in sides.items()}


def bound_text(cost: Bound) -> str:
    def side(one: Side) -> str:
        return f"{one.gas:,} gas ({output.count(one.transactions, 'transaction')})"

    return f"at least {side(cost.least)}, at most {side(cost.most)}"


def _is_address(kind: str, value: bytes) -> bool:
    known = address.is_account(value) or address.is_contract(value)
    return kind == "address" and known


def _numbers(array: np.ndarray[Any, Any]) -> object:
    """Nested lists; an f32 is spelled with the fewest digits that read back as the same f32."""
    if array.dtype != np.float32:
        return array.tolist()
    shortest = array.astype("U16").astype(np.float64)
    if np.isfinite(shortest).all():
        return shortest.tolist()
    mixed = shortest.astype(object)
    odd = ~np.isfinite(shortest)
    mixed[odd] = array.astype("U16")[odd]
    return mixed.tolist()
