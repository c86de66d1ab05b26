"""A package to begin with, one for each sort of item: right as it stands, with ``【…】`` where an author has to write.

:func:`skeleton` makes the files of a package as plain JSON values. They load, have no finding of severity error, and
every path of them ends; what is left to write is found by :func:`placeholders`. Sentences that are the same in every
item (how personal data is used, what a stored case means) stand there finished.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.authoring.findings import Finding
from kiosk.forms import JSON, PackageBundle, Text

PLACEHOLDER = re.compile("【[^】]*】")
"""What an author still has to write. Both languages carry the mark."""
MEND = "Write what it asks for, and leave the marks out."

Files = dict[str, dict[str, Any]]


def t(zh: str, en: str) -> dict[str, str]:
    """A text in both languages."""
    return {"zh-Hans": zh, "en": en}


def todo(zh: str, en: str) -> dict[str, str]:
    """A text that the author writes; what it has to say stands between the marks."""
    return t(f"【{zh}】", f"【{en}】")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is known of a new item. ``title`` and ``agency`` None: left to write; ``code`` has 6 to 40 signs."""

    id: str
    kind: str
    title: Text | None = None
    agency: Text | None = None
    subject: str = "person"
    life_event: str = "everyday"
    code: str = "330999999999"


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of item that can be begun: its ``kind`` in package.json, what it is, and what makes its files."""

    kind: str
    about: Text
    make: Callable[[Files], None]


def skeleton(wish: Wish) -> Files:
    """The files of a new package, by name. KeyError for a sort that is not in :data:`SORTS`."""
    sort = SORTS[wish.kind]
    files = _common(wish, sort.kind)
    sort.make(files)
    order = [name for name in ORDER if name in files["package.json"]["activities"]]
    files["package.json"]["activities"] = order
    return files


def write(files: Files, folder: Path) -> None:
    """Write them as an author edits them: two spaces, one last line end. FileExistsError when the folder is there."""
    folder.mkdir(parents=True)
    for name, value in files.items():
        text = json.dumps(value, ensure_ascii=False, indent=2)
        (folder / name).write_text(text + "\n", encoding="utf-8")


def placeholders(bundle: PackageBundle) -> Iterator[Finding]:
    """A warning for every line that still carries a mark, in the order of files and lines."""
    for name, text in bundle.files.items():
        for number, line in enumerate(text.splitlines(), start=1):
            found = PLACEHOLDER.search(line)
            if found is not None:
                reason = f"{found[0]} is still to be written"
                yield Finding("placeholder", name, "", number, "warning", reason, MEND)


# ---- what all of them share ---------------------------------------------------------------------------------------

ORDER = (
    "guide scenario checklist consent identify lookup form book materials precheck sign parties review submit result "
    "receipt rate"
).split()
_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
_USUAL = ["guide", "checklist", "consent", "identify", "form", "review", "submit", "result", "receipt", "rate"]


def _common(wish: Wish, kind: str) -> Files:
    title = dict(wish.title) if wish.title is not None else todo("事项名称", "Name of the item")
    agency = dict(wish.agency) if wish.agency is not None else todo("办理部门", "Agency in charge")
    words = [word for word in (title["zh-Hans"], title["en"].lower()) if len(word) <= 40]
    head: dict[str, Any] = {
        "format": 1,
        "id": wish.id,
        "version": 1,
        "kind": kind,
        "code": wish.code,
        "title": title,
        "short": todo("一句话：办什么，有多省事", "One sentence: what it is and how little it takes"),
        "keywords": [*words, "【居民会怎么说】"],
        "life_event": wish.life_event,
        "agency": agency,
        "subject": wish.subject,
        "identify": ["id_card", "citizen_qr"],
        "activities": list(_USUAL),
        "devices": ["id_card"],
        "consents": [
            {
                "id": "privacy",
                "title": t("个人信息怎么用", "How your information is used"),
                "required": True,
                "text": t(
                    "读您的身份信息，记下您填的内容，只发给办理的部门。",
                    "We read your identity and keep what you enter, only for the office in charge.",
                ),
            }
        ],
        "declaration": t("以上内容都是真的。", "All of the above is true."),
    }
    guide = {
        "who": [todo("谁可以办，一行一个条件", "Who may do this, one condition a line")],
        "fee": t("不收费", "No charge"),
        "visits": 0,
        "promised_workdays": 5,
        "statutory_workdays": 20,
        "minutes": 5,
        "finish_here": t("大约 5 分钟，不用再来", "About 5 minutes, no need to come back"),
        "can_finish_here": True,
        "after": todo("交了以后会怎样，要不要再来", "What happens afterwards; whether to come again"),
        "elsewhere": todo("最近的窗口：几楼几号，走几分钟", "The nearest counter, floor and number, minutes on foot"),
        "ask_at": t("电话 12345", "Call 12345"),
        "bring": [t("居民身份证，放在本机上读，不用复印", "Your ID card; it is read here, no copy needed")],
    }
    result = {
        "by_status": {
            "received": {
                "title": t("本机已收件，尚未受理", "Received here, not yet accepted"),
                "body": t(
                    "材料已经存在本机，网络一通就自动送到办理部门，不用您再来。请留好回执。",
                    "Your case is kept safe in this machine and goes to the office as soon as the network is back. "
                    "You need not return. Please keep the receipt.",
                ),
            },
            "accepted": {
                "title": t("已受理", "Accepted"),
                "body": todo("谁收到了，几天办好，怎么告诉您", "Who has it, how many days, how you are told"),
            },
        },
        "next_steps": [todo("接下来做什么，一行一件", "What to do next, one thing a line")],
    }
    office = {"code": "330999XX00", "name": dict(agency), "phone": "12345"}
    return {
        "package.json": head,
        "guide.json": guide,
        "scenarios.json": {"questions": []},
        "form.schema.json": {"$schema": _SCHEMA, "type": "object", "additionalProperties": False, "properties": {}},
        "layout.json": {"pages": []},
        "materials.json": {"materials": []},
        "offices.json": {"default": office},
        "result.json": result,
    }


def _datum(files: Files, path: str, schema: Mapping[str, JSON], *, always: bool = True) -> None:
    """Put a datum into the form's schema; ``always``: it is asked on every path, so it is required there."""
    above: dict[str, Any] = files["form.schema.json"]
    *names, last = path.split(".")
    for name in names:
        inner = above["properties"].setdefault(
            name, {"type": "object", "additionalProperties": False, "properties": {}}
        )
        if always and name not in above.setdefault("required", []):
            above["required"].append(name)
        above = inner
    above["properties"][last] = dict(schema)
    if always:
        above.setdefault("required", []).append(last)


