"""The command ``anhvm``: commands parse, call the Python API, and print.

stdout carries data alone, everything said to a person goes to stderr, and every fault that the user
can mend is one message with a next step and an exit code of `exits`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit code; raises nothing."""
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        from anhvm.cli.app import invoke
        from anhvm.cli.output import flush, notice, survive_odd_letters, wants_json

        survive_odd_letters()
        notice.silent = wants_json(args)
        code = invoke(args or ["--help"])
        flush()
        return code
    except BaseException as error:
        from anhvm.cli import faults, output

        return faults.report(error, output.wants_json(args))
