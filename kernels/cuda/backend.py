"""The table's kernels on a device: `CudaKernels.call` runs one by name.

Composite rows that are not elementwise run as their programs, kernel by kernel (N10); tensors stay
on the device until the call returns.  What the device is, is a parameter: a GPU (`gpu`), a compiler
that only checks the law (`compiled`), or the emulator of the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from anhvm.errors import CannotAnswer
from anhvm.kernels.cuda import moves
from anhvm.kernels.cuda.attention import ATTENTION
from anhvm.kernels.cuda.elementwise import EACH, ONE, SAME, WALK, elementwise, generator
from anhvm.kernels.cuda.folds import FOLDS
from anhvm.kernels.cuda.images import IMAGES
from anhvm.kernels.cuda.labels import LABELS
from anhvm.kernels.cuda.maps import RANDOM, is_map
from anhvm.kernels.cuda.ops import THREADS
from anhvm.kernels.cuda.ordered import ORDERED
from anhvm.kernels.cuda.parts import PARTS
from anhvm.kernels.cuda.product import SIDE, blocks, product
from anhvm.kernels.cuda.reductions import WARPS
from anhvm.kernels.cuda.squares import FULL, squares
from anhvm.kernels.cuda.walks import broadcast, walk
from anhvm.kernels.definitions.call import NUMPY, evaluate, first_offence, type_of
from anhvm.kernels.definitions.floats import flush
from anhvm.kernels.programs import calls, parse_expression, parse_program
from anhvm.kernels.shapes import Dims, KernelFault, Type, infer
from anhvm.kernels.table import BY_NAME, KERNELS

Array = NDArray[Any]
Code = Callable[..., None]
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
        return [self.fetch(r) for r in self.run(name, arrays, attrs, counts)]

    def upload(self, array: Array) -> Tensor:
        """The array on the device; its f32 are flushed."""
        data = np.ascontiguousarray(array).reshape(-1)
        kept = self._known(data) if array.size == 1 else self._device.put(data)
        return Tensor(kept, type_of(array))

    def fetch(self, tensor: Tensor) -> Array:
        """The tensor on the host."""
        found: Array = self._device.get(tensor.data, tensor.count).reshape(tensor.dims)
        return found

    def _tensor(self, x: Any) -> Tensor:
        if isinstance(x, Tensor):
            return x
        return self.upload(flush(x) if x.dtype == np.float32 else x)

    def run(
        self,
        name: str,
        operands: Sequence[Any],
        attrs: Sequence[int] = (),
        counts: Sequence[int] = (),
    ) -> list[Tensor]:
        """The outputs of a kernel, on the device, of tensors there or arrays here; the call is one
        that the row admits."""
        kernel = BY_NAME[name]
        x = [self._tensor(o) for o in operands]
        kinds = _types(name, tuple(t.type for t in x), tuple(attrs), tuple(counts))
        if is_map(name):
            return self._map(name, x, kinds)
        if kernel.program:
            values: dict[str, Any] = {
                o.name: t for o, t in zip(kernel.signature.inputs, x, strict=True)
            }
            own = dict(zip(kernel.attrs, attrs, strict=True))
            for statement in parse_program(kernel.program):
                values[statement.name] = evaluate(statement.value, values, own, self.run)  # type: ignore[arg-type]
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
            grid = -(-count // WARPS)
            self._device.launch(kernel, grid, THREADS, count, *args)

    def _map(self, name: str, x: Sequence[Tensor], kinds: Sequence[Type]) -> list[Tensor]:
        ys, kind = [self._new(k) for k in kinds], kinds[0]
        modes = tuple(SAME if t.dims == kind.dims else ONE if t.count == 1 else WALK for t in x)
        walks = [
            self._view(kind.dims, broadcast(t.dims, kind.dims))
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

    def _random(self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type) -> Tensor:
        y = self._new(kind)
        self._each(generator(name), y.count, y.data, x[0].data, x[1].data)
        return y

    def _dropout(self, name: str, x: Sequence[Tensor], attrs: Sequence[int], kind: Type) -> Tensor:
        values: dict[str, Any] = {"x": x[0], "p": x[1]}
        values["u"] = self._random("uniform", x[2:], (), kind)
        found: Any = evaluate(parse_expression(_DROPOUT), values, {}, self.run)  # type: ignore[arg-type]
        return found  # type: ignore[no-any-return]


FAMILIES: Mapping[str, Callable[[CudaKernels, str, Sequence[Tensor], Sequence[int], Type], Tensor]]
FAMILIES = {
    **dict.fromkeys(("matmul", "matmul_nt", "matmul_tn", "matmul_tt"), CudaKernels._matmul),
    **dict.fromkeys(RANDOM, CudaKernels._random),
    "dropout": CudaKernels._dropout,
    **FOLDS,
    **PARTS,
    **LABELS,
    **IMAGES,
    **ATTENTION,
    **ORDERED,
}


def supported(name: str) -> bool:
    """True when the kernel, and all that its program calls, is here."""
    if is_map(name) or name in FAMILIES:
        return True
    statements = parse_program(BY_NAME[name].program) if BY_NAME[name].program else ()
    inner = [c for s in statements for c in calls(s.value)]
    return bool(inner) and all(supported(c.kernel.name) for c in inner)


@lru_cache(_KEPT)
def _types(
    name: str, types: tuple[Type, ...], attrs: tuple[int, ...], counts: tuple[int, ...]
) -> tuple[Type, ...]:
    """Those of the outputs; a loop asks for the same again and again."""
    return infer(BY_NAME[name], types, attrs, counts)
