"""The history of one chain folder, with the machine that runs it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from anhvm.chain.catalogue import Catalogue
from anhvm.chain.lazy.arguments import resolve
from anhvm.chain.lazy.cells import CellId, Place
from anhvm.chain.lazy.index import Index
from anhvm.chain.lazy.plan import Plan
from anhvm.chain.values import BlobTensor
from anhvm.errors import Bug
from anhvm.program.encode import encode
from anhvm.program.engine import Engine, Loaded, Run, Value

_LOADED = 64
_TENSORS = 8


class World:
    """What evaluation needs (`lazy.evaluate.History`, `lazy.bound.Writers`)."""

    def __init__(self, index: Index, catalogue: Catalogue, engine: Engine) -> None:
        self.index = index
        self._catalogue = catalogue
        self._engine = engine
        self._load = lru_cache(_LOADED)(self._load_program)
        self._tensor = lru_cache(_TENSORS)(self._read_tensor)

    def plan(self, position: int) -> Plan:
        return self.index.plan(position)

    def last_writer(self, cell: CellId, before: int) -> int | None:
        return self.index.last_writer(cell, before)

    def writers(self, place: Place, below: int) -> Iterator[int]:
        return self.index.writers(place, below)

    def start(self, plan: Plan) -> Run:
        """A run of the plan's function.  CannotAnswer if a blob is missing."""
        args = resolve(plan.args, self._tensor)
        rehearsed = plan.deploys and plan.listed is None  # its program is in no block yet
        loaded = self._engine.load(encode(plan.program)) if rehearsed else self._load(plan.code)
        return self._engine.start(loaded, plan.function, args, plan.env, plan.gas)

    def callee(self, plan: Plan, contract: bytes) -> Loaded:
        """The program of a contract that is deployed."""
        found = self.index.contract(contract)
        if found is None:
            raise Bug(f"no contract was deployed at {contract.hex()}")
        return self._load(found.code)

    def _load_program(self, code: bytes) -> Loaded:
        return self._engine.load(self.index.container(code))

    def _read_tensor(self, leaf: BlobTensor) -> Value:
        return leaf.load(self._catalogue.read_blob(leaf.blob))
