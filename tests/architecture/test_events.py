"""The log's events are declared once, in docs/events.md, and the program writes exactly those."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "events.md"
STABLE = {
    "app.attract_shown",
    "card.present",
    "card.subject_shown",
    "page.painted",
    "case.committed",
    "case.send_result",
    "receipt.outcome",
    "session.wiped",
    "device.status",
}


def declared() -> set[str]:
    events = PAGE.read_text(encoding="utf-8").partition("## Events")[2]
    return set(re.findall(r"^\| `([a-z_]+(?:\.[a-z_]+)?)` \|", events, re.MULTILINE))


def written() -> Iterator[tuple[str, str]]:
    """Event names that are handed to the event log, directly or as a `Record` effect, with where."""
    for path in sorted((ROOT / "kiosk").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="emit") | ast.Name(id="Record"),
                    args=[ast.Constant(value=str(name)), *_],
                ):
                    yield name, f"{path.relative_to(ROOT)}:{node.lineno}"


def test_every_event_that_is_written_is_declared() -> None:
    known = declared()

    assert not [f"{place}: {name}" for name, place in written() if name not in known]


def test_every_declared_event_is_written_somewhere() -> None:
    assert declared() <= {name for name, _ in written()}


def test_the_events_that_others_rely_on_are_declared() -> None:
    assert declared() >= STABLE
