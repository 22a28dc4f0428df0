"""The host: failing allocations, floating-point modes of others, threads, forks."""

from __future__ import annotations

import gc
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import numpy as np
import pytest

from anhvm.assembler import assemble
from anhvm.errors import CannotAnswer
from anhvm.isa.traps import Trap
from anhvm.machine.core import lib
from anhvm.machine.engine import CoreEngine
from anhvm.program.encode import encode
from anhvm.program.engine import Callee, Done, Env, Need
from anhvm.program.model import Mode
from tests.machine.build import CELLS, FIBONACCI, GAS, PRODUCT, engine, start
from tests.machine.contracts import COUNTER, TRIES
from tests.machine.modes import another_mode, mode


def outstanding(expected: int = -1) -> int:
    """Blocks of the core that are in use; a cycle may hold some until it is collected."""
    if lib.anh_outstanding() != expected:
        gc.collect()
    return int(lib.anh_outstanding())


SQUARE = np.ones((2, 2), np.float32)
PUT = """
field cell: f32[1] [2]
function put call (f32[1]) -> (f32[1])
  writes cell
  reg a: f32[1] = arg 0
  reg i: u64
  reg zero: f32
  reg x: f32[1]
  reg y: f32[1]
  copy x, a
  copy y, a
  t.set x, (a, i, zero)
  t.put y, (y, i, zero)
  s.store a, cell
  t.put x, (x, i, zero)
  s.store x, cell
  t.put x, (x, i, zero)
  s.store a, cell
  ret (x)
"""


def whole_story(on: CoreEngine) -> None:
    """Loads, runs through every kind of stop, and lets go of everything."""
    loaded = on.load(encode(assemble(CELLS)))
    run = on.start(loaded, 0, [7, b"text"], Env(sender=b"me", self=b"self"), GAS)
    outcome = run.resume()
    while isinstance(outcome, Need):
        outcome = run.permit() if outcome.mode == Mode.WRITE else run.provide(None)
    assert isinstance(outcome, Done) and outcome.failure is None
    assert len(tuple(outcome.writes)) == 2 and len(tuple(outcome.events)) == 1
    assert len(tuple(outcome.reads)) == 3
    product = on.start(on.load(encode(assemble(PRODUCT))), 0, [SQUARE, SQUARE], Env(), GAS)
    multiplied = product.resume()
    assert isinstance(multiplied, Done) and multiplied.failure is None
    put = on.start(on.load(encode(assemble(PUT))), 0, [SQUARE[0]], Env(), GAS, permits=True)
    written = put.resume()
    assert isinstance(written, Done) and written.failure is None
    assert [v.tolist() for v in written.returns if isinstance(v, np.ndarray)] == [[0, 1]]
    assert [v.tolist() for _, v in written.writes if isinstance(v, np.ndarray)] == [[1, 1]]
    calls = on.start(on.load(encode(assemble(TRIES))), 0, [], Env(self=b"A"), GAS)
    counter = on.load(encode(assemble(COUNTER)))
    answer = calls.resume()
    while not isinstance(answer, Done):
        if isinstance(answer, Callee):
            answer = calls.link(counter)
        else:
            held = 2 if answer.cell.contract == b"B" else None
            answer = calls.provide(held) if answer.mode == Mode.READ else calls.permit()
    assert answer.failure is None and answer.writes[0][1] == Trap.ASSERT


def test_each_allocation_may_fail_and_nothing_leaks() -> None:
    on = engine()
    whole_story(on)
    before = outstanding()
    failed = 0
    while True:
        lib.anh_fail_after(failed)
        try:
            whole_story(on)
            break
        except CannotAnswer as error:
            assert error.code == "machine.memory"
            failed += 1
        finally:
            lib.anh_fail_after(-1)
        assert outstanding(before) == before
    assert failed > 15, "the hook has not reached the run"
    assert outstanding(before) == before


def test_a_run_that_is_dropped_in_the_middle_gives_its_memory_back() -> None:
    on = engine()
    before = outstanding()
    run = start(CELLS, 7, b"!", on=on, sender=b"me")
    run.resume()
    assert outstanding() > before
    del run
    assert outstanding(before) == before


