"""How far a case is, as one plain page for the phone that read the code of a receipt. It says nothing of a person.

Whoever holds the paper has the number; the page shows what it is about, its parts, and the state of each.
"""

from __future__ import annotations

from collections.abc import Sequence

from central.cases import Part
from central.desk import STYLE, Html, tag
from central.words import CITY_TIME

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
STATUS: dict[str, tuple[str, str, str]] = {
    "received": ("已收下，等着转过去", "Kept, will be passed on", "wait"),
    "accepted": ("已受理", "Accepted", "good"),
    "granted": ("办好了", "Done", "good"),
    "refused": ("没有通过", "Not granted", "stop"),
    "referred": ("人工审核中", "With an officer", "wait"),
    "ticketed": ("已立单", "Ticket open", "good"),
}


def page(parts: Sequence[Part]) -> str:
    """The whole page; the main case first."""
    main, *others = parts
    title = "办件进度 · Progress"
    meta = Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">')
    head = tag("head", meta, tag("title", title), tag("style", Html(STYLE)))
    at = main.accepted_at.astimezone(CITY_TIME)
    lead = f"{main.case_id} · {at:%Y-%m-%d %H:%M}"
    body = tag(
        "main",
        tag("p", tag("span", lead, class_="id")),
        _card(main),
        tag("p", f"同时办的 {len(others)} 件事 · {len(others)} parts") if others else None,
        *(_card(part) for part in others),
    )
    top = tag("header", tag("h1", "云浦市政务服务"), tag("span", title))
    foot = tag(
        "footer", "问进度、提意见请打 12345。本页不含个人信息。Questions: 12345. This page holds no personal data."
    )
    return "<!DOCTYPE html>" + tag("html", head, tag("body", top, body, foot, class_="track"), lang="zh-Hans")


def _card(part: Part) -> Html:
    chinese, english, mood = STATUS[part.status]
    return tag(
        "section",
        tag("h2", part.title["zh-Hans"]),
        tag("small", part.title.get("en", "")),
        tag("p", part.office["zh-Hans"] if part.office else None),
        tag("p", tag("span", chinese, class_=f"pill {mood}"), tag("small", english)),
        tag("p", f"受理编号 {part.official_no}") if part.official_no else None,
        tag("p", part.reason["zh-Hans"]) if part.reason else None,
    )
