"""Whether this machine gives the golden digests, and what to do where it does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from typing import Any

from anhvm.kernels.golden import Miss, check
from anhvm.kernels.warm import cache_folder

THREADS = (1, 2)


def misses(kernels: Sequence[str], done: Callable[[int], None]) -> list[Miss]:
    """What the kernels of this machine do not reproduce; compiles those that are not cached."""
    from anhvm.kernels.cpu.call import call

    found: dict[tuple[str, str], Miss] = {}
    for name in kernels:
        for threads in THREADS:
            for miss in check(name, partial(call, threads=threads)):
                found.setdefault((name, miss.shape_class), miss)
        done(1)
    return list(found.values())


def gpu() -> tuple[Any, str]:
    """The GPU of this machine as a device of the CUDA tier, or None; and its name, or why not."""
    from anhvm.errors import UserError

    if find_spec("numba_cuda") is None:
        return None, "not looked for: pip install 'anhvm[cuda]'"
    try:
        from anhvm.kernels.cuda.gpu import Gpu

        device = Gpu()
    except UserError as fault:
        return None, fault.message
    except Exception as error:  # a driver that is broken is no reason to end
        return None, f"{type(error).__name__}: {error}"
    return device, device.name


def gpu_misses(device: Any, kernels: Sequence[str], done: Callable[[int], None]) -> list[str]:
    """What the kernels of a GPU do not reproduce, as sentences; a kernel that fails is one."""
    from anhvm.kernels.cuda.backend import CudaKernels

    call, found = CudaKernels(device).call, []
    for name in kernels:
        try:
            found += [miss.sentence for miss in check(name, call)]
        except Exception as error:
            found.append(f"{name}: {type(error).__name__}: {error}")
        done(1)
    return found


def advice(found: Sequence[Miss]) -> str:
    """The next step; empty where nothing is wrong."""
    if not found:
        return ""
    if any(miss.divergence for miss in found):
        return (
            f"remove '{cache_folder()}' and run anhvm doctor again; if it says the same, this"
            " machine must not answer for others: report it with the output of anhvm doctor --json"
        )
    if any(not miss.expected or miss.shape_class == "inputs" for miss in found):
        return (
            "install anhvm again; after a change of kernels: python -m anhvm.kernels.golden --bless"
        )
    return "install the NumPy that anhvm asks for; if it stays, report it with anhvm doctor --json"
