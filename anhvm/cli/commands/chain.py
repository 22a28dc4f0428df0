"""chain: init, produce, status, verify, rebuild."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from anhvm.cli import keyring, output
from anhvm.cli.options import CHAIN, KEY, Chain, Json, KeyName, PassphraseFile
from anhvm.cli.progress import bar
from anhvm.errors import UsageError


def init(
    name: Annotated[str, typer.Option(metavar="NAME", help="What the chain is called.")] = "local",
    balance: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ACCOUNT=AMOUNT",
            help="Who starts with how much (repeatable); without it, the key holds everything.",
        ),
    ] = None,
    chain: Chain = CHAIN,
    key: KeyName = KEY,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Make a chain, with your key as its proposer."""
    from anhvm.chain import genesis
    from anhvm.chain.address import show
    from anhvm.chain.node import Chain as Node
    from anhvm.chain.session import SUPPLY

    balances = [_balance(text) for text in balance or ()]
    if len(dict(balances)) != len(balances):
        raise UsageError("usage", "an account has two balances", "give each account once")
    signer = keyring.open_key(key, passphrase_file)
    shares = dict(balances) or {signer.address: SUPPLY}
    now = int(datetime.now(UTC).timestamp() * 1000)
    start = genesis.make(name, now, (signer.address,), shares)
    with Node.create(chain, start) as node:
        identity = node.chain_id.hex()
    data = {
        "chain": str(chain),
        "name": name,
        "chain_id": identity,
        "proposer": show(signer.address),
        "balances": {show(account): amount for account, amount in sorted(shares.items())},
    }
    rows = [("chain", chain), ("id", identity), ("proposer", show(signer.address))]
    output.emit(json, data, output.pairs(rows))


def produce(
    chain: Chain = CHAIN,
    key: KeyName = KEY,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Produce blocks of everything that waits, at least one; executes nothing."""
    from anhvm.chain.node import Chain as Node

    blocks: list[dict[str, object]] = []
    rejected: list[dict[str, object]] = []
    with Node.open(chain) as node:
        signer = keyring.open_key(key, passphrase_file)
        for made in node.produce_all(signer):
            block = made.block
            count = len(block.transactions)
            blocks.append(
                {"height": block.height, "digest": block.digest.hex(), "transactions": count}
            )
            for transaction, reason in made.rejected:
                rejected.append({"transaction": transaction.id.hex(), **reason.to_json()})
                output.say(f"left out {transaction.id.hex()}: {reason.message}")
            if not json:
                shown = output.count(count, "transaction")
                output.emit(False, {}, f"block {block.height}  {block.digest.hex()}  {shown}")
    if json:
        output.emit(True, {"blocks": blocks, "rejected": rejected}, "")


def status(chain: Chain = CHAIN, json: Json = False) -> None:
    """Show the height, what waits, and the money of a chain."""
    from anhvm.chain.address import show
    from anhvm.chain.node import Chain as Node

    with Node.open(chain) as node:
        found = node.status()
    data = asdict(found) | {
        "chain_id": found.chain_id.hex(),
        "head": found.head.hex(),
        "next_proposer": show(found.next_proposer),
    }
    moment = datetime.fromtimestamp(found.time / 1000, UTC)
    shown = data | {"time": moment.isoformat(timespec="milliseconds")}
    rows = [
        (label.replace("_", " "), f"{value:,}" if isinstance(value, int) else value)
        for label, value in shown.items()
    ]
    output.emit(json, data, output.pairs(rows))


def verify(chain: Chain = CHAIN, json: Json = False) -> None:
    """Check every block and signature again, from genesis."""
    from anhvm.chain.node import Chain as Node

    with Node.open(chain) as node, bar("verifying", node.height, "blocks") as advance:
        height = node.verify(lambda done, total: advance(1))
    data = {"chain": str(chain), "height": height, "valid": True}
    output.emit(json, data, f"{output.count(height, 'block')}, all valid")


def rebuild(chain: Chain = CHAIN, json: Json = False) -> None:
    """Drop everything that is derived, receipts too, and build the index anew from the blocks."""
    from anhvm.chain.node import Chain as Node
    from anhvm.chain.session import Session

    with Session(Node.open(chain, fresh=True)) as session:
        session.answers.index.catch_up()
        height = session.chain.height
    data = {"chain": str(chain), "height": height}
    output.emit(json, data, f"rebuilt from {output.count(height, 'block')}")


def _balance(text: str) -> tuple[bytes, int]:
    account, _, amount = text.partition("=")
    with suppress(ValueError):
        return keyring.account(account), int(amount)
    message = f"'{text}' is no balance"
    raise UsageError("usage", message, "write ACCOUNT=AMOUNT, with an address or a key's name")
