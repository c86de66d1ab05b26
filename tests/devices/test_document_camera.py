"""The document camera against an emulated one: a real child process, real motion JPEG over HTTP, pages on a desk."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from PIL import Image

from kiosk.domain.captured_document import MAX_CAPTURED_BYTES
from kiosk.domain.devices import (
    CaptureAdvice,
    CaptureFailed,
    CaptureStage,
    CaptureUpdate,
    DocumentCaptured,
    Health,
    Scale,
)
from tests.devices.rig import Rig, wait_until

NAME = "document_camera"
CAMERA: tuple[str, str, dict[str, str | int]] = (NAME, "uvc-document-camera", {})
LETTER = "\n".join(f"Tenancy agreement, invented for a test, line {k:02} of twenty-four." for k in range(24))


def _light(rig: Rig) -> bool:
    return bool(rig.do(NAME, "state")["state"]["light"])


def _advised(rig: Rig, advice: CaptureAdvice) -> CaptureUpdate:
    return rig.events.wait(CaptureUpdate, lambda update: update.advice is advice)


def test_a_page_laid_down_is_taken_straight_and_the_light_goes_out(tmp_path: Path) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.hub.capture_document("s1")
        _advised(rig, CaptureAdvice.NO_PAGE)
        rig.do(NAME, "place", text=LETTER, angle=4, perspective=0.3)
        taken = rig.events.wait(DocumentCaptured)
        assert taken.session == "s1"
        document = taken.document
        assert (document.media_type, document.pages) == ("image/jpeg", 1)
        assert len(document.data) <= MAX_CAPTURED_BYTES
        with Image.open(io.BytesIO(document.data)) as picture:
            assert picture.size == (document.width_px, document.height_px)
            assert not picture.getexif()
            assert picture.size[1] / picture.size[0] == pytest.approx(297 / 210, rel=0.03)
            rim = picture.convert("L").crop((4, 4, picture.size[0] - 4, 12))
            assert rim.getextrema()[0] > 150, "desk on the page"
        stages = [event.stage for event in rig.events.events if isinstance(event, CaptureUpdate)]
        wanted = [CaptureStage.LOOKING, CaptureStage.STEADY, CaptureStage.TAKING, CaptureStage.STRAIGHTENING]
        assert list(dict.fromkeys(stages)) == wanted
        wait_until(lambda: not _light(rig))


@pytest.mark.parametrize(
    ("how", "advice"),
    [
        ({"cut_off": True}, CaptureAdvice.CUT_OFF),
        ({"glare": True}, CaptureAdvice.GLARE),
        ({"blur": 6}, CaptureAdvice.BLURRED),
        ({"moving": True}, CaptureAdvice.MOVING),
    ],
)
def test_a_page_that_cannot_be_taken_is_told_why_and_is_taken_once_that_is_put_right(
    tmp_path: Path, how: dict[str, object], advice: CaptureAdvice
) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.do(NAME, "place", text=LETTER, **how)
        rig.hub.capture_document("s1")
        update = _advised(rig, advice)
        assert update.stage is CaptureStage.LOOKING
        with Image.open(io.BytesIO(update.preview)) as preview:
            assert preview.size[0] <= 480
        assert rig.events.count(DocumentCaptured) == 0
        rig.do(NAME, "place", text=LETTER)
        assert rig.events.wait(DocumentCaptured).session == "s1"


def test_a_page_no_longer_wanted_is_not_taken_and_the_light_goes_out(tmp_path: Path) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.hub.capture_document("s1")
        _advised(rig, CaptureAdvice.NO_PAGE)
        rig.hub.cancel_capture()
        wait_until(lambda: not _light(rig))
        rig.do(NAME, "place", text=LETTER)
        assert rig.events.count(DocumentCaptured) == 0


def test_pictures_for_the_screen_are_small_and_few(tmp_path: Path) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.hub.capture_document("s1")
        began = time.monotonic()
        for _ in range(6):
            assert len(_advised(rig, CaptureAdvice.NO_PAGE).preview) < 60_000
        assert time.monotonic() - began >= 5 * 0.2 - 0.05


@pytest.mark.usefixtures("caplog")
def test_a_camera_pulled_out_in_mid_page_is_told_once_and_takes_the_page_when_it_is_back(tmp_path: Path) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.hub.capture_document("s1")
        _advised(rig, CaptureAdvice.NO_PAGE)
        rig.do(NAME, "unplug")
        failed = rig.events.wait(CaptureFailed)
        assert (failed.session, failed.detail) == ("s1", "port_missing")
        rig.do(NAME, "plug")
        rig.do(NAME, "place", text=LETTER)
        assert rig.events.wait(DocumentCaptured).session == "s1"
        assert rig.events.count(CaptureFailed) == 1


@pytest.mark.usefixtures("caplog")
def test_a_camera_whose_picture_stands_still_fails_its_self_test_and_is_out(tmp_path: Path) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.do(NAME, "freeze")
        report = rig.hub.self_test(NAME)
        assert (report.ok, report.detail) == (False, "frozen")
        frozen = rig.events.wait_status(NAME, "frozen")
        assert (frozen.health, frozen.scale) == (Health.HARDWARE_ERROR, Scale.FAULT)


def test_a_covered_lens_is_a_warning_and_the_resident_hears_that_it_is_too_dark(tmp_path: Path) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        rig.do(NAME, "dark")
        report = rig.hub.self_test(NAME)
        assert (report.ok, report.detail.split(":")[0]) == (False, "dark")
        rig.hub.capture_document("s1")
        _advised(rig, CaptureAdvice.TOO_DARK)
        rig.events.wait_status(NAME, "dark")


def test_it_names_its_model_and_its_self_test_tells_size_rate_and_brightness(tmp_path: Path) -> None:
    with Rig(tmp_path, CAMERA) as rig:
        report = rig.hub.self_test(NAME)
        assert report.ok, report
        assert report.detail.startswith("1920x1440, ")
        assert "pictures/s, brightness" in report.detail


def test_nothing_of_a_page_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"), Rig(tmp_path, CAMERA) as rig:
        rig.do(NAME, "place", text=LETTER)
        rig.hub.capture_document("s1")
        rig.events.wait(DocumentCaptured)
    assert "Tenancy" not in caplog.text
    assert not list(tmp_path.rglob("*.jp*g"))
