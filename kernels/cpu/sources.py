"""Which sources decide the machine code of a kernel: its module, and all that imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_KERNELS = Path(__file__).resolve().parents[1]
_PACKAGE = "anhvm.kernels."
# The compiler itself is imported by no kernel.
_COMPILER = "cpu/codegen.py"


def closure(module: str) -> tuple[str, ...]:
    """Paths below `kernels/` of a module of ours and of what it imports from there, sorted."""
    found: set[str] = set()
    waiting = [_path(module) or "", _COMPILER]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imports(name)
    return tuple(sorted(found))


@cache
def _imports(name: str) -> tuple[str, ...]:
    tree = ast.parse((_KERNELS / name).read_bytes())
    return tuple(path for module in _modules(tree) if (path := _path(module)))


def _modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _path(module: str) -> str | None:
    if not module.startswith(_PACKAGE):
        return None
    path = module.removeprefix(_PACKAGE).replace(".", "/") + ".py"
    return path if (_KERNELS / path).is_file() else None
