"""bech32m against the vectors of BIP-350; addresses there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.chain import address
from anhvm.errors import UserError
from tests.chain.make import ALICE

VALID = [
    "A1LQFN3A",
    "a1lqfn3a",
    "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
    "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
    "11" + "l" * 82 + "ludsr8",
    "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
    "?1v759aa",
]
INVALID = [
    "\x201xj0phk",
    "\x7f1g6xzxy",
    "\x801vctc34",
    "an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4",
    "qyrz8wqd2c9m",
    "1qyrz8wqd2c9m",
    "y1b0jsk6g",
    "lt1igcx5c0",
    "in1muywd",
    "mm1crxm3i",
    "au1s5cgom",
    "M1VUXWEZ",
    "16plkw9",
    "1p2gdwpf",
]

bodies = st.binary(min_size=32, max_size=32)
kinds = st.sampled_from(address.AddressKind)


@pytest.mark.parametrize("text", VALID)
def test_bip_350_valid(text: str) -> None:
    prefix, symbols = address.read_bech32m(text)
    assert address.bech32m(prefix, symbols) == text.lower()


@pytest.mark.parametrize("text", INVALID)
def test_bip_350_invalid(text: str) -> None:
    with pytest.raises(UserError):
        address.read_bech32m(text)


@given(kinds, bodies)
def test_shown_and_parsed(kind: address.AddressKind, body: bytes) -> None:
    text = address.show(bytes([kind]) + body)
    assert text.startswith("anh1") and len(text) == 63
    assert address.parse(text) == bytes([kind]) + body
    assert address.parse(f"  {text.upper()}\n") == bytes([kind]) + body


@given(bodies, st.data())
def test_up_to_four_typing_errors_are_found(body: bytes, data: st.DataObject) -> None:
    text = address.show(b"\x01" + body)
    places = data.draw(st.sets(st.integers(4, len(text) - 1), min_size=1, max_size=4))
    letters = list(text)
    for place in places:
        other = st.sampled_from([x for x in "qpzry9x8gf2tvdw0s3jn54khce6mua7l" if x != text[place]])
        letters[place] = data.draw(other)
    with pytest.raises(UserError) as caught:
        address.parse("".join(letters))
    assert caught.value.code == "address.checksum" and caught.value.hint


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "address.form"),
        ("hello", "address.form"),
        ("A1LQFN3A", "address.prefix"),
        (address.bech32m("anh", [0] * 53), "address.kind"),
        (address.bech32m("anh", [31] * 53), "address.form"),
        (address.bech32m("anh", [0, 4, *[0] * 53]), "address.kind"),
        (address.show(ALICE.address)[:-1], "address.checksum"),
        ("Anh1qqqqqqqqqqqq", "address.case"),
        ("anh1qqqqbqqqqqqq", "address.form"),
        ("ành1qqqqqqqqqqqq", "address.form"),
    ],
)
def test_what_is_wrong_is_said(text: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        address.parse(text)
    assert caught.value.code == code


def test_kinds() -> None:
    chain = b"c" * 32
    made = address.contract(chain, ALICE.address, 7)
    assert address.is_contract(made) and not address.is_account(made)
    assert address.is_account(ALICE.address) and not address.is_contract(ALICE.address)
    assert not address.is_account(ALICE.address[:-1])
    others = {
        address.contract(b"d" * 32, ALICE.address, 7),
        address.contract(chain, ALICE.address, 8),
        address.contract(chain, made, 7),
    }
    assert len(others | {made}) == 4
