"""Kill a producing node at random; nothing that it acknowledged may be lost.

    python -m tests.chain.crash --trials 200

Each trial lets a child process submit and produce, and say so on its output only after each commit;
kills it (SIGKILL) at a random moment; opens the folder again; and checks that all that was
acknowledged is there, that every block verifies, and that it goes on from where it was.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from anhvm.chain.catalogue import Catalogue
from anhvm.chain.node import Chain
from tests.chain.make import KEYS, PROPOSER, make_chain, signed

TRANSACTIONS = 6


def child(folder: Path) -> None:
    """Submit and produce for ever, acknowledging each commit on a line of its own."""
    with Chain.open(folder) as chain:
        Catalogue(chain).catch_up()
        print("open", flush=True)
        while True:
            items = [
                signed(chain.chain_id, key, chain.next_nonce(key.address), expiry=chain.height + 99)
                for key in KEYS[:TRANSACTIONS]
            ]
            for name in chain.submit_many(items):
                print("submitted", name.hex())
            print("kept", flush=True)
            block = chain.produce(PROPOSER).block
            print("block", block.height, block.digest.hex(), flush=True)
            Catalogue(chain).catch_up()


def trial(folder: Path, delay: float, counts: Counter[str]) -> None:
    """One kill, `delay` seconds after the child has opened the folder (before, if negative)."""
    command = [sys.executable, "-m", "tests.chain.crash", "--child", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    if delay >= 0:
        first = process.stdout.readline()
        assert first == "open\n", "the store did not open"
    time.sleep(abs(delay))
    process.kill()
    output = process.stdout.read()
    process.wait()
    process.stdout.close()
    # A last line without its end was cut off by the kill and acknowledges nothing.
    lines = [line.split() for line in output.split("\n")[:-1]]
    kept = max((at for at, line in enumerate(lines) if line[0] == "kept"), default=-1)
    with Chain.open(folder) as chain:
        waiting = {transaction.id.hex() for transaction in chain.pending()}
        catalogue = Catalogue(chain)
        for at, line in enumerate(lines):
            if line[0] == "block":
                block = chain.block(int(line[1]))
                assert block and block.digest.hex() == line[2], f"block {line[1]} is lost"
                counts["blocks"] += 1
            elif line[0] == "submitted" and at < kept:
                here = line[1] in waiting or catalogue.place(bytes.fromhex(line[1]))
                assert here, f"transaction {line[1]} is lost"
                counts["transactions"] += 1
        chain.ledger.audit()
        chain.verify()
        for block in chain.blocks():
            for transaction in block.transactions:
                chain.payload(transaction)
        height = chain.height
        chain.produce(PROPOSER)
        assert chain.height == height + 1
    counts["kills"] += 1


def campaign(trials: int, seed: int, longest: float = 0.15) -> Counter[str]:
    """`trials` kills over a few folders; AssertionError at the first thing lost."""
    source = random.Random(seed)
    counts: Counter[str] = Counter()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for number in range(trials):
            home = folder / str(number // 20)
            if not home.exists():
                make_chain(home).close()
            early = source.random() < 0.1
            delay = -source.uniform(0.001, 0.4) if early else source.uniform(0, longest)
            trial(home, delay, counts)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child)
    start = time.monotonic()
    counts = campaign(options.trials, options.seed)
    print(
        f"{counts['kills']} kills, {counts['blocks']} acknowledged blocks and "
        f"{counts['transactions']} acknowledged transactions found again, none lost, "
        f"{time.monotonic() - start:.0f} s"
    )


if __name__ == "__main__":
    main()
