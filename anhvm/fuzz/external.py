"""Calls between generated contracts: what they declare of each other, and the sites of calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

from anhvm.fuzz.builder import Body, Plan
from anhvm.isa.schedule import SATURATED
from anhvm.isa.types import Type
from anhvm.program.model import Extern, Kind, SiteKind

ADDRESSES = (b"self", b"other", b"third")
"""Of the contract that is started, and of those that it may call."""
_NOBODY = (b"", b"nobody")
_STIPENDS = (0,) * 12 + (20, 200, 3000)
_GAS = (0, 40, 300, 2000)


@dataclass(frozen=True)
class Peer:
    """A function of a contract, as another one declares it."""

    address: bytes
    extern: Extern


def peers(rng: Random, address: bytes, plans: Iterable[Plan]) -> list[Peer]:
    """What others declare of a contract with these functions, now and then wrongly."""
    found = []
    for plan in plans:
        if plan.kind == Kind.INTERNAL:
            continue
        name, stipend = f"g{plan.index}", rng.choice(_STIPENDS)
        extern = Extern(name, plan.kind, plan.params, plan.returns, stipend)
        match rng.randrange(24):
            case 0:
                extern = replace(extern, name="nothing")
            case 1:
                extern = replace(extern, params=(*extern.params, Type.U64))
            case 2:
                extern = replace(extern, returns=extern.returns[1:])
            case 3:
                extern = replace(extern, kind=rng.choice((Kind.CALL, Kind.VIEW)))
        found.append(Peer(address, extern))
    return found


def external_site(body: Body, known: list[Peer]) -> tuple[int, int] | None:
    """A site of a call of one of `known`; a pure function calls views only."""
    rng = body.rng
    fitting = [
        number
        for number, peer in enumerate(known)
        if peer.extern.kind == Kind.VIEW or not body.plan.pure
    ]
    if not fitting:
        return None
    number = rng.choice(fitting)
    peer = known[number]
    ins = tuple(map(body.read, peer.extern.params))
    address = peer.address if rng.random() < 0.9 else rng.choice((*_NOBODY, *ADDRESSES))
    gas = body.holding(Type.U64, SATURATED if rng.random() < 0.8 else rng.choice(_GAS))
    if body.risky(0.1):
        gas = body.read(Type.U64)
    outs = tuple(map(body.write, peer.extern.returns))
    ins = (*ins, body.holding(Type.BYTES, address), gas)
    return body.site(SiteKind.EXTERN, target=number, ins=ins, outs=outs), 0
