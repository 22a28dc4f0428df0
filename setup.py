"""Build: the mapped top-level folders and the C core. Metadata lives in pyproject.toml."""

from __future__ import annotations

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent
MAPPED = ("benches", "chain", "compiler", "kernels", "stdlib")
"""Top-level folders that are imported as ``anhvm.<name>``; a symlink of each lies in anhvm/."""

DATA = ("**/*.anh", "**/*.html", "*.json", "*.lark", "*.toml", "worst/*.asm", "py.typed")
CORE = "anhvm/machine/build_core.py:ffibuilder"


def version() -> str:
    """The one version, read without importing the package that is about to be built."""
    text = (HERE / "anhvm/__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    assert found is not None
    return found[1]


def packages() -> list[str]:
    """Every package once, at its real place: a checkout may have no symlinks."""
    behind_links = [f"anhvm.{name}{rest}" for name in MAPPED for rest in ("", ".*")]
    found = find_packages(include=["anhvm", "anhvm.*"], exclude=behind_links)
    for name in MAPPED:
        found.append(f"anhvm.{name}")
        found += [f"anhvm.{name}.{inner}" for inner in find_packages(name)]
    return sorted(found)


if __name__ == "__main__":
    setup(
        version=version(),
        packages=packages(),
        package_dir={f"anhvm.{name}": name for name in MAPPED},
        package_data={"": list(DATA)},
        include_package_data=False,
        cffi_modules=[CORE],
        # One wheel for every CPython from 3.11 on: the core uses the limited API only.
        options={"bdist_wheel": {"py_limited_api": "cp311"}},
        zip_safe=False,
    )
