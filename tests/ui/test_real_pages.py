"""The pages the flow really shows, with the texts of the seed packages, fit the panel in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from kiosk.domain.devices import CardRead
from kiosk.flow.events import DatePicked, LicencesUnavailable, Signed, Touched, Typed
from kiosk.flow.view import FormBody, ScreenView, SignBody
from tests.flow.world import CARD, PACKAGES, STROKES, Visit
from ui.host import TerminalWindow
from ui.kit.keys import Pressable
from ui.kit.label import Label

GUESSES = ("柳桥路77号1202室", "13800138000", "王砚舟", "48", "339999199104169828")
LONGEST_VISIT = 80


def pages_of(item: str, language: str) -> Iterator[ScreenView]:
    """A resident who takes the first answer everywhere, as far as that leads."""
    visit = Visit()
    visit.to_identify(item, language)
    for _ in range(LONGEST_VISIT):
        view, step = visit.view, visit.step
        yield view
        if step in ("submit", "attract", "cannot"):
            return
        session = visit.state.session
        assert session is not None
        if step == "identify":
            visit.feed(CardRead(session.id, CARD))
        elif isinstance(view.body, FormBody):
            yield from answer(visit, view.body)
        else:
            names = [key.name for key in visit.pressable() if key.enabled]
            adds = [name for name in names if name.endswith(".add")]
            choices = [name for name in names if name.startswith("choice.")]
            if adds and not any(".remove." in name for name in names):
                visit.touch(adds[0])
                continue
            if choices:
                visit.touch(choices[0])
            if isinstance(view.body, SignBody) and not view.body.ticked:
                visit.touch("declare.tick").feed(Signed(900, 400, STROKES))
        visit.feed(Touched("action.next"))
        if visit.step == "materials":
            visit.feed(LicencesUnavailable(session.id))


def answer(visit: Visit, body: FormBody) -> Iterator[ScreenView]:
    for field in body.fields:
        visit.feed(Touched(field.name))
        yield visit.view
        if field.kind == "date":
            visit.feed(DatePicked(field.path, field.max_date or "2026-01-01"))
        elif field.options:
            visit.feed(Touched(field.options[0].name))
        elif not field.value:
            for guess in GUESSES:
                visit.feed(Typed(field.path, guess), Touched("action.next"))
                yield visit.view
                now = visit.view.body
                again = [f for f in now.fields if f.path == field.path] if isinstance(now, FormBody) else []
                if not again or again[0].error is None:
                    break


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize("item", [package.id for package in PACKAGES])
def test_every_page_of_a_visit_fits(qapp: QApplication, item: str, language: str) -> None:
    window = TerminalWindow(lambda _: None, (1080, 1920))
    window.start()
    seen = 0
    try:
        for view in pages_of(item, language):
            window.render(view)
            seen += 1
            parts = [w for w in window.findChildren(QWidget) if isinstance(w, Label | Pressable) and w.isVisible()]
            assert [part.accessibleName() for part in parts if part.clipped()] == [], view.step
            high = [
                c.name
                for c in window.controls()
                if c.name and c.role in ("key", "choice") and c.rect[1] < 636 and c.name != "staff.corner"
            ]
            assert high == [], view.step
    finally:
        window.allow_close()
    assert seen >= 3
