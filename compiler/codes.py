"""The table of diagnostic codes.  A code is stable: it is never renumbered nor used again.

`docs/errors.md` is generated from it (``python -m anhvm.compiler.codes --write``; ``--check`` says
whether the page is stale), and a test holds that every code has a program that provokes it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple


class Code(NamedTuple):
    """`title` names the kind of fault; `advice` is what usually mends it."""

    title: str
    advice: str


CODES: dict[str, Code] = {
    # E01: how the text is written
    "E0101": Code("unexpected text", "Write what the message says is expected at this place."),
    "E0102": Code("character outside the language", "Remove it, or put it into a string."),
    "E0103": Code("broken indentation", "Indent a block by four more spaces than its header."),
    "E0104": Code("missing colon", "End the header of a block with ':'."),
    "E0105": Code("open bracket or string", "Close it."),
    "E0106": Code("word of another language", "Use the form that the message shows."),
    "E0107": Code("literal out of range", "Write a number that the type can hold."),
    "E0108": Code("not a type", "Write a type such as u64, f32[N, 64], map[address, u64]."),
    "E0109": Code("not assignable", "Assign to a variable, a field, or a part of one."),
    "E0110": Code("misplaced form", "Use the form where the message says it belongs."),
    # E02: names and modules
    "E0201": Code("unknown name", "Check the spelling, or declare it first."),
    "E0202": Code("name declared twice", "Rename one of the two."),
    "E0203": Code("unknown module", "Import a module of std, or a file beside this one."),
    "E0204": Code("name missing from a module", "Check the spelling of the imported name."),
    "E0205": Code("unknown member", "Use one of the members that the message names."),
    "E0206": Code("variable may be unset", "Assign it before the block in which it was assigned."),
    "E0207": Code("modules import each other", "Move what both need into a third module."),
    # E03: types
    "E0301": Code("types do not match", "Convert one side, as the message shows."),
    "E0302": Code("operation not defined", "Convert the operands, or use another operation."),
    "E0303": Code("wrong arguments", "Pass the arguments that the signature asks for."),
    "E0304": Code("not a value", "Call the function, or name a field of the contract."),
    "E0305": Code("shape not determined", "Say the type: 'name: f32[64, 10] = zeros()'."),
    "E0306": Code("wrong number of values", "Name as many targets as there are values."),
    "E0307": Code("condition is no bool", "Compare with something: 'x != 0'."),
    # E04: shapes
    "E0401": Code("shapes do not match", "Mend the dimension that the message names."),
    "E0402": Code("no such axis", "Name an axis that the tensor has; the first one is 0."),
    "E0403": Code("dimension not known", "Build dimensions from constants and dimension names."),
    "E0404": Code("wrong number of indices", "Give one index for each axis."),
    # E05: statements
    "E0501": Code("missing return", "Return a value on every path."),
    "E0502": Code("outside of a loop", "Use break and continue inside while and for only."),
    "E0503": Code("unreachable statement", "Remove it, or move it before the jump."),
    "E0504": Code("value is not used", "Assign it, or remove the statement."),
    "E0505": Code("not iterable", "Iterate over range(stop) or range(start, stop)."),
    # E06: contracts
    "E0601": Code("view that changes something", "Make it @call, or remove the change."),
    "E0602": Code("wrong decorator", "Use one of @call, @view, @init, or none."),
    "E0603": Code("field type not storable", "Use scalars, bytes, tensors of fixed size, structs."),
    "E0604": Code("map used as a value", "Read one key of it: 'self.balances[who]'."),
    "E0605": Code("not constant", "Use literals and constants only."),
    "E0606": Code("no contract", "Put the functions into 'contract NAME:'."),
    "E0607": Code("struct contains itself", "Break the cycle."),
    "E0608": Code("self outside of a contract", "Pass the value as a parameter."),
    "E0609": Code("shape of a caller's value", "Name every dimension in the parameters."),
    "E0610": Code("machine limit exceeded", "Split the function or the value."),
    "E0611": Code("interface not kept", "Give the function what the interface promises."),
    # E07: gradients
    "E0701": Code("not differentiable here", "Follow the message; see the page on gradients."),
    "E0702": Code("gradient of what is no float", "Differentiate with respect to f32 values."),
    "E0703": Code("function has no gradient", "Let it return a single f32 scalar."),
}


def page() -> str:
    """The reference page, as Markdown."""
    rows = [f"| {code} | {c.title} | {c.advice} |" for code, c in sorted(CODES.items())]
    head = [
        "# Errors of the compiler",
        "",
        "Generated from `compiler/codes.py`; a code never changes its meaning.",
        "",
        "| code | fault | what usually mends it |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def main(args: list[str]) -> int:
    target = Path(__file__).resolve().parents[1] / "docs" / "errors.md"
    if args == ["--write"]:
        target.write_text(page(), encoding="utf-8")
        return 0
    if args == ["--check"]:
        return 0 if target.is_file() and target.read_text(encoding="utf-8") == page() else 1
    print(page(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
