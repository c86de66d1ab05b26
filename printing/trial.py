"""What a printer is asked to print when a technician tests it: everything a person's eye can judge at a glance."""

from __future__ import annotations

import io
from datetime import datetime, tzinfo

from kiosk.domain.time import CHINA
from kiosk.texts import say
from printing.fonts import FontStack
from printing.layout import Gap, Layout, Line, Pair, Qr, Row, Rule
from printing.sheet import ACCENT, HAIR, INK, LABEL, MM, Pen, Run, draw_qr, embedding, new_canvas

_RULER = "1234567890" * 4 + "12345678"
_CHINESE = "横竖撇捺点 折钩提 龘靐齉爩"
_SAMPLE = "https://example.invalid/test"


def lay_out_trial_slip(terminal: str, at: datetime, fonts: FontStack, zone: tzinfo = CHINA) -> Layout:
    """The slip: a ruler across the width, thin and thick strokes, double size, a code for the scanner's own test."""
    title = say("zh-Hans", "check.slip_title")
    rows: tuple[Row, ...] = (
        Line(f"{title} {say('en', 'check.slip_title')}", bold=True, align="center"),
        Pair(terminal, f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}", 12),
        Rule(),
        Line(_RULER),
        Line(_CHINESE),
        Line(_CHINESE, bold=True),
        Line("测试 TEST", bold=True, double=True, align="center"),
        Rule(),
        Gap(1),
        Qr(_SAMPLE),
        Line(say("zh-Hans", "check.slip_use"), align="center"),
        Line(say("en", "check.slip_use"), align="center"),
    )
    return Layout(rows, "zh-Hans", title, (), fonts)


def trial_page_pdf(terminal: str, at: datetime, fonts: FontStack, zone: tzinfo = CHINA) -> bytes:
    """The A4 page: a frame at 10 mm that must be whole, millimetre marks, grey steps, type from 6 to 24 points."""
    with embedding() as book:
        out = io.BytesIO()
        width, height = 210 * MM, 297 * MM
        title = say("zh-Hans", "check.page_title")
        canvas = new_canvas(out, (width, height), title, "zh-Hans")
        pen = Pen(canvas, fonts, book, grid=False)
        canvas.setStrokeColorRGB(*HAIR)
        canvas.setLineWidth(0.5)
        canvas.rect(10 * MM, 10 * MM, width - 20 * MM, height - 20 * MM)
        for mark in range(10, 201):
            long = 4 if mark % 10 == 0 else 2
            canvas.line(mark * MM, 10 * MM, mark * MM, (10 + long) * MM)
        y = height - 30 * MM
        pen.write(20 * MM, y, 20.0, [Run(f"{title} {say('en', 'check.page_title')}", ACCENT, True)])
        pen.write(
            20 * MM, y - 9 * MM, 10.0, [Run(f"{terminal} · {at.astimezone(zone):%Y-%m-%d %H:%M:%S}", LABEL, False)]
        )
        y -= 26 * MM
        for size in (6.0, 8.0, 10.0, 14.0, 18.0, 24.0):
            pen.write(20 * MM, y, size, [Run(f"{size:.0f} pt {_CHINESE}", INK, False)])
            y -= size * 1.1 + 5 * MM
        for step in range(11):
            canvas.setFillGray(step / 10)
            canvas.rect((20 + step * 15) * MM, y - 20 * MM, 15 * MM, 18 * MM, stroke=1, fill=1)
        draw_qr(canvas, _SAMPLE, 20 * MM, y - 70 * MM, 40 * MM)
        canvas.showPage()
        canvas.save()
        return out.getvalue()
