"""Programs for the corners that random code does not reach: depth, events, memory."""

from __future__ import annotations

from random import Random

from anhvm.assembler import assemble
from anhvm.program.model import Program

_DEEP = """
program deep
function down call (u64) -> (u64)
  reg n: u64 = arg 0
  reg big: bytes
  reg part: bytes = sender
  bytes.concat big, big, part
  call down(n) -> (ignored)
  reg ignored: u64
  ret (ignored)
"""
_COUNTED = """
program counted
const one: u64 = 1
const zero: u64 = 0
function down call (u64) -> (u64)
  reg n: u64 = arg 0
  reg one: u64 = const one
  reg zero: u64 = const zero
  reg m: u64
  reg done: bool
  u64.eq done, n, zero
  jif done, out
  u64.sub m, n, one
  call down(m) -> (m)
out:
  ret (m)
"""
_LOUD = """
program loud
event Said(u64, bytes)
function shout call (u64) -> (u64)
  reg n: u64 = arg 0
  reg who: bytes = sender
again:
  emit Said(n, who)
  jmp again
"""
_LARGE = """
program large
const many: u64 = 1073741824
const one: f32 = 1.0
function fill call (u64) -> (f32[1])
  reg many: u64 = const many
  reg one: f32 = const one
  reg t: f32[1]
  kernel fill(one, many) -> (t)
  ret (t)
"""
_AGAIN = """
program again
extern down call (u64, bytes) -> (u64)
const all: u64 = 18446744073709551615
function down call (u64, bytes) -> (u64) reentrant
  reg n: u64 = arg 0
  reg text: bytes = arg 1
  reg me: bytes = self
  reg all: u64 = const all
  bytes.concat more, text, me
  call.ext down(n, more, me, all) -> (n2)
  reg more: bytes
  reg n2: u64
  ret (n2)
"""
_CROWD = """
program crowd
extern hello view () -> ()
const all: u64 = 18446744073709551615
const one: u64 = 1
const many: u64 = 255
function meet call (u64) -> (u64)
  reg all: u64 = const all
  reg one: u64 = const one
  reg many: u64 = const many
  reg letter: bytes = self
  reg who: bytes
  reg how: u64
  reg i: u64
  reg more: bool
again:
  bytes.concat who, who, letter
  bytes.concat who, who, letter
  try.ext how, hello(who, all)
  u64.add i, i, one
  u64.lt more, i, many
  jif more, again
  bytes.concat who, who, letter
  call.ext hello(who, all)
  ret (how)
"""
CORNERS = tuple(map(assemble, (_DEEP, _COUNTED, _LOUD, _LARGE, _AGAIN, _CROWD)))


def corner(rng: Random) -> Program:
    """One of them; function 0 can be started, takes a u64, and ends under any gas."""
    return rng.choice(CORNERS)
