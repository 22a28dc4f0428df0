"""The interface of a program: JSON that is always the same, and structs by their leaves."""

from __future__ import annotations

import pytest

from anhvm.errors import UserError
from anhvm.program.abi import Abi, Event, Function, Named, Struct, dump, load

NET = Abi(
    contract="Digits",
    structs=(
        Struct("Layer", (Named("w", "f32[64, 32]"), Named("b", "f32[32]"))),
        Struct("Net", (Named("one", "Layer"), Named("two", "Layer"))),
    ),
    functions=(Function("train", "call", 1, (Named("net", "Net"), Named("n", "u64")), ("f32",)),),
    events=(Event("Trained", 0, (Named("loss", "f32"),)),),
    fields=(Named("net", "Net"), Named("seen", "map[address, u64]")),
)


def test_it_comes_back_and_is_deterministic() -> None:
    data = dump(NET)
    assert load(data) == NET and dump(load(data)) == data
    assert data.startswith(b'{"contract":"Digits","structs":[{"name":"Layer","members":[')


def test_a_struct_is_flattened_leaf_by_leaf() -> None:
    assert [leaf.name for leaf in NET.flatten(NET.fields[0])] == [
        "net.one.w",
        "net.one.b",
        "net.two.w",
        "net.two.b",
    ]
    assert NET.flatten(NET.fields[1]) == (NET.fields[1],)


def test_functions_and_structs_are_found_by_name() -> None:
    assert NET.function("train") == NET.functions[0] and NET.function("Net") is None
    assert NET.struct("Net") == NET.structs[1] and NET.struct("train") is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"contract":1}',
        b'{"contract":"a","extra":1}',
        b'{"contract":"a","functions":[{"name":"f","kind":"call","index":-1}]}',
        b'{"contract":"a","functions":[{"name":"f","kind":"call","index":65536}]}',
        b"\xff",
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(UserError) as refused:
        load(data)
    assert refused.value.code == "program.abi"


def test_a_struct_in_itself_is_refused() -> None:
    abi = Abi("Loop", structs=(Struct("S", (Named("s", "S"),)),))
    with pytest.raises(UserError, match="deeper"):
        abi.flatten(Named("x", "S"))
