"""Golden digests: what every kernel gives on fixed calls, for ever, on every machine.

``golden.json`` beside this file holds one BLAKE3 digest for each kernel and shape class, made by
the slow definitions; any tier, CPU, thread count and version has to reproduce it.

    python -m anhvm.kernels.golden --check [--cpu NAME] [--threads 1 2] [--kernels NAME ...]
    python -m anhvm.kernels.golden --check --definitions
    python -m anhvm.kernels.golden --bless [--replace]

``--bless`` adds the digests that are missing and drops those of cases that are gone; one that is
there changes only by ``--replace``, for it is what contracts rely on.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import blake3
import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions.call import call as define
from anhvm.kernels.definitions.call import type_of
from anhvm.kernels.definitions.floats import canonical
from anhvm.kernels.diverge import Divergence, explain
from anhvm.kernels.golden_cases import Case, cases
from anhvm.kernels.table import BY_NAME, KERNELS

Array = NDArray[Any]
Caller = Callable[[str, Sequence[Any], Sequence[int], Sequence[int]], list[Array]]
Digests = dict[str, dict[str, str]]

FILE = Path(__file__).parent / "golden.json"
_CONTEXT = "anhvm golden digests of kernels, version 1"
_INPUTS = "inputs"  # a class of its own: the digest of what all the others start from


@dataclass(frozen=True)
class Miss:
    """A shape class whose digest is not the golden one; `divergence` says how, where known."""

    kernel: str
    shape_class: str
    expected: str
    found: str
    divergence: Divergence | None = None

    @property
    def sentence(self) -> str:
        """What is wrong, for a person."""
        head = f"{self.kernel}, class '{self.shape_class}'"
        if self.shape_class == _INPUTS:
            return f"{head}: other cases than the digests were made of"
        if not self.expected:
            return f"{head}: there is no golden digest; bless it"
        if self.divergence is None:
            return f"{head}: the definition gives other bits too: NumPy or the law has changed"
        return f"{head}: {self.divergence.sentence}"


def load() -> Digests:
    """The golden digests, by kernel and shape class."""
    read: Digests = json.loads(FILE.read_text(encoding="utf-8"))["digests"]
    return read


def digest(arrays: Iterable[Array]) -> str:
    """BLAKE3 over dtype, dims and bytes of arrays in order, NaNs canonical (N3)."""
    total = blake3.blake3(derive_key_context=_CONTEXT)
    for array in arrays:
        head = np.array([type_of(array).dtype, array.ndim, *array.shape], "<u8")
        shown = canonical(array) if array.dtype == np.float32 else array
        total.update(head.tobytes() + shown.astype(shown.dtype.newbyteorder("<")).tobytes())
    return total.hexdigest()


def digests(name: str, caller: Caller) -> dict[str, str]:
    """The digest of each shape class of a kernel as `caller` runs it, and of the inputs."""
    found = cases(BY_NAME[name])
    inputs = [x for some in found.values() for case in some for x in _operands(case)]
    result = {_INPUTS: digest(inputs)}
    for shape_class, some in found.items():
        outputs = [y for c in some for y in caller(name, c.inputs, c.attrs, c.counts)]
        result[shape_class] = digest(outputs)
    return result


def check(name: str, caller: Caller, golden: Mapping[str, str] | None = None) -> list[Miss]:
    """The shape classes of a kernel that `caller` does not reproduce, each explained."""
    return [explained(miss, caller) for miss in misses(name, caller, golden)]


def misses(name: str, caller: Caller, golden: Mapping[str, str] | None = None) -> list[Miss]:
    """The same without a word why, which may take long."""
    expected = load().get(name, {}) if golden is None else golden
    found = digests(name, caller)
    wrong = [c for c in found.keys() | expected.keys() if found.get(c) != expected.get(c)]
    if expected and _INPUTS in wrong:
        wrong = [_INPUTS]  # nothing can be said about the rest
    return [Miss(name, c, expected.get(c, ""), found.get(c, "")) for c in sorted(wrong)]


def bless(names: Iterable[str], replace: bool = False) -> tuple[int, list[str]]:
    """Writes digests of the definitions; how many changed, and which were refused."""
    old, new, refused = load() if FILE.exists() else {}, {}, []
    chosen = set(names)
    for kernel in KERNELS:
        known = old.get(kernel.name, {})
        fresh = digests(kernel.name, define) if kernel.name in chosen else known
        for shape_class in fresh.keys() & known.keys():
            if fresh[shape_class] != known[shape_class] and not replace:
                refused.append(f"{kernel.name}/{shape_class}")
        if fresh:
            new[kernel.name] = fresh
    if refused:
        return 0, refused
    about = "made by: python -m anhvm.kernels.golden --bless"
    text = json.dumps({"schema": 1, "about": about, "digests": new}, indent=1)
    FILE.write_text(text + "\n", encoding="utf-8")
    before = [(d, new[k][c]) for k in new for c, d in old.get(k, {}).items() if c in new[k]]
    return sum(one != other for one, other in before), []


def _operands(case: Case) -> list[Array]:
    return [*case.inputs, np.array(case.attrs, np.int64), np.array(case.counts, np.int64)]


def explained(miss: Miss, caller: Caller) -> Miss:
    """Against the definition, at the first case of the class where the two differ."""
    for case in cases(BY_NAME[miss.kernel]).get(miss.shape_class, []):
        given = (miss.kernel, case.inputs, case.attrs, case.counts)
        ours, truth = caller(*given), define(*given)
        found = explain(miss.kernel, case.inputs, case.attrs, ours, truth, case.counts)
        if found is not None and not found.only_payloads:
            return replace(miss, divergence=found)
    return miss


def main() -> int:
    """The command; 0 if all digests are reproduced."""
    parser = argparse.ArgumentParser(prog="python -m anhvm.kernels.golden")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="compare with golden.json")
    what.add_argument("--bless", action="store_true", help="write golden.json")
    parser.add_argument("--replace", action="store_true", help="let --bless change digests")
    parser.add_argument("--cpu", metavar="NAME", help="compile for this CPU, haswell say")
    parser.add_argument("--threads", type=int, nargs="+", default=[1], metavar="N")
    parser.add_argument("--kernels", nargs="+", choices=list(BY_NAME), metavar="NAME")
    parser.add_argument("--definitions", action="store_true", help="check the definitions")
    given = parser.parse_args()
    names = given.kernels or list(BY_NAME)
    if given.bless:
        changed, refused = bless(names, given.replace)
        if refused:
            print(f"these are golden already: {', '.join(refused)}; --replace changes them")
        else:
            print(f"blessed {len(names)} kernels; {changed} digests changed")
        return int(bool(refused))
    if given.cpu:
        os.environ["NUMBA_CPU_NAME"] = given.cpu  # read when the first kernel is loaded
        os.environ.pop("NUMBA_CPU_FEATURES", None)
    tiers: list[tuple[str, Caller]] = [("definitions", define)]
    if not given.definitions:
        from anhvm.kernels.cpu.call import call

        cpu = given.cpu or "this CPU"
        tiers = [(f"{cpu}, {n} threads", partial(call, threads=n)) for n in given.threads]
    misses = 0
    for title, caller in tiers:
        found = [miss for name in names for miss in check(name, caller)]
        misses += len(found)
        print(f"{title}: {len(names)} kernels, {len(found)} classes differ")
        for miss in found:
            print(f"  {miss.sentence}")
    return int(misses > 0)


if __name__ == "__main__":
    sys.exit(main())
