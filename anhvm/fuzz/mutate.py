"""Broken containers: the verdicts of the Python verifier and of the C core must be the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from anhvm.errors import Bug, UserError
from anhvm.fuzz.engines import cores
from anhvm.fuzz.generate import generate
from anhvm.program.encode import DIGEST_SIZE, decode, digest, encode
from anhvm.program.engine import Engine
from anhvm.verifier import verify

_EDGES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 0x40, 0x42, 0x7F, 0x80, 0xFF)


@dataclass
class Verdicts:
    """How many containers were tried and accepted; `divergences` tell seed and verdicts."""

    tried: int = 0
    accepted: int = 0
    rules: dict[str, int] = field(default_factory=dict)
    divergences: list[str] = field(default_factory=list)

    def report(self) -> str:
        """Lines for people."""
        rules = ", ".join(f"{rule} {n}" for rule, n in sorted(self.rules.items()))
        return f"accepted     {self.accepted} of {self.tried}\nrefused      {rules}"


def mutate(rng: Random, body: bytes) -> bytes:
    """`body` with bits flipped, bytes replaced, moved, cut off or made up."""
    data = bytearray(body)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(7):
            case 0 if at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            case 1 | 2 if at < len(data):
                data[at] = rng.choice(_EDGES)
            case 3:
                data[at : at + 1] = rng.randbytes(rng.randrange(3))
            case 4:
                del data[at : at + rng.choice((1, 2, 4, 8))]
            case 5:
                start = rng.randrange(len(data) + 1)
                data[at:at] = data[start : start + rng.choice((1, 2, 4, 8, 40))]
            case 6 if rng.random() < 0.1:
                del data[at:]
    return bytes(data)


def judge(encoded: bytes) -> str:
    """The verdict of the Python decoder and verifier: "" or the code of the refusal."""
    try:
        verify(decode(encoded))
    except UserError as error:
        return error.code
    return ""


def campaign(count: int, seed: int, engine: Engine | None = None) -> Verdicts:
    """Tries `count` broken containers, twenty of each generated program."""
    engine = engine or cores()[-1].engine
    verdicts = Verdicts()
    body = b""
    for number in range(count):
        rng = Random(f"{seed} {number}")
        if number % 20 == 0:
            body = encode(generate(rng))[:-DIGEST_SIZE]
        broken = mutate(rng, body) if number % 100 else rng.randbytes(rng.randrange(200))
        # With a right digest, so that the parser is reached; now and then without.
        broken += digest(broken) if rng.random() < 0.98 else rng.randbytes(DIGEST_SIZE)
        _try(verdicts, engine, broken, f"{seed} {number}")
    return verdicts


def _try(verdicts: Verdicts, engine: Engine, broken: bytes, name: str) -> None:
    verdict = judge(broken)
    verdicts.tried += 1
    verdicts.accepted += not verdict
    verdicts.rules[verdict or "none"] = verdicts.rules.get(verdict or "none", 0) + 1
    try:
        engine.load(broken)
        other = ""
    except UserError as error:
        other = error.code
    except Bug as bug:
        other = str(bug)
    if bool(verdict) != bool(other):
        verdicts.divergences.append(f"seed {name}: {verdict or 'accepted'} / {other or 'accepted'}")
