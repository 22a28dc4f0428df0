"""warm, doctor: the kernels of this machine, made ready, and held against what all must give."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from anhvm.cli import output
from anhvm.cli.commands.about import parts
from anhvm.cli.options import Json
from anhvm.cli.progress import bar
from anhvm.errors import UsageError

Only = Annotated[
    list[str] | None,
    typer.Option("--kernel", metavar="NAME", help="Only this kernel (repeatable)."),
]


def warm(kernel: Only = None, json: Json = False) -> int:
    """Compile all kernels for this CPU, so that no first call has to wait."""
    from anhvm.errors import Exit
    from anhvm.kernels.warm import cache_folder
    from anhvm.kernels.warm import warm as fill

    names = _names(kernel)
    made = []
    with bar("compiling", len(names), "kernels", most=False) as advance:
        for one in fill(names):
            made.append(one)
            advance(1)
    folder = cache_folder()
    kept = all(one.kept for one in made)
    compiled = [one for one in made if one.compiled]
    spent = sum((one.seconds for one in compiled), 0.0)
    data = {
        "kernels": len(made),
        "compiled": [one.kernel for one in compiled],
        "seconds": round(spent, 3),
        "folder": str(folder) if folder else None,
        "kept": kept,
    }
    rows = [
        ("kernels", f"{len(made)} ready, {len(compiled)} of them compiled in {spent:.1f} s"),
        ("folder", folder or "none"),
    ]
    if not kept:
        rows.append(("next", _private()))
    output.emit(json, data, output.pairs(rows))
    return int(Exit.OK if kept else Exit.FAILED)


def doctor(kernel: Only = None, json: Json = False) -> int:
    """Try each part of this installation, and hold every kernel against its golden digests."""
    from anhvm import __version__
    from anhvm.cli.checkup import Check, examine
    from anhvm.cli.numbers import advice, gpu, gpu_misses, misses
    from anhvm.errors import Exit
    from anhvm.kernels.cpu.facts import cpu
    from anhvm.kernels.warm import cache_folder, cached

    names = _names(kernel)
    found = examine(output.say)
    output.say(f"holding {output.count(len(names), 'kernel')} against the golden digests")
    with bar("checking", len(names), "kernels", most=False) as advance:
        wrong = misses(names, advance)
    said = "; ".join(miss.sentence for miss in wrong[:3])
    more = f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    right = f"{output.count(len(names), 'kernel')} give their golden digests, on 1 and 2 threads"
    found.append(Check("numbers", not wrong, said + more or right))
    device, gpu_name = gpu()
    wrong_there: list[str] = []
    if device is not None:
        with bar("on the GPU", len(names), "kernels", most=False) as advance:
            wrong_there = gpu_misses(device, names, advance)
        some = "; ".join(wrong_there[:3])
        every = f"{gpu_name}: {output.count(len(names), 'kernel')} give their golden digests"
        found.append(Check("gpu", not wrong_there, some or every))
    here, folder, count = cpu(), cache_folder(), cached()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    steps = [
        step
        for step in (
            advice(wrong),
            "make gpu says what is wrong with the GPU; until then compute without it"
            if wrong_there
            else "",
            "" if folder else _private(),
            "" if here.fma else _slow(),
        )
        if step
    ]
    versions = {"anhvm": __version__, **parts()}
    data = {
        "cpu": here.name,
        "features": list(here.features),
        "fma": here.fma,
        "cores": cores,
        "versions": versions,
        "cache": {"folder": str(folder) if folder else None, "kernels": count},
        "core": _core(),
        "reproduces": not wrong,
        "gpu": {
            "name": gpu_name,
            "reproduces": None if device is None else not wrong_there,
            "faults": wrong_there,
        },
        "checks": [{"check": c.name, "ok": c.ok, "detail": c.detail} for c in found],
        "misses": [
            {"kernel": m.kernel, "class": m.shape_class, "sentence": m.sentence} for m in wrong
        ],
        "next": steps,
    }
    features = ", ".join(here.features) or "not listed"
    rows: list[tuple[str, object]] = [
        ("cpu", f"{here.name}, {cores} cores, FMA {'yes' if here.fma else 'no'}; {features}"),
        ("versions", ", ".join(f"{name} {number}" for name, number in versions.items())),
        ("core", _core()),
        ("cache", f"{folder or 'none'}, {output.count(count, 'kernel')}"),
        *((c.name, f"{'ok' if c.ok else 'FAILED'}  {c.detail}") for c in found),
        *([("gpu", gpu_name)] if device is None else []),
        ("reproduces", "no" if wrong else "yes"),
        *(("next", step) for step in steps),
    ]
    output.emit(json, data, output.pairs(rows))
    return int(Exit.OK if all(c.ok for c in found) else Exit.FAILED)


def _names(given: Sequence[str] | None) -> list[str]:
    from anhvm.kernels.table import BY_NAME

    for name in given or ():
        if name not in BY_NAME:
            from anhvm.cli.app import close_or

            hint = close_or(name, list(BY_NAME), "leave --kernel out for all of them")
            raise UsageError("usage", f"there is no kernel '{name}'", hint)
    return list(given or BY_NAME)


def _core() -> str | None:
    """The file of the C core; None where it was not built."""
    import anhvm.machine

    folder = Path(anhvm.machine.__file__ or "").parent
    return next((str(path) for path in sorted(folder.glob("_core*.so"))), None)


def _private() -> str:
    return "set ANHVM_CACHE_DIR to a folder of yours alone; until then each start compiles again"


def _slow() -> str:
    return "use a CPU with FMA: without it the numbers are right, and some fifty times slower"
