"""new: a folder with a contract that compiles, a test that passes, and what to type next."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from anhvm.cli import output
from anhvm.cli.options import Json
from anhvm.errors import UsageError, UserError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def new(
    folder: Annotated[Path, typer.Argument(metavar="NAME", help="The new project's folder.")],
    origin: Annotated[
        str, typer.Option("--from", metavar="CONTRACT", help="A standard contract to begin from.")
    ] = "",
    json: Json = False,
) -> None:
    """Begin a project: a contract that learns, a test, and a page that explains both.

    With --from, the contract is a standard one: token, owned, registry, trainer, vesting, council.
    """
    from anhvm.cli import scaffold

    if not _NAME.fullmatch(folder.name) or _is_taken(folder.name):
        message = f"'{folder.name}' is no name for a project"
        hint = (
            "use lower-case letters, digits and _, and no word of the language; no test_ before it"
        )
        raise UsageError("new.name", message, hint)
    files = scaffold.files(folder.name, origin)
    try:
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except FileExistsError as error:
        message = f"'{folder}' exists"
        raise UserError("new.exists", message, "choose another name") from error
    except OSError as error:
        message = f"'{folder}' cannot be made: {error.strerror or error}"
        raise UserError("new.folder", message, "choose a folder of your own") from error
    made = [str(folder / name) for name in files]
    output.emit(json, {"folder": str(folder), "files": made}, "\n".join(made))
    output.say(f"next: read {folder / 'README.md'}")


def _is_taken(name: str) -> bool:
    """Whether a test could not import a contract of that name, or the contract looks like one."""
    from anhvm.compiler.declare import RESERVED
    from anhvm.compiler.diagnostics import Fault
    from anhvm.compiler.parser import parse

    try:
        parse(f"import {name}\n", "")
    except Fault:
        return True
    return name in {*RESERVED, "test", "std"} or name.startswith("test_") or name.endswith("_test")
