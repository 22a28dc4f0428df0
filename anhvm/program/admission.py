"""What every engine checks before a run starts."""

from __future__ import annotations

from collections.abc import Sequence

from anhvm.errors import UserError
from anhvm.isa.schedule import SATURATED
from anhvm.program.engine import Env, Value
from anhvm.program.model import Kind, Program
from anhvm.program.values import admit


def admit_entry(program: Program, function: int, env: Env) -> None:
    """Raises UserError ``machine.start`` where the function cannot be started in `env`."""
    functions = program.functions
    if not 0 <= function < len(functions) or functions[function].kind == Kind.INTERNAL:
        raise _cannot(f"There is no function {function} that can be started")
    admit_numbers(env.value, env.height, env.time)


def admit_args(program: Program, function: int, args: Sequence[Value]) -> list[Value]:
    """The arguments of an admitted entry as registers hold them.

    Raises UserError ``machine.start`` for another number of them, ``machine.value`` for other
    types.
    """
    row = program.functions[function]
    if len(args) != len(row.params):
        raise _cannot(f"{row.name} takes {len(row.params)} values, not {len(args)}")
    return [admit(code, arg) for code, arg in zip(row.params, args, strict=True)]


def admit_numbers(*numbers: int) -> None:
    """Raises UserError ``machine.start`` where one of them is no u64."""
    for number in numbers:
        if not 0 <= number <= SATURATED:
            raise _cannot(f"{number} is no u64")


def _cannot(what: str) -> UserError:
    return UserError("machine.start", f"{what}.", "Look at the interface of the program.")
