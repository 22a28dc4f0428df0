"""The list of what PTX may hold, on single instructions."""

from __future__ import annotations

import pytest

from anhvm.kernels.cuda.law import offences

ALLOWED = [
    "add.rn.ftz.f32 \t%f1, %f2, %f3;",
    "fma.rn.ftz.f32 \t%f1, %f2, %f3, %f4;",
    "@%p1 max.NaN.f32 %f1, %f2, %f3;",
    "ld.shared.v4.f32 \t{%f1, %f2, %f3, %f4}, [%rd1+256];",
    "st.global.f32 \t[%rd1], %f1;",
    "setp.lt.f32 \t%p1, %f1, %f2;",
    "cvt.rn.f32.s64 \t%f1, %rd1;",
    "mad.lo.s32 %r1, %r2, %r3, %r4;",
    "// div.approx.f32",
]
REFUSED = [
    "add.f32", "add.rn.f32", "add.ftz.f32", "mul.rz.ftz.f32", "mad.f32", "fma.rn.f32",
    "fma.rn.ftz.f32x2", "div.approx.ftz.f32", "div.full.f32", "sqrt.approx.f32", "rsqrt.approx.f32",
    "rcp.rn.ftz.f32", "ex2.approx.ftz.f32", "tanh.approx.f32", "max.f32", "max.ftz.f32",
    "atom.global.add.f32", "red.global.add.f32", "atom.add.u32", "add.f64", "ld.global.f64",
    "cvt.f64.f32", "cvt.rn.f16.f32", "cvt.f32.s32", "cvt.ftz.f32.f32", "wmma.mma.sync",
    "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", "call.uni", "add.rn.bf16",
]  # fmt: skip


@pytest.mark.parametrize("line", ALLOWED)
def test_exact_instructions_pass(line: str) -> None:
    assert offences(f"$L__BB0_2:\n\t{line}\n\tret;\n") == []


@pytest.mark.parametrize("opcode", REFUSED)
@pytest.mark.parametrize("guard", ["", "@%p1 ", "@!%p12 ", "@%when "])
def test_others_do_not(opcode: str, guard: str) -> None:
    text = f"\tadd.rn.ftz.f32 %f1, %f2, %f3;\n\t{guard}{opcode} \t%f1, %f2, %f3;\n\tret;\n"
    assert offences(text) == [opcode]
