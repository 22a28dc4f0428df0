"""Whatever happens, a person gets one message: ours, theirs, or nobody's fault."""

from __future__ import annotations

import errno
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from anhvm.errors import Bug, Exit
from tests.cli.conftest import EXAMPLES, Cli


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(name: str) -> str:
        raise error

    monkeypatch.setattr("importlib.metadata.version", fail)


@pytest.mark.parametrize("error", [Bug("a pool is negative"), ZeroDivisionError("x"), KeyError(3)])
def test_a_fault_of_ours_leaves_a_report(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    fail_with(monkeypatch, error)
    said = cli("version", bug=True)
    assert said.code == Exit.BUG and type(error).__name__ in said.err
    (report,) = tmp_path.glob("anhvm-report-*.txt")
    assert str(report) in said.err
    assert "Traceback" in report.read_text() and report.stat().st_mode & 0o077 == 0
    assert cli("version", "--json", bug=True).fault["code"] == "bug"


def test_an_interruption_is_clean(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, KeyboardInterrupt())
    from anhvm.cli import main

    assert main(["version"]) == 130


@pytest.mark.parametrize(
    ("error", "code", "exit_code"),
    [
        (MemoryError(), "machine.memory", Exit.CANNOT_ANSWER),
        (OSError(errno.ENOSPC, "No space left on device"), "file.system", Exit.INPUT),
        (PermissionError(errno.EACCES, "Permission denied", "a/b"), "file.system", Exit.INPUT),
    ],
)
def test_what_the_computer_lacks(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str, exit_code: Exit
) -> None:
    fail_with(monkeypatch, error)
    said = cli("version", "--json")
    assert said.fault["code"] == code and said.code == exit_code


LONG = "a/" + "x" * 5_000


@pytest.mark.parametrize(
    "command",
    [
        f"check {LONG}.anh",
        f"compile EXAMPLE -o {LONG}",
        f"run EXAMPLE all --state {LONG}",
        f"run EXAMPLE all --sender {LONG}",
        f"run EXAMPLE clicked @{LONG}",
        f"new {LONG}",
        f"keys show {LONG}",
        f"keys new {LONG} --unencrypted",
        f"keys import {LONG} x",
        f"chain status --chain {LONG}",
        f"chain init --key {LONG}",
        f"cost {LONG}",
        f"publish {LONG}",
        f"keys new --passphrase-file {LONG}",
    ],
)
def test_a_path_that_no_system_takes(cli: Cli, command: str) -> None:
    words = [str(EXAMPLES / "counter.anh") if w == "EXAMPLE" else w for w in command.split()]
    said = cli(*words, "--json")
    assert said.code in (Exit.USAGE, Exit.INPUT, Exit.CHAIN) and said.fault["hint"]


SPIN = """contract Spin:
    @view
    def spin() -> u64:
        n: u64 = 0
        while n < 1000000000000:
            n += 1
        return n
"""


def test_a_real_interruption_ends_a_long_run(tmp_path: Path) -> None:
    (tmp_path / "spin.anh").write_text(SPIN)
    command = [sys.executable, "-m", "anhvm", "run", str(tmp_path / "spin.anh"), "spin"]
    # A suite in the background of a shell inherits that interruptions are ignored.
    with subprocess.Popen(
        [*command, "--gas", str(1 << 60)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as run:
        with pytest.raises(subprocess.TimeoutExpired):
            run.communicate(timeout=2)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=20)
    assert (run.returncode, out) == (130, "") and "interrupted" in err and "Traceback" not in err


def test_a_closed_pipe_is_no_fault() -> None:
    command = f"{sys.executable} -m anhvm disasm {EXAMPLES / 'digits.anh'} | head -c 1"
    script = f"{command}; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.stderr == ""
    assert re.fullmatch(r"p(0|141)\n", done.stdout), done.stdout


def test_letters_that_the_terminal_lacks_are_escaped(tmp_path: Path) -> None:
    file = tmp_path / "ü.anh"
    file.write_text("def one() -> u64:\n    return 1\n")
    done = [
        subprocess.run(
            [sys.executable, "-m", "anhvm", "check", str(path)],
            capture_output=True,
            env={"PYTHONIOENCODING": "ascii", "PATH": ""},
        )
        for path in (file, tmp_path / "\udcff.anh")
    ]
    assert [run.returncode for run in done] == [Exit.OK, Exit.INPUT]
    assert b"\\xfc.anh: a library" in done[0].stdout and done[0].stderr == b""
    assert b"Traceback" not in done[1].stderr and b"error[compile.file]" in done[1].stderr
