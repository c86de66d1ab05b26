"""What a screen shows: frozen view models, texts already in the page's language.

A screen is passive. It is given one :class:`ScreenView` and paints it; what the hand does comes back as a
:mod:`kiosk.flow.events` value. Every control carries the ``name`` by which stories and tests touch it.
Bodies may hold personal data, so they stay out of ``repr``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Literal, TypeVar

from kiosk.domain.modes import PLAIN, Modes

KeyKind = Literal["primary", "plain", "quiet"]
Method = Literal["id_card", "citizen_qr", "passport"]
Tone = Literal["info", "caution", "guide", "done"]


@dataclass(frozen=True, slots=True)
class Key:
    """One pressable thing. ``why_disabled`` is shown near a key that cannot be pressed now."""

    name: str
    label: str
    icon: str | None = None
    hint: str | None = None
    kind: KeyKind = "plain"
    enabled: bool = True
    why_disabled: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A flat box: one bold fact and its plain consequence with a way out."""

    tone: Tone
    title: str
    text: str = ""
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Segments done, now (counted from 1) and to come of one item; ``label`` is e.g. "第 3 步，共 8 步"."""

    item: str
    label: str
    now: int
    total: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list or table: what, value, where it comes from, and at most one key at its end."""

    label: str
    value: str = ""
    source: str | None = None
    source_icon: str | None = None
    tag: str | None = None
    tag_tone: Literal["filled", "outline", "caution"] = "outline"
    icon: str | None = None
    hint: str | None = None
    key: Key | None = None
    reveal: str | None = None
    """The unmasked value, shown only while the row's eye key (name ``reveal.LABEL``) is held down."""
    picture: bytes = field(default=b"", repr=False)
    """A JPEG of the paper this row is about, to be shown small in place of the icon; empty for most rows."""


# ---- bodies -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AttractBody:
    """Nobody is here: lamp scene (night or day), one line, one big key (the whole screen is the target).

    ``hours`` is when a visit may begin, e.g. "8:00–22:00"; None for day and night.
    """

    line: str
    second_line: str
    night: bool
    start: Key
    hours: str | None = None


@dataclass(frozen=True, slots=True)
class LanguageBody:
    """中文 / English, equal size."""

    choices: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class HomeBody:
    """Life-event tiles, the search key and the five everyday functions."""

    life_events: tuple[Key, ...]
    search: Key
    everyday: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class SearchBody:
    """A search field (name ``field.search``, docked keyboard) and what was found, best first."""

    query: str
    placeholder: str
    results: tuple[Key, ...]
    empty: str | None = None


@dataclass(frozen=True, slots=True)
class ListBody:
    """Up to six big cards a page (items of a life event, choices of a function) with a pager when there are more."""

    keys: tuple[Key, ...]
    pager: str | None = None
    previous: Key | None = None
    following: Key | None = None


@dataclass(frozen=True, slots=True)
class GuideBody:
    """The item guide: can it be finished here, how long, what it costs, how many visits, who, which materials.

    ``verdict_text`` is the reason when it cannot. ``elsewhere`` are then one to three ways on, best first: another site
    that has what is missing here (label its name, value how far, hint how old that knowledge is), the staffed place,
    the telephone. They stand where the figures of time and fee stand otherwise: who cannot start needs a way on.
    ``caution`` is something to know although the item can be done (a way of identifying is out, no paper).
    """

    can_finish: bool
    verdict: str
    verdict_text: str
    time_title: str
    promised_label: str
    promised: str
    promised_days: int
    statutory_label: str
    statutory: str
    statutory_days: int
    fee_title: str
    fee: str
    fee_note: str
    visits: str
    who_title: str
    who: tuple[str, ...]
    materials_title: str
    materials_summary: str
    materials: tuple[Row, ...]
    pager: str | None = None
    previous: Key | None = None
    following: Key | None = None
    elsewhere_title: str = ""
    elsewhere: tuple[Row, ...] = ()
    caution: Notice | None = None


