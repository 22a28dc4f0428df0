"""What each exit code means: shown by ``anhvm --help`` and in the documentation."""

from __future__ import annotations

from typing import Final

from anhvm.errors import Exit

INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141

MEANING: Final[dict[int, str]] = {
    Exit.OK: "done",
    Exit.FAILED: "the command worked, and the answer is no: a contract trapped, a check failed",
    Exit.USAGE: "wrong command, option or number of arguments",
    Exit.INPUT: "a file, key, program or value that cannot be used",
    Exit.CHAIN: "a chain folder that is missing, damaged, or of another version",
    Exit.REFUSED: "the chain refuses the transaction: funds, nonce, signature, expiry, proposer",
    Exit.CANNOT_ANSWER: "cannot answer yet: the budget is spent, or data is missing",
    Exit.BUG: "a fault of ours; the message says where the report is",
    INTERRUPTED: "interrupted from the keyboard",
    PIPE_CLOSED: "whoever read the output closed it",
}
