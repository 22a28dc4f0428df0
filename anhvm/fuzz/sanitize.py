"""``python -m anhvm.fuzz.sanitize``: mutated containers in a core built with ASan and UBSan.

``loads`` is for the decoder and the verifier; ``runs`` runs all that they accept; ``modes``
compares the core with itself: fused, unfused and traced, on one thread and two, and with every gas
that does not suffice.  What reaches something new in the core joins the corpus.  The container of a
trial that fails is kept; ``--repeat FILE`` tries it again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter

from anhvm.errors import UserError
from anhvm.fuzz.cases import FAMILY, case
from anhvm.machine.sanitize import WHATS, attack
from anhvm.program.encode import DIGEST_SIZE


def main() -> int:
    """Runs what the command line asks for; 1 if a trial fails."""
    parser = argparse.ArgumentParser(
        prog="python -m anhvm.fuzz.sanitize",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", nargs="?", choices=WHATS, default="runs", help="default: runs")
    parser.add_argument("--count", type=int, default=1_000_000, help="containers to try")
    parser.add_argument("--seed", type=int, default=1, help="of the mutations")
    parser.add_argument("--programs", type=int, default=400, help="valid programs to start from")
    parser.add_argument("--plain", action="store_true", help="without the sanitizers: faster")
    parser.add_argument("--repeat", type=Path, metavar="FILE", help="one container, as it is")
    chosen = parser.parse_args()
    start, count = perf_counter(), chosen.count
    containers = [case(number * FAMILY).encoded for number in range(chosen.programs)]
    if chosen.repeat:
        containers, count = [chosen.repeat.read_bytes() + bytes(DIGEST_SIZE)], 0
    try:
        print(attack(containers, count, chosen.seed, chosen.what, not chosen.plain))
    except UserError as error:
        print(f"{error.message}\n{error.hint}", file=sys.stderr)
        return 1
    print(f"{perf_counter() - start:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
