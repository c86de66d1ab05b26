"""Sample pages of papers, declaration and review, up to the sending."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.flow.view import BusyBody, Key, Notice, Row, RowsBody, ScreenView, SignBody
from ui.gallery.sampler import Sampler


def views(s: Sampler) -> Iterator[tuple[str, ScreenView]]:
    """Name and view of every sample of this kind."""
    yield "materials", materials(s)
    yield "materials-busy", materials(s, busy=True)
    yield "sign", sign(s)
    yield "review", review(s)
    yield "review-long", review_long(s)
    yield "submit", busy(s)


def materials(s: Sampler, *, busy: bool = False) -> ScreenView:
    """Materials and what happens to each."""
    rows = (
        Row(
            s.t("社会保险参保证明", "Social insurance record"),
            hint=s.t("电子证照已取到，由市人社局核发", "E-licence found, issued by the city"),
            icon="shield",
            tag=s.t("免交", "Waived"),
            tag_tone="filled",
        ),
        Row(
            s.t("居住登记回执", "Residence registration"),
            hint=s.t("市公安局已经有了", "The police bureau has it"),
            icon="document",
            tag=s.t("免交", "Waived"),
            tag_tone="filled",
        ),
        Row(
            s.t("租房合同", "Lease"),
            hint=s.t("您说取证时出示原件", "You show the original when collecting"),
            icon="house_key",
            tag=s.t("取证时看", "Show later"),
        ),
        Row(
            s.t("近期照片", "Recent photo"),
            hint=s.t("还没有选怎么交", "Not decided yet"),
            icon="camera",
            tag=s.t("还要办", "To do"),
            tag_tone="caution",
        ),
    )
    looking = Notice(
        "info",
        s.t("正在查您的电子证照，最多等 2 秒", "Looking up your e-licences, 2 seconds at most"),
        "",
        "clock",
    )
    body = RowsBody(rows[:2] if busy else rows)
    return s.page(
        "materials",
        ("4 样材料，2 样免交", "4 materials, 2 waived"),
        body,
        key=f"materials-{busy}",
        lead=s.t("能从部门取到的，就不用您交。", "What agencies hold, you need not hand in."),
        notice=looking if busy else None,
        progress=s.progress(6),
        primary=s.next(),
    )


def sign(s: Sampler) -> ScreenView:
    """Declaration and signature."""
    body = SignBody(
        paragraphs=(
            s.t("我填的内容都是真的，材料都是真的。", "What I filled in is true, and so are the papers."),
            s.t("如果不是真的，办好的证可以被收回。", "If not, what is granted may be withdrawn."),
        ),
        box=s.key("declare.tick", "以上我都看过，都是真的", "I have read this and it is true"),
        ticked=False,
        clear=s.key("sign.clear", "重新签", "Clear"),
        placeholder=s.t("请用手指在下面签名", "Sign below with a finger"),
        strokes=(((120, 90), (180, 200), (240, 120)), ((300, 100), (360, 240), (430, 120), (520, 210))),
        instead=s.key("sign.instead", "写不了字，按这里代替", "I can't write: press here", icon="id_card"),
    )
    return s.page(
        "sign",
        ("请您声明并签名", "Declare and sign"),
        body,
        progress=s.progress(7),
        primary=s.next(enabled=False, why_disabled=s.t("先勾选，再签名", "Tick the box, then sign")),
    )


def review(s: Sampler) -> ScreenView:
    """Everything once more."""
    chip = s.t("身份证芯片，刚刚读取，到 2040-01-01，已核实", "ID card chip, just now, valid to 2040-01-01, checked")
    slip = s.t("居住登记回执，2025-03-12 发，已核实", "Residence registration, issued 2025-03-12, checked")
    change, wrong = s.t("修改", "Change"), s.t("不对", "Wrong")
    rows = (
        Row(
            s.t("您的居住证现在是哪种情况？", "What state is your permit in?"),
            s.t("没到期，或到期不满 60 天", "Valid, or expired under 60 days"),
            key=Key("change.permit", change),
        ),
        Row(s.t("住的房子", "Home"), s.t("租的房子", "Rented"), key=Key("change.home", change)),
        Row(s.t("姓名", "Name"), "林＊＊", chip, "chip", reveal="林秋禾", key=Key("contest.name", wrong)),
        Row(
            s.t("身份证号", "ID number"),
            "3399**********9828",
            chip,
            "chip",
            reveal="339999199104169828",
            key=Key("contest.number", wrong),
        ),
        Row(
            s.t("户籍地址", "Home address"),
            "临水县青石镇***",
            chip,
            "chip",
            reveal="临水县青石镇柳下村 12 组",
            key=Key("contest.address", wrong),
        ),
        Row(
            s.t("在本市居住", "In the city since"),
            s.t("2025 年 3 月 12 日", "12 March 2025"),
            slip,
            "shield",
            key=Key("contest.since", wrong),
        ),
    )
    body = RowsBody(
        rows,
        pager=s.t("第 1 页，共 2 页", "Page 1 of 2"),
        following=s.key("page.following", "后面的", "More"),
    )
    return s.page(
        "review",
        ("请您核对一遍", "Please check once more"),
        body,
        progress=s.progress(8),
        lead=s.t(
            "有错就按右边的键。按下面的键才算提交。", "Wrong? Press the key beside it. Only the key below submits."
        ),
        primary=s.next("确认提交", "Submit", icon="tick"),
    )


def review_long(s: Sampler) -> ScreenView:
    """One answer is very long."""
    change = Key("change.text", s.t("修改", "Change"), icon="pencil")
    story = s.t(
        "柳桥路 128 弄门口的路灯坏了三天，晚上看不清路，昨天有位老人差点摔倒。希望尽快修好。",
        "The street lamp at the gate of 128 Willow Bridge Road has been out for three days. ",
    )
    typed = s.t("您刚才填的", "you typed it")
    rows = (
        Row(s.t("哪一类", "Kind"), s.t("道路、路灯", "Roads and lamps"), typed, "pencil"),
        Row(s.t("是什么事", "What happened"), story * 6, typed, "pencil", key=change),
        Row(s.t("电话", "Phone"), "138****5520", typed, "pencil", reveal="13800005520"),
    )
    return s.page(
        "review",
        ("请您核对一遍", "Please check once more"),
        RowsBody(rows),
        key="review-long",
        progress=s.progress(8),
        primary=s.next("确认提交", "Confirm", icon="tick"),
    )


def busy(s: Sampler) -> ScreenView:
    """Under way."""
    body = BusyBody(
        s.t("正在提交", "Submitting"),
        s.t(
            "已经存在本机，正在送到受理中心，最多等 5 秒。",
            "Saved here; on its way to the centre, 5 seconds at most.",
        ),
    )
    return s.page("submit", ("请稍等", "One moment"), body, back=None, rail=(), progress=s.progress(9))
