"""trace: what a transaction of a chain did, call by call."""

from __future__ import annotations

from anhvm.cli import output
from anhvm.cli.commands.ask import TransactionId
from anhvm.cli.commands.ask import _id as transaction_id
from anhvm.cli.options import CHAIN, Budget, Chain, Instructions, Json, Threads
from anhvm.errors import Exit


def trace(
    transaction: TransactionId,
    instructions: Instructions = False,
    budget: Budget = None,
    chain: Chain = CHAIN,
    threads: Threads = None,
    json: Json = False,
) -> int:
    """Show the calls that a transaction made, with their gas; 1 if it failed.

    It alone is executed again, with what it has read; what that depends on comes from receipts,
    which are made first where they are missing.
    """
    from anhvm.chain.lazy.receipt import Status
    from anhvm.cli import traces
    from anhvm.cli.retrace import retrace

    name = transaction_id(transaction)
    found = retrace(name, chain, threads, budget, instructions)
    receipt = found.receipt
    trap = receipt.trap.name if receipt.trap else None
    data = {
        "transaction": name.hex(),
        "contract": found.plan.program.name,
        "status": receipt.status.name.lower(),
        "trap": trap and {"kind": trap, "message": receipt.message},
        "trace": traces.as_json(found.trace),
    }
    failed = receipt.status != Status.OK
    output.emit(json, data, traces.as_text(found.trace))
    if trap and not json:
        output.say(f"trapped: {trap}: {receipt.message}")
    return int(Exit.FAILED if failed else Exit.OK)
