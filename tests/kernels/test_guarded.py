"""No kernel touches a byte beyond its operands, its parameter block and its workspace.

Numba's own check of bounds sees array expressions only; kernels work on addresses, so the hardware
checks them here.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from anhvm.kernels.table import BY_NAME

ROOT = Path(__file__).resolve().parents[2]


def guarded(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.kernels.guarded", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_no_kernel_reaches_beyond_its_memory() -> None:
    done = guarded()
    *names, last = done.stdout.splitlines()
    assert done.returncode == 0, f"{names[-1:] or last}: {done.stderr}"
    assert names == list(BY_NAME) and int(last.split()[0]) > 20 * len(BY_NAME)


@pytest.mark.parametrize("name", ["neg", "sum", "matmul", "softmax"])
def test_a_kernel_that_is_told_of_more_than_there_is_dies(name: str) -> None:
    assert guarded("--lie", name).returncode == -signal.SIGSEGV
