"""Problems (RFC 9457) that this centre answers with: one table, the one in docs/openapi.json, names them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from central.words import JSON, Text

PREFIX = "urn:kiosk:problem:"

STATUS: Mapping[str, int] = {
    "invalid-json": 400,
    "digest-missing": 400,
    "digest-mismatch": 400,
    "not-canonical": 400,
    "case-id-invalid": 400,
    "case-id-mismatch": 400,
    "seal-unknown": 400,
    "seal-broken": 400,
    "not-local": 403,
    "not-found": 404,
    "package-unknown": 404,
    "package-version-unknown": 404,
    "case-unknown": 404,
    "decision-none": 404,
    "ticket-unknown": 404,
    "item-unknown": 404,
    "session-unknown": 404,
    "token-unknown": 404,
    "person-unknown": 404,
    "work-unknown": 404,
    "record-none": 404,
    "booking-none": 404,
    "office-unknown": 404,
    "upload-unknown": 404,
    "method-not-allowed": 405,
    "case-conflict": 409,
    "parked-conflict": 409,
    "upload-conflict": 409,
    "code-replayed": 409,
    "token-used": 409,
    "case-closed": 409,
    "work-done": 409,
    "code-expired": 410,
    "work-expired": 410,
    "upload-expired": 410,
    "tus-version": 412,
    "body-too-large": 413,
    "unsupported-media-type": 415,
    "request-invalid": 422,
    "case-invalid": 422,
    "method-not-accepted": 422,
    "code-invalid": 422,
    "consent-missing": 422,
    "work-not-yours": 422,
    "work-locked": 422,
    "too-many-requests": 429,
    "internal": 500,
    "overloaded": 503,
}
"""Problem name -> HTTP status. Titles stand in docs/openapi.json under ``x-problem-types``."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a request. ``place`` says where, never what the value was."""

    place: str
    code: str
    message: Text

    def as_json(self) -> JSON:
        """The ``ProblemError`` of the contract."""
        return {"place": self.place, "code": self.code, "message": dict(self.message)}


class Problem(Exception):
    """An answer other than success; ``name`` is a key of :data:`STATUS`."""

    def __init__(
        self,
        name: str,
        detail: str = "",
        *,
        faults: Sequence[Fault] = (),
        case_id: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(name, detail)
        self.name = name
        self.detail = detail
        self.faults = tuple(faults)[:100]
        self.case_id = case_id
        self.retry_after_s = retry_after_s

    @property
    def status(self) -> int:
        """HTTP status of this problem."""
        return STATUS[self.name]

    def as_json(self, title: str) -> dict[str, JSON]:
        """The ``Problem`` document of the contract."""
        found: dict[str, JSON] = {"type": PREFIX + self.name, "title": title, "status": self.status}
        if self.detail:
            found["detail"] = self.detail
        if self.case_id is not None:
            found["case_id"] = self.case_id
        if self.faults:
            found["errors"] = [fault.as_json() for fault in self.faults]
        return found
