"""Key files, wrong ones too; signatures that must not pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.chain import keys
from anhvm.chain.keys import Hardness, Key
from anhvm.errors import UserError
from tests.chain.make import ALICE, BOB

CHEAP = Hardness(1, 8192)


def code_of(path: Path, passphrase: str | None = None) -> str:
    with pytest.raises(UserError) as caught:
        Key.load(path, passphrase)
    assert caught.value.hint
    return caught.value.code


def test_a_locked_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "alice.key"
    ALICE.save(path, "passwörd", CHEAP)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert bytes([2] * 32).hex() not in path.read_text()
    assert keys.is_encrypted(path)
    assert keys.address_in(path) == ALICE.address
    assert Key.load(path, "passwörd").public == ALICE.public
    assert code_of(path, "password") == "keys.passphrase"
    assert code_of(path, "") == "keys.passphrase"
    assert code_of(path) == "keys.locked"


def test_the_default_cost_opens_again(tmp_path: Path) -> None:
    ALICE.save(tmp_path / "a", "x")
    content = json.loads((tmp_path / "a").read_text())
    assert content["memory"] >= 64 << 20 and content["kdf"] == "argon2id"
    assert Key.load(tmp_path / "a", "x").address == ALICE.address


def test_an_open_file(tmp_path: Path) -> None:
    path = tmp_path / "open.key"
    BOB.save(path, None)
    assert not keys.is_encrypted(path)
    assert Key.load(path).address == BOB.address


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    ALICE.save(tmp_path / "k", None)
    with pytest.raises(UserError) as caught:
        BOB.save(tmp_path / "k", None)
    assert caught.value.code == "keys.exists"
    assert Key.load(tmp_path / "k").address == ALICE.address


@pytest.mark.parametrize(
    "change",
    [
        {"anhvm-key": 2},
        {"kdf": "md5"},
        {"kdf": None},
        {"seed": "00"},
        {"seed": "zz" * 32},
        {"seed": 5},
        {"seed": "77" * 32},
        {"address": 5},
        {"kdf": "argon2id", "operations": 10**6, "memory": 1 << 20, "salt": "00" * 16, "box": ""},
        {"kdf": "argon2id", "operations": 1, "memory": 1 << 40, "salt": "00" * 16, "box": ""},
        {"kdf": "argon2id", "operations": 1, "memory": 1 << 20, "salt": "00", "box": ""},
        {"kdf": "argon2id", "operations": "x", "memory": 1 << 20, "salt": "00" * 16, "box": ""},
    ],
)
def test_not_a_key_file(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "k"
    ALICE.save(path, None)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert code_of(path, "x") == "keys.form"


@pytest.mark.parametrize("text", ["", "hello", "[1]", "{}", "\x00\xff", "[" * 100_000])
def test_other_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "k"
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o600)
    assert code_of(path) == "keys.form"
    with pytest.raises(UserError):
        keys.address_in(path)


def test_missing_folder_or_readable_by_others(tmp_path: Path) -> None:
    assert code_of(tmp_path / "none") == "keys.missing"
    (tmp_path / "folder").mkdir(mode=0o700)
    assert code_of(tmp_path / "folder") == "keys.unreadable"
    ALICE.save(tmp_path / "k", None)
    (tmp_path / "k").chmod(0o644)
    assert code_of(tmp_path / "k") == "keys.permissions"
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError) as caught:
        ALICE.save(tmp_path / "file" / "k", None)
    assert caught.value.code == "keys.unwritable"


@given(st.binary(max_size=80), st.integers(0, 511))
def test_a_flipped_bit_signs_nothing(message: bytes, bit: int) -> None:
    signature = bytearray(ALICE.sign(message))
    assert keys.verify(ALICE.public, message, bytes(signature))
    assert not keys.verify(BOB.public, message, bytes(signature))
    assert not keys.verify(ALICE.public, message + b"x", bytes(signature))
    signature[bit // 8] ^= 1 << bit % 8
    assert not keys.verify(ALICE.public, message, bytes(signature))


P = 2**255 - 19
LITTLE = [0, 1, P - 1, P, P + 1] + [
    int.from_bytes(bytes.fromhex(text), "little")
    for text in (
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    )
]


@pytest.mark.parametrize("point", LITTLE)
@pytest.mark.parametrize("sign", [0, 1])
def test_keys_of_small_order_verify_nothing(point: int, sign: int) -> None:
    """With such a key, R = any small point and s = 0 would sign many messages."""
    public = (point | sign << 255).to_bytes(32, "little")
    for r in LITTLE:
        for flag in (0, 1):
            forged = (r | flag << 255).to_bytes(32, "little") + bytes(32)
            assert not any(keys.verify(public, bytes([n]), forged) for n in range(8))


def test_a_second_spelling_of_a_signature_is_refused() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    signature = ALICE.sign(b"m")
    s = int.from_bytes(signature[32:], "little") + order
    assert not keys.verify(ALICE.public, b"m", signature[:32] + s.to_bytes(32, "little"))


def test_nonsense_lengths_do_not_raise() -> None:
    assert not keys.verify(b"", b"m", ALICE.sign(b"m"))
    assert not keys.verify(ALICE.public, b"m", b"")


def test_repr_keeps_the_seed() -> None:
    key = Key.generate()
    assert "Key(anh1" in repr(key) and key.public != Key.generate().public
