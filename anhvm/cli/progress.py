"""A bar on stderr for work that takes time; nothing where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from anhvm.cli import output

Advance = Callable[[int], None]


@contextmanager
def bar(what: str, total: int, unit: str, most: bool = True) -> Iterator[Advance]:
    """Yields what to call with each amount that is done, of `total`, or at `most` of it."""
    if total <= 0 or not output.is_person(sys.stderr):
        yield lambda amount: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    of = "of at most" if most else "of"
    columns = (
        TextColumn(what),
        BarColumn(),
        TextColumn(f"{{task.completed:,.0f}} {of} {{task.total:,.0f}} {unit}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task(what, total=total)
        yield lambda amount: drawn.advance(task, amount)
