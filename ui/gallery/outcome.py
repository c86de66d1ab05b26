"""Sample pages of what became of the case, its paper, and the rating."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from kiosk.flow.view import BusyBody, Notice, RateBody, ReceiptBody, ResultBody, Row, ScreenView, TrackStep
from ui.gallery.sampler import Sampler

ResultIcon = Literal["received", "accepted", "granted", "refused", "referred", "ticket"]


def views(s: Sampler) -> Iterator[tuple[str, ScreenView]]:
    """Name and view of every sample of this kind."""
    yield "result-offline", result(s, "received")
    yield "result-granted", result(s, "granted")
    yield "result-refused", result(s, "refused")
    yield "result-referred", result(s, "referred")
    yield "result-bundle", result(s, "accepted", bundle=True)
    yield "result-ticket", result(s, "ticket")
    yield "receipt", receipt(s, "confirmed")
    yield "receipt-failed", receipt(s, "failed")
    yield "rate", rate(s, bad=False)
    yield "rate-bad", rate(s, bad=True)
    yield "wiped", wiped(s, card=False)
    yield "wiped-card", wiped(s, card=True)


_TITLES = {
    "received": ("本机已收件，\n尚未受理", "Received here, not yet accepted"),
    "accepted": ("已受理", "Accepted"),
    "granted": ("已经办好", "Granted"),
    "refused": ("不能开这份证明", "Not granted"),
    "referred": ("要请工作人员看一下", "A person will look at it"),
    "ticket": ("工单已收到", "Your ticket is in"),
}
_LEADS = {
    "received": (
        "网络暂时不通。您填的都存好了，网络一通自动送出，您不用再来。",
        "The network is down. Your form is safe and is sent by itself. No need to come back.",
    ),
    "granted": ("证明已经开好，回执下面就能取。", "Your certificate is ready."),
}


def result(s: Sampler, state: ResultIcon, *, bundle: bool = False) -> ScreenView:
    """What became of the case."""
    lead = _LEADS.get(state)
    return s.page(
        "result",
        _TITLES[state],
        ResultBody(
            state,
            _track(s, state),
            _numbers(s, state, bundle=bundle),
            _reason(s, state),
            _certificate(s) if state == "granted" else (),
            s.t("社会保险参保证明", "Social insurance certificate"),
        ),
        key=f"result-{state}-{bundle}",
        lead=s.t(*lead) if lead else None,
        back=None,
        primary=s.next("取回执", "Get the receipt"),
        rail=s.rail()[:2],
    )


def _track(s: Sampler, state: ResultIcon) -> tuple[TrackStep, ...]:
    """The way of the case as far as it is known."""
    today = s.t("今天 14:46", "Today 14:46")
    sent = TrackStep("done", s.t("受理中心已受理", "Accepted by the centre"), today)
    if state == "received":
        sent = TrackStep(
            "waiting",
            s.t("送到受理中心", "Sent to the centre"),
            s.t("等网络恢复，自动送", "Goes by itself when online"),
        )
    track = (
        TrackStep("done", s.t("本机已收件", "Received here"), today),
        sent,
        TrackStep(
            "to_come",
            s.t("南岸派出所审核", "South Bank police check"),
            s.t("短信告诉 138 •••• 5520", "Text to 138 •••• 5520"),
        ),
        TrackStep("to_come", s.t("办好，寄到家", "Done, posted to you"), s.t("5 个工作日内", "Within 5 workdays")),
    )
    if state == "granted":
        return tuple(replace(step, state="done") for step in track)
    return track[:2] if state in ("refused", "referred") else track


def _numbers(s: Sampler, state: ResultIcon, *, bundle: bool) -> tuple[Row, ...]:
    """What to keep: one number, or one of each agency."""
    number = "YP0301-261121-4K7QX2M9"
    case = Row(s.t("办件编号", "Case number"), f"{number}ZD")
    if bundle:
        return tuple(
            Row(s.t(zh, en), f"{number}{tail}")
            for zh, en, tail in (
                ("营业执照", "Business licence", "ZA"),
                ("食品经营许可", "Food permit", "ZB"),
                ("消防安全检查", "Fire safety check", "ZC"),
                ("门头招牌", "Shop sign", "ZD"),
            )
        )
    if state == "ticket":
        return Row(s.t("工单号", "Ticket"), "12345-20261121-0087"), case
    return case, Row(s.t("问这件事", "Ask about it"), "12345")


def _reason(s: Sampler, state: ResultIcon) -> Notice | None:
    """Why it was not granted, or not yet."""
    if state == "refused":
        return Notice(
            "caution",
            s.t("缴费只有 2 个月，开证明要满 3 个月", "Only 2 months paid; 3 are needed"),
            s.t(
                "依据《社会保险证明办法》第 6 条。满 3 个月后再来，或者拨 12333 问。",
                "Rule 6 of the certificate rules. Come back after 3 months, or call 12333.",
            ),
        )
    if state == "referred":
        return Notice(
            "info",
            s.t("您有两家单位的记录，要人工核对", "There are two employers; a person checks"),
            s.t("2 个工作日内打电话告诉您。", "We call you within 2 workdays."),
        )
    return None


def _certificate(s: Sampler) -> tuple[Row, ...]:
    """What was granted; one value is long."""
    return (
        Row(s.t("姓名", "Name"), "林＊＊"),
        Row(s.t("参保单位", "Employer"), s.t("柳下食品有限公司", "Willow Foods Ltd")),
        Row(s.t("连续缴费", "Paid in a row"), s.t("14 个月", "14 months")),
        Row(
            s.t("险种", "Insurances"),
            s.t(
                "养老、医疗、失业、工伤、生育",
                "Pension, medical, unemployment, injury, maternity insurance, all of them paid by the employer",
            ),
        ),
        Row(s.t("出具日期", "Issued"), "2026-11-21"),
        Row(s.t("证明编号", "Number"), "SI-2026-000417"),
    )


def receipt(s: Sampler, printing: str) -> ScreenView:
    """The paper."""
    lines = (
        s.t("本机已收件，尚未受理", "Received here, not yet accepted"),
        " ",
        s.t("事项：居住证签注", "Item: residence permit renewal"),
        s.t("申请人：林＊＊", "Applicant: 林＊＊"),
        s.t("收件：2026-11-21 14:46", "Received: 2026-11-21 14:46"),
        s.t("终端：南岸厅 03 号", "Terminal: South Bank 03"),
        " ",
        s.t("办件编号 YP0301-261121-4K7QX2M9ZD", "Case YP0301-261121-4K7QX2M9ZD"),
        s.t("承诺 5 个工作日，最晚 2026-11-27", "Promised: 5 workdays, by 2026-11-27"),
        s.t("问进度拨 12345", "Progress: call 12345"),
    )
    failed = printing == "failed"
    body = ReceiptBody(
        lines=lines,
        qr="https://yunpu.example/p/YP0301-261121-4K7QX2M9ZD",
        guide=Notice(
            "caution",
            s.t("回执没有打出来", "The receipt did not print"),
            s.t("请记下编号，或拨 12345 补打。", "Note the number, or call 12345."),
        )
        if failed
        else Notice("guide", s.t("请取回执，别忘了拿走身份证", "Take the receipt and your ID card"), "", "printer"),
        printing=printing,  # type: ignore[arg-type]
        extra=(s.key("action.reprint", "再打一张", "Print again", icon="printer"),),
    )
    return s.page(
        "receipt",
        ("请取回执", "Take your receipt"),
        body,
        key=f"receipt-{printing}",
        back=None,
        primary=s.next("取好了，结束", "I have it, finish", icon="tick"),
        rail=s.rail()[:2],
    )


def rate(s: Sampler, *, bad: bool) -> ScreenView:
    """Five levels."""
    levels = (
        ("非常满意", "Very good"),
        ("满意", "Good"),
        ("基本满意", "Fair"),
        ("不满意", "Poor"),
        ("非常不满意", "Very poor"),
    )
    reasons = (
        ("unclear", "看不懂要填什么", "Unclear what to fill in"),
        ("slow", "等太久", "Too slow"),
        ("machine", "机器不好用", "Machine trouble"),
        ("papers", "要交的材料太多", "Too many papers"),
        ("print", "打印有问题", "Printing trouble"),
        ("other", "别的原因", "Something else"),
    )
    body = RateBody(
        levels=tuple(s.key(f"rate.{i + 1}", zh, en) for i, (zh, en) in enumerate(levels)),
        selected="rate.4" if bad else None,
        reasons=tuple(s.key(f"rate.reason.{name}", zh, en) for name, zh, en in reasons) if bad else (),
        reasons_ticked=frozenset({"rate.reason.slow"}) if bad else frozenset(),
        thanks=s.t("不记名，和您办的事分开存。", "Anonymous, kept apart from your case."),
    )
    return s.page(
        "rate",
        ("这次办事，\n您觉得怎么样？", "How was it today?"),
        body,
        key=f"rate-{bad}",
        who=None,
        lead=s.t("愿意就说一句，不评也可以。", "Say a word if you like; you need not."),
        back=s.key("action.skip", "不评价", "Skip"),
        primary=s.next(
            "提交评价",
            "Send",
            icon="tick",
            enabled=bad,
            why_disabled=s.t("先选一个，或者按不评价", "Choose one, or skip"),
        ),
    )


def wiped(s: Sampler, *, card: bool) -> ScreenView:
    """All is erased; the card may still lie there."""
    erased = s.t("屏幕上的信息已经清除，请放心离开", "The screen is cleared. You may leave.")
    title = ("请拿走身份证", "Please take your ID card") if card else ("再见", "Goodbye")
    body = (
        BusyBody(s.t("身份证还在读卡区", "It is still on the plate"), erased, over="card_left")
        if card
        else BusyBody(erased, over="done")
    )
    return s.page("wiped", title, body, key=f"wiped-{card}", who=None, back=None, rail=())
