"""Definitions run on symbols: what comes out is the straight line of operations they stand for.

A definition is a Python function over NumPy arrays.  `rebound` gives the same code other globals,
in which NumPy and the primitives of `floats` record instead of compute.  So a device function has
no source of its own that could drift from the law.  The text uses the names of `ops`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from types import CellType, CodeType, FunctionType
from typing import Any

import numpy as np

from anhvm.errors import Bug
from anhvm.kernels.definitions import floats

Constants = Mapping[str, Any]

PRIMITIVES = ("add", "sub", "mul", "div", "sqrt", "fma", "maximum", "minimum")
_INTEGERS = ("int8", "int32", "uint32", "int64", "uint64")


@dataclass(frozen=True)
class Lines:
    """A straight line of assignments, its constants by name, and the names that it returns."""

    text: tuple[str, ...]
    constants: Constants
    results: tuple[str, ...]


class Tape:
    """What has been recorded; equal operations are recorded once."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self.constants: dict[str, Any] = {}
        self._known: dict[tuple[str, bytes], str] = {}

    def symbol(self, dtype: str, text: str) -> Symbol:
        """The value of an operation."""
        name = self._names.setdefault(text, f"t{len(self._names)}")
        return Symbol(self, dtype, name)

    def name(self, value: Any, dtype: str) -> str:
        """How the text calls an operand; a number becomes a constant of type `dtype`."""
        if isinstance(value, Symbol):
            if value.dtype != dtype:
                raise Bug(f"a definition takes {value.dtype} for {dtype}")
            return value.text
        number = np.dtype(dtype).type(value)
        key = dtype, number.tobytes()
        if key not in self._known:
            self._known[key] = f"c{len(self._known)}"
            self.constants[self._known[key]] = number
        return self._known[key]

    def lines(self, results: Sequence[Symbol]) -> Lines:
        text = tuple(f"{name} = {operation}" for operation, name in self._names.items())
        return Lines(text, self.constants, tuple(r.text for r in results))


class Symbol:
    """A value of a definition, of one dtype; it has the operators that definitions use."""

    __array_ufunc__ = None  # NumPy scalars leave every operator to us
    shape = ()
    ndim = 0

    def __init__(self, tape: Tape, dtype: str, text: str) -> None:
        self.tape, self.dtype, self.text = tape, dtype, text

    def call(self, function: str, dtype: str, *others: Any) -> Symbol:
        """``function(self, *others)``, where all have the dtype of self."""
        names = ", ".join(self.tape.name(x, self.dtype) for x in (self, *others))
        return self.tape.symbol(dtype, f"{function}({names})")

    def _infix(self, operator: str, other: Any, flip: bool = False) -> Symbol:
        if self.dtype == "float32":
            raise Bug("a definition rounds without a primitive")
        left, right = (
            self.tape.name(x, self.dtype) for x in ((other, self) if flip else (self, other))
        )
        text = f"{left} {operator} {right}"
        return self.tape.symbol(
            self.dtype, text if self.dtype == "bool" else f"{self.dtype}({text})"
        )

    def _compare(self, operator: str, other: Any) -> Symbol:
        return self.tape.symbol(
            "bool", f"{self.text} {operator} {self.tape.name(other, self.dtype)}"
        )

    def __lt__(self, other: Any) -> Symbol:
        return self._compare("<", other)

    def __le__(self, other: Any) -> Symbol:
        return self._compare("<=", other)

    def __gt__(self, other: Any) -> Symbol:
        return self._compare(">", other)

    def __ge__(self, other: Any) -> Symbol:
        return self._compare(">=", other)

    def __eq__(self, other: object) -> Symbol:  # type: ignore[override]
        return self._compare("==", other)

    def __ne__(self, other: object) -> Symbol:  # type: ignore[override]
        return self._compare("!=", other)

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Any) -> Symbol:
        return self._infix("+", other)

    def __sub__(self, other: Any) -> Symbol:
        return self._infix("-", other)

    def __mul__(self, other: Any) -> Symbol:
        return self._infix("*", other)

    def __rmul__(self, other: Any) -> Symbol:
        return self._infix("*", other, flip=True)

    def __and__(self, other: Any) -> Symbol:
        return self._infix("&", other)

    def __or__(self, other: Any) -> Symbol:
        return self._infix("|", other)

    def __xor__(self, other: Any) -> Symbol:
        return self._infix("^", other)

    def __lshift__(self, other: Any) -> Symbol:
        return self._infix("<<", other)

    def __rshift__(self, other: Any) -> Symbol:
        return self._infix(">>", other)

    def __rsub__(self, other: Any) -> Symbol:
        return self._infix("-", other, flip=True)

    def __neg__(self) -> Symbol:
        return self.call("negative", self.dtype) if self.dtype == "float32" else 0 - self

    def __invert__(self) -> Symbol:
        return self.call("logical_not", "bool") if self.dtype == "bool" else self ^ -1

    def astype(self, dtype: Any) -> Symbol:
        """The conversion; the text names a function by its target."""
        target = np.dtype(dtype).name
        return self if target == self.dtype else self.call(target, target)

    def view(self, dtype: Any) -> Symbol:
        """The same 32 bits."""
        target = np.dtype(dtype).name
        if "float32" in (target, self.dtype):
            whole = self if self.dtype in ("float32", "int32") else self.astype(np.int32)
            bits = whole.call("bits", "int32") if whole.dtype == "float32" else whole
            return bits.call("of_bits", "float32") if target == "float32" else bits.astype(target)
        return self.astype(target)


