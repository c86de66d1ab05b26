"""What a story file says, read strictly: what is not understood is refused with FILE:LINE. See docs/stories.md."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from kiosk.domain.devices import DEVICE_NAMES
from kiosk.domain.errors import SettingsError
from kiosk.domain.parked import PREFIX as CARRY_ON
from kiosk.domain.time import local

SCHEMA: Final = 1
TIMEOUT_S: Final = 10.0
LONGEST_TIMEOUT_S: Final = 600.0
MAX_FILE_BYTES: Final = 1 << 20
DEVICE_VERBS: Final = frozenset(
    {
        *("place", "lift", "show", "paper_out", "paper_in", "paper_low", "cover_open", "cover_close", "fail_next"),
        *("fail_after_bytes", "delay", "garble", "silence", "unplug", "plug", "state"),
        *("remove", "clear", "glare", "blur", "dark", "paper", "toner", "jam", "cover", "fail_after_pages", "slow"),
        *("power", "charge", "door", "person", "headset", "button", "show_passport"),
    }
)


class StoryError(SettingsError):
    """A story file that cannot be played; the message begins with FILE:LINE."""

    code = "story"


@dataclass(frozen=True, slots=True)
class Touch:
    """Touch the centre of a control."""

    name: str


@dataclass(frozen=True, slots=True)
class Open:
    """Turn the pages of a list until a control is there, then touch it."""

    name: str


@dataclass(frozen=True, slots=True)
class Type:
    """Put a text into a field by its keys; a date as YYYY-MM-DD."""

    path: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sign:
    """Write on the signature area."""


@dataclass(frozen=True, slots=True)
class DeviceDo:
    """One command to the emulators; ``citizen`` asks the centre for a fresh code of that person to show. ``phone`` is
    whose phone takes over the newest slip's work, answers what stands in ``said``, and shows the code it then has.
    """

    command: Mapping[str, Any] = field(repr=False)
    citizen: str | None = None
    phone: str | None = None
    said: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Centre:
    """What the line to the centre does from now on. ``without``: the line is up, and the agency of the child item
    ``agency`` cannot be reached by the centre.
    """

    mode: str
    delay_s: float = 5.0
    agency: str = ""


@dataclass(frozen=True, slots=True)
class WaitScreen:
    """Until this screen stands there, painted."""

    step: str


@dataclass(frozen=True, slots=True)
class Expect:
    """All of these at the same moment; None is not asked."""

    text: str | None = None
    no_text: str | None = None
    control: str | None = None
    no_control: str | None = None
    enabled: bool | None = None
    screen: str | None = None
    language: str | None = None
    case_state: str | None = None
    cases: int | None = None
    receipt_contains: str | None = None
    print: str | None = None
    log_event: str | None = None


Action = Touch | Open | Type | Sign | DeviceDo | Centre | WaitScreen | Expect


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``words`` is how it is told to people: the step's own text without what a resident enters."""

    action: Action
    timeout_s: float
    line: int
    words: str


@dataclass(frozen=True, slots=True)
class Story:
    """A whole file. ``overrides`` are texts as for ``--set``."""

    name: str
    steps: tuple[Step, ...]
    centre: str = "up"
    overrides: tuple[str, ...] = ()
    about: str = ""
    source: Path = Path()


_HEADER = re.compile(r"^\s*\[\[\s*steps?\s*\]\]")
_LIST = re.compile(r"^\s*steps?\s*=\s*\[")
_ENTRY = re.compile(r"^\s*\{")
_NAME = re.compile(r"[A-Za-z0-9_.:\-]{1,80}\*?")
_TODAY = re.compile(r"today(?:\+([0-9]{1,4}))?")
_TOP = ("schema", "name", "about", "settings", "centre", "step", "steps")


