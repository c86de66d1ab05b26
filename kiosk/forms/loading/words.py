"""Plain building of values from JSON that its schema has let through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from kiosk.forms.model import FieldCheck, Figures, Guide, Office, Option, ResultText, ResultTexts, ScenarioOutcome, Text


def checks(raw: Iterable[Mapping[str, Any]]) -> tuple[FieldCheck, ...]:
    """Checks of a field or a paper."""
    return tuple(FieldCheck(c["code"], c["rule"], c["message"]) for c in raw)


def outcomes(raw: Iterable[Mapping[str, Any]]) -> tuple[ScenarioOutcome, ...]:
    """Reasons to stop."""
    return tuple(ScenarioOutcome(o["rule"], o["reason"], o["elsewhere"]) for o in raw)


def option(raw: Mapping[str, Any]) -> Option:
    """One choice."""
    return Option(raw["value"], raw["label"], raw.get("hint"), raw.get("icon"))


def office(raw: Mapping[str, Any]) -> Office:
    """One office."""
    return Office(raw["code"], raw["name"], raw["phone"], raw.get("address"), raw.get("hours"))


def guide(raw: Mapping[str, Any]) -> Guide:
    """All of guide.json."""

    def figures(name: Literal["before", "now"]) -> Figures | None:
        return Figures(**raw[name]) if name in raw else None

    def texts(name: str) -> tuple[Text, ...]:
        return tuple(raw.get(name, ()))

    return Guide(
        who=texts("who"),
        fee=raw["fee"],
        visits=raw["visits"],
        promised_workdays=raw["promised_workdays"],
        statutory_workdays=raw["statutory_workdays"],
        minutes=raw["minutes"],
        finish_here=raw["finish_here"],
        can_finish_here=raw["can_finish_here"],
        after=raw["after"],
        elsewhere=raw["elsewhere"],
        ask_at=raw["ask_at"],
        fee_note=raw.get("fee_note"),
        bring=texts("bring"),
        before=figures("before"),
        now=figures("now"),
    )


def result(raw: Mapping[str, Any]) -> ResultTexts:
    """All of result.json."""
    return ResultTexts(
        by_status={status: ResultText(t["title"], t["body"]) for status, t in raw["by_status"].items()},
        next_steps=tuple(raw["next_steps"]),
        deliver=raw.get("deliver"),
    )
