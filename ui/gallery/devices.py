"""Sample pages of what the machine has to say: paper, passport, two printers, power, a part that is out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from kiosk.flow.view import (
    CaptureBody,
    GuideBody,
    IdentifyBody,
    InfoBody,
    Key,
    Notice,
    ReceiptBody,
    Row,
    RowsBody,
    ScreenView,
    SheetView,
)
from ui.gallery import filling_in, finding, handing_in, outcome
from ui.gallery.drawn import page_jpeg, seen_jpeg
from ui.gallery.sampler import Sampler

SheetState = Literal["offered", "unavailable", "queued", "printing", "held", "confirmed", "unknown", "failed"]


def views(s: Sampler) -> Iterator[tuple[str, ScreenView]]:
    """Name and view of every sample of this kind."""
    for state in ("starting", "looking", "glare", "no_page", "steady", "straightening", "taken", "lost", "failed"):
        yield f"capture-{state}", capture(s, state)
    yield "capture-second", capture(s, "glare", count=1)
    yield "capture-taken-second", capture(s, "taken", count=1)
    yield "capture-lost-second", capture(s, "lost", count=1)
    for state in ("waiting", "failed", "checking"):
        yield f"identify-passport-{state}", passport(s, state)
    yield "identify-other-ways", other_ways(s)
    yield "identify-no-way", no_way(s)
    yield "guide-no-reader", guide(s, can=False)
    yield "guide-no-reader-unknown", guide(s, can=False, known=False)
    yield "guide-no-reader-paged", guide(s, can=False, paged=True)
    yield "guide-caution", guide(s, can=True)
    yield "guide-caution-paged", guide(s, can=True, paged=True)
    states: tuple[SheetState, ...] = (
        "offered", "unavailable", "queued", "printing", "held", "confirmed", "unknown", "failed",
    )  # fmt: skip
    for sheet in states:
        yield f"receipt-sheet-{sheet}", receipt(s, sheet)
    yield "materials-picture", materials(s)
    yield "review-picture", review(s)
    yield "battery", replace(filling_in.form_text(s), key="battery", strip=_battery(s))
    yield "battery-low", replace(review(s), key="battery-low", strip=_battery_low(s))
    yield "battery-receipt", replace(receipt(s, "printing"), key="battery-receipt", strip=_battery_low(s))
    yield "maintenance-power", maintenance(s, "power")
    yield "maintenance-door", maintenance(s, "door")


def _battery(s: Sampler) -> str:
    return s.t("停电了，正用电池，请接着办完", "Power cut: running on battery, please finish")


def _battery_low(s: Sampler) -> str:
    return s.t("电池快用完，请在 1 分钟内提交", "Battery nearly empty: submit within a minute")


def capture(s: Sampler, state: str, *, count: int = 0) -> ScreenView:
    """A paper under the camera, from the first look to the page that was taken."""
    texts: dict[str, tuple[str, str, str, str, str]] = {
        "glare": ("caution", "纸上有反光", "Light shines back from the paper",
                  "请斜一点，或离灯远一点；有塑料套请取下。",
                  "Tilt it or move it away from the lamp; take it out of its cover."),
        "no_page": ("guide", "还没有看到材料", "No paper seen yet", "请放在镜头下面的亮框里。",
                    "Lay it in the lit frame under the camera."),
        "steady": ("info", "看到了，请别动", "Seen, please hold still", "", ""),
        "straightening": ("info", "正在摆正", "Straightening it", "", ""),
        "failed": ("caution", "没有拍成", "It was not taken", "请按“重拍”；还是不行，可以换一种交法。",
                   "Press Take again, or choose another way."),
        "lost": ("caution", "高拍仪现在不能用", "The camera is out of order",
                 "您填的都还在。这一样可以换一种交法；它好了会自己接着拍。",
                 "What you filled in is kept. Choose another way, or wait: it goes on by itself."),
    }  # fmt: skip
    advice: Notice | None = None
    if state in texts:
        tone, zh, en, zh_do, en_do = texts[state]
        advice = Notice(tone, s.t(zh, en), s.t(zh_do, en_do), "camera")  # type: ignore[arg-type]
    other = s.key("capture.other", "不拍照，换一种交法", "No photo, another way", icon="document", kind="quiet")
    again = s.key("capture.again", "重拍", "Take again", icon="reload")
    more = s.key("capture.more", "用这张，还要拍下一页", "Use this, one more page", icon="plus")
    done = s.key("capture.done", "不拍了，就用已拍的 1 页", "Finish (1 taken)", icon="tick")
    taken = state == "taken"
    keys: tuple[Key, ...] = (more, again, other) if taken else (other,)
    if state == "failed":
        keys = (again, *keys)
    if count and not taken:
        keys = (done, *keys)
    picture = seen_jpeg(state == "glare")
    if state in ("starting", "lost", "failed"):
        picture = b""
    shown = {"glare": "looking", "no_page": "looking", "failed": "starting", "lost": "unavailable"}.get(state, state)
    steps = (
        s.t("有字的一面朝上，一次放一页", "Printed side up, one page at a time"),
        s.t("放好后手拿开，机器自己拍", "Take your hand away; it is taken by itself"),
    )
    body = CaptureBody(
        state=shown,  # type: ignore[arg-type]
        picture=page_jpeg() if taken else picture,
        advice=advice,
        steps=() if taken or state == "lost" else steps,
        count=s.t("已拍 1 页，最多 4 页", "1 of at most 4 pages taken") if count else "",
        keys=keys,
    )
    use = s.key("capture.use", "用这张，拍好了", "Use this, finished", icon="tick", kind="primary")
    return s.page(
        "capture",
        ("拍得清楚吗？", "Is it clear?") if taken else ("请把材料放到镜头下", "Lay the paper under the camera"),
        body,
        key=f"capture-{state}-{count}",
        lead=s.t("字都看得清，四个角都在，就按“用这张”。", "If you can read it and see four corners, press Use this.")
        if taken
        else s.t("租房合同或房产证", "Lease or title deed"),
        progress=s.progress(6),
        primary=use if taken else None,
        part="document_camera" if not taken and state != "lost" else None,
    )


def _switches(s: Sampler) -> tuple[Key, ...]:
    return (
        s.key("method.id_card", "改刷身份证", "Use an ID card instead", icon="id_card"),
        s.key("method.citizen_qr", "改扫市民码", "Use your citizen code instead", icon="qr"),
        s.key("method.passport", "改用护照或通行证", "Use a passport or permit instead", icon="passport"),
    )


def passport(s: Sampler, state: str) -> ScreenView:
    """The lines of a passport under the window."""
    messages = {
        "failed": Notice("caution", s.t("这本证件过期了", "This document has expired"),
                         s.t("请换一本有效的，或改用别的办法。", "Use a valid one, or another way."), "passport"),
        "checking": Notice("info", s.t("正在核对", "Checking"), "", "passport"),
    }  # fmt: skip
    body = IdentifyBody(
        method="passport",
        state=state,  # type: ignore[arg-type]
        steps=(
            s.t("有照片的一页朝上，压平", "Photo page up, pressed flat"),
            s.t("最下面两行字母对准窗口", "The two lines of letters under the window"),
        ),
        message=messages.get(state),
        switches=_switches(s)[:2],
        retry=s.key("action.retry", "再试一次", "Try again", icon="reload") if state == "failed" else None,
    )
    return s.page(
        "identify",
        ("请把护照放到扫码窗口下", "Put your passport under the code window"),
        body,
        key=f"passport-{state}",
        who=None,
        lead=s.t("翻到有照片的一页，压平再放。", "Open it at the photo page and press it flat."),
        progress=s.progress(4),
        part="code_scanner",
    )


def other_ways(s: Sampler) -> ScreenView:
    """The reader is lost; two other ways work."""
    body = IdentifyBody(
        method="id_card",
        state="unavailable",
        steps=(s.t("有照片的一面朝上", "Photo side up"), s.t("听到嘀的一声再拿走", "Wait for the tone")),
        message=Notice(
            "caution",
            s.t("读卡器现在不能用", "The card reader is out of order"),
            s.t("请按下面的键，换一种办法。", "Use one of the keys below."),
            "id_card",
        ),
        switches=_switches(s)[1:],
        retry=None,
    )
    return s.page("identify", ("请换一种证件", "Another way, please"), body, key="other-ways", who=None,
                  progress=s.progress(4))  # fmt: skip


def _ways(s: Sampler, *, known: bool = True) -> tuple[Row, ...]:
    rows = (
        Row(s.t("云浦市东门商场便民服务点", "Dongmen mall service point"),
            s.t("走 15 分钟，每天 10:00–22:00", "15 min on foot, daily 10:00–22:00"),
            hint=s.t("10 分钟前还好用", "worked 10 min ago"), icon="place"),
        Row(s.t("去柜台", "At a counter"),
            s.t("人民路政务服务中心，周一至周六 9:00–17:30", "Renmin Road service centre, Mon–Sat 9:00–17:30"),
            hint=None if known else s.t("别处的机器现在好不好用，这里不知道，请先打电话问。",
                                        "Whether machines elsewhere work is not known here: call first."),
            icon="place"),
        Row(s.t("打电话", "By phone"), "12345", icon="phone"),
    )  # fmt: skip
    return rows if known else rows[1:]


def no_way(s: Sampler) -> ScreenView:
    """Nothing works here."""
    body = IdentifyBody(
        method="id_card",
        state="unavailable",
        steps=(),
        message=Notice(
            "caution",
            s.t("读卡器现在不能用", "The card reader is out of order"),
            s.t("可以去：人民路政务服务中心，周一至周六 9:00–17:30", "You can go to: Renmin Road service centre"),
            "id_card",
        ),
        switches=(),
        retry=None,
        elsewhere=_ways(s),
    )
    return s.page("identify", ("这台机器现在办不了这一步", "This machine cannot do this now"), body, key="no-way",
                  who=None, progress=s.progress(4))  # fmt: skip


def guide(s: Sampler, *, can: bool, known: bool = True, paged: bool = False) -> ScreenView:
    """An item that cannot be started here because of a part, or is different today."""
    whole = finding.guide(s, can=can)
    base = whole.body
    assert isinstance(base, GuideBody)
    more: dict[str, Any] = {}
    if not can:
        more = {
            "verdict": s.t("这件事现在不能在本机办", "Not at this machine now"),
            "verdict_text": s.t("读卡器和扫码窗口都坏了，没法知道您是谁。",
                                "Card reader and code window are both out of order, so we cannot check who you are."),
            "elsewhere_title": s.t("可以去这些地方办", "Where you can do it"),
            "elsewhere": _ways(s, known=known),
        }  # fmt: skip
    else:
        more["caution"] = Notice(
            "caution",
            s.t("高拍仪现在不能用。", "The document camera is out of order."),
            s.t("材料可以以后出示，照样能办。东门商场便民服务点有（走 15 分钟，10 分钟前还好用）。",
                "Papers can be shown later; it still works. Dongmen mall service point has one (15 min on foot, "
                "worked 10 min ago)."),
            "camera",
        )  # fmt: skip
    if paged:
        more |= {
            "materials": base.materials[:3],
            "pager": s.t("第 1 页，共 2 页", "Page 1 of 2"),
            "previous": s.key("page.previous", "前面的", "Previous", enabled=False),
            "following": s.key("page.following", "后面的", "More"),
        }
    primary = s.next("开始办", "Start", enabled=can)
    return replace(whole, key=f"guide-{can}-{known}-{paged}", body=replace(base, **more), primary=primary)


def receipt(s: Sampler, state: SheetState) -> ScreenView:
    """The slip and the certificate on A4: two ways out of the machine."""
    whole = outcome.receipt(s, "confirmed")
    base = whole.body
    assert isinstance(base, ReceiptBody)
    info = {
        "offered": ("info", "证明可以打在 A4 纸上", "The certificate can be printed on A4",
                    "不打也行：手机扫这一页的码可以下载。", "Not needed: scan the code on this page to download it."),
        "unavailable": ("caution", "A4 打印机现在不能用", "The A4 printer is out of order",
                        "证明可以用手机下载，或拿回执到人民路政务服务中心打。",
                        "Download it, or have it printed at Renmin Road service centre with your receipt."),
        "queued": ("guide", "A4 证明马上就打", "Your A4 page is next", "请等一等，不要走开。", "Please wait here."),
        "printing": ("guide", "正在打印 A4 证明", "Printing your A4 page", "从亮灯的 A4 出口取。",
                     "It comes out of the lit A4 slot."),
        "held": ("caution", "A4 打印机缺纸", "The A4 printer is out of paper",
                 "有人处理好会接着打。您一离开就不再打。东门商场便民服务点有（走 15 分钟，10 分钟前还好用）。",
                 "It goes on once somebody has seen to it. When you leave it is cancelled, so nobody else gets it."),
        "confirmed": ("done", "请取走 A4 证明", "Take your A4 page", "从亮灯的 A4 出口取，看看几页是否齐全。",
                      "From the lit A4 slot; check that all pages are there."),
        "unknown": ("caution", "A4 证明可能没有打全", "Your A4 page may be incomplete",
                    "请看看 A4 出口；没有就按“再打一次”，或用手机下载。",
                    "Look in the A4 slot; if there is none print again, or download it."),
        "failed": ("caution", "A4 证明打不出来", "The A4 page cannot be printed",
                   "证明可以用手机下载，或拿回执到人民路政务服务中心打。",
                   "Download it, or have it printed at Renmin Road service centre with your receipt."),
    }  # fmt: skip
    tone, zh, en, zh_do, en_do = info[state]
    key: Key | None = None
    if state == "offered":
        key = s.key("document.print", "打印 A4 证明", "Print on A4", icon="printer")
    elif state in ("unknown", "failed"):
        key = s.key("document.print", "再打一次 A4", "Print A4 again", icon="printer")
    notice = Notice(tone, s.t(zh, en), s.t(zh_do, en_do), "printer")  # type: ignore[arg-type]
    waits = state in ("queued", "printing")
    extra = (s.key("action.reprint", "再打一张回执", "Print again", icon="printer"),)
    lit = "document_printer" if waits or state == "confirmed" else "receipt_printer"
    take = Notice("guide", s.t("请取回执", "Take your receipt"),
                  s.t("别忘了拿走身份证", "and do not forget your ID card"), "printer")  # fmt: skip
    return replace(
        whole,
        key=f"sheet-{state}",
        body=replace(base, guide=take, extra=extra, sheet=SheetView(state, notice, key)),
        part=lit,
        primary=s.next(
            "取好了，结束",
            "Done, finish",
            icon="tick",
            enabled=not waits,
            why_disabled=s.t("请等一等，不要走开。", "Please wait here."),
        ),
    )


def materials(s: Sampler) -> ScreenView:
    """One paper is photographed already."""
    whole = handing_in.materials(s)
    base = whole.body
    assert isinstance(base, RowsBody)
    taken = replace(base.rows[2], tag=s.t("已拍 2 页", "2 pages"), picture=page_jpeg())
    return replace(whole, key="materials-picture", body=replace(base, rows=(*base.rows[:2], taken, base.rows[3])))


def review(s: Sampler) -> ScreenView:
    """A photographed paper among the answers."""
    change = s.t("修改", "Change")
    retake = Key("retake.lease", s.t("重拍", "Take again"))
    rows = (
        Row(s.t("手机号", "Mobile"), "138 •••• 5520", s.t("您刚才填的", "you typed it"), "pencil",
            key=Key("change.phone", change, icon="pencil")),
        Row(s.t("租房合同或房产证", "Lease or title deed"), s.t("已拍 2 页", "2 pages taken"),
            key=retake, picture=page_jpeg()),
        Row(s.t("居住登记回执", "Residence registration"), s.t("免交", "Waived"),
            s.t("市公安局已经有了", "The police bureau has it")),
    )  # fmt: skip
    return s.page(
        "review",
        ("请您核对一遍", "Please check once more"),
        RowsBody(rows),
        key="review-picture",
        progress=s.progress(8),
        lead=s.t("没有问题，就确认提交。", "If all is right, confirm."),
        primary=s.next("确认提交", "Confirm", icon="tick"),
    )


def maintenance(s: Sampler, why: str) -> ScreenView:
    """Nobody can start now."""
    title = {"power": ("停电了，暂停服务", "No power, out of service"), "door": ("正在检修", "Being serviced")}[why]
    text = {
        "power": ("来电后自动恢复。已经提交的办件都好好的，不会丢。",
                  "It comes back by itself with the power. Submitted cases are safe."),
        "door": ("机器的柜门开着。关好后自动恢复。已经提交的办件不会丢。",
                 "The cabinet is open. It comes back by itself when closed. Submitted cases are safe."),
    }[why]  # fmt: skip
    ended = s.t("刚才没有提交的内容已经清除，别人看不到。", "What was not submitted has been wiped; nobody can see it.")
    lines = (ended, s.t(*text)) if why == "power" else (s.t(*text),)
    return s.page("maintenance", title, InfoBody(why, lines, _ways(s)), key=f"maintenance-{why}", who=None, back=None,
                  rail=())  # fmt: skip
