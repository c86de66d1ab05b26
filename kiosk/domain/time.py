"""Local time of the terminals. The mainland has one zone and no summer time, so no time-zone database is needed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "UTC+8")


def local(at: datetime) -> datetime:
    """The aware moment ``at`` as the clock on the wall shows it."""
    return at.astimezone(CHINA)
