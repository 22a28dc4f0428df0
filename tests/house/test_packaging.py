"""The mapped folders: symlinks, setup.py and the linters must tell one story."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

import pytest

import anhvm
from tests.house.files import ROOT, SHIPPED, name_of, sources


@pytest.fixture(scope="module")
def setup() -> ModuleType:
    spec = spec_from_file_location("setup_of_anhvm", ROOT / "setup.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tools() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]  # type: ignore[no-any-return]


def test_each_mapped_folder_has_its_symlink_and_no_other_has_one(setup: ModuleType) -> None:
    links = {
        path.name: path.readlink().as_posix()
        for path in (ROOT / "anhvm").iterdir()
        if path.is_symlink()
    }
    assert links == {name: f"../{name}" for name in setup.MAPPED}


def test_ruff_bans_the_bare_names_and_lints_each_folder_once(
    setup: ModuleType, tools: dict[str, Any]
) -> None:
    ruff = tools["ruff"]
    assert tuple(ruff["lint"]["flake8-tidy-imports"]["banned-api"]) == setup.MAPPED
    assert ruff["extend-exclude"] == [f"anhvm/{name}" for name in setup.MAPPED]


def test_every_folder_with_code_is_a_package_built_from_its_real_place(setup: ModuleType) -> None:
    shipped = {
        path.parent.relative_to(ROOT).parts
        for path in sources(".py")
        if name_of(path).startswith(SHIPPED)
    }
    names = {".".join(parts if parts[0] == "anhvm" else ("anhvm", *parts)) for parts in shipped}
    assert names == set(setup.packages()), "does a folder lack its __init__.py?"


def test_importing_the_front_door_loads_no_heavy_library() -> None:
    heavy = ["cffi", "lark", "llvmlite", "lmdb", "nacl", "numba", "numpy", "rich", "typer"]
    code = f"import sys, anhvm, anhvm.errors; print([n for n in {heavy} if n in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert loaded.strip() == "[]"


def test_every_public_name_resolves_to_what_an_editor_sees() -> None:
    tree = ast.parse((ROOT / "anhvm/__init__.py").read_bytes())
    typing_only = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in typing_only.body if isinstance(node, ast.ImportFrom)]
    seen = {alias.name: node.module for node in imports for alias in node.names}
    assert seen.keys() == {*anhvm.__all__} - {"__version__"}
    for name, module in seen.items():
        assert module is not None
        assert getattr(anhvm, name) is getattr(import_module(module), name)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        _ = anhvm.absent  # type: ignore[attr-defined]
