"""``package a11y``: each page of a form as people meet it who see, reach or touch otherwise, held to what is asked.

The real flow is walked and the terminal's own window painted, once for each mode and language; what is on the panel
is measured: sizes, places, contrast, what a finger and what the buttons can get at. Criteria are those of EN 301 549
(5.1 closed functionality, 8.3 reach), WCAG 2.2 as far as they hold for a closed terminal, and the rules for elder
people. What the program does not do yet fails here, and says so.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.loader import PROFILES
from kiosk.app import exits
from kiosk.app.package.shots import name_of, usual_way
from kiosk.app.package.sources import sources, today
from kiosk.app.package.visit import Visit
from kiosk.domain.devices import KeypadButton
from kiosk.domain.modes import Modes
from kiosk.domain.time import local
from kiosk.flow.reading import about, keys, reading
from kiosk.flow.view import Key, Row, ScreenView, parts_of
from kiosk.forms import LANGUAGES, PackageBundle, ServicePackage, load_package
from kiosk.texts import say

if TYPE_CHECKING:
    from ui.app import QtLoop
    from ui.host import TerminalWindow
    from ui.kit.controls import ControlInfo

PANELS: Final = {"portrait": (1080, 1920), "landscape": (1920, 1080), "5:4": (1280, 1024)}
MODES: Final = {
    "standard": Modes(),
    "elder": Modes(elder=True),
    "contrast": Modes(contrast=True),
    "low reach": Modes(low_reach=True),
    "keypad": Modes(keypad=True),
    "speech": Modes(keypad=True, speech=True),
    "all": Modes(elder=True, contrast=True, low_reach=True, keypad=True, speech=True),
}
PRESSED: Final = frozenset({"key", "choice", "field"})
UNPRESSED: Final = frozenset({"", "staff.corner"})
TEXT_PX, TARGET_PX, ELDER_TARGET_PX, GAP_PX = 28, 76, 100, 8
MOST_SIZES, MOST_CHOICES = 6, 7
TELLING, TELLING_DIGITS = 4, 6
"""Shorter words and numbers are found in others by chance: a year in any date."""
_FIGURES: Final = re.compile(r"\d\d:\d\d|\d+ ?/ ?\d+.*")
"""The time of day, and how many signs a field has left."""
LOW_SHARE: Final = {True: 0.5, False: 0.42}
"""Upright or lying: the share of the panel above which nothing may have to be pressed in low reach."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is asked, where it is asked, and how it is measured here."""

    id: str
    asked_by: str
    what: str
    how: str


CRITERIA: Final = (
    Criterion("reach", "WCAG 2.2 2.1.1; S80", "Everything a page offers is on the panel and can be pressed.",
              "each enabled key of the page is a visible control within the window"),
    Criterion("keypad", "EN 301 549 5.1.6.1, 5.2; WCAG 2.1.1", "Everything works with up, down, select and back.",
              "the buttons' stops hold each control that can be pressed (a signature has another way)"),
    Criterion("no trap", "EN 301 549 5.1.6.2; WCAG 2.1.2", "Whoever goes on with the buttons comes round again.",
              "down as often as there are stops leads to the first"),
    Criterion("focus seen", "WCAG 2.4.7, 2.4.11, 2.4.13", "What the buttons are on is seen, and nothing hides it.",
              "the ring lies around the control, on top, 5 px off and 6 px thick"),
    Criterion("low reach", "EN 301 549 8.3.3; ADA 308", "In low reach nothing above the band has to be pressed.",
              "top of each control below half of a panel upright, below 42 % of one that lies"),
    Criterion("target", "WCAG 2.5.8; elder rules", "Targets of 19 mm (elder: 25 mm), 2 mm apart.",
              "shortest side of each control and gaps between them, in pixels of the reference panel"),
    Criterion("text size", "EN 301 549 5.1.4; elder rules", "No text under 28 px (6.9 mm).", "size of each text drawn"),
    Criterion("contrast", "WCAG 1.4.3, 1.4.11; 1.4.6 in contrast", "4.5:1, and 7:1 with strong colours.",
              "luminance of text and ground of each control and text"),
    Criterion("not clipped", "WCAG 1.4.4, 1.4.12; S81", "No word is cut or lies on another.",
              "each text laid out in its box; boxes do not meet"),
    Criterion("calm", "house rule", "At most six sizes of type and seven choices on a page.",
              "sizes of the texts drawn; choices of a question"),
    Criterion("named", "WCAG 4.1.2, 2.5.3; EN 301 549 5.1.3.2", "Each control has words to be read out.",
              "accessible name of each control"),
    Criterion("masked", "EN 301 549 5.1.3.8; S87", "A secret is not shown.", "fields of the highest class draw dots"),
    Criterion("time", "WCAG 2.2.1; M16", "A warning of 20 s at least, gone on with by one touch, ten times and more.",
              "the times of each site profile; with any mode they are doubled"),
    Criterion("one thing", "elder rules", "One field a page in elder.", "fields of each page"),
    Criterion("language", "WCAG 3.1.1; S25", "The page is in the language that was chosen.",
              "language of each page, texts of the package in it"),
    Criterion("spoken", "EN 301 549 5.1.3.1, 5.1.3.2, 5.1.3.14-16", "Everything that can be read can be heard.",
              "each text drawn is in what the page says, or in what the buttons' stops say"),
    Criterion("private", "EN 301 549 5.1.3.8-9", "What is typed or known of a person goes into headphones alone.",
              "nothing of answers and card is in what the loudspeaker says; secrets are in neither"),
)  # fmt: skip


