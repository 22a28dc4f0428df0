"""The CUDA tier on the GPU here: `make gpu`, or `python -m anhvm.benches.gpu [--out FOLDER]`.

The rule of flushing (N2) is settled first; then each kernel on both tiers (`kernels.cuda.check`),
several at a time, for most of that is compiling; then times, alone.  Each task runs in a process
that may die or hang (`gpu_worker`): that is a fault of this task, and the next goes on in another.
What has been found is on the disk after every task.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import IO, Any

from anhvm.benches.gpu_times import PEERS, STREAMS
from anhvm.benches.gpu_worker import GPU
from anhvm.benches.report import SCHEMA, machine
from anhvm.errors import CannotAnswer, Exit, UserError
from anhvm.kernels.cuda.backend import CudaKernels
from anhvm.kernels.cuda.check import EDGE

PATIENCE = 120.0  # seconds for one task
EXPLAINING = 60.0  # seconds for kernels with faults; later faults are told and not explained
MOST = 12  # processes at a time: each keeps half a gigabyte of the device

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How much is done: seconds for all, a share of them kept for the times; edge vectors; kernels
    at a time; edges of the products, and of the square, a gigabyte, that all else is timed on."""

    seconds: float = 540.0
    times: float = 1 / 6
    vectors: int = EDGE
    jobs: int = min(os.cpu_count() or 1, MOST)
    products: Sequence[int] = (1024, 4096)
    square: int = 16_384


