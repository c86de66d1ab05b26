"""Lamp and input boards: the light beside one part must burn, and no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.conformance.kind import Kind
from kiosk.domain.devices import CODE_SCANNER, IO_BOARD


def _lit(state: Mapping[str, Any]) -> bool:
    lamps: list[str] = state.get("lamps", [])
    return lamps == [CODE_SCANNER]


KIND = Kind(
    device=IO_BOARD,
    title="lights the lamp beside one part",
    order=lambda hub, _tag, _options: hub.guide_to(CODE_SCANNER),
    withdraw=lambda hub: hub.guide_to(None),
    judge=lambda _event, _known: None,
    seen=_lit,
)
