"""What a new version of a package changes for residents, in sentences.

Nothing here is about files or keys: what is asked, what has to be brought, how long it takes, who may, and what the
sentences say. A change that nobody meets (the order of keys, a file written anew) is no change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kiosk.authoring.rule_words import WAYS, rule_in_words, shape
from kiosk.forms import JSON, LANGUAGES, Field, Figures, Page, Rule, ServicePackage, Text

Severity = Literal["change", "error"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change. ``topic`` groups them: item, guide, question, material, people, rule, sentence, office, decision;
    an ``error`` must not be published.
    """

    topic: str
    words: Text
    severity: Severity = "change"


TOPICS: Mapping[str, Text] = {
    "item": {"zh-Hans": "事项", "en": "The item"},
    "guide": {"zh-Hans": "多久、多少钱、跑几次、谁可以办", "en": "Time, cost, visits, who may"},
    "question": {"zh-Hans": "问什么", "en": "What is asked"},
    "material": {"zh-Hans": "带什么材料", "en": "What to bring"},
    "people": {"zh-Hans": "谁来确认、同意什么", "en": "Who confirms, what is agreed to"},
    "rule": {"zh-Hans": "规则", "en": "Rules"},
    "decision": {"zh-Hans": "怎么定、查到什么、约什么时间", "en": "Decision, records, booking"},
    "office": {"zh-Hans": "送到哪里", "en": "Where it goes"},
    "sentence": {"zh-Hans": "改了说法", "en": "Sentences"},
}

# How an attribute is compared: its name, what it is called, the topic, and its sort.
_Sort = Literal["text", "texts", "rule", "value"]
_Row = tuple[str, str, str, str, _Sort]

