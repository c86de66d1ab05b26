"""What others could read over a shoulder: whole stories, page by page, with every text that is painted."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.app.story.model import load_story
from kiosk.flow.events import FlowEvent
from kiosk.flow.present import present
from kiosk.flow.state import engine_of
from kiosk.flow.view import FieldView, Row
from kiosk.forms import mask_answer
from tests.journeys.flow_player import FlowPlayer

HERE = Path(__file__).parent
STORIES = sorted(file for file in HERE.glob("services/*.toml")) + [
    HERE / f"{name}.toml" for name in ("certificate_granted", "party_here_signs", "restaurant_two_staff")
]
ON_PURPOSE = {"party_sees"}
"""What somebody else confirms has to be read by them; names and numbers are masked there too, a place is not."""


class OnLooker(FlowPlayer):
    """Reads every page over the shoulder of whoever stands there."""

    def __init__(self, story: object) -> None:
        super().__init__(story)  # type: ignore[arg-type]
        self.read: set[tuple[str, str, str]] = set()
        self.revealed: set[str] = set()

    def _feed(self, event: FlowEvent) -> None:
        super()._feed(event)
        secrets = self._secrets()
        if secrets and self.state.step not in ON_PURPOSE:
            for text in _painted(present(self.state), self.revealed):
                self.read |= {(self.state.step, secret, text) for secret in secrets if secret in text}

    def _secrets(self) -> set[str]:
        """Names, numbers, telephones and addresses of people that this visit knows by now."""
        session, package = self.state.session, self.state.package
        if session is None or session.subject is None:
            return set()
        found = {session.subject.name, session.subject.number}
        if package is not None:
            engine = engine_of(package)
            for path, answer in session.answers.items():
                field = engine.field(path)
                if field is not None and field.kind in ("id_number", "phone", "name", "address"):
                    words = str(answer.value)
                    found |= {words} if mask_answer(field, words) != words else set()
        return {secret for secret in found if len(secret) > 1}


def _painted(part: object, revealed: set[str]) -> Iterator[str]:
    """Every text of a page but what only a resting finger shows, and what is being typed."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, Row):
        if part.reveal is not None:
            revealed.add(part.reveal)
        yield from _painted(dataclasses.replace(part, reveal=None).value, revealed)
        yield from (text for text in (part.label, part.hint, part.tag, part.source) if text)
    elif isinstance(part, FieldView):
        yield from (part.label, *(() if part.active else (part.value,)))
    elif dataclasses.is_dataclass(part) and not isinstance(part, type):
        for field in dataclasses.fields(part):
            yield from _painted(getattr(part, field.name), revealed)
    elif isinstance(part, tuple | frozenset):
        for entry in part:
            yield from _painted(entry, revealed)


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_nobody_who_looks_on_reads_a_name_a_number_or_an_address(file: Path) -> None:
    player = OnLooker(load_story(file))
    player.play()
    assert not player.read
