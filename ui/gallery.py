"""Sample views of every body, and their pictures; ``./run gallery`` shows them.

City, people and numbers are invented. Tests hold every one of these pictures to the rules of the panel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Literal, cast

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from kiosk.domain.modes import PLAIN, Modes
from kiosk.flow.view import (
    AskOverlay,
    AttractBody,
    BusyBody,
    ChoiceBody,
    ConsentBody,
    DeviceRow,
    DiagnosticsBody,
    DisplayOverlay,
    FieldView,
    FormBody,
    GuideBody,
    HomeBody,
    IdentifyBody,
    IdleOverlay,
    InfoBody,
    Key,
    LanguageBody,
    ListBody,
    Notice,
    PinBody,
    Progress,
    RateBody,
    ReceiptBody,
    RepeatBody,
    RepeatEntry,
    ResultBody,
    Row,
    RowsBody,
    ScreenView,
    SearchBody,
    SignBody,
    TrackStep,
)
from kiosk.texts import PSEUDO
from kiosk.texts.pseudo import pseudo
from ui.gallery_devices import device_views
from ui.gallery_parked import parked_views

ResultIcon = Literal["received", "accepted", "granted", "refused", "referred", "ticket"]
LANGUAGES = ("zh-Hans", "en")
NOON = datetime(2026, 11, 21, 14, 32, tzinfo=timezone(timedelta(hours=8)))


class Sampler:
    """Makes the sample views of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.zh = language.startswith("zh")

    def t(self, zh: str, en: str) -> str:
        """The text of this language; in the one nobody speaks the English one, longer and with accents."""
        return zh if self.zh else pseudo(en) if self.language == PSEUDO else en

    def key(self, name: str, zh: str, en: str, **more: object) -> Key:
        """A key with its label in this language."""
        return Key(name=name, label=self.t(zh, en), **more)  # type: ignore[arg-type]

    def rail(self, *, leave: bool = True) -> tuple[Key, ...]:
        """Help, larger type, how pages are shown, the other language, exit."""
        keys = [
            self.key("action.help", "叫人帮忙", "Get help", icon="bell"),
            self.key("mode.elder", "大字版", "Large text", icon="large_text"),
            self.key("action.display", "看得清", "Display", icon="eye"),
            Key("action.language", "English" if self.zh else "中文", icon="globe"),
        ]
        if leave:
            keys.append(self.key("action.exit", "退出", "Exit", icon="exit"))
        return tuple(keys)

    def back(self) -> Key:
        """The back key."""
        return self.key("action.back", "返回", "Back", icon="back")

    def next(self, zh: str = "下一步", en: str = "Next", **more: object) -> Key:
        """The primary key."""
        return self.key("action.next", zh, en, kind="primary", **more)

    def progress(self, now: int, total: int = 9) -> Progress:
        """Where we are in the permit renewal."""
        return Progress(
            item=self.t("居住证签注", "Residence permit renewal"),
            label=self.t(f"第 {now} 步，共 {total} 步", f"Step {now} of {total}"),
            now=now,
            total=total,
        )

    def page(
        self, step: str, title: tuple[str, str], body: object, *, key: str | None = None, **more: object
    ) -> ScreenView:
        """A view with the chrome of a resident's page."""
        chrome: dict[str, object] = {
            "who": self.t("林＊＊", "L** Q***"),
            "back": self.back(),
            "rail": self.rail(),
        }
        chrome.update(more)
        return ScreenView(
            step=step,
            key=key or step,
            language=self.language,
            place="云浦市南岸 24 小时政务服务厅" if self.zh else "Yunpu South Bank 24-hour Service Hall",
            title=self.t(*title),
            body=body,  # type: ignore[arg-type]
            **chrome,  # type: ignore[arg-type]
        )

    # ---- the pages, in the order a resident meets them

    def views(self) -> Iterator[tuple[str, ScreenView]]:
        """Name and view of every sample."""
        yield "attract-night", self.attract(night=True)
        yield "attract-day", self.attract(night=False)
        yield "language", self.choose_language()
        yield "home", self.home(notice=False)
        yield "home-notice", self.home(notice=True)
        yield "search", self.search(found=True)
        yield "search-empty", self.search(found=False)
        yield "items", self.items()
        yield "items-paged", self.items(paged=True)
        yield "elsewhere", self.elsewhere()
        yield "guide", self.guide(can=True)
        yield "guide-elsewhere", self.guide(can=False)
        yield "scenario", self.choice()
        yield "scenario-seven", self.choice(seven=True)
        yield "multi-error", self.choice(multi=True)
        yield "cannot", self.cannot()
        yield "privacy", self.privacy()
        for state in ("waiting", "reading", "failed", "unavailable"):
            yield f"identify-card-{state}", self.identify("id_card", state)
        yield "identify-code", self.identify("citizen_qr", "waiting")
        yield "form-text", self.form_text()
        yield "form-text-error", self.form_text(error=True)
        yield "form-digits", self.form_digits()
        yield "form-id", self.form_id()
        yield "form-long", self.form_long()
        yield "form-date", self.form_date()
        yield "form-three", self.form_three(active=1)
        yield "form-three-idle", self.form_three(active=None)
        yield "form-choice-help", self.form_choice()
        yield "prefilled", self.prefilled()
        yield "repeat", self.repeat(entries=3)
        yield "repeat-empty", self.repeat(entries=0)
        yield "materials", self.materials()
        yield "materials-busy", self.materials(busy=True)
        yield "sign", self.sign()
        yield "review", self.review()
        yield "review-long", self.review_long()
        yield "submit", self.busy()
        yield "result-offline", self.result("received")
        yield "result-granted", self.result("granted")
        yield "result-refused", self.result("refused")
        yield "result-referred", self.result("referred")
        yield "result-bundle", self.result("accepted", bundle=True)
        yield "result-ticket", self.result("ticket")
        yield "receipt", self.receipt("confirmed")
        yield "receipt-failed", self.receipt("failed")
        yield "rate", self.rate(bad=False)
        yield "rate-bad", self.rate(bad=True)
        yield "wiped", self.wiped()
        yield "pin", self.pin(locked=False)
        yield "pin-locked", self.pin(locked=True)
        yield "diagnostics", self.diagnostics()
        yield "out-of-service", self.out_of_service()
        yield "idle", self.idle()
        yield "display", self.display()
        yield "exit", self.ask_exit()
        yield "help", self.ask_help()
        yield from parked_views(self)
        yield from device_views(self)

    def attract(self, *, night: bool) -> ScreenView:
        """Nobody is here."""
        body = AttractBody(
            line=self.t("灯亮着，随时来办", "The light is on")
            if night
            else self.t("门开着，随时来办", "The door is open"),
            second_line=self.t("Touch the screen to start · English", "轻触屏幕，开始办事 · 中文"),
            night=night,
            start=self.key("action.start", "轻触屏幕，开始办事", "Touch to start", icon="hand", kind="primary"),
        )
        return self.page("attract", ("", ""), body, key=f"attract-{night}", who=None, back=None, rail=())

    def choose_language(self) -> ScreenView:
        """Two languages."""
        body = LanguageBody((Key("language.zh-Hans", "中文"), Key("language.en", "English")))
        return self.page(
            "language",
            ("请选语言", "Choose a language"),
            body,
            who=None,
            rail=self.rail()[:1] + self.rail()[2:],
            lead=self.t("Choose a language", "请选语言"),
        )

    def home(self, *, notice: bool) -> ScreenView:
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
                self.key(f"life.{name}", zh, en, hint=self.t(zh_hint, en_hint), icon=icon)
                for name, zh, en, zh_hint, en_hint, icon in events
            ),
            search=self.key("action.search", "搜一搜，怎么说都行，例如：居住证", "Search, e.g. residence permit"),
            everyday=tuple(self.key(f"everyday.{name}", zh, en) for name, zh, en in everyday),
        )
        box = Notice(
            "caution",
            self.t("回执打印机缺纸，本机暂时不出回执。", "The receipt printer is out of paper."),
            self.t("事情都能照常办，回执可到人民路厅补打。", "You can still apply; get receipts at Renmin Road Hall."),
            "printer",
        )
        return self.page(
            "home",
            ("您想办什么事？", "What would you like to do?"),
            body,
            key=f"home-{notice}",
            who=None,
            back=None,
            lead=self.t("按人生大事找，\n不用知道归哪个部门", "Choose by life event.\nNo need to know the department."),
            notice=box if notice else None,
        )

    def search(self, *, found: bool) -> ScreenView:
        """Searching."""
        results = (
            self.key("item.residence-permit-renewal", "居住证签注（续签）", "Residence permit renewal"),
            self.key("item.social-insurance-certificate", "社会保险参保证明", "Social insurance certificate"),
            self.key("item.open-restaurant", "开小餐馆“一件事”", "Open a small restaurant"),
        )
        body = SearchBody(
            query=self.t("居住证", "permit") if found else self.t("飞船牌照", "spaceship"),
            placeholder=self.t("想办什么，打几个字就行", "Type a few letters"),
            results=results if found else (),
            empty=None
            if found
            else self.t(
                "没有找到。换个说法试试，或者按“叫人帮忙”。", "Nothing found. Try other words, or press Get help."
            ),
        )
        return self.page(
            "search",
            ("您要找什么？", "What are you looking for?"),
            body,
            key=f"search-{found}",
            who=None,
            lead=self.t("打几个字，下面就出结果", "Results appear as you type"),
        )

    def items(self, *, paged: bool = False) -> ScreenView:
        """Items of a life event."""
        keys: tuple[Key, ...] = (
            self.key(
                "item.residence-permit-renewal",
                "居住证签注（续签）",
                "Residence permit renewal",
                hint=self.t("证件快到期了，续一年", "Your permit is about to expire"),
                icon="id_card",
            ),
            self.key(
                "item.social-insurance-certificate",
                "社会保险参保证明",
                "Social insurance certificate",
                hint=self.t("什么都不用填，当场就有结果", "Nothing to fill in, decided at once"),
                icon="shield",
            ),
            self.key(
                "item.open-restaurant",
                "开小餐馆“一件事”",
                "Open a small restaurant",
                hint=self.t("执照、食品、消防、招牌，一张表办齐", "Licence, food, fire, sign: one form"),
                icon="shop",
            ),
            self.key(
                "item.housing-fund",
                "提取公积金",
                "Withdraw housing fund",
                icon="house",
                enabled=False,
                why_disabled=self.t("本机办不了，请到人民路厅 3 号窗口", "Not here: Renmin Road Hall, desk 3"),
            ),
        )
        if paged:
            keys += (
                self.key("item.household", "户口迁入", "Move your household here", icon="family"),
                self.key(
                    "item.rent-subsidy",
                    "租房补贴",
                    "Rent subsidy",
                    hint=self.t("每月领一次", "Paid monthly"),
                    icon="money",
                ),
            )
        body = ListBody(
            keys=keys,
            pager=self.t("第 2 页，共 3 页", "Page 2 of 3") if paged else None,
            previous=self.key("page.previous", "前面的", "Previous") if paged else None,
            following=self.key("page.following", "后面的", "More") if paged else None,
        )
        return self.page(
            "items",
            ("住房方面的事", "Housing"),
            body,
            key=f"items-{paged}",
            who=None,
            lead=self.t("选一件，先看要带什么、多久办好", "Pick one to see what it needs and how long it takes"),
        )

    def elsewhere(self) -> ScreenView:
        """A function that comes later says where to go instead."""
        body = InfoBody(
            icon="calendar",
            paragraphs=(
                self.t("本机还不能预约。", "This terminal cannot book appointments yet."),
                self.t(
                    "您可以打 12345，或者到下面的地方约，当场就能约好。", "Call 12345, or book at one of these places."
                ),
            ),
            rows=(
                Row(
                    self.t("政务服务热线", "Service hotline"),
                    self.t("12345，全天有人接", "12345, day and night"),
                    icon="phone",
                ),
                Row(
                    self.t("人民路政务服务厅", "Renmin Road Service Hall"),
                    self.t("人民路 18 号，走 6 分钟，9 点到 17 点", "18 Renmin Road, 6 minutes on foot, 9:00 to 17:00"),
                    icon="place",
                ),
            ),
        )
        return self.page("elsewhere", ("预约", "Booking"), body, who=None, primary=None)

    def guide(self, *, can: bool) -> ScreenView:
        """The item guide."""
        bring, free = self.t("请带来", "Bring it"), self.t("免交", "Waived")
        materials = (
            Row(
                self.t("居民身份证", "ID card"),
                hint=self.t("放在本机上读，不用复印", "Read here, no copy needed"),
                icon="id_card",
                tag=bring,
            ),
            Row(
                self.t("租房合同或房产证", "Lease or title deed"),
                hint=self.t("取证时出示原件", "Show the original when collecting"),
                icon="house_key",
                tag=bring,
            ),
            Row(
                self.t("居住登记回执", "Residence registration"),
                hint=self.t("市公安局已经有了", "The police bureau has it"),
                icon="document",
                tag=free,
                tag_tone="filled",
            ),
            Row(
                self.t("社会保险参保证明", "Social insurance record"),
                hint=self.t("有电子证照，刷身份证就能取到", "An e-licence is found with your ID card"),
                icon="shield",
                tag=free,
                tag_tone="filled",
            ),
        )
        body = GuideBody(
            can_finish=can,
            verdict=self.t("能在本机办完申请", "You can finish it here")
            if can
            else self.t("在本机填好，到窗口交原件", "Fill in here, hand in at a desk"),
            verdict_text=self.t(
                "大约 8 分钟。证做好后寄到家，不用再来。", "About 8 minutes. The permit is posted to you."
            )
            if can
            else self.t("南岸派出所，滨河路 2 号，走 10 分钟。", "South Bank Police Station, 2 Binhe Road."),
            time_title=self.t("多久办好", "How long"),
            promised_label=self.t("我们承诺", "We promise"),
            promised=self.t("5 个工作日", "5 workdays"),
            promised_days=5,
            statutory_label=self.t("法律规定", "The law says"),
            statutory=self.t("15 个工作日", "15 workdays"),
            statutory_days=15,
            fee_title=self.t("多少钱", "Fee"),
            fee=self.t("不收费", "Free"),
            fee_note=self.t("邮寄也不收", "Postage too"),
            visits=self.t("到现场 0 次", "Visits needed: 0"),
            who_title=self.t("谁能办", "Who can apply"),
            who=(
                self.t("在本市登记居住满半年", "Registered in the city for half a year or more"),
                self.t(
                    "并且有一样：稳定工作、稳定住处、在本市上学", "And one of: steady work, a steady home, school here"
                ),
            ),
            materials_title=self.t("要带什么", "What to bring"),
            materials_summary=self.t("4 样里只要带 2 样", "Only 2 of 4"),
            materials=materials,
        )
        return self.page(
            "guide",
            ("居住证签注（续签）", "Residence permit renewal"),
            body,
            key=f"guide-{can}",
            who=None,
            kicker=self.t("办事指南，由市公安局办理", "Guide. Handled by the Public Security Bureau"),
            primary=self.next("开始办", "Start"),
        )

    def choice(self, *, seven: bool = False, multi: bool = False) -> ScreenView:
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
            self.key(
                f"choice.scenario.home.{name}",
                zh,
                en,
                hint=self.t(zh_hint, en_hint or "") if zh_hint else None,
                icon=icon,
            )
            for name, zh, en, zh_hint, en_hint, icon in chosen
        )
        body = ChoiceBody(
            options=options,
            selected=frozenset() if multi else frozenset({options[0].name}),
            multi=multi,
            error=self.t("请至少选一样", "Please choose at least one") if multi else None,
        )
        return self.page(
            "scenario",
            ("您现在住的房子是哪一种？", "What kind of home do you live in?"),
            body,
            key=f"scenario-{seven}-{multi}",
            who=None,
            progress=self.progress(2),
            why=self.t(
                "问这个，是为了知道您要不要交租房合同。", "We ask so that we know whether you need to show a lease."
            ),
            primary=self.next(enabled=not multi, why_disabled=self.t("选好一样再往下走", "Choose one to go on")),
        )

    def cannot(self) -> ScreenView:
        """This item cannot be done in this case."""
        body = InfoBody(
            icon="info",
            paragraphs=(
                self.t("居住证要在本市登记居住满半年才能签注。", "Renewal needs half a year of registered residence."),
                self.t("您现在可以先办居住登记，满半年后再来。", "Register your residence now and come back later."),
            ),
            rows=(
                Row(
                    self.t("南岸派出所", "South Bank Police Station"),
                    self.t("滨河路 2 号，走 10 分钟", "2 Binhe Road, 10 minutes on foot"),
                    icon="place",
                ),
            ),
            keys=(self.key("action.home", "办别的事", "Do something else", icon="grid"),),
        )
        return self.page(
            "cannot", ("您的情况现在还不能签注", "You cannot renew yet"), body, who=None, progress=self.progress(2)
        )

    def privacy(self) -> ScreenView:
        """What is read, and separate consents."""
        body = ConsentBody(
            paragraphs=(
                self.t(
                    "我们只读姓名、性别、民族、出生日期、住址、号码和有效期。",
                    "We read only name, sex, birth date, address, number and validity.",
                ),
                self.t(
                    "只用来办这一件事，由市公安局保存 5 年。",
                    "Used for this matter only, kept 5 years by the police bureau.",
                ),
                self.t("您离开时，本机上的内容全部清除。", "Everything on this terminal is erased when you leave."),
            ),
            boxes=(
                self.key(
                    "consent.identity",
                    "同意读我的身份证",
                    "Read my ID card",
                    hint=self.t("不同意就不能在本机办，可以去窗口", "Without it, please go to a desk"),
                ),
                self.key(
                    "consent.licences",
                    "同意查我的电子证照",
                    "Look up my e-licences",
                    hint=self.t("不同意也能办，材料要您自己带", "Without it you bring the papers yourself"),
                ),
            ),
            ticked=frozenset({"consent.identity"}),
        )
        return self.page(
            "privacy",
            ("先说清楚我们读什么", "First: what we read"),
            body,
            who=None,
            progress=self.progress(3),
            primary=self.next("同意，下一步", "Agree and go on"),
        )

    def identify(self, method: str, state: str) -> ScreenView:
        """Card or code."""
        messages = {
            "waiting": None,
            "reading": Notice("info", self.t("正在读卡，请不要拿走", "Reading, please leave the card"), "", "id_card"),
            "failed": Notice(
                "caution",
                self.t("身份证拿得太早了", "The card was lifted too early"),
                self.t("请再放一次，听到嘀的一声再拿走。", "Put it back and wait for the tone."),
            ),
            "unavailable": Notice(
                "caution",
                self.t("读卡器现在用不了", "The card reader does not work now"),
                self.t(
                    "可以用电子身份码，或者到人民路厅，走 6 分钟。", "Use your citizen code, or go to Renmin Road Hall."
                ),
            ),
        }
        card = method == "id_card"
        body = IdentifyBody(
            method="id_card" if card else "citizen_qr",
            state=state,  # type: ignore[arg-type]
            steps=(
                self.t("有照片的一面朝上，平放在亮灯的台面上", "Photo side up, flat on the lit plate"),
                self.t("听到嘀的一声再拿走", "Leave it there until you hear a tone"),
            )
            if card
            else (
                self.t("打开“云浦通”里的电子身份码", "Open your citizen code on your phone"),
                self.t("把码放在扫码窗前，一拃远", "Hold it before the window, a hand away"),
            ),
            message=messages[state],
            switches=(
                self.key("method.citizen_qr", "用电子身份码", "Use citizen code", icon="qr")
                if card
                else self.key("method.id_card", "用身份证", "Use ID card", icon="id_card"),
            ),
            retry=self.key("action.retry", "再读一次", "Try again") if state == "failed" else None,
        )
        title = ("请放身份证", "Place your ID card") if card else ("请出示电子身份码", "Show your citizen code")
        return self.page("identify", title, body, key=f"identify-{method}-{state}", who=None, progress=self.progress(4))

    def field(self, path: str, zh: str, en: str, **more: object) -> FieldView:
        """One field."""
        values: dict[str, object] = {"kind": "text", "value": "", "active": True}
        values.update(more)
        return FieldView(name=f"field.{path}", path=path, label=self.t(zh, en), **values)  # type: ignore[arg-type]

    def form_text(self, *, error: bool = False) -> ScreenView:
        """A Chinese address, half typed."""
        field = self.field(
            "applicant.address",
            "您住几号楼、几室？",
            "Which building and room?",
            value=self.t("柳桥路 128 弄 6 号楼", "6 Willow Bridge Road"),
            keyboard="zh" if self.zh else "latin",
            max_length=60,
            example=self.t("例：柳桥路 8 弄 3 号楼 502 室", "Like this: 3-502, 8 Willow Bridge Road"),
            error=self.t("还差房号，例如 502 室", "The room is missing, e.g. 502") if error else None,
        )
        return self.page(
            "form",
            ("您住几号楼、几室？", "Which building and room?"),
            FormBody((field,)),
            key=f"form-text-{error}",
            lead=self.t("照着租房合同写就行", "As it stands in your lease"),
            progress=self.progress(5),
            primary=self.next(),
        )

    def form_digits(self) -> ScreenView:
        """A phone number."""
        field = self.field(
            "applicant.phone",
            "手机号",
            "Mobile number",
            value="1390000",
            keyboard="digits",
            max_length=11,
            example=self.t("11 位数字", "11 digits"),
            error=self.t("手机号要 11 位，现在是 7 位", "A mobile number has 11 digits; this has 7"),
        )
        return self.page(
            "form",
            ("您的手机号是多少？", "What is your mobile number?"),
            FormBody((field,)),
            key="form-digits",
            lead=self.t("办好了发短信告诉您", "We text you when it is done"),
            progress=self.progress(5),
            primary=self.next(),
        )

    def form_id(self) -> ScreenView:
        """An identity number of a staff member."""
        field = self.field(
            "staff.0.id_number",
            "身份证号",
            "ID number",
            value="33900519900101",
            keyboard="id",
            max_length=18,
            example=self.t("18 位，最后一位可能是 X", "18 digits, the last may be X"),
        )
        return self.page(
            "form",
            ("第 1 位员工的身份证号", "ID number of staff member 1"),
            FormBody((field,)),
            key="form-id",
            progress=self.progress(5),
            primary=self.next(),
        )

    def form_long(self) -> ScreenView:
        """The text of a complaint."""
        field = self.field(
            "complaint.text",
            "请说说是什么事",
            "Please tell us what happened",
            kind="long_text",
            max_length=500,
            value=self.t(
                "柳桥路 128 弄门口的路灯坏了三天，晚上看不清路，昨天有位老人差点摔倒。希望尽快修好。",
                "The street lamp at the gate of 128 Willow Bridge Road has been out for three days.",
            ),
            keyboard="zh" if self.zh else "latin",
            example=self.t("写清楚时间、地点和您希望怎么办", "Say when, where, and what you would like done"),
        )
        return self.page(
            "form",
            ("请说说是什么事", "Please tell us what happened"),
            FormBody((field,)),
            key="form-long",
            progress=self.progress(5),
            primary=self.next(),
        )

    def form_date(self) -> ScreenView:
        """A day."""
        field = self.field(
            "applicant.since",
            "从哪天起",
            "Since when",
            kind="date",
            value="2025-03-12",
            min_date="2000-01-01",
            max_date="2026-11-21",
        )
        return self.page(
            "form",
            ("您从哪天起住在这里？", "Since when do you live here?"),
            FormBody((field,)),
            key="form-date",
            lead=self.t("合同上写的起租日", "The first day of your lease"),
            progress=self.progress(5),
            primary=self.next(),
        )

    def form_three(self, *, active: int | None) -> ScreenView:
        """Three fields of one page."""
        fields = (
            self.field(
                "shop.name",
                "店名",
                "Name of the shop",
                value=self.t("柳下小面", "Willow Noodles"),
                active=active == 0,
                example=self.t("例：柳下小面", "e.g. Willow Noodles"),
                source=self.t("营业执照", "Business licence") if active is None else None,
            ),
            self.field(
                "shop.address",
                "店铺地址",
                "Address",
                value="",
                active=active == 1,
                keyboard="zh" if self.zh else "latin",
                example=self.t("例：滨河路 30 号一层", "e.g. 30 Binhe Road, ground floor"),
            ),
            self.field(
                "shop.area",
                "面积（平方米）",
                "Area (m²)",
                value="",
                active=active == 2,
                keyboard="digits",
                error=self.t("面积要填数字，例如 48", "The area is a number, e.g. 48") if active is None else None,
            ),
        )
        return self.page(
            "form",
            ("您的小店", "Your shop"),
            FormBody(fields),
            key=f"form-three-{active}",
            progress=self.progress(5),
            primary=self.next(),
        )

    def form_choice(self) -> ScreenView:
        """A choice field with help and an error."""
        options = (
            self.key(
                "choice.applicant.delivery.post",
                "寄到家",
                "Post it to me",
                hint=self.t("不收邮费", "No postage"),
                icon="house",
            ),
            self.key(
                "choice.applicant.delivery.collect",
                "我自己来取",
                "I collect it",
                hint=self.t("南岸派出所，工作日 9 点到 17 点", "South Bank Police Station, workdays 9 to 17"),
                icon="place",
            ),
        )
        field = self.field(
            "applicant.delivery",
            "怎么领证？",
            "How do you get the permit?",
            kind="choice",
            options=options,
            selected=frozenset({"choice.applicant.delivery.post"}),
            help=self.t("寄的话，用您上一页填的地址", "By post it goes to the address you gave"),
        )
        return self.page(
            "form",
            ("怎么领证？", "How do you get the permit?"),
            FormBody((field,)),
            key="form-choice",
            progress=self.progress(6),
            primary=self.next(),
        )

    def prefilled(self) -> ScreenView:
        """What was filled in, with sources."""
        chip, card = self.t("芯片，刚刚读取", "chip, read just now"), "chip"
        wrong = self.t("不对", "Wrong")
        rows = (
            Row(self.t("姓名", "Name"), self.t("林秋禾", "林秋禾"), chip, card, key=Key("change.name", wrong)),
            Row(self.t("身份证号", "ID number"), "3390 •••• •••• 2416", chip, card, reveal="339005199104162416"),
            Row(
                self.t("户籍地址", "Home address"),
                self.t("临水县青石镇柳下村 12 组", "临水县青石镇柳下村 12 组"),
                chip,
                card,
                key=Key("change.address", wrong),
            ),
            Row(
                self.t("在本市居住", "In the city"),
                self.t("2025 年 3 月 12 日起", "since 12 March 2025"),
                self.t("市公安局居住登记", "police register"),
                "shield",
                key=Key("change.since", wrong),
            ),
            Row(
                self.t("社会保险", "Insurance"),
                self.t("已连续缴 14 个月", "14 months in a row"),
                self.t("电子参保证明", "e-licence"),
                "shield",
                key=Key("change.insurance", wrong),
            ),
            Row(
                self.t("手机号", "Mobile"),
                "138 •••• 5520",
                self.t("您以前填的", "you gave it"),
                "pencil",
                tag=self.t("请核对", "Check"),
                tag_tone="caution",
                key=Key("change.phone", self.t("换号码", "Change")),
            ),
        )
        summary = (
            Row(self.t("身份证芯片", "from the ID card"), self.t("3 项", "3 items"), icon="chip"),
            Row(self.t("部门核发", "from agencies"), self.t("2 项", "2 items"), icon="shield"),
            Row(self.t("您以前填的", "given by you"), self.t("1 项", "1 item"), icon="pencil"),
        )
        return self.page(
            "form",
            ("这 6 项已替您填好", "These 6 are filled in"),
            RowsBody(rows, summary),
            key="prefilled",
            lead=self.t(
                "每项旁边写着从哪里来。有错就按右边的键。", "Each says where it comes from. Press the key if wrong."
            ),
            progress=self.progress(5),
            primary=self.next("都对，下一步", "All right, next"),
        )

    def repeat(self, *, entries: int) -> ScreenView:
        """The staff of a restaurant."""
        people = (("周小满", "3390 •••• •••• 1027"), ("顾青", "3390 •••• •••• 3318"), ("何立夏", "3390 •••• •••• 5529"))
        body = RepeatBody(
            entries=tuple(
                RepeatEntry(
                    name,
                    number,
                    self.key(f"repeat.staff.change.{i}", "修改", "Change", icon="pencil"),
                    self.key(f"repeat.staff.remove.{i}", "删去", "Remove", icon="bin"),
                )
                for i, (name, number) in enumerate(people[:entries])
            ),
            add=self.key("repeat.staff.add", "再加一位员工", "Add a staff member", icon="plus"),
            empty=self.t("还没有登记员工。接触食品的人都要登记。", "Nobody yet. Everyone who handles food is listed."),
            error=None if entries else self.t("至少登记一位员工", "List at least one person"),
        )
        return self.page(
            "form",
            ("店里有哪些员工？", "Who works in the shop?"),
            body,
            key=f"repeat-{entries}",
            progress=self.progress(5),
            primary=self.next(enabled=bool(entries), why_disabled=self.t("先加一位员工", "Add somebody first")),
        )

    def materials(self, *, busy: bool = False) -> ScreenView:
        """Materials and what happens to each."""
        rows = (
            Row(
                self.t("社会保险参保证明", "Social insurance record"),
                hint=self.t("电子证照已取到，由市人社局核发", "E-licence found, issued by the city"),
                icon="shield",
                tag=self.t("免交", "Waived"),
                tag_tone="filled",
            ),
            Row(
                self.t("居住登记回执", "Residence registration"),
                hint=self.t("市公安局已经有了", "The police bureau has it"),
                icon="document",
                tag=self.t("免交", "Waived"),
                tag_tone="filled",
            ),
            Row(
                self.t("租房合同", "Lease"),
                hint=self.t("您说取证时出示原件", "You show the original when collecting"),
                icon="house_key",
                tag=self.t("取证时看", "Show later"),
            ),
            Row(
                self.t("近期照片", "Recent photo"),
                hint=self.t("还没有选怎么交", "Not decided yet"),
                icon="camera",
                tag=self.t("还要办", "To do"),
                tag_tone="caution",
            ),
        )
        looking = Notice(
            "info",
            self.t("正在查您的电子证照，最多等 2 秒", "Looking up your e-licences, 2 seconds at most"),
            "",
            "clock",
        )
        body = RowsBody(rows[:2] if busy else rows)
        return self.page(
            "materials",
            ("4 样材料，2 样免交", "4 materials, 2 waived"),
            body,
            key=f"materials-{busy}",
            lead=self.t("能从部门取到的，就不用您交。", "What agencies hold, you need not hand in."),
            notice=looking if busy else None,
            progress=self.progress(6),
            primary=self.next(),
        )

    def sign(self) -> ScreenView:
        """Declaration and signature."""
        body = SignBody(
            paragraphs=(
                self.t("我填的内容都是真的，材料都是真的。", "What I filled in is true, and so are the papers."),
                self.t("如果不是真的，办好的证可以被收回。", "If not, what is granted may be withdrawn."),
            ),
            box=self.key("declare.tick", "以上我都看过，都是真的", "I have read this and it is true"),
            ticked=False,
            clear=self.key("sign.clear", "重新签", "Clear"),
            placeholder=self.t("请用手指在下面签名", "Sign below with a finger"),
            strokes=(((120, 90), (180, 200), (240, 120)), ((300, 100), (360, 240), (430, 120), (520, 210))),
            instead=self.key("sign.instead", "写不了字，按这里代替", "I can't write: press here", icon="id_card"),
        )
        return self.page(
            "sign",
            ("请您声明并签名", "Declare and sign"),
            body,
            progress=self.progress(7),
            primary=self.next(enabled=False, why_disabled=self.t("先勾选，再签名", "Tick the box, then sign")),
        )

    def review(self) -> ScreenView:
        """Everything once more."""
        change = self.t("修改", "Change")
        pairs = (
            ("姓名", "Name", "林秋禾", "林秋禾"),
            ("手机号", "Mobile", "138 •••• 5520", "138 •••• 5520"),
            ("住的房子", "Home", "租的，有租房合同", "Rented, with a lease"),
            ("地址", "Address", "柳桥路 128 弄 6 号楼 502 室", "502, Building 6, Lane 128, Willow Bridge Road"),
            ("从哪天起", "Since", "2025 年 3 月 12 日", "12 March 2025"),
            ("怎么领证", "Delivery", "寄到上面的地址", "By post to this address"),
        )
        rows = tuple(
            Row(self.t(zh, en), self.t(zh_value, en_value), key=Key(f"change.row{i}", change, icon="pencil"))
            for i, (zh, en, zh_value, en_value) in enumerate(pairs)
        )
        body = RowsBody(
            rows,
            pager=self.t("第 1 页，共 2 页", "Page 1 of 2"),
            following=self.key("page.following", "后面的", "More"),
        )
        return self.page(
            "review",
            ("请您核对一遍", "Please check once more"),
            body,
            progress=self.progress(8),
            lead=self.t("没有问题，就确认提交。", "If all is right, confirm."),
            notice=Notice(
                "info",
                self.t("提交后由南岸派出所受理", "South Bank Police Station takes the case"),
                self.t("5 个工作日内办好，证寄到您家，不收费。", "Done in 5 workdays, posted to you, free."),
                "clock",
            ),
            primary=self.next("确认提交", "Confirm", icon="tick"),
        )

    def review_long(self) -> ScreenView:
        """One answer is very long."""
        change = Key("change.text", self.t("修改", "Change"), icon="pencil")
        story = self.t(
            "柳桥路 128 弄门口的路灯坏了三天，晚上看不清路，昨天有位老人差点摔倒。希望尽快修好。",
            "The street lamp at the gate of 128 Willow Bridge Road has been out for three days. ",
        )
        typed = self.t("您刚才填的", "you typed it")
        rows = (
            Row(self.t("哪一类", "Kind"), self.t("道路、路灯", "Roads and lamps"), typed, "pencil"),
            Row(self.t("是什么事", "What happened"), story * 6, typed, "pencil", key=change),
            Row(self.t("电话", "Phone"), "138****5520", typed, "pencil", reveal="13800005520"),
        )
        return self.page(
            "review",
            ("请您核对一遍", "Please check once more"),
            RowsBody(rows),
            key="review-long",
            progress=self.progress(8),
            primary=self.next("确认提交", "Confirm", icon="tick"),
        )

    def busy(self) -> ScreenView:
        """Under way."""
        body = BusyBody(
            self.t("正在提交", "Submitting"),
            self.t(
                "已经存在本机，正在送到受理中心，最多等 5 秒。",
                "Saved here; on its way to the centre, 5 seconds at most.",
            ),
        )
        return self.page("submit", ("请稍等", "One moment"), body, back=None, rail=(), progress=self.progress(9))

    def result(self, state: str, *, bundle: bool = False) -> ScreenView:
        """What became of the case."""
        titles = {
            "received": ("本机已收件，\n尚未受理", "Received here, not yet accepted"),
            "accepted": ("已受理", "Accepted"),
            "granted": ("已经办好", "Granted"),
            "refused": ("不能开这份证明", "Not granted"),
            "referred": ("要请工作人员看一下", "A person will look at it"),
            "ticket": ("工单已收到", "Your ticket is in"),
        }
        leads = {
            "received": (
                "网络暂时不通。您填的都存好了，网络一通自动送出，您不用再来。",
                "The network is down. Your form is safe and is sent by itself. No need to come back.",
            ),
            "granted": ("证明已经开好，回执下面就能取。", "Your certificate is ready."),
        }
        track: tuple[TrackStep, ...] = (
            TrackStep("done", self.t("本机已收件", "Received here"), self.t("今天 14:46", "Today 14:46")),
            TrackStep(
                "waiting",
                self.t("送到受理中心", "Sent to the centre"),
                self.t("等网络恢复，自动送", "Goes by itself when online"),
            )
            if state == "received"
            else TrackStep(
                "done", self.t("受理中心已受理", "Accepted by the centre"), self.t("今天 14:46", "Today 14:46")
            ),
            TrackStep(
                "to_come",
                self.t("南岸派出所审核", "South Bank police check"),
                self.t("短信告诉 138 •••• 5520", "Text to 138 •••• 5520"),
            ),
            TrackStep(
                "to_come", self.t("办好，寄到家", "Done, posted to you"), self.t("5 个工作日内", "Within 5 workdays")
            ),
        )
        numbers: tuple[Row, ...] = (
            Row(self.t("办件编号", "Case number"), "YP0301-261121-4K7QX2M9ZD"),
            Row(self.t("问这件事", "Ask about it"), "12345"),
        )
        reason = None
        document: tuple[Row, ...] = ()
        if state in ("granted", "refused", "referred"):
            track = tuple(replace(step, state="done") for step in track) if state == "granted" else track[:2]
        if state == "granted":
            document = (
                Row(self.t("姓名", "Name"), "林＊＊"),
                Row(self.t("参保单位", "Employer"), self.t("柳下食品有限公司", "Willow Foods Ltd")),
                Row(self.t("连续缴费", "Paid in a row"), self.t("14 个月", "14 months")),
                Row(
                    self.t("险种", "Insurances"),
                    self.t(
                        "养老、医疗、失业、工伤、生育",
                        "Pension, medical, unemployment, injury, maternity insurance, all of them paid by the employer",
                    ),
                ),
                Row(self.t("出具日期", "Issued"), "2026-11-21"),
                Row(self.t("证明编号", "Number"), "SI-2026-000417"),
            )
        if state == "refused":
            reason = Notice(
                "caution",
                self.t("缴费只有 2 个月，开证明要满 3 个月", "Only 2 months paid; 3 are needed"),
                self.t(
                    "依据《社会保险证明办法》第 6 条。满 3 个月后再来，或者拨 12333 问。",
                    "Rule 6 of the certificate rules. Come back after 3 months, or call 12333.",
                ),
            )
        if state == "referred":
            reason = Notice(
                "info",
                self.t("您有两家单位的记录，要人工核对", "There are two employers; a person checks"),
                self.t("2 个工作日内打电话告诉您。", "We call you within 2 workdays."),
            )
        if bundle:
            numbers = tuple(
                Row(self.t(zh, en), f"YP0301-261121-4K7QX2M9{tail}")
                for zh, en, tail in (
                    ("营业执照", "Business licence", "ZA"),
                    ("食品经营许可", "Food permit", "ZB"),
                    ("消防安全检查", "Fire safety check", "ZC"),
                    ("门头招牌", "Shop sign", "ZD"),
                )
            )
        if state == "ticket":
            numbers = (Row(self.t("工单号", "Ticket"), "12345-20261121-0087"), numbers[0])
        lead = leads.get(state)
        return self.page(
            "result",
            titles[state],
            ResultBody(
                cast(ResultIcon, state),
                track,
                numbers,
                reason,
                document,
                self.t("社会保险参保证明", "Social insurance certificate"),
            ),
            key=f"result-{state}-{bundle}",
            lead=self.t(*lead) if lead else None,
            back=None,
            primary=self.next("取回执", "Get the receipt"),
            rail=self.rail()[:2],
        )

    def receipt(self, printing: str) -> ScreenView:
        """The paper."""
        lines = (
            self.t("本机已收件，尚未受理", "Received here, not yet accepted"),
            " ",
            self.t("事项：居住证签注", "Item: residence permit renewal"),
            self.t("申请人：林＊＊", "Applicant: 林＊＊"),
            self.t("收件：2026-11-21 14:46", "Received: 2026-11-21 14:46"),
            self.t("终端：南岸厅 03 号", "Terminal: South Bank 03"),
            " ",
            self.t("办件编号 YP0301-261121-4K7QX2M9ZD", "Case YP0301-261121-4K7QX2M9ZD"),
            self.t("承诺 5 个工作日，最晚 2026-11-27", "Promised: 5 workdays, by 2026-11-27"),
            self.t("问进度拨 12345", "Progress: call 12345"),
        )
        failed = printing == "failed"
        body = ReceiptBody(
            lines=lines,
            qr="https://yunpu.example/p/YP0301-261121-4K7QX2M9ZD",
            guide=Notice(
                "caution",
                self.t("回执没有打出来", "The receipt did not print"),
                self.t("请记下编号，或拨 12345 补打。", "Note the number, or call 12345."),
            )
            if failed
            else Notice(
                "guide", self.t("请取回执，别忘了拿走身份证", "Take the receipt and your ID card"), "", "printer"
            ),
            printing=printing,  # type: ignore[arg-type]
            extra=(self.key("action.reprint", "再打一张", "Print again", icon="printer"),),
        )
        return self.page(
            "receipt",
            ("请取回执", "Take your receipt"),
            body,
            key=f"receipt-{printing}",
            back=None,
            primary=self.next("取好了，结束", "I have it, finish", icon="tick"),
            rail=self.rail()[:2],
        )

    def rate(self, *, bad: bool) -> ScreenView:
        """Five levels."""
        levels = (
            ("非常满意", "Very good"),
            ("满意", "Good"),
            ("基本满意", "Fair"),
            ("不满意", "Poor"),
            ("非常不满意", "Very poor"),
        )
        reasons = (
            ("unclear", "看不懂要填什么", "Unclear what to fill in"),
            ("slow", "等太久", "Too slow"),
            ("machine", "机器不好用", "Machine trouble"),
            ("papers", "要交的材料太多", "Too many papers"),
            ("print", "打印有问题", "Printing trouble"),
            ("other", "别的原因", "Something else"),
        )
        body = RateBody(
            levels=tuple(self.key(f"rate.{i + 1}", zh, en) for i, (zh, en) in enumerate(levels)),
            selected="rate.4" if bad else None,
            reasons=tuple(self.key(f"rate.reason.{name}", zh, en) for name, zh, en in reasons) if bad else (),
            reasons_ticked=frozenset({"rate.reason.slow"}) if bad else frozenset(),
            thanks=self.t("不记名，和您办的事分开存。", "Anonymous, kept apart from your case."),
        )
        return self.page(
            "rate",
            ("这次办事，\n您觉得怎么样？", "How was it today?"),
            body,
            key=f"rate-{bad}",
            who=None,
            lead=self.t("愿意就说一句，不评也可以。", "Say a word if you like; you need not."),
            back=self.key("action.skip", "不评价", "Skip"),
            primary=self.next(
                "提交评价",
                "Send",
                icon="tick",
                enabled=bad,
                why_disabled=self.t("先选一个，或者按不评价", "Choose one, or skip"),
            ),
        )

    def wiped(self) -> ScreenView:
        """All is erased."""
        body = InfoBody(
            "shield",
            (
                self.t("您的内容已从本机全部清除。", "Everything of yours is erased here."),
                self.t("身份证和回执都拿好了吗？", "Do you have your card and receipt?"),
            ),
        )
        return self.page(
            "wiped",
            ("办完了，慢走", "Done. Goodbye"),
            body,
            who=None,
            back=None,
            primary=self.key("action.done", "好的", "Fine", kind="primary"),
            rail=(),
        )

    def pin(self, *, locked: bool) -> ScreenView:
        """Technician log-in."""
        message = (
            Notice("caution", self.t("密码错了 5 次，30 秒后再试", "5 misses. Try again in 30 seconds"))
            if locked
            else None
        )
        return self.page(
            "staff_pin",
            ("请输入维护密码", "Maintenance PIN"),
            PinBody(0 if locked else 3, message, locked),
            key=f"pin-{locked}",
            who=None,
            staff=True,
            rail=(),
            primary=self.next("进入", "Enter", enabled=not locked),
        )

    def diagnostics(self) -> ScreenView:
        """Devices, outbox, versions."""
        test = self.t("自检", "Test")
        devices = (
            DeviceRow(
                "id_card",
                self.t("身份证阅读器", "ID card reader"),
                self.t("正常", "Fine"),
                "fine",
                "SAM-V 2.1",
                self.t("上次读卡 118 毫秒", "Last read 118 ms"),
                Key("test.id_card", test),
                Key("device.id_card", self.t("更多", "More")),
            ),
            DeviceRow(
                "code_scanner",
                self.t("扫码器", "Code scanner"),
                self.t("正常", "Fine"),
                "fine",
                "Newland FM430",
                self.t("上次读码 13:58", "Last code 13:58"),
                Key("test.code_scanner", test),
                Key("device.code_scanner", self.t("更多", "More")),
            ),
            DeviceRow(
                "receipt_printer",
                self.t("回执打印机", "Receipt printer"),
                self.t("故障", "Fault"),
                "fault",
                "ESC/POS 80 mm",
                self.t("缺纸，14:07 起", "Paper out since 14:07"),
                Key("test.receipt_printer", test),
                Key("device.receipt_printer", self.t("更多", "More")),
            ),
        )
        body = DiagnosticsBody(
            devices=devices,
            outbox=(
                Row(self.t("待送", "Waiting"), "3"),
                Row(self.t("搁置", "Parked"), "0"),
                Row(self.t("最早", "Oldest"), "14:27"),
                Row(self.t("受理中心", "Centre"), self.t("断开 6 分钟", "down 6 min")),
            ),
            versions=(
                Row(self.t("程序", "Program"), "0.1.0"),
                Row(self.t("事项包", "Packages"), "4"),
                Row("Qt", "6.11.3"),
                Row(self.t("磁盘可用", "Disk free"), "41.2 GB"),
            ),
        )
        return self.page(
            "diagnostics",
            ("设备诊断", "Diagnostics"),
            body,
            who=None,
            staff=True,
            rail=(),
            back=self.key("action.exit", "退出", "Leave", icon="exit"),
        )

    def out_of_service(self) -> ScreenView:
        """Nothing works."""
        body = InfoBody(
            "wrench",
            (self.t("本机正在维修，现在不能办事。", "This terminal is being repaired."),),
            rows=(
                Row(
                    self.t("人民路政务服务厅", "Renmin Road Service Hall"),
                    self.t("人民路 18 号，走 6 分钟", "18 Renmin Road, 6 minutes"),
                    icon="place",
                ),
            ),
        )
        return self.page("out_of_service", ("本机暂停服务", "Out of service"), body, who=None, back=None, rail=())

    def idle(self) -> ScreenView:
        """The countdown."""
        overlay = IdleOverlay(
            title=self.t("您还在吗？", "Still there?"),
            text=self.t(
                "碰一下屏幕，就接着办。到时没有人碰，填的内容全部清除。",
                "Touch the screen to go on. Otherwise all you typed is erased.",
            ),
            seconds_left=28,
            total_s=30,
            stay=self.key("action.stay", "我还在，接着办", "I am here, go on", kind="primary"),
            leave=self.key("action.leave", "结束", "Leave"),
        )
        return self.page("idle", ("", ""), self.choice().body, key="idle", overlay=overlay)

    def display(self) -> ScreenView:
        """The ways a page can be shown and used."""
        modes = (
            ("elder", "large_text", "大字版", "Large text", "字大，一页一件事，不催您", "One thing a page, no rush"),
            ("contrast", "contrast", "黑底亮字", "High contrast", "颜色少，看得更清", "Few, strong colours"),
            ("low_reach", "low_reach", "按键放低", "Low controls", "坐着也够得到", "Within reach from a chair"),
            ("keypad", "keyboard", "用按键操作", "Use the buttons", "屏幕下面的四个键：上、下、选、退",
             "The four buttons below the screen"),
        )  # fmt: skip
        overlay = DisplayOverlay(
            title=self.t("怎么看着、按着方便？", "What makes this easier for you?"),
            text=self.t("可以一起选，马上就变。您走后恢复原样。", "Choose any. It changes at once, and ends with you."),
            options=tuple(
                Key(f"mode.{name}", self.t(zh, en), icon, self.t(zh_hint, en_hint))
                for name, icon, zh, en, zh_hint, en_hint in modes
            ),
            selected=frozenset({"mode.low_reach"}),
            language=Key("action.language", "English" if self.zh else "中文", icon="globe"),
            done=self.key("action.stay", "就这样", "Done", icon="tick", kind="primary"),
        )
        return replace(self.home(notice=False), overlay=overlay, key="display")

    def ask_exit(self) -> ScreenView:
        """Leave?"""
        overlay = AskOverlay(
            icon="exit",
            title=self.t("现在退出吗？", "Leave now?"),
            paragraphs=(
                self.t("还没有提交。退出后，您填的内容全部清除。", "Nothing was sent. All you typed is erased."),
            ),
            keys=(
                self.key("action.stay", "不退出，接着办", "Stay and go on", kind="primary"),
                self.key("action.leave", "退出并清除", "Leave and erase", icon="exit"),
            ),
        )
        return self.page("exit", ("", ""), self.choice().body, key="exit", overlay=overlay)

    def ask_help(self) -> ScreenView:
        """Who helps."""
        overlay = AskOverlay(
            icon="bell",
            title=self.t("需要帮忙吗？", "Need a hand?"),
            paragraphs=(
                self.t(
                    "请到右边的服务台，或者拨 12345，全天有人接。",
                    "Ask at the desk on the right, or call 12345 day and night.",
                ),
                self.t("您填的内容都还在。", "What you typed is still here."),
            ),
            keys=(self.key("action.stay", "接着办", "Go on", kind="primary"),),
        )
        return self.page("help", ("", ""), self.choice().body, key="help", overlay=overlay)


