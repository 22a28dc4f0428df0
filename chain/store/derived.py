"""Derived data: indexes, receipts, values.  Nothing here that the blocks do not give again.

A table is a bucket with the rules of a dictionary.  Values above 4 KiB lie in content-addressed
files and the database keeps their name; the reader does not see the difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anhvm.chain.store.database import Database, Reader, Writer
from anhvm.chain.store.files import REBUILD, Files

IN_DATABASE = 4096
BUCKETS = ("meta", "ledger", "places", "chunks", "blobs", "index", "receipts", "cells", "values")

_INLINE, _FILE = b"\x00", b"\x01"


class Derived:
    """The derived database of a chain folder; made on first use."""

    def __init__(self, folder: Path) -> None:
        self._files = Files(folder / "files")
        self._database = Database(folder, BUCKETS, durable=False, repair=REBUILD)

    def close(self) -> None:
        self._database.close()

    def get(self, bucket: str, key: bytes) -> bytes | None:
        """The value of `key`, or None.  ChainError ``store.*`` if it is damaged."""
        with self.view() as view:
            return view.get(bucket, key)

    def put(self, bucket: str, key: bytes, value: bytes) -> None:
        with self.batch() as batch:
            batch.put(bucket, key, value)

    @contextmanager
    def view(self) -> Iterator[View]:
        """Many reads of one state."""
        with self._database.read() as reader:
            yield View(reader, self._files)

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """Many reads and writes in one commit; after an exception, none of the writes."""
        with self._database.write() as writer:
            yield Batch(writer, self._files)


class View:
    def __init__(self, reader: Reader, files: Files) -> None:
        self._reader = reader
        self._files = files

    def get(self, bucket: str, key: bytes) -> bytes | None:
        record = self._reader.get(bucket, key)
        return None if record is None else self._open(record)

    def has(self, bucket: str, key: bytes) -> bool:
        return self._reader.has(bucket, key)

    def items(self, bucket: str, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Keys that begin with `prefix`, in order, with their values."""
        for key, record in self._reader.items(bucket, prefix):
            yield key, self._open(record)

    def last_below(self, bucket: str, prefix: bytes, below: bytes) -> bytes | None:
        """The greatest key that begins with `prefix` and is less than `below`."""
        return self._reader.last_below(bucket, prefix, below)

    def count(self, bucket: str) -> int:
        return self._reader.count(bucket)

    def _open(self, record: bytes) -> bytes:
        return record[1:] if record[:1] == _INLINE else self._files.get(record[1:])


class Batch(View):
    def __init__(self, writer: Writer, files: Files) -> None:
        super().__init__(writer, files)
        self._writer = writer

    def put(self, bucket: str, key: bytes, value: bytes) -> None:
        """Keys have 1 to 511 bytes."""
        large = len(value) > IN_DATABASE
        self._writer.put(bucket, key, _FILE + self._files.put(value) if large else _INLINE + value)

    def delete(self, bucket: str, key: bytes) -> None:
        self._writer.delete(bucket, key)
