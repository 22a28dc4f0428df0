"""Runs that stop and go on, and what callers do wrong."""

from __future__ import annotations

import gc
import signal
import threading
import time
from types import FrameType

import numpy as np
import pytest

from anhvm.assembler import assemble
from anhvm.errors import Bug, UserError
from anhvm.isa import schedule
from anhvm.isa.traps import MAX_DEPTH, MAX_EVENTS, Trap
from anhvm.kernels.definitions.call import call
from anhvm.machine.engine import CoreEngine
from anhvm.program.encode import encode
from anhvm.program.engine import Cell, Done, Engine, Env, Need
from anhvm.program.model import Mode
from anhvm.reference import ReferenceEngine
from tests.machine.build import CELLS, FIBONACCI, GAS, PRODUCT, engine, load, start

KEY = b"\0\0\0\2me" + (14).to_bytes(8, "big")


def test_a_run_asks_for_each_cell_once_and_ends_with_what_it_wrote() -> None:
    run = start(CELLS, 7, b"!", sender=b"me")
    assert run.resume() == Need(Cell(0), Mode.READ)
    assert run.resume() == Need(Cell(0), Mode.READ), "asking again changes nothing"
    assert run.provide(None) == Need(Cell(1, KEY), Mode.READ)
    assert run.provide(b"hello") == Need(Cell(1, KEY), Mode.WRITE)
    assert run.permit() == Need(Cell(2), Mode.READ)
    grid = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    done = run.provide(grid)
    assert isinstance(done, Done) and done.failure is None
    assert done.returns[0] == 47
    np.testing.assert_array_equal(done.returns[1], grid)
    assert done.writes == ((Cell(0), 47), (Cell(1, KEY), b"hello!"))
    assert done.reads == (Cell(0), Cell(1, KEY), Cell(2))
    assert done.events[0].values[:2] == (47, b"hello!")
    assert run.resume() is done
    assert run.gas_used == done.gas_used


@pytest.mark.parametrize("size", [0, 3, 4, 5, 40])
def test_short_and_long_paths_are_shown_whole(size: int) -> None:
    who = bytes(range(1, size + 1))
    path = size.to_bytes(4, "big") + who + KEY[-8:]
    run = start(CELLS, 7, b"!", sender=who)
    run.resume()
    assert run.provide(None) == Need(Cell(1, path), Mode.READ)
    assert run.provide(None) == Need(Cell(1, path), Mode.WRITE)


def test_an_abort_traps_as_unlisted_and_nothing_was_written() -> None:
    run = start(CELLS, 7, b"!", sender=b"me")
    run.resume()
    run.provide(1)
    done = run.abort()
    assert done.failure is not None and done.failure.trap == Trap.UNLISTED
    assert (done.writes, done.events, done.returns) == ((), (), ())
    assert done.reads == (Cell(0), Cell(1, KEY))


def test_an_answer_that_nobody_asked_for_is_a_bug() -> None:
    run = start(CELLS, 7, b"!", sender=b"me")
    for wrong in (run.permit, run.abort, lambda: run.provide(1)):
        with pytest.raises(Bug):
            wrong()
    run.resume()
    with pytest.raises(Bug, match="no need of mode WRITE"):
        run.permit()


@pytest.mark.parametrize("value", [-1, 1 << 64, True, 1.0, b"1", np.float32(1)])
def test_a_value_of_another_type_is_refused_and_the_run_stays(value: object) -> None:
    run = start(CELLS, 7, b"!", sender=b"me")
    run.resume()
    with pytest.raises(UserError) as caught:
        run.provide(value)  # type: ignore[arg-type]
    assert caught.value.code == "machine.value"
    assert isinstance(run.provide(1), Need)


def test_a_tensor_of_another_shape_than_its_field_is_refused() -> None:
    run = start(CELLS, 7, b"!", sender=b"me")
    run.resume()
    run.provide(1)
    run.provide(None)
    run.permit()
    with pytest.raises(UserError, match="another shape"):
        run.provide(np.zeros((3, 2), np.float32))
    assert isinstance(run.provide(None), Done)


def test_what_cannot_be_started_is_a_user_error() -> None:
    on, loaded = load(CELLS)
    with pytest.raises(UserError, match="There is no function 1"):
        on.start(loaded, 1, [], Env(), 1)
    with pytest.raises(UserError, match="takes 2 values, not 0"):
        on.start(loaded, 0, [], Env(), 1)
    with pytest.raises(UserError, match="is no u64"):
        on.start(loaded, 0, [1, b""], Env(), 1 << 64)
    with pytest.raises(Bug, match="another engine"):
        on.start(object(), 0, [], Env(), 1)  # type: ignore[arg-type]


def test_executions_count_the_runs_started() -> None:
    on = engine()
    for _ in range(3):
        start(FIBONACCI, 1, on=on)
    assert on.executions == 3


