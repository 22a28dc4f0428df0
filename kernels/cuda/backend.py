"""The table's kernels on a device: `CudaKernels.call` runs one by name.

Composite rows that are not elementwise run as their programs, kernel by kernel (N10); tensors stay
on the device until the call returns.  What the device is, is a parameter: a GPU (`gpu`), a compiler
that only checks the law (`compiled`), or the emulator of the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from anhvm.errors import CannotAnswer
from anhvm.kernels.cuda import columns, moves, reductions
from anhvm.kernels.cuda.attention import ATTENTION
from anhvm.kernels.cuda.elementwise import EACH, ONE, SAME, WALK, elementwise, generator
from anhvm.kernels.cuda.images import IMAGES
from anhvm.kernels.cuda.maps import RANDOM, is_map
from anhvm.kernels.cuda.ops import THREADS
from anhvm.kernels.cuda.ordered import ORDERED
from anhvm.kernels.cuda.parts import PARTS
from anhvm.kernels.cuda.product import SIDE, blocks, product
from anhvm.kernels.cuda.squares import FULL, squares
from anhvm.kernels.cuda.walks import contiguous, step, walk
from anhvm.kernels.definitions.call import NUMPY, evaluate, first_offence, type_of
from anhvm.kernels.definitions.floats import flush
from anhvm.kernels.definitions.reductions import CHUNK
from anhvm.kernels.programs import calls, parse_expression, parse_program
from anhvm.kernels.shapes import Dims, KernelFault, Type, infer
from anhvm.kernels.table import BY_NAME, KERNELS

Array = NDArray[Any]
Code = Callable[..., None]
_SCATTER_THREADS = 1 << 16  # each reads all indices
_KEPT = 1 << 12  # tables and literals
_DROPOUT = "select(less_equal(p, u), mul(x, div(1.0, sub(1.0, p))), 0.0)"


class Device(Protocol):
    """Where flat arrays live and kernels are launched."""

    def put(self, array: Array) -> Any: ...
    def get(self, data: Any, count: int) -> Array: ...
    def empty(self, count: int, dtype: type[np.generic]) -> Any: ...
    def launch(self, kernel: Code, blocks: int, threads: int, *args: Any) -> None: ...


@dataclass(frozen=True)
class Tensor:
    """Elements on a device, row-major, with their type."""

    data: Any
    type: Type

    @property
    def dims(self) -> Dims:
        return self.type.dims

    @property
    def ndim(self) -> int:
        return len(self.dims)

    @property
    def count(self) -> int:
        return prod(self.dims)


class CudaKernels:
    """Runs kernels of the table on a device."""

    def __init__(self, device: Device, side: int = SIDE) -> None:
        self._device = device
        self._side = side
        self._kept: dict[tuple[str, bytes], Any] = {}

    @staticmethod
    def names() -> list[str]:
        """The kernels that this tier has."""
        return [kernel.name for kernel in KERNELS if supported(kernel.name)]

    def call(
        self,
        name: str,
        inputs: Sequence[Any],
        attrs: Sequence[int] = (),
        counts: Sequence[int] = (),
    ) -> list[Array]:
        """The outputs of kernel `name` on arrays or NumPy scalars; their NaNs may be any NaN.

        Raises KernelFault where the row does not admit the call, before anything is launched, and
        CannotAnswer ``kernel.cuda`` for a kernel that this tier lacks.
        """
        if not supported(name):
            hint = "run it on the CPU tier"
            raise CannotAnswer("kernel.cuda", f"{name} has no CUDA kernel yet", hint)
        arrays = [np.asarray(x) for x in inputs]
        infer(BY_NAME[name], [type_of(x) for x in arrays], attrs, counts)
        where = first_offence(name, arrays)
        if where >= 0:
            message = f"{name}: {BY_NAME[name].check} at position {where}"
            raise KernelFault("kernel.data", message, "mend the data")
        results = self._run(name, [self._tensor(x) for x in arrays], attrs, counts)
        return [self._device.get(r.data, r.count).reshape(r.dims) for r in results]

    def _tensor(self, x: Any) -> Tensor:
        if isinstance(x, Tensor):
            return x
        flat = flush(x) if x.dtype == np.float32 else x
        data = np.ascontiguousarray(flat).reshape(-1)
        return Tensor(self._known(data) if x.size == 1 else self._device.put(data), type_of(x))

    def _run(
        self,
        name: str,
        operands: Sequence[Any],
        attrs: Sequence[int] = (),
        counts: Sequence[int] = (),
    ) -> list[Tensor]:
        kernel = BY_NAME[name]
        x = [self._tensor(o) for o in operands]
        kinds = infer(kernel, [t.type for t in x], attrs, counts)
        if is_map(name):
            return self._map(name, x, kinds)
        if kernel.program:
            values: dict[str, Any] = {
                o.name: t for o, t in zip(kernel.signature.inputs, x, strict=True)
            }
            own = dict(zip(kernel.attrs, attrs, strict=True))
            for statement in parse_program(kernel.program):
                values[statement.name] = evaluate(statement.value, values, own, self._run)  # type: ignore[arg-type]
            return [values[o.name] for o in kernel.signature.outputs]
        return [FAMILIES[name](self, name, x, (*attrs, *counts), kinds[0])]

    def _new(self, kind: Type) -> Tensor:
        return Tensor(self._device.empty(prod(kind.dims), NUMPY[kind.dtype]), kind)

    def _each(self, kernel: Code, count: int, *args: Any) -> None:
        """Launches one thread for each of `count`."""
        if count:
            self._device.launch(kernel, -(-count // THREADS), THREADS, count, *args)

    def _warps(self, kernel: Code, count: int, *args: Any) -> None:
        """Launches one warp for each of `count`."""
        if count:
            grid = -(-count // reductions.WARPS)
            self._device.launch(kernel, grid, THREADS, count, *args)

    def _map(self, name: str, x: Sequence[Tensor], kinds: Sequence[Type]) -> list[Tensor]:
        ys, kind = [self._new(k) for k in kinds], kinds[0]
        modes = tuple(SAME if t.dims == kind.dims else ONE if t.count == 1 else WALK for t in x)
        walks = [
            self._view(kind.dims, _broadcast(t.dims, kind.dims))
            for t, mode in zip(x, modes, strict=True)
            if mode == WALK
        ]
        if count := ys[0].count:
            grid, data = -(-count // (THREADS * EACH)), (t.data for t in (*ys, *x))
            self._device.launch(elementwise(name, modes), grid, THREADS, count, *data, *walks)
        return ys

    def _view(self, dims: Sequence[int], strides: Sequence[int]) -> Any:
        return self._known(walk(dims, strides))

    def _table(self, numbers: Sequence[int]) -> Any:
        return self._known(np.array(numbers, np.int64))

    def _known(self, small: Array) -> Any:
        """What is small and comes again, tables and literals, goes to the device once."""
        key = small.dtype.char, small.tobytes()
        if key not in self._kept:
            if len(self._kept) == _KEPT:
                self._kept.clear()
            self._kept[key] = self._device.put(small)
        return self._kept[key]

    def _copy(self, x: Tensor, kind: Type, strides: Sequence[int]) -> Tensor:
        y = self._new(kind)
        self._each(moves.copy, y.count, y.data, x.data, self._view(kind.dims, strides))
        return y

    def _split(self, dims: Dims, mask: int) -> tuple[int, int, Any, Any]:
        """Reductions, elements of each, and the walks over kept and over reduced axes."""
        strides = contiguous(dims)
        kept = [i for i in range(len(dims)) if not mask >> i & 1]
        along = [i for i in range(len(dims)) if mask >> i & 1]
        sizes, views = [], []
        for axes in (kept, along):
            sizes.append(prod(dims[i] for i in axes))
            views.append(self._view([dims[i] for i in axes], [strides[i] for i in axes]))
        return sizes[0], sizes[1], views[0], views[1]

    def _reduce(self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type) -> Tensor:
        first, then, down = _REDUCTIONS[name]
        count, length, kept, along = self._split(x[0].dims, attrs[0])
        data, kernel, near = x[0].data, first[0], _step(x[0].dims, attrs[0])
        if near is not None:
            kernel, along = first[1], near
        matrices = columns.matrices(x[0].dims, attrs[0])
        while True:
            chunks = max(-(-length // CHUNK), 1)
            y = self._device.empty(count * chunks, np.float32)
            if matrices:
                self._down(down, matrices, chunks, y, data)
            else:
                self._warps(kernel, count * chunks, length, chunks, y, data, kept, along)
            if chunks == 1:
                return Tensor(y, kind)
            data, kernel, length, matrices = y, then[1], chunks, None
            kept, along = self._view([count], [chunks]), 1

    def _down(
        self, kernel: Code, sizes: tuple[int, int, int], chunks: int, y: Any, data: Any
    ) -> None:
        """Launches a block for each group of columns and each chunk of their rows."""
        matrices, rows, width = sizes
        if tiles := matrices * -(-width // columns.COLUMNS):
            args = (tiles, rows, width, chunks, y, data)
            self._device.launch(kernel, tiles * chunks, columns.THREADS, *args)

    def _argmax(self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type) -> Tensor:
        count, length, kept, along = self._split(x[0].dims, attrs[0])
        kernel, rivals = reductions.WINNERS, None
        while True:
            chunks = max(-(-length // CHUNK), 1)
            y = self._device.empty(count * chunks, np.int32)
            args = (y, y if rivals is None else rivals, x[0].data, kept, along)
            self._warps(kernel, count * chunks, length, chunks, *args)
            if chunks == 1:
                return Tensor(y, kind)
            kernel, rivals, length = reductions.WINNERS_OF_RIVALS, y, chunks

    def _max_pick(self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type) -> Tensor:
        where, y = self._argmax(name, x, attrs, kind), self._new(kind)
        count, _, kept, along = self._split(x[0].dims, attrs[0])
        self._each(moves.pick_along, count, y.data, x[1].data, where.data, kept, along)
        return y

    def _max_grad(self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type) -> Tensor:
        where, y = self._argmax(name, x, attrs, x[1].type), self._new(kind)
        _, length, kept, along = self._split(x[0].dims, attrs[0])
        args = (length, y.data, x[1].data, where.data, kept, along)
        self._each(moves.place_along, y.count, *args)
        return y

    def _matmul(self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type) -> Tensor:
        turned = name.partition("_")[2]
        turn_a, turn_b = turned.startswith("t"), turned.endswith("t")
        (m, n), k = kind.dims[-2:], x[0].dims[-2 if turn_a else -1]
        batch = prod(kind.dims[:-2])
        sizes = (batch, m, n, k)
        return self._product((turn_a, turn_b), sizes, x[0].data, x[1].data, kind, batch)

    def _product(
        self,
        turned: tuple[bool, bool],
        sizes: tuple[int, int, int, int],
        a: Any,
        b: Any,
        kind: Type,
        period: int,
    ) -> Tensor:
        """`sizes` are those of the batch, m, n and k; of a there are only `period` matrices."""
        batch, m, n, k = sizes
        if not k:
            return self._copy(self._tensor(np.zeros(1, np.float32)), kind, [0] * len(kind.dims))
        y = self._new(kind)
        args = (m, n, k, period, y.data, a, b)
        if FULL.covers(m, n, k):
            grid, threads, kernel = FULL.blocks(batch, m, n), FULL.threads, squares(*turned)
        else:
            grid, threads = blocks(batch, m, n, self._side), self._side**2
            kernel = product(*turned, self._side)
        if grid:
            self._device.launch(kernel, grid, threads, *args)
        return y

    def _expand(self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type) -> Tensor:
        mask = attrs[0]
        ones = tuple(1 if mask >> i & 1 else d for i, d in enumerate(kind.dims))
        return self._copy(x[0], kind, _broadcast(ones, kind.dims))

    def _count(self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type) -> Tensor:
        found = prod(d for i, d in enumerate(x[0].dims) if attrs[0] >> i & 1)
        return self._tensor(np.array(found, np.float32))

    def _fill(self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type) -> Tensor:
        return self._copy(x[0], kind, [0] * len(kind.dims))

    def _random(self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type) -> Tensor:
        y = self._new(kind)
        self._each(generator(name), y.count, y.data, x[0].data, x[1].data)
        return y

    def _dropout(self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type) -> Tensor:
        values: dict[str, Any] = {"x": x[0], "p": x[1]}
        values["u"] = self._random("uniform", x[2:], (), kind)
        found: Any = evaluate(parse_expression(_DROPOUT), values, {}, self._run)  # type: ignore[arg-type]
        return found  # type: ignore[no-any-return]

    def _same(self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type) -> Tensor:
        return Tensor(x[0].data, kind)

    def _transpose(
        self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type
    ) -> Tensor:
        *rest, row, column = contiguous(x[0].dims)
        return self._copy(x[0], kind, [*rest, column, row])

    def _pick_label(
        self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type
    ) -> Tensor:
        y = self._new(kind)
        self._each(moves.pick_label, y.count, x[0].dims[1], y.data, x[0].data, x[1].data)
        return y

    def _gather(self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type) -> Tensor:
        y = self._new(kind)
        self._each(moves.gather, y.count, kind.dims[-1], y.data, x[0].data, x[1].data)
        return y

    def _scatter_add(
        self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type
    ) -> Tensor:
        y = self._copy(x[0], kind, contiguous(kind.dims))
        rows, width = kind.dims
        groups = min(rows, -(-_SCATTER_THREADS // max(width, 1)))
        args = (-(-rows // max(groups, 1)), x[1].count, y.data, x[1].data, x[2].data)
        self._each(moves.scatter_add, groups * width, width, *args)
        return y

    def _place_label(
        self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type
    ) -> Tensor:
        y = self._new(kind)
        one = name == "one_hot"
        u = self._tensor(np.ones(1, np.float32)) if one else x[0]
        args = (kind.dims[1], y.data, u.data, 0 if one else 1, x[0 if one else 1].data)
        self._each(moves.place_label, y.count, *args)
        return y


def _step(dims: Dims, mask: int) -> int | None:
    """The stride along the reduced axes, where they are as good as one."""
    axes = [i for i in range(len(dims)) if mask >> i & 1]
    strides = contiguous(dims)
    return step([dims[i] for i in axes], [strides[i] for i in axes])


def _broadcast(dims: Dims, to: Dims) -> list[int]:
    """Strides that read a tensor of `dims` as one of dims `to`."""
    own = contiguous(dims)
    missing = len(to) - len(dims)
    return [0] * missing + [0 if d == 1 else s for d, s in zip(dims, own, strict=True)]


_REDUCTIONS = {
    "sum": (reductions.SUM, reductions.SUM, columns.SUM),
    "sum_squares": (reductions.SQUARES, reductions.SUM, columns.SQUARES),
    "max": (reductions.MAX, reductions.MAX, columns.MAX),
}

FAMILIES: Mapping[str, Callable[[CudaKernels, str, Sequence[Tensor], Sequence[int], Type], Tensor]]
FAMILIES = {
    **dict.fromkeys(("matmul", "matmul_nt", "matmul_tn", "matmul_tt"), CudaKernels._matmul),
    **dict.fromkeys(_REDUCTIONS, CudaKernels._reduce),
    **dict.fromkeys(RANDOM, CudaKernels._random),
    **dict.fromkeys(("fill", "fill_i32"), CudaKernels._fill),
    **dict.fromkeys(("reshape", "reshape_like"), CudaKernels._same),
    **dict.fromkeys(("place_label", "one_hot"), CudaKernels._place_label),
    **PARTS,
    **IMAGES,
    **ATTENTION,
    **ORDERED,
    "argmax": CudaKernels._argmax,
    "max_grad": CudaKernels._max_grad,
    "max_pick": CudaKernels._max_pick,
    "expand": CudaKernels._expand,
    "count": CudaKernels._count,
    "dropout": CudaKernels._dropout,
    "transpose": CudaKernels._transpose,
    "pick_label": CudaKernels._pick_label,
    "gather": CudaKernels._gather,
    "scatter_add": CudaKernels._scatter_add,
}


def supported(name: str) -> bool:
    """True when the kernel, and all that its program calls, is here."""
    if is_map(name) or name in FAMILIES:
        return True
    statements = parse_program(BY_NAME[name].program) if BY_NAME[name].program else ()
    inner = [c for s in statements for c in calls(s.value)]
    return bool(inner) and all(supported(c.kernel.name) for c in inner)
