"""Figures of use: functions over the store's connection."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

import apsw

from kiosk.domain.usage import Figure, Mark, What
from offline_cache import values

_CUT_SHORT = "usage.cut_short"


def count(connection: apsw.Connection, day: date, counts: Mapping[Mark, int], cut_short: Mark | None) -> None:
    """Add to the day; what stands for a run that ends now takes the place of what stood there."""
    connection.executemany(
        "INSERT INTO usage (day, item, page, what, detail, count) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET count = count + excluded.count",
        (
            (day.isoformat(), mark.item, mark.page, mark.what.value, mark.detail, number)
            for mark, number in counts.items()
        ),
    )
    kept = None if cut_short is None else [cut_short.item, cut_short.page, cut_short.what.value, cut_short.detail]
    values.put(connection, {_CUT_SHORT: None if kept is None else json.dumps(kept)})


def settle(connection: apsw.Connection, day: date) -> None:
    """Count what the last run was cut short in."""
    left = values.get(connection, _CUT_SHORT)
    if left is not None:
        item, page, what, detail = json.loads(left)
        count(connection, day, {Mark(item, page, What(what), detail): 1}, None)


def figures(connection: apsw.Connection, since: date) -> tuple[Figure, ...]:
    """All from that day on. What a later program counted is passed over."""
    found = connection.execute(
        "SELECT day, item, page, what, detail, count FROM usage WHERE day >= ? ORDER BY day, item, page, what, detail",
        (since.isoformat(),),
    )
    known = {what.value for what in What}
    return tuple(
        Figure(date.fromisoformat(row[0]), Mark(row[1], row[2], What(row[3]), row[4]), int(row[5]))
        for row in found
        if row[3] in known
    )


def forget(connection: apsw.Connection, before: date) -> None:
    """Drop what is older."""
    connection.execute("DELETE FROM usage WHERE day < ?", (before.isoformat(),))
