"""A receipt for people and as JSON, cells and places by their names in the source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from anhvm.chain.address import show as show_address
from anhvm.chain.lazy.cells import ALIVE, CellId
from anhvm.chain.lazy.receipt import Status
from anhvm.chain.transaction import Kind
from anhvm.cli import output, show
from anhvm.program.abi import load
from anhvm.program.engine import Cell, Failure
from anhvm.runtime.names import cell_name, place

if TYPE_CHECKING:
    from anhvm.chain.lazy.plan import Plan
    from anhvm.chain.lazy.receipt import Receipt
    from anhvm.chain.session import Result, Session
    from anhvm.program.model import Program


def as_json(session: Session, result: Result) -> dict[str, Any]:
    """All that the receipt says."""
    envelope, receipt, entry = result.transaction.envelope, result.receipt, result.entry
    data: dict[str, Any] = {
        "transaction": result.transaction.id.hex(),
        "kind": Kind(envelope.kind).name.lower(),
        "sender": show_address(envelope.sender),
        "status": receipt.status.name.lower(),
        "gas_limit": envelope.gas_limit,
        "gas_used": receipt.gas_used,
        "credit": result.credit,
        "value": None,
        "events": [],
        "writes": [],
        "reads": [],
        "trap": None,
        "reason": None,
    }
    if receipt.status == Status.STILLBORN:
        return data | {"reason": {"code": entry.code, "message": entry.reason}}
    if not entry.runs:
        return data
    plan = session.answers.index.plan(session.answers.position(result.transaction.id))
    return data | {"contract": show_address(plan.contract)} | _meaning(session, plan, result)


def as_text(data: dict[str, Any]) -> str:
    rows: list[tuple[str, object]] = [
        (name, data[name])
        for name in ("transaction", "kind", "contract", "function", "status")
        if data.get(name)
    ]
    if data["trap"]:
        rows.append(("trap", "{kind}: {message} ({place})".format(**data["trap"])))
    if data["reason"]:
        rows.append(("reason", data["reason"]["message"]))
    rows.append(("gas", f"{data['gas_used']:,} used of {data['gas_limit']:,}"))
    rows.append(("credit", f"{data['credit']:,}"))
    if data["value"] is not None:
        rows.append(("value", data["value"]))
    rows += [("event", f"{event['event']} {event['values']}") for event in data["events"]]
    rows += [(verb, ", ".join(data[verb])) for verb in ("writes", "reads") if data[verb]]
    return output.pairs(rows)


def _meaning(session: Session, plan: Plan, result: Result) -> dict[str, Any]:
    receipt, abi = result.receipt, load(plan.program.abi)
    function = next((f for f in abi.functions if f.index == plan.function), None)
    returns = function.returns if function else ()
    return {
        "function": function.name if function else None,
        "value": show.results(abi, returns, result.value),
        "events": [
            _event(session, plan, emitted.contract, event, values)
            for emitted, (event, values) in zip(receipt.events, result.events, strict=True)
        ],
        "writes": _names(session, plan, (cell for cell, _ in receipt.writes)),
        "reads": _names(session, plan, (read.cell for read in receipt.reads)),
        "trap": _trap(session, plan, receipt),
    }


def _event(
    session: Session, plan: Plan, contract: bytes, name: str, values: dict[str, object]
) -> dict[str, Any]:
    abi = load(_program(session, plan, contract).abi)
    params = next(event.params for event in abi.events if event.name == name)
    where = {"contract": show_address(contract)} if contract else {}
    return {**where, "event": name, "values": show.named(abi, params, values)}


def _program(session: Session, plan: Plan, contract: bytes) -> Program:
    own = contract in (b"", plan.contract)
    return plan.program if own else session.answers.contract(contract)[1]


def _names(session: Session, plan: Plan, cells: Iterable[CellId]) -> list[str]:
    """The cells' names; that the contract is alive is told by its status.

    Those of other contracts stand behind their address, ``anh1….held``; that one is alive is a cell
    of its own there.
    """
    found = []
    for cell in cells:
        own = cell.contract == plan.contract
        if cell.field == ALIVE:
            name = "alive"
        else:
            program = _program(session, plan, cell.contract)
            name = cell_name(program, Cell(cell.field, cell.path))
        if not own:
            found.append(f"{show_address(cell.contract)}.{name}")
        elif cell.field != ALIVE:
            found.append(name)
    return found


def _trap(session: Session, plan: Plan, receipt: Receipt) -> dict[str, str] | None:
    if receipt.trap is None:
        return None
    function, pc = receipt.where
    where = ""
    if function >= 0:
        program = _program(session, plan, receipt.contract)
        where = str(place(program, Failure(receipt.trap, receipt.message, function, pc)))
        if receipt.contract != plan.contract:
            where += f" of {show_address(receipt.contract)}"
    return {"kind": receipt.trap.name, "message": receipt.message, "place": where}
