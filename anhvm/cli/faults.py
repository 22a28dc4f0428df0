"""From an exception to one message with a next step, and an exit code."""

from __future__ import annotations

import errno
import json
import os
import sys
import tempfile
import traceback
from typing import Any

from anhvm.cli import exits, output
from anhvm.errors import CannotAnswer, Exit, UsageError, UserError


def report(error: BaseException, as_json: bool) -> int:
    """Says what went wrong and returns the exit code."""
    if isinstance(error, KeyboardInterrupt):
        output.say("\ninterrupted; what was acknowledged is kept")
        return exits.INTERRUPTED
    if isinstance(error, BrokenPipeError):
        # Python would complain once more when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.PIPE_CLOSED
    fault = _mendable(error)
    if fault is None:
        return _bug(error, as_json)
    _print(fault, as_json)
    return int(fault.exit_code)


def _mendable(error: BaseException) -> UserError | None:
    """The error as one that the user can mend; None if it is ours."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, MemoryError):
        return CannotAnswer(
            "machine.memory",
            "this computer has too little free memory to go on",
            "free some memory, or work on a larger machine; the answer will be the same",
        )
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if isinstance(error, OSError) and (full or error.filename is not None):
        where = "" if error.filename is None else f": '{_short(str(error.filename))}'"
        hint = "make room on the disk" if full else "check the path, its rights and the disk"
        return UserError("file.system", f"{error.strerror}{where}", hint)
    if hasattr(error, "format_message"):  # typer's own: it has one base class for all of them
        context: Any = getattr(error, "ctx", None)
        path = context.command_path if context else "anhvm"
        message = " ".join(str(error.format_message()).split()).rstrip(".")
        return UsageError("usage", message, f"see: {path} --help")
    return None


def _short(path: str) -> str:
    return path if len(path) <= 200 else f"{path[:100]}…{path[-99:]}"


def _print(fault: UserError, as_json: bool) -> None:
    if as_json:
        content = {**fault.to_json(), "exit_code": int(fault.exit_code)}
        print(json.dumps({"error": content}), flush=True)
        return
    render = getattr(fault, "render", None)  # a CompileError draws its own carets and next steps
    if render:
        output.say(render(colour=output.colours(sys.stderr)))
        return
    red, off = ("\x1b[1;31m", "\x1b[0m") if output.colours(sys.stderr) else ("", "")
    output.say(f"{red}error[{fault.code}]{off}: {fault.message}\nnext: {fault.hint}")


def _bug(error: BaseException, as_json: bool) -> int:
    handle, path = tempfile.mkstemp(prefix="anhvm-report-", suffix=".txt")
    with os.fdopen(handle, "w", errors="backslashreplace") as file:
        file.write("".join(traceback.format_exception(error)))
    message = f"this is a fault of anhvm, not yours: {type(error).__name__}: {error}"
    hint = f"please report it, with the file {path}"
    _print(UserError("bug", message, hint, Exit.BUG), as_json)
    return int(Exit.BUG)
