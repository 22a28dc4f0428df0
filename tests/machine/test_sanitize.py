"""The core under AddressSanitizer and UBSan, fed with mutated programs: a short campaign."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from anhvm.assembler import assemble
from anhvm.errors import UserError
from anhvm.fuzz.cases import case
from anhvm.machine import sanitize
from anhvm.program.encode import encode
from tests.machine.build import CELLS, FIBONACCI


def containers() -> list[bytes]:
    own = [encode(assemble(text)) for text in (CELLS, FIBONACCI)]
    return [*own, *(case(seed).encoded for seed in range(60))]


def test_the_sanitizers_find_nothing_in_mutated_programs() -> None:
    line = sanitize.attack(containers(), 4000)
    assert line.startswith("4000 programs") and line.endswith("0 faults")
    accepted, runs = (int(part.split()[0]) for part in line.split(", ")[1:3])
    assert accepted > 400 and runs > 400, "the attack hardly passes the verifier"


def test_a_core_without_a_bounds_check_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a" / "b" / "csrc"
    shutil.copytree(sanitize.CSRC, folder)
    reader = folder / "reader.h"
    text = reader.read_text()
    assert "if (size > r->end - r->at)" in text
    reader.write_text(text.replace("if (size > r->end - r->at)", "if (size > r->end)"))
    monkeypatch.setattr(sanitize, "CSRC", folder)
    monkeypatch.setattr(sanitize, "FLAGS", [flag.replace("-O1", "-O0") for flag in sanitize.FLAGS])
    with pytest.raises(UserError) as caught:
        sanitize.attack(containers(), 2000)
    assert caught.value.code == "machine.fuzz"
    assert "AddressSanitizer" in caught.value.message and "trial" in caught.value.message


def test_without_a_compiler_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(UserError, match="no C compiler") as caught:
        sanitize.build()
    assert "gcc" in caught.value.hint
