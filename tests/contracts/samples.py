"""Invented cases, answers and a clock for tests of the store and of what stands on it."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from kiosk.ports.central import CentreAnswer, CentreDecision
from kiosk.ports.storage import Submission

T = TypeVar("T")
START = datetime(2026, 11, 21, 6, 46, tzinfo=UTC)


class HandClock:
    """A clock that moves when told to."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at
        self.ticks = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.ticks

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.ticks += seconds

    def jump(self, seconds: float) -> None:
        """Turn the wall clock only, as a hand or a time server does."""
        self.at += timedelta(seconds=seconds)


def got(future: Future[T]) -> T:
    return future.result(timeout=20)


def submission(number: int = 1, text: str = "body", parent: str | None = None, version: int = 1) -> Submission:
    body = f'{{"n":{number},"t":"{text}"}}'.encode()
    return Submission(
        case_id=case_id(number),
        parent_id=parent,
        item_id="residence-permit-renewal",
        item_version=version,
        package_sha256="a" * 64,
        trace_id=f"{number:032x}",
        session="00112233445566aa",
        created=START,
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
        kind="apply",
    )


def case_id(number: int) -> str:
    return f"YP0301-261121-{number:010d}"


def answer(item: Submission, status: str = "accepted") -> CentreAnswer:
    return CentreAnswer(
        case_id=item.case_id,
        sha256=item.sha256,
        status=status,
        accepted_at=START,
        official_no="YP2026-1",
        decision=CentreDecision("granted", {"zh-Hans": "可以", "en": "yes"}, {"title": {"zh-Hans": "证"}}),
    )
