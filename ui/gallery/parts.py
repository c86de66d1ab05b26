"""Sheets of the kit: one page a family of parts, each part in its states. What is painted are the parts themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from kiosk.domain.modes import PLAIN, Modes
from kiosk.flow.view import Key as KeyView
from kiosk.flow.view import Notice, Row, RowsBody, ScreenView
from ui.gallery import finding, outcome
from ui.gallery.sampler import Sampler
from ui.gallery.sheet import WIDTH_PX, Cell, Sheet
from ui.keyboard.widget import KeyboardWidget
from ui.kit.cards import ChoiceCard, Mark, Tile
from ui.kit.date_wheel import HEIGHT_PX as WHEEL_HEIGHT
from ui.kit.date_wheel import DateWheel
from ui.kit.field_box import FieldBox
from ui.kit.frame import Frame, frame_for
from ui.kit.icons import icon_names
from ui.kit.keys import Pressable, RailKey
from ui.kit.paint import FaceName
from ui.kit.progress import BusyBar, paint_progress
from ui.kit.signature import SignaturePad
from ui.kit.theme import STEPS, Theme, colour_names
from ui.screens.ask import tag
from ui.screens.build import build_screen
from ui.screens.counter import busy_panel, slot_panel
from ui.screens.home import pager_row
from ui.screens.notices import error_line, notice_box, notice_height
from ui.screens.rows import RowsScreen, eye_key

SIGNED: Final = (
    ((90, 210), (150, 120), (200, 230), (250, 110), (262, 240)),
    ((330, 130), (330, 250), (420, 150), (470, 245), (560, 140)),
)


def _key(
    label: str, sign: str | None, look: FaceName, do: str = "", *, why: str | None = None, small: bool = False
) -> Callable[[Sheet, float, float, float], None]:
    def put(sheet: Sheet, x: float, y: float, width: float) -> None:
        view = KeyView("sample", label, icon=sign, enabled=why is None)
        made = sheet.key(
            view, x, y, width, 88 if small else 144, look=look, small=small, step="body" if small else "key", reason=why
        )
        _after(sheet, made, do)

    return put


def _after(sheet: Sheet, part: Pressable, do: str) -> None:
    if do == "pressed":
        sheet.pressed(part)
    elif do == "ringed":
        sheet.ringed(part)


def keys(s: Sampler) -> tuple[Cell, ...]:
    """Keys: what has a lip can be pressed."""
    go, back, first = s.t("下一步", "Next"), s.t("返回", "Back"), s.t("先选一个，再往下", "Choose one to go on")

    def slot(sheet: Sheet, x: float, y: float, width: float) -> None:
        sheet.frame = replace(sheet.frame, only=replace(sheet.frame.only, left=x, top=y, width=width))
        slot_panel(sheet, s.t("请把身份证放上来", "Put your card here"), "id_card")

    def busy(sheet: Sheet, x: float, y: float, width: float) -> None:
        sheet.frame = replace(sheet.frame, only=replace(sheet.frame.only, left=x, top=y, width=width))
        busy_panel(sheet, s.t("正在提交", "Sending"))

    def eye(sheet: Sheet, x: float, y: float, width: float) -> None:
        eye_key(sheet, "reveal", x + 240, y, 88)

    return (
        Cell(s.t("主键：平时", "Primary: at rest"), 144, _key(go, "forward", "primary")),
        Cell(s.t("按下：厚边没了，面沉下去", "Pressed: the lip goes"), 144,
             _key(go, "forward", "primary", "pressed")),
        Cell(s.t("用按键选到：双圈", "The keypad is on it"), 144, _key(go, "forward", "primary", "ringed")),
        Cell(s.t("不能按：虚线，说为什么", "Cannot be pressed, and why"), 144,
             _key(go, "forward", "primary", why=first)),
        Cell(s.t("正在做：平的，有进度", "Busy: flat, with a bar"), 144, busy),
        Cell(s.t("琥珀：用手到机器上做", "Amber: with your hand"), 144, slot),
        Cell(s.t("普通键", "Plain"), 144, _key(back, "back", "plain")),
        Cell(s.t("普通键按下", "Plain, pressed"), 144, _key(back, "back", "plain", "pressed")),
        Cell(s.t("小键", "Small"), 88, _key(s.t("改一改", "Change"), "pencil", "plain", small=True), 3),
        Cell(s.t("次要", "Quiet"), 88, _key(s.t("换个办法", "Another way"), None, "quiet", small=True), 3),
        Cell(s.t("按住才看", "Hold to see"), 88, eye, 3),
    )  # fmt: skip


def _card(
    s: Sampler, *, mark: Mark = "ring", selected: bool = False, do: str = "", why: str | None = None,
    marked: str | None = None, bare: bool = False,
) -> Callable[[Sheet, float, float, float], None]:  # fmt: skip
    def put(sheet: Sheet, x: float, y: float, width: float) -> None:
        made = ChoiceCard(
            sheet, sheet.theme, "sample", s.t("自己家的房子", "My home"),
            hint=None if bare else s.t("房产证是我或家人的", "Deed in hand"), icon_name="house", mark=mark,
            selected=selected, tag=marked, why_disabled=why,
        )  # fmt: skip
        made.setEnabled(why is None)
        sheet.add(made, x, y, width, 200 if sheet.theme.large else 144)
        _after(sheet, made, do)

    return put


def choices(s: Sampler) -> tuple[Cell, ...]:
    """Cards of one answer."""
    here = s.t("本机办不了，去人民路厅", "Desk 3, Renmin Rd")
    return (
        Cell(s.t("平时", "At rest"), 200, _card(s)),
        Cell(s.t("按下", "Pressed"), 200, _card(s, do="pressed")),
        Cell(s.t("选中：底色、粗边、对勾一起变", "Selected: fill, edge and tick"), 200, _card(s, selected=True)),
        Cell(s.t("用按键选到", "The keypad is on it"), 200, _card(s, do="ringed")),
        Cell(s.t("不能选：写明原因和去处", "Not here: why, and where else"), 200, _card(s, why=here)),
        Cell(s.t("要核对", "With a tag"), 200, _card(s, marked=s.t("请核对", "Check"), mark="none", bare=True)),
        Cell(s.t("可以选几个", "One of several"), 200, _card(s, mark="box")),
        Cell(s.t("可以选几个：选中", "One of several, selected"), 200, _card(s, mark="box", selected=True)),
        Cell(s.t("通往下一页", "Leads on"), 200, _card(s, mark="forward"), 2),
    )


def tiles(s: Sampler) -> tuple[Cell, ...]:
    """Tiles, rating cards and the keys of the rail."""

    def tile(do: str = "", *, look: FaceName = "plain", enabled: bool = True) -> Callable[..., None]:
        def put(sheet: Sheet, x: float, y: float, width: float) -> None:
            label, hint = s.t("住房", "Housing"), s.t("居住证 公积金", "Permits")
            made = Tile(sheet, sheet.theme, "sample", label, icon_name="house", hint=hint, look=look)
            made.setEnabled(enabled)
            sheet.add(made, x, y, width, 240)
            _after(sheet, made, do)

        return put

    def rail(do: str = "") -> Callable[..., None]:
        def put(sheet: Sheet, x: float, y: float, width: float) -> None:
            sheet.card(x, y, width, 144, fill="rail", line=None, radius=0)
            made = RailKey(sheet, sheet.theme, "sample", s.t("叫人帮忙", "Get help"), "bell")
            sheet.add(made, x + 40, y, width - 80, 144)
            _after(sheet, made, do)

        return put

    return (
        Cell(s.t("平时", "At rest"), 240, tile(), 3),
        Cell(s.t("按下", "Pressed"), 240, tile("pressed"), 3),
        Cell(s.t("用按键选到", "Keypad on it"), 240, tile("ringed"), 3),
        Cell(s.t("选中", "Selected"), 240, tile(look="selected"), 3),
        Cell(s.t("不能按", "Cannot be pressed"), 240, tile(enabled=False), 3),
        Cell(s.t("次要", "Quiet"), 240, tile(look="quiet"), 3),
        Cell(s.t("机器自己的键", "A key of the machine"), 144, rail(), 3),
        Cell(s.t("按下", "Pressed"), 144, rail("pressed"), 3),
        Cell(s.t("用按键选到", "Keypad on it"), 144, rail("ringed"), 3),
    )


def fields(s: Sampler) -> tuple[Cell, ...]:
    """What is filled in."""

    def field(
        text: str = "", *, composing: str = "", active: bool = False, wrong: str = "", example: str = "",
        masked: bool = False, do: str = "", lines: int = 1,
    ) -> Callable[..., None]:  # fmt: skip
        def put(sheet: Sheet, x: float, y: float, width: float) -> None:
            made = FieldBox(sheet, sheet.theme, "sample", s.t("手机号", "Mobile number"), lines=lines)
            made.set_text(text)
            made.set_composing(composing)
            made.set_look(active=active, error=bool(wrong), placeholder=example, masked=masked)
            sheet.add(made, x, y, width, 152 if lines == 1 else 240)
            if wrong:
                error_line(sheet, wrong, y + 152 + 12 + sheet.height_of(wrong, "small", width - 56, bold=True), x=x,
                                 width=width)  # fmt: skip
            _after(sheet, made, do)

        return put

    wrong = s.t("手机号要 11 位，现在是 7 位", "Needs 11 digits, has 7")
    noise = s.t("楼下夜里施工太吵，\n已经三天", "Building work at night,\nfor three days")
    street = s.t("柳桥路 128 弄", "128 Liuqiao Rd")
    return (
        Cell(s.t("空的，有例子", "Empty, with an example"), 152,
             field(example=s.t("例：柳桥路 8 弄", "e.g. 8 Liuqiao Rd"))),
        Cell(s.t("正在写", "Being written"), 152, field(street, active=True)),
        Cell(s.t("正在拼", "Being composed"), 152, field(s.t("柳桥", "Liu"), composing="lu", active=True)),
        Cell(s.t("用按键选到", "The keypad is on it"), 152, field(street, do="ringed")),
        Cell(s.t("写错：粗边，说怎么改", "Wrong: what right looks like"), 262, field("1390000", wrong=wrong)),
        Cell(s.t("遮住的", "Masked"), 152, field("13900001234", masked=True)),
        Cell(s.t("几行", "Several lines"), 240, field(noise, lines=2), 2),
    )  # fmt: skip


def days(s: Sampler) -> tuple[Cell, ...]:
    """Choosing a day."""

    def wheel(day: str | None, first: str | None = None, last: str | None = None) -> Callable[..., None]:
        def put(sheet: Sheet, x: float, y: float, width: float) -> None:
            made = DateWheel(sheet, sheet.theme)
            sheet.place(made, x, y, width, WHEEL_HEIGHT)
            made.set_value(day, first, last, sheet.view.language)

        return put

    return (
        Cell(s.t("选好了", "Chosen"), WHEEL_HEIGHT, wheel("2025-03-12"), 2),
        Cell(s.t("还没选；到头了的键是虚线", "Not chosen yet; keys at the bound are dashed"), WHEEL_HEIGHT,
             wheel(None, "2024-11-01", "2026-11-21"), 2),
    )  # fmt: skip


def regions(s: Sampler) -> tuple[Cell, ...]:
    """Choosing a region: province, city, county and street, each as one short page of cards with a pager."""
    names = (("云浦市", "Yunpu"), ("南岸区", "South Bank"), ("柳桥街道", "Liuqiao"))

    def level(number: int) -> Callable[..., None]:
        def put(sheet: Sheet, x: float, y: float, width: float) -> None:
            made = ChoiceCard(sheet, sheet.theme, "sample", s.t(*names[number]), icon_name="place", mark="forward")
            sheet.add(made, x, y, width, 120)

        return put

    def pager(sheet: Sheet, x: float, y: float, width: float) -> None:
        earlier, later = s.key("page.previous", "前面的", "Previous"), s.key("page.following", "后面的", "More")
        pager_row(sheet, earlier, s.t("第 2 页，共 3 页", "Page 2 of 3"), later, y)

    return (
        *(Cell("", 120, level(number), 2) for number in range(len(names))),
        Cell(s.t("一页放不下，就翻页", "What one page does not hold is on the next"), 96, pager, 2),
    )


def progress(s: Sampler) -> tuple[Cell, ...]:
    """Where one is, and what is under way."""

    def steps(now: int, total: int) -> Callable[..., None]:
        def put(sheet: Sheet, x: float, y: float, width: float) -> None:
            theme, box = sheet.theme.unscaled(), QRectF(x, y, width, 16)
            sheet.paint(lambda painter: paint_progress(painter, theme, box, now, total))

        return put

    def bar(sheet: Sheet, x: float, y: float, width: float) -> None:
        sheet.place(BusyBar(sheet, sheet.theme), x, y, width, 32)

    def label(now: int, total: int) -> str:
        return s.t(f"第 {now} 步，共 {total} 步", f"Step {now} of {total}")

    return (
        *(Cell(label(now, total), 16, steps(now, total), 2) for now, total in ((1, 3), (4, 9), (9, 9), (8, 20))),
        Cell(s.t("正在做：不假装快做完了", "Busy: never claims to be nearly done"), 32, bar, 2),
    )


def notices(s: Sampler) -> tuple[Cell, ...]:
    """Notices and tags: flat, they cannot be pressed."""

    def box(notice: Notice) -> Callable[..., None]:
        def put(sheet: Sheet, x: float, y: float, width: float) -> None:
            notice_box(sheet, notice, x, y, width, notice_height(sheet, notice, width))

        return put

    def mark(text: str, tone: str) -> Callable[..., None]:
        def put(sheet: Sheet, x: float, y: float, width: float) -> None:
            tag(sheet, text, tone, x, y, width)

        return put

    out = s.t("打印机缺纸", "The printer is out of paper")
    way = s.t("照样能办，回执到人民路厅补打。", "You can still apply. Get the receipt at Renmin Road.")
    return (
        Cell(s.t("琥珀：去碰机器上亮灯的地方", "Amber: go to the lit part of the machine"), 112,
             box(Notice("guide", s.t("请取走回执", "Please take the receipt"), icon="slip")), 2),
        Cell(s.t("陶土：要留意，说怎么办", "Clay: mind this, and what to do"), 204,
             box(Notice("caution", out, way, "printer")), 2),
        Cell(s.t("青瓷：说明", "Celadon: to know"), 112,
             box(Notice("info", s.t("五个工作日内办好", "Ready in five workdays"))), 2),
        Cell(s.t("青瓷：办好了", "Celadon: done"), 112,
             box(Notice("done", s.t("本机已收件", "Received here"))), 2),
        Cell(s.t("有了", "There already"), 60, mark(s.t("免交", "Waived"), "filled"), 3),
        Cell(s.t("要做", "To do"), 60, mark(s.t("请带来", "Bring it"), "outline"), 3),
        Cell(s.t("请留意", "To check"), 60, mark(s.t("请核对", "Check"), "caution"), 3),
    )  # fmt: skip


def papers(s: Sampler) -> tuple[Cell, ...]:
    """The signature pad, and receipts as they come out."""

    def pad(strokes: tuple[tuple[tuple[int, int], ...], ...]) -> Callable[..., None]:
        def put(sheet: Sheet, x: float, y: float, width: float) -> None:
            made = SignaturePad(sheet, sheet.theme)
            made.set_placeholder(s.t("用手指在这里写名字", "Write your name here"))
            made.set_strokes(strokes)
            sheet.place(made, x, y, width, 300)

        return put

    def page(view: ScreenView) -> Callable[..., None]:
        def put(sheet: Sheet, x: float, y: float, width: float) -> None:
            scale = width / WIDTH_PX
            theme = Theme(scale=scale, language=view.language, large=sheet.theme.large, contrast=sheet.theme.contrast)

            def frame(low: bool) -> Frame:
                return frame_for(round(width), round(1920 * scale), low=low)

            made = build_screen(sheet, theme, frame, replace(view, modes=sheet.view.modes), sheet.context)
            made.move(round(x), round(y))
            made.show()

        return put

    return (
        Cell(s.t("签名：空的", "Signature: empty"), 300, pad(())),
        Cell(s.t("签名：写了", "Signature: signed"), 300, pad(SIGNED)),
        Cell(s.t("回执：出来了", "Receipt: out"), 822, page(outcome.receipt(s, "confirmed"))),
        Cell(s.t("回执：没出来", "Receipt: none"), 822, page(outcome.receipt(s, "failed"))),
    )


def keyboards(s: Sampler) -> tuple[Cell, ...]:
    """What is typed with."""

    def board(kind: str, height: float) -> Cell:
        def put(sheet: Sheet, x: float, y: float, width: float) -> None:
            made = KeyboardWidget(sheet, sheet.theme)
            made.set_mode(kind, sheet.view.language)  # type: ignore[arg-type]
            sheet.place(made, 24, y, WIDTH_PX - 48, height)

        words = {"zh": s.t("写字", "Words"), "digits": s.t("只要数字", "Digits"), "id": s.t("证件号", "ID number")}
        return Cell(words[kind], height, put, 2)

    return board("zh", 736), board("digits", 640), board("id", 640)


class _OneRow(RowsScreen):
    """A row of answers without a page around it."""

    def _build(self) -> None:
        self.fill(0)


def masks(s: Sampler) -> tuple[Cell, ...]:
    """Rows that say where an answer comes from; the whole value is seen while the key is held."""

    def row(made: Row) -> Callable[..., None]:
        def put(sheet: Sheet, x: float, y: float, width: float) -> None:
            view = replace(sheet.view, body=RowsBody((made,)), rail=(), title="")
            frame = replace(
                sheet.frame, width=width, height=152,
                touch=replace(sheet.frame.touch, left=0, top=0, width=width, height=152),
            )  # fmt: skip
            part = _OneRow(sheet, sheet.theme, frame, view, RowsBody((made,)), sheet.context)
            part.move(round(x), round(y))
            part.show()

        return put

    change = s.key("fix", "改", "Change", icon="pencil")
    number, name = s.t("证件号", "ID number"), s.t("手机号", "Mobile number")
    chip = s.t("从身份证芯片读取", "read from the card's chip")
    return (
        Cell(s.t("从卡上来的，遮住，按住才看", "From the card, masked; hold to see"), 152,
             row(Row(number, "3390**********2416", chip, "chip", reveal="339001198803122416")), 2),
        Cell(s.t("自己填的，可以改", "Typed by the resident, may be changed"), 152,
             row(Row(name, "138****5520", s.t("您填的", "typed by you"), "pencil", key=change)), 2),
    )  # fmt: skip


def colours(s: Sampler) -> tuple[Cell, ...]:
    """Every colour role as it is in this mode."""

    def swatch(name: str) -> Callable[..., None]:
        def put(sheet: Sheet, x: float, y: float, width: float) -> None:
            sheet.card(x, y, width, 64, fill=name, line="key_edge", radius=12)

        return put

    return tuple(Cell(name, 64, swatch(name), 3) for name in colour_names())


def type_scale(s: Sampler) -> tuple[Cell, ...]:
    """The sizes of type as they are in this mode."""

    def sample(step: str) -> Callable[..., None]:
        def put(sheet: Sheet, x: float, y: float, width: float) -> None:
            text = "14:32" if step in ("clock", "countdown") else s.t("您想办什么事？", "What would you like to do?")
            sheet.label(x, y, width, sheet.theme.step(step).line_height_px, text, step)

        return put

    theme = Theme()
    return tuple(Cell(step, theme.step(step).line_height_px * 1.3, sample(step), 2) for step in STEPS)


def icons(s: Sampler) -> tuple[Cell, ...]:
    """The icon set."""

    def draw(sheet: Sheet, x: float, y: float, width: float) -> None:
        for number, name in enumerate(icon_names()):
            sheet.icon_at(name, x + 96 * (number % 10), y + 96 * (number // 10), 72)

    return (Cell("", 96 * (1 + (len(icon_names()) - 1) // 10), draw, 2),)


FAMILIES: Final[dict[str, tuple[tuple[str, str], Callable[[Sampler], tuple[Cell, ...]]]]] = {
    "keys": (("键", "Keys"), keys),
    "choices": (("选项卡", "Choice cards"), choices),
    "tiles": (("图块和机器自己的键", "Tiles and keys of the machine"), tiles),
    "fields": (("填空框", "Fields"), fields),
    "keyboards": (("键盘", "Keyboards"), keyboards),
    "days": (("选日子", "Choosing a day"), days),
    "regions": (("选地区", "Choosing a region"), regions),
    "progress": (("走到哪一步", "Progress"), progress),
    "notices": (("提示条和标签", "Notices and tags"), notices),
    "masks": (("从哪里来的，遮住的", "Where it comes from, and masks"), masks),
    "papers": (("签名和回执", "Signature and receipt"), papers),
    "colours": (("颜色", "Colours"), colours),
    "type": (("字号", "Type"), type_scale),
    "icons": (("图标", "Icons"), icons),
}
"""Name of a sheet -> its title in Chinese and English, and what stands on it."""


def sheet_picture(name: str, language: str, modes: Modes = PLAIN) -> QImage:
    """A sheet as it looks in these modes, 1080 pixels wide. Raises ``KeyError`` for a name that is none of them."""
    title, cells = FAMILIES[name]
    sampler = Sampler(language)
    theme = Theme(language=language, large=modes.elder, contrast=modes.contrast)
    view = replace(finding.home(sampler, notice=False), title="", modes=modes, back=None)
    return Sheet(theme, sampler.t(*title), cells(sampler), view).taken()
