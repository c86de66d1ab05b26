"""What a resident reads when a value is not right: what is wrong, and what right looks like. One text per code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from kiosk.forms.model import Text

MESSAGES: dict[str, tuple[str, str]] = {
    "required": ("这一项要填，请您填好再往下走。", "Please answer this before you go on."),
    "type": ("这一项没有读懂，请您再填一次。", "This could not be read. Please enter it again."),
    "choice": ("请您从下面选一个。", "Please choose one of the answers shown."),
    "too_long": (
        "最多 {limit} 个字，现在是 {count} 个。请您写短一些。",
        "At most {limit} characters; you have {count}. Please shorten it.",
    ),
    "name_characters": (
        "姓名里只能有文字和间隔点，不能有数字或符号。例如：林秋禾、迪丽努尔·阿卜杜热合曼。",
        "A name has letters and a middle dot only, no figures or signs. For example: Anna Berg.",
    ),
    "name_mark": (
        "间隔点要放在两个字中间。例如：迪丽努尔·阿卜杜热合曼。",
        "Marks stand between letters, not at the ends. For example: Anna-Lena Berg.",
    ),
    "id_length": (
        "身份证号是 18 位，现在是 {count} 位。请您对着证件再数一遍。",
        "An ID number has 18 characters; you have {count}. Please compare with the card.",
    ),
    "id_characters": (
        "身份证号前 17 位都是数字，最后一位是数字或 X。",
        "The first 17 characters are figures; the last is a figure or X.",
    ),
    "id_region": (
        "身份证号前 6 位不对。请您对着证件再看一遍。",
        "The first 6 figures cannot be right. Please compare with the card.",
    ),
    "id_date": (
        "身份证号第 7 到 14 位是出生日期，现在不是一个真的日期。",
        "Characters 7 to 14 are the date of birth; this is not a real date.",
    ),
    "id_checksum": (
        "身份证号有一位不对。请您对着证件，一位一位再看一遍。",
        "One character is wrong. Please compare with the card, one by one.",
    ),
    "uscc_length": (
        "统一社会信用代码是 18 位，现在是 {count} 位。它印在营业执照右上方。",
        "The credit code has 18 characters; you have {count}. It is at the top right of the business licence.",
    ),
    "uscc_characters": (
        "统一社会信用代码只有数字和大写字母，没有 I、O、S、V、Z。",
        "The credit code has figures and capital letters, but never I, O, S, V or Z.",
    ),
    "uscc_checksum": (
        "统一社会信用代码有一位不对。请您对着营业执照再看一遍。",
        "One character is wrong. Please compare with the business licence.",
    ),
    "phone": (
        "手机号是 11 位，以 1 开头；座机要带区号。例如：13800005520 或 02160005520。",
        "A mobile has 11 figures and starts with 1; a landline needs its area code. For example: 13800005520.",
    ),
    "date": ("请您选一个真的日期，例如 2026 年 3 月 12 日。", "Please choose a real date, for example 12 March 2026."),
    "date_early": ("日期不能早于 {low}。", "The date cannot be before {low}."),
    "date_late": ("日期不能晚于 {high}。", "The date cannot be after {high}."),
    "money": (
        "金额只填数字，最多两位小数。例如：1280.50。",
        "Figures only, at most two decimals. For example: 1280.50.",
    ),
    "digits": ("这里只填数字。", "Figures only, please."),
    "out_of_range": ("请您填 {low} 到 {high} 之间的数。", "Please enter a number from {low} to {high}."),
    "address": (
        "地址太短了。请您写到门牌号，例如：柳桥路 128 弄 6 号 502 室。",
        "This is too short. Please write down to the door number, for example: Room 502, 6, Lane 128, Liuqiao Road.",
    ),
    "area": ("请您从列表里选到最下面一级。", "Please choose down to the last level."),
    "nation": ("请您从列表里选一个。", "Please choose one from the list."),
    "file": ("这张照片没有拍好，请您再拍一次。", "The picture did not come out. Please take it again."),
    "pattern": ("格式不对，请您照下面的例子再填一次。", "The form is not right. Please follow the example."),
    "not_unique": (
        "这个号码前面已经填过了，同一个人只填一次。",
        "This number was entered before. Please enter each person once.",
    ),
    "too_few": ("至少要填 {low} 个。", "At least {low} needed."),
    "too_many": ("最多填 {high} 个。", "At most {high} possible."),
    "computed": (
        "这个数是算出来的，现在对不上了。",
        "This is worked out from your answers, and it does not agree.",
    ),
    "workday": ("这一天不上班，请您换一天。", "The offices are closed on this day. Please choose another."),
    "hidden": ("按您的情况，不需要这一项。", "This is not asked in your case."),
    "unknown": ("这一项不属于这件事。", "This does not belong to this item."),
    "schema": ("这一项的内容不合要求，请您再填一次。", "This is not as the form asks. Please enter it again."),
    "cannot": ("按您的情况，这台机器办不了这件事。", "In your case this cannot be done at this machine."),
}


class Filled(dict[str, str]):
    """A message in Chinese and English that remembers what it was made of, so that a third language can say it too."""

    def __init__(self, code: str, facts: Mapping[str, object]) -> None:
        self.chinese, english = MESSAGES[code]
        self.facts = facts
        super().__init__(
            {
                "zh-Hans": self.chinese.format(**{k: _zh(v) for k, v in facts.items()}),
                "en": english.format(**{k: _en(v) for k, v in facts.items()}),
            }
        )


def _zh(value: object) -> str:
    return f"{value.year} 年 {value.month} 月 {value.day} 日" if isinstance(value, date) else str(value)


def _en(value: object) -> str:
    return f"{value.day} {value:%B} {value.year}" if isinstance(value, date) else str(value)


def message(code: str, **facts: object) -> Text:
    """The text of a code with its figures put in. Raises KeyError on an unknown code (a bug)."""
    return Filled(code, facts)
