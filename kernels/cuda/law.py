"""What the PTX of an exact kernel may hold (N2, N3, N5): a list of what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator

_INSTRUCTION = re.compile(r"^\s*(?:@!?%\w+\s+)?([a-z][\w.:]*)", re.MULTILINE)
_FLOAT = re.compile(r"\.(?:b?f16(?:x2)?|tf32|f32(?:x2)?|f64|e\dm\d\w*)\b")
_ALLOWED = re.compile(
    r"""(?:add|sub|mul|div|fma|sqrt)\.rn\.ftz\.f32
      | (?:max|min)\.NaN\.f32
      | (?:mov|selp|neg|abs)\.f32
      | setp\.\w+\.f32
      | (?:ld|st)\.(?:(?:global|shared|local|param)\.)?(?:v[24]\.)?f32
      | cvt\.rn\.f32\.[su](?:8|16|32|64)
      | cvt\.rzi\.[su](?:32|64)\.f32
      | \.reg.*""",
    re.VERBOSE,
)
_REFUSED = re.compile(r"approx|^(?:atom|red|wmma|mma|wgmma|call)\b")
_COMMENT = re.compile(r"//.*")


def offences(ptx: str) -> list[str]:
    """Each instruction that the law does not allow; [] for an exact kernel."""
    return sorted(set(_offences(ptx)))


def _offences(ptx: str) -> Iterator[str]:
    for match in _INSTRUCTION.finditer(_COMMENT.sub("", ptx)):
        opcode = match.group(1)
        if _REFUSED.search(opcode) or (_FLOAT.search(opcode) and not _ALLOWED.fullmatch(opcode)):
            yield opcode
