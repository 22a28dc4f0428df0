"""LLVM vector IR for kernels that Numba's loops do not vectorise as the law orders.

`Emitter` is a thin layer over llvmlite's builder: counted loops with values carried in phis, and
loads and stores of one vector of `lanes` f32 at a byte address.  Addresses are i64; a vector may
lie at any multiple of 4 bytes.  Nothing here rounds: what is computed is up to the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

I1, I32, I64, F32 = ir.IntType(1), ir.IntType(32), ir.IntType(64), ir.FloatType()
Body = Callable[[Any, Sequence[Any]], Sequence[Any]]


def i64(value: int) -> Any:
    return ir.Constant(I64, value)


class Emitter:
    """Emits at the place of `builder`."""

    element: ir.Type = F32
    word = "f32"

    def __init__(self, builder: Any, lanes: int) -> None:
        self.builder = builder
        self.lanes = lanes
        self.vector = ir.VectorType(self.element, lanes)
        self.zero = ir.Constant(self.vector, None)

    # -- control ---------------------------------------------------------------------------------

    def loop(self, count: Any, carried: Sequence[Any], body: Body) -> list[Any]:
        """`body(i, values) -> values` for i in [0, count); the values after the last round."""
        builder = self.builder
        before = builder.block
        inside = builder.append_basic_block("loop")
        after = builder.append_basic_block("loop_end")
        builder.cbranch(builder.icmp_signed(">", count, i64(0)), inside, after)
        builder.position_at_end(inside)
        index = builder.phi(I64)
        index.add_incoming(i64(0), before)
        values = []
        for start in carried:
            phi = builder.phi(start.type)
            phi.add_incoming(start, before)
            values.append(phi)
        results = list(body(index, values))
        following = builder.add(index, i64(1))
        last = builder.block
        index.add_incoming(following, last)
        for phi, result in zip(values, results, strict=True):
            phi.add_incoming(result, last)
        builder.cbranch(builder.icmp_signed("<", following, count), inside, after)
        builder.position_at_end(after)
        finals = []
        for start, result in zip(carried, results, strict=True):
            phi = builder.phi(start.type)
            phi.add_incoming(start, before)
            phi.add_incoming(result, last)
            finals.append(phi)
        return finals

    def either(self, condition: Any, then: Callable[[], None], other: Callable[[], None]) -> None:
        """`then()` if the i1 holds, else `other()`."""
        with self.builder.if_else(condition) as (yes, no):
            with yes:
                then()
            with no:
                other()

    # -- memory ----------------------------------------------------------------------------------

    def offset(self, address: Any, elements: Any) -> Any:
        """The address `elements` f32 further on."""
        return self.builder.add(address, self.builder.shl(elements, i64(2)))

    def pointer(self, address: Any, kind: Any) -> Any:
        return self.builder.inttoptr(address, kind.as_pointer())

    def load(self, address: Any, mask: Any = None, rest: Any = None) -> Any:
        """One vector; lanes that the mask leaves out are those of `rest`, or +0, and their memory
        is not touched."""
        place = self.pointer(address, self.vector)
        if mask is None:
            return self.builder.load(place, align=4)
        return self.builder.call(
            self._masked("load"), (place, ir.Constant(I32, 4), mask, rest or self.zero)
        )

    def store(self, value: Any, address: Any, mask: Any = None) -> None:
        place = self.pointer(address, self.vector)
        if mask is None:
            self.builder.store(value, place, align=4)
        else:
            self.builder.call(self._masked("store"), (value, place, ir.Constant(I32, 4), mask))

    def gather(self, address: Any, places: Any, mask: Any) -> Any:
        """The elements at these places (i32, from 0) behind the address; +0 where the mask is 0."""
        wide = ir.VectorType(I64, self.lanes)
        bytes_on = self.builder.shl(
            self.builder.sext(places, wide), ir.Constant(wide, [2] * self.lanes)
        )
        pointers = ir.VectorType(self.element.as_pointer(), self.lanes)
        at = self.builder.inttoptr(self.builder.add(self.splat(address), bytes_on), pointers)
        kinds = (pointers, I32, ir.VectorType(I1, self.lanes), self.vector)
        name = f"llvm.masked.gather.v{self.lanes}{self.word}.v{self.lanes}p0"
        module = self.builder.module
        function = module.globals.get(name) or ir.Function(
            module, ir.FunctionType(self.vector, kinds), name
        )
        return self.builder.call(function, (at, ir.Constant(I32, 4), mask, self.zero))

    def prefetch(self, address: Any) -> None:
        """Asks for the cache line at the address, which need not be valid memory."""
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), (byte, I32, I32, I32))
        module, name = self.builder.module, "llvm.prefetch.p0"
        function = module.globals.get(name) or ir.Function(module, kind, name)
        flags = [ir.Constant(I32, flag) for flag in (0, 3, 1)]  # read, keep, data
        self.builder.call(function, (self.pointer(address, ir.IntType(8)), *flags))

    def _masked(self, action: str) -> Any:
        kind = ir.VectorType(I1, self.lanes)
        place = self.vector.as_pointer()
        if action == "load":
            signature = ir.FunctionType(self.vector, (place, I32, kind, self.vector))
        else:
            signature = ir.FunctionType(ir.VoidType(), (self.vector, place, I32, kind))
        name = f"llvm.masked.{action}.v{self.lanes}{self.word}.p0"
        module = self.builder.module
        return module.globals.get(name) or ir.Function(module, signature, name)

    # -- lanes -----------------------------------------------------------------------------------

    def below(self, count: Any, first: int = 0) -> Any:
        """The mask of lanes l with first + l < count (an i64)."""
        width = ir.VectorType(I32, self.lanes)
        numbers = ir.Constant(width, [first + lane for lane in range(self.lanes)])
        return self.builder.icmp_signed("<", numbers, self.splat(self.builder.trunc(count, I32)))

    def splat(self, scalar: Any) -> Any:
        """The scalar in every lane."""
        kind = ir.VectorType(scalar.type, self.lanes)
        undefined = ir.Constant(kind, ir.Undefined)
        one = self.builder.insert_element(undefined, scalar, ir.Constant(I32, 0))
        order = ir.Constant(ir.VectorType(I32, self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(one, undefined, order)

    def broadcast(self, address: Any) -> Any:
        """The element at the address, in every lane."""
        return self.splat(self.builder.load(self.pointer(address, self.element), align=4))

    def pick(self, a: Any, b: Any, order: Sequence[int]) -> Any:
        """Lanes of a (0 ... lanes-1) and b (lanes ...) in the given order."""
        lanes = ir.Constant(ir.VectorType(I32, len(order)), list(order))
        return self.builder.shuffle_vector(a, b, lanes)

    def add(self, a: Any, b: Any) -> Any:
        return self.builder.fadd(a, b)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """a * b + c in each lane, rounded once."""
        return self._each("fma", a, b, c)

    def sqrt(self, x: Any) -> Any:
        """The correctly rounded square root of each lane."""
        return self._each("sqrt", x)

    def _each(self, name: str, *vectors: Any) -> Any:
        """An intrinsic of LLVM on vectors, lane by lane."""
        kind = ir.FunctionType(self.vector, (self.vector,) * len(vectors))
        name = f"llvm.{name}.v{self.lanes}f32"
        module = self.builder.module
        function = module.globals.get(name) or ir.Function(module, kind, name)
        return self.builder.call(function, vectors)

    def transpose(self, rows: Sequence[Any]) -> list[Any]:
        """`lanes` vectors seen as a square, transposed, by log2(lanes) steps of shuffles."""
        table, lanes, step = list(rows), self.lanes, 1
        while step < lanes:
            low = [lane + (lanes - step if lane & step else 0) for lane in range(lanes)]
            high = [lane + (lanes if lane & step else step) for lane in range(lanes)]
            for i in range(lanes):
                if not i & step:
                    a, b = table[i], table[i + step]
                    table[i], table[i + step] = self.pick(a, b, low), self.pick(a, b, high)
            step *= 2
        return table
