"""The driver that attacks the core with mutated containers, built with ASan and UBSan.

It needs a checkout and a C compiler with the sanitizers.  The command is `anhvm.fuzz.sanitize`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from anhvm.errors import UserError
from anhvm.isa import schedule
from anhvm.machine.boundary import prices
from anhvm.machine.core import ffi
from anhvm.program.encode import DIGEST_SIZE

CSRC = Path(__file__).parent / "csrc"
FLAGS = [
    "-std=c11", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer", "-ffp-contract=off", "-pthread",
]  # fmt: skip


def attack(containers: Sequence[bytes], count: int, seed: int = 1, first: int = 0) -> str:
    """Runs trials `first` to `first + count` on mutations of `containers`; the line of totals.

    Raises `UserError` ``machine.fuzz`` with the sanitizer's report where a trial fails.
    """
    driver = build()
    # Leaks are counted by the driver after every trial; the leak sanitizer needs ptrace.
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.write_bytes(_corpus(containers))
        command = [str(driver), str(corpus), str(seed), str(first), str(count)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        hint = f"Repeat the trial that is named: --seed {seed} --first TRIAL --count 1."
        raise UserError("machine.fuzz", done.stderr, hint)
    return done.stdout.strip()


def build() -> Path:
    """The driver, compiled where its sources changed; raises `UserError` ``machine.compiler``."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    sources = sorted(CSRC.glob("*.c"))
    if compiler is None or not sources:
        raise _cannot("There is no C compiler, or this is no checkout.")
    texts = [path.read_bytes() for path in sorted(CSRC.iterdir())]
    name = hashlib.sha256(b"\0".join([*texts, " ".join(FLAGS).encode()])).hexdigest()[:16]
    driver = CSRC.parents[2] / "build" / "sanitize" / name
    if driver.exists():
        return driver
    driver.parent.mkdir(parents=True, exist_ok=True)
    fresh = driver.with_suffix(f".{os.getpid()}")
    command = [compiler, *FLAGS, f"-I{CSRC}", *map(str, sources), "-o", str(fresh)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise _cannot(f"The compiler cannot build with sanitizers:\n{done.stderr}")
    fresh.rename(driver)
    return driver


def _corpus(containers: Sequence[bytes]) -> bytes:
    """As the driver reads it: prices, count, each container with its length, without digest."""
    bodies = [container[:-DIGEST_SIZE] for container in containers]
    parts = [bytes(ffi.buffer(prices(schedule.load()))), struct.pack("<I", len(bodies))]
    for body in bodies:
        parts += [struct.pack("<I", len(body)), body]
    return b"".join(parts)


def _cannot(what: str) -> UserError:
    return UserError("machine.compiler", what, "Install gcc or clang with its sanitizers.")
