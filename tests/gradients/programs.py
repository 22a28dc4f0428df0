"""Random functions to differentiate: kernels of the table, scalars, branches, loops, calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from anhvm.compiler import ir
from anhvm.kernels.ranks import KernelFault
from anhvm.kernels.shapes import Type as KernelType
from anhvm.kernels.shapes import infer
from anhvm.kernels.signature import DType, Rest
from anhvm.kernels.table import KERNELS
from anhvm.program.model import Kind
from tests.compiler.build import Fn, f32, u64, unit

Dims = tuple[int, ...]
# Adjoints are used here through gradients alone; the others need data or positive operands.
USED = [
    k
    for k in KERNELS
    if k.differentiable
    and not k.check
    and k.signature.counts is None
    and not k.name.endswith(("_grad", "_pick", "_like"))
    and k.name not in ("log", "sqrt", "rsqrt", "pow", "adamw", "div", "exp", "expand", "fill")
]
POSITIVE = ("eps", "v", "c2", "var")  # operands under a root
SCALARS = ("f32.add", "f32.sub", "f32.mul", "f32.max", "f32.min")
LIMIT = 48  # elements of an intermediate


class Maker:
    """One function ``f(flag: u64, s: f32, v: f32[3], m: f32[2,3], n: f32[1,3]) -> f32``.

    `pool` holds what may be used at the present place, with its sizes.
    """

    def __init__(self, random: np.random.Generator, name: str = "f", depth: int = 2) -> None:
        self.random = random
        self.fn = Fn(name, Kind.INTERNAL, flag="u64", s="f32", v="f32[1]", m="f32[2]", n="f32[2]")
        self.fn.params["n"] = ir.Var("n", self.fn.params["n"].type, ones=1)
        p = self.fn.params
        self.pool: list[tuple[ir.Var, Dims]] = [(p["s"], ()), (p["v"], (3,)), (p["m"], (2, 3))]
        self.pool.append((p["n"], (1, 3)))
        self.helpers: list[ir.Function] = []
        self.depth = depth

    def pick(self, dims: Dims | None = None) -> tuple[ir.Var, Dims]:
        fitting = [item for item in self.pool if dims is None or item[1] == dims]
        # The newest ones more often, so that chains grow.
        weights = np.arange(1, len(fitting) + 1) ** 1.5
        return fitting[int(self.random.choice(len(fitting), p=weights / weights.sum()))]

    def chance(self, share: float) -> bool:
        return bool(self.random.random() < share)

    def block(self, length: int, depth: int) -> None:
        choices: list[Callable[[int], None]] = [lambda d: self.kernel()] * 6
        choices += [lambda d: self.scalar(), lambda d: self.element(), lambda d: self.reassign()]
        if depth:
            choices += [self.branch, self.loop, lambda d: self.call()]
        for _ in range(length):
            choices[int(self.random.integers(len(choices)))](depth)

    def kernel(self) -> None:
        for _ in range(20):
            row = USED[int(self.random.integers(len(USED)))]
            if any(o.dtype not in (DType.F32, DType.BOOL) for o in row.signature.inputs):
                continue
            picked = [self.operand(o.dtype, o.name in POSITIVE) for o in row.signature.inputs]
            types = [
                KernelType(o.dtype, d)
                for o, (_, d) in zip(row.signature.inputs, picked, strict=True)
            ]
            ranks = [
                len(d)
                for o, (_, d) in zip(row.signature.inputs, picked, strict=True)
                if o.rest is Rest.WHOLE
            ]
            attrs = self.masks(len(row.attrs), ranks[0] if ranks else 0)
            try:
                out, *others = infer(row, types, attrs)
            except KernelFault:
                continue
            if (
                np.prod(out.dims) <= LIMIT
                and len(out.dims) <= 3
                and not self.unwritten(picked, row)
            ):
                made = self.fn.ks(row.name, *(v for v, _ in picked), attrs=attrs)
                for result, kind in zip(made, (out, *others), strict=True):
                    self.keep(result, kind.dims)
                return

    def keep(self, result: ir.Var, dims: Dims) -> None:
        """Adds a value, scaled down now and then so that products stay tame."""
        if self.chance(0.4):
            result = (
                self.fn.k("tanh", result)
                if dims
                else self.fn.op("f32.mul", "f32", result, f32(0.5))
            )
        self.pool.append((result, dims))

    @staticmethod
    def unwritten(picked: list[tuple[ir.Var, Dims]], row: Any) -> bool:
        """Whether a size is 1 without being written so: the front end would not broadcast it."""
        if row.signature.outputs[0].rest is not Rest.BROADCAST:
            return False
        return any(v.ones >> i & 1 != (d == 1) for v, dims in picked for i, d in enumerate(dims))

    def operand(self, dtype: DType, positive: bool) -> tuple[ir.Var, Dims]:
        var, dims = self.pick()
        if positive:
            return self.raised(var, dims), dims
        if dtype is DType.F32:
            return var, dims
        if not dims:
            return self.fn.op("f32.lt", "bool", var, f32(0.1)), dims
        return self.fn.k("less", var, f32(0.1)), dims

    def raised(self, var: ir.Var, dims: Dims) -> ir.Var:
        """The square and a half, which is far from 0."""
        if dims:
            return self.fn.k("add", self.fn.k("mul", var, var), f32(0.5))
        return self.fn.op("f32.add", "f32", self.fn.op("f32.mul", "f32", var, var), f32(0.5))

    def masks(self, count: int, rank: int) -> tuple[int, ...]:
        axes = int(self.random.integers(0, 1 << rank))
        return (axes, axes & int(self.random.integers(0, 1 << rank)))[:count]

    def scalar(self) -> None:
        (a, _), (b, _) = self.pick(()), self.pick(())
        if self.chance(0.2):
            self.pool.append((self.fn.op("f32.sqrt", "f32", self.raised(a, ())), ()))
        elif self.chance(0.2):
            self.pool.append((self.fn.op("f32.abs", "f32", a), ()))
        elif self.chance(0.2):
            self.pool.append((self.fn.op("f32.div", "f32", b, self.raised(a, ())), ()))
        else:
            op = SCALARS[int(self.random.integers(len(SCALARS)))]
            self.keep(self.fn.op(op, "f32", a, b), ())

    def element(self) -> None:
        var, dims = self.pick()
        if not dims or 0 in dims:
            return
        index = [u64(int(self.random.integers(d))) for d in dims]
        if self.chance(0.5):
            self.pool.append((self.fn.special("t.get", "f32", var, *index), ()))
            return
        changed = ir.Var("changed", var.type, var.ones)
        element, _ = self.pick(())
        self.fn.add(ir.Special(changed, "t.set", (var, *index, element), self.fn.span))
        self.pool.append((changed, dims))

    def reassign(self) -> None:
        """A variable of its own that branches and loops may assign again."""
        var, dims = self.pick()
        own = ir.Var("own", var.type, var.ones)
        self.fn.set(own, var)
        self.pool.append((own, dims))

    def assign_again(self, outer: list[tuple[ir.Var, Dims]]) -> None:
        owned = [(v, d) for v, d in outer if v.name == "own"]
        if owned:
            target, dims = owned[int(self.random.integers(len(owned)))]
            fitting = [v for v, d in self.pool if d == dims and v.ones == target.ones]
            self.fn.set(target, fitting[int(self.random.integers(len(fitting)))])

    def scoped(self, depth: int) -> None:
        """A block whose own variables are gone behind it."""
        outer = list(self.pool)
        self.block(int(self.random.integers(1, 4)), depth - 1)
        self.assign_again(outer)
        self.pool = outer

    def branch(self, depth: int) -> None:
        cond = self.fn.op("u64.lt", "bool", self.fn.flag, u64(int(self.random.integers(0, 3))))
        if self.chance(0.2):
            self.fn.when(cond, lambda: self.returning(depth))
        else:
            self.fn.when(cond, lambda: self.scoped(depth), lambda: self.scoped(depth))

    def returning(self, depth: int) -> None:
        self.scoped(depth)
        self.finish()

    def loop(self, depth: int) -> None:
        turns = u64(int(self.random.integers(0, 4)))

        def body(i: ir.Var) -> None:
            if self.chance(0.3):
                skip = self.fn.op("u64.eq", "bool", i, u64(1))
                leave = ir.Continue if self.chance(0.5) else ir.Break
                self.fn.when(skip, lambda: self.fn.add(leave(self.fn.span)))
            # A return inside an unrolled loop on a run-time condition is refused.
            self.scoped(1)

        self.fn.count(turns, body)

    def call(self) -> None:
        inner = Maker(self.random, f"f{len(self.helpers)}{self.fn.name}", 0)
        inner.block(4, 0)
        inner.finish()
        self.helpers += [*inner.helpers, inner.fn.done()]
        args = [
            self.fn.flag,
            *(self.same(d, o) for d, o in (((), 0), ((3,), 0), ((2, 3), 0), ((1, 3), 1))),
        ]
        self.pool.append((self.fn.call(inner.fn.name, "f32", *args), ()))

    def same(self, dims: Dims, ones: int) -> ir.Var:
        fitting = [v for v, d in self.pool if d == dims and v.ones == ones]
        return fitting[int(self.random.integers(len(fitting)))]

    def finish(self) -> None:
        """Returns a mean of something."""
        var, dims = self.pick()
        if dims:
            var = (
                self.fn.k("mean", var, attrs=((1 << len(dims)) - 1, 0))
                if 0 not in dims
                else self.pool[0][0]
            )
        self.fn.ret(var)


def make(seed: int) -> ir.Unit:
    """A unit of `f`, its helpers, and ``step``, which returns value and gradients of `f`."""
    random = np.random.default_rng(seed)
    maker = Maker(random)
    maker.block(int(random.integers(3, 14)), maker.depth)
    maker.finish()
    step = Fn("step", Kind.CALL, flag="u64", s="f32", v="f32[1]", m="f32[2]", n="f32[2]")
    step.params["n"] = ir.Var("n", step.params["n"].type, ones=1)
    step.ret(*step.grad("f", list(step.params.values()), range(1, 5)))
    return unit(*maker.helpers, maker.fn, step)


def arguments(seed: int) -> list[Any]:
    """Binary64 arguments for `f`; their f32 roundings are those of the machine."""
    random = np.random.default_rng(seed)
    tensors = [
        random.normal(size=d).astype(np.float32).astype(np.float64)
        for d in ((), (3,), (2, 3), (1, 3))
    ]
    return [int(random.integers(0, 3)), tensors[0][()], *tensors[1:]]