_ITEM: tuple[_Row, ...] = (
    ("title", "名称", "name", "sentence", "text"),
    ("short", "一句话介绍", "one-line description", "sentence", "text"),
    ("declaration", "声明", "declaration", "sentence", "text"),
    ("agency", "办理部门", "agency in charge", "item", "text"),
    ("kind", "类别", "kind", "item", "value"),
    ("subject", "替谁办", "kind of applicant", "item", "value"),
    ("code", "事项编码", "item code", "item", "value"),
    ("life_event", "放在哪一类", "place on the home page", "item", "value"),
    ("identify", "怎么证明身份", "ways to identify", "item", "value"),
    ("activities", "步骤", "steps", "item", "value"),
)
_GUIDE: tuple[_Row, ...] = (
    ("promised_workdays", "承诺几个工作日", "promised working days", "guide", "value"),
    ("statutory_workdays", "法定几个工作日", "working days by law", "guide", "value"),
    ("fee", "费用", "fee", "guide", "text"),
    ("fee_note", "费用说明", "note on the fee", "guide", "text"),
    ("visits", "要跑几次", "visits", "guide", "value"),
    ("minutes", "在机器上要几分钟", "minutes at the machine", "guide", "value"),
    ("can_finish_here", "能不能在这里办完", "can it be finished here", "guide", "value"),
    ("who", "谁可以办", "who may do it", "guide", "texts"),
    ("bring", "要带什么", "what to bring", "guide", "texts"),
    ("finish_here", "在这里办的说明", "sentence on finishing here", "sentence", "text"),
    ("after", "交了以后的说明", "sentence on what comes after", "sentence", "text"),
    ("elsewhere", "还可以到哪里办", "where else", "guide", "text"),
    ("ask_at", "到哪里问", "where to ask", "guide", "text"),
    ("before", "以前的数字", "figures before", "guide", "value"),
    ("now", "现在的数字", "figures now", "guide", "value"),
)
_QUESTION: tuple[_Row, ...] = (
    ("title", "题目", "question", "sentence", "text"),
    ("help", "说明", "help", "sentence", "text"),
    ("relevant", "什么时候问", "when it is asked", "rule", "rule"),
)
_FIELD: tuple[_Row, ...] = (
    ("label", "名称", "label", "sentence", "text"),
    ("help", "说明", "help", "sentence", "text"),
    ("example", "例子", "example", "sentence", "text"),
    ("purpose", "为什么问", "purpose", "sentence", "text"),
    ("pattern_message", "填错时的话", "message when it is wrong", "sentence", "text"),
    ("kind", "填法", "way of answering", "question", "value"),
    ("required", "一定要填", "must it be answered", "question", "value"),
    ("source", "从哪里带出来", "where it is filled in from", "question", "value"),
    ("editable", "带出来的能不能改", "may it be changed", "question", "value"),
    ("only_prefilled", "查不到就不出现", "shown only when found", "question", "value"),
    ("unique", "不能重复", "may stand only once", "question", "value"),
    ("max_length", "最多几个字", "longest answer", "question", "value"),
    ("minimum", "最小", "smallest", "question", "value"),
    ("maximum", "最大", "largest", "question", "value"),
    ("min_date", "最早哪天", "earliest day", "question", "value"),
    ("max_date", "最晚哪天", "latest day", "question", "value"),
    ("retention", "存多久", "how long it is kept", "question", "value"),
    ("sensitivity", "敏感程度", "sensitivity", "question", "value"),
    ("relevant", "什么时候问", "when it is asked", "rule", "rule"),
    ("computed", "怎么算出来", "how it is worked out", "rule", "rule"),
)
_PAGE: tuple[_Row, ...] = (
    ("title", "题目", "title", "sentence", "text"),
    ("help", "说明", "help", "sentence", "text"),
    ("relevant", "什么时候出现", "when it is shown", "rule", "rule"),
)
_GROUP: tuple[_Row, ...] = (
    ("min", "最少几个", "fewest", "question", "value"),
    ("max", "最多几个", "most", "question", "value"),
)
_MATERIAL: tuple[_Row, ...] = (
    ("title", "名称", "name", "sentence", "text"),
    ("hint", "说明", "hint", "sentence", "text"),
    ("issuer", "谁出具", "issuer", "material", "text"),
    ("issued_by_city", "本市部门核发，不用交", "issued by the city, so not asked for", "material", "value"),
    ("licence_type", "能用哪种电子证照代替", "e-licence that takes its place", "material", "value"),
    ("ways", "怎么交", "ways to give it", "material", "value"),
    ("supplement_workdays", "几个工作日内补交", "working days to hand it in later", "material", "value"),
    ("relevant", "什么时候要", "when it is needed", "rule", "rule"),
)
_PARTY: tuple[_Row, ...] = (
    ("title", "称呼", "name", "sentence", "text"),
    ("confirms", "确认的话", "sentence to confirm", "sentence", "text"),
    ("identify", "怎么证明身份", "ways to identify", "people", "value"),
    ("sees", "看得到什么", "what this person sees", "people", "value"),
    ("later_workdays", "几个工作日内来确认", "working days to confirm later", "people", "value"),
    ("relevant", "什么时候要", "when it is needed", "rule", "rule"),
)
_CONSENT: tuple[_Row, ...] = (
    ("title", "名称", "title", "sentence", "text"),
    ("text", "内容", "text", "people", "text"),
    ("required", "一定要同意", "must it be given", "people", "value"),
)
_LICENCE: tuple[_Row, ...] = (
    ("title", "名称", "name", "sentence", "text"),
    ("why", "为什么查", "what it is looked up for", "people", "text"),
)
_CHILD: tuple[_Row, ...] = (
    ("title", "名称", "name", "sentence", "text"),
    ("agency", "办理部门", "agency", "item", "text"),
    ("code", "事项编码", "item code", "item", "value"),
    ("promised_workdays", "承诺几个工作日", "promised working days", "guide", "value"),
    ("statutory_workdays", "法定几个工作日", "working days by law", "guide", "value"),
    ("data", "收到哪些内容", "what this agency receives", "people", "value"),
    ("materials", "收到哪些材料", "papers this agency receives", "people", "value"),
    ("alone", "单独办要多少", "what it costs alone", "guide", "value"),
    ("relevant", "什么时候要办", "when it is part of it", "rule", "rule"),
)
_DECISION_RULE: tuple[_Row, ...] = (
    ("outcome", "结果", "outcome", "decision", "value"),
    ("reason", "理由", "reason", "decision", "text"),
    ("when", "条件", "condition", "rule", "rule"),
)
_RECORD_ROW: tuple[_Row, ...] = (
    ("unit", "单位", "unit", "sentence", "text"),
    ("value", "内容", "value", "rule", "rule"),
    ("relevant", "什么时候显示", "when it is shown", "rule", "rule"),
)
_BOOKING: tuple[_Row, ...] = (
    ("first_workday", "最早约几个工作日后", "first working day", "decision", "value"),
    ("last_workday", "最晚约几个工作日后", "last working day", "decision", "value"),
    ("slots", "时间", "times", "decision", "value"),
    ("capacity", "一个时间约几个人", "people a time", "decision", "value"),
    ("saturdays", "周六也能约", "Saturdays too", "decision", "value"),
)
_OFFICE: tuple[_Row, ...] = (
    ("name", "名称", "name", "office", "text"),
    ("phone", "电话", "telephone", "office", "value"),
    ("address", "地址", "address", "office", "text"),
    ("hours", "时间", "hours", "office", "text"),
)
_RESULT: tuple[_Row, ...] = (
    ("title", "题目", "title", "sentence", "text"),
    ("body", "内容", "text", "sentence", "text"),
)
_VALUES: Mapping[str, Text] = {
    **WAYS,
    "person": {"zh-Hans": "个人", "en": "a person"},
    "enterprise": {"zh-Hans": "企业", "en": "an enterprise"},
    "organisation": {"zh-Hans": "组织", "en": "an organisation"},
    "id_card": {"zh-Hans": "身份证", "en": "ID card"},
    "citizen_qr": {"zh-Hans": "市民码", "en": "citizen code"},
    "passport": {"zh-Hans": "护照或通行证", "en": "passport or permit"},
    "granted": {"zh-Hans": "可以", "en": "granted"},
    "refused": {"zh-Hans": "不行", "en": "refused"},
    "referred": {"zh-Hans": "请人核实", "en": "passed to a clerk"},
    "session": {"zh-Hans": "只在办的时候", "en": "for this visit only"},
    "case": {"zh-Hans": "跟案件一起", "en": "with the case"},
    "none": {"zh-Hans": "不存", "en": "not at all"},
}