def test_a_long_run_can_be_interrupted_and_goes_on_to_the_same_end() -> None:
    expected = start(FIBONACCI, 60_000_000).resume()
    run = start(FIBONACCI, 60_000_000)

    class Stop(Exception):
        pass

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stop

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        with pytest.raises(Stop):
            run.resume()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    used = run.gas_used
    assert isinstance(expected, Done) and 0 < used < expected.gas_used
    assert run.resume() == expected


def test_two_threads_cannot_move_one_run_but_may_watch_its_gas() -> None:
    run = start(FIBONACCI, 150_000_000)
    thread = threading.Thread(target=run.resume)
    thread.start()
    time.sleep(0.02)
    with pytest.raises(Bug, match="two threads"):
        run.resume()
    assert run.gas_used >= 0
    thread.join()
    assert isinstance(run.resume(), Done)


def test_a_kernel_that_was_not_handed_in_is_a_bug_not_a_crash() -> None:
    on = CoreEngine(lambda kernel: (0, 0, 0, 0), schedule.load())
    run = start(PRODUCT, np.ones((2, 2), np.float32), np.ones((2, 2), np.float32), on=on)
    with pytest.raises(Bug, match="not handed in"):
        run.resume()


def test_nan_goes_out_canonical_and_subnormals_come_in_as_zeros() -> None:
    text = """
    function same call (f32[1], f32) -> (f32[1], f32)
      reg t: f32[1] = arg 0
      reg x: f32 = arg 1
      ret (t, x)
    """
    bits = np.array([0x7FC12345, 0xFFC00000, 0x00000001, 0x80000001, 0x3F800000], np.uint32)
    done = start(text, bits.view(np.float32), bits.view(np.float32)[1]).resume()
    assert isinstance(done, Done)
    out = np.asarray(done.returns[0]).view(np.uint32).tolist()
    assert out == [0x7FC00000, 0x7FC00000, 0, 0x80000000, 0x3F800000]
    assert np.float32(done.returns[1]).view(np.uint32) == 0x7FC00000


def test_a_failure_of_a_kernel_or_store_names_the_shapes() -> None:
    a, b = np.ones((2, 3), np.float32), np.ones((2, 3), np.float32)
    done = start(PRODUCT, a, b).resume()
    assert isinstance(done, Done) and done.failure is not None
    assert done.failure.trap == Trap.SHAPE
    assert "matmul" in done.failure.message and "[2]" in done.failure.message

    text = """
    field grid: f32[2] [2, 3]
    function put call (f32[2]) -> ()
      writes grid
      reg g: f32[2] = arg 0
      s.store g, grid
      ret ()
    """
    done = start(text, np.ones((3, 2), np.float32)).resume()
    assert isinstance(done, Done) and done.failure is not None
    assert done.failure.message == "shape: (3, 2) is stored in grid (2, 3)"


def test_running_dry_before_the_first_block_is_a_trap_of_the_started_function() -> None:
    for gas in range(0, 20, 3):
        done = start(PRODUCT, np.ones((2, 2), np.float32), np.ones((2, 2), np.float32), gas=gas)
        outcome = done.resume()
        assert isinstance(outcome, Done) and outcome.failure is not None
        assert outcome.failure.trap == Trap.OUT_OF_GAS
        assert (outcome.failure.function, outcome.failure.pc) == (0, 0)
        assert outcome.gas_used == gas


def test_dear_instructions_do_not_keep_signals_out() -> None:
    """Each product costs more than a slice of gas: the run must pause between them all the same."""
    text = """
    const one: u64 = 1
    function products call (u64, f32[2], f32[2]) -> ()
      reg n: u64 = arg 0
      reg a: f32[2] = arg 1
      reg b: f32[2] = arg 2
      reg y: f32[2]
      reg one: u64 = const one
      reg i: u64
      reg more: bool
    loop:
      kernel matmul(a, b) -> (y)
      u64.add i, i, one
      u64.lt more, i, n
      jif more, loop
      ret ()
    """
    a = np.zeros((2800, 2800), np.float32)
    run = start(text, 3, a, a)
    seen = []

    class Stop(Exception):
        pass

    def stop(number: int, frame: FrameType | None) -> None:
        seen.append(run.gas_used)
        raise Stop

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Stop):
            run.resume()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    done = run.resume()
    assert isinstance(done, Done) and 0 < seen[0] < done.gas_used // 2, "stopped after one of three"


