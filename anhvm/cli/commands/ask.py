"""query, cost, receipt: what the blocks mean, executed by demand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from anhvm.cli import arguments, keyring, output, sessions
from anhvm.cli.options import (
    CHAIN,
    Budget,
    Chain,
    ContractAddress,
    FunctionName,
    Json,
    Threads,
    Values,
)
from anhvm.cli.progress import bar
from anhvm.errors import Exit, UsageError

if TYPE_CHECKING:
    from anhvm.chain.lazy.bound import Bound
    from anhvm.chain.session import Session

_ID = re.compile(r"(0x)?[0-9a-fA-F]{64}")

TransactionId = Annotated[
    str, typer.Argument(metavar="TX", help="The transaction's id: 64 hex digits.")
]


def query(
    contract: ContractAddress,
    function: FunctionName,
    args: Values = None,
    budget: Budget = None,
    sender: Annotated[
        str | None, typer.Option(metavar="ADDRESS|KEY", help="What msg.sender is.")
    ] = None,
    chain: Chain = CHAIN,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Ask a contract, executing only what the answer depends on."""
    from anhvm.cli import show

    values = arguments.parse_all(args)
    asker = keyring.account(sender) if sender else b""
    with sessions.open_session(chain, threads) as session:
        whole = session.cost(contract, function, *values)
        here = session.cost(contract, function, *values, here=True)
        _announce(whole, here)
        with bar("executing", here.most.gas, "gas") as advance:
            answer = session.query(
                contract, function, *values, sender=asker, budget=budget, progress=advance
            )
        abi = session.abi(contract)
    interface = abi.function(function)
    returns = interface.returns if interface else ()
    data = {
        "contract": contract,
        "function": function,
        "value": show.results(abi, returns, answer.value),
        "cost_to_know": show.bound(whole),
        "cost_here": show.bound(here),
        "executed": answer.executed,
        "gas_spent": answer.gas_spent,
        "gas_used": answer.gas_used,
        "seconds": answer.seconds,
    }
    text = show.results_text(abi, returns, answer.value)
    if text or json:
        output.emit(json, data, text)
    if interface and interface.kind == "call":
        output.say(f"note: {function} is a @call; asked, it has changed nothing")
    executed = output.count(answer.executed, "transaction")
    output.say(
        f"executed {executed}, {answer.gas_spent:,} gas; "
        f"the question itself {answer.gas_used:,} gas; {answer.seconds:.3f} s"
    )


def cost(
    subject: Annotated[
        str, typer.Argument(metavar="CONTRACT|TX|ACCOUNT", help="What you want to know about.")
    ],
    function: Annotated[
        str | None, typer.Argument(metavar="FUNCTION", help="For a contract: the question.")
    ] = None,
    args: Values = None,
    here: Annotated[
        bool, typer.Option("--here", help="Subtract what this folder has executed already.")
    ] = False,
    chain: Chain = CHAIN,
    json: Json = False,
) -> None:
    """Say what an answer costs, before anything is executed.

    For a contract: a question to it. For a transaction: its receipt. For an account: all that it
    is owed, beside the balance that is known for nothing.
    """
    from anhvm.cli import show

    values = arguments.parse_all(args)
    with sessions.open_session(chain) as session:
        data, found = _cost(session, subject, function, values, here)
    name, label = ("cost_here", "cost here") if here else ("cost_to_know", "cost-to-know")
    balance = [("balance", f"{data['balance']:,}")] if "balance" in data else []
    rows = [*balance, (label, show.bound_text(found))]
    output.emit(json, {**data, name: show.bound(found)}, output.pairs(rows))


def receipt(
    transaction: TransactionId,
    budget: Budget = None,
    chain: Chain = CHAIN,
    threads: Threads = None,
    json: Json = False,
) -> int:
    """Show what a transaction did, executing it now if it has to be; 1 if it failed."""
    from anhvm.cli import receipts

    name = _id(transaction)
    with sessions.open_session(chain, threads) as session:
        here = session.cost_of(name, here=True)
        _announce(session.cost_of(name), here)
        with bar("executing", here.most.gas, "gas") as advance:
            result = session.receipt(name, budget=budget, progress=advance)
        data = receipts.as_json(session, result)
    output.emit(json, data, receipts.as_text(data))
    return int(Exit.OK if data["status"] == "ok" else Exit.FAILED)


def _cost(
    session: Session, subject: str, function: str | None, values: list[object], here: bool
) -> tuple[dict[str, object], Bound]:
    from anhvm.chain import address

    if _ID.fullmatch(subject):
        _no_function(function)
        return {"transaction": subject}, session.cost_of(_id(subject), here=here)
    target = keyring.account(subject)
    shown = address.show(target)
    if not address.is_contract(target):
        _no_function(function)
        data = {"account": shown, "balance": session.balance(target)}
        return data, session.cost_of_credit(target, here=here)
    if function is None:
        message, hint = "a contract is asked something", "name a function, and its ARGS"
        raise UsageError("usage", message, hint)
    found = session.cost(target, function, *values, here=here)
    return {"contract": shown, "function": function}, found


def _no_function(function: str | None) -> None:
    if function is not None:
        message = f"'{function}' is too much: only a contract has functions"
        raise UsageError("usage", message, "leave it out, or give a contract's address")


def _announce(whole: Bound, here: Bound) -> None:
    """Say before work starts what it may cost."""
    from anhvm.cli import show

    output.say(f"cost-to-know  {show.bound_text(whole)}")
    if here != whole:
        output.say(f"cost here     {show.bound_text(here)}")


def _id(text: str) -> bytes:
    if not _ID.fullmatch(text):
        message = f"'{text}' is no transaction's id"
        raise UsageError("usage", message, "give its 64 hex digits; sending printed them")
    return bytes.fromhex(text.removeprefix("0x"))
