from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.domain.errors import PaperError
from printing import FontStack
from printing.fonts import HAN_BLOCKS, FontFace, FontsMissing


def test_the_stack_covers_every_han_block_up_to_extension_f(fonts: FontStack) -> None:
    assert {block: total - covered for block, (covered, total) in fonts.coverage().items()} == dict.fromkeys(
        HAN_BLOCKS, 0
    )


def test_ascii_on_the_grid_comes_from_a_face_of_half_width(fonts: FontStack) -> None:
    face = fonts.face_for("A", grid=True)
    assert face is not None
    assert face.mono
    text_face = fonts.face_for("A")
    assert text_face is not None
    assert not text_face.mono


def test_private_use_and_unpaired_surrogates_are_missing_whatever_a_font_says(fonts: FontStack) -> None:
    assert fonts.missing("林\ue000\U000f0000\ud800 \t") == {"\ue000", "\U000f0000", "\ud800"}


def test_no_font_at_all_is_an_error_that_names_the_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FontsMissing, match="fonts-wqy-zenhei") as raised:
        FontStack.discover([str(tmp_path)])
    assert isinstance(raised.value, PaperError)


def test_a_broken_font_file_covers_nothing_and_is_named_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "HanaMinB.ttf"
    broken.write_bytes(b"\x00\x01\x00\x00 not a font")

    assert not FontFace("broken", str(broken)).covers("林")
    assert "HanaMinB.ttf cannot be read" in caplog.text