def test_the_memory_limit_counts_and_does_not_need_the_memory() -> None:
    text = """
    field zeros: f32[2] [16384, 32768]
    function hoard call () -> (u64)
      reads zeros
      reg a: f32[2]
      reg b: f32[2]
      reg n: u64
      s.load a, zeros
      drop a
      s.load a, zeros
      t.dim n, a, 1
      s.load b, zeros
      ret (n)
    """
    run = start(text)
    assert run.resume() == Need(Cell(0), Mode.READ)
    done = run.provide(None)
    assert isinstance(done, Done) and done.failure is not None
    assert (done.failure.trap, done.failure.pc) == (Trap.MEMORY, 4)
    assert done.high_water == (1 << 31) + 64, "what was let go does not count"


def test_events_and_depth_are_limited_by_counters() -> None:
    emit = """
    const one: u64 = 1
    event Tick(u64)
    function tick call (u64) -> ()
      reg n: u64 = arg 0
      reg one: u64 = const one
      reg i: u64
      reg more: bool
    loop:
      emit Tick(i)
      u64.add i, i, one
      u64.lt more, i, n
      jif more, loop
      ret ()
    """
    done = start(emit, MAX_EVENTS).resume()
    assert isinstance(done, Done) and len(done.events) == MAX_EVENTS
    assert [event.values for event in done.events[:2]] == [(0,), (1,)]
    done = start(emit, MAX_EVENTS + 1).resume()
    assert isinstance(done, Done) and done.failure is not None
    assert done.failure.trap == Trap.EVENTS

    sink = """
    const one: u64 = 1
    const zero: u64 = 0
    function sink call (u64) -> (u64)
      reg n: u64 = arg 0
      reg one: u64 = const one
      reg zero: u64 = const zero
      reg less: u64
      reg end: bool
      u64.eq end, n, zero
      jif end, up
      u64.sub less, n, one
      call sink(less) -> (less)
    up:
      ret (less)
    """
    for below, trap in ((MAX_DEPTH - 1, None), (MAX_DEPTH, Trap.DEPTH)):
        done = start(sink, below).resume()
        assert isinstance(done, Done)
        assert (done.failure.trap if done.failure else None) == trap


def test_the_data_check_of_a_kernel_comes_before_its_output() -> None:
    text = """
    function pick call (f32[2], i32[1]) -> (f32[1])
      reg x: f32[2] = arg 0
      reg label: i32[1] = arg 1
      reg y: f32[1]
      kernel pick_label(x, label) -> (y)
      ret (y)
    """
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    done = start(text, x, np.array([2, 0], np.int32)).resume()
    assert isinstance(done, Done)
    np.testing.assert_array_equal(done.returns[0], [2, 3])
    done = start(text, x, np.array([2, 3], np.int32)).resume()
    assert isinstance(done, Done) and done.failure is not None
    assert done.failure.trap == Trap.DATA
    assert "label" in done.failure.message


@pytest.mark.parametrize("on", ["core", "reference"])
def test_a_host_that_permits_every_write_is_not_asked(on: str) -> None:
    made: Engine = engine() if on == "core" else ReferenceEngine(call, schedule.load())
    loaded = made.load(encode(assemble(CELLS)))
    run = made.start(loaded, 0, [7, b"!"], Env(sender=b"me"), GAS, permits=True)
    outcome, asked = run.resume(), []
    while isinstance(outcome, Need):
        asked.append(outcome.mode)
        outcome = run.provide(None)
    assert isinstance(outcome, Done)
    assert asked == [Mode.READ] * 3
    assert [cell for cell, _ in outcome.writes] == [Cell(0), Cell(1, KEY)]


def test_what_nobody_looked_at_outlives_its_run_and_its_program() -> None:
    def done() -> Done:
        run = start(CELLS, 7, b"!", sender=b"me")
        outcome = run.resume()
        while isinstance(outcome, Need):
            outcome = run.permit() if outcome.mode is Mode.WRITE else run.provide(None)
        assert isinstance(outcome, Done)
        return outcome

    left = done()
    gc.collect()
    assert (len(left.writes), len(left.events), len(left.reads)) == (2, 1, 3)
    assert left.writes == ((Cell(0), 47), (Cell(1, KEY), b"!"))
    assert left.writes[1:] == ((Cell(1, KEY), b"!"),)
    assert left.events[0].values[:2] == (47, b"!")
    assert next(iter(left.reads)) == Cell(0) and hash(left.reads) == hash(tuple(left.reads))


def test_runs_use_the_memory_of_earlier_ones_and_see_nothing_of_them() -> None:
    on, loaded = load(CELLS)
    first = [on.start(loaded, 0, [n, b"!"], Env(sender=b"me"), GAS) for n in range(3)]
    for run in first:
        run.resume()
        run.provide(5)
    del first, run
    again = on.start(loaded, 0, [7, b"?"], Env(sender=b"me"), GAS)
    assert again.gas_used == 0 and again.resume() == Need(Cell(0), Mode.READ)
    assert again.provide(None) == Need(Cell(1, KEY), Mode.READ)
