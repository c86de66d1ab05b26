"""How a proof is told: a table for people, JSON for programs. Neither says anything of what was found but its kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kiosk.app.residue.needles import Hit
from kiosk.app.residue.proof import Proof

SCHEMA = 1
SHOWN = 12


def table(proof: Proof) -> Iterator[str]:
    """Lines for a terminal."""
    yield f"{'visit':14} {'while there':>12} {'may stay':>9} {'left':>5} {'later':>6}"
    for visit in proof.visits:
        if visit.problem:
            yield f"{visit.route:14} not played: {visit.problem}"
            continue
        live = sum(visit.live.values())
        yield f"{visit.route:14} {live:12} {len(visit.kept):9} {len(visit.left):5} {len(visit.later):6}"
        yield from _places(visit.left)
    for name, hits in proof.controls.items():
        where = Counter(hit.place for hit in hits).most_common(1)
        found = f"found {len(hits)} times, in {where[0][0]}" if where else "NOT FOUND: the search is blind there"
        yield f"control {name:16} {found}"
    yield from (f"problem: {problem}" for problem in proof.problems)
    verdict = "nothing is left" if proof.clean else "NOT PROVED"
    yield f"{verdict}; {proof.needles} needles, {len(proof.visits)} visits, {proof.seconds:.0f} s"


def _places(hits: Iterable[Hit]) -> Iterator[str]:
    counted = Counter((hit.needle.whose, hit.needle.secret, hit.needle.how, hit.place) for hit in hits)
    for (whose, secret, how, place), count in counted.most_common(SHOWN):
        yield f"    {count} x {secret} of {whose} as {how}, {place}"
    if len(counted) > SHOWN:
        yield f"    and {len(counted) - SHOWN} more kinds"


def as_json(proof: Proof) -> dict[str, Any]:
    """Everything, each hit with its place and what stands around it, masked."""
    return {
        "schema": SCHEMA,
        "ok": proof.clean,
        "needles": proof.needles,
        "seconds": round(proof.seconds, 1),
        "problems": proof.problems,
        "visits": [
            {
                "route": visit.route,
                "problem": visit.problem,
                "seconds": round(visit.seconds, 1),
                "spellings_while_there": visit.live,
                "may_stay": len(visit.kept),
                "left": [_hit(hit) for hit in visit.left],
                "later": [_hit(hit) for hit in visit.later],
            }
            for visit in proof.visits
        ],
        "controls": {name: [_hit(hit) for hit in hits] for name, hits in proof.controls.items()},
    }


def _hit(hit: Hit) -> Mapping[str, str | int]:
    needle = hit.needle
    return {
        "visit": needle.whose,
        "secret": needle.secret,
        "as": needle.how,
        "place": hit.place,
        "at": hit.offset,
        "around": hit.around,
    }
