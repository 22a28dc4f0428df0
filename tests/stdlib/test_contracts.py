"""Every standard contract: documented, tested, with effects that are known from bytes."""

from __future__ import annotations

import pytest

from anhvm.program.model import Init, Kind, Mode
from anhvm.testing.compose import compose
from tests.stdlib.play import FOLDER, ROOT, compiled
from tests.stdlib.test_faults import FAULTS

NAMES = sorted(path.stem for path in FOLDER.glob("*.anh") if not path.stem.startswith("test_"))


def test_each_has_tests_histories_and_a_page() -> None:
    assert sorted({play.name for play, _, _ in FAULTS}) == NAMES
    page = (ROOT / "docs" / "stdlib.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"stdlib/contracts/{name}.anh" in page, name


@pytest.mark.parametrize("name", NAMES)
def test_tests_reach_every_function(name: str) -> None:
    suite = compose(FOLDER / f"test_{name}.anh")
    reached = {f.name for f in suite.program.functions if f.name.startswith(f"{name}.")}
    assert reached >= {f"{name}.{function.name}" for function in compiled(name).abi.functions}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_call_may_write_is_known_from_its_bytes(name: str) -> None:
    program = compiled(name).program
    for function in program.functions:
        if function.kind is Kind.CALL:
            keys = [k for e in function.effects if e.mode is Mode.WRITE for k in e.keys]
            assert all(key.init != Init.ZERO for key in keys), function.name


@pytest.mark.parametrize("name", NAMES)
def test_no_call_leaves_the_contract(name: str) -> None:
    """So nothing can call it again while it is at work."""
    program = compiled(name).program
    assert program.externs == ()
    assert not any(function.reentrant for function in program.functions)
