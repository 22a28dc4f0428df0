"""What ``anhvm doctor`` tries: each part once, on real work, and on its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from anhvm.cli import keyring

_CONTRACT = """
contract Checkup:
    @view
    def product(x: f32[N, N]) -> f32:
        return sum(x @ x)
"""


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    detail: str


def examine(say: Callable[[str], None]) -> list[Check]:
    """Runs every check; a failure is a finding, never an exception."""
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("compiler", _compiler),
        ("machine", lambda: _machine(say)),
        ("store", _store),
        ("keys", _keys),
    )
    found = []
    for name, check in checks:
        try:
            found.append(Check(name, True, check()))
        except Exception as error:
            found.append(Check(name, False, f"{type(error).__name__}: {error}"))
    return found


def _compiler() -> str:
    from anhvm.api import compile_source

    return f"compiles to {len(compile_source(_CONTRACT).encoded):,} bytes"


def _machine(say: Callable[[str], None]) -> str:
    import numpy as np

    from anhvm.api import compile_source, open_machine, run

    contract = compile_source(_CONTRACT)
    square = np.arange(9, dtype=np.float32).reshape(3, 3)
    fast, slow = (
        run(contract, "product", square, machine=open_machine(1, engine, say))
        for engine in ("core", "reference")
    )
    if (fast.value, fast.gas_used) != (slow.value, slow.gas_used):
        raise RuntimeError(f"the C core says {fast.value}, the definition {slow.value}")
    return "the C core and its kernels agree with the definition"


def _store() -> str:
    from anhvm.chain.keys import Key
    from anhvm.chain.session import Session

    with tempfile.TemporaryDirectory() as folder:
        key = Key.generate()
        with Session.create(Path(folder) / "chain", key) as session:
            session.produce(key)
        return "a chain is made, and a block committed to the disk"


def _keys() -> str:
    names = keyring.names()
    return f"{len(names)} in '{keyring.folder()}'"
