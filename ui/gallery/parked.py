"""Sample pages of work that is put by, and of going on after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kiosk.flow.view import AskOverlay, CarryOnBody, IdleOverlay, Notice, Row, ScreenView
from ui.gallery import asking, overlays
from ui.gallery.sampler import Sampler

CODE = "KP1.7K2M9XQ4HT0C7K2M.0000G40R40M30E209185GR38E1"


def views(sampler: Sampler) -> Iterator[tuple[str, ScreenView]]:
    """Name and view of every sample."""
    yield "carry-on", _carry_on(sampler, paper=True)
    yield "carry-on-photo", _carry_on(sampler, paper=False)
    yield "resume", _resume(sampler)
    yield "idle-park", _idle(sampler)
    yield "exit-park", _ask_exit(sampler)


def _carry_on(s: Sampler, *, paper: bool) -> ScreenView:
    rows = (
        Row(s.t("事项", "Item"), s.t("居住证签注", "Residence permit renewal"), icon="document"),
        Row(s.t("最晚", "Until"), s.t("11 月 28 日 14:32", "28 Nov, 14:32"), icon="calendar"),
        Row(s.t("带上", "Bring"), s.t("这个码和您本人的证件", "this code and your own card"), icon="id_card"),
        Row(
            s.t("到哪里", "Where"),
            s.t("这样的机器，或手机上的“云浦办”", "any machine like this, or Yunpu on your phone"),
            icon="place",
        ),
    )
    guide = (
        Notice("guide", s.t("请取走凭条", "Please take the slip"), s.t("别忘了拿走身份证", "Do not forget your card"))
        if paper
        else Notice(
            "caution",
            s.t("现在出不了凭条", "No slip can be printed now"),
            s.t("请用手机把上面的码拍清楚。没有它，就接不上了。", "Please take a clear picture of the code above."),
        )
    )
    again = s.key("slip.print", "再打一张", "Print again", icon="printer") if paper else None
    title = (
        ("存好了，请拿好凭条", "Saved. Take your slip") if paper else ("存好了，请拍下这个码", "Saved. Photograph it")
    )
    return s.page(
        "carry_on",
        title,
        CarryOnBody(CODE, rows, replace(guide, icon="printer"), again),
        key=f"carry-on-{paper}",
        lead=s.t("还没有提交。7 天里凭这个码接着办。", "Not submitted yet. Go on within 7 days."),
        back=None,
        primary=s.next("好了，结束", "Done, finish", icon="tick"),
    )


def _resume(s: Sampler) -> ScreenView:
    page = asking.identify(s, "id_card", "waiting")
    return replace(
        page,
        step="resume",
        key="resume",
        progress=None,
        title=s.t("刚才中断了一下，请再出示一次证件，接着办", "A short interruption: show your card to go on"),
        lead=s.t("还有 52 秒。填过的都在，不是您就不会显示。", "52 seconds left. Nobody else is shown anything."),
        back=s.key("resume.anew", "不是我", "Not me", icon="reload"),
    )


def _idle(s: Sampler) -> ScreenView:
    page = overlays.idle(s)
    assert isinstance(page.overlay, IdleOverlay)
    park = s.key("action.park", "保存，下次接着办", "Save and go on later", icon="slip")
    return replace(page, key="idle-park", overlay=replace(page.overlay, park=park))


def _ask_exit(s: Sampler) -> ScreenView:
    """The most that is ever asked: the work was taken up before."""
    overlay = AskOverlay(
        icon="exit",
        title=s.t("要退出吗？", "Leave now?"),
        paragraphs=(
            s.t(
                "直接退出，这次改的不留，上次存的还在，原来的凭条还能用。",
                "If you just leave, today's changes are not kept. What was saved before is still there.",
            ),
        ),
        keys=(
            s.key("action.stay", "接着办", "Carry on", kind="primary", icon="tick"),
            s.key("action.park", "存下这次改的，下次接着办", "Save the changes for later", icon="slip"),
            s.key("action.leave", "退出", "Leave", icon="exit"),
            s.key("action.discard", "不办了，把存的也删掉", "Give it up and delete it", icon="cross"),
        ),
    )
    return s.page("exit", ("", ""), asking.choice(s).body, key="exit-park", overlay=overlay)
