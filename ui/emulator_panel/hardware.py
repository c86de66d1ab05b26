"""What a person can do to the emulated hardware, as data: sections of buttons, each of which is one command.

`name` is the button's control name for tests and stories of people; the command is a line of the control socket.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from ui.emulator_panel.link import Command


@dataclass(frozen=True, slots=True)
class Button:
    """One command."""

    name: str
    label: str
    command: Command = field(hash=False)


@dataclass(frozen=True, slots=True)
class Section:
    """Buttons of one device, `columns` beside each other."""

    heading: str
    buttons: tuple[Button, ...]
    columns: int = 2


def _button(name: str, label: str, device: str, do: str, **args: object) -> Button:
    return Button(name, label, {"device": device, "do": do, **args})


PASSPORTS: Final = Section(
    "护照与通行证 · Passports",
    (
        _button("passport.specimen", "有效护照 · Valid", "code_scanner", "show_passport", passport="specimen"),
        _button("passport.eriksson", "过期护照 · Expired", "code_scanner", "show_passport", passport="eriksson"),
    ),
)
RECEIPTS: Final = Section(
    "回执打印机 · Receipt printer",
    (
        _button("paper.paper_out", "抽走纸 · Paper out", "receipt_printer", "paper_out"),
        _button("paper.paper_in", "装上纸 · Paper in", "receipt_printer", "paper_in"),
        _button("paper.cover_open", "打开盖 · Open cover", "receipt_printer", "cover_open"),
        _button("paper.cover_close", "合上盖 · Close cover", "receipt_printer", "cover_close"),
    ),
)
SHEETS: Final = Section(
    "高拍仪 · Document camera",
    (
        _button("sheet.place", "放好一页 · Place a page", "document_camera", "place", text="租房合同 Lease", angle=4),
        _button("sheet.remove", "拿走 · Remove", "document_camera", "remove"),
        _button("sheet.cut_off", "放偏 · Cut off", "document_camera", "place", text="租房合同 Lease", cut_off=True),
        _button("sheet.glare", "反光 · Glare", "document_camera", "glare"),
        _button("sheet.blur", "模糊 · Blur", "document_camera", "blur", px=6),
        _button("sheet.dark", "太暗 · Dark", "document_camera", "dark"),
    ),
    columns=3,
)
DOCUMENTS: Final = Section(
    "A4 打印机 · A4 printer",
    (
        _button("a4.paper_out", "抽走纸 · Out", "document_printer", "paper", level="out"),
        _button("a4.paper_ok", "装上纸 · Paper", "document_printer", "paper", level="ok"),
        _button("a4.jam", "卡纸 · Jam", "document_printer", "jam", on=True),
        _button("a4.unjam", "清除 · Clear", "document_printer", "jam", on=False),
    ),
    columns=4,
)
CABINET: Final = Section(
    "柜门、来人、耳机、按键、电 · Door, people, headphones, buttons, power",
    (
        _button("door.open", "开柜门 · Open", "io_board", "door", what="open"),
        _button("door.closed", "关柜门 · Close", "io_board", "door", what="closed"),
        _button("person.near", "来人 · Near", "io_board", "person", what="near"),
        _button("person.away", "离开 · Away", "io_board", "person", what="away"),
        _button("headset.in", "插耳机 · Plug in", "io_board", "headset", what="in"),
        _button("headset.out", "拔耳机 · Pull out", "io_board", "headset", what="out"),
        _button("button.up", "上 · Up", "io_board", "button", what="up"),
        _button("button.down", "下 · Down", "io_board", "button", what="down"),
        _button("button.select", "选 · Choose", "io_board", "button", what="select"),
        _button("button.back", "退 · Back", "io_board", "button", what="back"),
        _button("power.battery", "停电 · Battery", "ups", "power", what="battery"),
        _button("power.low", "电快没了 · Low", "ups", "power", what="low"),
        _button("power.mains", "来电 · Mains", "ups", "power", what="mains"),
    ),
    columns=4,
)
DEVICES: Final = (
    ("id_card", "读卡器", "Card reader"),
    ("code_scanner", "扫码器", "Scanner"),
    ("receipt_printer", "回执打印机", "Receipts"),
    ("document_camera", "高拍仪", "Camera"),
    ("document_printer", "A4 打印机", "A4 printer"),
    ("io_board", "灯与门", "Lights, door"),
    ("ups", "备用电源", "UPS"),
)
