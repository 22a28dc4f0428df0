"""Pages made from the tables of opcodes and kernels, each time the documentation is rendered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from anhvm.isa.opcodes import OPS, Op
from anhvm.isa.schedule import load
from anhvm.kernels.table import KERNELS, Kernel


def write(folder: Path) -> None:
    """Writes ``opcodes.md`` and ``kernels.md`` into `folder`."""
    folder.mkdir(exist_ok=True)
    (folder / "opcodes.md").write_text(_opcodes(), encoding="utf-8")
    (folder / "kernels.md").write_text(_kernels(), encoding="utf-8")


def _opcodes() -> str:
    prices = load()
    rows = [
        (f"{op.code:#04x}", f"`{op.name}`", _code(_operands(op)), _gas(op, prices.opcodes),
         op.doc, ", ".join(trap.name for trap in op.traps))
        for op in OPS
    ]  # fmt: skip
    head = ("code", "name", "operands", "gas", "meaning", "traps")
    intro = (
        "Made from `anhvm/isa/opcodes.py` and gas schedule "
        f"{prices.version}. Gas is charged with the basic block; `+` marks what is charged at the "
        "instruction, by bytes or by shape (see [the machine](../machine.md))."
    )
    return _page("Opcodes", intro, head, rows)


def _kernels() -> str:
    rows = [
        (str(k.id), f"`{k.name}`", _code(k.text), k.gas_class, k.doc, _code(_meaning(k)))
        for k in KERNELS
    ]
    head = ("id", "name", "signature", "gas class", "meaning", "program; gradients")
    intro = (
        "Made from `kernels/table.py`. A kernel with a program is defined by it; the others are "
        "primitive. `g` is the adjoint of the output."
    )
    return _page("Kernels", intro, head, rows)


def _meaning(kernel: Kernel) -> str:
    gradients = [f"d{name} = {text}" for name, text in kernel.gradient.items()]
    return "; ".join(filter(None, [kernel.program, *gradients]))


def _operands(op: Op) -> str:
    return ", ".join(filter(None, op.operands))


def _gas(op: Op, classes: dict[str, int]) -> str:
    return f"{classes[op.gas]}{' +' if op.dynamic else ''}"


def _code(text: str) -> str:
    flat = " ".join(text.split()).replace("|", "\\|")
    return f"`{flat}`" if flat else ""


def _page(title: str, intro: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"# {title}", "", intro, "", _row(head), _row(["---"] * len(head))]
    return "\n".join([*lines, *map(_row, rows)]) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
