"""The run of `anhvm bench gas`: every case timed, prices fitted, the figure.

The cases of an opcode come from its row, those of a kernel from its signature, and programs that a
search has found from `benches/worst`; a new row has cases by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

from anhvm.benches.gas import calibration, kernels, opcodes, programs
from anhvm.benches.gas.case import Case, Measured, Meter, Trapped
from anhvm.benches.gas.fit import fit, r_squared, rounded
from anhvm.benches.gas.parts import Constant, Parts, constants, replaced
from anhvm.benches.gas.quiet import HURRY, PATIENCE, Quiet
from anhvm.benches.gas.times import NOTHING, Times
from anhvm.benches.sides import Say
from anhvm.errors import UsageError
from anhvm.isa.schedule import Schedule, load
from anhvm.kernels.table import KERNELS

BAR, AIM = 3.0, 1.5
KEPT: Final[frozenset[Constant]] = frozenset({
    ("opcodes", "load"), ("opcodes", "store"), ("opcodes", "emit"),
    ("bytes_per_1024", "load"), ("bytes_per_1024", "store"), ("bytes_per_1024", "emit"),
    ("frame", "register"), ("bytes_per_1024", "memory"),
})  # fmt: skip
"""Prices that also pay for what is kept, for ever or as long as a run: a fit never lowers them."""
LEAST: Final = {"base": 420.0, "near": 10.0, "far": 60.0}
"""The least that a call costs, and 1024 bytes: whatever was measured, a call takes twice as long
where another thread shares the processor's core, and what no cache holds waits for the memory."""
FOUND: Final[frozenset[Constant]] = frozenset({
    ("opcodes", "branch"), ("opcodes", "call"), ("opcodes", "element"), ("opcodes", "extern"),
    ("opcodes", "cast"), ("opcodes", "div"), ("opcodes", "value"),
    ("opcodes", "alu"), ("opcodes", "mul"), ("opcodes", "handle"),
    ("bytes_per_1024", "bytes"), ("bytes_per_1024", "first"),
    ("kernels", "order", "far"), ("kernels", "select", "madds"),
    ("kernels", "entropy", "madds"), ("kernels", "conv_weight", "madds"),
    ("kernels", "conv_weight", "near"),
})  # fmt: skip
"""Prices of what only searches have found, which a fit never lowers either: branches and returns
that nobody predicts, casts, divisions and small values beside other work, calls of contracts in
turn, copies of many megabytes, cells that are touched for the first time by the hundred thousand,
elements that kernels have driven out of the caches, short chains of arithmetic, copies of handles,
weight gradients of many small images, orders that are too dear to be a case."""
UNTOUCHED: Final = frozenset({"shape"})
"""Classes whose kernels look at no element."""
SCALES: Final = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2.0)
_ROUNDS, _QUICK = 3, 2
_LATER: Final = 9
"""Rounds of cases that an earlier run did not time."""
_DOUBTFUL: Final = 0.1
"""The share of the cases, dearest first, that are timed again before they decide anything."""
_LOOKS: Final = 60
"""How many are looked at closely then, at most."""
_MARGIN: Final = 1.5
"""What the fit makes of a time that is not of the calibration list: single cases move by so much
from run to run, and the list is timed most often."""
_PATIENCE: Final = 5.0


@dataclass(frozen=True)
class Priced:
    """All cases under one schedule; `scale` is what the calibration list takes for a gas."""

    schedule: Schedule
    measured: Sequence[Measured]
    scale: float

    @property
    def worst(self) -> Measured:
        """The case that gives most time for its gas."""
        return max(self.measured, key=lambda one: one.ratio)

    @property
    def figure(self) -> float:
        """The largest time per gas, on the scale of the calibration list."""
        return self.worst.ratio / self.scale

    @property
    def explained(self) -> float:
        """R² of log time against log gas."""
        return r_squared([m.nanoseconds for m in self.measured], [m.gas for m in self.measured])


@dataclass(frozen=True)
class Outcome:
    """What was measured, under the current prices and, where they were fitted, the proposed."""

    command: str
    rounds: int
    now: Priced
    proposed: Priced | None


def all_cases(schedule: Schedule, quick: bool) -> Iterator[Case]:
    """Every case but those of the calibration list."""
    yield from opcodes.all_cases()
    yield from programs.cases()
    for kernel in KERNELS:
        yield from kernels.cases(kernel, schedule, quick)


def measure(
    command: str, only: str | None, quick: bool, fitted: bool, say: Say, known: Times = NOTHING
) -> Outcome:
    """Times all cases, or those with `only` in their key, beside the calibration list.

    Those with `known` times are not timed, and their gas is counted from what they pay.
    """
    schedule, rounds = load(), _QUICK if quick else _LATER if known else _ROUNDS
    chosen = [c for c in all_cases(schedule, quick) if only is None or only in c.key]
    if not chosen:
        message = f"no case of this bench has '{only}' in its name"
        raise UsageError("bench.only", message, "name an opcode or a kernel: matmul, u64.add")
    fixed = list(calibration.cases())
    meter = Meter(schedule)
    found = list(timed(meter, [*fixed, *chosen], rounds, say, known))
    if not known:
        patience = HURRY if quick else PATIENCE
        found = again(found, len(fixed), Quiet(meter), rounds, patience, say)
    paid = list(_paid(found, schedule, meter, say)) if fitted or known else []
    if known:
        found = _charged(found, paid, constants(schedule))
    now = _priced(schedule, found, len(fixed))
    proposed = _proposed(now, paid, len(fixed), say) if fitted else None
    return Outcome(command, rounds, now, proposed)


