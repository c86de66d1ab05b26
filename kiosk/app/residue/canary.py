"""Invented people, one for each visit, whose every text exists nowhere else."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from kiosk.app.residue import needles
from kiosk.app.residue.needles import Needle
from kiosk.domain.identity_card import id_check_char
from kiosk.domain.parked import CarryOn

PHOTO_BYTES: Final = 1024
PAPER_LINES: Final = 24
RUN: Final = 4
"""So many points in a row of a signature are nobody else's."""
# Characters that the pinyin keyboard has near the front, and that nobody puts side by side.
COMMON: Final = "山水火土木石田禾米竹花草鱼鸟马牛羊天地云雨雪风星月春秋冬东西南北红白黑青黄大小多少高长门车书笔手足口耳"
ADULT: Final = (date(1960, 1, 1), 15_000)
CHILD: Final = (date(2014, 1, 1), 3_000)
"""Born on that day or within so many days after."""
CHINESE: Final = (0x4E00, 0x9FA5)
RARE: Final = (0x20000, 0x2A6D6)
"""Outside the basic plane: four bytes in UTF-8, two units in UTF-16; Python keeps such a text in four bytes a sign."""


@dataclass(frozen=True, slots=True)
class Canary:
    """Who comes for one visit. ``key`` is their name for emulators and centre."""

    key: str
    name: str
    number: str
    birth: date
    address: str
    phone: str
    typed: str
    latin: str
    licence: str
    photo: bytes
    strokes: tuple[tuple[tuple[float, float], ...], ...]
    family: tuple[Canary, ...] = ()
    """Who is here with them or is spoken of: the other parent, the child."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of all of them."""
        return (self.key, *(each.key for each in self.family))

    @property
    def paper(self) -> str:
        """What is written on a paper of theirs, as a text inside a TOML string."""
        return "\\n".join(f"{self.typed} {self.number} {self.phone} {self.latin}" for _ in range(PAPER_LINES))

    def needles(self) -> Iterator[Needle]:
        """All that is theirs from the beginning."""
        for each in self.family:
            yield from each.needles()
        texts = {
            "name": self.name,
            "number": self.number[6:],
            "address": self.address,
            "phone": self.phone,
            "typed answer": self.typed,
            "typed letters": self.latin,
            "e-licence": self.licence,
        }
        for secret, text in texts.items():
            yield from needles.of_text(self.key, secret, text)
        for at in (64, 500, PHOTO_BYTES - 80):
            yield from needles.of_bytes(self.key, "card picture", self.photo[at : at + 16])

    def code(self, payload: str) -> Iterator[Needle]:
        """What is theirs in a citizen code: a piece of what it says and a piece of its signature."""
        _, claim, signature = payload.split(".")
        yield from needles.of_text(self.key, "citizen code", claim[-40:-10])
        yield from needles.of_text(self.key, "citizen code", signature[8:40])

    def signature(self, strokes: Sequence[Sequence[Sequence[int]]]) -> Iterator[Needle]:
        """The strokes as the panel took them."""
        for stroke in strokes:
            points = [(int(x), int(y)) for x, y in stroke]
            for at in range(0, len(points) - RUN, RUN):
                yield from needles.of_points(self.key, "signature", points[at : at + RUN])

    def photographed(self, jpeg: bytes, without: Collection[bytes] = ()) -> Iterator[Needle]:
        """Pieces of a picture of their paper; what is also in pictures ``without`` it is nobody's."""
        for share in (0.2, 0.3, 0.4, 0.5):
            at = int(len(jpeg) * share)
            piece = jpeg[at : at + 16]
            if not any(piece in each for each in without):
                yield from needles.of_bytes(self.key, "paper", piece)

    def slip(self, carry_on: CarryOn) -> Iterator[Needle]:
        """The half of a key that is on their slip: as it is printed, and as bytes."""
        yield from needles.of_text(self.key, "half of a key", carry_on.code.rpartition(".")[2])
        yield from needles.of_bytes(self.key, "half of a key", carry_on.half)

    def person(self) -> dict[str, Any]:
        """As a row of the file of invented people."""
        place = {"holder_name": self.name, "district": "nanan", "address": self.address}
        residence = {"number": self.licence, "issued_on": "2025-03-12", "valid_to": None}
        return {
            "key": self.key,
            "kind": "resident",
            "name": self.name,
            "sex": "1" if int(self.number[16]) % 2 else "2",
            "nation": "01",
            "birth": self.birth.isoformat(),
            "address": f"云浦市南岸区{self.address}路8号",
            "number": self.number,
            "issuer": "云浦市公安局",
            "valid_from": "20200101",
            "valid_to": "20400101",
            "english_name": "",
            "nationality": "CHN",
            "extra": {},
            "facts": {"social_insurance_months": 14, "record_conflict": False},
            "note": "nobody",
            "licences": {
                "residence_registration": {**residence, "fields": {**place, "since": "2025-03-12"}},
                "residence_permit": {**residence, "fields": {**place, "since": "2025-03-12"}},
                "lease_registration": {**residence, "fields": {**place, "since": "2025-03-10", "until": "2035-03-09"}},
                "birth_medical_certificate": {**residence, "fields": {"holder_name": self.name}},
                "social_insurance_record": {
                    **residence,
                    "fields": {
                        "holder_name": self.name,
                        "months": "14",
                        "last_month": "2026-10",
                        "state": "active",
                    },
                },
            },
        }


def invent(key: str, *, together: bool = False) -> Canary:
    """Somebody new; ``together``: with another parent and a child, whose names can be typed."""
    rare = chr(RARE[0] + secrets.randbelow(RARE[1] - RARE[0]))
    who = _invent(key, _characters(2) + rare, ADULT)
    if not together:
        return who
    parent, child = _invent(f"{key}-parent", _common(), ADULT), _invent(f"{key}-child", _common(), CHILD)
    return replace(who, family=(parent, child))


def _invent(key: str, name: str, born: tuple[date, int]) -> Canary:
    birth = born[0] + timedelta(days=secrets.randbelow(born[1]))
    first17 = f"339999{birth:%Y%m%d}{secrets.randbelow(1000):03d}"
    return Canary(
        key=key,
        name=name,
        number=first17 + id_check_char(first17),
        birth=birth,
        address=_characters(6),
        phone=f"138{secrets.randbelow(10**8):08d}",
        typed=_common(),
        latin="".join(secrets.choice("abcdefghijkmnopqrstuvwxyz") for _ in range(10)),
        licence=f"YPR{secrets.randbelow(10**14):014d}",
        photo=secrets.token_bytes(PHOTO_BYTES),
        strokes=tuple(tuple((_part(), _part()) for _ in range(6)) for _ in range(3)),
    )


def _common() -> str:
    return "".join(secrets.choice(COMMON) for _ in range(4))


def _characters(count: int) -> str:
    return "".join(chr(CHINESE[0] + secrets.randbelow(CHINESE[1] - CHINESE[0])) for _ in range(count))


def _part() -> float:
    return 0.05 + 0.9 * secrets.randbelow(1000) / 1000
