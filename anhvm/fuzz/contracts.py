"""Cases from a compiled contract: each function that can be started, on values that fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

import numpy as np

from anhvm.fuzz.cases import Case
from anhvm.fuzz.values import array, integer, value
from anhvm.isa.types import DType, Type, dtype_of, is_tensor, rank_of
from anhvm.program.abi import Named, load
from anhvm.program.encode import encode
from anhvm.program.engine import Env, Value
from anhvm.program.model import Kind, Program
from anhvm.program.values import NUMPY

_DIMS = re.compile(r"\[(.*)\]")
_SENDERS = (b"alice", b"bob")
_GASES = (1_000, 20_000, 100_000)


def cases(program: Program, seed: int, each: int) -> Iterator[Case]:
    """`each` cases for every function of `program` that can be started."""
    abi, encoded = load(program.abi), encode(program)
    for function in abi.functions:
        declared = program.functions[function.index]
        if declared.kind == Kind.INTERNAL:
            continue
        leaves = [leaf for param in function.params for leaf in abi.flatten(param)]
        for number in range(each):
            rng = Random(f"{seed} {function.name} {number}")
            sizes: dict[str, int] = {}
            args = tuple(
                _argument(rng, code, leaf, sizes)
                for code, leaf in zip(declared.params, leaves, strict=True)
            )
            env = Env(rng.choice(_SENDERS), b"self", rng.randrange(3), rng.randrange(9), 10**12)
            gas = rng.choice(_GASES)
            yield Case(number, program, encoded, args, env, gas, -1, function.index)


def _argument(rng: Random, code: int, leaf: Named, sizes: dict[str, int]) -> Value:
    if is_tensor(code):
        return _tensor(rng, code, _shape(rng, code, leaf, sizes))
    if rng.random() < 0.2:
        return value(rng, code)
    if code == Type.F32:
        return np.float32(rng.uniform(-2, 2))
    if code == Type.BYTES:
        return rng.choice((b"", b"alice", b"some text", bytes(33)))
    return rng.random() < 0.5 if code == Type.BOOL else abs(integer(rng, Type.I32)) % 12


def _shape(rng: Random, code: int, leaf: Named, sizes: dict[str, int]) -> tuple[int, ...]:
    found = _DIMS.search(leaf.type)
    words = [word.strip() for word in found.group(1).split(",")] if found else []
    if len(words) != rank_of(code) or rng.random() < 0.05:
        return tuple(rng.randrange(4) for _ in range(rank_of(code)))
    return tuple(
        int(word) if word.isdecimal() else sizes.setdefault(word, rng.randrange(1, 5))
        for word in words
    )


def _tensor(rng: Random, code: int, shape: tuple[int, ...]) -> Value:
    dtype = dtype_of(code)
    if rng.random() < 0.2:
        return array(rng, dtype, shape, entering=True)
    draw = np.random.default_rng(rng.getrandbits(32))
    if dtype == DType.F32:
        return draw.uniform(-2, 2, shape).astype(np.float32)
    return draw.integers(0, 2 if dtype == DType.BOOL else 4, shape).astype(NUMPY[dtype])
