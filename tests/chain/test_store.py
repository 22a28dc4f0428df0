"""Folders that are missing, of another version, cut short, or flipped in a bit."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from anhvm.chain.node import Chain
from anhvm.chain.store import Derived, Store
from anhvm.chain.store.database import Database
from anhvm.errors import ChainError
from tests.chain.make import PROPOSER, make_chain
from tests.chain.test_node import filled


def code_of(folder: Path) -> str:
    with pytest.raises(ChainError) as caught, Chain.open(folder) as chain:
        chain.verify()
    assert caught.value.exit_code == 4 and caught.value.hint
    return caught.value.code


def test_folders_that_hold_no_chain_of_ours(tmp_path: Path) -> None:
    assert code_of(tmp_path / "none") == "store.missing"
    assert code_of(tmp_path) == "store.missing"
    make_chain(tmp_path / "a").close()
    with pytest.raises(ChainError) as caught:
        make_chain(tmp_path / "a")
    assert caught.value.code == "store.exists"
    (tmp_path / "a" / "STORE").write_text("anhvm store 2\n")
    assert code_of(tmp_path / "a") == "store.version"
    (tmp_path / "a" / "STORE").write_bytes(b"\xff\xfe")
    assert code_of(tmp_path / "a") == "store.missing"
    (tmp_path / "file").write_text("")
    with pytest.raises(ChainError) as caught:
        make_chain(tmp_path / "file")
    assert caught.value.code == "store.disk"
    with make_chain(tmp_path / "b"), pytest.raises(ChainError) as caught:
        Chain.open(tmp_path / "b")
    assert caught.value.code == "store.locked"


def test_an_unfinished_folder_is_made_again(tmp_path: Path) -> None:
    make_chain(tmp_path).close()
    (tmp_path / "STORE").unlink()
    assert code_of(tmp_path) == "store.missing"
    with make_chain(tmp_path) as chain:
        assert chain.produce(PROPOSER).block.height == 1


def test_a_record_that_changed_is_found(tmp_path: Path) -> None:
    filled(tmp_path / "a").close()
    path = tmp_path / "a" / "chain" / "data.mdb"
    store = Store(tmp_path / "a")
    block = store.block(2)
    store.close()
    assert block
    # Pages that are no longer in use may hold the block too.
    pieces = path.read_bytes().split(block)
    assert len(pieces) > 1
    path.write_bytes((block[:-1] + bytes([block[-1] ^ 4])).join(pieces))
    # Both times: a fault on opening leaves nothing open.
    assert code_of(tmp_path / "a") == code_of(tmp_path / "a") == "store.corrupt"


def test_damaged_derived_data_is_dropped_and_built_again(tmp_path: Path) -> None:
    filled(tmp_path).close()
    path = tmp_path / "derived" / "data.mdb"
    path.write_bytes(path.read_bytes()[:8192] + bytes(8192))
    with pytest.raises(ChainError) as caught:
        Chain.open(tmp_path)
    assert caught.value.code == "store.corrupt" and "chain rebuild" in caught.value.hint
    with Chain.open(tmp_path, fresh=True) as chain:
        assert chain.height == 3
    with Chain.open(tmp_path) as chain:
        assert chain.verify() == 3


_OPEN = """
import sys
from pathlib import Path
from anhvm.chain.node import Chain
from anhvm.errors import ChainError
for folder in sys.argv[1:]:
    try:
        with Chain.open(Path(folder)) as chain:
            print(chain.verify())
    except ChainError as fault:
        print(fault.code)
"""


def test_a_damaged_database_is_a_message_and_no_crash(tmp_path: Path) -> None:
    """LMDB maps its file: a short one kills the process unless that is seen before."""
    filled(tmp_path / "whole").close()
    size = (tmp_path / "whole" / "chain" / "data.mdb").stat().st_size
    source = random.Random(1)
    folders = []
    for trial in range(24):
        folder = tmp_path / str(trial)
        shutil.copytree(tmp_path / "whole", folder)
        folders.append(str(folder))
        if trial % 4 == 0:
            shutil.rmtree(folder / "derived")
        with (folder / "chain" / "data.mdb").open("r+b") as file:
            if trial < 12:
                file.truncate(size * trial // 12)
            else:
                file.seek(source.randrange(size // 512) * 512)
                file.write(source.randbytes(64))
    done = subprocess.run(
        [sys.executable, "-c", _OPEN, *folders], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split()
    assert len(lines) == 24
    allowed = {"3", "store.corrupt", "store.disk", "store.full", "store.locked", "chain.invalid"}
    assert set(lines) <= allowed and lines.count("3") < 24


def test_an_aborted_commit_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path, ("a", "b"), durable=True, repair="none")
    with pytest.raises(ZeroDivisionError), database.write() as writer:
        writer.put("a", b"k", b"v")
        assert writer.get("a", b"k") == b"v"
        raise ZeroDivisionError
    with database.write() as writer:
        assert not writer.has("a", b"k")
        writer.put("a", b"k", b"one")
        writer.put("b", b"k", b"two")
    with database.read() as reader:
        assert (reader.get("a", b"k"), reader.get("b", b"k")) == (b"one", b"two")
        assert reader.count("a") == 1
    database.close()


def test_derived_data(tmp_path: Path) -> None:
    derived = Derived(tmp_path)
    small, large = b"s" * 4096, b"l" * 4097
    with derived.batch() as batch:
        for key in (b"a1", b"a2", b"b1"):
            batch.put("index", key, key)
        batch.put("values", b"small", small)
        batch.put("values", b"large", large)
        batch.put("values", b"again", large)
        assert batch.get("values", b"large") == large
    files = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert len(files) == 1 and files[0].read_bytes() == large
    assert derived.get("values", b"small") == small and derived.get("values", b"large") == large
    assert derived.get("index", b"small") is None
    with derived.view() as view:
        assert [key for key, _ in view.items("index", b"a")] == [b"a1", b"a2"]
        assert view.last_below("index", b"a", b"a2") == b"a1"
        assert view.last_below("index", b"a", b"a9") == b"a2"
        assert view.last_below("index", b"a", b"a1") is None
        assert view.last_below("index", b"b", b"c") == b"b1"
        assert view.count("index") == 3
    with derived.batch() as batch:
        batch.delete("index", b"a1")
    assert derived.get("index", b"a1") is None
    files[0].write_bytes(b"m" * 4097)
    with pytest.raises(ChainError) as caught:
        derived.get("values", b"large")
    assert caught.value.code == "store.file"
    files[0].unlink()
    with pytest.raises(ChainError):
        derived.get("values", b"large")
    derived.put("values", b"k", large)
    derived.close()
    derived = Derived(tmp_path)
    assert derived.get("values", b"k") == large
    derived.close()