def diff(old: ServicePackage, new: ServicePackage) -> tuple[Change, ...]:
    """What changed, grouped by topic in the order of :data:`TOPICS`; errors first. Empty when nothing did."""
    found = _Diff(old, new).compare()
    order = list(TOPICS)
    return tuple(sorted(found, key=lambda change: (change.severity != "error", order.index(change.topic))))


class _Diff:
    """Two versions of one package."""

    def __init__(self, old: ServicePackage, new: ServicePackage) -> None:
        self.old = old
        self.new = new
        self.found: list[Change] = []

    def compare(self) -> list[Change]:
        """Everything that changed, in no order that matters."""
        old, new = self.old, self.new
        if old.id != new.id:
            zh, en = f"两个包不是同一个事项：{old.id} 和 {new.id}", f"these are two items: {old.id} and {new.id}"
            self._add("item", _both(zh, en), "error")
        if old.sha256 != new.sha256 and new.version <= old.version:
            self._add(
                "item",
                _both(
                    f"内容改了，版本号没有提高：原来 {old.version}，现在 {new.version}",
                    f"the content changed and the version was not raised: {old.version}, now {new.version}",
                ),
                "error",
            )
        item = _both("这个事项", "The item")
        self._rows(_ITEM, item, old, new)
        self._names("item", _both("搜索词", "search word"), _words(old.keywords), _words(new.keywords))
        self._rows(_GUIDE, item, old.guide, new.guide)
        self._questions()
        self._form()
        self._materials()
        self._people()
        self._parts()
        self._decisions()
        self._offices()
        self._results()
        return self.found

    # ---- what is asked

    def _questions(self) -> None:
        noun = _both("开头的问题", "question at the start")
        for was, now in self._pairs("question", noun, self.old.scenarios, self.new.scenarios, _path, _title):
            name = _quoted(now.title)
            self._rows(_QUESTION, name, was, now)
            self._options(name, was.options, now.options)
            self._cannot(name, was.cannot, now.cannot)

    def _form(self) -> None:
        before, after = _fields(self.old), _fields(self.new)
        noun = _both("要填的内容", "thing to fill in")
        for (path, was), (_, now) in self._pairs(
            "question",
            noun,
            tuple(before.items()),
            tuple(after.items()),
            lambda pair: pair[0],
            lambda pair: pair[1].label,
        ):
            name, group = _quoted(now.label), path.partition(".*.")[0] if ".*." in path else None
            self._rows(_FIELD, name, was, now, group)
            self._options(name, was.options, now.options)
            self._checks(name, was.checks, now.checks, group)
        pages = {_page_key(page): page for page in self.new.pages}
        for was_page in self.old.pages:
            now_page = pages.get(_page_key(was_page))
            if now_page is not None:
                group = now_page.repeat.path if now_page.repeat is not None and now_page.kind != "repeat" else None
                self._rows(_PAGE, _quoted(now_page.title), was_page, now_page, group)
                if was_page.repeat is not None and now_page.kind == "repeat" and now_page.repeat is not None:
                    self._rows(_GROUP, _quoted(now_page.title), was_page.repeat, now_page.repeat)
        kept = [path for path in before if path in after]
        if kept != [path for path in after if path in before]:
            self._add("question", _both("问题的先后变了", "The order of the questions changed"))

    def _options(self, name: Text, old: Sequence[Any], new: Sequence[Any]) -> None:
        noun = _join(name, _both("的选项", ": choice"))
        for was, now in self._pairs("question", noun, old, new, lambda o: o.value, lambda o: o.label):
            rows: tuple[_Row, ...] = (
                ("label", "选项", "choice", "sentence", "text"),
                ("hint", "选项说明", "hint of a choice", "sentence", "text"),
            )
            self._rows(rows, name, was, now)

    def _cannot(self, name: Text, old: Sequence[Any], new: Sequence[Any]) -> None:
        noun = _join(name, _both("之后办不了的情形", ": case that cannot be done here"))
        rows: tuple[_Row, ...] = (
            ("reason", "办不了的理由", "reason of “cannot”", "sentence", "text"),
            ("elsewhere", "可以到哪里办", "where else", "sentence", "text"),
        )
        for was, now in self._pairs("question", noun, old, new, lambda o: shape(o.rule), lambda o: o.reason):
            self._rows(rows, name, was, now)

    def _checks(self, name: Text, old: Sequence[Any], new: Sequence[Any], group: str | None) -> None:
        noun = _join(name, _both("的核对", ": check"))
        rows: tuple[_Row, ...] = (
            ("rule", "核对规则", "check", "rule", "rule"),
            ("message", "核对不过时的话", "message of a check", "sentence", "text"),
        )
        for was, now in self._pairs("rule", noun, old, new, lambda c: c.code, lambda c: c.message):
            self._rows(rows, name, was, now, group)

    # ---- papers and people

    def _materials(self) -> None:
        noun = _both("材料", "paper")
        for was, now in self._pairs("material", noun, self.old.materials, self.new.materials, _id, _title):
            name = _quoted(now.title)
            self._rows(_MATERIAL, name, was, now)
            self._checks(name, was.checks, now.checks, None)
        noun = _both("要查的电子证照", "e-licence that is looked up")
        for was, now in self._pairs("people", noun, self.old.licences, self.new.licences, lambda e: e.type, _title):
            self._rows(_LICENCE, _quoted(now.title), was, now)

    def _people(self) -> None:
        noun = _both("要同意的一项", "consent")
        for was, now in self._pairs("people", noun, self.old.consents, self.new.consents, _id, _title):
            self._rows(_CONSENT, _quoted(now.title), was, now)
        noun = _both("要来确认的人", "person who has to confirm")
        for was, now in self._pairs("people", noun, self.old.parties, self.new.parties, _id, _title):
            self._rows(_PARTY, _quoted(now.title), was, now)
        if (self.old.acts_for is None) != (self.new.acts_for is None):
            if self.new.acts_for is not None:
                self._add("people", _both("现在可以替别人办", "It can now be done for somebody else"))
            else:
                self._add("people", _both("不再能替别人办", "It can no longer be done for somebody else"))

    def _parts(self) -> None:
        noun = _both("一起办的事", "item that is part of it")
        for was, now in self._pairs("item", noun, self.old.children, self.new.children, _id, _title):
            self._rows(_CHILD, _quoted(now.title), was, now)

    # ---- what the centre does

    def _decisions(self) -> None:
        old, new = self.old, self.new
        noun = _both("决定的规则", "rule of decision")
        was_rules = old.decision.rules if old.decision is not None else ()
        now_rules = new.decision.rules if new.decision is not None else ()
        for was, now in self._pairs("decision", noun, was_rules, now_rules, _id, lambda r: r.reason):
            self._rows(_DECISION_RULE, _quoted(now.reason), was, now)
        if old.decision is not None and new.decision is not None:
            rows: tuple[_Row, ...] = (
                ("outcome", "记录不全时的结果", "outcome when the record is incomplete", "decision", "value"),
                ("reason", "记录不全时的话", "sentence when the record is incomplete", "sentence", "text"),
            )
            item = _both("这个事项", "The item")
            self._rows(rows, item, old.decision.otherwise, new.decision.otherwise)
            wait: tuple[_Row, ...] = (("after_s", "几秒后出结果", "seconds until the decision", "decision", "value"),)
            self._rows(wait, item, old.decision, new.decision)
        noun = _both("查到的一行", "line of the record")
        was_rows = old.record.rows if old.record is not None else ()
        now_rows = new.record.rows if new.record is not None else ()
        for was, now in self._pairs("decision", noun, was_rows, now_rows, lambda r: r.label["en"], lambda r: r.label):
            self._rows(_RECORD_ROW, _quoted(now.label), was, now)
        if old.booking is not None and new.booking is not None:
            self._rows(_BOOKING, _both("预约", "Booking"), old.booking, new.booking)

    def _offices(self) -> None:
        old, new = self.old.office_rules, self.new.office_rules
        self._rows(_OFFICE, _both("收件的窗口", "The receiving office"), old.default, new.default)
        noun = _both("可选的地区", "region to choose")
        for was, now in self._pairs("office", noun, old.regions, new.regions, lambda o: o.value, lambda o: o.label):
            name = _join(_quoted(now.label), _both("的窗口", "'s office"))
            self._rows(_OFFICE, name, old.by_region[was.value], new.by_region[now.value])
            for key in sorted({*old.rules, *new.rules}):
                before, after = old.values[was.value].get(key), new.values[now.value].get(key)
                if before != after:
                    self._value("office", _quoted(now.label), key, key, before, after)

    def _results(self) -> None:
        old, new = self.old.result, self.new.result
        for status in (name for name in new.by_status if name in old.by_status):
            now = new.by_status[status]
            self._rows(_RESULT, _join(_quoted(now.title), _both("这一页", " page")), old.by_status[status], now)
        rows: tuple[_Row, ...] = (
            ("next_steps", "接下来做什么", "next steps", "sentence", "texts"),
            ("deliver", "怎么拿到", "delivery", "sentence", "text"),
        )
        self._rows(rows, _both("这个事项", "The item"), old, new)

    # ---- how a difference is said

    def _rows(self, rows: Iterable[_Row], name: Text, was: Any, now: Any, group: str | None = None) -> None:
        for attribute, zh, en, topic, sort in rows:
            before, after = getattr(was, attribute), getattr(now, attribute)
            if before == after:
                continue
            if sort == "texts":
                self._names(topic, _both(f"“{zh}”里的", en), _words(before), _words(after))
            elif sort == "rule":
                self._rule(name, zh, en, before, after, group)
            elif sort == "text":
                self._text(topic, name, zh, en, before, after)
            else:
                self._value(topic, name, zh, en, before, after)

    def _text(self, topic: str, name: Text, zh: str, en: str, was: Text | None, now: Text | None) -> None:
        before, after = was or _both("", ""), now or _both("", "")
        nothing = _both("（没有）", "(nothing)")
        parts = {
            k: (f"“{before[k]}”" if before[k] else nothing[k], f"“{after[k]}”" if after[k] else nothing[k])
            for k in LANGUAGES
        }
        other = {"zh-Hans": "（只改了英文）", "en": " (only the Chinese changed)"}
        said = {k: other[k] if parts[k][0] == parts[k][1] else "" for k in LANGUAGES}
        self._add(
            topic,
            _both(
                f"{name['zh-Hans']}，{zh}：原来{parts['zh-Hans'][0]}，现在{parts['zh-Hans'][1]}{said['zh-Hans']}",
                f"{name['en']}, {en}: was {parts['en'][0]}, is now {parts['en'][1]}{said['en']}",
            ),
        )

    def _value(self, topic: str, name: Text, zh: str, en: str, was: JSON, now: JSON) -> None:
        before, after = (_value_words(value) for value in (was, now))
        self._add(
            topic,
            _both(
                f"{name['zh-Hans']}，{zh}：原来{_spaced(before)}，现在{_spaced(after)}",
                f"{name['en']}, {en}: was {before['en']}, is now {after['en']}",
            ),
        )

    def _rule(self, name: Text, zh: str, en: str, was: Rule, now: Rule, group: str | None) -> None:
        before, after = rule_in_words(was, self.old, group), rule_in_words(now, self.new, group)
        self._add(
            "rule",
            _both(
                f"{name['zh-Hans']}，{zh}：原来：{before['zh-Hans']}；现在：{after['zh-Hans']}",
                f"{name['en']}, {en}: before: {before['en']}; now: {after['en']}",
            ),
        )

    def _pairs(
        self,
        topic: str,
        noun: Text,
        old: Sequence[Any],
        new: Sequence[Any],
        key: Callable[[Any], str],
        name: Callable[[Any], Text],
    ) -> list[tuple[Any, Any]]:
        """Those that stand in both versions, as (was, now); what came and went is added on the way."""
        before, after = {key(each): each for each in old}, {key(each): each for each in new}
        self._came_and_went(
            topic,
            noun,
            [name(each) for ident, each in before.items() if ident not in after],
            [name(each) for ident, each in after.items() if ident not in before],
        )
        return [(before[ident], after[ident]) for ident in before if ident in after]

    def _names(self, topic: str, noun: Text, old: Sequence[Text], new: Sequence[Text]) -> None:
        """Sentences of a list: those that went and those that came."""
        self._came_and_went(topic, noun, [w for w in old if w not in new], [n for n in new if n not in old])

    def _came_and_went(self, topic: str, noun: Text, went: Iterable[Text], came: Iterable[Text]) -> None:
        for words, names in ((_both("不再有", "no longer there"), went), (_both("新加了", "new"), came)):
            for name in names:
                self._add(
                    topic,
                    _both(
                        f"{words['zh-Hans']}{noun['zh-Hans']}：“{name['zh-Hans']}”",
                        f"{noun['en']}, {words['en']}: “{name['en']}”",
                    ),
                )

    def _add(self, topic: str, words: Text, severity: Severity = "change") -> None:
        english = words["en"]
        said = _both(words["zh-Hans"], english[:1].upper() + english[1:])
        self.found.append(Change(topic, said, severity))


