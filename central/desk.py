"""The desk: one read-only page that shows the cases as they arrive. Demo only; names are masked before they are stored.

Every text goes through :func:`tag`, which escapes it; only what ``tag`` made itself is taken as HTML.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from central.cases import Arrival
from central.terminals import FEWEST, ItemRatings
from central.words import CITY_TIME, JSON

REFRESH_S = 2
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

STATUS: Mapping[str, tuple[str, str, str]] = {
    "received": ("已收件", "Received", "wait"),
    "accepted": ("已受理", "Accepted", "good"),
    "granted": ("已办结 · 同意", "Granted", "good"),
    "refused": ("已办结 · 不予", "Refused", "stop"),
    "referred": ("转人工", "With an officer", "wait"),
    "ticketed": ("已立单", "Ticket open", "good"),
}
UNCONFIRMED = "未确认，请问本人 · unconfirmed: ask the resident"
FAULTS: Mapping[str, str] = {
    "down": "演示：线路已断，终端连不上中心  Line down",
    "cut": "演示：收到后断线，终端得不到答复  Cut after storing",
    "slow": "演示：中心答复很慢  Slow answers",
    "garbage": "演示：线路上是登录页  Login page in between",
}

STYLE = (Path(__file__).resolve().parent / "data" / "desk.css").read_text("utf-8")


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, *inner: str | None, **attributes: str) -> Html:
    """One element; whatever is not :class:`Html` is escaped. ``class_`` writes ``class``."""
    told = "".join(f' {key.rstrip("_")}="{html.escape(value)}"' for key, value in attributes.items() if value)
    return Html(f"<{name}{told}>{''.join(_safe(part) for part in inner if part is not None)}</{name}>")


def _safe(text: str) -> str:
    return text if isinstance(text, Html) else html.escape(text)


def page(
    now: datetime,
    count: int,
    arrivals: Sequence[Arrival],
    terminals: Sequence[tuple[str, str]],
    levels: Mapping[int, int],
    rated: Sequence[ItemRatings],
    fault: JSON,
) -> str:
    """The whole page."""
    clock = now.astimezone(CITY_TIME).strftime("%Y-%m-%d %H:%M:%S")
    title = "云浦市政务服务受理中心"
    meta = Html(f'<meta charset="utf-8"><meta http-equiv="refresh" content="{REFRESH_S}">')
    head = tag("head", meta, tag("title", f"{title} · 收件台"), tag("style", Html(STYLE)))
    top = tag(
        "header", tag("h1", title), tag("span", "收件台 · Case desk（只读 read-only）"), tag("span", clock, class_="r")
    )
    warning = FAULTS.get(str(fault["mode"]))
    body = tag(
        "main",
        None if warning is None else tag("div", warning, class_="fault"),
        _summary(count, arrivals, terminals, levels),
        _table(arrivals) if arrivals else tag("div", "还没有办件。终端提交后，会自己出现在这里。", class_="none"),
        _ratings(rated) if rated else None,
    )
    foot = tag("footer", "演示页面，只显示遮盖后的姓名，自动更新。Demo page: names are masked, it updates by itself.")
    return "<!DOCTYPE html>" + tag("html", head, tag("body", top, body, foot), lang="zh-Hans")


def _summary(
    count: int, arrivals: Sequence[Arrival], terminals: Sequence[tuple[str, str]], levels: Mapping[int, int]
) -> Html:
    given = sum(levels.values())
    mean = f"{sum(level * n for level, n in levels.items()) / given:.1f}" if given else "—"
    figures = (
        (str(count), "办件 cases"),
        (str(sum(1 for one in arrivals if one.status == "referred")), "待人工 with an officer"),
        (str(len(terminals)), "终端 terminals"),
        (mean, f"评价均分 rating（{given}）"),
    )
    return tag("div", *(tag("div", tag("b", figure), tag("span", label)) for figure, label in figures), class_="sum")


def _ratings(rated: Sequence[ItemRatings]) -> Html:
    """By item, the worst first, with what was said of the bad ones."""
    names = ("事项 Item", "评价 Ratings", "均分 Mean", "不满意的原因 Reasons")
    head = tag("thead", tag("tr", *(tag("th", name) for name in names)))
    rows = (
        tag(
            "tr",
            tag("td", item.item_id, class_="id"),
            tag("td", str(item.given)),
            tag("td", f"{item.mean:.1f}"),
            tag("td", " · ".join(f"{word} {count}" for word, count in sorted(item.reasons.items())) or "—"),
        )
        for item in rated
    )
    return tag(
        "section",
        tag("h2", f"评价 · Ratings（{FEWEST} 条以上 from {FEWEST} on）"),
        tag("table", head, tag("tbody", *rows)),
    )


def _table(arrivals: Sequence[Arrival]) -> Html:
    names = (
        "收到 Arrived",
        "办件编号 Case",
        "事项 Item",
        "申请人 Who",
        "受理单位 Office",
        "状态 Status",
        "文号 / 工单 Number",
    )
    head = tag("thead", tag("tr", *(tag("th", name) for name in names)))
    return tag("table", head, tag("tbody", *(_row(one) for one in _with_children(arrivals))))


def _with_children(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """The same, newest first, with the child cases of a bundle right below their parent."""
    here = {one.case_id for one in arrivals}
    below: dict[str, list[Arrival]] = {}
    for one in reversed(arrivals):
        below.setdefault(one.parent_id if one.parent_id in here and one.parent_id else "", []).append(one)
    return [row for one in reversed(below.get("", [])) for row in (one, *below.get(one.case_id, []))]


def _row(one: Arrival) -> Html:
    chinese, english, mood = STATUS[one.status]
    at = datetime.fromisoformat(one.accepted_at).astimezone(CITY_TIME)
    return tag(
        "tr",
        tag("td", at.strftime("%m-%d %H:%M:%S"), class_="time"),
        tag("td", tag("span", one.case_id, class_="id"), tag("small", f"终端 {one.terminal}")),
        tag("td", ("└ " if one.parent_id else "") + one.title["zh-Hans"], tag("small", one.title.get("en", ""))),
        tag("td", one.holder_masked or "未留姓名"),
        tag("td", one.office),
        tag(
            "td",
            tag("span", chinese, class_=f"pill {mood}"),
            tag("small", english),
            tag("small", UNCONFIRMED) if one.unconfirmed else None,
        ),
        tag("td", one.ticket_no or one.official_no or "—", tag("small", one.reason) if one.reason else None, class_=""),
        class_="child" if one.parent_id else "",
    )
