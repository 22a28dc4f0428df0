"""The driver that attacks the core with mutated containers, built with ASan and UBSan or without.

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
FLAGS = ["-std=c11", "-O1", "-g", "-fno-omit-frame-pointer", "-ffp-contract=off", "-pthread"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-DSANITIZED"]
COVERAGE = ["-fsanitize-coverage=trace-pc"]
"""For the core only: the fuzzer calls back."""
WHATS = ("loads", "runs", "modes")
"""What a trial does, see `csrc/fuzz_main.c`."""
_ENVIRONMENT = {
    # Leaks are counted by the driver after every trial; the leak sanitizer needs ptrace.
    "ASAN_OPTIONS": "detect_leaks=0:malloc_context_size=3:quarantine_size_mb=4:"
    "thread_local_quarantine_size_kb=64:max_malloc_fill_size=1000000000",
    # Kernels that are stubs leave some of a result as it was allocated: always the same, so that
    # modes can be compared.
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0:glibc.malloc.perturb=65",
}


def attack(
    containers: Sequence[bytes],
    count: int,
    seed: int = 1,
    what: str = "runs",
    sanitized: bool = True,
) -> str:
    """`count` trials on mutations of `containers`; if it is 0, one on each as it is.  The totals.

    Raises `UserError` ``machine.fuzz`` with the report of what went wrong in a trial.
    """
    driver = build(sanitized)
    fault = driver.with_suffix(".fault")
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.write_bytes(_corpus(containers))
        command = [str(driver), str(corpus), str(fault), str(seed), str(count), what]
        environment = {**os.environ, **_ENVIRONMENT}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        again = f"python -m anhvm.fuzz.sanitize {what} --repeat {fault}"
        raise UserError("machine.fuzz", done.stderr, f"Repeat the trial: {again}")
    return done.stdout.strip()


def build(sanitized: bool = True) -> Path:
    """The driver, compiled where its sources changed; raises `UserError` ``machine.compiler``."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    sources = sorted(CSRC.glob("*.c"))
    if compiler is None or not sources:
        raise _cannot("There is no C compiler, or this is no checkout.")
    flags = [*FLAGS, *(SANITIZERS if sanitized else [])]
    texts = [path.read_bytes() for path in sorted(CSRC.iterdir())]
    name = hashlib.sha256(b"\0".join([*texts, " ".join(flags).encode()])).hexdigest()[:16]
    driver = CSRC.parents[2] / "build" / "sanitize" / name
    if driver.exists():
        return driver
    driver.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=driver.parent) as folder:
        own = [str(path) for path in sources if path.name.startswith("fuzz_")]
        core = [str(path) for path in sources if not path.name.startswith("fuzz_")]
        _compile([compiler, *flags, *COVERAGE, "-c", *core], folder)
        _compile([compiler, *flags, "-c", *own], folder)
        objects = [str(path) for path in sorted(Path(folder).glob("*.o"))]
        _compile([compiler, *flags, *objects, "-o", "driver"], folder)
        (Path(folder) / "driver").rename(driver)
    return driver


def _compile(command: list[str], folder: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise _cannot(f"The compiler cannot build with sanitizers:\n{done.stderr}")


def _corpus(containers: Sequence[bytes]) -> bytes:
    """As the driver reads it: prices, count, each container with its length, without digest."""
    bodies = [container[:-DIGEST_SIZE] for container in containers]
    parts = [bytes(ffi.buffer(prices(schedule.load()))), struct.pack("<I", len(bodies))]
    for body in bodies:
        parts += [struct.pack("<I", len(body)), body]
    return b"".join(parts)


def _cannot(what: str) -> UserError:
    return UserError("machine.compiler", what, "Install gcc or clang with its sanitizers.")
