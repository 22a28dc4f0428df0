"""The last step before a device: PTX through the vendor's assembler, and what came out of it.

The PTX law (`law`) rests on ptxas doing what the manual says.  Here its result is read: machine
code may hold no f32 arithmetic but flushed, and no fused operation that the PTX did not ask for.
Division and square root are sequences whose inner steps follow other rules, so in code that has
them only what they cannot bring is refused.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from anhvm.errors import CannotAnswer

_INSTRUCTION = re.compile(
    r"/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z][\w.]*)\s*([^;]*);", re.MULTILINE
)
_ENTRY = re.compile(r"\.entry\s+([\w$]+)")
# What the assembler says of an entry, and what its section begins with.
_SAID = re.compile(r"Compiling entry function '(\S+)'")
_SECTION = re.compile(r"^\.text\.(\S+):$", re.MULTILINE)
_USED = re.compile(r"Used (\d+) registers")
_SPILL = re.compile(r"(\d+) bytes spill stores")
# Whatever the PTX is: binary64, tensor cores, atomics, function calls.
_NEVER = re.compile(r"D(ADD|MUL|FMA|SETP|MNMX)|[HIQD]?G?MMA|RED|ATOM|CALL(?!\.REL\.NOINC)")
_ARITHMETIC = re.compile(r"F(ADD|MUL|FMA)\d*\b")
_APPROXIMATE = re.compile(r"MUFU\.(?!RCP|RSQ)")
# A half-precision fma of constants is how a register is filled; a sum with -0 changes no value.
_CONSTANT = re.compile(r"\w+, -RZ, RZ,")
_SIGN = re.compile(r".*-RZ\b")


@dataclass(frozen=True)
class Assembled:
    """Machine code of one kernel: `text` as disassembled, registers a thread, bytes spilled."""

    text: str
    registers: int
    spilled: int

    @property
    def opcodes(self) -> Counter[str]:
        """How often each opcode stands in the text."""
        return Counter(match[1] for match in _INSTRUCTION.finditer(self.text))

    @property
    def local(self) -> int:
        """Loads and stores of memory that is a thread's own: what its registers cannot hold."""
        return sum(n for opcode, n in self.opcodes.items() if opcode.startswith(("LDL", "STL")))


def assemble(texts: Sequence[str], architecture: str) -> list[Assembled]:
    """Machine code of one kernel a text, for an architecture (``sm_90``).

    All in one go, since the disassembler takes longer to start than for a kernel.  Raises
    CannotAnswer ``kernel.assembler``.
    """
    with TemporaryDirectory() as folder:
        sources = [Path(folder, f"{i}.ptx") for i in range(len(texts))]
        binary = str(Path(folder, "kernels.cubin"))
        for source, ptx in zip(sources, texts, strict=True):
            source.write_text(ptx, encoding="ascii")
        said = _run("ptxas", "-v", "-arch", architecture, "-o", binary, *map(str, sources)).stderr
        found = _run("nvdisasm", "-c", binary).stdout
    codes, reports = _by_name(_SECTION, found), _by_name(_SAID, said)
    return [_assembled(codes[name], reports[name]) for name in map(_entry, texts)]


def _by_name(heading: re.Pattern[str], text: str) -> dict[str, str]:
    """What stands below each heading, by the name in it."""
    _, *parts = heading.split(text)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _entry(ptx: str) -> str:
    (name,) = _ENTRY.findall(ptx)
    return str(name)


def _assembled(code: str, report: str) -> Assembled:
    registers, spilled = _USED.search(report), _SPILL.search(report)
    assert registers is not None
    return Assembled(code, int(registers[1]), int(spilled[1]) if spilled else 0)


def offences(assembled: Assembled, ptx: str) -> list[str]:
    """Each instruction that the law does not allow in the machine code of `ptx`."""
    sequences = ".rn.ftz.f32" in ptx and bool(re.search(r"\b(?:div|sqrt)\.rn", ptx))
    fused = sequences or "fma.rn" in ptx
    found = set()
    for opcode, operands in _INSTRUCTION.findall(assembled.text):
        half = opcode.startswith("H") and not _CONSTANT.match(operands)
        bare = bool(_ARITHMETIC.match(opcode)) and ".FTZ" not in opcode
        if bare and opcode.startswith("FADD") and _SIGN.match(operands):
            bare = False
        unasked = opcode.startswith("FFMA") and not fused
        never = _NEVER.match(opcode) and not opcode.startswith("HFMA2")
        if half or never or unasked or _APPROXIMATE.match(opcode) or (bare and not sequences):
            found.add(opcode)
    return sorted(found)


def _run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([_tool(tool), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotAnswer("kernel.assembler", f"{tool}: {done.stderr.strip()}", "report it")
    return done


@cache
def _tool(name: str) -> str:
    from cuda.pathfinder import find_nvidia_binary_utility

    found = find_nvidia_binary_utility(name)
    if found is None:
        hint = "pip install 'anhvm[cuda,cuda-check]'"
        raise CannotAnswer("kernel.assembler", f"{name} is not installed", hint)
    return str(found)
