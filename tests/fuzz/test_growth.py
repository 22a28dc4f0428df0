"""Decoder and verifier take a time that is linear in the size of a program."""

from __future__ import annotations

import pytest

from anhvm.fuzz.growth import LINEAR, PARTS, Grown, measure, report

SHARE = 32


@pytest.mark.parametrize("part", PARTS)
def test_a_byte_takes_no_longer_in_a_larger_program(part: str) -> None:
    # Others may use the machine: the best of three.
    found = [measure(part, SHARE)]
    while found[-1].growth > LINEAR and len(found) < 3:
        found.append(measure(part, SHARE))
    assert found[-1].growth <= LINEAR, found


def test_time_that_grows_with_the_square_is_seen() -> None:
    square = Grown("square", (100, 200, 400, 800, 1600), (1.0, 2.0, 4.0, 8.0, 16.0), 1.0)
    assert square.growth > LINEAR
    assert "worst ns a byte: 16.0" in "\n".join(report([square]))
