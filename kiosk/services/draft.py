"""A visit laid aside, as bytes: what crosses from one terminal to another, or over a crash, is exactly this.

Pure. CBOR of the values that :data:`KEPT` names, read strictly by the types they are declared with: a draft of another
version, with a name too many or too few, or with a value of the wrong kind is :class:`DraftUnreadable`, never a session
that is half there. Not kept: somebody else's half-done joining, a page that is being photographed, what was filed,
print jobs, and every answer that is still being waited for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from kiosk.domain.session import Draft, IntakeSession

VERSION = 1
KEPT = (
    "id",
    "item_id",
    "draft_of",
    "answers",
    "consents",
    "subject",
    "proof",
    "licence_state",
    "licences",
    "licences_asked",
    "record_state",
    "record",
    "record_as_of",
    "contests",
    "material_ways",
    "papers",
    "declared",
    "signature",
    "parties",
    "claimed",
)
"""The fields of a session that a draft holds; the others begin anew."""
_PLACE = ("item_version", "package_sha256", "step", "page", "changing", "language")


class DraftUnreadable(ValueError):
    """These bytes are no draft that this program can read; the message says where, without any value."""


def to_bytes(draft: Draft) -> bytes:
    """The draft. The same draft gives the same bytes."""
    import cbor2

    session = {name: _plain(getattr(draft.session, name)) for name in KEPT}
    place = {name: getattr(draft, name) for name in _PLACE}
    return cbor2.dumps({"v": VERSION, "session": session, **place}, canonical=True)


def from_bytes(data: bytes) -> Draft:
    """The draft again, without its package. Raises :class:`DraftUnreadable`."""
    import cbor2

    try:
        raw = cbor2.loads(data)
    except Exception as error:  # whatever a decoder trips over, these are not the bytes of a draft
        raise DraftUnreadable("not CBOR") from error
    if not isinstance(raw, dict) or raw.get("v") != VERSION:
        raise DraftUnreadable("not a draft of this version")
    if raw.keys() != {"v", "session", *_PLACE}:
        raise DraftUnreadable("other names than a draft has")
    try:
        hints = _hints(Draft)
        place = {name: _typed(hints[name], raw[name], name) for name in _PLACE}
        session = _fields(IntakeSession, KEPT, raw["session"], "session")
    except RecursionError as error:
        raise DraftUnreadable("too deep") from error
    # What was being asked when the draft was made, nobody waits for any more.
    for state in ("licence_state", "record_state"):
        if session[state] == "asking":
            session[state] = "not_asked"
    session["licences_asked"] = frozenset(session["licences_asked"]) & frozenset(session["licences"])
    return Draft(session=IntakeSession(started_mono=0.0, **session), **place)


def _plain(value: Any) -> Any:
    """A value in the kinds that CBOR has of its own."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {key: _plain(entry) for key, entry in value.items()}
        case frozenset():
            return sorted(value)
        case tuple() | list():
            return [_plain(entry) for entry in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _fields(kind: type, names: tuple[str, ...], raw: Any, where: str) -> dict[str, Any]:
    """The values of these fields of a dataclass, no more and no fewer."""
    if not isinstance(raw, dict) or raw.keys() != set(names):
        raise DraftUnreadable(f"{where}: other names than it has")
    return {name: _typed(_hints(kind)[name], raw[name], f"{where}.{name}") for name in names}


def _typed(kind: Any, raw: Any, where: str) -> Any:
    """The value of this declared type; DraftUnreadable when it is none."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if raw is None and NoneType in args:
            return None
        (only,) = (arg for arg in args if arg is not NoneType)
        return _typed(only, raw, where)
    if origin is Literal:
        return raw if isinstance(raw, str) and raw in args else _not(where)
    if kind is Any:
        return _json(raw, where)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return kind(**_fields(kind, tuple(field.name for field in dataclasses.fields(kind)), raw, where))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
            return _not(where)
        return {key: _typed(args[1], entry, f"{where}.*") for key, entry in raw.items()}
    if origin in (tuple, frozenset):
        if not isinstance(raw, list):
            return _not(where)
        kinds = (args[0],) * len(raw) if origin is frozenset or args[1:] == (...,) else args
        if len(kinds) != len(raw):
            return _not(where)
        return origin(_typed(each, entry, f"{where}.*") for each, entry in zip(kinds, raw, strict=True))
    return _PLAIN[kind](raw, where)


def _exactly(kind: type) -> Callable[[Any, str], Any]:
    return lambda raw, where: raw if type(raw) is kind else _not(where)


def _day(raw: Any, where: str) -> date:
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        return _not(where)


def _moment(raw: Any, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(raw)
    except (TypeError, ValueError):
        return _not(where)
    return moment if moment.tzinfo is not None else _not(where)


_PLAIN: dict[Any, Callable[[Any, str], Any]] = {
    str: _exactly(str),
    int: _exactly(int),
    bool: _exactly(bool),
    bytes: _exactly(bytes),
    date: _day,
    datetime: _moment,
}


def _json(raw: Any, where: str) -> Any:
    match raw:
        case None | bool() | int() | float() | str():
            return raw
        case list():
            return [_json(entry, where) for entry in raw]
        case dict() if all(isinstance(key, str) for key in raw):
            return {key: _json(entry, where) for key, entry in raw.items()}
    return _not(where)


def _not(where: str) -> NoReturn:
    raise DraftUnreadable(f"{where}: not of its kind")
