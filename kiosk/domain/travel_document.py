"""What the machine-readable lines of a passport or permit say (ICAO Doc 9303; CS-30 for 往来港澳通行证)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class MrzFormat(StrEnum):
    """Two lines of 44, three of 30, or the one line of 30 on exit-entry permits."""

    TD3 = "td3"
    TD1 = "td1"
    CS30 = "cs30"


@dataclass(frozen=True, slots=True)
class TravelDocument:
    """Parsed lines whose check digits all fit. A CS-30 line has no name, sex or nationality (empty)."""

    format: MrzFormat
    kind: str
    number: str = field(repr=False)
    issuer: str = ""
    name: str = field(default="", repr=False)
    nationality: str = ""
    birth: date | None = field(default=None, repr=False)
    sex: str = field(default="", repr=False)
    valid_to: date | None = None

    def expired(self, on: date) -> bool:
        """Whether it is no longer valid on this day."""
        return self.valid_to is not None and self.valid_to < on

    def as_prefill(self) -> Mapping[str, str]:
        """What a form may take over, by the names that cards use."""
        values = {
            "name": self.name,
            "english_name": self.name,
            "sex": self.sex,
            "birth": self.birth.isoformat() if self.birth else "",
            "number": self.number,
            "issuer": self.issuer,
            "nationality": self.nationality,
            "valid_to": self.valid_to.isoformat() if self.valid_to else "",
            "kind": "passport" if self.format is MrzFormat.TD3 else "permit",
        }
        return {key: value for key, value in values.items() if value}
