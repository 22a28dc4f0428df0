"""The programs on revm, with gas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module

from anhvm.benches import evm
from anhvm.benches.engines import measure_with
from anhvm.benches.timing import Timer
from anhvm.benches.vm_cases import ACCOUNTS, BALANCE

_GAS = 1 << 40
_CALLER = "0x" + "11" * 20


class Engine:
    """The programs as contracts; `run` calls one."""

    def __init__(self) -> None:
        pyrevm = import_module("pyrevm")
        self._evm = pyrevm.EVM(gas_limit=_GAS)
        self._addresses = {}
        for number, (name, code) in enumerate(evm.CODE.items(), evm.FIRST):
            address = f"0x{number:040x}"
            self._evm.insert_account_info(address, pyrevm.AccountInfo(code=code))
            self._addresses[name] = address
        for account in range(ACCOUNTS):
            self._evm.insert_account_storage(self._addresses["transfers"], account, BALANCE)

    def run(self, function: str, *args: int) -> int | None:
        """Calls a contract; what it returns."""
        answer = self.call(function, *args)()
        return int.from_bytes(answer, "big") if answer else None

    def call(self, function: str, *args: int) -> Callable[[], bytes]:
        """The call of a contract; names of parameters would cost time."""
        address, data = self._addresses[function], evm.argument(*args) or None
        return partial(self._evm.message_call, _CALLER, address, data, None, _GAS)

    def balance(self, account: int) -> int:
        """What an account of the transfers holds."""
        return int(self._evm.storage(self._addresses["transfers"], account))

    @property
    def logs(self) -> int:
        """How many events the last call emitted."""
        return len(self._evm.result.logs)


def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """Seconds of each case; see `sides`."""
    return measure_with(Engine().call, tuple(evm.CODE), keys, timer, pace=1)
