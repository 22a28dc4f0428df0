"""Arguments of contracts as text on the command line; the ABI decides later what fits where."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from anhvm.errors import UserError

if TYPE_CHECKING:
    import numpy as np

    from anhvm.chain.values import BlobTensor

FORMS: Final = {
    "7": "an integer; 1_000 is one as well",
    "-0.5": "a float; also 1e-3, inf, -inf and nan",
    "true": "a bool, or false",
    "anh1…": "an address",
    "0x6869": "bytes",
    '"text"': "text, exactly; a word that is none of the others is text as well",
    "[[1, 2], [3, 4]]": "a tensor",
    '{"w": [1], "b": 0}': "a struct, by the names of its members",
    "@x.npy": "a tensor from a file of NumPy",
    "@blob:…": "a tensor that was published; anhvm publish prints it",
}
"""How values are written.  Inside JSON, strings that begin with @ or 0x mean the same."""

_INTEGER = re.compile(r"[+-]?\d+(_\d+)*")
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|nan)")
_BLOB = re.compile(r"@blob:([0-9a-f]{64}):(f32|i32|i8|bool):(\d+(?:x\d+)*)?")
_DTYPES = ("f32", "i32", "i8", "bool")


def parse_all(texts: Sequence[str] | None) -> list[object]:
    """The values of several arguments.  UserError ``argument.*``."""
    return [parse(text) for text in texts or ()]


def parse(text: str) -> object:
    """The value that `text` spells.  UserError ``argument.*``."""
    if text[:1] in ('"', "[", "{"):
        value = _json(text)
        return value if isinstance(value, str) else _expanded(value)
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _reference(text)


def show_blob(reference: BlobTensor) -> str:
    """A published tensor as an argument; free of letters that a shell would take for its own."""
    sizes = "x".join(map(str, reference.dims))
    return f"@blob:{reference.blob.hex()}:{_DTYPES[reference.dtype]}:{sizes}"


def check_publishable(array: np.ndarray[Any, Any]) -> None:
    """UserError ``argument.dtype``, ``argument.shape`` where no tensor of a contract is like it."""
    from anhvm.chain.tensors import DType, check_shape

    try:
        DType.of(array)
    except TypeError as error:
        _refuse("dtype", str(error), "convert it, for instance with .astype(numpy.float32)")
    try:
        check_shape(array.shape)
    except ValueError as error:
        _refuse("shape", str(error), "reshape it, or split it")
    if not array.ndim:
        _refuse("shape", "a tensor has at least one axis", "pass the number itself as an argument")


def _reference(text: str) -> object:
    """Bytes, a file, a blob, or text as it is."""
    if text.startswith("0x"):
        try:
            return bytes.fromhex(text[2:])
        except ValueError:
            _refuse("bytes", f"'{_short(text)}' is not hexadecimal", "give two digits for a byte")
    if text.startswith("@blob:"):
        return _blob(text)
    if text.startswith("@"):
        return load_tensor(Path(text[1:]))
    return text


def _expanded(value: Any) -> object:
    """JSON with the references in its strings followed."""
    if isinstance(value, str):
        return _reference(value) if value.startswith(("@", "0x")) else value
    if isinstance(value, list):
        return [_expanded(item) for item in value]
    if isinstance(value, dict):
        return {name: _expanded(item) for name, item in value.items()}
    if value is None:
        _refuse("json", "null is no value", "give a number, a text, a list or an object")
    return value


def _json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        _refuse("json", "a value is nested too deeply", "give a file: @x.npy")
    except ValueError as error:
        hint = "check brackets, commas and quotes; in a shell, put '…' around it"
        _refuse("json", f"'{_short(text)}' is not JSON: {error}", hint)


def _object(items: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(items)
    if len(found) != len(items):
        raise ValueError("a name stands twice in one object")
    return found


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:  # Python refuses to read thousands of digits
        _refuse("number", f"'{_short(text)}' is too large", "no integer has more than 64 bits")


def _blob(text: str) -> BlobTensor:
    from anhvm.chain.values import BlobTensor

    found = _BLOB.fullmatch(text)
    if found is None:
        _refuse("blob", f"'{_short(text)}' names no tensor", "copy what anhvm publish printed")
    dims = tuple(int(size) for size in (found[3] or "").split("x") if size)
    if len(dims) > 6 or any(size >= 1 << 32 for size in dims):
        _refuse("blob", f"'{_short(text)}' has an impossible shape", "publish the tensor again")
    return BlobTensor(bytes.fromhex(found[1]), _DTYPES.index(found[2]), dims)


def load_tensor(path: Path) -> np.ndarray[Any, Any]:
    """The array in a ``.npy`` file; objects are refused.  UserError ``argument.file``."""
    import numpy as np

    hint = "save it with numpy.save, as float32, int32, int8 or bool"
    try:
        with path.open("rb") as file:
            if file.read(6) != b"\x93NUMPY":
                _refuse("file", f"'{path}' is not a .npy file", hint)
            file.seek(0)
            array: np.ndarray[Any, Any] = np.lib.format.read_array(file, allow_pickle=False)
            return array
    except OSError as error:
        hint = f"check the path; a text that begins with @ is written '\"@{path}\"'"
        _refuse("file", f"'{path}' cannot be read: {error.strerror or error}", hint)
    except (ValueError, EOFError, MemoryError, OverflowError) as error:
        _refuse("file", f"'{path}' is damaged or holds no numbers: {error}", hint)


def _refuse(code: str, message: str, hint: str) -> NoReturn:
    raise UserError(f"argument.{code}", message, hint)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"
