"""docs/design-system.md says what the tokens say."""

from __future__ import annotations

import re
from pathlib import Path

from kiosk.app.design_page import FOLDER, PAGE, TABLES, filled

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_tables_of_the_page_are_those_of_the_tokens() -> None:
    page = (DOCS / PAGE).read_text(encoding="utf-8")

    assert filled(page) == page, "./run gallery --docs writes them anew"
    assert all(f"<!-- table: {name} -->" in page for name in TABLES)


def test_every_picture_of_the_page_is_there_and_small() -> None:
    page = (DOCS / PAGE).read_text(encoding="utf-8")
    named = {DOCS / name for name in re.findall(r"\]\((img/[^)]+)\)", page)}

    assert set((DOCS / FOLDER).glob("*.png")) <= named
    assert [str(file) for file in named if not file.is_file() or file.stat().st_size > 64_000] == []
