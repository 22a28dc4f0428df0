"""The definitions under another law: what a kernel would give if one rule of the law were broken.

`under` loads a private copy of the definitions in which some names are replaced; the definitions
themselves, and whoever runs them at the same time, notice nothing.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec, module_from_spec
from types import ModuleType, SimpleNamespace
from typing import Any

from numpy.typing import NDArray

from anhvm.errors import Bug

Caller = Callable[[str, Sequence[Any], Sequence[int], Sequence[int]], list[NDArray[Any]]]
Changes = Mapping[str, Callable[[Any], Mapping[str, Any]]]

_PACKAGE = "anhvm.kernels.definitions"


def under(changes: Changes) -> Caller:
    """`definitions.call.call` of a copy of the definitions.

    `changes` maps the name of a module, ``"floats"``, to a function that takes that module of the
    copy and returns what replaces names in it.  Raises Bug for a name that the module lacks.
    """
    loaded: dict[str, ModuleType] = {}

    def load(stem: str) -> ModuleType:
        if stem in loaded:
            return loaded[stem]
        spec = find_spec(f"{_PACKAGE}.{stem}")
        if spec is None or spec.loader is None:
            raise Bug(f"no definitions in '{stem}'")
        module = loaded[stem] = module_from_spec(spec)
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": importer}
        spec.loader.exec_module(module)
        replaced = changes[stem](module) if stem in changes else {}
        for name, value in replaced.items():
            if not hasattr(module, name):
                raise Bug(f"no '{name}' in {stem}")
            setattr(module, name, value)
        return module

    def importer(
        name: str, scope: Any = None, local: Any = None, wanted: Any = (), level: int = 0
    ) -> Any:
        if name == _PACKAGE and wanted:
            return SimpleNamespace(**{stem: load(stem) for stem in wanted})
        if name.startswith(f"{_PACKAGE}.") and wanted:
            return load(name.removeprefix(f"{_PACKAGE}."))
        return builtins.__import__(name, scope, local, wanted, level)

    copy: Caller = load("call").call
    if changes.keys() - loaded.keys():
        raise Bug(f"no definition uses {sorted(changes.keys() - loaded.keys())}")
    return copy
