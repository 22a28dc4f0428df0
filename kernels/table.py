"""The table of kernels: pure data, one row for one tensor operation; `row` says what is in one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from anhvm.kernels.row import GAS_CLASSES, Kernel
from anhvm.kernels.rows_attention import ATTENTIONS
from anhvm.kernels.rows_basic import BASIC
from anhvm.kernels.rows_batch import BATCH
from anhvm.kernels.rows_images import IMAGES
from anhvm.kernels.rows_index import INDEXED
from anhvm.kernels.rows_integers import INTEGERS
from anhvm.kernels.rows_more import MORE
from anhvm.kernels.rows_nets import NETS
from anhvm.kernels.rows_parts import PARTS
from anhvm.kernels.rows_steps import STEPS

__all__ = ["BY_ID", "BY_NAME", "GAS_CLASSES", "KERNELS", "Kernel"]

KERNELS: tuple[Kernel, ...] = (
    *BASIC,
    *NETS,
    *IMAGES,
    *INDEXED,
    *BATCH,
    *MORE,
    *PARTS,
    *INTEGERS,
    *ATTENTIONS,
    *STEPS,
)

BY_NAME: Mapping[str, Kernel] = MappingProxyType({k.name: k for k in KERNELS})
BY_ID: Mapping[int, Kernel] = MappingProxyType({k.id: k for k in KERNELS})
