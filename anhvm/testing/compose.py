"""From a test file to a program: tests become functions that can be started, and the contracts that
they import become modules of stand-ins, whose calls `scene` turns into transactions.

A stand-in has the signature of a public function and calls itself, so it needs no other meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from anhvm.compiler import syntax as s
from anhvm.compiler.ir import Span
from anhvm.compiler.modules import Modules
from anhvm.compiler.phases import Compilation, compile_file, read_source
from anhvm.errors import UserError
from anhvm.program.abi import Abi
from anhvm.program.abi import load as load_abi
from anhvm.program.encode import encode
from anhvm.program.model import Program

PREFIX: Final = "test_"
SETUP: Final = "setup"
_PUBLIC: Final = {"call", "view", "init"}


@dataclass(frozen=True, eq=False)
class Suite:
    """A compiled test file.  `tests` are the names of its tests, in the order of the file;
    `contracts` the encoded programs under test, by the names of their modules."""

    path: Path
    program: Program
    abi: Abi
    encoded: bytes
    tests: tuple[str, ...]
    has_setup: bool
    contracts: dict[str, bytes]
    sources: dict[str, str]

    def most_cases(self, cases: int, tests: Iterable[str]) -> int:
        """Cases in all, where a test with parameters has `cases`."""
        found = [f for f in self.abi.functions if f.name in set(tests)]
        return sum(cases if function.params else 1 for function in found)


def compose(path: Path) -> Suite:
    """Compiles a test file.  CompileError; UserError ``compile.*``, ``test.contract``."""
    compilation = _Tests(read_source(path), path.name, path.parent)
    module = compilation.syntax
    names = [f.name for f in module.contracts[0].functions]
    program = compilation.program
    return Suite(
        path,
        program,
        load_abi(program.abi),
        encode(program),
        tuple(name for name in names if name != SETUP),
        SETUP in names,
        compilation.found.contracts,
        dict(compilation.sources) | compilation.found.texts,
    )


def discover(paths: list[Path]) -> list[Path]:
    """The test files that are named, or lie in folders that are named, in order of their paths.

    UserError ``test.none`` where there are none.
    """
    found: dict[Path, None] = {}
    for path in paths:
        inside = _walk(path) if path.is_dir() else iter([path])
        found.update(dict.fromkeys(sorted(inside)))
    if not found:
        where = ", ".join(map(str, paths))
        hint = "write functions test_… into a file test_….anh beside the contract"
        raise UserError("test.none", f"there are no tests in {where}", hint)
    return list(found)


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*.anh"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and (path.stem.startswith(PREFIX) or path.stem.endswith("_test")):
            yield path


class _Found(Modules):
    """Modules, of which those that hold a contract are replaced by stand-ins."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__(folder)
        self.contracts: dict[str, bytes] = {}
        self.texts: dict[str, str] = {}

    def find(self, wanted: s.Import) -> s.Module | None:
        module = super().find(wanted)
        if module is None or not module.contracts:
            return module
        assert self.folder is not None
        whole = compile_file(self.folder.joinpath(*wanted.module.split(".")).with_suffix(".anh"))
        self.contracts[wanted.module] = encode(whole.program)
        self.texts |= whole.sources
        self.parsed[wanted.module] = _stand_ins(module)
        return self.parsed[wanted.module]


@dataclass(eq=False)
class _Tests(Compilation):
    """A compilation whose main file holds tests."""

    found: _Found = field(init=False)

    def __post_init__(self) -> None:
        self.found = self._modules = _Found(self.folder)

    @cached_property
    def syntax(self) -> s.Module:
        """The file as a contract whose @call functions are the tests."""
        module = super().syntax
        if module.contracts:
            message = f"{self.filename} holds a contract, and a test file holds functions"
            hint = "import the contract from a file of its own: import token"
            raise UserError("test.contract", message, hint)
        started = tuple(_decorated(f, "call") for f in module.functions if _is_started(f))
        rest = tuple(f for f in module.functions if not _is_started(f))
        contract = s.Contract("Tests", (), (), (), started, "", Span(module.file, 1, 1, 1, 1))
        return replace(module, functions=rest, contracts=(contract,))


def _is_started(function: s.Function) -> bool:
    return function.name.startswith(PREFIX) or function.name == SETUP


def _decorated(function: s.Function, name: str) -> s.Function:
    return replace(function, decorators=(s.Decorator(name, function.span), *function.decorators))


def _stand_ins(module: s.Module) -> s.Module:
    """A module with the types of a contract's file, and a stand-in for each public function."""
    contract = module.contracts[0]
    public = [f for f in contract.functions if {d.name for d in f.decorators} & _PUBLIC]
    names = {f.name for f in public}
    kept = tuple(f for f in module.functions if f.name not in names)
    return replace(
        module,
        consts=module.consts + contract.consts,
        functions=(*kept, *map(_stand_in, public)),
        contracts=(),
    )


def _stand_in(function: s.Function) -> s.Function:
    span = function.span
    args = tuple(s.Name(param.name, param.span) for param in function.params)
    again = s.Call(s.Name(function.name, span), args, (), span)
    body = s.Return((again,), span) if function.returns else s.Evaluate(again, span)
    return replace(function, decorators=(), body=(body,))
