"""A small right package of each sort the tools look at, to be made wrong one edit at a time. The city is made up."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from kiosk.authoring.findings import Finding
from kiosk.authoring.lint import lint
from kiosk.authoring.prove import Proof, prove
from kiosk.forms import PackageBundle, PackageError
from tests.forms.walk import TODAY

Files = dict[str, Any]
Change = Callable[[Files], object]
DELETE = object()


def t(zh: str, en: str) -> dict[str, str]:
    return {"zh-Hans": zh, "en": en}


def eq(path: str, value: Any) -> dict[str, Any]:
    return {"===": [{"var": path}, value]}


def option(value: str, zh: str, en: str) -> dict[str, Any]:
    return {"value": value, "label": t(zh, en)}


def field(path: str, **more: Any) -> dict[str, Any]:
    return {"path": path, "purpose": t("写在申请表上", "Written on the form"), "sensitivity": "personal", **more}


def page(ident: str, title: dict[str, str], *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": ident, "kind": "question", "title": title, "fields": list(fields), **more}


def part(name: str) -> dict[str, Any]:
    return {"$ref": f"urn:kiosk:part:{name}"}


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def choice(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


HELP = t("人民路厅 3 楼 5 号窗", "Counter 5, 3rd floor, Renmin Road hall")
CONSENT = {
    "id": "privacy",
    "title": t("个人信息怎么用", "How your information is used"),
    "text": t("只发给办事的部门。", "It goes only to the office in charge."),
    "required": True,
}


def head(kind: str, activities: str, **more: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "id": "small",
        "version": 1,
        "kind": kind,
        "code": "330999000001",
        "title": t("领养一棵树", "Adopt a tree"),
        "short": t("在街边认一棵树", "A tree in your street"),
        "keywords": ["树"],
        "life_event": "everyday",
        "agency": t("市园林局", "Municipal Parks Bureau"),
        "subject": "person",
        "identify": ["id_card"],
        "activities": activities.split(),
        "devices": ["id_card"],
        "consents": [CONSENT],
        "declaration": t("我写的都是真的。", "What I wrote is true."),
        **more,
    }


def guide(**more: Any) -> dict[str, Any]:
    return {
        "who": [t("住在云浦的人", "People who live in Yunpu")],
        "fee": t("不收费", "No charge"),
        "visits": 0,
        "promised_workdays": 5,
        "statutory_workdays": 10,
        "minutes": 5,
        "finish_here": t("在这里就能办好", "It can be finished here"),
        "can_finish_here": True,
        "after": t("五天内打电话告诉您。", "We call you within five days."),
        "elsewhere": HELP,
        "ask_at": t("电话 12345", "Call 12345"),
        **more,
    }


RECEIVED = {"title": t("收到了", "Received"), "body": t("请留好回执。", "Please keep the receipt.")}
RESULT = {
    "by_status": {
        status: {"title": t("收到了", "Received"), "body": t("请留好回执。", "Please keep the receipt.")}
        for status in ("received", "accepted")
    },
    "next_steps": [t("等我们的电话", "Wait for our call")],
}
OFFICE = {"code": "330999PK00", "name": t("市园林局", "Municipal Parks Bureau"), "phone": "12345"}
ME = {
    "id": "me",
    "kind": "prefilled",
    "title": t("这是您吗？", "Is this you?"),
    "fields": [
        field("applicant.name", part="name:1", source="card.name", editable=False),
        field("applicant.number", part="id_number:1", source="card.number", editable=False, sensitivity="sensitive"),
    ],
}
APPLICANT = obj(name=part("name:1"), number=part("id_number:1"), phone=part("phone:1"))
PHONE = page("phone", t("您的手机号？", "Your phone number?"), field("applicant.phone", part="phone:1"))
CITY_PAPER = {
    "id": "map",
    "title": t("街道平面图", "Map of the street"),
    "issuer": t("市规划局", "Municipal Planning Bureau"),
    "issued_by_city": True,
    "ways": [],
}
OWN_PAPER = {
    "id": "sketch",
    "title": t("树的照片", "Picture of the tree"),
    "issuer": t("您自己拍", "Taken by yourself"),
    "issued_by_city": False,
    "ways": ["show_later"],
    "relevant": eq("tree.fence", "yes"),
}
LETTER = {
    "id": "letter",
    "title": t("委托书", "Letter of authority"),
    "issuer": t("要领养的人", "The person who adopts"),
    "issued_by_city": False,
    "ways": ["show_later"],
    "relevant": {"!==": [{"var": "scenario.whom"}, "self"]},
}


def schema(**properties: Any) -> dict[str, Any]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **obj(**properties)}


def apply() -> Files:
    """For oneself or another; a number with a check, a code with a pattern, a group, papers, three questions."""
    return {
        "package.json": head(
            "apply",
            "guide scenario checklist consent identify form materials review submit result receipt rate",
            acts_for={"role": "scenario.whom", "self": ["self"], "name": "other.name", "authority": "letter"},
        ),
        "guide.json": guide(now={"materials": 2, "visits": 0, "workdays": 5, "forms": 1}),
        "scenarios.json": {
            "questions": [
                {
                    "path": "scenario.whom",
                    "title": t("替谁领养？", "Who adopts?"),
                    "options": [option("self", "我自己", "Myself"), option("other", "替家里人", "Somebody else")],
                },
                {
                    "path": "scenario.place",
                    "title": t("树在哪里？", "Where is the tree?"),
                    "options": [option("street", "街边", "Street"), option("park", "公园里", "Park")],
                    "cannot": [
                        {
                            "rule": eq("scenario.place", "park"),
                            "reason": t("公园里的树由公园管。", "Trees in parks are looked after by the park."),
                            "elsewhere": HELP,
                        }
                    ],
                },
            ]
        },
        "form.schema.json": schema(
            scenario=obj(whom=choice("self", "other"), place=choice("street", "park")),
            applicant=APPLICANT,
            other=obj(name=part("name:1")),
            tree=obj(
                height={"type": "integer", "minimum": 1, "maximum": 30},
                code={"type": "string", "pattern": "^T[0-9]{4}$", "maxLength": 5},
                fence=choice("yes", "no"),
            ),
            helpers={
                "type": "array",
                "minItems": 0,
                "maxItems": 3,
                "items": obj(name=part("name:1"), grown=choice("yes", "no")),
            },
        ),
        "layout.json": {
            "pages": [
                ME,
                page(
                    "other",
                    t("替谁？", "For whom?"),
                    field("other.name", part="name:1", purpose=t("写在牌子上", "Written on the sign")),
                    relevant=eq("scenario.whom", "other"),
                ),
                page(
                    "height",
                    t("树有多高？", "How tall is the tree?"),
                    field(
                        "tree.height",
                        kind="digits",
                        label=t("高几米", "Metres"),
                        checks=[
                            {
                                "code": "too_tall",
                                "rule": {"<=": [{"var": "tree.height"}, 20]},
                                "message": t("太高了，不能领养。", "It is too tall to be adopted."),
                            }
                        ],
                    ),
                ),
                page(
                    "code",
                    t("树牌上的号码？", "The number on the tree?"),
                    field(
                        "tree.code",
                        kind="text",
                        label=t("树牌号", "Number"),
                        keyboard="latin",
                        example=t("例如：T1234", "For example: T1234"),
                        pattern_message=t("写 T 和四个数字。", "T and four figures."),
                    ),
                ),
                page(
                    "fence",
                    t("要围栏吗？", "Do you want a fence?"),
                    field(
                        "tree.fence",
                        kind="choice",
                        label=t("围栏", "Fence"),
                        options=[option("yes", "要", "Yes"), option("no", "不要", "No")],
                    ),
                    relevant={">": [{"var": "tree.height"}, 3]},
                ),
                {
                    "id": "helpers",
                    "kind": "repeat",
                    "title": t("谁和您一起浇水？", "Who waters it with you?"),
                    "repeat": {
                        "path": "helpers",
                        "min": 0,
                        "max": 3,
                        "item_title": t("帮手", "Helper"),
                        "pages": [
                            {
                                "id": "name",
                                "title": t("帮手叫什么？", "What is the name?"),
                                "fields": [field("name", part="name:1", purpose=t("好打招呼", "To greet them"))],
                            },
                            {
                                "id": "grown",
                                "title": t("满十八岁了吗？", "Is this person of age?"),
                                "fields": [
                                    field(
                                        "grown",
                                        kind="choice",
                                        label=t("成年", "Of age"),
                                        options=[option("yes", "满了", "Yes"), option("no", "没有", "No")],
                                    )
                                ],
                            },
                        ],
                    },
                },
                PHONE,
            ]
        },
        "materials.json": {"materials": [OWN_PAPER, CITY_PAPER, LETTER]},
        "offices.json": {"default": OFFICE},
        "result.json": RESULT,
    }


def certificate() -> Files:
    """Decided at once by facts of the registers."""
    return {
        "package.json": head("certificate", "guide consent identify form review submit result receipt rate"),
        "guide.json": guide(),
        "scenarios.json": {"questions": []},
        "form.schema.json": schema(applicant=obj(name=part("name:1"), number=part("id_number:1"))),
        "layout.json": {"pages": [ME]},
        "materials.json": {"materials": []},
        "decision.json": {
            "facts": [{"name": "trees", "kind": "integer", "title": t("几棵树", "Trees")}],
            "rules": [
                {
                    "id": "none",
                    "when": {"<": [{"var": "facts.trees"}, 1]},
                    "outcome": "refused",
                    "reason": t("没有查到您领养的树。", "We found no tree of yours."),
                },
                {
                    "id": "some",
                    "when": {">=": [{"var": "facts.trees"}, 1]},
                    "outcome": "granted",
                    "reason": t("证明开好了。", "The certificate is ready."),
                },
            ],
            "otherwise": {"outcome": "referred", "reason": t("要请人看一看。", "Somebody will look at it.")},
            "document": {
                "title": t("领养证明", "Certificate of adoption"),
                "statement": t("这个人领养了树。", "This person has adopted trees."),
                "rows": [{"label": t("几棵", "Trees"), "value": {"var": "facts.trees"}}],
            },
        },
        "offices.json": {"default": OFFICE},
        "result.json": {
            **RESULT,
            "by_status": dict.fromkeys(("received", "accepted", "granted", "refused", "referred"), RECEIVED),
        },
    }


def query() -> Files:
    """Nothing is filed; the registers are shown."""
    return {
        "package.json": head("query", "guide consent identify lookup rate"),
        "guide.json": guide(),
        "scenarios.json": {"questions": []},
        "form.schema.json": schema(),
        "layout.json": {"pages": []},
        "materials.json": {"materials": []},
        "record.json": {
            "facts": [
                {"name": "trees", "kind": "integer", "title": t("几棵树", "Trees")},
                {"name": "closed", "kind": "boolean", "title": t("停了", "Closed")},
            ],
            "rows": [{"label": t("几棵", "Trees"), "value": {"var": "facts.trees"}}],
            "empty": {"reason": t("没有查到。", "Nothing was found."), "elsewhere": HELP},
            "cannot": [
                {"rule": eq("facts.closed", True), "reason": t("账户停了。", "It is closed."), "elsewhere": HELP}
            ],
        },
        "offices.json": {"default": OFFICE},
        "result.json": RESULT,
    }


def bundle() -> Files:
    """Two cases from one form, for two agencies; a neighbour confirms."""
    children = [
        {
            "id": "adopt",
            "code": "330999000002",
            "title": t("领养", "Adopt"),
            "agency": t("市园林局", "Municipal Parks Bureau"),
            "promised_workdays": 5,
            "statutory_workdays": 10,
            "data": ["applicant", "tree"],
            "materials": ["sketch"],
            "alone": {"materials": 2, "visits": 1, "workdays": 10, "forms": 1},
        },
        {
            "id": "water",
            "code": "330999000003",
            "title": t("接水", "Water"),
            "agency": t("市水务局", "Municipal Water Bureau"),
            "promised_workdays": 3,
            "statutory_workdays": 10,
            "data": ["neighbour", "tap"],
            "materials": [],
            "alone": {"materials": 1, "visits": 1, "workdays": 5, "forms": 1},
        },
    ]
    party = {
        "id": "neighbour",
        "title": t("邻居", "Neighbour"),
        "name": "neighbour.name",
        "number": "neighbour.number",
        "identify": ["id_card"],
        "confirms": t("我同意在门口接水。", "I agree to a tap at my door."),
        "sees": ["neighbour.name", "neighbour.number", "tap.side"],
        "later_workdays": 5,
        "relevant": eq("tap.side", "left"),
    }
    return {
        "package.json": head(
            "bundle",
            "guide consent identify form materials parties review submit result receipt rate",
            children=children,
            parties=[party],
        ),
        "guide.json": guide(
            before={"materials": 3, "visits": 2, "workdays": 15, "forms": 2},
            now={"materials": 1, "visits": 0, "workdays": 5, "forms": 1},
        ),
        "scenarios.json": {"questions": []},
        "form.schema.json": schema(
            applicant=APPLICANT,
            tree=obj(fence=choice("yes", "no")),
            tap=obj(side=choice("left", "right")),
            neighbour=obj(name=part("name:1"), number=part("id_number:1"), phone=part("phone:1")),
        ),
        "layout.json": {
            "pages": [
                ME,
                apply()["layout.json"]["pages"][4] | {"relevant": None},
                page(
                    "side",
                    t("接在哪边？", "On which side?"),
                    field(
                        "tap.side",
                        kind="choice",
                        label=t("哪边", "Side"),
                        options=[option("left", "左边", "Left"), option("right", "右边", "Right")],
                    ),
                ),
                page(
                    "neighbour",
                    t("邻居是谁？", "Who is the neighbour?"),
                    field("neighbour.name", part="name:1"),
                    field("neighbour.number", part="id_number:1", sensitivity="sensitive"),
                    field("neighbour.phone", part="phone:1", label=t("邻居的电话", "Phone of the neighbour")),
                    relevant=eq("tap.side", "left"),
                ),
                PHONE,
            ]
        },
        "materials.json": {"materials": [OWN_PAPER, CITY_PAPER]},
        "offices.json": {"default": OFFICE},
        "result.json": RESULT,
    }


SORTS: dict[str, Callable[[], Files]] = {
    "apply": apply,
    "certificate": certificate,
    "query": query,
    "bundle": bundle,
}


def made(sort: str, *changes: Change) -> PackageBundle:
    """The right package of a sort after some changes, written as an author writes it: one value a line."""
    files = copy.deepcopy(SORTS[sort]())
    files = {name: _without_nothing(value) for name, value in files.items()}
    for change in changes:
        change(files)
    texts = {name: json.dumps(value, ensure_ascii=False, indent=2) for name, value in files.items()}
    return PackageBundle(files["package.json"]["id"], files["package.json"]["version"], texts)


def _without_nothing(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_nothing(below) for key, below in node.items() if key != "relevant" or below is not None}
    return [_without_nothing(below) for below in node] if isinstance(node, list) else node


def put(place: str, value: Any) -> Change:
    """A change that sets (or with DELETE removes) the value at ``FILE#POINTER``; ``-`` appends to a list."""
    file, _, pointer = place.partition("#/")
    *above, last = [int(step) if step.isdigit() else step for step in pointer.split("/")]

    def change(files: Files) -> None:
        node = files[file]
        for step in above:
            node = node[step]
        if value is DELETE:
            del node[last]
        elif last == "-":
            node.append(value)
        else:
            node[last] = value

    return change


def proof_of(package: PackageBundle) -> Proof:
    return prove(package, today=TODAY)


def findings_of(package: PackageBundle) -> list[Finding]:
    """Everything both tools find; of a package that cannot be loaded the loader's reason alone."""
    found = list(lint(package, today=TODAY))
    try:
        return [*found, *proof_of(package).findings]
    except PackageError:
        return found
