"""Finding, judging, straightening and encoding pages, on invented pictures whose truth is known."""

from __future__ import annotations

import io
import subprocess
import sys

import cv2
import numpy as np
import pypdfium2
import pytest
from PIL import Image

from bench.page_pictures import Scene, bad, draw_paper, good, scenes
from bench.pages import corners_off, measure
from devices.vision.encode import LEAST_DPI, TooLarge, one_page, several_pages
from devices.vision.pages import find_page
from devices.vision.quality import glare_share, judge
from devices.vision.straighten import row_angle, straighten
from kiosk.domain.captured_document import MAX_CAPTURED_BYTES
from kiosk.domain.devices import CaptureAdvice

SEED = 7


@pytest.mark.slow
def test_of_a_seeded_set_papers_are_found_and_bad_pictures_get_their_word() -> None:
    tally = measure(scenes(20, SEED))
    assert tally.found >= 0.95, tally.off
    assert tally.right >= 0.9, tally.said
    assert tally.wrongly_taken <= 0.05, tally.said


def _sheet(kind: str = "letter") -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return draw_paper(np.random.default_rng(3), kind)[0]


def _on_a_dark_desk(seed: int, fault: CaptureAdvice | None, paper: str) -> Scene:
    drawn = good(seed) if fault is None else bad(seed, fault)
    assert (drawn.paper, drawn.desk) == (paper, "dark"), "the pictures are drawn otherwise now: find another seed"
    return drawn


def test_a_page_is_cut_to_its_edges_in_its_own_proportions() -> None:
    scene = _on_a_dark_desk(1044, None, "table")
    page = find_page(scene.picture)
    assert page is not None
    assert scene.corners is not None
    assert corners_off(page.corners, scene.corners) < 0.01
    flat, dpi = straighten(scene.picture, page.corners, 200)
    long, short = max(flat.shape[:2]), min(flat.shape[:2])
    assert long / short == pytest.approx(297 / 210, rel=0.02)
    assert long == pytest.approx(dpi * 297 / 25.4, rel=0.02)
    rim = np.concatenate((flat[2].ravel(), flat[-3].ravel(), flat[:, 2].ravel(), flat[:, -3].ravel()))
    assert np.percentile(rim, 2) > 120, "desk on the page"


def test_an_empty_desk_shows_no_page_and_a_black_picture_is_too_dark() -> None:
    desk = np.full((960, 1280, 3), 90, np.uint8)
    assert judge(desk).advice is CaptureAdvice.NO_PAGE
    assert judge(np.zeros_like(desk)).advice is CaptureAdvice.TOO_DARK


@pytest.mark.parametrize("fault", [CaptureAdvice.BLURRED, CaptureAdvice.GLARE, CaptureAdvice.TOO_DARK])
def test_a_spoilt_picture_is_told_by_its_fault(fault: CaptureAdvice) -> None:
    assert judge(_on_a_dark_desk(1007, fault, "letter").picture).advice is fault


def test_white_paper_in_full_light_is_no_glare_and_a_lamp_on_it_is() -> None:
    paper = np.full((600, 424, 3), 236, np.uint8)
    assert glare_share(paper) == 0
    assert glare_share(np.full_like(paper, 255)) == 0
    cv2.circle(paper, (200, 300), 40, (255, 255, 255), -1)
    assert glare_share(paper) > 0.01


@pytest.mark.parametrize("turn", [-2.0, -0.7, 0.0, 1.3])
def test_rows_printed_askew_are_turned_level(turn: float) -> None:
    sheet = _sheet()
    height, width = sheet.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -turn, 1.0)
    askew = cv2.warpAffine(sheet, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    assert row_angle(askew.astype(np.uint8)) == pytest.approx(turn, abs=0.25)


def test_a_page_without_rows_is_left_as_it_is() -> None:
    assert row_angle(np.full((900, 640, 3), 230, np.uint8)) == 0


def test_a_page_under_the_cap_is_a_jpeg_of_pixels_and_nothing_else() -> None:
    data, width, height = one_page(_sheet(), 127.0, MAX_CAPTURED_BYTES)
    assert len(data) <= MAX_CAPTURED_BYTES
    assert b"Exif" not in data
    assert b"http" not in data
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (width, height))
        assert not picture.getexif()


def test_a_noisy_page_loses_quality_then_size_and_is_refused_before_it_is_illegible() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1600, 1130, 3), dtype=np.uint8)
    data, width, _ = one_page(noise, 200.0, 800_000)
    assert len(data) <= 800_000
    assert width >= 1130 * LEAST_DPI / 200 - 1
    with pytest.raises(TooLarge):
        one_page(noise, 130.0, 100_000)


def test_a_page_kept_in_grey_has_no_colour() -> None:
    data, _, _ = one_page(_sheet("certificate"), 127.0, MAX_CAPTURED_BYTES, colour=False)
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.mode == "L"


def test_several_pages_make_one_pdf_under_the_cap_without_time_or_maker() -> None:
    pages = [(_sheet("letter"), 127.0), (_sheet("table"), 127.0), (_sheet("a5"), 127.0)]
    data, width, height = several_pages(pages, MAX_CAPTURED_BYTES)
    assert len(data) <= MAX_CAPTURED_BYTES
    assert (width, height) == (1050, 1485)
    assert b"CreationDate" not in data
    assert b"/Producer" not in data
    document = pypdfium2.PdfDocument(data)
    assert len(document) == 3
    assert document[0].get_width() == pytest.approx(210 / 25.4 * 72, rel=0.01)
    document.close()


def test_the_terminals_own_process_never_loads_opencv_for_the_camera() -> None:
    asked = "import sys, devices.drivers.document_camera; sys.exit('cv2' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
