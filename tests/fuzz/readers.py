"""Broken bytes and texts for everything that reads what strangers send: a value or a `UserError`.

    python -m tests.fuzz.readers [READER ...] --count 20000 --seed 1

What decodes must encode to the bytes that came in, and a text that is refused must say why.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

import numpy as np

from anhvm.assembler import assemble, disassemble
from anhvm.chain import address, genesis
from anhvm.chain import transaction as tx
from anhvm.chain.block import CURRENT, Block, Header, decode_block, transactions_root
from anhvm.chain.tensors import DType
from anhvm.chain.values import Address, BlobTensor, decode_arguments, encode_arguments
from anhvm.cli.arguments import parse
from anhvm.errors import UserError
from anhvm.fuzz.cases import FAMILY, case
from anhvm.fuzz.mutate import mutate
from anhvm.isa.schedule import load
from anhvm.program.encode import encode
from tests.chain.make import ALICE, BOB, make_genesis, signed
from tests.compiler.mutate import corpus, outcome

CHAIN = b"c" * 32


def bytes_that_decode(decode: Callable[[bytes], bytes]) -> Callable[[bytes], str]:
    """A reader of bytes, from a function that decodes and encodes again."""

    def read(data: bytes) -> str:
        again = decode(data)
        assert again == data, "two spellings of one value"
        return "read"

    return read


@cache
def transactions() -> list[tx.Transaction]:
    place = address.contract(CHAIN, BOB.address, 0)
    cells = (tx.ListedCell(place, 1, b"key", True), tx.ListedCell(place, 2, b"", False))
    payloads: list[tx.Payload] = [
        tx.Transfer(b"memo"),
        tx.Deploy(case(0).encoded, b""),
        tx.Call("train", values()[0]),
        tx.Publish(bytes(32), 9, 0, b"nine byte", (bytes(32),)),
    ]
    found = [signed(CHAIN, ALICE, 1)[0]]
    for payload in payloads[1:]:
        fields = {"target": place} if isinstance(payload, tx.Call) else {}
        listed = cells if isinstance(payload, tx.Call) else ()
        found.append(
            signed(CHAIN, ALICE, 2, payload, cells=listed, gas_limit=9, gas_price=1, **fields)[0]
        )
    return found


@cache
def payloads() -> list[bytes]:
    return [
        tx.encode_payload(tx.Transfer(b"memo")),
        tx.encode_payload(tx.Call("train", values()[0])),
        tx.encode_payload(tx.Publish(bytes(32), 9, 0, b"nine byte", (bytes(32),))),
    ]


def read_payload(data: bytes) -> str:
    """A payload that a signed envelope commits to."""
    envelope = transactions()[2].envelope
    fields = {name: getattr(envelope, name) for name in tx.Envelope.__struct_fields__} | {
        "payload_digest": tx.payload_digest(data),
        "payload_length": len(data),
    }
    assert tx.encode_payload(tx.open_payload(tx.Envelope(**fields), data)) == data
    return "read"


@cache
def values() -> list[bytes]:
    some: list[object] = [
        np.uint64(7), np.int64(-7), np.int32(3), True, np.float32(0.5), b"bytes", "text",
        Address(BOB.address), np.arange(6, dtype=np.float32).reshape(2, 3), np.zeros((0, 4), bool),
        BlobTensor(bytes(32), int(DType.I32), (2, 3)), [np.uint64(1), [b"", "é"]],
    ]  # fmt: skip
    return [encode_arguments(some), *(encode_arguments([one]) for one in some)]


@cache
def blocks() -> list[bytes]:
    held = tuple(transactions())
    head = Header(1, CHAIN, 3, bytes(32), ALICE.address, 9, transactions_root(held), CURRENT)
    return [Block(head, ALICE.sign(head.message), held).wire]


SCRAPS = (
    "7", "-", "0.5", "1e3", "inf", "nan", "true", "false", "0x", "68", "@", "@blob:", "a" * 64,
    ":f32:",
    "2x3", '"', "'", "[", "]", "{", "}", ",", ":", " ", "null", "\\u0000", "\\", "_", "é", "\x00",
    "anh1", "[[1, 2], [3, 4]]", '{"w": [1], "b": 0}', "9" * 30, "[" * 50, "1_000", "\ud800",
)  # fmt: skip


def scraps(rng: Random) -> str:
    return "".join(rng.choices(SCRAPS, k=rng.randrange(9)))


def read_argument(text: str) -> str:
    return type(parse(text)).__name__


def read_address(text: str) -> str:
    assert address.show(address.parse(text)) == text.lower()
    return "read"


@cache
def addresses() -> list[str]:
    return [address.show(key.address) for key in (ALICE, BOB)]


@cache
def assembly() -> list[str]:
    prices = load()
    return [disassemble(case(n * FAMILY).program, prices) for n in range(30)]


def read_assembly(text: str) -> str:
    encode(assemble(text))
    return "read"


@cache
def sources() -> list[str]:
    return corpus()


@cache
def words() -> list[str]:
    return sorted({word for text in sources() for word in text.split()})


def soup(rng: Random) -> str:
    """Lines of words that stand in programs somewhere, indented anyhow."""
    lines = []
    for _ in range(rng.randrange(1, 12)):
        lines.append("    " * rng.randrange(4) + " ".join(rng.choices(words(), k=rng.randrange(9))))
    return "\n".join(lines)


@dataclass(frozen=True)
class Reader:
    """`read` is given what `make` makes, and returns a word for what it was."""

    make: Callable[[Random], object]
    read: Callable[..., str]


def broken(items: Callable[[], Sequence[bytes]]) -> Callable[[Random], bytes]:
    return lambda rng: mutate(rng, rng.choice(items()))


def garbled(items: Callable[[], Sequence[str]]) -> Callable[[Random], str]:
    """A text with a few characters changed, as UTF-8 lets it."""
    return lambda rng: mutate(rng, rng.choice(items()).encode()).decode(errors="replace")


READERS = {
    "transaction": Reader(
        broken(lambda: [one.wire for one in transactions()]),
        bytes_that_decode(lambda data: tx.decode_transaction(data).wire),
    ),
    "payload": Reader(broken(payloads), read_payload),
    "arguments": Reader(
        broken(values), bytes_that_decode(lambda data: encode_arguments(decode_arguments(data)))
    ),
    "block": Reader(broken(blocks), bytes_that_decode(lambda data: decode_block(data).wire)),
    "genesis": Reader(
        broken(lambda: [genesis.encode(make_genesis())]),
        bytes_that_decode(lambda data: genesis.encode(genesis.decode(data))),
    ),
    "argument": Reader(scraps, read_argument),
    "address": Reader(garbled(addresses), read_address),
    "assembly": Reader(garbled(assembly), read_assembly),
    "soup": Reader(soup, outcome),
    "source": Reader(garbled(sources), outcome),
}


def campaign(name: str, count: int, seed: int) -> Counter[str]:
    """How often each outcome came; raises with what was read where a reader fails otherwise."""
    reader, found = READERS[name], Counter[str]()
    for number in range(count):
        given = reader.make(Random(f"{seed} {name} {number}"))
        try:
            found[reader.read(given)] += 1
        except UserError as refusal:
            assert refusal.message and refusal.hint, refusal
            found[refusal.code] += 1
        except Exception as error:
            raise AssertionError(f"{name}, {seed} {number}: {error!r} by {given!r}") from error
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.readers")
    parser.add_argument("readers", nargs="*", metavar="READER")
    parser.add_argument("--count", type=int, default=2000, help="for each reader")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for name in given.readers or READERS:
        found = campaign(name, given.count, given.seed)
        told = ", ".join(f"{code} {n}" for code, n in found.most_common(8))
        print(f"{name:12} {given.count} read, 0 failures: {told}", flush=True)


if __name__ == "__main__":
    main()