@dataclass
class Finding:
    """Where a criterion is not met."""

    criterion: str
    mode: str
    language: str
    page: str
    detail: str


@dataclass
class Report:
    """One package. ``pages`` counts what was measured."""

    package: str
    pages: int = 0
    findings: list[Finding] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)

    def passed(self, criterion: str) -> bool:
        """Whether nothing was found against it."""
        return not any(finding.criterion == criterion for finding in self.findings)

    def unmet(self) -> list[str]:
        """The criteria that are not met."""
        return [c.id for c in CRITERIA if not self.passed(c.id)]


def a11y_command(paths: Sequence[Path], *, every: bool, as_json: bool, panel: str) -> int:
    """A table for each package, or all of it as JSON; 1 where a criterion that is claimed is not met."""
    from ui.app import NoChineseFont, QtLoop

    try:
        loop = QtLoop("offscreen")
    except NoChineseFont as error:
        print(f"package a11y: {error}", file=sys.stderr)
        return exits.USAGE
    reports = []
    for source in sources(paths, every=every):
        if source.bundle is None:
            print(f"package a11y: {source.name}: {source.error}", file=sys.stderr)
            return exits.FAILED
        reports.append(measured(loop, source.bundle, panel))
    if as_json:
        print(json.dumps([as_dict(report) for report in reports], ensure_ascii=False, indent=1))
    else:
        for report in reports:
            print(as_text(report))
    return exits.FAILED if any(report.unmet() or report.stopped for report in reports) else exits.OK


def measured(loop: QtLoop, bundle: PackageBundle, panel: str = "portrait") -> Report:
    """Walk the usual way in each mode and language and look at each page."""
    from ui.host import TerminalWindow

    package, day = load_package(bundle), today()
    report = Report(package.id)
    noon = local(datetime.combine(day, time(4), UTC))
    way = usual_way(bundle, day)
    window = TerminalWindow(lambda _: None, PANELS[panel], now=lambda: noon)
    window.start()
    try:
        for language in LANGUAGES:
            for mode, modes in MODES.items():
                visit = Visit(package, way, language, day, modes)
                for view in visit.views():
                    window.render(view)
                    loop.application.processEvents()
                    report.pages += 1
                    for criterion, detail in _looked_at(window, view, package, language, visit.theirs()):
                        report.findings.append(Finding(criterion, mode, language, name_of(view), detail))
                if visit.stopped_at is not None:
                    report.stopped.append(f"{mode}, {language}: {visit.stopped_at}")
    finally:
        window.allow_close()
    for profile in sorted(PROFILES.glob("*.toml")):
        session = tomllib.loads(profile.read_text("utf-8"))["session"]
        if session["warn_s"] < 20 or session["absolute_s"] < 10 * (session["idle_s"] + session["warn_s"]):
            report.findings.append(Finding("time", "all", "all", profile.stem, str(session)))
    return report


