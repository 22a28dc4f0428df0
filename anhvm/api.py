"""The Python door: compile a contract and call it, with NumPy arrays in and out.

    import numpy as np
    from anhvm.api import compile_file, run

    digits = compile_file("digits.anh")
    state = {}
    run(digits, "setup", 7, state=state)
    run(digits, "train", images, labels, 40, 0.1, state=state)
    print(run(digits, "predict", images, state=state).value)

Every fault that the caller can mend is a `UserError` with a code, a message and a next step; a
contract that fails is a `Result` with a `trap`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from anhvm.chain import address
from anhvm.compiler import phases
from anhvm.program.abi import Abi
from anhvm.program.abi import load as load_abi
from anhvm.program.encode import encode
from anhvm.program.engine import Env
from anhvm.program.model import Program
from anhvm.runtime.engines import EngineName, Notice
from anhvm.runtime.machine import DEFAULT_GAS, Contract, Machine, Result, State

__all__ = [
    "Compiled",
    "Machine",
    "Result",
    "compile_file",
    "compile_source",
    "open_machine",
    "run",
]

NOBODY = b"\x00" * 33
"""The address that stands for sender and contract where there is no chain."""


@dataclass(frozen=True)
class Compiled:
    """A contract ready to be run or deployed; `encoded` is its container."""

    program: Program
    abi: Abi
    encoded: bytes


def compile_source(
    text: str, filename: str = "<source>", folder: str | Path | None = None
) -> Compiled:
    """Compiles a source text.  Raises `CompileError`, which holds every diagnostic.

    `folder` is where imports look for files; None: the library alone.
    """
    return _compiled(
        phases.compile_source(text, filename, None if folder is None else Path(folder))
    )


def compile_file(path: str | Path) -> Compiled:
    """Compiles a file.  Raises `CompileError`, or `UserError` where it cannot be read."""
    return _compiled(phases.compile_file(Path(path)))


def run(
    contract: Compiled | Contract,
    function: str,
    *args: object,
    named: Mapping[str, object] | None = None,
    gas: int = DEFAULT_GAS,
    sender: str | bytes = NOBODY,
    value: int = 0,
    height: int = 0,
    time: int = 0,
    state: State | None = None,
    machine: Machine | None = None,
) -> Result:
    """Calls one function without a chain.

    `args` are ints, floats, bools, bytes, text, addresses (bytes or ``anh1…``), NumPy arrays or
    nested lists, and dicts for structs.  `state` is the contract's storage and is written to; None
    is an empty one.  `value`, `height` and `time` (milliseconds) are what the contract sees.
    """
    if isinstance(contract, Compiled):
        contract = _loaded(machine or default_machine(), contract.encoded)
    who = address.parse(sender) if isinstance(sender, str) else sender
    env = _env(who, value, height, time)
    return contract.run(function, args, named, env=env, gas=gas, state=state)


def open_machine(
    threads: int | None = None, engine: EngineName = "core", notice: Notice | None = None
) -> Machine:
    """A machine that reads addresses as the chain writes them; see `Machine`."""
    return Machine(threads, engine, notice, address.parse)


@cache
def default_machine() -> Machine:
    """The machine that `run` uses when it is given none."""
    return open_machine()


@lru_cache(maxsize=32)
def _env(sender: bytes, value: int, height: int, time: int) -> Env:
    """The same one for the same call: a machine looks it up once."""
    return Env(sender=sender, self=NOBODY, value=value, height=height, time=time)


@lru_cache(maxsize=32)
def _loaded(machine: Machine, encoded: bytes) -> Contract:
    return machine.load(encoded)


def _compiled(compilation: phases.Compilation) -> Compiled:
    program = compilation.program
    return Compiled(program, load_abi(program.abi), encode(program))
