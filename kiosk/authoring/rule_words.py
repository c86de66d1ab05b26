"""A rule as a sentence, in Chinese and English: what an author meant, for people who read no JsonLogic."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kiosk.forms import JSON, LANGUAGES, Field, Option, Rule, ServicePackage, Text

_SIGNS: Mapping[str, Text] = {
    "===": {"zh-Hans": "{0}是{1}", "en": "{0} is {1}"},
    "!==": {"zh-Hans": "{0}不是{1}", "en": "{0} is not {1}"},
    "<": {"zh-Hans": "{0}小于{1}", "en": "{0} is less than {1}"},
    "<=": {"zh-Hans": "{0}不超过{1}", "en": "{0} is at most {1}"},
    ">": {"zh-Hans": "{0}大于{1}", "en": "{0} is more than {1}"},
    ">=": {"zh-Hans": "{0}不少于{1}", "en": "{0} is at least {1}"},
    "!": {"zh-Hans": "不是（{0}）", "en": "not ({0})"},
    "!!": {"zh-Hans": "填了{0}", "en": "{0} is given"},
    "not so": {"zh-Hans": "{0}为否", "en": "{0}: no"},
    "in": {"zh-Hans": "{1}里有{0}", "en": "{1} contains {0}"},
    "one of": {"zh-Hans": "{0}是{1}中的一个", "en": "{0} is one of {1}"},
    "no answer": {"zh-Hans": "{0}没填", "en": "{0} is not answered"},
    "-": {"zh-Hans": "{0}减{1}", "en": "{0} minus {1}"},
    "some": {"zh-Hans": "{0}里至少有一个：{1}", "en": "at least one of {0}: {1}"},
    "all": {"zh-Hans": "{0}个个都：{1}", "en": "every one of {0}: {1}"},
    "none": {"zh-Hans": "{0}里没有一个：{1}", "en": "none of {0}: {1}"},
    "filter": {"zh-Hans": "{0}里那些：{1}", "en": "those of {0} where {1}"},
    "map": {"zh-Hans": "{0}各自的：{1}", "en": "of each of {0}: {1}"},
    "substr": {"zh-Hans": "{0}从第 {1} 位起{2}", "en": "{0} from place {1}{2}"},
    "last": {"zh-Hans": "{0}的最后 {1} 位{2}", "en": "the last {1} of {0}{2}"},
    "born": {"zh-Hans": "{0}里的出生日期", "en": "the date of birth in {0}"},
}
_DAYS: Mapping[str, Text] = {
    "<": {"zh-Hans": "{0}早于{1}", "en": "{0} is before {1}"},
    "<=": {"zh-Hans": "{0}不晚于{1}", "en": "{0} is not after {1}"},
    ">": {"zh-Hans": "{0}晚于{1}", "en": "{0} is after {1}"},
    ">=": {"zh-Hans": "{0}不早于{1}", "en": "{0} is not before {1}"},
}
_OF_TODAY: Mapping[tuple[int, int], Text] = {
    (0, 4): {"zh-Hans": "今年", "en": "this year"},
    (5, 2): {"zh-Hans": "这个月", "en": "this month"},
}
_JOINED: Mapping[str, Text] = {
    "and": {"zh-Hans": "，并且", "en": ", and "},
    "or": {"zh-Hans": "，或者", "en": ", or "},
    "+": {"zh-Hans": "加", "en": " plus "},
    "*": {"zh-Hans": "乘", "en": " times "},
    "cat": {"zh-Hans": "接", "en": " followed by "},
    "min": {"zh-Hans": "、", "en": ", "},
    "max": {"zh-Hans": "、", "en": ", "},
}
_AWAY: Mapping[str, Text] = {
    "years_ago": {"zh-Hans": "{0} 年前的今天", "en": "the day {0} years ago"},
    "months_ago": {"zh-Hans": "{0} 个月前的今天", "en": "the day {0} months ago"},
    "days_ago": {"zh-Hans": "{0} 天前", "en": "the day {0} days ago"},
    "days_ahead": {"zh-Hans": "{0} 天以后", "en": "the day {0} days from now"},
}
_NAMED: Mapping[str, Text] = {
    "today": {"zh-Hans": "今天", "en": "today"},
    "paper.way": {"zh-Hans": "材料的交法", "en": "the way the paper is given"},
    "paper.pages": {"zh-Hans": "拍了几页", "en": "the number of pages"},
    "licence.issued_on": {"zh-Hans": "证照的发证日期", "en": "the licence's day of issue"},
    "licence.valid_to": {"zh-Hans": "证照的有效期", "en": "the licence's last day"},
}
WAYS: Mapping[str, Text] = {
    "show_later": {"zh-Hans": "以后出示", "en": "shown later"},
    "promise": {"zh-Hans": "告知承诺", "en": "a promise instead"},
    "capture": {"zh-Hans": "在这里拍", "en": "photographed here"},
    "supplement": {"zh-Hans": "以后补交", "en": "handed in later"},
}
_ALWAYS: Text = {"zh-Hans": "总是", "en": "always"}
_EMPTY: Text = {"zh-Hans": "没填", "en": "not answered"}
_TRUTH: Mapping[bool, Text] = {
    True: {"zh-Hans": "“是”", "en": "“yes”"},
    False: {"zh-Hans": "“否”", "en": "“no”"},
}


@dataclass(frozen=True, slots=True)
class _Datum:
    """What a path means to people."""

    label: Text
    kind: str
    options: Mapping[str, Text] = field(default_factory=dict)


def rule_in_words(rule: Rule, package: ServicePackage, group: str | None = None) -> Text:
    """The rule in both languages. ``group`` is the repeated group the rule stands in (``staff``), if it does."""
    known = _known(package)
    scope = f"{group}.*." if group else ""
    return {language: _Reader(known, language).say(rule, scope).strip() for language in LANGUAGES}


def _known(package: ServicePackage) -> dict[str, _Datum]:
    known: dict[str, _Datum] = {}
    for question in package.scenarios:
        known[question.path] = _Datum(question.title, "choice", _labels(question.options))
    for page in package.pages:
        prefix = ""
        if page.repeat is not None:
            known.setdefault(page.repeat.path, _Datum(page.repeat.item_title, "list"))
            prefix = f"{page.repeat.path}.*."
        for asked in page.fields:
            known[prefix + asked.path] = _datum(asked)
    facts = (
        *(package.record.facts if package.record is not None else ()),
        *(package.decision.facts if package.decision is not None else ()),
    )
    for fact in facts:
        known[f"facts.{fact.name}"] = _Datum(fact.title, fact.kind)
    if package.booking is not None:
        known[package.booking.day] = _Datum({"zh-Hans": "预约日期", "en": "day booked"}, "date")
        known[package.booking.slot] = _Datum({"zh-Hans": "预约时间", "en": "time booked"}, "text")
    known["paper.way"] = _Datum(_NAMED["paper.way"], "choice", WAYS)
    return known


def _datum(asked: Field) -> _Datum:
    return _Datum(asked.label, asked.kind, _labels(asked.options))


def _labels(options: tuple[Option, ...]) -> Mapping[str, Text]:
    return {option.value: option.label for option in options}


class _Reader:
    """Says rules in one language."""

    def __init__(self, known: Mapping[str, _Datum], language: str) -> None:
        self._known = known
        self._language = language

    def say(self, rule: Rule, scope: str, within: str | None = None) -> str:
        if rule is None:
            return _ALWAYS[self._language]
        if not isinstance(rule, dict):
            return self._constant(rule, None)
        operator, arguments = _parts(rule)
        if operator == "var":
            return self._path(str(arguments[0]), scope)
        if operator == "if":
            text = self._choice(arguments, scope)
            return text if within is None else self._in_brackets(text)
        known = self._idiom(operator, arguments, scope)
        if known is not None:
            return known
        if operator == "reduce":
            return self._reduce(arguments, scope)
        if operator == "!":
            plain = isinstance(arguments[0], dict) and "var" in arguments[0]
            return _SIGNS["not so" if plain else "!"][self._language].format(self.say(arguments[0], scope))
        if operator in _JOINED:
            return self._join(operator, arguments, scope, within)
        if operator in ("some", "all", "none", "filter", "map"):
            inner = f"{self._list(arguments[0], scope)}.*."
            parts = [self.say(arguments[0], scope), self.say(arguments[1], inner)]
            return _SIGNS[operator][self._language].format(*parts)
        if operator == "substr":
            count = (
                {"zh-Hans": " {} 位", "en": ", {} long"}[self._language].format(arguments[2]) if arguments[2:] else ""
            )
            start = arguments[1] if isinstance(arguments[1], int) else 0
            sign = _SIGNS["last" if start < 0 else operator][self._language]
            return sign.format(self.say(arguments[0], scope, operator), -start if start < 0 else start + 1, count)
        if operator in ("===", "!==") and None in arguments:
            asked = next((argument for argument in arguments if argument is not None), None)
            name = "no answer" if operator == "===" else "!!"
            return _SIGNS[name][self._language].format(self.say(asked, scope))
        if operator == "in" and isinstance(arguments[1], list):
            operator = "one of"
        days = any(self._is_day(argument, scope) for argument in arguments)
        pattern = (_DAYS if days and operator in _DAYS else _SIGNS)[operator][self._language]
        within = operator if operator == "-" else "side"
        return pattern.format(*(self._side(a, arguments, scope, within) for a in arguments))

    def _side(self, side: JSON, both: list[JSON], scope: str, within: str) -> str:
        """One side of a comparison: a constant reads as the choice of the question on the other side."""
        if isinstance(side, dict):
            return self.say(side, scope, within)
        paths = (self._find(str(other["var"]), scope) for other in both if isinstance(other, dict) and "var" in other)
        return self._constant(side, next((found for found in paths if found is not None), None))

    def _constant(self, value: JSON, of: _Datum | None) -> str:
        if value is None:
            return _EMPTY[self._language]
        if isinstance(value, bool):
            return _TRUTH[value][self._language]
        if isinstance(value, list):
            between = {"zh-Hans": "、", "en": ", "}[self._language]
            return between.join(self._constant(each, of) for each in value)
        if isinstance(value, str):
            label = of.options.get(value) if of is not None else None
            return f"“{label[self._language] if label is not None else value}”"
        return f" {value} " if self._language == "zh-Hans" else str(value)

    def _path(self, path: str, scope: str) -> str:
        found = self._find(path, scope)
        if found is not None:
            return f"“{found.label[self._language]}”"
        if path in _NAMED:
            return _NAMED[path][self._language]
        name, _, rest = path.removeprefix("form.").partition(".")
        if name in _AWAY:
            return _AWAY[name][self._language].format(rest)
        if name in ("region", "licence"):
            of = {"region": ("受理地的", "the region's "), "licence": ("证照的", "the licence's ")}[name]
            return of[LANGUAGES.index(self._language)] + rest
        return path

    def _find(self, path: str, scope: str) -> _Datum | None:
        return self._known.get(scope + path) or self._known.get(path.removeprefix("form."))

    def _is_day(self, node: JSON, scope: str) -> bool:
        if isinstance(node, dict) and _birth(*_parts(node)) is not None:
            return True
        if not isinstance(node, dict) or "var" not in node:
            return False
        path = node["var"][0] if isinstance(node["var"], list) else node["var"]
        found = self._find(path, scope)
        name = path.removeprefix("form.").partition(".")[0]
        if found is not None:
            return found.kind == "date"
        return name in {"today", *_AWAY} or path in ("licence.issued_on", "licence.valid_to")

    def _join(self, operator: str, arguments: list[JSON], scope: str, within: str | None) -> str:
        text = _JOINED[operator][self._language].join(self.say(a, scope, operator) for a in arguments)
        if operator in ("min", "max"):
            words = {"min": ("{}里最小的", "the smallest of {}"), "max": ("{}里最大的", "the largest of {}")}[operator]
            return words[LANGUAGES.index(self._language)].format(text)
        looser = {"and": ("or", "side"), "or": ("and", "side"), "+": ("*", "-", "cat"), "*": ("-", "cat")}
        if within in looser.get(operator, ("+", "*", "-")):
            return self._in_brackets(text)
        return text

    def _in_brackets(self, text: str) -> str:
        return f"（{text}）" if self._language == "zh-Hans" else f"({text})"

    def _idiom(self, operator: str, arguments: list[JSON], scope: str) -> str | None:
        """What authors can only write in a roundabout way: a figure made of a text, a date of birth, this year."""
        if operator == "+" and 0 in arguments and sum(argument != 0 for argument in arguments) == 1:
            return self.say(next(argument for argument in arguments if argument != 0), scope, operator)
        if (birth := _birth(operator, arguments)) is not None:
            return _SIGNS["born"][self._language].format(self.say(birth, scope))
        if operator == "substr" and arguments[0] == {"var": "today"} and tuple(arguments[1:]) in _OF_TODAY:
            return _OF_TODAY[arguments[1], arguments[2]][self._language]
        return None

    def _choice(self, arguments: list[JSON], scope: str) -> str:
        inner = ["if" if isinstance(argument, dict) and "if" in argument else None for argument in arguments]
        parts = [self.say(argument, scope, within) for argument, within in zip(arguments, inner, strict=True)]
        words = {"zh-Hans": ("如果{}，就是{}；", "否则是{}"), "en": ("if {} then {}; ", "otherwise {}")}[self._language]
        pairs = zip(parts[0:-1:2], parts[1::2], strict=True)
        return "".join(words[0].format(*pair) for pair in pairs) + words[1].format(parts[-1])

    def _reduce(self, arguments: list[JSON], scope: str) -> str:
        """Nearly always a sum over a group; then it reads as one."""
        of = self._list(arguments[0], scope)
        inside = {f"current.{path.removeprefix(of + '.*.')}": datum for path, datum in self._known.items()}
        reader = _Reader({**self._known, **inside}, self._language)
        step = arguments[1]
        if isinstance(step, dict) and "+" in step and {"var": "accumulator"} in step["+"]:
            rest = [each for each in step["+"] if each != {"var": "accumulator"}]
            added = reader.say(rest[0] if len(rest) == 1 else {"+": rest}, scope)
            words = {"zh-Hans": "{0}的{1}合计", "en": "the sum of {1} over {0}"}[self._language]
            return words.format(self.say(arguments[0], scope), added)
        words = {"zh-Hans": "{0}逐个算出的值", "en": "what is worked out over {0}"}[self._language]
        return words.format(self.say(arguments[0], scope))

    def _list(self, node: JSON, scope: str) -> str:
        """The path of the list that a scoped operator walks."""
        while isinstance(node, dict) and "filter" in node:
            node = node["filter"][0]
        path = node.get("var", "") if isinstance(node, dict) else ""
        return str(path[0] if isinstance(path, list) else path).removeprefix("form.")


def _parts(node: Mapping[str, JSON]) -> tuple[str, list[JSON]]:
    operator, value = next(iter(node.items()))
    return operator, value if isinstance(value, list) else [value]


def _birth(operator: str, arguments: list[JSON]) -> JSON:
    """The ID number whose date of birth is put together here as an ISO date; None where it is something else."""
    if operator != "cat" or len(arguments) != 5 or not isinstance(arguments[0], dict) or "substr" not in arguments[0]:
        return None
    number = arguments[0]["substr"][0]
    pieces: list[JSON] = [{"substr": [number, start, length]} for start, length in ((6, 4), (10, 2), (12, 2))]
    return number if arguments == [pieces[0], "-", pieces[1], "-", pieces[2]] else None


def shape(rule: Rule) -> str:
    """The rule as canonical JSON: two rules that read and compare the same are the same text."""
    return json.dumps(_plain(rule), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _plain(value if isinstance(value, list) else [value]) for key, value in node.items()}
    return [_plain(value) for value in node] if isinstance(node, list) else node
