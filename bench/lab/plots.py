"""The plots of the report, as SVG that stands inside the page."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import HexColor

from bench.lab.experiment import Measure, Outcome

_INK, _QUIET, _GRID = HexColor("#1d2733"), HexColor("#5a6b7d"), HexColor("#dde3e9")
_HELD, _HARM, _FAULT = HexColor("#2f8f5b"), HexColor("#c8453a"), HexColor("#4a78a8")
_ROW, _LABEL, _SIZE = 18, 230, 11
_BINS = 40
_ONLY_IN_FILES = re.compile(
    r'<title>.*?</title>|<desc>.*?</desc>|<clipPath.*?</clipPath>|clip-path: url\(#clip\)| id="\w+"', re.S
)


def harm(ran: Sequence[tuple[str, Outcome | None, Outcome | None]]) -> str:
    """Harm per 100 trials of each experiment, above that of its control; the length of a bar is logarithmic."""
    rows: list[tuple[str, float, Any, str]] = []
    for name, run, control in ran:
        for outcome, label, colour in ((run, name, _HELD), (control, f"{name}, control", _FAULT)):
            if outcome is not None:
                share = _per_100(outcome)
                rows.append((label, share, _HARM if outcome is run and share else colour, f"{share:,.0f}"))
    return _bars(rows, 760, length=math.log1p)


def counts(values: Mapping[str, int]) -> str:
    """How often each kind of fault was made."""
    rows = [(name, float(count), _FAULT, f"{count:,}") for name, count in values.items()]
    return _bars(rows, 520, "faults made")


def spread(measure: Measure) -> str:
    """How the samples of one measure lie, smallest to largest."""
    low, high = min(measure.samples), max(measure.samples)
    width = (high - low) / _BINS or 1.0
    heights = [0] * _BINS
    for value in measure.samples:
        heights[min(_BINS - 1, int((value - low) / width))] += 1
    drawing, left, bottom, across, up = Drawing(480, 160), 10, 30, 460, 100
    _say(drawing, left, 145, f"{measure.name}, {len(measure.samples):,} times", _INK)
    for place, height in enumerate(heights):
        if height:
            size = max(1.0, up * height / max(heights))
            bar = Rect(left + place * across / _BINS, bottom, across / _BINS - 1, size)
            drawing.add(_filled(bar, _FAULT))
    drawing.add(Line(left, bottom, left + across, bottom, strokeColor=_GRID))
    _say(drawing, left, 14, f"{low:,.4g} {measure.unit}", _QUIET)
    _say(drawing, left + across, 14, f"{high:,.4g} {measure.unit}", _QUIET, "end")
    return _svg(drawing)


def _per_100(outcome: Outcome) -> float:
    found = outcome.harm
    return 100 * (found.lost + found.duplicated + found.corrupt + found.false_submitted) / max(1, outcome.trials)


def _bars(
    rows: Sequence[tuple[str, float, Any, str]],
    width: int,
    title: str = "",
    length: Callable[[float], float] = lambda value: value,
) -> str:
    top = _ROW * (len(rows) + bool(title)) + 8
    drawing = Drawing(width, top)
    if title:
        _say(drawing, 10, top - _ROW + 4, title, _INK)
        top -= _ROW
    across = width - _LABEL - 80
    longest = max((length(value) for _, value, _, _ in rows), default=0) or 1.0
    for place, (label, value, colour, words) in enumerate(rows):
        low = top - (place + 1) * _ROW
        size = max(2.0, across * length(value) / longest)
        _say(drawing, 10, low + 4, label, _INK)
        drawing.add(_filled(Rect(_LABEL, low + 2, size, _ROW - 6), colour))
        _say(drawing, _LABEL + size + 6, low + 4, words, _QUIET)
    return _svg(drawing)


def _filled(bar: Rect, colour: Any) -> Rect:
    bar.fillColor, bar.strokeColor = colour, None
    return bar


def _say(drawing: Drawing, x: float, y: float, words: str, colour: Any, anchor: str = "start") -> None:
    drawing.add(String(x, y, words, fontSize=_SIZE, fontName="Helvetica", fillColor=colour, textAnchor=anchor))


def _svg(drawing: Drawing) -> str:
    """Without the head of a file and without ids: the page holds many pictures."""
    text = str(renderSVG.drawToString(drawing))
    return _ONLY_IN_FILES.sub("", text[text.index("<svg") :])