def _part(name: str) -> dict[str, str]:
    return {"$ref": f"urn:kiosk:part:{name}"}


def _page(files: Files, ident: str, title: Text, fields: list[dict[str, Any]], **more: Any) -> None:
    page = {"id": ident, "kind": more.pop("kind", "question"), "title": title, **more, "fields": fields}
    files["layout.json"]["pages"].append(page)


def _who(files: Files) -> None:
    """The person at the terminal, read from the card or the code."""
    _datum(files, "applicant.name", _part("name:1"))
    _datum(files, "applicant.number", _part("id_number:1"))
    fields: list[dict[str, Any]] = [
        {
            "path": "applicant.name",
            "part": "name:1",
            "source": "card.name",
            "editable": False,
            "purpose": t("写在申请表上", "Written on the application"),
        },
        {
            "path": "applicant.number",
            "part": "id_number:1",
            "source": "card.number",
            "editable": False,
            "purpose": t("核对是您本人", "To make sure that it is you"),
        },
    ]
    title = t("请看一眼，是您本人吗？", "Please look: is this you?")
    _page(files, "prefilled", title, fields, kind="prefilled", devices=["id_card"])


def _phone(files: Files) -> None:
    _datum(files, "applicant.phone", _part("phone:1"))
    field = {
        "path": "applicant.phone",
        "part": "phone:1",
        "purpose": t("办好了通知您", "To tell you when it is done"),
    }
    _page(files, "phone", t("打哪个电话给您？", "Which number may we call?"), [field])


