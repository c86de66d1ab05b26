"""What a page says to those who do not see it: every text in the order of reading, for any page there is.

What stands there about the person is a private phrase: into headphones it is said whole, through a loudspeaker only
that it is there (EN 301 549, 5.1.3.9). Secrets are dots on the page and are not said at all (5.1.3.8). Keys of the
frame that stand on every page are heard when the buttons come to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from kiosk.domain.speech import Phrase
from kiosk.flow.view import (
    AskOverlay,
    AttractBody,
    Body,
    BusyBody,
    CaptureBody,
    CarryOnBody,
    ChoiceBody,
    ConsentBody,
    DisplayOverlay,
    FieldView,
    FormBody,
    GuideBody,
    HomeBody,
    IdentifyBody,
    IdleOverlay,
    InfoBody,
    Key,
    LanguageBody,
    ListBody,
    Method,
    Notice,
    Overlay,
    RateBody,
    ReceiptBody,
    RepeatBody,
    RepeatEntry,
    ResultBody,
    Row,
    RowsBody,
    ScreenView,
    SearchBody,
    SheetView,
    SignBody,
    parts_of,
)
from kiosk.texts import say
from kiosk.texts.dates import day_words

_HERE: Final[dict[Method, str]] = {"id_card": "card_here", "citizen_qr": "code_here", "passport": "passport_here"}
TENS: Final = 10
"""A countdown is heard every so many seconds."""


ABOUT_THEM: Final = frozenset({
    *("lookup", "precheck", "materials", "review", "result", "receipt", "tracking", "owed", "take_up", "resume"),
    *("parties", "hand_over", "party_identify", "party_sees", "party_sign", "hand_back", "follow_review"),
    *("follow_result", "work_sees", "work_sign", "cannot", "carry_on", "book"),
})  # fmt: skip
"""Steps whose pages tell what is known or decided about the person, in any of their texts but the keys."""
TITLED: Final = frozenset({"review", "materials", "receipt", "precheck", "book", "take_up", "carry_on", "resume"})
"""Those of them whose title is the same for everybody."""


def reading(view: ScreenView) -> tuple[Phrase, ...]:
    """Everything on the page, phrase by phrase; nothing of the pages that nobody stands before or that are staff's."""
    if view.staff or isinstance(view.body, AttractBody):
        return ()
    if view.overlay is not None:
        found = tuple(_over(view, view.overlay))
    else:
        body = _kept_private(view, _body(view)) if view.step in ABOUT_THEM else _body(view)
        found = (*_head(view), *body, *_foot(view))
    return tuple(phrase for phrase in found if phrase.text.strip())


def about(view: ScreenView, name: str) -> tuple[Phrase, ...]:
    """What is said of the one thing of this name that the buttons are on; empty where the view does not know it."""
    selected = _selected(view)
    for row in parts_of(Row, view.body):
        if name == f"reveal.{row.label}":
            return tuple(_rows(view, (replace(row, key=None),), private=True))
        if row.key is not None and row.key.name == name:
            return (Phrase(row.label), *_key(view, row.key))
    for number, entry in enumerate(parts_of(RepeatEntry, view.body), 1):
        for key in (entry.change, entry.remove):
            if key.name == name:
                return (_private(entry.title, say(view.language, "speech.entry", count=number)), *_key(view, key))
    for key in keys(view):
        if key.name == name:
            return (*_key(view, key), *_state(view, key, selected))
    for field in getattr(view.body, "fields", ()):
        if field.name == name:
            return tuple(_field(view, field))
    return ()


def keys(view: ScreenView) -> Iterator[Key]:
    """Every key that the page has, of the overlay alone while there is one."""
    shown: tuple[object, ...] = (view.overlay,) if view.overlay is not None else (
        view.body, view.primary, view.back, *view.rail,
    )  # fmt: skip
    return parts_of(Key, shown)


# ---- the frame --------------------------------------------------------------------------------------------------


