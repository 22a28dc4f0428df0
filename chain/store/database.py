"""One LMDB environment with checksummed records: the only place that knows lmdb.

A record is ``checksum(16) | data``.  Faults of the disk and of the file become `ChainError`s.
Never open a database file received from others: LMDB trusts its own pages.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lmdb

from anhvm.chain.hashing import Use, digest
from anhvm.errors import ChainError

_CHECKSUM = 16
# Address space, not disk: the file grows as it is written.
_MAP_BYTES = 1 << 38
_MARGIN = 1 << 17  # offsets and key lengths in a page have 16 bits


class Database:
    """Named tables of checksummed records in one folder.

    `durable` commits are on the disk when `write` returns; others may lose the last commits in a
    power cut, never their order or integrity.
    """

    def __init__(
        self, folder: Path, tables: tuple[str, ...], *, durable: bool, repair: str
    ) -> None:
        """Open or make it; `repair` is the next step if it is damaged.  ChainError ``store.*``."""
        self._folder = folder
        self._repair = repair
        with self._faults():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._env = lmdb.open(
                str(folder),
                map_size=_MAP_BYTES,
                max_dbs=len(tables),
                metasync=durable,
                max_readers=512,
            )
            try:
                self._lengthen()
                self._tables = {name: self._env.open_db(name.encode()) for name in tables}
            except BaseException:
                self._env.close()
                raise

    def close(self) -> None:
        self._env.close()

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """A consistent view.  ChainError ``store.corrupt``."""
        with self._faults(), self._env.begin() as transaction:
            yield Reader(self, transaction, self._tables)

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """One commit: all of it or, after any exception or crash, nothing.

        Writers of all processes wait for each other.  ChainError ``store.full``,
        ``store.corrupt``.
        """
        with self._faults(), self._env.begin(write=True) as transaction:
            yield Writer(self, transaction, self._tables)

    def _lengthen(self) -> None:
        """Give a file that was cut short the length that its meta page speaks of.

        LMDB maps the file, and touching a page beyond its end kills the process; pages of zeros it
        recognises and refuses.  The margin is for damaged pages that point past the end.  Under the
        lock of the writers nobody else changes the length.
        """
        with self._env.begin(write=True) as transaction:
            needed = (self._env.info()["last_pgno"] + 1) * self._env.stat()["psize"] + _MARGIN
            if needed > _MAP_BYTES:
                raise self.corrupt("its meta page is not credible")
            with (self._folder / "data.mdb").open("r+b") as file:
                if os.fstat(file.fileno()).st_size < needed:
                    file.truncate(needed)
            transaction.abort()

    def corrupt(self, reason: str) -> ChainError:
        message = f"the database in '{self._folder}' is damaged: {reason}"
        return ChainError("store.corrupt", message, self._repair)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except lmdb.MemoryError as error:
            message = f"'{self._folder}' cannot be mapped: {error}"
            hint = f"allow {_MAP_BYTES} bytes of address space (ulimit -v); else it is damaged"
            raise ChainError("store.memory", message, hint) from error
        except (lmdb.MapFullError, lmdb.DiskError) as error:
            message = f"'{self._folder}' cannot be written: {error}"
            raise ChainError("store.full", message, "make room on the disk") from error
        except (lmdb.LockError, lmdb.ReadersFullError, lmdb.ReadonlyError) as error:
            message = f"'{self._folder}' cannot be opened: {error}"
            hint = "check the rights of the folder, and that few processes use it"
            raise ChainError("store.locked", message, hint) from error
        except lmdb.Error as error:
            if "already open" in str(error):
                message = f"'{self._folder}' is open in this process already"
                hint = "close the other Chain first, or use that one"
                raise ChainError("store.locked", message, hint) from error
            raise self.corrupt(str(error)) from error
        except OSError as error:
            message = f"'{self._folder}' cannot be used: {error.strerror or error}"
            raise ChainError("store.disk", message, "check the disk and the rights") from error


class Reader:
    def __init__(
        self, database: Database, transaction: lmdb.Transaction, tables: dict[str, Any]
    ) -> None:
        self._database = database
        # Without buffers=True every key and value is bytes, which its hints do not say.
        self._transaction: Any = transaction
        self._tables = tables

    def get(self, table: str, key: bytes) -> bytes | None:
        record = self._transaction.get(key, db=self._tables[table])
        return None if record is None else self._open(table, key, record)

    def has(self, table: str, key: bytes) -> bool:
        return self._transaction.get(key, db=self._tables[table]) is not None

    def last(self, table: str) -> tuple[bytes, bytes] | None:
        """The record with the greatest key."""
        with self._transaction.cursor(self._tables[table]) as cursor:
            if not cursor.last():
                return None
            return cursor.key(), self._open(table, cursor.key(), cursor.value())

    def items(self, table: str, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """All records whose key begins with `prefix`, by key."""
        with self._transaction.cursor(self._tables[table]) as cursor:
            found = cursor.set_range(prefix) if prefix else cursor.first()
            while found and cursor.key().startswith(prefix):
                yield cursor.key(), self._open(table, cursor.key(), cursor.value())
                found = cursor.next()

    def last_below(self, table: str, prefix: bytes, below: bytes) -> bytes | None:
        """The greatest key that begins with `prefix` and is less than `below`."""
        with self._transaction.cursor(self._tables[table]) as cursor:
            found = cursor.prev() if cursor.set_range(below) else cursor.last()
            return cursor.key() if found and cursor.key().startswith(prefix) else None

    def count(self, table: str) -> int:
        entries: int = self._transaction.stat(self._tables[table])["entries"]
        return entries

    def _open(self, table: str, key: bytes, record: bytes) -> bytes:
        data = record[_CHECKSUM:]
        if record[:_CHECKSUM] != _checksum(table, key, data):
            raise self._database.corrupt(f"the checksum of a record of '{table}' is wrong")
        return data


class Writer(Reader):
    def put(self, table: str, key: bytes, data: bytes) -> None:
        record = _checksum(table, key, data) + data
        self._transaction.put(key, record, db=self._tables[table])

    def delete(self, table: str, key: bytes) -> None:
        self._transaction.delete(key, db=self._tables[table])


def _checksum(table: str, key: bytes, data: bytes) -> bytes:
    """Covers table and key too, so that no record passes for another."""
    place = table.encode() + b"\x00" + len(key).to_bytes(4, "little")
    return digest(Use.RECORD, place, key, data)[:_CHECKSUM]
