"""Loops in machine code: calls of a kernel without Python, and what a machine can do at most.

Written in LLVM's language and compiled as the kernels are, so that no C compiler is needed; nothing
is optimised away, because only code is generated, and each loop returns what it computed.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm

from anhvm.kernels.cpu.loader import Loaded, machine

CHAINS = 12
"""Independent fma chains: more than latency times units, and they fit sixteen registers."""
UNROLL = 4

REPEAT = """
define i64 @repeat(i64 %count, ptr %calls, i64 %number) {
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %done]
  br label %one
one:
  %c = phi i64 [0, %loop], [%following, %one]
  %at = getelementptr [5 x i64], ptr %calls, i64 %c
  %at_run = getelementptr i64, ptr %at, i64 1
  %at_block = getelementptr i64, ptr %at, i64 2
  %at_tiles = getelementptr i64, ptr %at, i64 3
  %at_room = getelementptr i64, ptr %at, i64 4
  %plan = load ptr, ptr %at
  %run = load ptr, ptr %at_run
  %block = load i64, ptr %at_block
  %tiles = load i64, ptr %at_tiles
  %room = load i64, ptr %at_room
  %planned = call i32 %plan(i64 %block)
  %ran = call i32 %run(i64 %block, i64 0, i64 %tiles, i64 %room)
  %following = add i64 %c, 1
  %another = icmp ult i64 %following, %number
  br i1 %another, label %one, label %done
done:
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %count
  br i1 %more, label %loop, label %end
end:
  ret i64 %next
}
"""
REPEAT_KINDS = (ctypes.c_void_p, ctypes.c_int64)
"""`calls`: plan, run, block, tiles and room of each, in i64."""
SQUARES = """
define i64 @squares(i64 %count, i64 %m) {
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %s = phi i64 [0, %entry], [%t, %loop]
  %square = mul i64 %i, %i
  %rest = urem i64 %square, %m
  %t = add i64 %s, %rest
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %count
  br i1 %more, label %loop, label %end
end:
  ret i64 %t
}
"""


def compiled(text: str, name: str, *kinds: Any) -> Callable[..., int]:
    """The function `name` of an LLVM text: i64 (i64 count, kinds…)."""
    module = llvm.parse_assembly(text)
    module.verify()
    loaded = Loaded(machine().emit_object(module), [name])
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, *kinds)
    function = kind(loaded.addresses[name])
    function.keep = loaded  # type: ignore[attr-defined]
    return function


def fma_text(lanes: int) -> str:
    """``chains(count, x, out)``: chains of fma that never leave the registers."""
    vector, name = f"<{lanes} x float>", f"llvm.fma.v{lanes}f32"
    declared = f"declare {vector} @{name}({vector}, {vector}, {vector})"
    step = f"  %b{{0}} = call {vector} @{name}({vector} %v, {vector} %v, {vector} %a{{0}})"
    return _chains(lanes, "float", declared, step)


def dot_text(lanes: int, name: str, fused: bool) -> str:
    """``chains(count, x, out)``: chains of products of i8; `name` multiplies, or adds too."""
    vector = f"<{lanes} x i32>"
    if fused:
        declared = f"declare {vector} @{name}({vector}, {vector}, {vector})"
        step = f"  %b{{0}} = call {vector} @{name}({vector} %a{{0}}, {vector} %v, {vector} %v)"
        return _chains(lanes, "i32", declared, step)
    parts = f"<{2 * lanes} x i16>"
    declared = f"declare {vector} @{name}({parts}, {parts})"
    step = (
        f"  %w{{0}} = bitcast {vector} %a{{0}} to {parts}\n"
        f"  %q{{0}} = bitcast {vector} %v to {parts}\n"
        f"  %m{{0}} = call {vector} @{name}({parts} %w{{0}}, {parts} %q{{0}})\n"
        f"  %b{{0}} = add {vector} %a{{0}}, %m{{0}}"
    )
    return _chains(lanes, "i32", declared, step)


def _chains(lanes: int, element: str, declared: str, step: str) -> str:
    """`step` makes %b{0} of %a{0} and the vector %v, in which every element is x."""
    vector, chains = f"<{lanes} x {element}>", range(CHAINS)
    lines = [
        declared,
        f"define i64 @chains(i64 %count, {element} %x, ptr %out) {{\nentry:",
        f"  %one = insertelement {vector} zeroinitializer, {element} %x, i32 0",
        f"  %v = shufflevector {vector} %one, {vector} %one, <{lanes} x i32> zeroinitializer",
        "  br label %loop\nloop:",
        "  %i = phi i64 [0, %entry], [%next, %loop]",
        *(f"  %a{c} = phi {vector} [%v, %entry], [%b{c}, %loop]" for c in chains),
        *(step.format(c) for c in chains),
        "  %next = add i64 %i, 1",
        "  %more = icmp ult i64 %next, %count",
        "  br i1 %more, label %loop, label %end\nend:",
        *(
            f"  %p{c} = getelementptr {vector}, ptr %out, i64 {c}\n"
            f"  store {vector} %b{c}, ptr %p{c}, align 4"
            for c in chains
        ),
        "  ret i64 %next\n}",
    ]
    return "\n".join(lines)


def stream_text(lanes: int, reads: int, writes: int) -> str:
    """``stream(count, n, x, y, z)``: z = x, or x + y, or the sums of x alone, `count` times."""
    vector, step = f"<{lanes} x float>", lanes * UNROLL
    sums = [u for u in range(UNROLL) if not writes]
    lines = [
        "define i64 @stream(i64 %count, i64 %n, ptr %x, ptr %y, ptr %z) {\nentry:",
        "  br label %pass\npass:",
        "  %k = phi i64 [0, %entry], [%knext, %passed]",
        "  br label %loop\nloop:",
        "  %i = phi i64 [0, %pass], [%next, %loop]",
        *(f"  %s{u} = phi {vector} [zeroinitializer, %pass], [%t{u}, %loop]" for u in sums),
    ]
    for u in range(UNROLL):
        lines.append(f"  %at{u} = add i64 %i, {u * lanes}")
        for array in ("x", "y")[:reads]:
            lines.append(f"  %p{array}{u} = getelementptr float, ptr %{array}, i64 %at{u}")
            lines.append(f"  %{array}{u} = load {vector}, ptr %p{array}{u}, align 4")
        value = f"%x{u}"
        if reads == 2:
            lines.append(f"  %both{u} = fadd {vector} %x{u}, %y{u}")
            value = f"%both{u}"
        if writes:
            lines.append(f"  %pz{u} = getelementptr float, ptr %z, i64 %at{u}")
            lines.append(f"  store {vector} {value}, ptr %pz{u}, align 4")
        else:
            lines.append(f"  %t{u} = fadd {vector} %s{u}, {value}")
    lines += [
        f"  %next = add i64 %i, {step}",
        "  %more = icmp ult i64 %next, %n",
        "  br i1 %more, label %loop, label %passed\npassed:",
        *(f"  store {vector} %t{u}, ptr %z, align 4" for u in sums),
        "  %knext = add i64 %k, 1",
        "  %again = icmp ult i64 %knext, %count",
        "  br i1 %again, label %pass, label %end\nend:",
        "  ret i64 %knext\n}",
    ]
    return "\n".join(lines)
