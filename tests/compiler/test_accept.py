"""Programs that are right: each says in comments what its functions give, in order, on one state.

    # expect: [as 1:] call(arguments) == value [emits Event]
    # expect: call(arguments) ~= value [within tolerance]
    # expect: call(arguments) traps KIND ["message"]

Arguments and values are Python literals; a list is a tensor.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anhvm.compiler.phases import compile_file
from anhvm.program.encode import encode
from anhvm.program.engine import Env
from anhvm.runtime.machine import Contract, Machine, Result, State

FOLDER = Path(__file__).parent / "accept"
FILES = sorted(FOLDER.glob("*.anh"))
ENOUGH, LITTLE = 200_000_000, 10_000
_LINE = re.compile(r"^ *# expect: (?:as (\d): )?(\w+)\((.*?)\) (==|~=|traps) (.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def machine() -> Machine:
    return Machine(engine="reference")


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_functions_give_what_the_comments_say(path: Path, machine: Machine) -> None:
    text = path.read_text()
    contract = machine.load(encode(compile_file(path).program))
    state: State = {}
    lines = _LINE.findall(text)
    assert len(lines) == text.count("# expect:") > 0, "a line that nobody reads"
    for who, name, arguments, relation, wanted in lines:
        gas = LITTLE if wanted == "OUT_OF_GAS" else ENOUGH
        result = call(contract, state, name, arguments, who or "0", gas)
        where = f"{name}({arguments}) {relation} {wanted}"
        if relation == "traps":
            trapped(result, wanted, where)
        else:
            assert result.trap is None, f"{where}: {result.trap}"
            gives(result, relation, wanted, where)


def call(contract: Contract, state: State, name: str, arguments: str, who: str, gas: int) -> Result:
    args = ast.literal_eval(f"({arguments},)") if arguments else ()
    sender = bytes(32) + bytes([int(who)])
    env = Env(sender=sender, self=bytes(33), value=7, height=8, time=9)
    if who == "0":
        env = Env(sender=b"\1" * 33, self=bytes(33), value=7, height=8, time=9)
    return contract.run(name, args, env=env, gas=gas, state=state)


def trapped(result: Result, wanted: str, where: str) -> None:
    assert result.trap is not None, f"{where}: gave {result.value}"
    kind, _, message = wanted.partition(" ")
    assert result.trap.kind == kind, f"{where}: {result.trap}"
    if message:
        assert result.trap.message == ast.literal_eval(message), where


def gives(result: Result, relation: str, wanted: str, where: str) -> None:
    wanted, _, emitted = wanted.partition(" emits ")
    wanted, _, within = wanted.partition(" within ")
    tolerance = float(within or "1e-5") if relation == "~=" else 0.0
    assert close(result.value, ast.literal_eval(wanted), tolerance), f"{where}: {result.value}"
    assert [e.name for e in result.events] == emitted.split(), where


def close(found: Any, wanted: Any, tolerance: float) -> bool:
    if isinstance(wanted, tuple):
        pairs = zip(found, wanted, strict=True)
        return isinstance(found, tuple) and all(close(f, w, tolerance) for f, w in pairs)
    if isinstance(wanted, dict):
        return set(found) == set(wanted) and all(
            close(found[key], wanted[key], tolerance) for key in wanted
        )
    if isinstance(wanted, list):
        want = np.array(wanted, dtype=np.float64)
        if want.size == 0:
            return bool(found.size == 0)
        return found.shape == want.shape and bool(np.all(np.abs(found - want) <= tolerance))
    if isinstance(wanted, float):
        return isinstance(found, np.float32 | float) and abs(float(found) - wanted) <= tolerance
    return type(found) is type(wanted) and bool(found == wanted)
