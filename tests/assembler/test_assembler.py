"""Programs as text: round trip, names, literals, comments, and where a mistake is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import anhvm.assembler
from anhvm.assembler import AssemblyError, assemble, disassemble
from anhvm.fuzz.corners import CORNERS
from anhvm.fuzz.generate import generate
from anhvm.isa.schedule import load
from anhvm.isa.types import DType, Type, tensor
from anhvm.kernels.table import KERNELS, Kernel
from anhvm.program.model import Const, Event, Field, Program, Site, SiteKind
from anhvm.verifier import verify
from tests.verifier.base import BASE


@given(st.integers(0))
def test_a_program_comes_back(seed: int) -> None:
    program = generate(Random(seed))
    assert assemble(disassemble(program, load())) == program


@pytest.mark.parametrize("program", [BASE, *CORNERS, Program("")])
def test_written_programs_come_back(program: Program) -> None:
    assert assemble(disassemble(program)) == program


NAMES = st.text(st.characters(codec="utf-8"), max_size=8)


@given(st.lists(NAMES, max_size=4), NAMES)
def test_any_name_will_do_and_names_may_repeat(names: list[str], name: str) -> None:
    program = Program(
        name,
        fields=tuple(Field(n, Type.U64) for n in names),
        events=tuple(Event(n, (Type.U64,)) for n in names),
        functions=tuple(replace(BASE.functions[1], name=n) for n in names),
        files=tuple(dict.fromkeys(["base.anh", *names])),
        abi=name.encode(),
    )
    assert assemble(disassemble(program)) == program


@given(st.binary(min_size=8, max_size=8), st.binary(max_size=12), st.sampled_from(list(DType)))
def test_any_bytes_of_a_constant_come_back(data: bytes, text: bytes, dtype: DType) -> None:
    row = tensor(dtype, 1)
    program = Program(
        "",
        consts=(
            *(Const(t, data) for t in Type if t != Type.BYTES),
            Const(Type.BYTES, text),
            Const(row, data, (8 if dtype in (DType.I8, DType.BOOL) else 2,)),
            Const(row, b"", (0,)),
        ),
    )
    assert assemble(disassemble(program)) == program


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
def test_a_kernel_is_named_whatever_its_number(kernel: Kernel) -> None:
    text = f"function f call () -> ()\n  kernel {kernel.name}() -> ()\n  ret ()\n"
    assert assemble(text).functions[0].sites[0].target == kernel.id


def test_shared_and_unordered_sites_are_declared_first() -> None:
    function = BASE.functions[1]
    spare = Site(SiteKind.KERNEL, 24, (0,), (0,), (1, 0))
    program = replace(BASE, functions=(replace(function, sites=(*function.sites, spare)),))
    text = disassemble(program)
    assert "  site kernel sum(r0; 1, 0) -> (r0)\n" in text and "  ret %1\n" in text
    assert assemble(text) == program


def test_the_text_tells_gas_and_source() -> None:
    text = disassemble(BASE, load())
    assert "  line 3:5 base.anh\n  u64.add" in text
    main = text[text.index("function main") :]
    prices = load().opcodes
    first = 2 * prices["alu"] + prices["move"] + prices["branch"]  # add, lt; mov; jif
    assert f"  # gas {first}\n" in main
    assert "L14:\n" in main


def test_the_format_is_the_one_that_the_docstring_shows() -> None:
    lines = (anhvm.assembler.__doc__ or "").split("\n\n")
    source = "\n\n".join(part for part in lines if part.startswith("    "))
    verify(assemble(source))


HEAD = "function f call (u64) -> ()\n  reg a: u64 = arg 0\n  reg b: u64\n"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (1, "nonsense"),
        (1, "const c: u64"),
        (1, "const c: u64 = big"),
        (1, "const c: u64 = 18446744073709551616"),
        (1, "const c: i32 = 2147483648"),
        (1, "const c: bool = 1"),
        (1, "const c: f32 = x"),
        (1, "const c: u65 = 1"),
        (1, "const c: f32[7] = 1"),
        (1, "const c: u64[1] = 1"),
        (1, "const c: bytes = 0x123"),
        (1, 'const c: bytes = "open'),
        (1, "field f: u64 = nothing"),
        (1, "field f[u64: u64"),
        (1, "event e"),
        (1, "event e(u64) more"),
        (1, "program a b"),
        (1, "abi zz"),
        (1, "function f sometimes () -> ()"),
        (1, "function f call ()"),
        (2, "function f call () -> ()\n  reg a: u64 = nowhere"),
        (2, "function f call () -> ()\n  reads nothing"),
        (2, "function f call () -> ()\n  line 0 5"),
        (2, "function f call () -> ()\n  site strange ()"),
        (4, HEAD + "  u64.add b, a"),
        (4, HEAD + "  u64.add b, a, a, a"),
        (4, HEAD + "  u64.add b, a, c"),
        (4, HEAD + "  u64.plus b, a, a"),
        (4, HEAD + "  jmp nowhere"),
        (4, HEAD + "  call g(a) -> (b)"),
        (4, HEAD + "  kernel unknown(a) -> (b)"),
        (4, HEAD + "  emit e(a)"),
        (4, HEAD + "  s.load b, f"),
        (4, HEAD + "  ret (a"),
        (5, HEAD + "  site ret ()\n  ret ()"),
        (4, HEAD + "  t.dim b, a, 65536"),
        (4, HEAD + "  @"),
    ],
)
def test_a_mistake_is_named_by_its_line(line: int, text: str) -> None:
    with pytest.raises(AssemblyError) as wrong:
        assemble(text + "\n")
    assert wrong.value.message.startswith(f"Line {line}: ")
    assert wrong.value.code == "assembler.syntax" and wrong.value.hint


@given(st.text(alphabet='abf 01,()[]:;=->%"#\n.xu64regconst', max_size=80))
def test_no_text_makes_it_stumble(text: str) -> None:
    with suppress(AssemblyError):
        assemble(text)


@pytest.mark.parametrize(
    "line",
    [
        "const t: f32[1] [3] = 1.0, 2.0",
        "const t: f32[1] [3] = 0x00",
        "const t: f32[2] [3] = 1.0, 2.0, 3.0",
        "const t: u64 [1] = 3",
        "const t: u64 = 0x00",
        "field t: f32[2] [3]",
    ],
)
def test_a_constant_of_another_size_is_refused_where_it_stands(line: str) -> None:
    with pytest.raises(AssemblyError, match="Line 1"):
        assemble(line)
