"""Sample pages that lie over another: still there, display, leave, help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kiosk.flow.view import AskOverlay, DisplayOverlay, IdleOverlay, Key, ScreenView
from ui.gallery import asking, finding
from ui.gallery.sampler import Sampler


def views(s: Sampler) -> Iterator[tuple[str, ScreenView]]:
    """Name and view of every sample of this kind."""
    yield "idle", idle(s)
    yield "display", display(s)
    yield "exit", ask_exit(s)
    yield "help", ask_help(s)


def idle(s: Sampler) -> ScreenView:
    """The countdown."""
    overlay = IdleOverlay(
        title=s.t("您还在吗？", "Still there?"),
        text=s.t(
            "碰一下屏幕，就接着办。时间到了，填的内容全部清除。",
            "Touch the screen to go on. Otherwise all you typed is erased.",
        ),
        seconds_left=28,
        total_s=30,
        stay=s.key("action.stay", "我还在，接着办", "I am here, go on", kind="primary"),
        leave=s.key("action.leave", "结束", "Leave"),
    )
    return s.page("idle", ("", ""), asking.choice(s).body, key="idle", overlay=overlay)


def display(s: Sampler) -> ScreenView:
    """The ways a page can be shown and used."""
    modes = (
        ("elder", "large_text", "大字版", "Large text", "字大，一页一件事，不催您", "One thing a page, no rush"),
        ("contrast", "contrast", "黑底亮字", "High contrast", "颜色少，看得更清", "Few, strong colours"),
        ("low_reach", "low_reach", "按键放低", "Low controls", "坐着也够得到", "Within reach from a chair"),
        ("keypad", "keyboard", "用按键操作", "Use the buttons", "屏幕下面的四个键：上、下、选、退",
         "The four buttons below the screen"),
        ("speech", "speaker", "读给我听", "Read to me", "每一页都念出来", "Every page is read out"),
    )  # fmt: skip
    overlay = DisplayOverlay(
        title=s.t("怎么看着、按着方便？", "What makes this easier for you?"),
        text=s.t("可以一起选，马上就变。您走后恢复原样。", "Choose any. It changes at once, and ends with you."),
        options=tuple(
            Key(f"mode.{name}", s.t(zh, en), icon, s.t(zh_hint, en_hint))
            for name, icon, zh, en, zh_hint, en_hint in modes
        ),
        selected=frozenset({"mode.low_reach", "mode.speech"}),
        language=Key("action.language", "English" if s.zh else "中文", icon="globe"),
        done=s.key("action.stay", "就这样", "Done", icon="tick", kind="primary"),
        volume=(
            s.key("speech.quieter", "小声一点", "Quieter", icon="minus"),
            s.key("speech.louder", "大声一点", "Louder", icon="plus"),
        ),
    )
    return replace(finding.home(s, notice=False), overlay=overlay, key="display")


def ask_exit(s: Sampler) -> ScreenView:
    """Leave?"""
    overlay = AskOverlay(
        icon="exit",
        title=s.t("现在退出吗？", "Leave now?"),
        paragraphs=(s.t("还没有提交。退出后，您填的内容全部清除。", "Nothing was sent. All you typed is erased."),),
        keys=(
            s.key("action.stay", "不退出，接着办", "Stay and go on", kind="primary"),
            s.key("action.leave", "退出并清除", "Leave and erase", icon="exit"),
        ),
    )
    return s.page("exit", ("", ""), asking.choice(s).body, key="exit", overlay=overlay)


def ask_help(s: Sampler) -> ScreenView:
    """Who helps."""
    overlay = AskOverlay(
        icon="bell",
        title=s.t("需要帮忙吗？", "Need a hand?"),
        paragraphs=(
            s.t(
                "请到右边的服务台，或者拨 12345，全天有人接。",
                "Ask at the desk on the right, or call 12345 day and night.",
            ),
            s.t("您填的内容都还在。", "What you typed is still here."),
        ),
        keys=(s.key("action.stay", "接着办", "Go on", kind="primary"),),
    )
    return s.page("help", ("", ""), asking.choice(s).body, key="help", overlay=overlay)
