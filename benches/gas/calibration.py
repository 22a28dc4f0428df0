"""The scale of the figure: what contracts do every day, fixed, so that new cases cannot move it.

Storage and events are not here: their prices pay for what is kept for ever, beside time.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, log
from typing import Final

import numpy as np

from anhvm.benches.gas.case import Case, Measured
from anhvm.benches.gas.kernels import of_call
from anhvm.benches.gas.shapes import Call
from anhvm.kernels.table import BY_NAME
from anhvm.program.engine import Value

_IMAGES, _FILTERS = (32, 16, 28, 28), (32, 16, 3, 3)
CALLS: Final[tuple[tuple[str, Call], ...]] = (
    ("matmul", Call(((64, 784), (784, 128)))),
    ("matmul", Call(((256, 256), (256, 256)))),
    ("matmul_tn", Call(((64, 784), (64, 128)))),
    ("matmul_nt", Call(((64, 10), (128, 10)))),
    ("conv2d", Call((_IMAGES, _FILTERS), (1, 1, 1))),
    ("max_pool2d", Call((_IMAGES,), (2, 0, 2))),
    ("add", Call(((64, 128), (128,)))),
    ("mul", Call(((256, 256), (256, 256)))),
    ("relu", Call(((64, 128),))),
    ("exp", Call(((256, 256),))),
    ("tanh", Call(((64, 128),))),
    ("gelu", Call(((256, 256),))),
    ("softmax", Call(((64, 10),))),
    ("cross_entropy", Call(((64, 10), (64,)))),
    ("cross_entropy_grad", Call(((64, 10), (64,), ()))),
    ("sum", Call(((64, 128),), (1, 0))),
    ("argmax", Call(((64, 10),), (2, 0))),
    ("layer_norm", Call(((64, 256), (256,), (256,), ()))),
    ("sgd", Call(((784, 128), (784, 128), ()))),
    ("adam_step", Call(((784, 128), (784, 128), (784, 128), (), (), (), ()))),
    ("transpose", Call(((256, 256),))),
    ("normal", Call(((), ()), (), (784, 128))),
)
_HEAD: Final = """
const one: u64 = 1
const two: u64 = 2
const zero: u64 = 0
const ninety: u64 = 90
const modulus: u64 = 1000003
"""
_REGISTERS: Final = """
  reg n: u64 = arg 0
  reg one: u64 = const one
  reg two: u64 = const two
  reg zero: u64 = const zero
  reg ninety: u64 = const ninety
  reg modulus: u64 = const modulus
  reg i: u64
  reg k: u64
  reg a: u64
  reg b: u64
  reg t: u64
  reg x: f32
  reg y: f32
  reg more: bool
"""
_LOOP: Final = """
  jmp test
again:
{body}
  u64.add i, i, one
test:
  u64.lt more, i, n
  jif more, again
  ret ()
"""
_BODIES: Final = {
    "squares": "u64.mul t, i, i\n u64.mod t, t, modulus\n u64.add a, a, t",
    "fibonacci": "mov a, zero\n mov b, one\n mov k, zero\nnext:\n u64.add t, a, b\n mov a, b\n"
    " mov b, t\n u64.add k, k, one\n u64.lt more, k, ninety\n jif more, next",
    "calls": "call same(i) -> (t)\n u64.add a, a, t",
    "collatz": "u64.mul k, i, modulus\nnext:\n u64.and t, k, one\n u64.eq more, t, zero\n"
    " jif more, even\n u64.add k, k, one\neven:\n u64.shr k, k, one\n u64.lt more, one, k\n"
    " jif more, next",
    "dot product": "u64.mod k, i, ninety\n t.get x, (v, k)\n f32.mul x, x, x\n f32.add y, y, x",
}
_VECTOR: Final = ("dot product",)


def cases() -> Iterator[Case]:
    """The calibration list."""
    for name, call in CALLS:
        yield of_call(BY_NAME[name], call)
    for name in _BODIES:
        yield _program(name)


def squares() -> Case:
    """Its first program: arithmetic that keeps a core busy."""
    return _program("squares")


def _program(name: str) -> Case:
    vector = name in _VECTOR
    head = f"function case call (u64{', f32[1]' if vector else ''}) -> ()"
    own = "  reg v: f32[1] = arg 1\n" if vector else ""
    same = "function same internal (u64) -> (u64)\n  reg n: u64 = arg 0\n  ret (n)\n"
    text = _HEAD + head + _REGISTERS + own + _LOOP.format(body=_BODIES[name]) + same
    return Case(f"program {name}", "", text, _vector if vector else tuple)


def _vector() -> tuple[Value]:
    return (np.linspace(0, 1, 90, dtype=np.float32),)


def scale(measured: list[Measured]) -> float:
    """The geometric mean of their nanoseconds a unit of gas."""
    return exp(sum(log(one.ratio) for one in measured) / len(measured))
