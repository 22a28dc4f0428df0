"""The programs on py-evm, which is written in Python, with gas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from anhvm.benches import evm
from anhvm.benches.engines import measure_with
from anhvm.benches.timing import Timer
from anhvm.benches.vm_cases import ACCOUNTS, BALANCE

_GAS = 1 << 40
_NOBODY = bytes(20)
_GENESIS = {"difficulty": 0, "gas_limit": _GAS, "timestamp": 1, "coinbase": _NOBODY}


class Engine:
    """The programs as contracts; `run` calls one."""

    def __init__(self) -> None:
        forks = ((0, import_module("eth.vm.forks.cancun").CancunVM),)
        chain = import_module("eth.chains.base").MiningChain.configure(
            "Bench", vm_configuration=forks
        )
        database = import_module("eth.db.atomic").AtomicDB()
        self._addresses = {n: i.to_bytes(20, "big") for i, n in enumerate(evm.CODE, evm.FIRST)}
        accounts = {
            address: {"balance": 0, "nonce": 0, "code": evm.CODE[name], "storage": {}}
            for name, address in self._addresses.items()
        }
        held = dict.fromkeys(range(ACCOUNTS), BALANCE)
        accounts[self._addresses["transfers"]]["storage"] = held
        self._vm = chain.from_genesis(database, _GENESIS, accounts).get_vm()
        self.logs = 0

    def run(self, function: str, *args: int) -> int | None:
        """Calls a contract; what it returns."""
        done = self.call(function, *args)()
        done.raise_if_error()
        self.logs = len(done.get_log_entries())
        return int.from_bytes(done.output, "big") if done.output else None

    def call(self, function: str, *args: int) -> Callable[[], Any]:
        """The call of a contract."""
        to, data, code = self._addresses[function], evm.argument(*args), evm.CODE[function]
        execute = self._vm.execute_bytecode
        return partial(execute, _NOBODY, 0, _GAS, to, _NOBODY, 0, data, code)

    def balance(self, account: int) -> int:
        """What an account of the transfers holds."""
        return int(self._vm.state.get_storage(self._addresses["transfers"], account))


def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """Seconds of each case; see `sides`."""
    return measure_with(Engine().call, tuple(evm.CODE), keys, timer, pace=2)
