"""The design tokens: numbers and colours by name, read once from ``tokens.json`` beside this file. Knows no toolkit.

Sizes of what a finger meets are millimetres; the rest is design pixels of the reference panel.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

REFERENCE_PX_PER_MM: Final = 4.034
"""Pixels to a millimetre of the reference panel (21.5 inch, 1080 x 1920)."""

TOKENS: Final[Mapping[str, Any]] = json.loads(Path(__file__).with_name("tokens.json").read_text(encoding="utf-8"))


def _numbers(table: str, unit: str) -> dict[str, int]:
    return {name: int(token[unit]) for name, token in TOKENS[table].items()}


TARGET_PX: Final[Mapping[str, int]] = {
    name: round(token["mm"] * REFERENCE_PX_PER_MM) for name, token in TOKENS["target_mm"].items()
}
"""Sizes of what is pressed in design pixels, worked out from their millimetres."""
SPACE_PX: Final[Mapping[str, int]] = _numbers("space_px", "px")
RADIUS_PX: Final[Mapping[str, int]] = _numbers("radius_px", "px")
EDGE_PX: Final[Mapping[str, int]] = _numbers("edge_px", "px")
DURATION_MS: Final[Mapping[str, int]] = _numbers("duration_ms", "ms")
