"""``index.html``: each screen beside the steps that led to it, its bytes on the wire and its log lines. No scripts."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kiosk.app.logs import Line
from kiosk.app.story.record import Shot
from kiosk.app.story.wire import WireRow

MAX_WIRE_ROWS = 60
MAX_HEX = 96
_STYLE = """
:root{color-scheme:light;--ink:#1d2733;--soft:#5d6875;--line:#d9dee4;--ground:#f5f6f8;--paper:#fff;--good:#17663a;--bad:#a3271c}
*{box-sizing:border-box}body{margin:0;font:16px/1.55 "Noto Sans CJK SC","Noto Sans",sans-serif;color:var(--ink);
background:var(--ground)}header{padding:32px 40px 8px}h1{margin:0 0 4px;font-size:28px}h2{margin:0;font-size:19px}
header p{margin:4px 0;color:var(--soft)}.ok{color:var(--good)}.bad{color:var(--bad)}.facts{display:flex;flex-wrap:wrap;
gap:24px;padding:8px 40px 24px}.facts table{background:var(--paper);border:1px solid var(--line);
border-collapse:collapse}
td,th{padding:6px 14px;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}th{font-weight:600}
section{display:grid;grid-template-columns:300px 1fr;gap:28px;margin:0 40px 24px;padding:24px;background:var(--paper);
border:1px solid var(--line)}section img{width:300px;border:1px solid var(--line);display:block}
.n{color:var(--soft);font-variant-numeric:tabular-nums}ol{margin:10px 0;padding-left:22px}
pre{margin:8px 0 16px;padding:12px;
overflow:auto;max-height:340px;background:var(--ground);font:13px/1.5 "DejaVu Sans Mono","Noto Sans Mono",monospace}
h3{margin:14px 0 0;font-size:14px;color:var(--soft);font-weight:600}.none{color:var(--soft)}a{color:inherit}
@media(max-width:760px){section{grid-template-columns:1fr;margin:0 0 16px}header,.facts{padding-left:16px}}
"""


def write_index(
    out: Path,
    summary: dict[str, Any],
    shots: Sequence[Shot],
    lines: Sequence[Line],
    wire: Sequence[WireRow],
    failure: str | None,
) -> None:
    """Write ``out/index.html``."""
    parts = [
        '<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>{_e(summary['story'])}</title><style>{_STYLE}</style>",
        f"<header><h1>{_e(summary['story'])}</h1>",
        '<p class="ok">played to its end</p>' if summary["ok"] else f'<p class="bad">{_e(failure or "")}</p>',
        "</header>",
        _facts(out, summary),
    ]
    if (out / "FAILED.png").exists():
        parts.append('<section><img src="FAILED.png" alt=""><div><h2 class="bad">Where it failed</h2></div></section>')
    for number, shot in enumerate(shots):
        until = shots[number + 1].mono_ns if number + 1 < len(shots) else 1 << 63
        start = 0 if number == 0 else shot.mono_ns
        parts.append(
            _screen(
                shot,
                [line for line in lines if start <= line.mono_ns < until],
                [row for row in wire if start <= row.mono_ns < until],
            )
        )
    (out / "index.html").write_text("".join(parts) + "</html>\n", encoding="utf-8")


def _facts(out: Path, summary: dict[str, Any]) -> str:
    cases = "".join(
        f"<tr><td>{_e(case['case_id'])}</td><td>{_e(case['item'])}</td>"
        f"<td>{_e(' → '.join(at['state'] for at in case['states']))}</td><td>{_e(case['print'] or '–')}</td></tr>"
        for case in summary["cases"]
    )
    times = "".join(
        f"<tr><td>{_e(name)}</td><td>{'–' if value is None else f'{value:g} ms'}</td></tr>"
        for name, value in summary["timings_ms"].items()
    )
    names = ("receipt.pdf", "receipt.png", "receipt.txt", "receipt.bin", "summary.json", "kiosk.jsonl", "wire.jsonl")
    files = " · ".join(f'<a href="{name}">{name}</a>' for name in names if (out / name).exists())
    return (
        f'<div class="facts"><table><tr><th>case</th><th>item</th><th>states</th><th>print</th></tr>{cases}</table>'
        f"<table><tr><th>from → to</th><th></th></tr>{times}</table><div>{files}</div></div>"
    )


def _screen(shot: Shot, lines: Sequence[Line], wire: Sequence[WireRow]) -> str:
    picture = f"screens/{shot.stem}.png"
    steps = "".join(f"<li>{_e(words)}</li>" for words in shot.steps)
    return (
        f'<section id="{_e(shot.stem)}"><a href="{picture}"><img src="{picture}" alt="" loading="lazy"></a><div>'
        f'<h2>{_e(shot.step)} <span class="n">{_e(shot.stem)} · '
        f'<a href="screens/{_e(shot.stem)}.json">controls</a></span></h2>'
        + (f"<h3>what led here</h3><ol>{steps}</ol>" if steps else "")
        + _block("bytes", [_wire_words(row) for row in wire])
        + _block("log", [_line_words(line) for line in lines])
        + "</div></section>"
    )


def _block(title: str, rows: Sequence[str]) -> str:
    if not rows:
        return f'<h3>{title} <span class="none">none</span></h3>'
    shown = list(rows[:MAX_WIRE_ROWS])
    if len(rows) > MAX_WIRE_ROWS:
        shown.append(f"… {len(rows) - MAX_WIRE_ROWS} more")
    return f"<h3>{title}</h3><pre>{_e(chr(10).join(shown))}</pre>"


def _wire_words(row: WireRow) -> str:
    data = " ".join(row.hex[i : i + 2] for i in range(0, min(len(row.hex), MAX_HEX), 2))
    more = f" … {len(row.hex) // 2} bytes" if len(row.hex) > MAX_HEX else ""
    return f"{row.mono_ns / 1e9:.3f} {row.device:15} {row.direction} {data}{more}"


def _line_words(line: Line) -> str:
    more = [value for value in (line.session, line.case_id, line.device, line.code) if value]
    return f"{line.mono_ns / 1e9:.3f} {line.level:7} {line.event} {' '.join(more)}".rstrip()


def _e(text: str) -> str:
    return html.escape(text, quote=True)
