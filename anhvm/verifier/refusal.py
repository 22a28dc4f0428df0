"""What the verifier says when it refuses a program."""

from __future__ import annotations

from anhvm.errors import UserError


class NotVerified(UserError):
    """A program that breaks a rule of the machine.

    `code` names the rule (``"verify.type"``); `function` and `pc` say where, or are None.
    """

    def __init__(
        self, rule: str, what: str, function: str | None = None, pc: int | None = None
    ) -> None:
        where = "" if function is None else f" in function {function}"
        where += "" if pc is None else f", instruction {pc}"
        super().__init__(
            f"verify.{rule}",
            f"This program is refused{where}: {what}.",
            "Compile the contract with a compiler of this version; the machine runs nothing else.",
        )
        self.function = function
        self.pc = pc