def _enterprise(files: Files) -> None:
    """The enterprise that the person acts for, by its code."""
    files["package.json"]["subject"] = "enterprise"
    _datum(files, "enterprise.uscc", _part("uscc:1"))
    field = {
        "path": "enterprise.uscc",
        "part": "uscc:1",
        "purpose": t("知道是哪一家企业", "To know which enterprise it is"),
    }
    _page(files, "uscc", t("统一社会信用代码是多少？", "What is the credit code?"), [field])


def _case_question(files: Files) -> None:
    """One question before identity: one way on, and one reasoned "cannot"."""
    options = [
        {"value": "fits", "label": todo("能在这里办的情形", "The situation that fits"), "icon": "check"},
        {
            "value": "unsure",
            "label": t("都不是，或说不准", "None of these, or not sure"),
            "hint": t("工作人员帮您看一眼", "A clerk will have a look"),
            "icon": "help",
        },
    ]
    files["scenarios.json"]["questions"].append(
        {
            "path": "scenario.case",
            "title": t("您是哪一种情况？", "Which of these is you?"),
            "help": todo("为什么问这个", "Why this is asked"),
            "options": options,
            "cannot": [
                {
                    "rule": {"===": [{"var": "scenario.case"}, "unsure"]},
                    "reason": todo("为什么这里办不了", "Why it cannot be done here"),
                    "elsewhere": t(
                        "【可以到哪里办，带什么】，或打 12345",
                        "【Where it can be done, and what to bring】, or call 12345",
                    ),
                }
            ],
        }
    )
    _datum(files, "scenario.case", {"type": "string", "enum": ["fits", "unsure"]})
    files["package.json"]["activities"].append("scenario")


def _paper(files: Files, ident: str = "proof", *, ways: tuple[str, ...] = ("capture", "show_later")) -> dict[str, Any]:
    """One paper from outside the city's agencies; the two activities that come with papers."""
    material: dict[str, Any] = {
        "id": ident,
        "title": todo("材料名称", "Name of the paper"),
        "issuer": todo("谁开的", "Who issues it"),
        "issued_by_city": False,
        "ways": list(ways),
        "hint": todo("长什么样，哪里能拿到", "What it looks like, where to get it"),
    }
    files["materials.json"]["materials"].append(material)
    activities = files["package.json"]["activities"]
    activities += [name for name in ("materials", "precheck") if name not in activities]
    return material


def _city_paper(files: Files) -> None:
    """A paper that a city agency issued: never asked for, shown as waived."""
    files["materials.json"]["materials"].append(
        {
            "id": "city_record",
            "title": todo("本市部门发的材料", "Paper a city agency issued"),
            "issuer": todo("哪个部门发的", "Which agency"),
            "issued_by_city": True,
            "ways": [],
            "hint": t("部门之间自己核对，不用您交", "The offices check it among themselves"),
        }
    )


