"""run: one function of a contract, without a chain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from anhvm.cli import arguments, keyring, output, programs
from anhvm.cli.options import (
    FunctionName,
    Instructions,
    Json,
    Money,
    SourceOrProgram,
    Threads,
    Values,
)
from anhvm.errors import Exit, UsageError, UserError

if TYPE_CHECKING:
    from anhvm.runtime.engines import EngineName
    from anhvm.runtime.machine import Contract


def run(
    file: SourceOrProgram,
    function: FunctionName,
    args: Values = None,
    state: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Begin with the storage in FILE, and keep it there."),
    ] = None,
    gas: Annotated[
        int | None, typer.Option(metavar="GAS", min=0, help="Trap when more gas is needed.")
    ] = None,
    sender: Annotated[
        str | None, typer.Option(metavar="ADDRESS|KEY", help="What msg.sender is.")
    ] = None,
    value: Money = 0,
    engine: Annotated[
        str,
        typer.Option(
            metavar="core|gpu|reference",
            help="The C core, with kernels on a GPU, or the definition.",
        ),
    ] = "core",
    threads: Threads = None,
    tier: Annotated[
        str, typer.Option(metavar="exact|fast", help="Kernels of defined bits; fast for @nondet.")
    ] = "exact",
    trace: Annotated[
        bool, typer.Option("--trace", help="Show the calls that were made, with their gas.")
    ] = False,
    instructions: Instructions = False,
    json: Json = False,
) -> int:
    """Run one function without a chain.

    Storage starts empty, or as --state keeps it; after a trap it is left as it was.
    """
    from anhvm import api
    from anhvm.cli import show, statefile, traces
    from anhvm.runtime.machine import DEFAULT_GAS

    program, encoded = programs.load(file)
    values = local_values(args)
    cells = statefile.load(state, program) if state else {}
    name, tracing = cast("EngineName", engine), None
    if tier != "exact":
        contract = _fast(tier, encoded, threads, engine != "core" or trace or instructions)
    elif trace or instructions:
        tracing = traces.tracing(name, threads, instructions)
        contract = traces.contract(tracing, encoded)
    else:
        contract = api.open_machine(threads, name, output.notice).load(encoded)
    interface = contract.function(function)
    if not cells and interface.kind != "init":
        init = next((f.name for f in contract.abi.functions if f.kind == "init"), None)
        if init:
            output.say(
                f"note: @init {init} has not run; with --state FILE runs build on each other"
            )
    result = api.run(
        contract,
        function,
        *values,
        gas=DEFAULT_GAS if gas is None else gas,
        sender=keyring.account(sender) if sender else api.NOBODY,
        value=value,
        state=cells,
    )
    if state and result.trap is None and result.writes:
        statefile.save(state, program, cells)
    types = {event.name: event.params for event in contract.abi.events}
    events = [
        {"event": e.name, "values": show.named(contract.abi, types[e.name], dict(e.values))}
        for e in result.events
    ]
    trap = result.trap
    data = {
        "contract": program.name,
        "function": function,
        "value": show.results(contract.abi, interface.returns, result.value),
        "gas_used": result.gas_used,
        "events": events,
        "writes": list(result.writes),
        "trap": trap and {"kind": trap.kind, "message": trap.message, "place": str(trap.place)},
    }
    seen = tracing and tracing.trace
    if seen and json:
        data["trace"] = traces.as_json(seen)
    elif seen:
        output.say(traces.as_text(seen))
    if trap and not json:
        output.say(f"trapped: {trap}\n{result.gas_used:,} gas used; nothing was written")
        return int(Exit.FAILED)
    text = show.results_text(contract.abi, interface.returns, result.value)
    if text or json:
        output.emit(json, data, text)
    if not json:
        for event in events:
            output.say(f"event {event['event']} {event['values']}")
        changed = f"; wrote {', '.join(result.writes)}" if result.writes else ""
        output.say(f"{result.gas_used:,} gas used{changed}")
    return int(Exit.FAILED if trap else Exit.OK)


def _fast(tier: str, encoded: bytes, threads: int | None, more: bool) -> Contract:
    """The contract on the fast tier.  UsageError for another tier, and with what it cannot do."""
    from anhvm.chain import address
    from anhvm.runtime.fast import FastEngine
    from anhvm.runtime.machine import Contract

    if tier != "fast" or more:
        what = "--tier fast goes without --engine and traces" if more else f"no tier '{tier}'"
        raise UsageError("usage", what, "there are exact and fast")
    return Contract(FastEngine(threads), encoded, address.parse)


def local_values(args: list[str] | None) -> list[object]:
    """The values of arguments where there is no chain.  UserError ``argument.*``."""
    return [_local(value) for value in arguments.parse_all(args)]


def _local(value: object) -> object:
    from anhvm.chain.values import BlobTensor

    if isinstance(value, BlobTensor):
        message = "a published tensor is on a chain, and here is none"
        raise UserError("argument.blob", message, "give the file itself: @x.npy")
    return value