FLOATS = """
const tiny: f32 = 1.5e-38
const half: f32 = 0.5
const third: f32 = 0.333333343
function floats call () -> (f32, f32, f32)
  reg tiny: f32 = const tiny
  reg half: f32 = const half
  reg third: f32 = const third
  reg a: f32
  reg b: f32
  reg c: f32
  f32.mul a, tiny, half
  f32.mul b, third, third
  f32.add c, third, tiny
  ret (a, b, c)
"""


@pytest.mark.parametrize("mxcsr", [0x1F80, 0x9FC0, 0x7F80, 0x5F80, 0x3F80])
def test_the_mode_that_others_set_changes_nothing_and_is_left_as_it_was(mxcsr: int) -> None:
    expected = start(FLOATS).resume()
    assert isinstance(expected, Done)
    assert expected.returns[0] == 0, "a subnormal product is flushed"
    x = np.linspace(-1e-20, 1e-19, 64, dtype=np.float32).reshape(8, 8)
    product = start(PRODUCT, x, x).resume()
    assert isinstance(product, Done)
    floats, again = start(FLOATS), start(PRODUCT, x, x)
    with another_mode(mxcsr):
        assert floats.resume() == expected
        assert mode() & ~0x3F == mxcsr
        seen = again.resume()
    assert isinstance(seen, Done)
    assert np.asarray(seen.returns[0]).tobytes() == np.asarray(product.returns[0]).tobytes()


def digest(on: CoreEngine) -> bytes:
    rng = np.random.default_rng(5)
    a = rng.standard_normal((150, 300), np.float32) * np.float32(1e-19)
    b = rng.standard_normal((300, 170), np.float32) * np.float32(1e-19)
    done = start(PRODUCT, a, b, on=on).resume()
    assert isinstance(done, Done) and done.failure is None
    return np.asarray(done.returns[0]).tobytes()


def test_any_number_of_threads_gives_the_same_bits() -> None:
    expected = digest(engine())
    for threads in (2, 3, 8):
        on = engine(threads)
        assert all(digest(on) == expected for _ in range(3))


def test_workers_go_where_the_caller_may_but_not_beside_it() -> None:
    before = os.sched_getaffinity(0)
    if (os.cpu_count() or 1) < 2:
        pytest.skip("one processor")
    known, on = set(os.listdir("/proc/self/task")), engine(2)
    try:
        for allowed in ({0, 1}, {0}):
            os.sched_setaffinity(0, allowed)
            digest(on)
            (worker,) = set(os.listdir("/proc/self/task")) - known
            sleep(0.01)  # it is asleep then, and is told where to go
            digest(on)
            found = os.sched_getaffinity(int(worker))
            assert len(found) == 1 and found <= allowed
    finally:
        os.sched_setaffinity(0, before)


def test_two_runs_at_once_share_a_pool_without_harm() -> None:
    expected, on = digest(engine()), engine(2)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: digest(on), range(24))) == {expected}


def test_a_forked_child_makes_its_own_workers() -> None:
    on = engine(3)
    expected = digest(on)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # a child that waits for workers it does not have must not wait for ever
        try:
            os.write(writing, b"same" if digest(on) == expected else b"differs")
        finally:
            os._exit(0)
    os.close(writing)
    assert os.read(reading, 16) == b"same"
    os.close(reading)
    assert os.waitpid(child, 0)[1] == 0
    assert digest(on) == expected


def test_a_run_that_began_before_a_fork_goes_on_in_both() -> None:
    run = start(CELLS, 7, b"!", sender=b"me")
    run.resume()
    child = os.fork()
    if child == 0:
        os._exit(0 if isinstance(run.provide(1), Need) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert isinstance(run.provide(1), Need)


def test_the_loop_of_the_bench_computes() -> None:
    done = start(FIBONACCI, 1000).resume()
    assert isinstance(done, Done) and done.returns == (0,)