def _both(zh: str, en: str) -> Text:
    return {"zh-Hans": zh, "en": en}


def _join(first: Text, second: Text) -> Text:
    return {language: first[language] + second[language] for language in LANGUAGES}


def _quoted(text: Text) -> Text:
    return _both(f"“{text['zh-Hans']}”", f"“{text['en']}”")


def _words(texts: Iterable[Text | str]) -> tuple[Text, ...]:
    return tuple(_both(text, text) if isinstance(text, str) else text for text in texts)


def _spaced(words: Text) -> str:
    """The Chinese words, a figure or a Latin word set off by a space."""
    text = words["zh-Hans"]
    return f" {text}" if text[:1].isascii() else text


def _id(each: Any) -> str:
    return str(each.id)


def _path(each: Any) -> str:
    return str(each.path)


def _title(each: Any) -> Text:
    title: Text = each.title
    return title


def _page_key(page: Page) -> str:
    return f"{page.repeat.path}.{page.id}" if page.repeat is not None and page.kind != "repeat" else page.id


def _fields(package: ServicePackage) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for page in package.pages:
        prefix = f"{page.repeat.path}.*." if page.repeat is not None else ""
        found |= {prefix + field.path: field for field in page.fields}
    return found


def _value_words(value: JSON) -> Text:
    """A plain value as people say it."""
    match value:
        case None | "" | ():
            return _both("（没有）", "(nothing)")
        case bool():
            return _both("是" if value else "否", "yes" if value else "no")
        case tuple() | list():
            words = [_value_words(each) for each in value]
            return _both("、".join(w["zh-Hans"] for w in words), ", ".join(w["en"] for w in words))
        case Figures():
            return _both(
                f"{value.materials} 份材料、{value.visits} 次、{value.workdays} 个工作日、{value.forms} 张表",
                f"{value.materials} papers, {value.visits} visits, {value.workdays} working days, {value.forms} forms",
            )
        case int():
            return _both(str(value), str(value))
    return _VALUES.get(str(value), _both(str(value), str(value)))
