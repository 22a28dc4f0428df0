"""What every engine checks before a run starts."""

from __future__ import annotations

from collections.abc import Sequence

from anhvm.errors import UserError
from anhvm.isa.schedule import SATURATED
from anhvm.program.engine import Env, Value
from anhvm.program.model import Kind, Program
from anhvm.program.values import admit


def admit_start(
    program: Program, function: int, args: Sequence[Value], env: Env, gas: int
) -> list[Value]:
    """The arguments as registers hold them.

    Raises UserError ``machine.start`` where the function cannot be started so, ``machine.value``
    for arguments of other types.
    """
    functions = program.functions
    if not 0 <= function < len(functions) or functions[function].kind == Kind.INTERNAL:
        raise _cannot(f"There is no function {function} that can be started")
    params = functions[function].params
    if len(args) != len(params):
        raise _cannot(f"{functions[function].name} takes {len(params)} values, not {len(args)}")
    for number in (gas, env.value, env.height, env.time):
        if not 0 <= number <= SATURATED:
            raise _cannot(f"{number} is no u64")
    return [admit(code, arg) for code, arg in zip(params, args, strict=True)]


def _cannot(what: str) -> UserError:
    return UserError("machine.start", f"{what}.", "Look at the interface of the program.")
