"""The two families of errors.

A `UserError` is something that the person at the keyboard can mend: it has a stable code, one
sentence, and a next step, and a front end prints it without a traceback.  A `Bug` is ours: a front
end prints it with a request for a report.  Traps are neither: a trap is a *result* of a contract.
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the command line."""

    OK = 0
    FAILED = 1  # the command worked, the answer is no: a trap, a failed check
    USAGE = 2  # wrong arguments
    INPUT = 3  # a file, key, program or value that cannot be used
    CHAIN = 4  # a chain folder that is missing, corrupt, or of another version
    REFUSED = 5  # the chain refuses a transaction: fee, nonce, signature, expiry
    CANNOT_ANSWER = 6  # a spent budget or missing data; never a result
    BUG = 70


class UserError(Exception):
    """A fault that the user can mend.

    `code` is stable (``"chain.nonce"``), `message` says what is wrong, `hint` is the next step.
    """

    exit_code: Exit = Exit.INPUT

    def __init__(self, code: str, message: str, hint: str, exit_code: Exit | None = None) -> None:
        super().__init__(message)
        self.add_note(f"next: {hint}")  # what Python shows below the message
        self.code = code
        self.message = message
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code

    def to_json(self) -> dict[str, object]:
        return {"code": self.code, "message": self.message, "hint": self.hint}


class UsageError(UserError):
    exit_code = Exit.USAGE


class ChainError(UserError):
    exit_code = Exit.CHAIN


class Refused(UserError):
    """A transaction or block that the rules do not admit."""

    exit_code = Exit.REFUSED


class CannotAnswer(UserError):
    """Missing data or a spent budget: never a result, and it never changes gas."""

    exit_code = Exit.CANNOT_ANSWER


class Bug(Exception):
    """An invariant of ours that does not hold."""
