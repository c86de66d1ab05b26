"""Cases that the centre takes, each with a number of its own: complaints, which need no card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kiosk.forms import canonical_bytes
from kiosk.ports.central import Catalogue, CatalogueItem
from kiosk.ports.storage import Submission

TERMINAL = "YP0301"
ITEM = "complaint-12345"
MADE_AT = datetime(2026, 11, 21, 6, 46, tzinfo=UTC)
NO_CENTRE = CatalogueItem(ITEM, 1, "a" * 64, {"en": "Complaint"}, "YP-12345")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def offered(catalogue: Catalogue) -> CatalogueItem:
    """The line of the centre's catalogue that these cases are about."""
    return next(item for item in catalogue.items if item.id == ITEM)


def case_id(number: int, terminal: str = TERMINAL) -> str:
    text = ""
    for _ in range(10):
        number, rest = divmod(number, 32)
        text = _ALPHABET[rest] + text
    return f"{terminal}-261121-{text}"


@dataclass(frozen=True, slots=True)
class CaseMaker:
    """Makes the n-th case of a terminal; the same number gives the same bytes."""

    item: CatalogueItem = NO_CENTRE
    terminal: str = TERMINAL

    def submission(self, number: int, text: str = "") -> Submission:
        body = canonical_bytes(self._case(number, text))
        return Submission(
            case_id=case_id(number, self.terminal),
            parent_id=None,
            item_id=ITEM,
            item_version=self.item.version,
            package_sha256=self.item.sha256,
            trace_id=json.loads(body)["trace_id"],
            session=f"{number:016x}",
            created=MADE_AT,
            body=body,
            sha256=hashlib.sha256(body).hexdigest(),
            kind="complaint",
        )

    def _case(self, number: int, text: str) -> dict[str, Any]:
        at = "2026-11-21T06:46:00Z"
        return {
            "schema": 1,
            "case_id": case_id(number, self.terminal),
            "parent_id": None,
            "trace_id": f"{number + 1:032x}",
            "terminal": {"id": self.terminal, "site": "nanan"},
            "item": {
                "id": ITEM,
                "version": self.item.version,
                "code": self.item.code,
                "package_sha256": self.item.sha256,
                "child": None,
            },
            "language": "zh-Hans",
            "subject": {
                "kind": "person",
                "name": None,
                "number": None,
                "card_kind": None,
                "proof": {"method": "none", "at": None, "trust": "A"},
                "enterprise": None,
            },
            "data": {
                "complaint": {"category": "road", "text": text or f"柳桥路{number}号门口的路灯坏了三天。"},
                "place": {"district": "chengbei"},
                "contact": {"callback": "no"},
            },
            "sources": {},
            "materials": [],
            "consents": [{"id": "privacy", "given": True, "at": at}],
            "declaration": {"at": at, "signature": {"width": 400, "height": 200, "strokes": [[[1, 2], [30, 40]]]}},
            "office": None,
            "created_at": at,
            "sequence": number,
            "clock_trusted": True,
        }
