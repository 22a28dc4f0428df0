"""Broken programs by mutation: every one must compile or be refused with diagnostics, never crash.

``python -m tests.compiler.mutate --count 2000 --seed 1`` runs a campaign and prints what came out.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path
from random import Random

from anhvm.compiler.diagnostics import CompileError
from anhvm.compiler.phases import compile_source
from anhvm.program.encode import encode
from anhvm.verifier import verify

ROOT = Path(__file__).resolve().parents[2]
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_SPICE = [
    "self", "(", ")", "[", "]", ":", ",", "=", "==", "-", "@", ".", "0", "1.5", "1e99999", "N",
    "18446744073709551616", "map", "f32", "u64", "str", "True", "grad", "wrt", "return", "not",
    "\n", "    ", "\t", "#",
    '"', '"""', "é", "zeros()", "msg.sender", "range(3)", "f32[N, 2]", "net", "x", "b\"\\xff\"",
]  # fmt: skip


def corpus() -> list[str]:
    """Programs that are right, without their comments."""
    folders = [ROOT / "tests/compiler/accept", ROOT / "examples/digits", ROOT / "stdlib"]
    texts = [path.read_text() for folder in folders for path in sorted(folder.glob("*.anh"))]
    return [re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE) for text in texts]


def mutate(text: str, random: Random) -> str:
    """One to three small changes, at tokens or at lines."""
    for _ in range(random.randint(1, 3)):
        tokens = _TOKEN.findall(text)
        lines = text.split("\n")
        at, other = random.randrange(len(tokens)), random.randrange(len(tokens))
        match random.randrange(12):
            case 0:
                del tokens[at]
            case 1:
                tokens.insert(at, random.choice(_SPICE))
            case 2:
                tokens[at] = tokens[other]
            case 3:
                tokens[at] = random.choice(_SPICE)
            case 4:
                line = random.randrange(len(lines))
                lines.insert(line, lines[random.randrange(len(lines))])
                tokens = ["\n".join(lines)]
            case 5:
                del lines[random.randrange(len(lines))]
                tokens = ["\n".join(lines)]
            case _:  # a token for one of its kind: such a program mostly parses
                kind = _kind(tokens[at])
                tokens[at] = random.choice([t for t in tokens if _kind(t) == kind])
        text = "".join(tokens) or "\n"
    return text


def _kind(token: str) -> str:
    if token in ("+", "-", "*", "/", "@", "%"):
        return "operator"
    if token[0].isdigit():
        return "number"
    if token.isidentifier():
        return "type" if token in ("u64", "i64", "i32", "f32", "bool", "str", "bytes") else "name"
    return token


def outcome(text: str) -> str:
    """``program`` where it compiles to a program that verifies, else the first code."""
    compilation = compile_source(text, "mutant.anh")
    try:
        program = compilation.program
    except CompileError as error:
        for diagnostic in error.diagnostics:
            span = diagnostic.span
            lines = error.sources[span.file].split("\n")
            assert 1 <= span.line <= len(lines) + 1 and span.column >= 1, (diagnostic, text)
        error.render()
        return error.diagnostics[0].code
    verify(program)
    encode(program)
    return "program"


def campaign(count: int, seed: int) -> Counter[str]:
    """How often each outcome came; raises with the text of a mutant that crashes."""
    random = Random(seed)
    texts = corpus()
    found: Counter[str] = Counter()
    for _ in range(count):
        text = mutate(random.choice(texts), random)
        try:
            found[outcome(text)] += 1
        except Exception as error:
            raise AssertionError(f"{type(error).__name__}: {error}\n{text}") from error
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for code, times in sorted(campaign(options.count, options.seed).items()):
        print(f"{times:7} {code}")
