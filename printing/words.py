"""The fixed words of a receipt, per language. What the service or the centre says arrives in the `Receipt` itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.domain.receipt import ReceiptKind

CHINESE = "zh-Hans"


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words. `label_columns` is where values start beside their labels."""

    label_columns: int
    services: str
    titles: Mapping[ReceiptKind, str]
    reprint: str
    item: str
    item_code: str
    holder: str
    acts_for: str
    at: str
    at_checklist: str
    terminal: str
    site: str
    case_id: str
    case_ids: str
    official_no: str
    ticket_no: str
    office: str
    result: str
    record: str
    document: str
    document_no: str
    handed_in: str
    bring: str
    waived: str
    deadlines: str
    come_back: str
    go_on: str
    until: str
    bring_along: str
    where: str
    ask_at: str
    scan: str
    trace_id: str
    missing: str
    issuer: str
    issued_on: str
    verify: str
    workday: str
    workday_plural: str
    by: str
    colon: str

    def workdays(self, days: int) -> str:
        """A time limit in words."""
        return (self.workday if days == 1 else self.workday_plural).format(days=days)

    def not_in_font(self, marks: str) -> str:
        """The note under a receipt that shows a code point."""
        return self.missing.format(marks=marks)


_ZH = Words(
    label_columns=10,
    services="{city}政务服务",
    titles={
        "received": "收件凭证",
        "accepted": "受理通知书",
        "decided": "办理结果通知",
        "ticket": "诉求登记单",
        "checklist": "材料清单",
        "query": "查询结果",
        "added": "补交凭证",
        "carry_on": "接续凭条",
    },
    reprint="重打",
    item="事项",
    item_code="事项编码",
    holder="申请人",
    acts_for="替谁办",
    at="收件时间",
    at_checklist="打印时间",
    terminal="终端",
    site="地点",
    case_id="办件编号",
    case_ids="各项办件",
    official_no="受理编号",
    ticket_no="工单号",
    office="受理部门",
    result="办理结果",
    record="登记信息",
    document="出具凭证",
    document_no="凭证编号",
    handed_in="已交材料",
    bring="要带的材料",
    waived="免交材料",
    deadlines="办理时限",
    come_back="凭这个码再来",
    go_on="凭这个码接着办",
    until="最晚",
    bring_along="带上",
    where="到哪里",
    ask_at="咨询",
    scan="扫码查进度",
    trace_id="追踪号",
    missing="注：{marks} 是本机字库里没有的字，这里印它的统一码。原字已完整保存，一字不改。",
    issuer="签发机关",
    issued_on="签发日期",
    verify="扫码核验",
    workday="{days} 个工作日",
    workday_plural="{days} 个工作日",
    by="最晚 {day}",
    colon="：",
)

_EN = Words(
    label_columns=12,
    services="{city} Government Services",
    titles={
        "received": "Receipt",
        "accepted": "Notice of Acceptance",
        "decided": "Notice of Decision",
        "ticket": "Complaint Ticket",
        "checklist": "What to Bring",
        "query": "What Is on Record",
        "added": "Added to a Case",
        "carry_on": "Slip to Go On Later",
    },
    reprint="Reprint",
    item="Item",
    item_code="Item code",
    holder="Applicant",
    acts_for="Acting for",
    at="Received",
    at_checklist="Printed",
    terminal="Terminal",
    site="Place",
    case_id="Case number",
    case_ids="Parts of this case",
    official_no="Official no.",
    ticket_no="Ticket no.",
    office="Office",
    result="Result",
    record="On record",
    document="Document",
    document_no="Document no.",
    handed_in="Handed in",
    bring="What to bring",
    waived="Not needed from you",
    deadlines="Time limits",
    come_back="Come back with this code",
    go_on="Go on with this code",
    until="Until",
    bring_along="Bring",
    where="Where",
    ask_at="Questions",
    scan="Scan to follow progress",
    trace_id="Trace ID",
    missing="Note: {marks} stands for a character that this terminal has no font for. The character itself is stored "
    "unchanged.",
    issuer="Issued by",
    issued_on="Issued on",
    verify="Scan to verify",
    workday="{days} working day",
    workday_plural="{days} working days",
    by="by {day}",
    colon=": ",
)


def words_for(language: str) -> Words:
    """The words of `language`; English for a language that has none here."""
    return _ZH if language.split("-")[0] == "zh" else _EN


def say(text: Mapping[str, str], language: str) -> str:
    """`text` in `language`, in Chinese where it has none, in whatever it has where that is absent too."""
    if language in text:
        return text[language]
    if CHINESE in text:
        return text[CHINESE]
    return next(iter(text.values()), "")
