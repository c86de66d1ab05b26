"""Sample pages of the staff, and of a terminal out of service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kiosk.flow.view import (
    Bar,
    CheckBody,
    DeviceRow,
    DiagnosticsBody,
    InfoBody,
    Key,
    Notice,
    PinBody,
    Plot,
    PlotsBody,
    Row,
    ScreenView,
)
from ui.gallery.sampler import Sampler


def views(s: Sampler) -> Iterator[tuple[str, ScreenView]]:
    """Name and view of every sample of this kind."""
    yield "pin", pin(s, locked=False)
    yield "pin-locked", pin(s, locked=True)
    yield "diagnostics", diagnostics(s)
    yield "diagnostics-seven", diagnostics_seven(s)
    yield "device", device(s)
    yield "device-trace", trace(s)
    yield "usage", usage(s)
    yield "usage-days", usage(s, days=True)
    yield "out-of-service", out_of_service(s)


def pin(s: Sampler, *, locked: bool) -> ScreenView:
    """Technician log-in."""
    message = (
        Notice("caution", s.t("密码错了 5 次，30 秒后再试", "5 misses. Try again in 30 seconds")) if locked else None
    )
    return s.page(
        "staff_pin",
        ("请输入维护密码", "Maintenance PIN"),
        PinBody(0 if locked else 3, message, locked),
        key=f"pin-{locked}",
        who=None,
        staff=True,
        rail=(),
        primary=s.next("进入", "Enter", enabled=not locked),
    )


def diagnostics(s: Sampler) -> ScreenView:
    """Devices, outbox, versions."""
    test = s.t("自检", "Test")
    devices = (
        DeviceRow(
            "id_card",
            s.t("身份证阅读器", "ID card reader"),
            s.t("正常", "Fine"),
            "fine",
            "SAM-V 2.1",
            s.t("上次读卡 118 毫秒", "Last read 118 ms"),
            Key("test.id_card", test),
            Key("device.id_card", s.t("更多", "More")),
        ),
        DeviceRow(
            "code_scanner",
            s.t("扫码器", "Code scanner"),
            s.t("正常", "Fine"),
            "fine",
            "Newland FM430",
            s.t("上次读码 13:58", "Last code 13:58"),
            Key("test.code_scanner", test),
            Key("device.code_scanner", s.t("更多", "More")),
        ),
        DeviceRow(
            "receipt_printer",
            s.t("回执打印机", "Receipt printer"),
            s.t("故障", "Fault"),
            "fault",
            "ESC/POS 80 mm",
            s.t("缺纸，14:07 起", "Paper out since 14:07"),
            Key("test.receipt_printer", test),
            Key("device.receipt_printer", s.t("更多", "More")),
        ),
    )
    body = DiagnosticsBody(
        devices=devices,
        outbox=(
            Row(s.t("待送", "Waiting"), "3"),
            Row(s.t("搁置", "Parked"), "0"),
            Row(s.t("最早", "Oldest"), "14:27"),
            Row(s.t("受理中心", "Centre"), s.t("断开 6 分钟", "down 6 min")),
        ),
        versions=(
            Row(s.t("程序", "Program"), "0.1.0"),
            Row(s.t("事项包", "Packages"), "4"),
            Row("Qt", "6.11.3"),
            Row(s.t("磁盘可用", "Disk free"), "41.2 GB"),
        ),
    )
    return s.page(
        "diagnostics",
        ("设备诊断", "Diagnostics"),
        body,
        who=None,
        staff=True,
        rail=(),
        back=s.key("action.exit", "退出", "Leave", icon="exit"),
    )


_SEVEN: tuple[tuple[str, str, str, str, str, str, str, str], ...] = (
    ("id_card", "身份证阅读器", "ID card reader", "fine", "正常 · ok", "Fine · ok", "sam_reader", ""),
    ("code_scanner", "扫码窗口", "Code window", "warning", "警告 · reconnecting", "Warning · reconnecting",
     "camera_scanner", "last error: camera_gone"),
    ("receipt_printer", "回执打印机", "Receipt printer", "fault", "故障 · paper_out", "Fault · paper_out",
     "escpos_printer", "last error: paper_out"),
    ("document_camera", "高拍仪", "Document camera", "fine", "正常 · ok", "Fine · ok", "document_camera",
     "self-test ok · 1920x1080 at 12.4 frames a second, sharp, evenly lit"),
    ("document_printer", "A4 打印机", "A4 printer", "warning", "警告 · toner_low", "Warning · toner_low",
     "ipp_printer", "self-test failed · media-empty-error, marker-supply-low-warning"),
    ("io_board", "柜门与指示灯", "Door and lights", "fine", "正常 · ok", "Fine · ok", "io_board", ""),
    ("ups", "备用电源", "Battery", "fine", "正常 · mains 100 %", "Fine · mains 100 %", "nut_ups", ""),
)  # fmt: skip


def diagnostics_seven(s: Sampler) -> ScreenView:
    """All seven devices, some with a lot to say."""
    test, more = s.t("自检", "Self-test"), s.t("更多", "More")
    devices = tuple(
        DeviceRow(name, s.t(zh, en), s.t(zh_state, en_state), tone, model, detail,  # type: ignore[arg-type]
                  Key(f"test.{name}", test, icon="reload"), Key(f"device.{name}", more, icon="forward"))
        for name, zh, en, tone, zh_state, en_state, model, detail in _SEVEN
    )  # fmt: skip
    whole = diagnostics(s)
    base = whole.body
    assert isinstance(base, DiagnosticsBody)
    versions = (Row(s.t("终端", "Terminal"), "YP0301 · nanan"), Row(s.t("受理中心", "Centre"), s.t("连得上", "up")),
                *base.versions)  # fmt: skip
    keys = (
        s.key("readiness.make", "验收报告", "Readiness report", icon="document"),
        s.key("loop.all", "全部轮流自检", "Test all in turn", icon="reload"),
    )
    done = s.key("action.done", "退出维护", "Leave diagnostics", icon="exit", kind="primary")
    return replace(whole, key="seven", body=replace(base, devices=devices, versions=versions, keys=keys), back=None,
                   primary=done)  # fmt: skip


def _check_keys(s: Sampler, name: str) -> tuple[Key, ...]:
    return (
        s.key(f"check.{name}", "逐步检查", "Guided check", icon="tick"),
        s.key(f"test.{name}", "自检", "Self-test", icon="reload"),
        s.key(f"loop.{name}", "循环自检", "Test in a loop", icon="reload"),
        s.key("trace.start", "看收发的字节", "Watch the bytes", icon="chip"),
    )


def device(s: Sampler) -> ScreenView:
    """One device with its newest records, some of them long."""
    passed, failed = s.t("通过", "passed"), s.t("没有通过", "failed")
    long = "media-empty-error, marker-supply-low-warning, output-area-almost-full"
    rows = (
        Row(s.t("状态", "State"), s.t("警告 · toner_low", "Warning · toner_low")),
        Row(s.t("型号", "Model"), "ipp_printer · Emulated Laser Series 4000 DN"),
        Row(s.t("最近", "Latest"), f"self-test failed · {long}"),
        *(
            Row(f"#{40 - n} {s.t('自检', 'self-test')}", failed if n % 2 else passed,
                hint=f"11-21 14:{32 - n} · {long if n % 2 else 'ok'}")
            for n in range(6)
        ),
    )  # fmt: skip
    return s.page("device", ("A4 打印机", "A4 printer"), CheckBody(None, rows, (), _check_keys(s, "document_printer")),
                  who=None, staff=True, rail=())  # fmt: skip


def trace(s: Sampler) -> ScreenView:
    """The bytes of one device."""
    lines = tuple(f"{12 + n * 0.118:06.3f} {'>' if n % 2 else '<'} {19 + n:4d}  AA AA AA 96 69 00 0A 80 00 00 90 "
                  f"{n:02X} SW 00 00 90" for n in range(16))  # fmt: skip
    notice = Notice("info", s.t("收发的字节", "Bytes sent and received"),
                    s.t("与人有关的内容已遮住。", "What is about people is masked."), "shield")  # fmt: skip
    return s.page("device", ("身份证阅读器", "ID card reader"), CheckBody(notice, (), lines, _check_keys(s, "id_card")),
                  key="trace", who=None, staff=True, rail=())  # fmt: skip


def usage(s: Sampler, *, days: bool = False) -> ScreenView:
    """How the terminal is used."""
    item = s.t("开小餐饮店一件事", "Open a small restaurant")
    pages = (
        s.t("门牌地址怎么写？", "What is the street address?"), s.t("出示证件", "Identity"), s.t("材料", "Papers"),
        s.t("签名", "Signature"), s.t("核对", "Review"), s.t("预约", "Booking"),
    )  # fmt: skip
    bars = tuple(
        Bar(f"{item} · {page}", s.t(f"{30 - 5 * n} 次", f"{30 - 5 * n}"), 1 - n / 6) for n, page in enumerate(pages)
    )
    columns = tuple(Bar(f"10-{n + 1:02d}", str(20 + n % 7), (20 + n % 7) / 26, n % 7 > 4) for n in range(30))
    note = s.t("空心的柱子是休息日", "Hollow columns are days on which offices are closed")
    plots = (
        Plot(s.t("每天来了多少次", "Visits a day"), "days", columns, note)
        if days
        else Plot(s.t("在哪一页走的", "Left on this page"), "bars", bars),
        Plot(s.t("一次就收下的", "Taken at the first time"), "bars", (), s.t("还没有记录", "Nothing yet"))
        if days
        else Plot(s.t("在哪一页求助", "Help pressed on this page"), "bars", bars[:2]),
    )
    counts = (
        Row(s.t("来办的人次", "Visits"), "823"), Row(s.t("其中休息日", "On days off"), "18%"),
        Row(s.t("当场办结", "Finished here"), "52%"), Row(s.t("没办成就走了", "Given up"), "10%"),
    )  # fmt: skip
    back = s.key("action.back", "返回", "Back", icon="back")
    previous = s.key("page.previous", "上一页", "Previous", icon="chevron_up")
    following = s.key("page.following", "下一页", "Next page", icon="chevron_down")
    body = PlotsBody(counts, plots, s.t("第 2 页，共 3 页", "Page 2 of 3"), previous, following)
    return s.page("usage", ("近 30 天的使用情况", "The last 30 days"), body, key=f"usage-{days}", back=back,
                  primary=None, who=None, staff=True, rail=())  # fmt: skip


def out_of_service(s: Sampler) -> ScreenView:
    """Nothing works."""
    body = InfoBody(
        "wrench",
        (s.t("本机正在维修，现在不能办事。", "This terminal is being repaired."),),
        rows=(
            Row(
                s.t("人民路政务服务厅", "Renmin Road Service Hall"),
                s.t("人民路 18 号，走 6 分钟", "18 Renmin Road, 6 minutes"),
                icon="place",
            ),
        ),
    )
    return s.page("out_of_service", ("本机暂停服务", "Out of service"), body, who=None, back=None, rail=())
