"""Options and arguments that several commands share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Chain = Annotated[
    Path,
    typer.Option("--chain", metavar="FOLDER", envvar="ANHVM_CHAIN", help="The chain's folder."),
]
KeyName = Annotated[
    str,
    typer.Option("--key", metavar="NAME|FILE", envvar="ANHVM_KEY", help="The key that signs."),
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="Read the passphrase from a file; else ANHVM_PASSPHRASE, else it is asked for.",
    ),
]
Unencrypted = Annotated[
    bool,
    typer.Option("--unencrypted", help="Keep the key in clear: for tests and demos only."),
]
Budget = Annotated[
    int | None,
    typer.Option("--budget", metavar="GAS", min=0, help="Stop when more gas than this is used."),
]
Values = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ARGS",
        help="Values: 7, -0.5, true, anh1…, text, 0x6869, [[1, 2]], @x.npy, @blob:…, {…}.",
        show_default=False,
    ),
]
Source = Annotated[Path, typer.Argument(metavar="FILE", help="A contract (.anh).")]
SourceOrProgram = Annotated[
    Path, typer.Argument(metavar="FILE", help="A contract (.anh) or a program (.anhp).")
]
ContractAddress = Annotated[
    str, typer.Argument(metavar="CONTRACT", help="The contract's address: anh1…")
]
FunctionName = Annotated[str, typer.Argument(metavar="FUNCTION", help="The function's name.")]
Money = Annotated[int, typer.Option("--value", metavar="AMOUNT", min=0, help="Money to send.")]
GasLimit = Annotated[
    int | None,
    typer.Option(
        "--gas-limit", metavar="GAS", min=0, help="Most gas to use; left out, a dry run finds it."
    ),
]
GasPrice = Annotated[
    int, typer.Option("--gas-price", metavar="AMOUNT", min=0, help="What one unit of gas pays.")
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", metavar="N", min=1, help="Threads for one kernel; all by default."),
]
Instructions = Annotated[
    bool, typer.Option("--instructions", help="Show the executed instructions as well, in order.")
]

CHAIN = Path("chain")
"""The folder that is meant without --chain."""
KEY = "default"
"""The key that is meant without --key."""


def is_option(word: str) -> bool:
    """Whether a word looks like an option, and not like a negative number."""
    return word[:1] == "-" and word[1:2] not in ".0123456789" and word not in ("-inf", "-nan")
