"""Sample pages before anything is asked: nobody is here, the first page, the search, lists of items, the guide."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.flow.view import (
    AttractBody,
    GuideBody,
    HomeBody,
    InfoBody,
    Key,
    LanguageBody,
    ListBody,
    Notice,
    Row,
    ScreenView,
    SearchBody,
)
from ui.gallery.sampler import Sampler


def views(s: Sampler) -> Iterator[tuple[str, ScreenView]]:
    """Name and view of every sample of this kind."""
    yield "attract-night", attract(s, night=True)
    yield "attract-day", attract(s, night=False)
    yield "language", choose_language(s)
    yield "home", home(s, notice=False)
    yield "home-notice", home(s, notice=True)
    yield "search", search(s, found=True)
    yield "search-empty", search(s, found=False)
    yield "items", items(s)
    yield "items-paged", items(s, paged=True)
    yield "elsewhere", elsewhere(s)
    yield "guide", guide(s, can=True)
    yield "guide-elsewhere", guide(s, can=False)


def attract(s: Sampler, *, night: bool) -> ScreenView:
    """Nobody is here."""
    body = AttractBody(
        line=s.t("灯亮着，随时来办", "The light is on") if night else s.t("门开着，随时来办", "The door is open"),
        second_line=s.t("Touch the screen to start · English", "轻触屏幕，开始办事 · 中文"),
        night=night,
        start=s.key("action.start", "轻触屏幕，开始办事", "Touch to start", icon="hand", kind="primary"),
    )
    return s.page("attract", ("", ""), body, key=f"attract-{night}", who=None, back=None, rail=())


def choose_language(s: Sampler) -> ScreenView:
    """Two languages."""
    body = LanguageBody((Key("language.zh-Hans", "中文"), Key("language.en", "English")))
    return s.page(
        "language",
        ("请选语言", "Choose a language"),
        body,
        who=None,
        rail=s.rail()[:1] + s.rail()[2:],
        lead=s.t("Choose a language", "请选语言"),
    )


def home(s: Sampler, *, notice: bool) -> ScreenView:
    """What do you want to do."""
    events = (
        ("birth", "生育", "Birth", "出生证 上户口", "Birth certificate", "pram"),
        ("school", "上学", "School", "入学 转学", "Enrol, transfer", "school"),
        ("work", "就业", "Work", "参保 失业金", "Insurance, benefits", "briefcase"),
        ("health", "看病", "Health", "医保 报销", "Medical insurance", "health"),
        ("housing", "住房", "Housing", "居住证 公积金", "Residence permit", "house"),
        ("elder", "养老", "Old age", "养老金 优待证", "Pension, senior card", "armchair"),
        ("business", "开店", "Business", "执照 一件事", "Licence, restaurant", "shop"),
        ("afterlife", "身后事", "Bereavement", "抚恤 继承", "Benefits, estate", "leaf"),
    )
    everyday = (
        ("guide", "办事指南", "Guides"),
        ("booking", "预约", "Booking"),
        ("ask", "咨询", "Ask"),
        ("progress", "进度", "Progress"),
        ("complaint", "投诉", "Complain"),
    )
    body = HomeBody(
        life_events=tuple(
            s.key(f"life.{name}", zh, en, hint=s.t(zh_hint, en_hint), icon=icon)
            for name, zh, en, zh_hint, en_hint, icon in events
        ),
        search=s.key("action.search", "搜一搜，怎么说都行，例如：居住证", "Search, e.g. residence permit"),
        everyday=tuple(s.key(f"everyday.{name}", zh, en) for name, zh, en in everyday),
    )
    box = Notice(
        "caution",
        s.t("回执打印机缺纸，本机暂时不出回执。", "The receipt printer is out of paper."),
        s.t("事情都能照常办，回执可到人民路厅补打。", "You can still apply; get receipts at Renmin Road Hall."),
        "printer",
    )
    return s.page(
        "home",
        ("您想办什么事？", "What would you like to do?"),
        body,
        key=f"home-{notice}",
        who=None,
        back=None,
        lead=s.t("按人生大事找，\n不用知道归哪个部门", "Choose by life event.\nNo need to know the department."),
        notice=box if notice else None,
    )


def search(s: Sampler, *, found: bool) -> ScreenView:
    """Searching."""
    results = (
        s.key("item.residence-permit-renewal", "居住证签注（续签）", "Residence permit renewal"),
        s.key("item.social-insurance-certificate", "社会保险参保证明", "Social insurance certificate"),
        s.key("item.open-restaurant", "开小餐馆“一件事”", "Open a small restaurant"),
    )
    body = SearchBody(
        query=s.t("居住证", "permit") if found else s.t("飞船牌照", "spaceship"),
        placeholder=s.t("想办什么，打几个字就行", "Type a few letters"),
        results=results if found else (),
        empty=None
        if found
        else s.t("没有找到。换个说法试试，或者按“叫人帮忙”。", "Nothing found. Try other words, or press Get help."),
    )
    return s.page(
        "search",
        ("您要找什么？", "What are you looking for?"),
        body,
        key=f"search-{found}",
        who=None,
        lead=s.t("打几个字，下面就出结果", "Results appear as you type"),
    )


def items(s: Sampler, *, paged: bool = False) -> ScreenView:
    """Items of a life event."""
    keys: tuple[Key, ...] = (
        s.key(
            "item.residence-permit-renewal",
            "居住证签注（续签）",
            "Residence permit renewal",
            hint=s.t("证件快到期了，续一年", "Your permit is about to expire"),
            icon="id_card",
        ),
        s.key(
            "item.social-insurance-certificate",
            "社会保险参保证明",
            "Social insurance certificate",
            hint=s.t("什么都不用填，当场就有结果", "Nothing to fill in, decided at once"),
            icon="shield",
        ),
        s.key(
            "item.open-restaurant",
            "开小餐馆“一件事”",
            "Open a small restaurant",
            hint=s.t("执照、食品、消防、招牌，一张表办齐", "Licence, food, fire, sign: one form"),
            icon="shop",
        ),
        s.key(
            "item.housing-fund",
            "提取公积金",
            "Withdraw housing fund",
            icon="house",
            enabled=False,
            why_disabled=s.t("本机办不了，请到人民路厅 3 号窗口", "Not here: Renmin Road Hall, desk 3"),
        ),
    )
    if paged:
        keys += (
            s.key("item.household", "户口迁入", "Move your household here", icon="family"),
            s.key(
                "item.rent-subsidy",
                "租房补贴",
                "Rent subsidy",
                hint=s.t("每月领一次", "Paid monthly"),
                icon="money",
            ),
        )
    body = ListBody(
        keys=keys,
        pager=s.t("第 2 页，共 3 页", "Page 2 of 3") if paged else None,
        previous=s.key("page.previous", "前面的", "Previous") if paged else None,
        following=s.key("page.following", "后面的", "More") if paged else None,
    )
    return s.page(
        "items",
        ("住房方面的事", "Housing"),
        body,
        key=f"items-{paged}",
        who=None,
        lead=s.t("选一件，先看要带什么、多久办好", "Pick one to see what it needs and how long it takes"),
    )


def elsewhere(s: Sampler) -> ScreenView:
    """A function that comes later says where to go instead."""
    body = InfoBody(
        icon="calendar",
        paragraphs=(
            s.t("本机还不能预约。", "This terminal cannot book appointments yet."),
            s.t("您可以打 12345，或者到下面的地方约，当场就能约好。", "Call 12345, or book at one of these places."),
        ),
        rows=(
            Row(
                s.t("政务服务热线", "Service hotline"),
                s.t("12345，全天有人接", "12345, day and night"),
                icon="phone",
            ),
            Row(
                s.t("人民路政务服务厅", "Renmin Road Service Hall"),
                s.t("人民路 18 号，走 6 分钟，9 点到 17 点", "18 Renmin Road, 6 minutes on foot, 9:00 to 17:00"),
                icon="place",
            ),
        ),
    )
    return s.page("elsewhere", ("预约", "Booking"), body, who=None, primary=None)


def guide(s: Sampler, *, can: bool) -> ScreenView:
    """The item guide."""
    bring, free = s.t("请带来", "Bring it"), s.t("免交", "Waived")
    materials = (
        Row(
            s.t("居民身份证", "ID card"),
            hint=s.t("放在本机上读，不用复印", "Read here, no copy needed"),
            icon="id_card",
            tag=bring,
        ),
        Row(
            s.t("租房合同或房产证", "Lease or title deed"),
            hint=s.t("取证时出示原件", "Show the original when collecting"),
            icon="house_key",
            tag=bring,
        ),
        Row(
            s.t("居住登记回执", "Residence registration"),
            hint=s.t("市公安局已经有了", "The police bureau has it"),
            icon="document",
            tag=free,
            tag_tone="filled",
        ),
        Row(
            s.t("社会保险参保证明", "Social insurance record"),
            hint=s.t("有电子证照，刷身份证就能取到", "An e-licence is found with your ID card"),
            icon="shield",
            tag=free,
            tag_tone="filled",
        ),
    )
    body = GuideBody(
        can_finish=can,
        verdict=s.t("能在本机办完申请", "You can finish it here")
        if can
        else s.t("在本机填好，到窗口交原件", "Fill in here, hand in at a desk"),
        verdict_text=s.t("大约 8 分钟。证做好后寄到家，不用再来。", "About 8 minutes. The permit is posted to you.")
        if can
        else s.t("南岸派出所，滨河路 2 号，走 10 分钟。", "South Bank Police Station, 2 Binhe Road."),
        time_title=s.t("多久办好", "How long"),
        promised_label=s.t("我们承诺", "We promise"),
        promised=s.t("5 个工作日", "5 workdays"),
        promised_days=5,
        statutory_label=s.t("法律规定", "The law says"),
        statutory=s.t("15 个工作日", "15 workdays"),
        statutory_days=15,
        fee_title=s.t("多少钱", "Fee"),
        fee=s.t("不收费", "Free"),
        fee_note=s.t("邮寄也不收", "Postage too"),
        visits=s.t("一趟也不用跑", "No visit needed") if can else s.t("到现场 1 次", "1 visit"),
        who_title=s.t("谁能办", "Who can apply"),
        who=(
            s.t("在本市登记居住满半年", "Registered in the city for half a year or more"),
            s.t("并且有一样：稳定工作、稳定住处、在本市上学", "And one of: steady work, a steady home, school here"),
        ),
        materials_title=s.t("要带什么", "What to bring"),
        materials_summary=s.t("4 样里只要带 2 样", "Only 2 of 4"),
        materials=materials,
    )
    return s.page(
        "guide",
        ("居住证签注（续签）", "Residence permit renewal"),
        body,
        key=f"guide-{can}",
        who=None,
        kicker=s.t("办事指南，由市公安局办理", "Guide. Handled by the Public Security Bureau"),
        primary=s.next("开始办", "Start"),
    )
