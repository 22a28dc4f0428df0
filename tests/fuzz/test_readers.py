"""A slice of the campaign against everything that reads what strangers send."""

from __future__ import annotations

import pytest

from anhvm.errors import UserError
from tests.fuzz import readers
from tests.fuzz.readers import READERS, Reader, bytes_that_decode, campaign, values


@pytest.mark.parametrize("name", READERS)
def test_a_reader_of_hostile_input_gives_a_value_or_says_why_not(name: str) -> None:
    found = campaign(name, 120, 3)
    refused = sum(n for code, n in found.items() if "." in code or code.startswith("E"))
    assert sum(found.values()) == 120 and refused > 10


def raises(_: object) -> str:
    raise KeyError("nobody expects it")


def says_nothing(_: object) -> str:
    raise UserError("code", "", "")


@pytest.mark.parametrize(
    "read", [raises, says_nothing, bytes_that_decode(lambda data: data + b"\0")]
)
def test_a_reader_that_fails_in_another_way_is_caught(
    read: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Reader(readers.broken(values), read)  # type: ignore[arg-type]
    monkeypatch.setitem(READERS, "arguments", broken)
    with pytest.raises(AssertionError):
        campaign("arguments", 3, 1)