def _looked_at(
    window: TerminalWindow, view: ScreenView, package: ServicePackage, language: str, theirs: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with the page on the panel."""
    controls = window.controls()
    writing = window.writing()
    pressed = [c for c in controls if c.role in PRESSED and c.name not in UNPRESSED]
    yield from _reached(window, view, pressed, writing)
    yield from _by_buttons(window, view, [c for c in pressed if c.enabled and c.name not in writing])
    yield from _targets(window, view, [c for c in pressed if c.name not in writing])
    yield from _texts(window, view, controls)
    yield from _heard(view, controls, theirs)
    for control in pressed:
        if not control.accessible:
            yield "named", control.name
    if view.language != language:
        yield "language", view.language
    fields = getattr(view.body, "fields", ())
    if view.modes.elder and len(fields) > 1:
        yield "one thing", f"{len(fields)} fields"
    for one in fields:
        if one.masked and one.value and any(one.value in c.text for c in controls):
            yield "masked", one.path


def _reached(
    window: TerminalWindow, view: ScreenView, pressed: list[ControlInfo], writing: frozenset[str]
) -> Iterator[tuple[str, str]]:
    there = {control.name: control for control in pressed}
    offered: list[Key] = [key for key in parts_of(Key, (view.body, view.back, view.primary, view.rail)) if key.enabled]
    for key in offered:
        control = there.get(key.name)
        if control is None or not control.enabled:
            yield "reach", f"{key.name} is not there"
    for control in pressed:
        x, y, width, height = control.rect
        if x < 0 or y < 0 or x + width > window.width() or y + height > window.height():
            yield "reach", f"{control.name} reaches out of the panel"
        upright = window.height() >= window.width()
        if view.modes.low_reach and control.name not in writing and y < LOW_SHARE[upright] * window.height() - 4:
            yield "low reach", f"{control.name} at {y} px"


def _by_buttons(window: TerminalWindow, view: ScreenView, wanted: list[ControlInfo]) -> Iterator[tuple[str, str]]:
    if not view.modes.keypad:
        return
    stops = window.keypad.stops()
    held = {name for _, members in stops for name in members}
    for control in wanted:
        if control.name not in held and control.name != "field.signature":
            yield "keypad", control.name
    if not stops:
        return
    first = window.keypad.at()
    for _ in stops:
        window.keypad.button(KeypadButton.DOWN, down=True)
    if window.keypad.at() != first:
        yield "no trap", f"from {first} to {window.keypad.at()}"
    if not window.keypad.seen():
        yield "focus seen", f"no ring at {first}"


def _targets(window: TerminalWindow, view: ScreenView, pressed: list[ControlInfo]) -> Iterator[tuple[str, str]]:
    screen = window.screen_widget()
    scale = screen.theme.scale if screen is not None else 1.0
    for control in pressed:
        cell = control.name.startswith(("key.", "candidate.", "wheel."))
        least = ELDER_TARGET_PX if view.modes.elder and not view.modes.low_reach and not cell else TARGET_PX
        # A long side makes up for a short one: a low bar across the page is easily hit.
        if min(control.rect[2:]) < (least - 1) * scale and (
            least == TARGET_PX or min(control.rect[2:]) < TARGET_PX * scale or max(control.rect[2:]) < 200 * scale
        ):
            yield "target", f"{control.name}: {control.rect[2]} x {control.rect[3]} px"
    for one, other in combinations(pressed, 2):
        strips = ("candidate.", "key.mode.")
        if one.name.startswith(strips) and other.name.startswith(strips):
            continue
        if _gap(one.rect, other.rect) < GAP_PX * scale:
            yield "target", f"{one.name} and {other.name} are too close"


def _gap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> int:
    across = max(one[0] - other[0] - other[2], other[0] - one[0] - one[2])
    down = max(one[1] - other[1] - other[3], other[1] - one[1] - one[3])
    return max(across, down)


def _texts(window: TerminalWindow, view: ScreenView, controls: Sequence[ControlInfo]) -> Iterator[tuple[str, str]]:
    screen = window.screen_widget()
    scale = screen.theme.scale if screen is not None else 1.0
    least = 7.0 if view.modes.contrast else 4.5
    drawn = [control for control in controls if control.text]
    for control in drawn:
        if control.font_px < TEXT_PX * scale - 1:
            yield "text size", f"{control.text[:20]}: {control.font_px} px"
        ratio = contrast(control.fg, control.bg)
        if control.fg and ratio < least:
            yield "contrast", f"{control.text[:20]}: {ratio:.1f}"
    for words in window.clipped():
        yield "not clipped", words[:40]
    sizes = {control.font_px for control in drawn if not control.name.startswith(("key.", "candidate."))}
    if len(sizes) > MOST_SIZES:
        yield "calm", f"{len(sizes)} sizes of type: {sorted(sizes)}"
    choices = sum(1 for control in controls if control.name.startswith("choice."))
    if choices > MOST_CHOICES:
        yield "calm", f"{choices} choices"


def _heard(view: ScreenView, controls: Sequence[ControlInfo], theirs: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Texts drawn that nobody hears, and words about a person that the loudspeaker would say."""
    if view.voice is None:
        return
    phrases = [*reading(view), *(phrase for key in keys(view) for phrase in about(view, key.name))]
    rows = [row for row in parts_of(Row, view.body) if row.reveal]
    masked = [row.value for row in rows]
    said = _bare(" ".join((*(phrase.text for phrase in phrases), *masked)))
    named = {_bare(control.accessible) for control in controls if control.role in PRESSED and control.name}
    chrome = {_bare(words) for words in (view.place, view.who or "", say(view.language, "keyboard.preparing"))}
    for control in controls:
        for line in re.split(r"\n| · ", control.text):
            words = _bare(line)
            heard = not words or words in said or any(words in name for name in named)
            if not heard and words not in chrome and not _FIGURES.fullmatch(line.strip()):
                yield "spoken", line[:40]
    aloud = _bare(" ".join(phrase.instead if phrase.private else phrase.text for phrase in phrases))
    for asked in getattr(view.body, "fields", ()):
        value = _bare(asked.value)
        if len(value) >= TELLING and not asked.options and value in aloud and value not in _bare(asked.example or ""):
            yield "private", asked.path
        if asked.masked and len(value) >= TELLING and value in said:
            yield "private", f"{asked.path}, a secret"
    examples = _bare(" ".join(asked.example or "" for asked in getattr(view.body, "fields", ())))
    for words in map(_bare, theirs):
        telling = len(words) >= (TELLING_DIGITS if words.isdigit() else TELLING)
        if telling and words in aloud and words not in examples:
            yield "private", f"{view.step}: said aloud"
    for row in rows:
        whole = _bare(row.reveal or "")
        if len(whole) >= TELLING and whole in aloud:
            yield "private", row.label


def _bare(text: str) -> str:
    """Letters and digits alone: pauses and signs of the writing are no words."""
    return "".join(sign for sign in text if sign.isalnum()).lower()


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB`` (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    if len(one) != 7 or len(other) != 7:
        return 21.0
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def as_dict(report: Report) -> dict[str, object]:
    """For programs."""
    return {
        "package": report.package,
        "pages": report.pages,
        "criteria": [
            {
                "id": c.id,
                "asked_by": c.asked_by,
                "what": c.what,
                "how": c.how,
                "passed": report.passed(c.id),
                "findings": [
                    {"mode": f.mode, "language": f.language, "page": f.page, "detail": f.detail}
                    for f in report.findings
                    if f.criterion == c.id
                ],
            }
            for c in CRITERIA
        ],
        "stopped": report.stopped,
    }


def as_text(report: Report) -> str:
    """A table for people."""
    lines = [f"{report.package}: {report.pages} pages in {len(MODES)} modes and {len(LANGUAGES)} languages"]
    for c in CRITERIA:
        found = [f for f in report.findings if f.criterion == c.id]
        lines.append(f"  {'pass' if not found else 'FAIL':5} {c.id:12} {c.asked_by:42} {c.how}")
        lines += [f"        {f.mode}, {f.language}, {f.page}: {f.detail}" for f in found[:4]]
        if len(found) > 4:
            lines.append(f"        and {len(found) - 4} more")
    lines += [f"  stopped: {place}" for place in report.stopped]
    return "\n".join(lines)
