"""Sample pages that ask first: which case it is, what is agreed to, who it is."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.flow.view import ChoiceBody, ConsentBody, IdentifyBody, InfoBody, Notice, Row, ScreenView
from ui.gallery.sampler import Sampler


def views(s: Sampler) -> Iterator[tuple[str, ScreenView]]:
    """Name and view of every sample of this kind."""
    yield "scenario", choice(s)
    yield "scenario-seven", choice(s, seven=True)
    yield "multi-error", choice(s, multi=True)
    yield "cannot", cannot(s)
    yield "privacy", privacy(s)
    for state in ("waiting", "reading", "failed", "unavailable"):
        yield f"identify-card-{state}", identify(s, "id_card", state)
    yield "identify-code", identify(s, "citizen_qr", "waiting")


def choice(s: Sampler, *, seven: bool = False, multi: bool = False) -> ScreenView:
    """One question."""
    homes = (
        ("rented", "租的房子", "A rented home", "跟房东或中介签了合同", "I have a lease", "house_key"),
        ("own", "自己家的房子", "My own home", "房产证是我或家人的", "Title deed in the family", "house"),
        ("dorm", "单位或学校的宿舍", "A dormitory", None, None, "building"),
        ("family", "住在亲戚朋友家", "With family or friends", None, None, "house_heart"),
        ("hotel", "旅馆或公寓酒店", "A hotel", "按月付房费", "Paid by the month", "building"),
        ("site", "工地宿舍", "On a building site", None, None, "building"),
        (
            "other",
            "都不是，或说不准",
            "None of these, or not sure",
            "会再问一句，也可以请人帮忙",
            "We ask once more, or call someone",
            "question",
        ),
    )
    chosen = homes if seven else homes[:4] + homes[-1:]
    options = tuple(
        s.key(
            f"choice.scenario.home.{name}",
            zh,
            en,
            hint=s.t(zh_hint, en_hint or "") if zh_hint else None,
            icon=icon,
        )
        for name, zh, en, zh_hint, en_hint, icon in chosen
    )
    body = ChoiceBody(
        options=options,
        selected=frozenset() if multi else frozenset({options[0].name}),
        multi=multi,
        error=s.t("请至少选一样", "Please choose at least one") if multi else None,
    )
    return s.page(
        "scenario",
        ("您现在住的房子是哪一种？", "What kind of home do you live in?"),
        body,
        key=f"scenario-{seven}-{multi}",
        who=None,
        progress=s.progress(2),
        why=s.t("问这个，是为了知道您要不要交租房合同。", "We ask so that we know whether you need to show a lease."),
        primary=s.next(enabled=not multi, why_disabled=s.t("选好一样再往下走", "Choose one to go on")),
    )


def cannot(s: Sampler) -> ScreenView:
    """This item cannot be done in this case."""
    body = InfoBody(
        icon="info",
        paragraphs=(
            s.t("居住证要在本市登记居住满半年才能签注。", "Renewal needs half a year of registered residence."),
            s.t("您现在可以先办居住登记，满半年后再来。", "Register your residence now and come back later."),
        ),
        rows=(
            Row(
                s.t("南岸派出所", "South Bank Police Station"),
                s.t("滨河路 2 号，走 10 分钟", "2 Binhe Road, 10 minutes on foot"),
                icon="place",
            ),
        ),
        keys=(s.key("action.home", "办别的事", "Do something else", icon="grid"),),
    )
    return s.page("cannot", ("您的情况现在还不能签注", "You cannot renew yet"), body, who=None, progress=s.progress(2))


def privacy(s: Sampler) -> ScreenView:
    """What is read, and separate consents."""
    body = ConsentBody(
        paragraphs=(
            s.t(
                "我们只读姓名、性别、民族、出生日期、住址、号码和有效期。",
                "We read only name, sex, birth date, address, number and validity.",
            ),
            s.t(
                "只用来办这一件事，由市公安局保存 5 年。",
                "Used for this matter only, kept 5 years by the police bureau.",
            ),
            s.t("您离开时，本机上的内容全部清除。", "Everything on this terminal is erased when you leave."),
        ),
        boxes=(
            s.key(
                "consent.identity",
                "同意读我的身份证",
                "Read my ID card",
                hint=s.t("不同意就不能在本机办，可以去窗口", "Without it, please go to a desk"),
            ),
            s.key(
                "consent.licences",
                "同意查我的电子证照",
                "Look up my e-licences",
                hint=s.t("不同意也能办，材料要您自己带", "Without it you bring the papers yourself"),
            ),
        ),
        ticked=frozenset({"consent.identity"}),
    )
    return s.page(
        "privacy",
        ("先说清楚我们读什么", "First: what we read"),
        body,
        who=None,
        progress=s.progress(3),
        primary=s.next("同意，下一步", "Agree and go on"),
    )


def identify(s: Sampler, method: str, state: str) -> ScreenView:
    """Card or code."""
    messages = {
        "waiting": None,
        "reading": Notice("info", s.t("正在读卡，请不要拿走", "Reading, please leave the card"), "", "id_card"),
        "failed": Notice(
            "caution",
            s.t("身份证拿得太早了", "The card was lifted too early"),
            s.t("请再放一次，听到嘀的一声再拿走。", "Put it back and wait for the tone."),
        ),
        "unavailable": Notice(
            "caution",
            s.t("读卡器现在用不了", "The card reader does not work now"),
            s.t("可以用电子身份码，或者到人民路厅，走 6 分钟。", "Use your citizen code, or go to Renmin Road Hall."),
        ),
    }
    card = method == "id_card"
    body = IdentifyBody(
        method="id_card" if card else "citizen_qr",
        state=state,  # type: ignore[arg-type]
        steps=(
            s.t("有照片的一面朝上，平放在亮灯的台面上", "Photo side up, flat on the lit plate"),
            s.t("听到嘀的一声再拿走", "Leave it there until you hear a tone"),
        )
        if card
        else (
            s.t("打开“云浦通”里的电子身份码", "Open your citizen code on your phone"),
            s.t("把码放在扫码窗前，一拃远", "Hold it before the window, a hand away"),
        ),
        message=messages[state],
        switches=(
            s.key("method.citizen_qr", "用电子身份码", "Use citizen code", icon="qr")
            if card
            else s.key("method.id_card", "用身份证", "Use ID card", icon="id_card"),
        ),
        retry=s.key("action.retry", "再读一次", "Try again") if state == "failed" else None,
    )
    title = ("请放身份证", "Place your ID card") if card else ("请出示电子身份码", "Show your citizen code")
    return s.page("identify", title, body, key=f"identify-{method}-{state}", who=None, progress=s.progress(4))
