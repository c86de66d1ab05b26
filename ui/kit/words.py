"""The few words of the screens themselves (units, days, what a hand does); all other texts come in views."""

from __future__ import annotations

from datetime import datetime

_WORDS = {
    "zh-Hans": {
        "seconds": "秒",
        "sign_board": "政务服务 24 小时",
        "card_here": "放在屏幕下面",
        "code_here": "对准扫码窗",
        "passport_here": "贴近扫码窗",
        "paper_here": "放在镜头下面",
        "card_lift": "请拿走身份证",
        "hold_to_see": "按住看",
        "staff_corner": "工作人员",
        "field_empty": "还没有填",
        "slot": "回执出口",
        "selected": "已选",
    },
    "en": {
        "seconds": "seconds",
        "sign_board": "24 h Services",
        "card_here": "Below the screen",
        "code_here": "At the scan window",
        "passport_here": "Under the window",
        "paper_here": "Under the camera",
        "card_lift": "Take your card",
        "hold_to_see": "Hold to see",
        "staff_corner": "Staff",
        "field_empty": "Nothing yet",
        "slot": "Receipt slot",
        "selected": "Selected",
    },
}

_WEEKDAYS_ZH = "一二三四五六日"


def word(name: str, language: str) -> str:
    """A word of the screens in a language; an unknown language reads English."""
    return _WORDS.get(language, _WORDS["en"])[name]


def day_line(at: datetime, language: str) -> str:
    """The day as people say it, e.g. ``11 月 21 日 星期六`` or ``Saturday 21 November``."""
    if language.startswith("zh"):
        return f"{at.month} 月 {at.day} 日 星期{_WEEKDAYS_ZH[at.weekday()]}"
    return f"{at:%A} {at.day} {at:%B}"


def filled_from(source: str, language: str) -> str:
    """That an answer stands there already, and where it comes from."""
    return f"已替您填好，来自：{source}" if language.startswith("zh") else f"Filled in for you from: {source}"


def count_line(count: int, limit: int, language: str) -> str:
    """How much was written of how much may be, e.g. ``9/60 字``."""
    return f"{count}/{limit} 字" if language.startswith("zh") else f"{count}/{limit}"