def _kept_private(view: ScreenView, phrases: Iterable[Phrase]) -> Iterator[Phrase]:
    """On a page about the person everything is theirs but the words of its keys, what to do now, and where help is."""
    public = {phrase.text for key in keys(view) for phrase in _key(view, key)}
    body = view.body
    if isinstance(body, IdentifyBody):
        public |= {*body.steps, say(view.language, f"screen.{_HERE[body.method]}")}
    elif isinstance(body, ReceiptBody | CarryOnBody):
        public |= {phrase.text for phrase in _notice(body.guide)}
    public |= {phrase.text for row in _ways(view) for phrase in _rows(view, (row,))}
    for phrase in phrases:
        yield phrase if phrase.private or phrase.text in public else Phrase(phrase.text, private=True)


def _ways(view: ScreenView) -> tuple[Row, ...]:
    """Where else it can be done, and who helps: the same for everybody."""
    body = view.body
    if isinstance(body, IdentifyBody):
        return body.elsewhere
    return body.rows if isinstance(body, InfoBody) and view.step == "cannot" else ()


def _head(view: ScreenView) -> Iterator[Phrase]:
    private = view.private or view.step in ABOUT_THEM
    if view.strip:
        yield Phrase(view.strip)
    if view.progress is not None:
        yield Phrase(_joined(view, view.progress.item, view.progress.label))
    yield Phrase(view.said or view.title, private=view.step in ABOUT_THEM - TITLED)
    for text in (view.lead, view.why):
        if text:
            yield Phrase(text, private=private)
    if view.notice is not None:
        for phrase in _notice(view.notice):
            yield Phrase(phrase.text, private=private)


def _foot(view: ScreenView) -> Iterator[Phrase]:
    if view.kicker:
        # Above the title stands which agency and which number; few wait for that.
        yield Phrase(view.kicker, private=view.step in ABOUT_THEM)
    key = view.primary
    if key is not None:
        yield from _key(view, key) if key.enabled else [Phrase(key.why_disabled or "")]


