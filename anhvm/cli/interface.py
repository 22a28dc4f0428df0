"""What a program offers and what its functions may touch, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from anhvm.program.abi import Abi, Function
from anhvm.program.model import Effect, Init, Key, Mode, Program


@dataclass(frozen=True)
class Offer:
    """A function that can be started from outside."""

    kind: str
    signature: str
    doc: str
    instructions: int
    reads: list[str]
    writes: list[str]


def offers(program: Program, abi: Abi) -> Iterator[Offer]:
    """The functions of the ABI, in order."""
    for function in abi.functions:
        code = program.functions[function.index]
        leaves = [leaf.name for param in function.params for leaf in abi.flatten(param)]

        def cells(mode: Mode, effects: tuple[Effect, ...], names: list[str]) -> list[str]:
            found = (effect for effect in effects if effect.mode == mode)
            return [_cell(program, effect, names) for effect in found]

        yield Offer(
            function.kind,
            signature(function),
            function.doc,
            len(code.code),
            cells(Mode.READ, code.effects, leaves),
            cells(Mode.WRITE, code.effects, leaves),
        )


def signature(function: Function) -> str:
    """``train(x: f32[N, 64], rate: f32) -> u64``."""
    params = ", ".join(f"{param.name}: {param.type}" for param in function.params)
    returns = ", ".join(function.returns)
    return f"{function.name}({params})" + (f" -> {returns}" if returns else "")


def _cell(program: Program, effect: Effect, leaves: list[str]) -> str:
    keys = "".join(f"[{_key(key, leaves)}]" for key in effect.keys)
    return program.fields[effect.field].name + keys


def _key(key: Key, leaves: list[str]) -> str:
    if key.init == Init.ZERO:
        return "any"
    if key.init == Init.ARG:
        return leaves[key.index]
    return key.init.name.lower()
