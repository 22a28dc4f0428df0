"""profile: where the gas and the time of a run went, by line and by function."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anhvm.cli import files, keyring, output
from anhvm.cli.commands.ask import _id as transaction_id
from anhvm.cli.commands.run import local_values
from anhvm.cli.options import CHAIN, Budget, Chain, Json, Money, Threads, Values
from anhvm.errors import Exit, UsageError, UserError

if TYPE_CHECKING:
    from anhvm.runtime.trace import Trace

_MAGIC = b'{"$schema": "https://www.speedscope.app/'


def profile(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A contract (.anh) or program (.anhp).")
    ] = None,
    function: Annotated[
        str | None, typer.Argument(metavar="FUNCTION", help="The function's name.")
    ] = None,
    args: Values = None,
    tx: Annotated[
        str | None,
        typer.Option("--tx", metavar="TX", help="Profile a transaction; FILE gives its source."),
    ] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Begin with the storage in FILE.")
    ] = None,
    gas: Annotated[
        int | None, typer.Option(metavar="GAS", min=0, help="Trap when more gas is needed.")
    ] = None,
    sender: Annotated[
        str | None, typer.Option(metavar="ADDRESS|KEY", help="What msg.sender is.")
    ] = None,
    value: Money = 0,
    speedscope: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a flamegraph for https://www.speedscope.app."),
    ] = None,
    budget: Budget = None,
    chain: Chain = CHAIN,
    threads: Threads = None,
    json: Json = False,
) -> int:
    """Show where the gas and the time of a call went, by line and by function; 1 if it failed.

    A function of FILE runs without a chain, and what it writes is dropped; with --tx, one
    transaction of a chain is executed again.
    """
    from anhvm.cli import profiles
    from anhvm.runtime.speedscope import speedscope as flamegraph

    if tx is not None:
        if function is not None:
            raise UsageError("usage", f"'{function}' is too much with --tx", "leave it out")
        title, sources, trace, failed = _transaction(tx, file, chain, threads, budget)
    elif file is None or function is None:
        message, hint = "nothing to profile", "give FILE and FUNCTION, or --tx TX"
        raise UsageError("usage", message, hint)
    else:
        title, sources, trace, failed = _local(
            file, function, args, state, gas, sender, value, threads
        )
    if speedscope:
        content = json_.dumps(flamegraph(trace, title))
        files.write(speedscope, content.encode() + b"\n", _MAGIC)
        output.say(f"wrote {speedscope}; open it at https://www.speedscope.app")
    data = {"title": title, "trap": failed, **profiles.as_json(trace, sources)}
    output.emit(json, data, profiles.as_text(title, trace, sources))
    if failed and not json:
        output.say(f"trapped: {failed}")
    return int(Exit.FAILED if failed else Exit.OK)


Profiled = tuple[str, dict[str, str], "Trace", str | None]
"""Title, source texts by name, trace, and why the run trapped."""


def _local(
    file: Path,
    function: str,
    args: list[str] | None,
    state: Path | None,
    gas: int | None,
    sender: str | None,
    value: int,
    threads: int | None,
) -> Profiled:
    from anhvm import api
    from anhvm.cli import profiles, statefile, traces
    from anhvm.errors import Bug
    from anhvm.runtime.machine import DEFAULT_GAS

    program, encoded, sources = profiles.load(file)
    cells = statefile.load(state, program) if state else {}
    engine = traces.tracing("core", threads, False, True)
    result = api.run(
        traces.contract(engine, encoded),
        function,
        *local_values(args),
        gas=DEFAULT_GAS if gas is None else gas,
        sender=keyring.account(sender) if sender else api.NOBODY,
        value=value,
        state=cells,
    )
    if engine.trace is None:
        raise Bug("a run left no trace")
    failed = str(result.trap) if result.trap else None
    return f"{program.name}.{function}", sources, engine.trace, failed


def _transaction(
    tx: str, file: Path | None, chain: Path, threads: int | None, budget: int | None
) -> Profiled:
    from anhvm.cli import profiles
    from anhvm.cli.retrace import retrace

    name = transaction_id(tx)
    found = retrace(name, chain, threads, budget, times=True)
    sources: dict[str, str] = {}
    if file is not None:
        _, encoded, sources = profiles.load(file)
        if encoded != found.container:
            message = f"'{file}' is not what {found.plan.program.name} was compiled from"
            hint = "give the source that was deployed, unchanged, or leave it out"
            raise UserError("trace.source", message, hint)
    program, receipt = found.plan.program, found.receipt
    title = f"{program.name}.{program.functions[found.plan.function].name}"
    failed = f"{receipt.trap.name}: {receipt.message}" if receipt.trap else None
    return title, sources, found.trace, failed