def _over(view: ScreenView, overlay: Overlay) -> Iterator[Phrase]:
    yield Phrase(overlay.title)
    match overlay:
        case IdleOverlay():
            yield Phrase(overlay.text)
            tens = -(-overlay.seconds_left // TENS) * TENS
            yield Phrase(say(view.language, "speech.seconds", count=tens))
            yield from _all(view, (overlay.stay, overlay.leave, *((overlay.park,) if overlay.park else ())))
        case AskOverlay():
            yield from map(Phrase, overlay.paragraphs)
            yield from _all(view, overlay.keys)
        case DisplayOverlay():
            yield Phrase(overlay.text)
            yield from _options(view, overlay.options, overlay.selected, private=False)
            yield from _all(view, (*((overlay.language,) if overlay.language else ()), overlay.done))


# ---- bodies -----------------------------------------------------------------------------------------------------


def _body(view: ScreenView) -> Iterator[Phrase]:
    body: Body = view.body
    match body:
        case LanguageBody():
            yield from _all(view, body.choices)
        case HomeBody():
            yield from _all(view, (body.search, *body.life_events, *body.everyday))
        case SearchBody():
            yield Phrase(body.query, private=True)
            yield from _lines(body.empty)
            yield from _all(view, body.results)
        case ListBody():
            yield from _all(view, body.keys)
            yield from _lines(body.pager)
        case GuideBody():
            yield from _guide(view, body)
        case ChoiceBody():
            yield from _lines(body.error)
            yield from _options(view, body.options, body.selected)
            yield from _lines(body.pager)
        case ConsentBody():
            yield from _lines(*body.paragraphs)
            yield from _options(view, body.boxes, body.ticked, private=False)
        case IdentifyBody():
            yield from _lines(*body.steps)
            if body.state == "waiting":
                yield Phrase(say(view.language, f"screen.{_HERE[body.method]}"))
            yield from _maybe(body.message)
            yield from _rows(view, body.elsewhere)
            yield from _all(view, (*((body.retry,) if body.retry else ()), *body.switches))
        case CaptureBody():
            yield from _lines(*body.steps, body.count)
            if not body.picture:
                yield Phrase(say(view.language, "screen.paper_here"))
            yield from _maybe(body.advice)
            yield from _all(view, body.keys)
        case FormBody():
            for field in body.fields:
                yield from _field(view, field)
        case RowsBody():
            known = view.step != "checklist"  # before anybody said who they are, it is the item's
            yield from _rows(view, body.summary, private=known)
            yield from _rows(view, body.rows, private=known)
            yield from _lines(body.pager)
        case RepeatBody():
            yield from _lines(body.error, body.empty if not body.entries else None)
            for number, entry in enumerate(body.entries, 1):
                words = _joined(view, entry.title, entry.detail)
                yield _private(words, say(view.language, "speech.entry", count=number))
            if body.add is not None:
                yield from _key(view, body.add)
        case SignBody():
            yield from _lines(*body.paragraphs)
            yield from _options(view, (body.box,), frozenset({body.box.name} if body.ticked else ()), private=False)
            yield from _lines(body.placeholder)
            yield from _key(view, body.instead)
        case BusyBody():
            yield from _lines(body.text, body.detail)
        case ResultBody():
            yield from _result(view, body)
        case ReceiptBody():
            yield from _notice(body.guide)
            for line in body.lines:
                yield _private(line, "")
            if body.sheet is not None:
                yield from _sheet(view, body.sheet)
            yield from _all(view, body.extra)
        case CarryOnBody():
            yield from _notice(body.guide)
            yield from _rows(view, body.rows, private=True)
            yield from _all(view, (body.again,) if body.again else ())
        case RateBody():
            chosen = frozenset({body.selected} if body.selected else ())
            yield from _options(view, body.levels, chosen, private=False)
            yield from _options(view, body.reasons, body.reasons_ticked, private=False)
            yield from _lines(body.thanks)
        case InfoBody():
            yield from _lines(*body.paragraphs)
            yield from _rows(view, body.rows, private=view.step in ABOUT_THEM - {"cannot"})
            yield from _all(view, body.keys)


def _guide(view: ScreenView, body: GuideBody) -> Iterator[Phrase]:
    yield from _lines(body.verdict, body.verdict_text)
    yield from _maybe(body.caution)
    if body.elsewhere:
        yield from _lines(body.elsewhere_title)
        yield from _rows(view, body.elsewhere)
    else:
        yield from _lines(
            body.time_title,
            _joined(view, body.promised_label, body.promised),
            _joined(view, body.statutory_label, body.statutory),
            _joined(view, body.fee_title, body.fee, body.fee_note),
            body.visits,
        )
    yield from _lines(_joined(view, body.who_title, *body.who))
    yield from _lines(_joined(view, body.materials_title, body.materials_summary))
    yield from _rows(view, body.materials)
    yield from _lines(body.pager)


def _result(view: ScreenView, body: ResultBody) -> Iterator[Phrase]:
    for step in body.track:
        state = say(view.language, f"speech.track_{step.state}")
        yield Phrase(_joined(view, step.title, step.detail, state))
    yield from _maybe(body.reason)
    yield from _rows(view, body.numbers, private=True)
    yield from _lines(body.document_title)
    yield from _rows(view, body.document, private=True)


def _sheet(view: ScreenView, sheet: SheetView) -> Iterator[Phrase]:
    yield from _notice(sheet.notice)
    yield from _all(view, (sheet.key,) if sheet.key else ())


# ---- parts ------------------------------------------------------------------------------------------------------


def _lines(*texts: str | None) -> Iterator[Phrase]:
    return (Phrase(text) for text in texts if text)


def _notice(notice: Notice) -> Iterator[Phrase]:
    return _lines(notice.title, notice.text)


def _maybe(notice: Notice | None) -> Iterator[Phrase]:
    return iter(()) if notice is None else _notice(notice)


def _joined(view: ScreenView, *texts: str | None) -> str:
    return say(view.language, "speech.pause").join(text for text in texts if text)


def _key(view: ScreenView, key: Key) -> Iterator[Phrase]:
    off = None if key.enabled else key.why_disabled or say(view.language, "speech.off")
    # The way out of a long list says where in it one was.
    yield Phrase(_joined(view, key.label, key.hint, key.tag, off), private=key.name.startswith("pick.up"))


def _all(view: ScreenView, several: Iterable[Key]) -> Iterator[Phrase]:
    for key in several:
        yield from _key(view, key)


def _options(
    view: ScreenView, options: Iterable[Key], selected: frozenset[str], *, private: bool = True
) -> Iterator[Phrase]:
    """Each choice; which is taken is an answer, and the business of whoever gave it unless ``private`` is False."""
    for key in options:
        plain = _joined(view, key.label, key.hint, key.tag)
        if key.name in selected:
            taken = _joined(view, plain, say(view.language, "speech.selected"))
            yield Phrase(taken, private=private, instead=plain)
        else:
            yield from _key(view, key)


def _selected(view: ScreenView) -> Callable[[str], bool]:
    chosen: set[str] = set()
    for part in (view.body, view.overlay, *getattr(view.body, "fields", ())):
        for name in ("selected", "ticked", "reasons_ticked"):
            value = getattr(part, name, None)
            if isinstance(value, frozenset):
                chosen |= value
            elif isinstance(value, str):
                chosen.add(value)
        if isinstance(part, SignBody) and part.ticked:
            chosen.add(part.box.name)
    return chosen.__contains__


def _state(view: ScreenView, key: Key, selected: Callable[[str], bool]) -> Iterator[Phrase]:
    """What can be heard of a choice beside its words: taken or not."""
    if not key.name.startswith(("choice.", "mode.", "consent.", "declare.", "rate.", "reason.", "language.")):
        return
    if selected(key.name):
        # What somebody chose as an answer is theirs.
        yield Phrase(say(view.language, "speech.selected"), private=key.name.startswith("choice."))


def _private(words: str, instead: str) -> Phrase:
    return Phrase(words, private=True, instead=instead)


def _field(view: ScreenView, field: FieldView) -> Iterator[Phrase]:
    language = view.language
    label = _joined(view, field.label, field.optional)
    value = field.value
    if field.options:
        labels = [key.label for key in field.options if key.name in field.selected]
        yield Phrase(label)
        yield from _lines(field.error, field.help)
        yield from _options(view, field.options, field.selected)
        if not labels:
            return
    elif not value:
        yield Phrase(_joined(view, label, say(language, "speech.empty")))
        yield from _lines(field.error, field.help, field.example)
    else:
        filled = _joined(view, label, say(language, "speech.filled"))
        if field.masked:
            yield Phrase(_joined(view, label, say(language, "speech.signs", count=len(value))))
        else:
            words = _day(value, language) if field.kind == "date" else value
            yield _private(_joined(view, label, words), filled)
            if field.source:
                yield Phrase(say(language, "screen.filled_from", source=field.source))
        yield from _lines(field.error, field.help, field.example)


def _day(iso: str, language: str) -> str:
    try:
        return day_words(language, date.fromisoformat(iso), "weekday")
    except ValueError:
        return iso


def _rows(view: ScreenView, rows: Iterable[Row], *, private: bool = False) -> Iterator[Phrase]:
    """Label, value and where it comes from. ``private``: the value is about the person."""
    for row in rows:
        around = (row.source, row.tag, row.hint)
        if private and (row.value or any(around)):
            filled = say(view.language, "speech.filled") if row.value else ""
            whole = _joined(view, row.label, row.reveal or row.value, *around)
            yield _private(whole, _joined(view, row.label, filled))
        else:
            yield Phrase(_joined(view, row.label, row.value, *around))
        if row.key is not None:
            yield from _key(view, row.key)