@dataclass(frozen=True, slots=True)
class ChoiceBody:
    """One question with at most seven answers; ``selected`` holds option names. ``multi`` allows several. Where there
    are more than a page holds (days to book) a pager stands below them.
    """

    options: tuple[Key, ...]
    selected: frozenset[str]
    multi: bool = False
    error: str | None = None
    pager: str | None = None
    previous: Key | None = None
    following: Key | None = None


@dataclass(frozen=True, slots=True)
class ConsentBody:
    """Separate consents: each box starts empty and is its own key; the text of the notice stands above."""

    paragraphs: tuple[str, ...]
    boxes: tuple[Key, ...]
    ticked: frozenset[str]


@dataclass(frozen=True, slots=True)
class IdentifyBody:
    """Put the card on the plate, hold the code or the passport's lines under the window. ``state`` picks picture and
    tone. ``switches`` are the other ways that work now, at most two. When nothing works (``unavailable`` without
    switches) ``elsewhere`` says where to go: another site, the staffed place, the telephone.
    """

    method: Method
    state: Literal["waiting", "reading", "failed", "unavailable", "checking"]
    steps: tuple[str, ...]
    message: Notice | None
    switches: tuple[Key, ...]
    retry: Key | None
    elsewhere: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class CaptureBody:
    """A paper under the document camera.

    ``state``: ``starting`` until the camera's first word, ``looking`` .. ``straightening`` as the camera says (show a
    bar from ``steady`` on), ``taken`` while the resident decides about ``picture``, ``unavailable`` when the camera is
    out. ``picture`` is a JPEG: what the camera sees now (changes up to ten times a second; repaint only its rectangle),
    or the page that was taken; empty when there is none yet. ``advice`` says what to do so that the page can be taken.
    ``keys``: ``capture.use`` and ``capture.again`` at a taken page (use is the primary one, in the counter's place),
    ``capture.done`` when one page is kept already, ``capture.other`` to settle the paper in another way.
    """

    state: Literal["starting", "looking", "steady", "taking", "straightening", "taken", "unavailable"]
    picture: bytes = field(repr=False)
    advice: Notice | None
    steps: tuple[str, ...]
    count: str
    """e.g. "已拍 1 页，最多 4 页"; empty before the first page."""
    keys: tuple[Key, ...]


FieldKind = Literal["text", "long_text", "date", "choice", "multi"]
KeyboardKind = Literal["zh", "latin", "digits", "id", "decimal"]


@dataclass(frozen=True, slots=True)
class FieldView:
    """One question field. ``name`` is ``field.PATH``; text kinds use the docked keyboard when active."""

    name: str
    path: str
    kind: FieldKind
    label: str
    value: str = field(repr=False)
    active: bool = False
    help: str | None = None
    example: str | None = None
    error: str | None = None
    source: str | None = None
    keyboard: KeyboardKind = "zh"
    max_length: int = 100
    optional: str | None = None
    """The word "选填" / "optional" where an answer may be left out."""
    options: tuple[Key, ...] = ()
    selected: frozenset[str] = frozenset()
    min_date: str | None = None
    max_date: str | None = None
    masked: bool = False
    """A secret: only dots are shown of what is typed."""


@dataclass(frozen=True, slots=True)
class FormBody:
    """One to three fields of one page. With one choice field it looks like :class:`ChoiceBody`."""

    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True)
class RowsBody:
    """A table of rows: prefilled data with sources, the review, materials. ``summary`` are small count cards."""

    rows: tuple[Row, ...]
    summary: tuple[Row, ...] = ()
    pager: str | None = None
    previous: Key | None = None
    following: Key | None = None


@dataclass(frozen=True, slots=True)
class RepeatBody:
    """A repeated group: the entries so far (each with change and remove keys) and the key that adds one."""

    entries: tuple[RepeatEntry, ...]
    add: Key | None
    empty: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RepeatEntry:
    """One entry of a repeated group."""

    title: str = field(repr=False)
    detail: str = field(repr=False)
    change: Key
    remove: Key


@dataclass(frozen=True, slots=True)
class SignBody:
    """Declaration, its tick box (starts empty) and the signature area (name ``field.signature``)."""

    paragraphs: tuple[str, ...]
    box: Key
    ticked: bool
    clear: Key
    placeholder: str
    strokes: tuple[tuple[tuple[int, int], ...], ...] = field(repr=False)
    instead: Key
    """For whoever cannot write: confirms in place of the signature; pressed again it is taken back."""