def _decision(files: Files, *, after_s: int | None = None) -> None:
    """Facts, rules and the document of a decision that the centre takes by itself."""
    decision: dict[str, Any] = {
        "facts": [{"name": "on_record", "kind": "boolean", "title": todo("查到了什么", "What must be on record")}],
        "rules": [
            {
                "id": "found",
                "when": {"===": [{"var": "facts.on_record"}, True]},
                "outcome": "granted",
                "reason": todo("为什么可以", "Why it is granted"),
            },
            {
                "id": "not_found",
                "when": {"===": [{"var": "facts.on_record"}, False]},
                "outcome": "refused",
                "reason": todo("为什么不行，怎么办才行", "Why not, and what would help"),
            },
        ],
        "otherwise": {
            "outcome": "referred",
            "reason": t(
                "记录没有查全，要请工作人员核一核。3 个工作日内打电话告诉您。",
                "The record is not complete, so a clerk will check. You get a call within 3 working days.",
            ),
        },
        "document": {
            "title": todo("文书名称", "Name of the document"),
            "statement": todo("文书上写的话", "What the document says"),
            "rows": [
                {"label": t("姓名", "Name"), "value": {"var": "form.applicant.name"}},
                {"label": t("开具日期", "Issued on"), "value": {"var": "today"}},
            ],
        },
    }
    if after_s is not None:
        decision["after_s"] = after_s
    files["decision.json"] = decision
    files["guide.json"] |= {"promised_workdays": 1}
    files["result.json"]["by_status"] |= {
        "granted": {
            "title": t("办好了", "It is done"),
            "body": t("文书跟回执一起打出来，请取好。", "The document is printed with the receipt. Please take it."),
        },
        "refused": {
            "title": t("这次办不了", "It cannot be done now"),
            "body": t(
                "原因写在下面，回执上也有。觉得不对，可以到窗口核实。",
                "The reason is below and on the receipt. If you think it is wrong, a counter will check.",
            ),
        },
        "referred": {
            "title": t("转给工作人员核实", "Passed to a clerk"),
            "body": t(
                "不用您再跑，3 个工作日内打电话告诉您。", "You need not return; you get a call within 3 working days."
            ),
        },
    }


def _record(files: Files, rows: list[tuple[str, str, Text]]) -> None:
    """What the centre's registers are asked: (fact, kind, label), each shown as a line."""
    files["record.json"] = {
        "lead": todo("下面是什么，截止到哪天", "What these lines are, and up to which day"),
        "facts": [{"name": name, "kind": kind, "title": label} for name, kind, label in rows],
        "rows": [{"label": label, "value": {"var": f"facts.{name}"}} for name, _, label in rows],
        "empty": {
            "reason": todo("没有查到时怎么说", "What to say when nothing is found"),
            "elsewhere": t("【可以到哪里核实】，或打 12345", "【Where to have it checked】, or call 12345"),
        },
    }
    files["package.json"]["activities"].append("lookup")
    files["package.json"]["consents"].append(
        {
            "id": "record_query",
            "title": todo("查您的什么记录", "Which record is looked up"),
            "required": True,
            "text": t("只查这一次，只给您看。", "This once, and only for you to see."),
        }
    )


# ---- one for each kind --------------------------------------------------------------------------------------------


def _query(files: Files) -> None:
    files["package.json"]["activities"] = ["guide", "checklist", "consent", "identify", "rate"]
    _record(
        files,
        [
            ("balance", "integer", todo("查到的数", "The figure found")),
            ("last_change", "string", todo("最近一次变动", "Latest change")),
        ],
    )
    files["guide.json"] |= {"promised_workdays": 0, "statutory_workdays": 0}


def _certificate(files: Files) -> None:
    _who(files)
    _decision(files)


def _instant(files: Files) -> None:
    _case_question(files)
    _who(files)
    _phone(files)
    _decision(files)


def _apply(files: Files) -> None:
    _case_question(files)
    _who(files)
    _phone(files)
    _paper(files)
    _city_paper(files)
    files["package.json"]["activities"].append("sign")


def _filing(files: Files) -> None:
    _case_question(files)
    _who(files)
    _phone(files)
    paper = _paper(files, ways=("capture", "supplement"))
    paper["supplement_workdays"] = 10
    files["package.json"]["activities"].append("sign")
    files["result.json"]["next_steps"].append(
        t("选了“以后补交”的，凭回执上的码按时补", "Papers left for later: hand them in by the code on the receipt")
    )


