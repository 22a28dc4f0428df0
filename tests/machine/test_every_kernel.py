"""Every kernel, in the machine, in whatever state the host is: the same bits, the same gas.

The bits are those of an undisturbed run of the same call, which the golden digests hold.
"""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from anhvm.errors import CannotAnswer, UserError
from anhvm.isa.schedule import load as load_schedule
from anhvm.isa.traps import Trap
from anhvm.kernels.definitions.call import call as define
from anhvm.kernels.golden_cases import Case, cases
from anhvm.kernels.table import BY_NAME, KERNELS
from anhvm.machine.core import lib
from anhvm.machine.engine import CoreEngine
from anhvm.program.encode import encode
from anhvm.program.engine import Done, Engine
from anhvm.reference import ReferenceEngine
from tests.machine.build import engine
from tests.machine.modes import another_mode
from tests.machine.one_kernel import bits, program, run

CLASSES = ("empty", "odd", "hostile")
NAMES = [kernel.name for kernel in KERNELS]
# Flush to zero without denormals-are-zero, and the reverse; round up; round toward zero.
MODES = (0x9F80, 0x1FC0, 0x5F80, 0x7F80)


@cache
def calls(name: str) -> tuple[Case, ...]:
    """A golden call of each of some classes; the last one is the largest."""
    found = cases(BY_NAME[name])
    some = [case for chosen in CLASSES for case in found.get(chosen, [])[:1]]
    return (*some, *found.get("boundary", [])[-1:])


def done(on: Engine, name: str, case: Case) -> Done:
    return run(on, BY_NAME[name], case.inputs, case.attrs, case.counts)


@cache
def shared(threads: int) -> CoreEngine:
    return engine(threads)


@cache
def undisturbed(name: str) -> tuple[Done, ...]:
    return tuple(done(shared(1), name, case) for case in calls(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_mode_that_others_set_shows_in_no_bit(name: str) -> None:
    for case, expected in zip(calls(name), undisturbed(name), strict=True):
        for mxcsr in MODES:
            with another_mode(mxcsr):
                seen = done(shared(2), name, case)
            assert bits(seen) == bits(expected), mxcsr
            assert (seen.gas_used, seen.high_water) == (expected.gas_used, expected.high_water)


def everything(on: Engine) -> str:
    """A digest of the results of every kernel."""
    total = hashlib.sha256()
    for name in NAMES:
        for case in calls(name):
            for result in bits(done(on, name, case)):
                total.update(result)
    return total.hexdigest()


@cache
def expected_digest() -> str:
    total = hashlib.sha256()
    for name in NAMES:
        for one in undisturbed(name):
            for result in bits(one):
                total.update(result)
    return total.hexdigest()


def test_evaluations_at_once_in_one_process_do_not_disturb_each_other() -> None:
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(everything, [shared(2), shared(2), engine(2)]))
    assert set(found) == {expected_digest()}


def test_a_child_that_is_forked_after_the_first_kernel_computes_the_same() -> None:
    on = shared(2)
    everything(on)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(120)
        try:
            os.write(writing, everything(on).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        assert stream.read() == expected_digest()
    assert os.waitpid(child, 0)[1] == 0
    assert everything(on) == expected_digest()


@pytest.mark.parametrize("name", NAMES)
def test_a_host_without_memory_is_no_result_and_the_engine_lives_on(name: str) -> None:
    case = calls(name)[-1]
    expected, on = undisturbed(name)[-1], shared(2)
    failed = 0
    while True:
        lib.anh_fail_after(failed)
        try:
            seen = done(on, name, case)
            break
        except CannotAnswer as error:
            assert error.code == "machine.memory"
            failed += 1
        finally:
            lib.anh_fail_after(-1)
        assert failed < 1000
    assert failed > 8, "the program, the run, its arguments, the results, and the workspace"
    assert bits(seen) == bits(expected) == bits(done(on, name, case))


def reference() -> ReferenceEngine:
    return ReferenceEngine(define, load_schedule())


def other_shapes(case: Case) -> Iterator[Case]:
    """The call with one more row in one operand, and with none."""
    for at, x in enumerate(case.inputs):
        for axis in range(x.ndim):
            for size in (x.shape[axis] + 1, 0):
                shape = (*x.shape[:axis], size, *x.shape[axis + 1 :])
                inputs = (*case.inputs[:at], np.zeros(shape, x.dtype), *case.inputs[at + 1 :])
                yield Case(inputs, case.attrs, case.counts)


@pytest.mark.parametrize("name", NAMES)
def test_a_shape_that_does_not_fit_is_named_before_anything_is_made(name: str) -> None:
    found = cases(BY_NAME[name])
    case = (found.get("odd") or found["one"])[0]
    for other in other_shapes(case):
        core, slow = done(shared(1), name, other), done(reference(), name, other)
        assert core.gas_used == slow.gas_used and core.high_water == slow.high_water
        if core.failure is None or slow.failure is None:
            assert core.failure is None and slow.failure is None
            continue
        assert core.failure.trap == slow.failure.trap
        if core.failure.trap in (Trap.SHAPE, Trap.SIZE):
            arguments = sum(x.nbytes + 64 for x in other.inputs if x.ndim)
            assert core.high_water == arguments, "nothing but the arguments was ever live"
            for failure in (core.failure, slow.failure):
                assert failure.message.startswith(f"{name}: "), failure.message
            dims = {str(d) for x in other.inputs for d in x.shape} | {"nothing"}
            assert any(d in core.failure.message for d in dims), core.failure.message


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_type_or_rank_is_refused_at_load_with_the_name_of_the_kernel(name: str) -> None:
    found = cases(BY_NAME[name])
    case = (found.get("odd") or found["one"])[0]
    good = program(BY_NAME[name], case.inputs, case.attrs, case.counts)
    (function,) = good.functions
    kernel_site, ret = function.sites
    for cut in (kernel_site.ins[:-1], (*kernel_site.ins, kernel_site.ins[0]) * 2):
        sites = (replace(kernel_site, ins=cut), ret)
        bad = replace(good, functions=(replace(function, sites=sites),))
        for on in (shared(1), reference()):
            with pytest.raises(UserError) as caught:
                on.load(encode(bad))
            assert name in caught.value.message
