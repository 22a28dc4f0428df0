"""One way to turn structs into bytes and back: MessagePack, strict, canonical.

Decoding is accepted only if encoding the result gives the input again, so a value has exactly one
byte string: no wide integers, no surplus fields, no second spelling that would change a digest.
"""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

import msgspec

from anhvm.errors import Refused

T = TypeVar("T")

U16 = Annotated[int, msgspec.Meta(ge=0, le=2**16 - 1)]
U32 = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
# MessagePack has no integer above 2**64 - 1, so the upper bound needs no check.
U64 = Annotated[int, msgspec.Meta(ge=0)]
Digest = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
AddressBytes = Annotated[bytes, msgspec.Meta(min_length=33, max_length=33)]
Signature = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]

U64_MAX = 2**64 - 1

_encoder = msgspec.msgpack.Encoder()


class Codec(Generic[T]):
    """Bytes of one type: at most `cap` of them; `what` names the thing in error codes."""

    def __init__(self, kind: type[T], what: str, cap: int) -> None:
        self.what = what
        self.cap = cap
        # A union type is not a class for the type checker, though msgspec takes both.
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(kind)

    def encode(self, value: T) -> bytes:
        """The canonical bytes.  Refused ``<what>.size`` above the cap, ``<what>.range``."""
        try:
            data = _encoder.encode(value)
        except OverflowError as error:
            message = f"a number in this {self.what} does not fit 64 bits"
            raise Refused(f"{self.what}.range", message, "use smaller numbers") from error
        self._check_size(data)
        return data

    def decode(self, data: bytes) -> T:
        """The value.  Refused ``<what>.size`` or ``<what>.encoding`` unless canonical."""
        self._check_size(data)
        try:
            value = self._decoder.decode(data)
            same = _encoder.encode(value) == data
        except (msgspec.DecodeError, UnicodeError, RecursionError, OverflowError) as error:
            raise self._malformed(str(error)) from error
        if not same:
            raise self._malformed("it is not in the one canonical form")
        return value

    def _check_size(self, data: bytes) -> None:
        if len(data) > self.cap:
            message = f"the {self.what} has {len(data)} bytes, the limit is {self.cap}"
            raise Refused(f"{self.what}.size", message, "split it into smaller parts")

    def _malformed(self, reason: str) -> Refused:
        hint = "build it with these tools, or fetch it again: the bytes are damaged or not ours"
        return Refused(f"{self.what}.encoding", f"the {self.what} is malformed: {reason}", hint)