def load_story(path: Path) -> Story:
    """Read a story; raises :class:`StoryError`."""
    shown = _shown(path)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise StoryError(f"{shown}:1: the file is too large for a story")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise StoryError(f"{shown}:1: the story cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise StoryError(f"{shown}:1: the file must be UTF-8 text") from error
    return parse_story(text, path)


def parse_story(text: str, path: Path) -> Story:
    """The story that ``text`` tells; ``path`` names it in messages."""
    return _Reader(text, path).story()


def _shown(path: Path) -> str:
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


class _Reader:
    def __init__(self, text: str, path: Path) -> None:
        self._path = path
        self._shown = _shown(path)
        self._lines = text.splitlines()
        try:
            self._document: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"\(at line (\d+), column \d+\)", str(error))
            line = int(place[1]) if place else max(1, len(self._lines))
            raise self._wrong(line, f"not TOML: {str(error).partition(' (at')[0]}") from error
        self._headers = self._starts()

    def _starts(self) -> list[int]:
        """The line of each step: its ``[[step]]``, or its own line in ``step = [ … ]``."""
        headers = [number for number, line in enumerate(self._lines, start=1) if _HEADER.match(line)]
        if headers:
            return headers
        opened = next((n for n, line in enumerate(self._lines, start=1) if _LIST.match(line)), None)
        return [n for n, line in enumerate(self._lines, start=1) if opened and n > opened and _ENTRY.match(line)]

    def story(self) -> Story:
        document = self._document
        for key in document:
            if key not in _TOP:
                raise self._wrong(self._find(key), f'unknown key "{key}"; known: {", ".join(_TOP)}')
        if document.get("schema", SCHEMA) != SCHEMA or isinstance(document.get("schema"), bool):
            raise self._wrong(self._find("schema"), f"schema must be {SCHEMA}")
        name = document.get("name", self._path.stem)
        if not isinstance(name, str) or not name:
            raise self._wrong(self._find("name"), "name must be a text")
        about = document.get("about", "")
        if not isinstance(about, str):
            raise self._wrong(self._find("about"), "about must be a text")
        centre = document.get("centre", "up")
        if centre not in ("up", "down"):
            raise self._wrong(self._find("centre"), 'centre must be "up" or "down": how it is when the story begins')
        if "step" in document and "steps" in document:
            raise self._wrong(self._find("steps"), "write [[step]] or [[steps]], not both")
        raw = document.get("step", document.get("steps", []))
        if not isinstance(raw, list) or not raw:
            raise self._wrong(len(self._lines) or 1, "a story needs at least one [[step]]")
        steps = tuple(self._step(index, entry) for index, entry in enumerate(raw))
        return Story(name, steps, centre, tuple(self._overrides()), about, self._path)

    def _overrides(self) -> Iterator[str]:
        settings = self._document.get("settings", {})
        if not isinstance(settings, dict):
            raise self._wrong(self._find("settings"), "[settings] is a section of a.b = value")
        for place, value in _leaves(settings, ()):
            if "." not in place or not isinstance(value, str | int | float | bool):
                raise self._wrong(self._find(place.rpartition(".")[2]), f'{place}: write "section.key" = value')
            yield f"{place}={str(value).lower() if isinstance(value, bool) else value}"

    # ---- one step

    def _step(self, index: int, entry: object) -> Step:
        line = self._headers[index] if index < len(self._headers) else self._find("step")
        if not isinstance(entry, dict):
            raise self._wrong(line, "a step is a table with one verb")
        verbs = [key for key in entry if key in _VERBS]
        for key in entry:
            if key not in _VERBS and key != "timeout_s":
                known = f"{', '.join(_VERBS)}, timeout_s"
                raise self._wrong(self._find(key, line), f'unknown key "{key}" in a step; known: {known}')
        if len(verbs) != 1:
            reason = f"has {' and '.join(verbs)}" if verbs else "has none"
            raise self._wrong(line, f"a step has exactly one of {', '.join(_VERBS)}; this one {reason}")
        timeout_s = entry.get("timeout_s", TIMEOUT_S)
        if (
            isinstance(timeout_s, bool)
            or not isinstance(timeout_s, int | float)
            or not 0 < timeout_s <= LONGEST_TIMEOUT_S
        ):
            raise self._wrong(
                self._find("timeout_s", line), f"timeout_s must be above 0 and at most {LONGEST_TIMEOUT_S:g}"
            )
        verb = verbs[0]
        at = self._find(verb, line)

        def wrong(reason: str) -> StoryError:
            return self._wrong(at, f"{verb}: {reason}")

        action = _VERBS[verb](entry[verb], wrong)
        return Step(action, float(timeout_s), at, words_of(action))

    def _find(self, key: str, start: int = 1) -> int:
        """The first line from ``start`` that gives ``key`` a value, else ``start``."""
        pattern = re.compile(rf"(?:^|[\s{{,.\"']){re.escape(key)}[\"']?\s*=|^\s*\[+\s*{re.escape(key)}\s*\]")
        following = next((number for number in self._headers if number > start), len(self._lines) + 1)
        end = following if start in self._headers else len(self._lines) + 1
        for number in range(start, end):
            if pattern.search(self._lines[number - 1]):
                return number
        return start

    def _wrong(self, line: int, reason: str) -> StoryError:
        return StoryError(f"{self._shown}:{line}: {reason}")


