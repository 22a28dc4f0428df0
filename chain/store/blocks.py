"""What must not be lost: genesis, blocks, payloads, pending transactions.

One durable commit per block; when it returns, the block is on the disk.  Payloads lie apart from
envelopes, under their own digest, so that they can be pruned and fetched again.  The file
``STORE`` is written last, so a folder without it was never finished.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from anhvm.chain.store.database import Database, Writer
from anhvm.chain.store.files import sync_folder
from anhvm.errors import ChainError

VERSION = 1
_MARK = "STORE"
_ARRIVALS = b"arrivals"
REPAIR = "restore the chain folder from a copy, or make it again and fetch the blocks anew"
_TABLES = ("meta", "blocks", "payloads", "pending")


class Store:
    """The durable database of a chain folder, in bytes: it knows nothing of their meaning."""

    def __init__(self, folder: Path) -> None:
        """Open the store of `folder`.  ChainError ``store.missing``, ``.version``, ``.corrupt``."""
        mark = folder / _MARK
        try:
            text = mark.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            message = f"'{folder}' is not a chain folder"
            raise ChainError("store.missing", message, "make one with: anhvm chain init") from error
        if text != f"anhvm store {VERSION}":
            message = f"'{folder}' says '{text[:40]}', these tools read 'anhvm store {VERSION}'"
            raise ChainError("store.version", message, "use the tools that made the folder")
        self._database = Database(folder / "chain", _TABLES, durable=True, repair=REPAIR)

    @classmethod
    def create(cls, folder: Path, genesis: bytes) -> Store:
        """A new store that begins with `genesis`.  ChainError ``store.exists``, ``store.disk``."""
        if (folder / _MARK).exists():
            message = f"'{folder}' already holds a chain"
            raise ChainError("store.exists", message, "choose another folder, or use this chain")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            database = Database(folder / "chain", _TABLES, durable=True, repair=REPAIR)
            with database.write() as writer:
                writer.put("meta", b"genesis", genesis)
            database.close()
            temporary = folder / f".{_MARK}"
            with temporary.open("w") as file:
                file.write(f"anhvm store {VERSION}\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, folder / _MARK)
            sync_folder(folder)
        except OSError as error:
            message = f"'{folder}' cannot be made: {error.strerror}"
            raise ChainError("store.disk", message, "choose a folder of your own") from error
        return cls(folder)

    def close(self) -> None:
        self._database.close()

    def meta(self, name: bytes) -> bytes | None:
        with self._database.read() as reader:
            return reader.get("meta", name)

    def put_meta(self, name: bytes, data: bytes) -> None:
        with self._database.write() as writer:
            writer.put("meta", name, data)

    def height(self) -> int:
        """The height of the last block, 0 if there is none."""
        with self._database.read() as reader:
            last = reader.last("blocks")
            return _number(last[0]) if last else 0

    def block(self, height: int) -> bytes | None:
        with self._database.read() as reader:
            return reader.get("blocks", _key(height))

    def blocks(self, first: int) -> Iterator[bytes]:
        """The blocks from height `first` on, in order, up to the end as it is then."""
        height = max(first, 1)
        while (data := self.block(height)) is not None:
            yield data
            height += 1

    def append(
        self,
        height: int,
        block: bytes,
        payloads: Mapping[bytes, bytes],
        done: Iterable[int],
    ) -> None:
        """Commit a block, its payloads (by digest) and the end of the pending ones in `done`.

        On return all of it is on the disk.  ChainError ``chain.busy`` if another process appended
        first.
        """
        with self._database.write() as writer:
            if writer.has("blocks", _key(height)) or not (
                height == 1 or writer.has("blocks", _key(height - 1))
            ):
                message = f"another process added block {height} meanwhile"
                raise ChainError("chain.busy", message, "run the command again")
            writer.put("blocks", _key(height), block)
            _put_payloads(writer, payloads)
            for number in done:
                writer.delete("pending", _key(number))

    def payload(self, name: bytes) -> bytes | None:
        with self._database.read() as reader:
            return reader.get("payloads", name)

    def add_payloads(self, payloads: Mapping[bytes, bytes]) -> None:
        with self._database.write() as writer:
            _put_payloads(writer, payloads)

    def prune_payload(self, name: bytes) -> None:
        with self._database.write() as writer:
            writer.delete("payloads", name)

    def pending(self) -> list[tuple[int, bytes]]:
        """(number, transaction) of what waits, in the order of arrival."""
        with self._database.read() as reader:
            return [(_number(key), data) for key, data in reader.items("pending")]

    def pending_after(self, seen: int) -> tuple[list[bytes], int]:
        """What arrived after number `seen` and waits, and the number of the last arrival."""
        with self._database.read() as reader:
            last = _number(reader.get("meta", _ARRIVALS) or b"")
            new = [] if last == seen else list(reader.items("pending"))
            return [data for key, data in new if _number(key) > seen], last

    def add_pending(
        self, transactions: Sequence[bytes], payloads: Mapping[bytes, bytes]
    ) -> tuple[int, int]:
        """Keep transactions that wait for a block; on return they are on the disk.

        Returns the number of arrivals before and after: numbers are never used again, so another
        process can ask for what is new.
        """
        with self._database.write() as writer:
            before = _number(writer.get("meta", _ARRIVALS) or b"")
            for number, data in enumerate(transactions, before + 1):
                writer.put("pending", _key(number), data)
            after = before + len(transactions)
            writer.put("meta", _ARRIVALS, _key(after))
            _put_payloads(writer, payloads)
        return before, after


def _put_payloads(writer: Writer, payloads: Mapping[bytes, bytes]) -> None:
    for name, data in payloads.items():
        if not writer.has("payloads", name):
            writer.put("payloads", name, data)


def _key(number: int) -> bytes:
    return number.to_bytes(8, "big")


def _number(key: bytes) -> int:
    return int.from_bytes(key, "big")
