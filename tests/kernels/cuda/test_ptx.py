"""The PTX of every kernel, compiled without a GPU, holds nothing that the law does not allow."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from anhvm.kernels.cuda import columns, sass
from anhvm.kernels.cuda.backend import CudaKernels
from anhvm.kernels.cuda.law import offences
from anhvm.kernels.cuda.ops import add, mul
from anhvm.kernels.cuda.product import SIDE, UNROLLED, product
from anhvm.kernels.cuda.sass import assemble
from anhvm.kernels.cuda.squares import DEPTH, FULL, squares
from tests.kernels.cases import draw

if not os.environ.get("CI"):  # which may not skip it
    pytest.importorskip("numba_cuda", reason="numba-cuda is absent: pip install 'anhvm[cuda]'")
from numba import cuda, types

from anhvm.kernels.cuda.compiled import Compiled, compile_ptx

pytestmark = pytest.mark.xdist_group("ptx")  # one worker, so that nothing is compiled twice
F32 = types.float32[::1]
PRODUCTS = [
    name for name in CudaKernels.names() if name.startswith("matmul") and name != "matmul_i8"
]
OTHERS = [name for name in CudaKernels.names() if name not in PRODUCTS]


@pytest.fixture(scope="module")
def device() -> Compiled:
    return Compiled()


def machine_code(text: str) -> sass.Assembled:
    (made,) = assemble([text], "sm_90")
    return made


def launch(device: Compiled, name: str) -> None:
    random = np.random.default_rng(len(name))
    for _ in range(2):
        case = draw(name, random, 300)
        CudaKernels(device).call(name, case.inputs, case.attrs, case.counts)


@pytest.mark.parametrize("name", OTHERS)
def test_a_kernel_is_exact(device: Compiled, name: str) -> None:
    before = set(device.ptx)
    launch(device, name)
    for key, text in device.ptx.items():
        assert key in before or offences(text) == [], key


@pytest.mark.parametrize("turned", [(False, True), (True, False)])  # each operand, either way
def test_a_product_is_exact_and_keeps_its_accumulators_in_registers(
    device: Compiled, turned: tuple[bool, bool]
) -> None:
    name = "matmul_" + "".join("nt"[turn] for turn in turned)
    x = np.ones((3, 3), np.float32)
    CudaKernels(device).call(name, [x, x])
    (text,) = (text for key, text in device.ptx.items() if key[1] == id(product(*turned, SIDE)))
    assert offences(text) == []
    assert text.count("fma.rn.ftz.f32") == 64 * (UNROLLED + 1)
    assert ".local" not in text
    # The chains of a full tile: little else is issued.
    found = loops(machine_code(text).text)
    steady = max(found, key=lambda body: body.count("FFMA.FTZ") / len(body))
    assert steady.count("FFMA.FTZ") == 64 * UNROLLED
    assert len(steady) <= 1.15 * steady.count("FFMA.FTZ")
    shared = [opcode for opcode in steady if opcode.startswith("LDS")]
    assert shared == ["LDS.128"] * 4 * UNROLLED


def test_the_machine_code_of_every_kernel_is_exact(device: Compiled) -> None:
    for name in OTHERS:
        launch(device, name)
    texts = list(device.ptx.values())
    assert len(texts) > len(OTHERS) / 2
    for key, text, made in zip(device.ptx, texts, assemble(texts, "sm_90"), strict=True):
        assert sass.offences(made, text) == [], key
        assert made.spilled == made.local == 0, key


def test_whole_squares_issue_little_but_products() -> None:
    kernel, each = squares(False, False), FULL.rows * FULL.columns
    text = compile_ptx(kernel, (*[types.int64] * 4, F32, F32, F32))
    assert offences(text) == []
    assert text.count("fma.rn.ftz.f32") == each * DEPTH
    made = machine_code(text)
    assert sass.offences(made, text) == []
    assert made.spilled == made.local == 0
    # Two blocks of these threads share the 65,536 registers of a multiprocessor.
    assert 2 * FULL.threads * made.registers <= 65_536
    (tile,) = (body for body in loops(made.text) if "FFMA.FTZ" in body)
    assert tile.count("LDS.128") == DEPTH * (FULL.rows + FULL.columns) // 4
    moved = [opcode for opcode in tile if opcode.startswith(("LDG", "STG"))]
    assert all(opcode.endswith(".128") for opcode in moved)
    # Behind the only barrier stand the products of factors that were loaded before.
    (barrier,) = (at for at, op in enumerate(tile) if op == "BAR.SYNC.DEFER_BLOCKING")
    assert tile[:barrier].count("FFMA.FTZ") >= each * (DEPTH - 2)
    assert tile[barrier:].count("FFMA.FTZ") >= each // 2
    assert two_of_a_bank(made.text) < 0.3


def two_of_a_bank(text: str) -> float:
    """The part of fused multiply-adds that read two registers of a bank, which takes two cycles.

    The bank of a register is the parity of its number.  A factor is not read if the product before
    had it at the same place.
    """
    found = re.findall(r"FFMA\.FTZ R\d+, R(\d+)(?:\.reuse)?, R(\d+)(?:\.reuse)?, R(\d+)", text)
    before, twice = ["", "", ""], 0
    for registers in found:
        read = [int(r) % 2 for r, old in zip(registers, before, strict=True) if r != old]
        twice += len(read) > len(set(read))
        before = registers
    return twice / len(found)


def test_columns_are_summed_exactly() -> None:
    text = compile_ptx(columns.SQUARES, (*[types.int64] * 4, F32, F32))
    assert offences(text) == []
    made = machine_code(text)
    assert sass.offences(made, text) == []
    assert made.spilled == made.local == 0


def test_a_sum_has_the_tree_of_the_law(device: Compiled) -> None:
    CudaKernels(device).call("sum", [np.ones(70, np.float32)], (1, 0))
    text = next(text for (name, *_), text in device.ptx.items() if name == "reduce")
    assert text.count("shfl.sync.down.b32") == 5


def loops(text: str) -> Iterator[list[str]]:
    """The opcodes from each label to a branch back to it."""
    begins: dict[str, int] = {}
    opcodes: list[str] = []
    for label, opcode, to in re.findall(
        r"^(\.L_x_\d+):|/\*\w{4,}\*/ +(?:@!?U?P\w+ +)?([A-Z][\w.]*)(?:.*`\((\.L_x_\d+)\))?",
        text,
        re.MULTILINE,
    ):
        if label:
            begins[label] = len(opcodes)
            continue
        opcodes.append(opcode)
        if to in begins:
            yield opcodes[begins[to] :]


def _bare(y: Any, x: Any) -> None:
    y[0] = x[0] * x[1] + x[2]


def _apart(y: Any, x: Any) -> None:
    y[0] = add(mul(x[0], x[1]), x[2])


def _half(y: Any, x: Any) -> None:
    y[0] = add(mul(x[0], x[1]) + x[2], x[3])


def _quotient(y: Any, x: Any) -> None:
    y[0] = x[0] / x[1]


def _wide(y: Any, x: Any) -> None:
    y[0] = x[0] * 0.1


def _atomic(y: Any, x: Any) -> None:
    cuda.atomic.add(y, 0, x[0])


def _fast(y: Any, x: Any) -> None:
    y[0] = cuda.libdevice.fast_expf(x[0])


@pytest.mark.parametrize(
    ("kernel", "found"),
    [
        (_bare, "fma.rn.f32"),
        (_half, "add.f32"),
        (_quotient, "div.rn.f32"),
        (_wide, "f64"),
        (_atomic, "atom.global.add.f32"),
        (_fast, "approx"),
    ],
)
def test_a_bad_kernel_is_refused(kernel: Callable[..., None], found: str) -> None:
    assert isinstance(kernel, FunctionType)
    assert any(found in opcode for opcode in offences(compile_ptx(kernel, (F32, F32))))


def _spilling(y: Any, x: Any) -> None:
    own = cuda.local.array(4096, types.float32)
    for i in range(4096):
        own[i] = x[i]
    y[0] = own[int(y[1])]


def test_memory_of_a_thread_is_seen_in_machine_code() -> None:
    assert machine_code(compile_ptx(_spilling, (F32, F32))).local > 0


def test_a_sum_has_eight_loads_on_their_way(device: Compiled) -> None:
    CudaKernels(device).call("sum", [np.ones(70, np.float32)], (1, 0))
    texts = [text for (name, *_), text in device.ptx.items() if name == "reduce"]
    runs = (re.findall(r"(?:LDG\.E )+", _order(made)) for made in assemble(texts, "sm_90"))
    assert max(len(run.split()) for found in runs for run in found) >= 8


def test_a_short_map_has_four_loads_on_their_way(device: Compiled) -> None:
    CudaKernels(device).call("relu", [np.ones(70, np.float32)])
    (text,) = (text for (name, *_), text in device.ptx.items() if name == "each_relu")
    assert "LDG.E LDG.E LDG.E LDG.E " in _order(machine_code(text))


def _order(made: sass.Assembled) -> str:
    """Loads, stores, sums and maxima, as they come."""
    found = re.findall(r"\b((?:LDG|STG|FADD|FMNMX)[\w.]*) ", made.text)
    return "".join(f"{opcode} " for opcode in found)


@pytest.mark.parametrize(
    ("kernel", "found"), [(_bare, "FFMA"), (_half, "FADD"), (_wide, "DMUL"), (_atomic, "RED")]
)
def test_machine_code_of_a_bad_kernel_is_refused(kernel: Callable[..., None], found: str) -> None:
    text = compile_ptx(kernel, (F32, F32))
    bad = sass.offences(machine_code(text), text)
    assert any(opcode.startswith(found) for opcode in bad), bad


def test_the_assembler_fuses_what_has_no_rounding_in_its_text() -> None:
    text = compile_ptx(_apart, (F32, F32)).replace(".rn.ftz.f32", ".ftz.f32")
    assert "fma" not in text
    assert "FFMA.FTZ" in sass.offences(machine_code(text), text)