class Workers:
    """Does tasks in a process, and in a fresh one after one that died or did not answer."""

    def __init__(self, device: str, patience: float = PATIENCE) -> None:
        self._given = device, patience
        self._command = [sys.executable, "-m", "anhvm.benches.gpu_worker", device]
        self._patience = patience
        self._process: subprocess.Popen[str] | None = None
        self._reading: list[threading.Thread] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._last_words: deque[str] = deque(maxlen=2)
        self.device = ""

    def another(self) -> Workers:
        """Tasks in a process beside this one."""
        return Workers(*self._given)

    def start(self) -> None:
        """A process whose device is there; raises CannotAnswer where it is not."""
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines, self._last_words = queue.Queue(), deque(maxlen=2)
        self._reading = [
            threading.Thread(target=_read, args=(stream, into), daemon=True)
            for stream, into in (
                (self._process.stdout, self._lines.put),
                (self._process.stderr, self._last_words.append),
            )
        ]
        for reader in self._reading:
            reader.start()
        answer = self._answer(PATIENCE)
        if "refused" in answer:
            self.stop()
            raise CannotAnswer(**answer["refused"])
        if "device" not in answer:
            raise CannotAnswer("gpu.missing", answer["failed"], "report it, with the whole output")
        self.device = answer["device"]

    def do(self, **task: Any) -> dict[str, Any]:
        """The answer to a task: ``done``, or ``failed`` with a sentence why."""
        if self._process is None:
            try:
                self.start()
            except CannotAnswer as fault:
                return {"failed": f"no other process could be started: {fault.message}"}
        assert self._process is not None and self._process.stdin is not None
        try:
            print(json.dumps(task), file=self._process.stdin, flush=True)
        except OSError:
            return self._dead()
        answer = self._answer(self._patience)
        if answer.get("lost"):
            self.stop()
        return answer

    def stop(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for reader in self._reading:
                reader.join()
            self._process = None

    def _answer(self, patience: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=patience)
        except queue.Empty:
            self.stop()
            return {"failed": f"no answer within {patience:.0f} s"}
        if not line:
            return self._dead()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _dead(self) -> dict[str, Any]:
        assert self._process is not None
        code = self._process.wait()
        for reader in self._reading:
            reader.join()
        last = "".join(self._last_words).strip() or "it said nothing"
        self.stop()
        return {"failed": f"its process ended with {code}: {last}"}


def _read(lines: IO[str], into: Callable[[str], object]) -> None:
    for line in lines:
        if line.strip():
            into(line)
    into("")


@dataclass
class Found:
    """What a run has shown so far."""

    device: str
    faults: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    kernels: int = 0
    unreached: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults and not self.unreached

    def to_json(self) -> dict[str, object]:
        """One object of the schema of benches."""
        peers = {peer for row in self.rows for peer in row["peers"]}
        return {
            "schema": SCHEMA,
            "command": "python -m anhvm.benches.gpu",
            "machine": {**machine(("numba-cuda", *PEERS)), "gpu": self.device},
            "kernels": self.kernels,
            "faults": self.faults,
            "unreached": self.unreached,
            "rows": self.rows,
            "missing": sorted(PEERS.keys() - peers),
        }


def examine(
    workers: Workers,
    names: Sequence[str],
    keep: Callable[[Found], object],
    say: Say,
    plan: Plan,
) -> Found:
    """All of it; `keep` is given what has been found after every task."""
    end = monotonic() + plan.seconds
    workers.start()
    found = Found(workers.device)
    _settle(workers, found, plan, say)
    keep(found)
    _kernels(workers, found, names, keep, say, plan, end - plan.times * plan.seconds)
    tasks = [("matmul", edge) for edge in plan.products]
    tasks += [(name, plan.square) for name in ("copy", *STREAMS)]
    for name, size in tasks:
        if monotonic() > end:
            found.unreached.append(f"time of {name} {size}")
            continue
        answer = workers.do(task="time", name=name, edge=size)
        if "done" in answer:
            found.rows.append(answer["done"])
            say(shown(answer["done"]))
        else:
            found.faults.append(f"time of {name} {size}: {answer['failed']}")
            say(found.faults[-1])
        keep(found)
    return found


def _kernels(
    workers: Workers,
    found: Found,
    names: Sequence[str],
    keep: Callable[[Found], object],
    say: Say,
    plan: Plan,
    end: float,
) -> None:
    """Each kernel on both tiers, by whichever process is free."""
    waiting, turn, explaining = deque(names), threading.Lock(), EXPLAINING

    def work(crew: Workers) -> None:
        nonlocal explaining
        while True:
            with turn:
                if not waiting or monotonic() > end:
                    return
                name, explains = waiting.popleft(), explaining > 0
            start = monotonic()
            answer = crew.do(task="kernel", name=name, explains=explains)
            seconds = monotonic() - start
            faults = answer.get("done", [f"{name}: {answer.get('failed')}"])
            with turn:
                explaining -= seconds if faults else 0
                found.faults += faults
                found.kernels += 1
                at = f"{found.kernels:3} of {len(names)}"
                say(f"{at}  {name:24} {seconds:6.1f} s  {_told(faults)}")
                keep(found)

    crews = [workers, *(workers.another() for _ in range(min(plan.jobs, len(names)) - 1))]
    threads = [threading.Thread(target=work, args=(crew,)) for crew in crews]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for crew in crews[1:]:
        crew.stop()
    found.unreached += waiting


def _settle(workers: Workers, found: Found, plan: Plan, say: Say) -> None:
    answer = workers.do(task="flush", vectors=plan.vectors)
    faults = answer.get("done", [f"the rule of flushing: {answer.get('failed')}"])
    found.faults += faults
    say(f"{found.device}: `.rn.ftz` {'flushes as N2 says' if not faults else _told(faults)}")


def _told(faults: Sequence[str]) -> str:
    return "ok" if not faults else "; ".join(["FAULT", *faults])


def shown(row: dict[str, Any]) -> str:
    """A row for a person."""
    text = f"{row['name']:16} {row['size']:8} {row['ours']:9.3f} ms"
    if row["ratio"] is not None:
        text += f"  {row['ratio']:.2f} of {min(row['peers'], key=row['peers'].get)}"
    if row["share"] is not None:
        text += f"  {row['share']:.2f} of copy"
    if row["met"] is None:
        return text
    return f"{text}  bar {row['bar']} {'met' if row['met'] else 'MISSED'}"


def summary(found: Found) -> str:
    """The whole run in a few lines."""
    missed = [f"{r['name']} {r['size']}" for r in found.rows if r["met"] is False]
    lines = [
        f"{found.device}: {found.kernels} kernels, {len(found.faults)} faults, "
        f"{len(found.rows)} times",
        *(f"  fault: {sentence}" for sentence in found.faults),
    ]
    if missed:
        lines.append(f"  bars missed: {', '.join(missed)}")
    if found.unreached:
        lines.append(f"  no time was left for: {', '.join(found.unreached)}; give more --seconds")
    return "\n".join(lines)


def main(given: Sequence[str] | None = None, plan: Plan = Plan()) -> int:
    """The command; 0 if every kernel gives its bits, 1 if not, 6 where there is no GPU."""
    parser = argparse.ArgumentParser(prog="python -m anhvm.benches.gpu")
    parser.add_argument("--out", type=Path, default=Path("benches/results"), metavar="FOLDER")
    parser.add_argument("--kernels", nargs="+", choices=CudaKernels.names(), metavar="NAME")
    parser.add_argument("--seconds", type=float, default=plan.seconds, help="for all (%(default)s)")
    parser.add_argument(
        "--jobs", type=int, default=plan.jobs, help="kernels at a time (%(default)s)"
    )
    parser.add_argument("--device", default=GPU, metavar="MODULE:CLASS", help="%(default)s")
    options = parser.parse_args(given)
    workers, folder = Workers(options.device), options.out
    plan = replace(plan, seconds=options.seconds, jobs=options.jobs)

    def keep(found: Found) -> Path:
        file: Path = folder / f"gpu-{'-'.join(found.device.lower().split())}.json"
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found.to_json(), indent=1) + "\n", encoding="utf-8")
        return file

    def say(line: str) -> None:
        print(line, flush=True)

    try:
        names = options.kernels or CudaKernels.names()
        found = examine(workers, names, keep, say, plan)
    except UserError as fault:
        print(f"{fault.message}\n  next: {fault.hint}", file=sys.stderr)
        return int(fault.exit_code)
    finally:
        workers.stop()
    print(summary(found))
    print(f"written to {keep(found)}")
    return int(Exit.OK if found.ok else Exit.FAILED)


if __name__ == "__main__":
    sys.exit(main())
