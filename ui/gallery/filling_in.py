"""Sample pages of a form: what is typed, chosen, filled in already, listed."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.flow.view import FormBody, Key, RepeatBody, RepeatEntry, Row, RowsBody, ScreenView
from ui.gallery.sampler import Sampler


def views(s: Sampler) -> Iterator[tuple[str, ScreenView]]:
    """Name and view of every sample of this kind."""
    yield "form-text", form_text(s)
    yield "form-text-error", form_text(s, error=True)
    yield "form-digits", form_digits(s)
    yield "form-id", form_id(s)
    yield "form-long", form_long(s)
    yield "form-date", form_date(s)
    yield "form-three", form_three(s, active=1)
    yield "form-three-idle", form_three(s, active=None)
    yield "form-choice-help", form_choice(s)
    yield "prefilled", prefilled(s)
    yield "repeat", repeat(s, entries=3)
    yield "repeat-empty", repeat(s, entries=0)


def form_text(s: Sampler, *, error: bool = False) -> ScreenView:
    """A Chinese address, half typed."""
    field = s.field(
        "applicant.address",
        "您住几号楼、几室？",
        "Which building and room?",
        value=s.t("柳桥路 128 弄 6 号楼", "6 Willow Bridge Road"),
        keyboard="zh" if s.zh else "latin",
        max_length=60,
        example=s.t("例：柳桥路 8 弄 3 号楼 502 室", "Like this: 3-502, 8 Willow Bridge Road"),
        error=s.t("还差房号，例如 502 室", "The room is missing, e.g. 502") if error else None,
    )
    return s.page(
        "form",
        ("您住几号楼、几室？", "Which building and room?"),
        FormBody((field,)),
        key=f"form-text-{error}",
        lead=s.t("照着租房合同写就行", "As it stands in your lease"),
        progress=s.progress(5),
        primary=s.next(),
    )


def form_digits(s: Sampler) -> ScreenView:
    """A phone number."""
    field = s.field(
        "applicant.phone",
        "手机号",
        "Mobile number",
        value="1390000",
        keyboard="digits",
        max_length=11,
        example=s.t("11 位数字", "11 digits"),
        error=s.t("手机号要 11 位，现在是 7 位", "A mobile number has 11 digits; this has 7"),
    )
    return s.page(
        "form",
        ("您的手机号是多少？", "What is your mobile number?"),
        FormBody((field,)),
        key="form-digits",
        lead=s.t("办好了发短信告诉您", "We text you when it is done"),
        progress=s.progress(5),
        primary=s.next(),
    )


def form_id(s: Sampler) -> ScreenView:
    """An identity number of a staff member."""
    field = s.field(
        "staff.0.id_number",
        "身份证号",
        "ID number",
        value="33900519900101",
        keyboard="id",
        max_length=18,
        example=s.t("18 位，最后一位可能是 X", "18 digits, the last may be X"),
    )
    return s.page(
        "form",
        ("第 1 位员工的身份证号", "ID number of staff member 1"),
        FormBody((field,)),
        key="form-id",
        progress=s.progress(5),
        primary=s.next(),
    )


def form_long(s: Sampler) -> ScreenView:
    """The text of a complaint."""
    field = s.field(
        "complaint.text",
        "请说说是什么事",
        "Please tell us what happened",
        kind="long_text",
        max_length=500,
        value=s.t(
            "柳桥路 128 弄门口的路灯坏了三天，晚上看不清路，昨天有位老人差点摔倒。希望尽快修好。",
            "The street lamp at the gate of 128 Willow Bridge Road has been out for three days.",
        ),
        keyboard="zh" if s.zh else "latin",
        example=s.t("写清楚时间、地点和您希望怎么办", "Say when, where, and what you would like done"),
    )
    return s.page(
        "form",
        ("请说说是什么事", "Please tell us what happened"),
        FormBody((field,)),
        key="form-long",
        progress=s.progress(5),
        primary=s.next(),
    )


def form_date(s: Sampler) -> ScreenView:
    """A day."""
    field = s.field(
        "applicant.since",
        "从哪天起",
        "Since when",
        kind="date",
        value="2025-03-12",
        min_date="2000-01-01",
        max_date="2026-11-21",
    )
    return s.page(
        "form",
        ("您从哪天起住在这里？", "Since when do you live here?"),
        FormBody((field,)),
        key="form-date",
        lead=s.t("合同上写的起租日", "The first day of your lease"),
        progress=s.progress(5),
        primary=s.next(),
    )


def form_three(s: Sampler, *, active: int | None) -> ScreenView:
    """Three fields of one page."""
    fields = (
        s.field(
            "shop.name",
            "店名",
            "Name of the shop",
            value=s.t("柳下小面", "Willow Noodles"),
            active=active == 0,
            example=s.t("例：柳下小面", "e.g. Willow Noodles"),
            source=s.t("营业执照", "Business licence") if active is None else None,
        ),
        s.field(
            "shop.address",
            "店铺地址",
            "Address",
            value="",
            active=active == 1,
            keyboard="zh" if s.zh else "latin",
            example=s.t("例：滨河路 30 号一层", "e.g. 30 Binhe Road, ground floor"),
        ),
        s.field(
            "shop.area",
            "面积（平方米）",
            "Area (m²)",
            value="",
            active=active == 2,
            keyboard="digits",
            error=s.t("面积要填数字，例如 48", "The area is a number, e.g. 48") if active is None else None,
        ),
    )
    return s.page(
        "form",
        ("您的小店", "Your shop"),
        FormBody(fields),
        key=f"form-three-{active}",
        progress=s.progress(5),
        primary=s.next(),
    )


def form_choice(s: Sampler) -> ScreenView:
    """A choice field with help and an error."""
    options = (
        s.key(
            "choice.applicant.delivery.post",
            "寄到家",
            "Post it to me",
            hint=s.t("不收邮费", "No postage"),
            icon="house",
        ),
        s.key(
            "choice.applicant.delivery.collect",
            "我自己来取",
            "I collect it",
            hint=s.t("南岸派出所，工作日 9 点到 17 点", "South Bank Police Station, workdays 9 to 17"),
            icon="place",
        ),
    )
    field = s.field(
        "applicant.delivery",
        "怎么领证？",
        "How do you get the permit?",
        kind="choice",
        options=options,
        selected=frozenset({"choice.applicant.delivery.post"}),
        help=s.t("寄的话，用您上一页填的地址", "By post it goes to the address you gave"),
    )
    return s.page(
        "form",
        ("怎么领证？", "How do you get the permit?"),
        FormBody((field,)),
        key="form-choice",
        progress=s.progress(6),
        primary=s.next(),
    )


def prefilled(s: Sampler) -> ScreenView:
    """What was filled in, with sources."""
    chip, card = s.t("芯片，刚刚读取", "chip, read just now"), "chip"
    wrong = s.t("不对", "Wrong")
    rows = (
        Row(s.t("姓名", "Name"), s.t("林秋禾", "林秋禾"), chip, card, key=Key("change.name", wrong)),
        Row(s.t("身份证号", "ID number"), "3390 •••• •••• 2416", chip, card, reveal="339005199104162416"),
        Row(
            s.t("户籍地址", "Home address"),
            s.t("临水县青石镇柳下村 12 组", "临水县青石镇柳下村 12 组"),
            chip,
            card,
            key=Key("change.address", wrong),
        ),
        Row(
            s.t("在本市居住", "In the city"),
            s.t("2025 年 3 月 12 日起", "since 12 March 2025"),
            s.t("市公安局居住登记", "police register"),
            "shield",
            key=Key("change.since", wrong),
        ),
        Row(
            s.t("社会保险", "Insurance"),
            s.t("已连续缴 14 个月", "14 months in a row"),
            s.t("电子参保证明", "e-licence"),
            "shield",
            key=Key("change.insurance", wrong),
        ),
        Row(
            s.t("手机号", "Mobile"),
            "138 •••• 5520",
            s.t("您以前填的", "you gave it"),
            "pencil",
            tag=s.t("请核对", "Check"),
            tag_tone="caution",
            key=Key("change.phone", s.t("换号码", "Change")),
        ),
    )
    summary = (
        Row(s.t("身份证芯片", "from the ID card"), s.t("3 项", "3 items"), icon="chip"),
        Row(s.t("部门核发", "from agencies"), s.t("2 项", "2 items"), icon="shield"),
        Row(s.t("您以前填的", "given by you"), s.t("1 项", "1 item"), icon="pencil"),
    )
    return s.page(
        "form",
        ("这 6 项已替您填好", "These 6 are filled in"),
        RowsBody(rows, summary),
        key="prefilled",
        lead=s.t("每项旁边写着从哪里来。有错就按右边的键。", "Each says where it comes from. Press the key if wrong."),
        progress=s.progress(5),
        primary=s.next("都对，下一步", "All right, next"),
    )


def repeat(s: Sampler, *, entries: int) -> ScreenView:
    """The staff of a restaurant."""
    people = (("周小满", "3390 •••• •••• 1027"), ("顾青", "3390 •••• •••• 3318"), ("何立夏", "3390 •••• •••• 5529"))
    body = RepeatBody(
        entries=tuple(
            RepeatEntry(
                name,
                number,
                s.key(f"repeat.staff.change.{i}", "修改", "Change", icon="pencil"),
                s.key(f"repeat.staff.remove.{i}", "删去", "Remove", icon="bin"),
            )
            for i, (name, number) in enumerate(people[:entries])
        ),
        add=s.key("repeat.staff.add", "再加一位员工", "Add a staff member", icon="plus"),
        empty=s.t("还没有登记员工。接触食品的人都要登记。", "Nobody yet. Everyone who handles food is listed."),
        error=None if entries else s.t("至少登记一位员工", "List at least one person"),
    )
    return s.page(
        "form",
        ("店里有哪些员工？", "Who works in the shop?"),
        body,
        key=f"repeat-{entries}",
        progress=s.progress(5),
        primary=s.next(enabled=bool(entries), why_disabled=s.t("先加一位员工", "Add somebody first")),
    )
