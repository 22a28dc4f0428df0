"""``python -m anhvm`` is the command ``anhvm``."""

from __future__ import annotations

import sys

from anhvm.cli import main

sys.exit(main())
