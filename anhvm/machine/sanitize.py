"""Attacks the core with mutated containers, built with AddressSanitizer and UBSan.

    python -m anhvm.machine.sanitize --corpus FILE [--count N] [--seed S] [--first I]

`write_corpus` makes the file from valid containers.  A failing trial is named, and repeated by
``--first I --count 1``.  Needs a checkout and a C compiler with the sanitizers.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from anhvm.errors import UserError
from anhvm.isa import schedule
from anhvm.program.encode import DIGEST_SIZE

CSRC = Path(__file__).parent / "csrc"
FLAGS = [
    "-std=c11", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer", "-ffp-contract=off", "-pthread",
]  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m anhvm.machine.sanitize")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args(arguments)
    return _run(build(), given.corpus, given.count, given.seed, given.first).returncode


def attack(containers: Sequence[bytes], count: int, seed: int = 1) -> str:
    """Runs `count` trials on mutations of `containers`; returns the line of totals.

    Raises `UserError` ``machine.fuzz`` with the sanitizer's report where a trial fails.
    """
    driver = build()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        write_corpus(corpus, containers)
        done = _run(driver, corpus, count, seed, 0, capture=True)
    if done.returncode:
        raise UserError("machine.fuzz", done.stderr, f"Repeat it with seed {seed}.")
    return done.stdout.strip()


def write_corpus(path: Path, containers: Sequence[bytes]) -> None:
    """Writes valid containers as the driver reads them: prices, count, each with its length."""
    from anhvm.machine.boundary import prices
    from anhvm.machine.core import ffi

    bodies = [container[:-DIGEST_SIZE] for container in containers]
    with path.open("wb") as file:
        file.write(bytes(ffi.buffer(prices(schedule.load()))))
        file.write(struct.pack("<I", len(bodies)))
        for body in bodies:
            file.write(struct.pack("<I", len(body)) + body)


def build() -> Path:
    """The driver, compiled where its sources changed; raises `UserError` ``machine.compiler``."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    sources = sorted(CSRC.glob("*.c"))
    if compiler is None or not sources:
        raise _cannot("There is no C compiler, or this is no checkout")
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


def _run(
    driver: Path, corpus: Path, count: int, seed: int, first: int, capture: bool = False
) -> subprocess.CompletedProcess[str]:
    # Leaks are counted by the driver after every trial; the leak sanitizer needs ptrace.
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    command = [str(driver), str(corpus), str(seed), str(first), str(count)]
    return subprocess.run(command, env=environment, capture_output=capture, text=True, check=False)


def _cannot(what: str) -> UserError:
    return UserError("machine.compiler", what, "Install gcc or clang with its sanitizers.")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except UserError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        sys.exit(error.exit_code)
