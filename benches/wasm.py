"""The programs as WebAssembly text; sums and products wrap, where ours are checked."""

from __future__ import annotations

from anhvm.benches.vm_cases import ACCOUNTS, DIGITS, FUNDS, NUMBERS


def _loop(
    counter: str, limit: str, body: str, start: str = "0", step: str = "1", kind: str = "i64"
) -> str:
    """`body` with `counter` from `start` up to `limit`; the test stands at the end."""
    limit, start, step = (f"({kind}.const {x})" if x.isdigit() else x for x in (limit, start, step))
    test = f"({kind}.lt_u (local.get {counter}) {limit})"
    return f"""
    (local.set {counter} {start})
    (if {test} (then (loop $of{counter}
      {body}
      (local.set {counter} ({kind}.add (local.get {counter}) {step}))
      (br_if $of{counter} {test}))))"""


_SQUARES = """(local.set $s (i64.add (local.get $s)
        (i64.rem_u (i64.mul (local.get $i) (local.get $i)) (local.get $m))))"""
_NEXT = """(local.set $t (i64.add (local.get $a) (local.get $b)))
      (local.set $a (local.get $b)) (local.set $b (local.get $t))"""
_RESTART = "(local.set $a (i64.const 0)) (local.set $b (i64.const 1))"
_N = "(local.get $n)"

_STRIKE = _loop(
    "$j",
    f"{NUMBERS}",
    "(i32.store8 (local.get $j) (i32.const 1))",
    "(i32.mul (local.get $i) (local.get $i))",
    "(local.get $i)",
    "i32",
)
_NUMBER = f"""(if (i32.eqz (i32.load8_u (local.get $i))) (then
      (local.set $s (i64.add (local.get $s) (i64.const 1)))
      {_STRIKE}))"""
_ROUND = f"""(memory.fill (i32.const 0) (i32.const 0) (i32.const {NUMBERS}))
      (local.set $s (i64.const 0))
      {_loop("$i", f"{NUMBERS}", _NUMBER, start="2", kind="i32")}"""
_M = "(i32.wrap_i64 (local.get $n))"


def _account(number: str) -> str:
    return f"(i32.shl (i32.rem_u {number} (i32.const {ACCOUNTS})) (i32.const 2))"


_FILL = _loop(
    "$i",
    f"{ACCOUNTS}",
    f"(i32.store (i32.shl (local.get $i) (i32.const 2)) (i32.const {FUNDS}))",
    kind="i32",
)
_PAYEE = _account("(i32.add (i32.mul (local.get $i) (i32.const 7)) (i32.const 1))")
_MOVE = f"""(local.set $p {_account("(local.get $i)")})
      (local.set $b (i32.load (local.get $p)))
      (if (i32.lt_s (local.get $b) (i32.const 1)) (then unreachable))
      (i32.store (local.get $p) (i32.sub (local.get $b) (i32.const 1)))
      (local.set $p {_PAYEE})
      (i32.store (local.get $p) (i32.add (i32.load (local.get $p)) (i32.const 1)))"""

TEXT = f"""(module
  (memory 1)
  (func $same (param $n i64) (result i64) (local.get $n))
  (func (export "empty") (result i64) (i64.const 0))
  (func (export "squares") (param $n i64) (param $m i64) (result i64) (local $i i64) (local $s i64)
    {_loop("$i", _N, _SQUARES)}
    (local.get $s))
  (func (export "fibonacci") (param $n i64) (result i64)
    (local $k i64) (local $i i64) (local $a i64) (local $b i64) (local $t i64)
    {_loop("$k", _N, _RESTART + _loop("$i", f"{DIGITS}", _NEXT))}
    (local.get $a))
  (func (export "sieve") (param $n i64) (result i64)
    (local $k i64) (local $s i64) (local $i i32) (local $j i32)
    {_loop("$k", _N, _ROUND)}
    (local.get $s))
  (func (export "moves") (param $n i64) (result i64) (local $i i32) (local $p i32) (local $b i32)
    {_FILL}
    {_loop("$i", _M, _MOVE, kind="i32")}
    (i64.extend_i32_u (i32.load {_account(_M)})))
  (func (export "calls") (param $n i64) (result i64) (local $i i64) (local $s i64)
    {_loop("$i", _N, "(local.set $s (call $same (local.get $i)))")}
    (local.get $s)))
"""
FUNCTIONS = ("empty", "squares", "fibonacci", "sieve", "moves", "calls")
