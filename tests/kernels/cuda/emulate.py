"""A GPU in plain Python: kernels run thread by thread, each operation by the definitions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.cuda.ops import HERE, WARP, Shared, barrier, from_below


class Emulator:
    """The device of `CudaKernels` for tests.  Memory starts as NaN: what is not written shows."""

    def __init__(self) -> None:
        self.launches = 0

    def put(self, array: NDArray[Any]) -> NDArray[Any]:
        return array.copy()

    def get(self, data: NDArray[Any], count: int) -> NDArray[Any]:
        return data[:count]

    def empty(self, count: int, dtype: type[np.generic]) -> NDArray[Any]:
        unset = np.nan if dtype is np.float32 else 1
        return np.full(count, unset, dtype)

    def launch(self, kernel: Callable[..., None], blocks: int, threads: int, *args: Any) -> None:
        self.launches += 1
        together = {id(barrier), id(from_below)} & set(map(id, _named(kernel)))
        for index in range(blocks):
            here = Block(index, threads)
            if together:
                here.run(kernel, args)
            else:
                for me in range(threads):
                    HERE.machine = Thread(here, me)
                    with np.errstate(all="ignore"):
                        kernel(*args)


class Block:
    """What the threads of a block have in common."""

    def __init__(self, index: int, threads: int) -> None:
        self.index, self.threads = index, threads
        self.all = threading.Barrier(threads)
        self.warps = [threading.Barrier(WARP) for _ in range(-(-threads // WARP))]
        self.words: list[Any] = [None] * threads
        self.arrays: dict[int, NDArray[np.float32]] = {}
        self.lock = threading.Lock()
        self.faults: list[BaseException] = []

    def run(self, kernel: Callable[..., None], args: tuple[Any, ...]) -> None:
        workers = [
            threading.Thread(target=self._one, args=(kernel, me, args))
            for me in range(self.threads)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if self.faults:
            raise self.faults[0]

    def _one(self, kernel: Callable[..., None], me: int, args: tuple[Any, ...]) -> None:
        HERE.machine = Thread(self, me)
        try:
            with np.errstate(all="ignore"):
                kernel(*args)
        except BaseException as fault:
            self.faults.append(fault)
            for waiting in (self.all, *self.warps):
                waiting.abort()


class Thread:
    """One thread: what `ops` asks for."""

    def __init__(self, here: Block, me: int) -> None:
        self._here, self._me = here, me

    def thread(self) -> int:
        return self._me

    def block(self) -> int:
        return self._here.index

    def barrier(self) -> None:
        self._here.all.wait(60)

    def from_below(self, value: Any, distance: int) -> Any:
        """Beyond the last lane the instruction gives a lane its own value."""
        warp = self._here.warps[self._me // WARP]
        self._here.words[self._me] = value
        warp.wait(60)
        lane = self._me % WARP + distance
        found = self._here.words[self._me + distance] if lane < WARP else value
        warp.wait(60)
        return found

    def shared(self, owner: Shared) -> NDArray[np.float32]:
        with self._here.lock:
            fresh = np.full(owner.count, np.nan, np.float32)
            return self._here.arrays.setdefault(id(owner), fresh)


def _named(function: Callable[..., None]) -> Iterator[Any]:
    """Everything that the code of a function may call."""
    assert isinstance(function, FunctionType)
    scope = function.__globals__
    yield from (scope[name] for name in function.__code__.co_names if name in scope)