def _booking(files: Files) -> None:
    slots = ["09:00", "10:00", "14:00", "15:00"]
    _who(files)
    _phone(files)
    _datum(files, "booking.day", _part("date:1"))
    _datum(files, "booking.slot", {"type": "string", "enum": slots})
    files["booking.json"] = {
        "day": "booking.day",
        "slot": "booking.slot",
        "first_workday": 1,
        "last_workday": 10,
        "slots": slots,
        "capacity": 4,
    }
    files["package.json"]["activities"].append("book")
    files["guide.json"] |= {
        "visits": 1,
        "promised_workdays": 0,
        "statutory_workdays": 0,
        "finish_here": t("大约 5 分钟约好，到时来一次", "About 5 minutes to book; come once on the day"),
    }


def _payment(files: Files) -> None:
    _record(
        files,
        [
            ("period", "string", todo("哪一期的费用", "Which period it is for")),
            ("amount", "string", t("应缴金额（元）", "Amount due (yuan)")),
        ],
    )
    _who(files)
    _datum(files, "bill.amount", _part("money:1"), always=False)
    field = {
        "path": "bill.amount",
        "part": "money:1",
        "source": "record.amount",
        "editable": False,
        "only_prefilled": True,
        "purpose": t("写在缴费通知上", "Written on the payment notice"),
    }
    _page(files, "bill", t("这一笔要缴多少？", "How much is due?"), [field], kind="prefilled")
    files["guide.json"] |= {"promised_workdays": 0, "statutory_workdays": 0}
    files["guide.json"]["fee"] = t("按账单缴", "As billed")
    files["result.json"]["next_steps"].append(
        t("凭回执上的缴费码付，手机或柜台都行", "Pay by the code on the receipt, by phone or at a counter")
    )


def _complaint(files: Files) -> None:
    head = files["package.json"]
    head["identify"] = []
    head["devices"] = []
    head["activities"].remove("identify")
    files["guide.json"]["bring"] = []
    head["consents"][0]["text"] = t(
        "记下您写的内容，只发给办理的部门。不用刷身份证。",
        "We keep what you write, only for the office in charge. No ID card is needed.",
    )
    _datum(files, "complaint.text", {"type": "string", "minLength": 2, "maxLength": 300})
    field = {
        "path": "complaint.text",
        "kind": "long_text",
        "label": t("情况", "What happened"),
        "example": todo("例如：怎样写一件事", "For example: how to tell it"),
        "purpose": t("让办理的人看懂", "So that the office understands"),
        "sensitivity": "personal",
    }
    _page(files, "text", t("请您说一说是怎么回事", "Please say what happened"), [field])
    _datum(files, "contact.phone", _part("phone:1"), always=False)
    phone = {
        "path": "contact.phone",
        "part": "phone:1",
        "required": False,
        "purpose": t("办好了给您回个话", "To call you back"),
    }
    _page(files, "phone", t("要回电话的话，打哪个号？", "Which number, if we may call back?"), [phone])
    files["result.json"]["by_status"]["ticketed"] = {
        "title": t("已登记", "Noted"),
        "body": t("已经转给办理的部门，凭编号可以查。", "It went to the office in charge; ask by its number."),
    }


def _multi_party(files: Files) -> None:
    _case_question(files)
    _who(files)
    _phone(files)
    _datum(files, "other.name", _part("name:1"))
    _datum(files, "other.number", _part("id_number:1"))
    fields = [
        {"path": "other.name", "part": "name:1", "purpose": t("知道请谁来确认", "To know who has to confirm")},
        {"path": "other.number", "part": "id_number:1", "purpose": t("核对是这个人", "To make sure who it is")},
    ]
    _page(files, "other", t("另一位是谁？", "Who is the other person?"), fields)
    _paper(files)
    head = files["package.json"]
    head["activities"] += ["sign", "parties"]
    head["parties"] = [
        {
            "id": "other",
            "title": todo("另一位的称呼", "What the other person is"),
            "name": "other.name",
            "number": "other.number",
            "identify": ["id_card", "citizen_qr"],
            "confirms": todo("他要确认的那句话", "The sentence this person confirms"),
            "sees": ["applicant.name", "other.name", "other.number"],
            "later_workdays": 10,
        }
    ]


