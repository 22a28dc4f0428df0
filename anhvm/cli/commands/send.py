"""deploy, call, transfer, publish: sign a transaction and let it wait for a block."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from anhvm.cli import arguments, files, keyring, output, programs, sessions
from anhvm.cli.options import (
    CHAIN,
    KEY,
    Chain,
    ContractAddress,
    FunctionName,
    GasLimit,
    GasPrice,
    Json,
    KeyName,
    Money,
    PassphraseFile,
    SourceOrProgram,
    Values,
)

if TYPE_CHECKING:
    import numpy as np


def deploy(
    file: SourceOrProgram,
    args: Values = None,
    value: Money = 0,
    gas_limit: GasLimit = None,
    gas_price: GasPrice = 1,
    chain: Chain = CHAIN,
    key: KeyName = KEY,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Deploy a contract; ARGS go to its @init."""
    from anhvm.chain.address import show

    program, encoded = programs.load(file)
    values = arguments.parse_all(args)
    with sessions.open_session(chain) as session:
        signer = keyring.open_key(key, passphrase_file)
        sent, contract = session.deploy(
            signer, encoded, *values, value=value, gas_limit=gas_limit, gas_price=gas_price
        )
    rows = [("contract", show(contract)), ("transaction", sent.hex())]
    _sent(json, {**dict(rows), "name": program.name}, rows)


def call(
    contract: ContractAddress,
    function: FunctionName,
    args: Values = None,
    value: Money = 0,
    gas_limit: GasLimit = None,
    gas_price: GasPrice = 1,
    chain: Chain = CHAIN,
    key: KeyName = KEY,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Call a @call function of a contract; with --gas-limit nothing is tried out before."""
    values = arguments.parse_all(args)
    with sessions.open_session(chain) as session:
        signer = keyring.open_key(key, passphrase_file)
        sent = session.call(
            signer,
            contract,
            function,
            *values,
            value=value,
            gas_limit=gas_limit,
            gas_price=gas_price,
        )
    _sent(json, {"transaction": sent.hex()}, [("transaction", sent.hex())])


def transfer(
    to: Annotated[
        str, typer.Argument(metavar="TO", help="An account: anh1…, or the name of a key of yours.")
    ],
    amount: Annotated[int, typer.Argument(metavar="AMOUNT", min=0, help="In the smallest unit.")],
    chain: Chain = CHAIN,
    key: KeyName = KEY,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Send money to an account."""
    target = keyring.account(to)
    with sessions.open_session(chain) as session:
        signer = keyring.open_key(key, passphrase_file)
        sent = session.transfer(signer, target, amount)
    _sent(json, {"transaction": sent.hex()}, [("transaction", sent.hex())])


def publish(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A tensor (.npy), or any file as bytes.")
    ],
    chain: Chain = CHAIN,
    key: KeyName = KEY,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Publish a tensor or a file, and print what to pass as an argument for it."""
    from anhvm.chain.values import BlobTensor

    data: bytes | np.ndarray[Any, Any]
    if file.suffix == ".npy":
        data = arguments.load_tensor(file)
        arguments.check_publishable(data)
    else:
        data = files.read(file)
    with sessions.open_session(chain) as session:
        signer = keyring.open_key(key, passphrase_file)
        with session.batch():
            found = session.publish(signer, data)
    if isinstance(found, BlobTensor):
        argument, blob = arguments.show_blob(found), found.blob
    else:
        argument, blob = f"0x{found.hex()}", found
    size = len(data) if isinstance(data, bytes) else data.nbytes
    rows = [("argument", argument), ("bytes", f"{size:,}")]
    _sent(json, {"argument": argument, "blob": blob.hex(), "bytes": size}, rows)


def _sent(json: bool, data: Mapping[str, object], rows: output.Pairs) -> None:
    output.emit(json, data, output.pairs(rows))
    output.say("it waits for a block\nnext: anhvm chain produce")
