"""A shortened training run of `examples/digits/digits.anh`; prints the digest of the weights.

    python -m tests.e2e.train [--engine core|reference] [--threads N] [--mode plain|hostile]

``hostile`` runs it after the floating-point environment was changed as another library might:
another rounding mode, subnormals kept or not.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
from pathlib import Path

import numpy as np

from anhvm.api import compile_file
from anhvm.chain.hashing import Use, digest
from anhvm.chain.tensor_digest import tensor_digest
from anhvm.program.engine import Value
from anhvm.runtime.machine import Machine, State

DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "digits.anh"
ROWS = 300  # above 256, so that a gradient sums over more than one block
EPOCHS = 4
TOWARD_ZERO = 0xC00  # of fesetround on x86
WEIGHTS = ("net.w1", "net.b1", "net.w2", "net.b2")


def data(rows: int = ROWS) -> tuple[np.ndarray, np.ndarray]:
    """Images of multiples of 1/16, as the scanned digits are, and labels; no file, no generator."""
    index = np.arange(rows * 64, dtype=np.int64).reshape(rows, 64)
    images = ((index * 7919 + index // 64 * 104729) % 17).astype(np.float32) / np.float32(16)
    return images, (np.arange(rows) * 7 % 10).astype(np.int32)


def train(
    engine: str = "core", threads: int = 1, epochs: int = EPOCHS
) -> tuple[State, dict[str, Value]]:
    """State after `setup(7)` and one call of `train`, and the weights by name."""
    compiled = compile_file(DIGITS)
    contract = Machine(threads, engine).load(compiled.encoded)  # type: ignore[arg-type]
    images, labels = data()
    state: State = {}
    contract.run("setup", (7,), state=state)
    contract.run("train", (images, labels, epochs, np.float32(0.5)), state=state)
    names = [field.name for field in compiled.program.fields]
    return state, {names[cell.field]: value for cell, value in state.items()}


def weights_digest(weights: dict[str, Value]) -> str:
    parts = []
    for name in WEIGHTS:
        value = weights[name]
        assert isinstance(value, np.ndarray)
        parts.append(tensor_digest(value))
    return digest(Use.VALUE, *parts).hex()


def disturb() -> ctypes.CDLL:
    """Round toward zero in this thread, as a careless library might leave it."""
    libm = ctypes.CDLL(ctypes.util.find_library("m"))
    if libm.fesetround(TOWARD_ZERO) != 0:
        raise RuntimeError("the rounding mode cannot be set")
    return libm


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="core")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--mode", default="plain", choices=("plain", "hostile"))
    args = parser.parse_args()
    libm = disturb() if args.mode == "hostile" else None
    _, weights = train(args.engine, args.threads)
    if libm is not None and libm.fegetround() != TOWARD_ZERO:
        raise RuntimeError("the rounding mode was not put back")
    print(weights_digest(weights))


if __name__ == "__main__":
    main()
