"""``./run usage``: how this terminal is used, as a table of counts or in a few lines. Works while the terminal runs."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TextIO

from kiosk.app import exits
from kiosk.app.options import add_settings, parser, settings_of
from kiosk.domain.time import local
from kiosk.domain.usage import COLUMNS, SHOWN_DAYS, Figure, Share, Summary, summary, table

WORST = 5
"""Pages of each kind that the few lines name."""


def main(arguments: Sequence[str]) -> int:
    """0; 2 when the file cannot be written."""
    options = parser("usage", "Show how this terminal is used: counts of pages and visits, nothing about a person.")
    add_settings(options)
    options.add_argument("--days", type=int, default=SHOWN_DAYS, metavar="N", help="back from today (%(default)s)")
    options.add_argument("--csv", type=Path, metavar="FILE", help="write the counts as a table; - for standard output")
    chosen = options.parse_args(arguments)
    if chosen.days < 1:
        options.error("--days: must be above 0")

    from kiosk.app.stores import view_of

    since = local(datetime.now(UTC)).date() - timedelta(days=chosen.days - 1)
    figures: tuple[Figure, ...] = ()
    view = view_of(settings_of(chosen))
    if view is not None:
        with view:
            figures = view.usage(since)
    if chosen.csv is None:
        show(summary(figures), since)
        return exits.OK
    try:
        written = write(figures, chosen.csv)
    except OSError as error:
        print(f"usage: {chosen.csv}: {error.strerror}", file=sys.stderr)
        return exits.USAGE
    if str(chosen.csv) != "-":
        print(f"{written} rows since {since} in {chosen.csv}")
    return exits.OK


def write(figures: Sequence[Figure], to: Path) -> int:
    """Head and rows; how many rows."""
    rows = table(figures)

    def into(file: TextIO) -> None:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])

    if str(to) == "-":
        into(sys.stdout)
    else:
        with to.open("w", encoding="utf-8", newline="") as file:
            into(file)
    return len(rows)


def show(told: Summary, since: date) -> None:
    """A few lines."""
    print(f"since {since}: {told.visits} visits, {_share(told.away_from_office_hours)} of them on days off")
    for ending, count in told.endings.items():
        print(f"  {ending.value:<12} {count}")
    print(f"finished in the visit {_share(told.finished)}, given up {_share(told.given_up)}")
    pages = (("given up at", told.worst(WORST)), ("help at", told.asked(WORST)), ("slow", told.slowest(WORST)))
    for title, found in pages:
        for use in found:
            slow = "over the longest" if use.seconds is None else f"up to {use.seconds} s"
            print(f"{title}: {use.item} {use.page}: {use.abandoned} given up, {use.help} help, {slow}")
    for item, share in told.accepted.items():
        print(f"taken at the first time: {item} {_share(share)}")


def _share(share: Share) -> str:
    return "–" if share.percent is None else f"{share.percent} % of {share.whole}"
