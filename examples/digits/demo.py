"""A contract that learns to read digits, on a chain that executes nothing until it is asked.

Run it with ``make demo``.  Everything happens in ``build/demo``; ``result.json`` there holds the
figures and ``loss.png`` the loss curve.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from anhvm.api import Machine, compile_file, run
from anhvm.chain.address import show
from anhvm.chain.hashing import Use, digest
from anhvm.chain.keys import Key
from anhvm.chain.lazy.bound import Side
from anhvm.chain.session import Session
from anhvm.chain.tensor_digest import tensor_digest
from anhvm.runtime.engines import make_engine

HERE = Path(__file__).parent
BUILD = HERE.parent.parent / "build" / "demo"
SEED = 7
TRAIN_CALLS = 40
EPOCHS = 25
RATE = np.float32(0.5)
UNRELATED = 2_000

say = Console(stderr=True, highlight=False, soft_wrap=True)


def main() -> None:
    train_x, train_y, test_x, test_y = load_split()
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    key = Key.generate()
    key.save(BUILD / "key.json", passphrase=None)
    say.print(f"key       {show(key.address)}")

    compiled = {name: compile_file(HERE / f"{name}.anh") for name in ("digits", "counter", "notes")}
    limits = rehearse(compiled["digits"], train_x, train_y)

    engine = make_engine(notice=note)
    with Session.create(BUILD / "chain", key, engine=engine) as session:
        with session.batch():
            _, digits = session.deploy(
                key, compiled["digits"].encoded, SEED, gas_limit=limits["setup"]
            )
            _, counter = session.deploy(key, compiled["counter"].encoded)
            _, notes = session.deploy(key, compiled["notes"].encoded)
            images = session.publish(key, train_x)
            labels = session.publish(key, train_y)
        blocks = session.produce(key)
        say.print(
            f"deployed  digits {show(digits)}, and two contracts that have nothing to do with it"
        )

        calls = send(session, key, digits, counter, notes, images, labels, limits["train"])
        blocks += session.produce(key)
        count = sum(len(made.block.transactions) for made in blocks)
        executed_while_producing = session.engine.executions
        say.print(
            f"produced  {len(blocks)} blocks with {count:,} transactions; "
            f"executed while producing: {executed_while_producing}"
        )

        bound = session.cost(digits, "predict", test_x)
        say.print(
            f"cost      to know a prediction: at least {side(bound.least)}, "
            f"at most {side(bound.most)}"
        )
        first = ask(session, digits, test_x, bound.most.gas)
        again = session.query(digits, "predict", test_x)
        assert np.array_equal(first.value, again.value)
        accuracy = float(np.mean(first.value == test_y))
        results = [session.receipt(call) for call in calls]
        credit = sum(result.credit for result in results)
        weights = digest(
            Use.VALUE,
            *(tensor_digest(session.field(digits, f"net.{w}")) for w in ("w1", "b1", "w2", "b2")),
        )
        draw([float(result.events[0][1]["loss"]) for result in results])

    result = {
        "accuracy": accuracy,
        "transactions": count,
        "executed": first.executed,
        "executed_while_producing": executed_while_producing,
        "cost_to_know": {
            "at_least": {"gas": bound.least.gas, "transactions": bound.least.transactions},
            "at_most": {"gas": bound.most.gas, "transactions": bound.most.transactions},
        },
        "gas_used": first.gas_spent,
        "credit": credit,
        "seconds_first": first.seconds,
        "seconds_again": again.seconds,
        "weights_digest": weights.hex(),
    }
    (BUILD / "result.json").write_text(json.dumps(result, indent=2) + "\n")
    say.print(f"accuracy  {accuracy:.2%} of {len(test_y)} digits that it has never seen")
    say.print(f"executed  {first.executed} of {count:,} transactions, {first.gas_spent:,} gas")
    say.print(f"credit    {credit:,} of the gas fees come back")
    say.print(f"seconds   {first.seconds:.2f} the first time, {again.seconds * 1000:.1f} ms again")
    say.print(f"weights   {weights.hex()}")
    say.print(f"written   {BUILD / 'result.json'}, {BUILD / 'loss.png'}")


def note(text: str) -> None:
    """Tell about work that takes long, such as compiling a kernel for the first time."""
    say.print(f"note      {text}")


def side(end: Side) -> str:
    """One end of a bound, for people."""
    plural = "" if end.transactions == 1 else "s"
    return f"{end.gas:,} gas ({end.transactions} transaction{plural})"


def load_split() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The 1,797 scanned digits: pixels in [0, 1], and a fixed fifth held out."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = (data.data / 16).astype(np.float32)
    labels = data.target.astype(np.int32)
    order = np.random.default_rng(SEED).permutation(len(labels))
    cut = len(labels) * 4 // 5
    train, test = order[:cut], order[cut:]
    return images[train], labels[train], images[test], labels[test]


def rehearse(digits, x: np.ndarray, y: np.ndarray) -> dict[str, int]:
    """Gas limits from one local run without a chain: gas depends on shapes, not on values."""
    machine = Machine(notice=note)
    state: dict = {}
    setup = run(digits, "setup", SEED, state=state, machine=machine)
    train = run(digits, "train", x, y, EPOCHS, RATE, state=state, machine=machine)
    return {"setup": setup.gas_used * 5 // 4, "train": train.gas_used * 5 // 4}


def send(session, key, digits, counter, notes, images, labels, limit: int) -> list[bytes]:
    """40 training calls among 2,000 transactions that have nothing to do with them."""
    other = Key.generate().address
    calls = []
    every = UNRELATED // TRAIN_CALLS
    with session.batch():
        for number in range(UNRELATED):
            if number % every == 0:
                calls.append(
                    session.call(
                        key, digits, "train", images, labels, EPOCHS, RATE, gas_limit=limit
                    )
                )
            if number % 3 == 0:
                session.transfer(key, other, 1 + number)
            elif number % 3 == 1:
                session.call(key, counter, "click", 1 + number % 100, gas_limit=50_000)
            else:
                session.call(key, notes, "write", number, f"note {number}", gas_limit=50_000)
    return calls


def ask(session: Session, digits: bytes, x: np.ndarray, most: int):
    """The predictions, with a bar that counts gas."""
    bar = Progress(
        TextColumn("asking   "),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of at most {task.total:,.0f} gas"),
        TimeElapsedColumn(),
        console=say,
    )
    with bar:
        task = bar.add_task("gas", total=most)
        return session.query(digits, "predict", x, progress=lambda gas: bar.advance(task, gas))


def draw(losses: list[float]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    steps = np.arange(1, len(losses) + 1) * EPOCHS
    axes.plot(steps, losses, marker="o", markersize=3)
    axes.set_yscale("log")
    axes.set_xlabel("training steps")
    axes.set_ylabel("cross-entropy on the training images")
    axes.set_title("Digits, trained inside a contract by 40 transactions")
    axes.grid(alpha=0.3, which="both")
    figure.savefig(BUILD / "loss.png", dpi=140)


if __name__ == "__main__":
    began = time.perf_counter()
    main()
    say.print(f"done      in {time.perf_counter() - began:.1f} s")
    sys.exit(0)