def _name_check(files: Files) -> None:
    files["package.json"]["subject"] = "enterprise"
    _who(files)
    _phone(files)
    _datum(files, "enterprise.name", {"type": "string", "minLength": 2, "maxLength": 40})
    field = {
        "path": "enterprise.name",
        "kind": "text",
        "label": t("想用的名称", "Name you want"),
        "example": todo("例如：云浦市某某商贸有限公司", "For example: a full name"),
        "purpose": t("查有没有人用过", "To see whether somebody has it"),
        "sensitivity": "public",
    }
    _page(files, "name", t("企业想叫什么名字？", "What shall the enterprise be called?"), [field])
    _decision(files, after_s=60)
    files["decision.json"]["document"]["rows"].insert(
        0, {"label": t("企业名称", "Name of the enterprise"), "value": {"var": "form.enterprise.name"}}
    )


def _annual_check(files: Files) -> None:
    _case_question(files)
    _who(files)
    _enterprise(files)
    _phone(files)
    _datum(files, "year.staff", {"type": "integer", "minimum": 0, "maximum": 99999})
    field = {
        "path": "year.staff",
        "kind": "digits",
        "label": t("年末人数", "Staff at year's end"),
        "purpose": todo("为什么问", "Why this is asked"),
        "sensitivity": "public",
    }
    _page(files, "staff", t("去年年底有多少员工？", "How many staff were there at the end of last year?"), [field])
    files["package.json"]["activities"].append("sign")


def _bundle(files: Files) -> None:
    _case_question(files)
    _who(files)
    _phone(files)
    _paper(files)
    _city_paper(files)
    head = files["package.json"]
    head["activities"].append("sign")
    head["children"] = [
        {
            "id": f"part-{number}",
            "code": f"{head['code'][:38]}{number:02}",
            "title": todo(f"第 {number} 件事", f"Item {number}"),
            "agency": todo("哪个部门办", "Which agency"),
            "promised_workdays": days,
            "statutory_workdays": 20,
            "data": ["applicant", "scenario"],
            "materials": ["proof", "city_record"] if number == 1 else [],
            "alone": {"materials": 4, "visits": 2, "workdays": 10, "forms": 1},
        }
        for number, days in ((1, 5), (2, 3))
    ]
    files["guide.json"] |= {
        "before": {"materials": 8, "visits": 4, "workdays": 20, "forms": 2},
        "now": {"materials": 1, "visits": 0, "workdays": 5, "forms": 1},
    }


SORTS: Mapping[str, Sort] = {
    "query": Sort("query", t("查询：刷证看记录，不交任何东西", "Look something up; nothing is filed"), _query),
    "certificate": Sort("certificate", t("证明：当场开出来", "A certificate, issued at once"), _certificate),
    "instant": Sort("apply", t("申请，秒批：规则当场决定", "An application decided at once by rule"), _instant),
    "apply": Sort("apply", t("申请，要人审", "An application that an office reviews"), _apply),
    "filing": Sort("filing", t("备案，材料可以后补", "A filing; papers may come later"), _filing),
    "booking": Sort("booking", t("预约：选日子和时间", "A booking of day and time"), _booking),
    "payment": Sort("payment", t("缴费通知：查账单，打缴费码", "A payment notice: the bill and its code"), _payment),
    "complaint": Sort("complaint", t("投诉、咨询：不用刷证", "A complaint or question; no ID"), _complaint),
    "multi_party": Sort("apply", t("几个人一起办，各自确认", "Several people, each confirms"), _multi_party),
    "name_check": Sort("name_check", t("企业名称查重，过会儿有结果", "A name check, answered later"), _name_check),
    "annual_check": Sort("annual_check", t("年检、年报", "An annual check or report"), _annual_check),
    "bundle": Sort("bundle", t("一件事：几个部门一张表", "A bundle: several agencies, one form"), _bundle),
}
"""The twelve sorts of item, in the order in which they are offered."""
