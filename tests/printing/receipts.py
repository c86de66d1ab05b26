"""Receipts that the tests of this room share. Everybody and everything in them is invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from kiosk.domain.receipt import (
    CarryOnLine,
    CaseLine,
    CertificateDocument,
    DeadlineLine,
    DocumentRow,
    Receipt,
    ReceiptKind,
    Text,
    WaivedLine,
)

CASE_ID = "YP0301-261121-4K7QX2M9ZD"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
URL = "https://zw.yunpu.example/p/YP0301-261121-4K7QX2M9ZD"


def two(chinese: str, english: str) -> Text:
    return {"zh-Hans": chinese, "en": english}


def same(value: str) -> Text:
    """A value that reads alike in both languages."""
    return two(value, value)


CERTIFICATE = CertificateDocument(
    title=two("社会保险参保证明", "Certificate of Social Insurance"),
    number="YPSB-2026-0048213",
    rows=(
        DocumentRow(two("姓名", "Name"), same("林秋禾")),
        DocumentRow(two("身份证件号码", "Identity number"), same("3390**********0429")),
        DocumentRow(two("参保单位", "Employer"), same("云浦市南岸街道青禾手作工作室（个体工商户）")),
        DocumentRow(two("险种", "Kinds of insurance"), same("养老保险、医疗保险、失业保险、工伤保险、生育保险")),
        DocumentRow(two("缴费月数", "Months paid"), same("14")),
        DocumentRow(two("参保状态", "State"), same("正常缴费")),
    ),
    issued_on=date(2026, 11, 21),
    issuer=two("云浦市社会保险服务中心", "Yunpu Social Insurance Centre"),
    note=two("本证明三个月内有效，扫码可核验真伪。", "Valid for three months. Scan the code to verify."),
    verify_url="https://zw.yunpu.example/v/YPSB-2026-0048213",
    languages=("zh-Hans",),
)

_STATES: dict[ReceiptKind, Text] = {
    "received": two("本机已收件，尚未受理", "Received here, not yet accepted"),
    "accepted": two("已受理", "Accepted"),
    "decided": two("已办结：准予", "Decided: granted"),
    "ticket": two("诉求已登记", "Complaint registered"),
    "checklist": two("", ""),
    "carry_on": two("已存好，还没有提交", "Saved, not submitted yet"),
    "query": two("仅供参考，不是证明", "For information, not a certificate"),
}


def record_slip(language: str = "zh-Hans") -> Receipt:
    """What a register says: rows, the day, and that it proves nothing. No case, no trace."""
    return Receipt(
        kind="query",
        languages=("zh-Hans",) if language == "zh-Hans" else (language, "zh-Hans"),
        city=two("云浦市", "Yunpu"),
        state_line=_STATES["query"],
        item_title=two("公积金查询", "Housing fund query"),
        item_code="330999132001",
        holder_masked="林＊＊",
        case_ids=(),
        trace_id="",
        at=datetime(2026, 11, 21, 6, 46, tzinfo=UTC),
        terminal="YP0301",
        site=two("南岸 24 小时政务服务厅", "Nan'an 24-hour Service Hall"),
        record=(
            DocumentRow(two("余额", "Balance"), two("48230 元", "48230 yuan")),
            DocumentRow(two("最近一次存到", "Last month paid"), same("2026-10")),
            DocumentRow(two("截至日期", "As of"), same("2026-11-21")),
        ),
        ask_at=(two("12345", "12345"),),
        notes=(two("这是部门登记的信息，不是证明。", "This is what is on record. It is not a certificate."),),
    )


def carry_on_slip(language: str = "zh-Hans") -> Receipt:
    """Work that was put by: the code is for the scanner alone."""
    return replace(
        record_slip(language),
        kind="carry_on",
        state_line=_STATES["carry_on"],
        item_title=two("居住证签注", "Residence permit renewal"),
        record=(),
        carry_on=CarryOnLine(
            "KP1.7K2M9XQ4HT0C7K2M.0000G40R40M30E209185GR38E1",
            datetime(2026, 11, 28, 6, 46, tzinfo=UTC),
            two("这张凭条和您本人的证件", "This slip and your own card"),
            two("本市任意一台自助机", "Any terminal of the city"),
        ),
        notes=(two("这件事还没有提交。", "Nothing has been submitted."),),
    )


def receipt(kind: ReceiptKind = "received", language: str = "zh-Hans", *, reprint: bool = False) -> Receipt:
    if kind == "query":
        return replace(record_slip(language), reprint=reprint)
    if kind == "carry_on":
        return replace(carry_on_slip(language), reprint=reprint)
    languages = ("zh-Hans",) if language == "zh-Hans" else (language, "zh-Hans")
    online = kind in ("accepted", "decided", "ticket")
    office = two("云浦市公安局南岸派出所", "Nan'an Police Station")
    return Receipt(
        kind=kind,
        languages=languages,
        city=two("云浦市", "Yunpu"),
        state_line=_STATES[kind],
        item_title=two("居住证签注", "Residence permit renewal"),
        item_code="11330501MB1234567X4330109001000",
        holder_masked="林＊＊",
        case_ids=()
        if kind == "checklist"
        else (
            CaseLine(
                CASE_ID,
                two("居住证签注", "Residence permit renewal"),
                office,
                "261121048213" if online else None,
            ),
        ),
        trace_id=TRACE_ID,
        at=datetime(2026, 11, 21, 6, 46, tzinfo=UTC),
        terminal="YP0301",
        site=two("南岸 24 小时政务服务厅", "Nan'an 24-hour Service Hall"),
        handed_in=(
            two("居民身份证（已读取）", "Identity card (read here)"),
            two("居住证签注申请表（本机填写）", "Application form (filled in here)"),
        ),
        waived=(
            WaivedLine(
                two("居住登记凭证", "Proof of residence registration"),
                two("已查到电子证照，不用交纸质材料", "An e-licence was found; no paper needed"),
            ),
        ),
        deadlines=(
            DeadlineLine(two("承诺时限", "Promised"), 5, date(2026, 11, 27)),
            DeadlineLine(two("法定时限", "By law"), 15, date(2026, 12, 11)),
        ),
        ask_at=(two("12345 或南岸厅 2 号窗口", "12345, or desk 2 of this hall"),),
        progress_url=URL,
        result=(two("符合签注条件，准予签注一年。", "The conditions are met; renewed for one year."),)
        if kind == "decided"
        else (),
        document=CERTIFICATE if kind == "decided" else None,
        reprint=reprint,
        notes=(
            two(
                "网络一通自动送出，您不用再来。受理后短信告诉您。",
                "It is sent by itself once the network is back. No need to come again.",
            ),
        )
        if kind == "received"
        else (),
    )


def bundle(language: str = "zh-Hans") -> Receipt:
    """A bundle: one parent case and three children at three offices."""
    base = receipt("received", language)
    children = (
        (
            "YP0301-261121-7M2ND0WQ4T",
            "个体工商户登记",
            "Trade registration",
            "市场监督管理局",
            "Market Regulation Bureau",
        ),
        ("YP0301-261121-PX9B3C61HG", "食品经营许可", "Food licence", "市场监督管理局", "Market Regulation Bureau"),
        (
            "YP0301-261121-ZZ81RTK5VA",
            "户外招牌设置备案",
            "Shop sign filing",
            "综合行政执法局",
            "City Management Bureau",
        ),
    )
    lines = (
        CaseLine(
            CASE_ID, two("开小餐馆一件事", "Open a small restaurant"), two("云浦市政务服务中心", "Yunpu Service Centre")
        ),
        *(
            CaseLine(number, two(zh, en), two(zh_office, en_office))
            for number, zh, en, zh_office, en_office in children
        ),
    )
    return replace(base, item_title=two("开小餐馆一件事", "Open a small restaurant"), case_ids=lines)
