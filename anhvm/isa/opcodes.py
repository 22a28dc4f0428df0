"""The opcode table.  A row is everything about an opcode.

An instruction is 8 bytes, little-endian::

     0       2       4       6       8
     +-------+-------+-------+-------+
     |  op   |   a   |   b   |   c   |     u16 each; unused fields are 0
     +-------+-------+-------+-------+
                     |    target     |     branches: u32 index of an instruction

Operands are written ``role:type`` in the order a, b, c.  Roles:

* ``w`` a register that is written, ``r`` one that is read, ``m`` one that is read and written;
* ``imm`` a small number; ``target`` a branch target (fields b and c);
* ``site`` the index of a call site of the function, whose kind stands behind the colon: what does
  not fit in three fields (operands of kernels, keys of cells) is listed there.

Type variables: ``S`` any scalar, ``H`` any handle (bytes or tensor), ``T`` any tensor, ``E`` the
element type of the tensor in the same row's site.  Gas classes are priced in `anhvm/gas`; a class
is charged with the basic block, and the `dynamic` parts (by bytes or by shape) at the instruction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from anhvm.isa.traps import Trap


@dataclass(frozen=True)
class Op:
    """One opcode: `code`, `name`, `operands`, static `gas` class, `dynamic` gas, `traps`, `doc`."""

    code: int
    name: str
    operands: tuple[str, ...]
    gas: str
    doc: str
    dynamic: str = ""
    traps: tuple[Trap, ...] = ()
    ends_block: bool = False
    ends_flow: bool = False


OVER, DIV, CAST = Trap.OVERFLOW, Trap.DIVISION, Trap.CAST
EXTERN = (
    Trap.DEPTH, Trap.UNLISTED, Trap.NOT_ALIVE, Trap.STIPEND, Trap.INTERFACE, Trap.REENTERED,
    Trap.CONTRACTS,
)  # fmt: skip


def _control() -> Iterator[Op]:
    yield Op(1, "jmp", ("", "target"), "branch", "go to target", ends_block=True, ends_flow=True)
    yield Op(2, "jif", ("r:bool", "target"), "branch", "go to target if a", ends_block=True)
    yield Op(3, "jifnot", ("r:bool", "target"), "branch", "go to target unless a", ends_block=True)
    yield Op(
        4, "call", ("site:call",), "call", "call a function of this program; its frame is priced "
        "by its registers", "frame", (Trap.DEPTH,), ends_block=True,
    )  # fmt: skip
    yield Op(5, "ret", ("site:ret",), "ret", "return", ends_block=True, ends_flow=True)
    yield Op(
        6, "assert", ("r:bool", "r:bytes"), "assert", "trap with message b unless a",
        traps=(Trap.ASSERT,),
    )  # fmt: skip
    yield Op(7, "gas", ("w:u64",), "alu", "gas left, after this block's charge", ends_block=True)
    yield Op(8, "mov", ("w:S", "r:S"), "move", "a = b, same scalar type")
    yield Op(9, "copy", ("w:H", "r:H"), "handle", "a shares the value of b, same type")
    yield Op(10, "drop", ("w:H",), "handle", "a lets go of its value and becomes empty")
    yield Op(
        11, "call.ext", ("site:extern",), "extern", "call a function of another contract; the site "
        "lists the arguments, the address, the gas to give", "extern", EXTERN, ends_block=True,
    )  # fmt: skip
    yield Op(
        12, "try.ext", ("w:u64", "site:extern"), "extern", "the same; a = 0, or the trap that it "
        "ended with", "extern", EXTERN, ends_block=True,
    )  # fmt: skip


def _integers() -> Iterator[Op]:
    for base, t in ((0x20, "u64"), (0x40, "i64"), (0x60, "i32")):
        two, cmp = (f"w:{t}", f"r:{t}", f"r:{t}"), ("w:bool", f"r:{t}", f"r:{t}")
        yield Op(base, f"{t}.add", two, "alu", "a = b + c", traps=(OVER,))
        yield Op(base + 1, f"{t}.sub", two, "alu", "a = b - c", traps=(OVER,))
        yield Op(base + 2, f"{t}.mul", two, "mul", "a = b * c", traps=(OVER,))
        yield Op(base + 3, f"{t}.div", two, "div", "a = b / c, toward zero", traps=(DIV, OVER))
        yield Op(base + 4, f"{t}.mod", two, "div", "a = b - c * (b / c)", traps=(DIV, OVER))
        yield Op(base + 5, f"{t}.eq", cmp, "alu", "a = b == c")
        yield Op(base + 6, f"{t}.ne", cmp, "alu", "a = b != c")
        yield Op(base + 7, f"{t}.lt", cmp, "alu", "a = b < c")
        yield Op(base + 8, f"{t}.le", cmp, "alu", "a = b <= c")
        if t != "u64":
            yield Op(base + 9, f"{t}.neg", two[:2], "alu", "a = -b", traps=(OVER,))
            continue
        yield Op(base + 9, "u64.and", two, "alu", "a = b & c")
        yield Op(base + 10, "u64.or", two, "alu", "a = b | c")
        yield Op(base + 11, "u64.xor", two, "alu", "a = b ^ c")
        yield Op(base + 12, "u64.shl", two, "alu", "a = b << c, bits lost", traps=(Trap.SHIFT,))
        yield Op(base + 13, "u64.shr", two, "alu", "a = b >> c", traps=(Trap.SHIFT,))


def _floats() -> Iterator[Op]:
    two, one = ("w:f32", "r:f32", "r:f32"), ("w:f32", "r:f32")
    cmp = ("w:bool", "r:f32", "r:f32")
    yield Op(0x80, "f32.add", two, "fpu", "a = b + c, rounded and flushed")
    yield Op(0x81, "f32.sub", two, "fpu", "a = b - c, rounded and flushed")
    yield Op(0x82, "f32.mul", two, "fpu", "a = b * c, rounded and flushed")
    yield Op(0x83, "f32.div", two, "fdiv", "a = b / c, rounded and flushed")
    yield Op(0x84, "f32.sqrt", one, "fdiv", "a = sqrt(b), rounded")
    yield Op(0x85, "f32.neg", one, "fpu", "a = b with its sign changed")
    yield Op(0x86, "f32.abs", one, "fpu", "a = b without its sign")
    yield Op(0x87, "f32.max", two, "fpu", "NaN if an operand is; -0 below +0")
    yield Op(0x88, "f32.min", two, "fpu", "NaN if an operand is; -0 below +0")
    yield Op(0x89, "f32.eq", cmp, "fpu", "IEEE equal")
    yield Op(0x8A, "f32.ne", cmp, "fpu", "IEEE not equal: true for NaN")
    yield Op(0x8B, "f32.lt", cmp, "fpu", "IEEE less")
    yield Op(0x8C, "f32.le", cmp, "fpu", "IEEE less or equal")


def _bools() -> Iterator[Op]:
    two = ("w:bool", "r:bool", "r:bool")
    yield Op(0xA0, "bool.and", two, "alu", "a = b and c")
    yield Op(0xA1, "bool.or", two, "alu", "a = b or c")
    yield Op(0xA2, "bool.xor", two, "alu", "a = b != c")
    yield Op(0xA3, "bool.not", two[:2], "alu", "a = not b")


def _casts() -> Iterator[Op]:
    pairs = "u64.i64 u64.i32 u64.f32 i64.u64 i64.i32 i64.f32 i32.u64 i32.i64 i32.f32 f32.u64 f32.i64 f32.i32"  # noqa: E501
    sure = {"u64.f32", "i64.f32", "i32.i64", "i32.f32"}
    for code, pair in enumerate(pairs.split(), 0xB0):
        s, d = pair.split(".")
        how = "rounded once" if d == "f32" else "truncated" if s == "f32" else "if it fits"
        traps = () if pair in sure else (CAST,)
        yield Op(code, f"{s}.to_{d}", (f"w:{d}", f"r:{s}"), "cast", f"a = b, {how}", traps=traps)
    yield Op(0xBC, "bool.to_u64", ("w:u64", "r:bool"), "alu", "a = 1 if b else 0")


def _values() -> Iterator[Op]:
    B = (Trap.BOUNDS,)
    M = (Trap.MEMORY,)
    yield Op(0xD0, "bytes.len", ("w:u64", "r:bytes"), "handle", "a = length of b")
    yield Op(0xD1, "bytes.eq", ("w:bool", "r:bytes", "r:bytes"), "handle", "a = b == c", "bytes")
    yield Op(0xD2, "bytes.at", ("w:u64", "r:bytes", "r:u64"), "element", "a = byte c of b",
             "element", B)  # fmt: skip
    yield Op(0xD3, "bytes.concat", ("w:bytes", "r:bytes", "r:bytes"), "value", "a = b then c",
             "bytes", M)  # fmt: skip
    yield Op(0xD4, "bytes.slice", ("w:bytes", "site:slice"), "value",
             "a = src[from:to]; the site lists src, from, to", "bytes", B + M)  # fmt: skip
    yield Op(0xD8, "t.dim", ("w:u64", "r:T", "imm"), "handle", "a = size of axis c of b")
    yield Op(0xD9, "t.get", ("w:E", "site:element"), "element",
             "a = t[i, ...]; the site lists t and one u64 an axis", "element", B)  # fmt: skip
    yield Op(0xDA, "t.set", ("w:T", "site:update"), "value",
             "a = t with one element replaced; the site lists t, one u64 an axis, the element",
             "bytes", (Trap.BOUNDS, Trap.CAST, Trap.MEMORY))  # fmt: skip
    yield Op(0xDC, "t.put", ("m:T", "site:update"), "element",
             "t.set where a is t, in place if a is its only owner", "element value bytes",
             (Trap.BOUNDS, Trap.CAST, Trap.MEMORY))  # fmt: skip
    yield Op(0xDB, "kernel", ("site:kernel",), "kernel",
             "run a kernel of the table on the operands of the site", "kernel",
             (Trap.SHAPE, Trap.SIZE, Trap.MEMORY, Trap.DATA))  # fmt: skip


def _storage() -> Iterator[Op]:
    yield Op(0xE0, "s.load", ("w:any", "site:cell"), "load", "a = the cell's value",
             "load first", (Trap.MEMORY, Trap.UNLISTED))  # fmt: skip
    yield Op(0xE1, "s.store", ("r:any", "site:cell"), "store", "the cell's value = a",
             "store first", (Trap.SHAPE, Trap.UNLISTED))  # fmt: skip
    yield Op(0xE2, "emit", ("site:event",), "emit", "append an event", "emit", (Trap.EVENTS,))


OPS: Final[tuple[Op, ...]] = (
    *_control(), *_integers(), *_floats(), *_bools(), *_casts(), *_values(), *_storage(),
)  # fmt: skip
BY_NAME: Final = {op.name: op for op in OPS}
BY_CODE: Final = {op.code: op for op in OPS}