@dataclass(frozen=True, slots=True)
class BusyBody:
    """Something is under way: a verb in progress and a bar, no spinner on its own.

    ``over`` is how it ended when nothing is under way any more: well, with a card left behind, or for want of power.
    """

    text: str
    detail: str = ""
    over: Literal["done", "card_left", "power"] | None = None


@dataclass(frozen=True, slots=True)
class TrackStep:
    """One step of the tracker: done (tick), waiting (clay ring) or to come (empty ring)."""

    state: Literal["done", "waiting", "to_come", "failed"]
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SheetView:
    """The certificate on A4. ``offered``: nothing asked yet, ``key`` prints it; ``unavailable``: no A4 printer works,
    ``notice`` says where to get it. Then as the printer says: ``queued``, ``printing``, ``held`` (it waits for paper or
    a hand; nothing comes out after the session), ``confirmed``, ``unknown``, ``failed``, ``canceled``.
    """

    state: Literal["offered", "unavailable", "queued", "printing", "held", "confirmed", "unknown", "failed", "canceled"]
    notice: Notice
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class ResultBody:
    """What happened to the case: tracker, numbers, decision with its reason, the document that came out."""

    icon: Literal["received", "accepted", "granted", "refused", "referred", "ticket"]
    track: tuple[TrackStep, ...]
    numbers: tuple[Row, ...]
    reason: Notice | None
    document: tuple[Row, ...] = ()
    document_title: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptBody:
    """A preview of the paper (its text lines, top first), where it comes out, and how printing went. ``sheet`` is the
    certificate on A4 where a decision brought one; its key stands beside ``extra``.
    """

    lines: tuple[str, ...]
    qr: str | None
    guide: Notice
    printing: Literal["queued", "sent", "confirmed", "unknown", "failed", "none"]
    extra: tuple[Key, ...] = ()
    sheet: SheetView | None = None


@dataclass(frozen=True, slots=True)
class CarryOnBody:
    """Work was put by: the code to take it up again, large enough to be photographed, what to know about it, and where
    the slip comes out (or that none does). ``again`` prints it once more.
    """

    code: str = field(repr=False)
    rows: tuple[Row, ...]
    guide: Notice
    again: Key | None = None


@dataclass(frozen=True, slots=True)
class RateBody:
    """Five equal cards, none preselected; reasons appear only after one of the two bad ones."""

    levels: tuple[Key, ...]
    selected: str | None
    reasons: tuple[Key, ...]
    reasons_ticked: frozenset[str]
    thanks: str | None = None


@dataclass(frozen=True, slots=True)
class InfoBody:
    """Plain information and ways on: "cannot, and where else", functions that come later, out of service."""

    icon: str
    paragraphs: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class PinBody:
    """Technician log-in: digits shown as dots, keypad ``key.0`` … ``key.9``, ``key.delete``."""

    entered: int
    message: Notice | None
    locked: bool


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device on the technician's page."""

    name: str
    title: str
    state: str
    tone: Literal["fine", "warning", "fault"]
    model: str
    detail: str
    self_test: Key
    more: Key