def samples(language: str) -> tuple[tuple[str, ScreenView], ...]:
    """All sample views of a language, by name."""
    return tuple(Sampler(language).views())


def as_the_flow_would(view: ScreenView, modes: Modes) -> ScreenView:
    """A sample with what the flow changes in these modes: shorter lists, one field a page, a shorter rail."""
    body, rail = view.body, view.rail
    if modes.low_reach and isinstance(body, ListBody):
        body = replace(body, keys=body.keys[:3])
    if modes.low_reach and isinstance(body, RowsBody):
        body = replace(body, rows=body.rows[:3])
    if modes.elder and isinstance(body, FormBody) and len(body.fields) > 1:
        body = FormBody(tuple(field for field in body.fields if field.active)[:1] or body.fields[:1])
    if modes.elder:
        rail = tuple(key for key in rail if key.name not in ("mode.elder", "action.language"))
    return replace(view, body=body, rail=rail, modes=modes)


def pictures(
    language: str, panel: tuple[int, int], modes: Modes = PLAIN, only: frozenset[str] = frozenset()
) -> Iterator[tuple[str, QImage]]:
    """Name and picture of every sample page (or of those in ``only``) on a panel of this width and height. A page of
    the staff has no modes. Needs a running application.
    """
    from ui.host import TerminalWindow

    window = TerminalWindow(lambda _: None, panel, now=lambda: NOON)
    window.start()
    for name, view in samples(language):
        if not only or name in only:
            window.render(view if view.staff else as_the_flow_would(view, modes))
            QApplication.processEvents()
            yield name, window.picture()
    window.allow_close()
