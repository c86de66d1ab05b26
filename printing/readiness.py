"""The readiness report on paper: a slip for the technician's pocket, and an A4 sheet for the file.

Both are in Chinese and English side by side, because the person who reads one is not the resident who chose a
language. Codes stay codes: they stand in docs/devices.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import tzinfo
from types import MappingProxyType

from kiosk.domain.diagnostics import CheckOutcome, CheckRecord, Finding, Readiness, Verdict
from kiosk.domain.time import CHINA
from kiosk.texts import say
from printing.characters import printable
from printing.fonts import FontStack
from printing.layout import Gap, Layout, Line, Pair, Row, Rule
from printing.sheet import ACCENT, HAIR, INK, LABEL, MM, Pen, Run, embedding, new_canvas

_LANGUAGES = ("zh-Hans", "en")
_RED = (0.66, 0.20, 0.10)
_OUTCOME: Mapping[CheckOutcome, str] = MappingProxyType(
    {CheckOutcome.PASSED: "√", CheckOutcome.FAILED: "×", CheckOutcome.SKIPPED: "–"}
)


def lay_out_readiness(report: Readiness, fonts: FontStack, zone: tzinfo = CHINA) -> Layout:
    """The slip: verdict, why, devices, newest tests. Print it with `to_paper`."""
    machine = report.machine
    rows: list[Row] = [
        Line(_both("readiness.title"), bold=True, align="center"),
        Line(f"{machine.terminal} · {machine.site}", align="center"),
        Line(f"{report.at.astimezone(zone):%Y-%m-%d %H:%M}", align="center"),
        Gap(1),
        Line(say("zh-Hans", f"readiness.{report.verdict.value}"), bold=True, double=True, align="center"),
        Line(say("en", f"readiness.{report.verdict.value}"), bold=True, align="center"),
        Rule(),
    ]
    for finding in report.findings:
        rows.append(Line(f"! {_about(finding)}: {finding.code}", hang=2))
    if report.findings:
        rows.append(Rule())
    for status in report.devices:
        rows.append(Pair(_device(status.name, "zh-Hans"), f"{status.scale.zh} {status.detail}", 15))
    rows.append(Rule())
    for record in report.records:
        result = record.result
        rows.append(Line(f"{_OUTCOME[result.outcome]} #{record.number} {result.device} {result.test}", hang=4))
    rows += [Rule(), *(Pair(label, value, 26) for label, value in facts(report))]
    cleaned = tuple(_cleaned(row, fonts) for row in rows)
    return Layout(cleaned, "zh-Hans", say("zh-Hans", "readiness.title"), (), fonts)


def readiness_to_pdf(report: Readiness, fonts: FontStack, zone: tzinfo = CHINA) -> bytes:
    """The A4 sheet, as many pages as it needs. The same report gives the same bytes."""
    with embedding() as book:
        out = io.BytesIO()
        canvas = new_canvas(out, (_Sheet.WIDTH, _Sheet.HEIGHT), say("zh-Hans", "readiness.title"), "zh-Hans")
        _Sheet(Pen(canvas, fonts, book, grid=False), canvas, fonts).draw(report, zone)
        canvas.save()
        return out.getvalue()


def facts(report: Readiness) -> tuple[tuple[str, str], ...]:
    """The machine beside its devices, as label and value."""
    machine = report.machine
    reach = {True: "√", False: "×", None: "–"}[machine.centre_reachable]
    oldest = "–" if machine.oldest_s is None else f"{machine.oldest_s // 60} min"
    return (
        (_both("staff.centre"), reach),
        (_both("staff.waiting"), str(machine.waiting)),
        (_both("staff.parked"), str(machine.parked)),
        (_both("staff.oldest"), oldest),
        (_both("readiness.disk"), f"{machine.free_bytes / 1e9:.1f} GB"),
        *machine.versions,
    )


def _both(key: str) -> str:
    return " ".join(dict.fromkeys(say(language, key) for language in _LANGUAGES))


def _device(name: str, language: str) -> str:
    return say(language, f"device.{name}")


def _about(finding: Finding) -> str:
    try:
        return say("zh-Hans", f"device.{finding.about}")
    except KeyError:
        return say("zh-Hans", f"readiness.about_{finding.about}")


def _cleaned(row: Row, fonts: FontStack) -> Row:
    match row:
        case Line(text=text):
            return Line(printable(text, fonts)[0], row.bold, row.double, row.align, row.whole, row.hang)
        case Pair(label=label, value=value):
            return Pair(printable(label, fonts)[0], printable(value, fonts)[0], row.label_columns, row.bold)
    return row


class _Sheet:
    """Draws one report from top to bottom, page after page."""

    WIDTH = 210 * MM
    HEIGHT = 297 * MM
    _SIDE = 20 * MM
    _FLOOR = 22 * MM

    def __init__(self, pen: Pen, canvas: object, fonts: FontStack) -> None:
        self._pen = pen
        self._canvas = canvas
        self._fonts = fonts
        self._y = self.HEIGHT - 26 * MM
        self._page = 1

    def draw(self, report: Readiness, zone: tzinfo) -> None:
        """All parts in the order a reader asks for them."""
        machine = report.machine
        colour = ACCENT if report.verdict is Verdict.READY else _RED
        self._text(_both("readiness.title"), 20.0, ACCENT, bold=True, step=9 * MM)
        at = f"{report.at.astimezone(zone):%Y-%m-%d %H:%M:%S %z}"
        self._text(f"{machine.terminal} · {machine.site} · {at}", 10.0, LABEL, step=10 * MM)
        self._text(_both(f"readiness.{report.verdict.value}"), 16.0, colour, bold=True, step=9 * MM)
        for finding in report.findings:
            self._text(f"! {_about(finding)}: {finding.code}", 10.5, _RED if finding.stops else INK, step=5.6 * MM)
        self._heading("readiness.devices")
        for status in report.devices:
            name = f"{_device(status.name, 'zh-Hans')} {_device(status.name, 'en')}"
            state = f"{status.scale.zh} · {status.detail}"
            self._columns((name, state, f"{status.driver} {status.model}", status.last_error or "–"))
        self._heading("readiness.tests")
        for record in report.records:
            self._columns(_record(record, zone))
        self._heading("readiness.machine")
        for label, value in facts(report):
            self._columns((label, value, "", ""))
        self._y -= 12 * MM
        self._text(_both("readiness.signed") + " ______________________", 10.5, LABEL, step=6 * MM)
        self._end_page()

    def _heading(self, key: str) -> None:
        self._y -= 9 * MM
        self._text(_both(key), 12.0, ACCENT, bold=True, step=2 * MM)

    def _columns(self, cells: tuple[str, str, str, str]) -> None:
        widths = (0.32, 0.22, 0.29, 0.17)
        room = self.WIDTH - 2 * self._SIDE
        broken = [
            self._pen.wrapped(printable(cell, self._fonts)[0], 9.5, width * room - 2 * MM)
            for cell, width in zip(cells, widths, strict=True)
        ]
        height = max(map(len, broken)) * 4.6 * MM + 1.8 * MM
        self._room_for(height)
        x = self._SIDE
        for lines, width in zip(broken, widths, strict=True):
            for number, line in enumerate(lines):
                self._pen.write(x, self._y - 4.6 * MM * (number + 1), 9.5, [Run(line, INK, False)])
            x += width * room
        self._y -= height
        self._rule()

    def _text(
        self, text: str, size: float, colour: tuple[float, float, float], *, step: float, bold: bool = False
    ) -> None:
        for line in self._pen.wrapped(printable(text, self._fonts)[0], size, self.WIDTH - 2 * self._SIDE):
            self._room_for(step)
            self._pen.write(self._SIDE, self._y, size, [Run(line, colour, bold)])
            self._y -= step

    def _rule(self) -> None:
        canvas = self._canvas
        canvas.setDash()  # type: ignore[attr-defined]
        canvas.setStrokeColorRGB(*HAIR)  # type: ignore[attr-defined]
        canvas.setLineWidth(0.4)  # type: ignore[attr-defined]
        canvas.line(self._SIDE, self._y, self.WIDTH - self._SIDE, self._y)  # type: ignore[attr-defined]

    def _room_for(self, height: float) -> None:
        if self._y - height < self._FLOOR:
            self._end_page()
            self._page += 1
            self._y = self.HEIGHT - 24 * MM

    def _end_page(self) -> None:
        number = f"{self._page}"
        self._pen.write(self.WIDTH / 2, 12 * MM, 9.0, [Run(number, LABEL, False)])
        self._canvas.showPage()  # type: ignore[attr-defined]


def _record(record: CheckRecord, zone: tzinfo) -> tuple[str, str, str, str]:
    result = record.result
    return (
        f"#{record.number} {_device(result.device, 'zh-Hans')}",
        f"{_OUTCOME[result.outcome]} {result.test}",
        result.message,
        f"{record.at.astimezone(zone):%m-%d %H:%M}",
    )
