"""The readiness report and the trial prints, read back by decoders of their own."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import numpy
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from kiosk.diagnostics.readiness import readiness
from kiosk.domain.devices import DeviceStatus, Health, Supply
from kiosk.domain.diagnostics import CheckOutcome, CheckRecord, CheckResult, Machine
from printing import FontStack, to_paper, to_png, to_text
from printing.readiness import lay_out_readiness, readiness_to_pdf
from printing.trial import lay_out_trial_slip, trial_page_pdf

NOW = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def fonts() -> FontStack:
    return FontStack.discover()


def report(devices: int = 1) -> object:
    machine = Machine("YP0001", "nanan", (("kiosk", "1"),), False, 3, 1, 7200, 9_000_000_000, True)
    names = ("id_card", "code_scanner", "receipt_printer", "ups")[:devices]
    fitted = [DeviceStatus(n, "driver", "m", Health.ONLINE, Supply.UNKNOWN, "ok", None, NOW) for n in names]
    records = [
        CheckRecord(i, NOW, CheckResult("id_card", f"check_{i}", CheckOutcome.PASSED, "ok")) for i in range(1, 80)
    ]
    return readiness(NOW, machine, fitted, records)


def test_the_slip_says_verdict_reasons_devices_and_records(fonts: FontStack) -> None:
    text = to_text(lay_out_readiness(report(2), fonts), 48)  # type: ignore[arg-type]
    for words in ("可以服务，有缺口", "Can serve, with gaps", "not_reachable", "parked 1", "never_tested", "#79"):
        assert words in text
    assert all(len(line.encode("gb18030")) <= 48 for line in text.splitlines())


def test_the_sheet_holds_the_same_over_as_many_pages_as_it_needs(fonts: FontStack) -> None:
    document = pypdfium2.PdfDocument(readiness_to_pdf(report(4), fonts))  # type: ignore[arg-type]
    assert len(document) > 1
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    for words in ("可以服务，有缺口", "check_1", "check_79", "身份证阅读器", "Case centre"):
        assert words in text
    assert readiness_to_pdf(report(4), fonts) == readiness_to_pdf(report(4), fonts)  # type: ignore[arg-type]


@pytest.mark.parametrize("width_px", [384, 576])
def test_the_code_on_the_trial_slip_can_be_scanned(fonts: FontStack, width_px: int) -> None:
    paper = to_paper(lay_out_trial_slip("YP0001", NOW, fonts), width_px)  # type: ignore[arg-type]
    picture = Image.open(io.BytesIO(to_png(paper))).convert("L")
    assert [code.text for code in zxingcpp.read_barcodes(numpy.asarray(picture))] == ["https://example.invalid/test"]


def test_the_trial_page_is_one_a4_page(fonts: FontStack) -> None:
    document = pypdfium2.PdfDocument(trial_page_pdf("YP0001", NOW, fonts))
    assert [tuple(round(side) for side in page.get_size()) for page in document] == [(595, 842)]
