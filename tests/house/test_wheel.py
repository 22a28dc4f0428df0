"""The wheel, by the way of the sdist: built from what git tracks, used from an empty folder.

In a checkout everything is found anyhow; only here does a file that was forgotten in MANIFEST.in or
in package_data show.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.files import ROOT, SHIPPED, name_of, tracked

pytestmark = pytest.mark.xdist_group("wheel")  # built once, by one worker
BUILD_TIME = "anhvm.machine.build_core"  # reads the C sources, which a wheel does not hold
IMPORT_ALL = f"""
import pkgutil, sys
sys.path.insert(0, sys.argv[1])
import anhvm
assert anhvm.__file__.startswith(sys.argv[1]), anhvm.__file__
names = [m.name for m in pkgutil.walk_packages(anhvm.__path__, "anhvm.")]
for name in names:
    if name != "{BUILD_TIME}" and not name.endswith(".__main__"):
        __import__(name)
print(*names)
"""


def call(*command: str | Path, cwd: Path) -> str:
    """Run a command; its whole talk is the message where it fails."""
    done = subprocess.run(
        command, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in tracked():
        copy = source / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    call(sys.executable, "setup.py", "-q", "sdist", cwd=source)
    (sdist,) = (source / "dist").iterdir()
    options = ("-q", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", out)
    call(sys.executable, "-m", "pip", "wheel", *options, sdist, cwd=out)
    (built,) = out.glob("*.whl")
    return built


def test_one_wheel_serves_every_python(wheel: Path) -> None:
    assert "-cp311-abi3-" in wheel.name


def test_the_wheel_holds_every_file_that_the_packages_need(wheel: Path) -> None:
    needed = {
        name if name.startswith("anhvm/") else f"anhvm/{name}"
        for name in map(name_of, tracked())
        if name.startswith(SHIPPED)
        and not name.startswith("benches/results/")
        and not name.endswith((".c", ".h", ".md"))
    }
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert needed <= inside, sorted(needed - inside)
    strangers = {
        name
        for name in inside - needed
        if ".dist-info/" not in name and not name.startswith("anhvm/machine/_core.abi3.")
    }
    assert not strangers


def test_every_module_imports_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    zipfile.ZipFile(wheel).extractall(site)
    names = call(sys.executable, "-I", "-c", IMPORT_ALL, site, cwd=empty).split()
    assert {"anhvm.errors", "anhvm.machine._core", "anhvm.kernels.table"} <= set(names)
