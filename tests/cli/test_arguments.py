"""Arguments as text: everything that is shown reads back as the same value."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.chain.values import BlobTensor
from anhvm.cli.arguments import FORMS, parse, show_blob
from anhvm.cli.options import is_option
from anhvm.errors import UserError


@given(st.integers())
def test_integers(number: int) -> None:
    found = parse(str(number))
    assert found == number and type(found) is int
    assert not is_option(str(number))


@given(st.floats())
def test_floats(number: float) -> None:
    found = parse(repr(number))
    assert type(found) is float and repr(found) == repr(number)
    assert not is_option(repr(number))


@given(st.binary())
def test_bytes(data: bytes) -> None:
    assert parse(f"0x{data.hex()}") == data


@given(st.text())
def test_quoted_text_is_itself(text: str) -> None:
    assert parse(json.dumps(text)) == text


@given(st.text())
def test_any_word_is_a_value_or_one_clear_fault(text: str) -> None:
    try:
        found = parse(text)
    except UserError as fault:
        assert fault.code.startswith("argument.") and fault.hint
    else:
        assert isinstance(found, int | float | str | bytes | list | dict | np.ndarray | BlobTensor)


@given(
    st.binary(min_size=32, max_size=32),
    st.integers(0, 3),
    st.lists(st.integers(0, 2**32 - 1), max_size=6),
)
def test_blobs(digest: bytes, dtype: int, dims: list[int]) -> None:
    reference = BlobTensor(digest, dtype, tuple(dims))
    shown = show_blob(reference)
    assert parse(shown) == reference
    assert not set(shown) & set("[]{}()*?$&|;<>'\"\\ !#~`"), "a shell would take it for its own"


def test_the_documented_forms_are_what_they_say() -> None:
    kinds = {form: type(parse(form)) for form in FORMS if form[0] != "@"}
    assert list(kinds.values()) == [int, float, bool, str, bytes, str, list, dict]


def test_json_follows_references(tmp_path: Path) -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.save(tmp_path / "w.npy", array)
    found = parse(json.dumps({"w": f"@{tmp_path / 'w.npy'}", "who": "0x00ff", "name": "x"}))
    assert isinstance(found, dict)
    assert np.array_equal(found["w"], array) and found["w"].dtype == np.float32
    assert found["who"] == b"\x00\xff" and found["name"] == "x"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[1, 2", "argument.json"),
        ('{"a": 1, "a": 2}', "argument.json"),
        ("[" * 100_000, "argument.json"),
        ("[null]", "argument.json"),
        ("9" * 5_000, "argument.number"),
        ("[" + "9" * 5_000 + "]", "argument.json"),
        ("0x123", "argument.bytes"),
        ("0xzz", "argument.bytes"),
        ("@no-such-file.npy", "argument.file"),
        ("@", "argument.file"),
        ("@blob:00:f32:1", "argument.blob"),
        (f"@blob:{'0' * 64}:f64:1", "argument.blob"),
        (f"@blob:{'0' * 64}:f32:{'1x' * 6}1", "argument.blob"),
        (f"@blob:{'0' * 64}:f32:{2**32}", "argument.blob"),
    ],
)
def test_what_is_no_value_is_refused(text: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(text)
    assert caught.value.code == code
    assert len(caught.value.message) < 400


def test_a_file_of_objects_or_rubbish_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "objects.npy", np.array([{}], object), allow_pickle=True)
    np.savez(tmp_path / "many.npz", a=np.zeros(3))
    (tmp_path / "cut.npy").write_bytes(b"\x93NUMPY\x01\x00")
    whole = tmp_path / "whole.npy"
    np.save(whole, np.zeros(100))
    (tmp_path / "short.npy").write_bytes(whole.read_bytes()[:-1])
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000,), }"
    head = header.ljust(117) + b"\n"
    huge = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head
    (tmp_path / "huge.npy").write_bytes(huge)
    for name in ("objects.npy", "many.npz", "cut.npy", "short.npy", "huge.npy", "."):
        with pytest.raises(UserError) as caught:
            parse(f"@{tmp_path / name}")
        assert caught.value.code == "argument.file", name
