"""Names of cells: the path of every key comes back as it was written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from anhvm.isa.types import Type
from anhvm.program.engine import Cell
from anhvm.program.model import Field, Program
from anhvm.runtime.names import cell_name, keys_of

KEYS = {
    Type.U64: st.integers(0, 2**64 - 1),
    Type.I64: st.integers(-(2**63), 2**63 - 1),
    Type.I32: st.integers(-(2**31), 2**31 - 1),
    Type.BOOL: st.booleans(),
    Type.BYTES: st.binary(max_size=9),
}


def path(types: list[Type], keys: list[int | bool | bytes]) -> bytes:
    """The spelling of `program.engine.Cell`."""
    spelled = b""
    for kind, key in zip(types, keys, strict=True):
        if isinstance(key, bytes):
            spelled += len(key).to_bytes(4, "big") + key
        else:
            size = 1 if kind is Type.BOOL else 4 if kind is Type.I32 else 8
            spelled += (int(key) % 256**size).to_bytes(size, "big")
    return spelled


@given(st.data(), st.lists(st.sampled_from(list(KEYS)), max_size=4))
def test_keys_come_back(data: st.DataObject, types: list[Type]) -> None:
    keys: list[int | bool | bytes] = [data.draw(KEYS[kind]) for kind in types]  # type: ignore[misc]
    assert list(keys_of(tuple(types), path(types, keys))) == keys


def test_a_cell_is_shown_by_field_and_keys() -> None:
    program = Program("p", fields=(Field("plain", 1), Field("map", 1, (Type.I64, Type.BYTES))))
    assert cell_name(program, Cell(0)) == "plain"
    spelled = path([Type.I64, Type.BYTES], [-1, b"ab"])
    assert cell_name(program, Cell(1, spelled)) == "map[-1][0x6162]"
