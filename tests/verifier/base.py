"""A program that the verifier accepts, and ways to break one thing in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from anhvm.assembler import assemble, disassemble
from anhvm.program.model import (
    Field,
    Program,
    Register,
)
from anhvm.verifier import NotVerified, verify

BASE = assemble("""
program base
file "base.anh"
const one: u64 = 1
const yes: bool = true
const small: i32 = -5
const half: f32 = 0.5
const word: bytes = "word"
const row: f32[1] [2] = 1.0, nan
const flags: bool[1] [2] = true, false
field total: u64 = one
field seen[bytes, u64]: f32[1] [2] = row
event Said(u64, bytes)

function helper internal (u64, bytes) -> (u64)
  reads total
  writes seen[arg 1, any]
  reg n: u64 = arg 0
  reg who: bytes = arg 1
  reg t: f32[1]
  reg m: u64
  s.load m, total
  s.store t, seen[who, m]
  ret (m)

function look view (u64) -> (u64)
  reads total
  reg a: u64
  s.load a, total
  ret (a)

function main call (u64, f32[2]) -> (u64)
  reads total
  writes total
  reads seen[sender, arg 0]
  writes seen[sender, any]
  reg n: u64 = arg 0
  reg x: f32[2] = arg 1
  reg who: bytes = sender
  reg one: u64 = const one
  reg a: u64
  reg b: u64
  reg ok: bool
  reg f: f32
  reg text: bytes
  reg row: f32[1]
  reg y: f32[2]
  reg i: i32
  line 3:5 "base.anh"
  u64.add a, n, one
  mov b, a
  u64.lt ok, a, b
  jif ok, far
  line 4:1 "base.anh"
  bytes.slice text, (who, a, b)
  t.get f, (x, a, b)
  t.set y, (x, a, b, f)
  t.put y, (y, a, b, f)
  t.dim a, x, 1
  copy y, x
  kernel matmul(x, y) -> (y)
  kernel sum(x; 1, 0) -> (row)
  kernel fill(f, a, b) -> (y)
  drop text
far:
  call helper(a, who) -> (b)
  call look(b) -> (b)
  s.load a, total
  s.store a, total
  s.load row, seen[who, n]
  s.store row, seen[who, a]
  emit Said(a, who)
  assert ok, who
  gas a
  ret (b)
""")
HELPER, LOOK, MAIN = range(3)
MAIN_CODE = BASE.functions[MAIN].code
MAIN_SITES = BASE.functions[MAIN].sites
Break = Callable[[Program], Program]


def function(index: int, **parts: Any) -> Break:
    def change(program: Program) -> Program:
        functions = list(program.functions)
        functions[index] = replace(functions[index], **parts)
        return replace(program, functions=tuple(functions))

    return change


def text(old: str, new: str) -> Break:
    """BASE with one line of assembler changed."""

    def change(program: Program) -> Program:
        source = disassemble(program)
        assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times"
        return assemble(source.replace(old, new))

    return change


def site(index: int, number: int, **parts: Any) -> Break:
    def change(program: Program) -> Program:
        sites = list(program.functions[index].sites)
        sites[number] = replace(sites[number], **parts)
        return function(index, sites=tuple(sites))(program)

    return change


def register(index: int, number: int, new: Register) -> Break:
    def change(program: Program) -> Program:
        registers = list(program.functions[index].registers)
        registers[number] = new
        return function(index, registers=tuple(registers))(program)

    return change


def const(number: int, data: bytes) -> Break:
    def change(program: Program) -> Program:
        consts = list(program.consts)
        consts[number] = replace(consts[number], data=data)
        return replace(program, consts=tuple(consts))

    return change


def extra_field(field: Field) -> Break:
    return lambda program: replace(program, fields=(*program.fields, field))


def site_of(kind: str, nth: int = 0) -> int:
    """The number of a site of main by its kind."""
    return [i for i, s in enumerate(MAIN_SITES) if s.kind.name == kind][nth]


def branch(**parts: int) -> Break:
    """BASE with another target of the branch in main."""
    return function(MAIN, code=(*MAIN_CODE[:3], replace(MAIN_CODE[3], **parts), *MAIN_CODE[4:]))


def refusal(program: Program) -> NotVerified:
    """The refusal of a program; fails if it is accepted."""
    with pytest.raises(NotVerified) as refused:
        verify(program)
    return refused.value