def timed(
    meter: Meter, cases: Sequence[Case], rounds: int, say: Say, known: Times
) -> Iterator[Measured]:
    """Each case that does not trap, timed if its time is not known; `say` hears of it now and
    then."""
    last = monotonic()
    for number, case in enumerate(cases, 1):
        if monotonic() - last > _PATIENCE:
            last = monotonic()
            say(f"{number} of {len(cases)}: {case.key}")
        try:
            yield known.of(case) or meter.measure(case, rounds)
        except Trapped:
            continue  # a class of values that the instruction does not admit


def again(
    found: list[Measured], fixed: int, quiet: Quiet, rounds: int, patience: float, say: Say
) -> list[Measured]:
    """The same, the dearest timed again; then the first `fixed`, and the dearest until one leads
    that was, each in a quiet moment if one comes: what disturbs a time only ever adds to it."""

    def look(at: int, patience: float) -> None:
        old = found[at]
        new, _ = quiet.measure(old.case, 2 * rounds, patience, old.count)
        found[at] = min(old, new, key=lambda one: one.nanoseconds)

    order = sorted(range(len(found)), key=lambda at: -found[at].ratio)
    doubtful = order[: max(8, int(len(order) * _DOUBTFUL))]
    say(f"{len(doubtful)} dear cases once more")
    for at in doubtful:
        look(at, HURRY)
    say("the calibration list and the dearest cases in quiet moments")
    for at in range(fixed):
        look(at, patience)
    seen: set[int] = set()
    while len(seen) < _LOOKS and (at := _dearest(found)) not in seen:
        seen.add(at)
        look(at, patience)
    return found


def _dearest(found: Sequence[Measured]) -> int:
    return max(range(len(found)), key=lambda at: found[at].ratio)


def _priced(schedule: Schedule, found: Sequence[Measured], fixed: int) -> Priced:
    return Priced(schedule, found, calibration.scale(list(found[:fixed])))


def _paid(
    found: Sequence[Measured], schedule: Schedule, meter: Meter, say: Say
) -> Iterator[Mapping[Constant, float]]:
    """How often each case pays each constant."""
    parts, last = Parts(schedule, meter.kernels), monotonic()
    say("counting what each case pays")
    for number, one in enumerate(found, 1):
        if monotonic() - last > _PATIENCE:
            last = monotonic()
            say(f"{number} of {len(found)}: {one.case.key}")
        yield parts.of(one)


def _charged(
    found: Sequence[Measured],
    paid: Sequence[Mapping[Constant, float]],
    prices: Mapping[Constant, float],
) -> list[Measured]:
    """The same cases under these prices."""
    gas = [sum(n * prices[name] for name, n in each.items()) for each in paid]
    return [replace(one, gas=g) for one, g in zip(found, gas, strict=True)]


def _proposed(
    now: Priced, paid: Sequence[Mapping[Constant, float]], fixed: int, say: Say
) -> Priced:
    """The prices that fit best, on whichever scale whole numbers fit best.

    Each case of the calibration list weighs as much as all of an opcode or a kernel.
    """
    found = now.measured
    groups = [one.case.key for one in found[:fixed]] + [one.case.name for one in found[fixed:]]
    times = [one.nanoseconds * (_MARGIN if at >= fixed else 1) for at, one in enumerate(found)]
    floors = _floors(now.schedule)

    def under(prices: Mapping[Constant, float]) -> Priced:
        whole = {name: int(price) for name, price in prices.items()}
        return _priced(replaced(now.schedule, whole), _charged(found, paid, prices), fixed)

    say("fitting")
    fits = (under(rounded(fit(paid, times, groups, floors, scale))) for scale in SCALES)
    return min(fits, key=lambda priced: priced.figure)


def _floors(schedule: Schedule) -> dict[Constant, float]:
    """The least that each constant may be: 1 for an opcode or a kernel, as the machine says."""

    def floor(name: Constant, price: int) -> float:
        if name in KEPT or name in FOUND:
            return price
        if name[0] == "kernels" and name[1] not in UNTOUCHED:
            return LEAST.get(name[-1], 0.0)
        return float(name[0] == "opcodes")

    return {name: floor(name, price) for name, price in constants(schedule).items()}


def by_class(measured: Iterable[Measured]) -> dict[str, list[Measured]]:
    """Cases by what they are cases of, dearest first."""
    found: dict[str, list[Measured]] = {}
    for one in sorted(measured, key=lambda one: -one.ratio):
        found.setdefault(one.case.name, []).append(one)
    return found