Wrong = Callable[[str], StoryError]


def _leaves(table: Mapping[str, Any], parent: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        place = (*parent, key)
        if isinstance(value, dict):
            yield from _leaves(value, place)
        else:
            yield ".".join(place), value


def _text(value: object, wrong: Wrong, what: str = "a text") -> str:
    if not isinstance(value, str) or not value:
        raise wrong(f"needs {what}")
    return value


def _keys(value: object, known: tuple[str, ...], wrong: Wrong) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong(f"needs a table with {', '.join(known)}")
    for key in value:
        if key not in known:
            raise wrong(f'unknown key "{key}"; known: {", ".join(known)}')
    return value


def _touch(value: object, wrong: Wrong) -> Action:
    name = _text(value, wrong, "the name of a control")
    if not _NAME.fullmatch(name):
        raise wrong(f'"{name}" is no name of a control')
    return Touch(name)


def _open(value: object, wrong: Wrong) -> Action:
    touched = _touch(value, wrong)
    return Open(touched.name) if isinstance(touched, Touch) else touched


def _type(value: object, wrong: Wrong) -> Action:
    table = _keys(value, ("field", "text"), wrong)
    path = _text(table.get("field"), wrong, 'field="PATH"').removeprefix("field.")
    if not isinstance(table.get("text"), str):
        raise wrong('needs text="…"')
    return Sign() if path == "signature" else Type(path, _day(table["text"]))


def _day(text: str) -> str:
    """``today+N`` is the date N days from the site's today, so that no story goes stale; other texts stay."""
    found = _TODAY.fullmatch(text)
    if found is None:
        return text
    return (local(datetime.now(UTC)).date() + timedelta(days=int(found[1] or 0))).isoformat()


_SLIP_CODE = re.compile(r"(?<![0-9A-Z-])[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}(?![0-9A-Z-])")
_CODE_WORD = re.compile(r"\$code(?:\.([1-9]))?")
_CARRY_ON = re.compile(rf"{CARRY_ON}\.[0-9A-Z]+\.[0-9A-Z]+")


def with_codes(text: str, receipt: str) -> str:
    """``$code`` is the code on the newest receipt, ``$code.2`` the second one there, ``$carry_on`` that of a slip to go
    on with. LookupError when there is none.
    """
    if "$carry_on" in text:
        slip = _CARRY_ON.search(receipt)
        if slip is None:
            raise LookupError("the newest receipt is no slip to go on with")
        text = text.replace("$carry_on", slip[0])
    codes: list[str] = list(dict.fromkeys(_SLIP_CODE.findall(receipt)))

    def found(word: re.Match[str]) -> str:
        number = int(word[1] or 1)
        if number > len(codes):
            raise LookupError(f"the receipt has {len(codes)} codes")
        return codes[number - 1]

    return _CODE_WORD.sub(found, text)


def _sign(value: object, wrong: Wrong) -> Action:
    if value is not True:
        raise wrong("is written sign = true")
    return Sign()


def _device(value: object, wrong: Wrong) -> Action:
    if not isinstance(value, dict):
        raise wrong('needs a table like { device = "id_card", do = "place", card = "lin" }')
    device, do, citizen = value.get("device"), value.get("do"), value.get("citizen")
    if device not in DEVICE_NAMES:
        raise wrong(f"device must be one of {', '.join(DEVICE_NAMES)}")
    if do not in DEVICE_VERBS:
        raise wrong(f"do must be one of {', '.join(sorted(DEVICE_VERBS))}")
    if citizen is not None and (device != "code_scanner" or do != "show" or not isinstance(citizen, str)):
        raise wrong('citizen = "PERSON" goes with device = "code_scanner" and do = "show"')
    phone, said = value.get("phone"), value.get("say", {})
    if phone is not None and (device != "code_scanner" or do != "show" or not isinstance(phone, str)):
        raise wrong('phone = "PERSON" goes with device = "code_scanner" and do = "show"')
    if not isinstance(said, dict) or not all(isinstance(answer, str) for answer in said.values()):
        raise wrong('say needs a table like { "residence.kind" = "rent" }')
    told = {k: v for k, v in value.items() if k not in ("citizen", "phone", "say")}
    return DeviceDo(MappingProxyType(told), citizen, phone, MappingProxyType(dict(said)))


def _centre(value: object, wrong: Wrong) -> Action:
    mode, colon, delay = _text(value, wrong).partition(":")
    if mode == "without" and delay:
        return Centre(mode, agency=delay)
    if mode not in ("up", "down", "slow", "garbage") or (colon and mode != "slow"):
        raise wrong('must be "up", "down", "slow:SECONDS", "garbage" or "without:CHILD"')
    try:
        seconds = float(delay) if colon else 5.0
    except ValueError:
        raise wrong("slow:SECONDS needs a number") from None
    if not 0 < seconds <= 60:
        raise wrong("slow:SECONDS must be above 0 and at most 60")
    return Centre(mode, seconds)


def _wait_screen(value: object, wrong: Wrong) -> Action:
    from kiosk.flow.advance import STEPS

    step = _text(value, wrong, "the name of a screen")
    step = _OTHER_NAMES.get(step, step)
    known = (*STEPS.by_name, "idle", "exit", "help")
    if step not in known:
        raise wrong(f'there is no screen "{step}"; known: {", ".join(known)}')
    return WaitScreen(step)


_OTHER_NAMES: Final[Mapping[str, str]] = MappingProxyType({"privacy": "consent"})

_EXPECT_KINDS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "text": str,
        "no_text": str,
        "control": str,
        "no_control": str,
        "enabled": bool,
        "screen": str,
        "language": str,
        "case_state": str,
        "cases": int,
        "receipt_contains": str,
        "print": str,
        "log_event": str,
    }
)


