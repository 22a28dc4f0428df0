"""A process that does one task on a device at a time: `python -m anhvm.benches.gpu_worker DEVICE`.

Tasks and answers are lines of JSON on stdin and stdout; the first line out says what the device is.
A kernel that fails can spoil the device for the whole process, so then this one says so and ends,
and `gpu` starts another.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib import import_module
from typing import Any

import numpy as np

from anhvm.benches import gpu_times
from anhvm.errors import UserError
from anhvm.kernels.cuda import check
from anhvm.kernels.cuda.backend import CudaKernels

GPU = "anhvm.kernels.cuda.gpu:Gpu"
LOST = 3
"""Exit code of a process whose device no longer works."""


def opened(name: str) -> Any:
    """The device that ``MODULE:CLASS`` names."""
    module, _, kind = name.partition(":")
    return getattr(import_module(module), kind)()


def done(device: Any, task: Mapping[str, Any]) -> object:
    """What comes of a task: sentences of faults, or a row of times."""
    kernels, what = CudaKernels(device), task["task"]
    if what == "flush":
        return check.flush_sentences(kernels, task["vectors"])
    if what == "kernel":
        return check.faults(kernels, task["name"], task["explains"])
    name, edge = task["name"], task["edge"]
    if name == "matmul":
        return asdict(gpu_times.product_row(device, edge))
    if name == "copy":
        return asdict(gpu_times.copy_row(device, edge))
    return asdict(gpu_times.stream_row(device, name, edge))


def works(device: Any) -> bool:
    """Whether the device still does the simplest thing."""
    try:
        (one,) = CudaKernels(device).call("neg", [np.ones(1, np.float32)])
    except Exception:
        return False
    return bool(one[0] == -1)


def main() -> int:
    # What a library prints may not get among the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(answer: Mapping[str, Any]) -> None:
        print(json.dumps(answer), file=answers, flush=True)

    try:
        device = opened(sys.argv[1])
    except UserError as fault:
        say({"refused": fault.to_json(), "exit": int(fault.exit_code)})
        return 0
    say({"device": device.name})
    for line in sys.stdin:
        task = json.loads(line)
        try:
            say({"done": done(device, task)})
        except Exception as error:
            lost = not works(device)
            say({"failed": f"{type(error).__name__}: {error}", "lost": lost})
            if lost:
                return LOST
    return 0


if __name__ == "__main__":
    sys.exit(main())
