"""The receipts that are kept as text. `python -m tests.printing.golden`, from the root, writes them anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kiosk.domain.receipt import Receipt, ReceiptKind
from printing import FontStack, lay_out, to_text
from tests.printing.receipts import bundle, receipt

FOLDER = Path(__file__).with_name("golden")
KINDS: tuple[ReceiptKind, ...] = ("received", "accepted", "decided", "ticket", "checklist", "query", "carry_on")
LANGUAGES = ("zh-Hans", "en")
COLUMNS = {58: 32, 80: 48}


def cases() -> Iterator[tuple[str, Receipt, int]]:
    """Name, receipt and columns of each kept text."""
    for language in LANGUAGES:
        for width_mm, width in COLUMNS.items():
            for kind in KINDS:
                yield f"{kind}-{language}-{width_mm}", receipt(kind, language), width
            yield f"bundle-{language}-{width_mm}", bundle(language), width


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    fonts = FontStack.discover()
    for name, value, width in cases():
        (FOLDER / f"{name}.txt").write_text(to_text(lay_out(value, fonts), width), encoding="utf-8")


if __name__ == "__main__":
    main()
