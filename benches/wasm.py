"""The programs as WebAssembly text; sums and products wrap, where ours are checked."""

from __future__ import annotations

from anhvm.benches.vm_cases import DIGITS


def _loop(counter: str, limit: str, body: str) -> str:
    """`body` with `counter` from 0 up to `limit`; the test stands at the end, as a compiler's."""
    return f"""
    (local.set {counter} (i64.const 0))
    (if (i64.lt_u (local.get {counter}) {limit}) (then (loop $of{counter}
      {body}
      (local.set {counter} (i64.add (local.get {counter}) (i64.const 1)))
      (br_if $of{counter} (i64.lt_u (local.get {counter}) {limit})))))"""


_SQUARES = """(local.set $s (i64.add (local.get $s)
        (i64.rem_u (i64.mul (local.get $i) (local.get $i)) (local.get $m))))"""
_NEXT = """(local.set $t (i64.add (local.get $a) (local.get $b)))
      (local.set $a (local.get $b)) (local.set $b (local.get $t))"""
_RESTART = "(local.set $a (i64.const 0)) (local.set $b (i64.const 1))"
_DIGITS = f"(i64.const {DIGITS})"
_N = "(local.get $n)"

TEXT = f"""(module
  (func $same (param $n i64) (result i64) (local.get $n))
  (func (export "empty") (result i64) (i64.const 0))
  (func (export "squares") (param $n i64) (param $m i64) (result i64) (local $i i64) (local $s i64)
    {_loop("$i", _N, _SQUARES)}
    (local.get $s))
  (func (export "fibonacci") (param $n i64) (result i64)
    (local $k i64) (local $i i64) (local $a i64) (local $b i64) (local $t i64)
    {_loop("$k", _N, _RESTART + _loop("$i", _DIGITS, _NEXT))}
    (local.get $a))
  (func (export "calls") (param $n i64) (result i64) (local $i i64) (local $s i64)
    {_loop("$i", _N, "(local.set $s (call $same (local.get $i)))")}
    (local.get $s)))
"""
FUNCTIONS = ("empty", "squares", "fibonacci", "calls")
