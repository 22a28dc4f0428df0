"""The headers that are generated from the tables."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from anhvm.machine import generate


def test_the_checked_in_headers_are_those_of_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0, capsys.readouterr().err


def test_a_stale_header_is_found_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(generate.FOLDER, tmp_path / "csrc")
    monkeypatch.setattr(generate, "FOLDER", tmp_path / "csrc")
    header = tmp_path / "csrc" / "isa_gen.h"
    header.write_text(header.read_text().replace("OP_RET = 5", "OP_RET = 6"))
    assert generate.main(["--check"]) == 1
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def compiles(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["cc", "-std=c11", "-fsyntax-only", str(folder / "loop.c")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_forgotten_handler_does_not_compile(tmp_path: Path) -> None:
    shutil.copytree(generate.FOLDER, tmp_path / "csrc")
    assert compiles(tmp_path / "csrc").returncode == 0
    header = tmp_path / "csrc" / "isa_gen.h"
    text = header.read_text().replace("X(ret, OP_RET)", "X(ret, OP_RET) X(forgotten, 99)")
    header.write_text(text)
    done = compiles(tmp_path / "csrc")
    assert done.returncode != 0
    assert "op_forgotten" in done.stderr