def _expect(value: object, wrong: Wrong) -> Action:
    table = dict(_keys(value, tuple(_EXPECT_KINDS), wrong))
    if not table:
        raise wrong("expects nothing")
    state = table.get("case_state")
    if isinstance(state, dict):
        table["case_state"] = _keys(state, ("state",), wrong).get("state")
    for key, given in table.items():
        kind = _EXPECT_KINDS[key]
        if not isinstance(given, kind) or (kind is int and isinstance(given, bool)):
            raise wrong(f"{key} must be {'true or false' if kind is bool else 'a number' if kind is int else 'a text'}")
    if "enabled" in table and "control" not in table:
        raise wrong("enabled goes with control")
    if "screen" in table:
        table["screen"] = _OTHER_NAMES.get(table["screen"], table["screen"])
        _wait_screen(table["screen"], wrong)
    return Expect(**table)


_VERBS: Final[Mapping[str, Callable[[object, Wrong], Action]]] = MappingProxyType(
    {
        "touch": _touch,
        "open": _open,
        "type": _type,
        "sign": _sign,
        "device": _device,
        "centre": _centre,
        "wait_screen": _wait_screen,
        "expect": _expect,
    }
)


def words_of(action: Action) -> str:
    """The step for a progress line. What is typed stays out."""
    match action:
        case Touch(name):
            return f"touch {name}"
        case Open(name):
            return f"open {name}"
        case Type(path, text):
            return f"type into {path} ({len(text)} characters)"
        case Sign():
            return "sign"
        case DeviceDo(command, citizen, phone):
            what = citizen or phone or command.get("card", "")
            return f"{command['device']}: {command['do']} {what if isinstance(what, str) else ''}".rstrip()
        case Centre(mode, delay_s, agency):
            return f"centre {mode}" + (f" {delay_s:g} s" if mode == "slow" else f" {agency}".rstrip())
        case WaitScreen(step):
            return f"until {step}"
        case Expect():
            asked = [name for name in _EXPECT_KINDS if getattr(action, name) is not None]
            return f"expect {', '.join(asked)}"
