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
    change = s.t("修改", "Change")
    pairs = (
        ("姓名", "Name", "林秋禾", "林秋禾"),
        ("手机号", "Mobile", "138 •••• 5520", "138 •••• 5520"),
        ("住的房子", "Home", "租的，有租房合同", "Rented, with a lease"),
        ("地址", "Address", "柳桥路 128 弄 6 号楼 502 室", "502, Building 6, Lane 128, Willow Bridge Road"),
        ("从哪天起", "Since", "2025 年 3 月 12 日", "12 March 2025"),
        ("怎么领证", "Delivery", "寄到上面的地址", "By post to this address"),
    )
    rows = tuple(
        Row(s.t(zh, en), s.t(zh_value, en_value), key=Key(f"change.row{i}", change, icon="pencil"))
        for i, (zh, en, zh_value, en_value) in enumerate(pairs)
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
        lead=s.t("没有问题，就确认提交。", "If all is right, confirm."),
        notice=Notice(
            "info",
            s.t("提交后由南岸派出所受理", "South Bank Police Station takes the case"),
            s.t("5 个工作日内办好，证寄到您家，不收费。", "Done in 5 workdays, posted to you, free."),
            "clock",
        ),
        primary=s.next("确认提交", "Confirm", icon="tick"),
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
