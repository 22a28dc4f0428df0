"""Kernels that write over a value that they use up, or over the last result: nothing shows it but
the memory of the host.
"""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from anhvm.assembler import assemble
from anhvm.errors import CannotAnswer
from anhvm.isa import schedule
from anhvm.kernels.definitions.call import call
from anhvm.machine.core import lib
from anhvm.program.encode import encode
from anhvm.program.engine import Done, Env
from anhvm.reference import ReferenceEngine
from tests.machine.build import engine, finish, on_device, shown

SIZE = 5000
GIVEN = np.linspace(-3, 3, SIZE).astype(np.float32)
TEXT = """
const fixed: f32[1] [2] = 1.5, -2.5
const two: f32 = 2.0
field cell: f32[1] [{size}]
event Shown(f32[1])
function f call (f32[1]) -> (f32[1], f32[1])
  writes cell
  reads cell
  reg a: f32[1] = arg 0
  reg fixed: f32[1] = const fixed
  reg two: f32 = const two
  reg x: f32[1]
  reg y: f32[1]
  {lead}
  {kernel}
  ret (x, y)
function same internal (f32[1]) -> (f32[1])
  reg a: f32[1] = arg 0
  ret (a)
"""
OWN = "kernel neg(a) -> (x)"
BOTH = f"{OWN}\n kernel neg(x) -> (y)\n"
LEADS = {
    "its own": OWN,
    "shared": f"{OWN}\n copy y, x",
    "once shared": f"{OWN}\n copy y, x\n drop y",
    "argument": "copy x, a",
    "constant": "copy x, fixed",
    "empty": "",
    "stored": f"{OWN}\n s.store x, cell",
    "loaded": f"{OWN}\n s.store x, cell\n s.load x, cell",
    "emitted": f"{OWN}\n emit Shown(x)",
    "back from a call": f"{OWN}\n call same(x) -> (x)",
}
STEPS = {
    "over w": "kernel sgd(x, x, two) -> (x)",
    "over one of both": "kernel momentum_step(x, x, x, two, two) -> (y, x)",
    "over w and v": f"{BOTH} kernel momentum_step(x, y, x, two, two) -> (x, y)",
    "crossed": f"{BOTH} kernel momentum_step(x, y, x, two, two) -> (y, x)",
    "twice the same": "kernel momentum_step(x, x, x, two, two) -> (x, x)",
    "over the last result": "kernel exp(a) -> (x)",
    "twice over the last result": "kernel momentum_step(a, a, a, two, two) -> (x, x)",
    "not over an operand": f"{BOTH} kernel max_grad(y, two; 1, 0) -> (y)",
}


def text_of(lead: str, kernel: str) -> str:
    return TEXT.format(size=SIZE, lead=lead, kernel=kernel)


@pytest.mark.parametrize("kernel", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("lead", LEADS.values(), ids=LEADS)
def test_nothing_shows_it(lead: str, kernel: str) -> None:
    slow = finish(ReferenceEngine(call, schedule.load()), text_of(lead, kernel), GIVEN)
    for on in (engine(1), engine(2), on_device(), on_device(here=("neg", "momentum_step"))):
        fast = finish(on, text_of(lead, kernel), GIVEN)
        assert (fast.gas_used, fast.high_water) == (slow.gas_used, slow.high_water)
        assert shown(fast) == shown(slow)


def requests(kernel: str) -> int:
    """How often a run asks the host for memory."""
    on = engine()
    for number in count():
        lib.anh_fail_after(number)
        try:
            finish(on, text_of(OWN, kernel), GIVEN)
            return number
        except CannotAnswer:
            pass
        finally:
            lib.anh_fail_after(-1)
    raise AssertionError


def test_no_memory_is_asked_for() -> None:
    assert (
        requests("kernel sgd(x, a, two) -> (x)")
        == requests("")
        < requests("kernel sgd(x, a, two) -> (y)")
    )
    assert requests("kernel exp(a) -> (x)") == requests("") < requests("kernel exp(x) -> (x)")
    both = f"{BOTH} kernel momentum_step(x, y, a, two, two) -> (x, y)"
    assert requests(both) == requests(BOTH)


def test_a_result_over_another_has_dims_of_its_own() -> None:
    text = """
    function f call (f32[2], f32[2]) -> (f32[2])
      reg a: f32[2] = arg 0
      reg b: f32[2] = arg 1
      reg x: f32[2]
      kernel transpose(a) -> (x)
      kernel transpose(b) -> (x)
      ret (x)
    """
    a, b = np.ones((3, 5), np.float32), np.arange(15, dtype=np.float32).reshape(5, 3)
    on = engine()
    done = on.start(on.load(encode(assemble(text))), 0, [a, b], Env(), 1 << 30).resume()
    assert isinstance(done, Done)
    np.testing.assert_array_equal(done.returns[0], b.T)
