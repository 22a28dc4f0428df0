"""``python -m anhvm.fuzz.sanitize``: mutated programs in a core built with ASan and UBSan.

A trial that fails is named; ``--first I --count 1`` with the same seed and programs repeats it.
"""

from __future__ import annotations

import argparse
import sys

from anhvm.errors import UserError
from anhvm.fuzz.cases import case
from anhvm.machine.sanitize import attack


def main() -> int:
    """Runs what the command line asks for; 1 if a trial fails."""
    parser = argparse.ArgumentParser(prog="python -m anhvm.fuzz.sanitize", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="mutated programs to try")
    parser.add_argument("--seed", type=int, default=1, help="of the mutations")
    parser.add_argument("--first", type=int, default=0, help="the trial to begin with")
    parser.add_argument("--programs", type=int, default=400, help="valid programs to start from")
    chosen = parser.parse_args()
    containers = [case(seed).encoded for seed in range(chosen.programs)]
    try:
        print(attack(containers, chosen.count, chosen.seed, chosen.first))
    except UserError as error:
        print(f"{error.message}\n{error.hint}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
