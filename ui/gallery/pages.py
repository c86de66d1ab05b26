"""Sample views of every page, by name, and their pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from kiosk.domain.modes import PLAIN, Modes
from kiosk.flow.view import FormBody, ListBody, RowsBody, ScreenView
from ui.gallery import asking, devices, filling_in, finding, handing_in, outcome, overlays, parked, staff
from ui.gallery.sampler import Sampler

LANGUAGES = ("zh-Hans", "en")
NOON = datetime(2026, 11, 21, 14, 32, tzinfo=timezone(timedelta(hours=8)))

_FAMILIES = (finding, asking, filling_in, handing_in, outcome, overlays, parked, devices, staff)
"""In the order a resident meets them."""


def samples(language: str) -> tuple[tuple[str, ScreenView], ...]:
    """All sample views of a language, by name."""
    sampler = Sampler(language)
    return tuple(sample for family in _FAMILIES for sample in family.views(sampler))


def as_the_flow_would(view: ScreenView, modes: Modes) -> ScreenView:
    """A sample with what the flow changes in these modes: shorter lists, one field a page, a shorter rail."""
    body, rail = view.body, view.rail
    if modes.low_reach and isinstance(body, ListBody):
        body = replace(body, keys=body.keys[:3])
    if modes.low_reach and isinstance(body, RowsBody):
        body = replace(body, rows=body.rows[:3])
    if modes.elder and isinstance(body, FormBody) and len(body.fields) > 1:
        body = FormBody(tuple(field for field in body.fields if field.active)[:1] or body.fields[:1])
        view = replace(view, title=body.fields[0].label, lead=view.title)
    if modes.elder:
        rail = tuple(key for key in rail if key.name not in ("mode.elder", "action.language"))
    return replace(view, body=body, rail=rail, modes=modes)


def pictures(
    language: str, panel: tuple[int, int], modes: Modes = PLAIN, only: frozenset[str] = frozenset()
) -> Iterator[tuple[str, QImage]]:
    """Name and picture of every sample page (or of those in ``only``) on a panel of this width and height. A page of
    the staff has no modes. Needs a running application.
    """
    from ui.host import TerminalWindow

    window = TerminalWindow(lambda _: None, panel, now=lambda: NOON)
    window.start()
    for name, view in samples(language):
        if not only or name in only:
            window.render(view if view.staff else as_the_flow_would(view, modes))
            QApplication.processEvents()
            yield name, window.picture()
    window.allow_close()
