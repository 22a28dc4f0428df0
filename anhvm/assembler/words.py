"""The words of assembler text: tokens, names, and literals of constants."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import prod
from typing import Any, TypeVar

import numpy as np

from anhvm.errors import UserError
from anhvm.isa.types import ITEMSIZE, DType, Type, dtype_of, is_tensor, tensor
from anhvm.program.model import Const
from anhvm.program.values import NUMPY

_TOKEN = re.compile(
    r"""\s*(?:\#.*|("(?:[^"\\]|\\.)*")|(->|[()\[\],:;=])"""
    r"""|(%\d+|0x[0-9a-fA-F]*|[-+]?(?:\d[\d.]*e[-+]?\d+|[\w.]+))|(\S))"""
)
WORD = re.compile(r"[A-Za-z_][\w.]*")
T = TypeVar("T")
_FEW = 16
"""Elements of a tensor that are written one by one."""


class AssemblyError(UserError):
    """Assembler text that is no program; the message names the line."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(
            "assembler.syntax",
            f"Line {number}: {what}.",
            "Compare with the text that `anhvm disasm` prints.",
        )


class Line:
    """The tokens of one line, and a cursor."""

    def __init__(self, number: int, text: str) -> None:
        self.number = number
        self.tokens: list[str] = []
        for match in _TOKEN.finditer(text):
            if match.group(4):
                raise AssemblyError(number, f"{match.group(4)!r} is no word")
            self.tokens += [group for group in match.groups() if group]
        self.at = 0

    def bad(self, what: str) -> AssemblyError:
        return AssemblyError(self.number, what)

    @property
    def peek(self) -> str:
        """The next token, "" at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        if not self.peek:
            raise self.bad("it ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def skip(self, token: str) -> bool:
        """Takes `token` if it is next."""
        found = self.peek == token
        self.at += found
        return found

    def expect(self, token: str) -> None:
        if not self.skip(token):
            raise self.bad(f"{token!r} is expected, not {self.peek!r}")

    def end(self) -> None:
        if self.peek:
            raise self.bad(f"{self.peek!r} is too much")

    def name(self) -> str:
        """A declared name: a word, or a quoted one."""
        token = self.take()
        if token.startswith('"'):
            return self.string(token)
        if not WORD.fullmatch(token):
            raise self.bad(f"{token!r} is no name")
        return token

    def string(self, token: str) -> str:
        try:
            return str(json.loads(token))
        except ValueError as error:
            raise self.bad(f"{token} is no string") from error

    def number_below(self, limit: int) -> int:
        token = self.take()
        if not token.isdecimal() or int(token) >= limit:
            raise self.bad(f"{token!r} is no number below {limit}")
        return int(token)

    def series(self, item: Callable[[], T], close: str) -> tuple[T, ...]:
        """Items with commas between, up to `close`, which is taken."""
        found: list[T] = []
        while not self.skip(close):
            if found:
                self.expect(",")
            found.append(item())
        return tuple(found)

    def type(self) -> int:
        """``u64``, ``bytes``, ``f32[2]``: the rank of a tensor in brackets."""
        word = self.take().upper()
        if self.skip("["):
            rank = self.number_below(7)
            self.expect("]")
            if word in DType.__members__ and rank:
                return tensor(DType[word], rank)
        elif word in Type.__members__:
            return Type[word]
        raise self.bad(f"{word.lower()!r} is no type")


class Names:
    """Things of one kind by name or number."""

    def __init__(self, what: str, names: Sequence[str]) -> None:
        self.what = what
        self.names = list(names)
        counts = Counter(names)
        self._by_name = {name: i for i, name in enumerate(names) if counts[name] == 1}

    def show(self, index: int) -> str:
        name = self.names[index] if index < len(self.names) else ""
        return quote(name) if name in self._by_name else f"%{index}"

    def find(self, line: Line) -> int:
        token = line.take()
        if token.startswith("%"):
            return int(token[1:])
        name = line.string(token) if token.startswith('"') else token
        if name not in self._by_name:
            raise line.bad(f"there is no {self.what} {name}, or more than one")
        return self._by_name[name]


def plain(name: str) -> bool:
    """Whether a name can stand unquoted."""
    return bool(WORD.fullmatch(name))


def quote(name: str) -> str:
    """A name as it is declared."""
    return name if plain(name) else json.dumps(name)


def show_bytes(data: bytes) -> str:
    """Quoted text where it is that, else hexadecimal."""
    try:
        return json.dumps(data.decode(), ensure_ascii=False)
    except UnicodeDecodeError:
        return f"0x{data.hex()}"


def show_const(const: Const) -> str:
    """The literal of a constant; bytes in hexadecimal where no other text gives them back."""
    for text in _literals(const):
        with suppress(AssemblyError):
            if read_const(Line(0, text), const.type, const.dims).data == const.data:
                return text
    return f"0x{const.data.hex()}"


def _literals(const: Const) -> list[str]:
    if const.type == Type.BYTES:
        return [show_bytes(const.data)]
    if is_tensor(const.type):
        array = np.frombuffer(const.data, _element(const.type))
        return [", ".join(map(_scalar, array))] if len(array) <= _FEW else []
    if const.type == Type.F32:
        return [_scalar(np.frombuffer(const.data[:4], "<f4")[0])]
    if const.type == Type.BOOL:
        return [str(const.data[0] == 1).lower()]
    return [str(int.from_bytes(const.data, "little", signed=const.type != Type.U64))]


def _scalar(value: np.generic) -> str:
    return str(value.item()).lower() if isinstance(value, np.bool_) else str(value)


def read_const(line: Line, code: int, dims: tuple[int, ...]) -> Const:
    """The constant of type `code` that the rest of a line says."""
    const = Const(code, _data(line, code), dims)
    if code == Type.BYTES:
        return const
    size = prod(dims) * ITEMSIZE[dtype_of(code)] if is_tensor(code) else 8
    if len(const.data) != size:
        raise line.bad(f"{len(const.data)} bytes for a constant of {size}")
    return const


def _data(line: Line, code: int) -> bytes:
    if line.peek.startswith("0x"):
        try:
            return bytes.fromhex(line.take()[2:])
        except ValueError as error:
            raise line.bad("an odd number of hexadecimal digits") from error
    if code == Type.BYTES:
        return line.string(line.take()).encode()
    if is_tensor(code):
        values = []
        while line.peek:
            values.append(_read(line, _element(code)))
            if line.peek:
                line.expect(",")
        return np.array(values, _element(code)).tobytes()
    kind = {Type.F32: "<f4", Type.BOOL: "?", Type.U64: "<u8", Type.I64: "<i8", Type.I32: "<i4"}
    value = _read(line, np.dtype(kind[Type(code)]))
    if code == Type.I32:
        value = np.int64(value)
    return bytes(value.tobytes().ljust(8, b"\0"))


def _element(code: int) -> np.dtype[Any]:
    return np.dtype(NUMPY[dtype_of(code)]).newbyteorder("<")


def _read(line: Line, dtype: np.dtype[Any]) -> Any:
    token = line.take()
    try:
        if dtype.kind == "b":
            return np.bool_({"false": False, "true": True}[token])
        if dtype.kind == "f":
            return np.array([float(token)]).astype(dtype)[0]
        return np.array([int(token)], dtype)[0]
    except (KeyError, ValueError, OverflowError) as error:
        raise line.bad(f"{token!r} is no {dtype.name}") from error