@dataclass(frozen=True, slots=True)
class DiagnosticsBody:
    """The technician's first page: devices, outbox, versions, and what can be done for the whole terminal."""

    devices: tuple[DeviceRow, ...]
    outbox: tuple[Row, ...]
    versions: tuple[Row, ...]
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckBody:
    """Every other page of a technician: one device, a guided check, the loop, the byte trace, the readiness report.

    From top to bottom, each where it is there: what to do or what came out (``notice``), ``rows``, ``lines`` of a
    trace (newest last, in a face of one width), and up to six ``keys``, two beside each other.
    """

    notice: Notice | None
    rows: tuple[Row, ...] = ()
    lines: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a plot: what it is about, how much that is in words, and its length of 0 to 1. ``hollow`` is drawn
    as an outline.
    """

    label: str
    words: str
    share: float
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars below each other, each with its label; or ``days``: narrow columns beside each other, of which the first and
    the last are labelled. ``note`` says how to read it, or that there is nothing yet.
    """

    title: str
    kind: Literal["bars", "days"]
    bars: tuple[Bar, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlotsBody:
    """Figures for staff: counts in small cards, two plots a page, a pager."""

    summary: tuple[Row, ...]
    plots: tuple[Plot, ...]
    pager: str | None = None
    previous: Key | None = None
    following: Key | None = None


Body = (
    AttractBody
    | LanguageBody
    | HomeBody
    | SearchBody
    | ListBody
    | GuideBody
    | ChoiceBody
    | ConsentBody
    | IdentifyBody
    | CaptureBody
    | FormBody
    | RowsBody
    | RepeatBody
    | SignBody
    | BusyBody
    | ResultBody
    | ReceiptBody
    | CarryOnBody
    | RateBody
    | InfoBody
    | PinBody
    | DiagnosticsBody
    | CheckBody
    | PlotsBody
)


# ---- over the page ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IdleOverlay:
    """The countdown: replaces the page entirely (privacy). ``seconds_left`` is repainted once a second."""

    title: str
    text: str
    seconds_left: int
    total_s: int
    stay: Key
    leave: Key
    park: Key | None = None
    """Putting the work by instead, where that can be done."""


@dataclass(frozen=True, slots=True)
class AskOverlay:
    """A question that replaces the page for a moment: leave? call someone? what the help desk's number is."""

    icon: str
    title: str
    paragraphs: tuple[str, ...]
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class DisplayOverlay:
    """How pages are shown and used: each mode is a box of its own (names ``mode.NAME``), any of them together; every
    touch shows at once what it does. ``language`` is the other language, ``done`` goes back to the page.
    ``single``: one of the options, such as a language.
    """

    title: str
    text: str
    options: tuple[Key, ...]
    selected: frozenset[str]
    language: Key | None
    done: Key
    single: bool = False
    volume: tuple[Key, ...] = ()
    """Quieter and louder, while the page is read out."""


Overlay = IdleOverlay | AskOverlay | DisplayOverlay


@dataclass(frozen=True, slots=True)
class VoiceView:
    """``private``: headphones are plugged in, nobody else hears it. ``turn`` grows when the page is to be read again;
    ``loudness`` is a place in ``kiosk.domain.speech.LOUDNESS_STEPS``.
    """

    private: bool
    loudness: int
    turn: int


@dataclass(frozen=True, slots=True)
class ScreenView:
    """One whole screen. ``step`` is its name for stories; ``key`` changes when it is another page.

    ``strip`` is one short sentence about the machine in the status strip ("停电了，正用电池"), on any page.
    ``part`` is the part to use next, one of RESIDENT_PARTS: the guide light beside it burns, and arrows of the page
    point the same way.
    """

    step: str
    key: str
    language: str
    place: str
    title: str
    body: Body = field(repr=False)
    who: str | None = field(default=None, repr=False)
    kicker: str | None = None
    lead: str | None = None
    why: str | None = None
    progress: Progress | None = None
    notice: Notice | None = None
    back: Key | None = None
    primary: Key | None = None
    rail: tuple[Key, ...] = ()
    overlay: Overlay | None = None
    staff: bool = False
    strip: str | None = None
    part: str | None = None
    modes: Modes = PLAIN
    said: str | None = None
    """The title as it is said, where its signs cannot be."""
    private: bool = False
    """Title, lead and notice tell something about the person: they are said into headphones alone."""
    voice: VoiceView | None = None
    """How the page is read out; None where it is not."""


PartT = TypeVar("PartT")


def parts_of(kind: type[PartT], part: object) -> Iterator[PartT]:
    """Every part of this kind in a view, a body or several of them; what is inside such a part is not looked for."""
    if isinstance(part, kind):
        yield part
    elif is_dataclass(part) and not isinstance(part, type):
        for each in fields(part):
            yield from parts_of(kind, getattr(part, each.name))
    elif isinstance(part, tuple | list):
        for each in part:
            yield from parts_of(kind, each)
