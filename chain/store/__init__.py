"""The store: durable blocks, and what is derived from them."""

from __future__ import annotations

from anhvm.chain.store.blocks import Store
from anhvm.chain.store.derived import Derived

__all__ = ["Derived", "Store"]