class Table:
    """A constant array that a definition indexes by a symbol: a chain of selects."""

    def __init__(self, values: Any) -> None:
        self._values = values

    def __getitem__(self, at: Symbol) -> Any:
        found: Any = self._values[-1]
        for i, value in reversed(list(enumerate(self._values[:-1]))):
            found = where(at == i, value, found)
        return found


def where(condition: Any, a: Any, b: Any) -> Any:
    """select on symbols and constants."""
    symbol = next((x for x in (a, b) if isinstance(x, Symbol)), None)
    dtype = symbol.dtype if symbol else np.asarray(a).dtype.name
    tape = condition.tape
    test = condition if condition.dtype == "bool" else condition != 0
    return tape.symbol(dtype, f"where({test.text}, {tape.name(a, dtype)}, {tape.name(b, dtype)})")


def _primitive(name: str) -> Callable[..., Any]:
    def record(*operands: Any) -> Any:
        tape = next(x.tape for x in operands if isinstance(x, Symbol))
        names = ", ".join(tape.name(x, "float32") for x in operands)
        return tape.symbol("float32", f"{name}({names})")

    return record


@dataclass(frozen=True)
class _Cast:
    """A NumPy scalar type, as a function and as a name of itself."""

    target: Any

    @property
    def dtype(self) -> Any:
        return np.dtype(self.target)

    def __call__(self, x: Any) -> Any:
        return x.astype(self.target) if isinstance(x, Symbol) else self.target(x)


class _Numpy:
    """What definitions use of NumPy."""

    where = staticmethod(where)
    errstate = staticmethod(lambda **_: nullcontext())
    asarray = staticmethod(lambda x, *_, **__: x)
    broadcast_to = staticmethod(lambda x, dims: x)
    broadcast_arrays = staticmethod(lambda *arrays: arrays)
    array = staticmethod(lambda values, dtype: Table(np.array(values, dtype)))
    negative = staticmethod(lambda x: -x)

    def __getattr__(self, name: str) -> Any:
        found = getattr(np, name)
        if name in (*_INTEGERS, "float32"):
            return _Cast(found)
        if isinstance(found, float):
            return found
        raise Bug(f"a definition uses numpy.{name}, which no symbol knows")

    @staticmethod
    def signbit(x: Symbol) -> Symbol:
        return x.view(np.int32) < 0

    @staticmethod
    def abs(x: Symbol) -> Symbol:
        return (x.view(np.int32) & 0x7FFFFFFF).view(np.float32)

    @staticmethod
    def copysign(x: Symbol, sign: Symbol) -> Symbol:
        magnitude = x.view(np.int32) & 0x7FFFFFFF
        return (magnitude | sign.view(np.int32) & -0x80000000).view(np.float32)


_NUMPY = _Numpy()
_RECORDED = {getattr(floats, name): _primitive(name) for name in PRIMITIVES} | {
    np.where: where,
    np.negative: _NUMPY.negative,
}


def rebound(value: Any) -> Any:
    """A function of `definitions` that takes symbols; anything else as it is."""
    if value is np:
        return _NUMPY
    if isinstance(value, FunctionType | np.ufunc) or value is np.where:
        if value in _RECORDED:
            return _RECORDED[value]
        if isinstance(value, FunctionType) and value.__module__.startswith(
            floats.__package__ or ""
        ):
            return _rebuilt(value)
    return value


def _rebuilt(function: FunctionType) -> FunctionType:
    names = {n for code in _codes(function.__code__) for n in code.co_names}
    found = {n: function.__globals__[n] for n in names if n in function.__globals__}
    # A function may call itself only by a name that is there when it runs.
    scope = {n: v if v is function else rebound(v) for n, v in found.items()}
    cells = tuple(CellType(rebound(c.cell_contents)) for c in function.__closure__ or ())
    return FunctionType(function.__code__, scope, function.__name__, function.__defaults__, cells)


def _codes(code: CodeType) -> list[CodeType]:
    inner = [c for c in code.co_consts if isinstance(c, CodeType)]
    return [code, *(found for c in inner for found in _codes(c))]
