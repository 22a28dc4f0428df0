"""What a CPU kernel consists of, before it is compiled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Functions:
    """Plain functions of int64 arguments, in the subset that Numba compiles.

    ``plan(p)`` sets the number of tiles and the workspace bytes per worker.  ``run(p, lo, hi, ws)``
    does tiles [lo, hi); how the tiles are split changes no bit.  ``check(p)``, if there is one,
    answers the first offending position or -1.  plan and run return 1; none allocates or raises.
    `interleave`: vectors that a loop works on at once; 0 leaves that to LLVM.
    """

    plan: Callable[..., Any]
    run: Callable[..., Any]
    check: Callable[..., Any] | None = None
    interleave: int = 0
