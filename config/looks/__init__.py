"""The colours of a place: each file overrides colours of the design tokens by name. Shapes, sizes and type stay."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from kiosk.domain.errors import SettingsError

HERE = Path(__file__).parent
_COLOUR = re.compile(r"#[0-9A-F]{6}")


def look(name: str, folder: Path = HERE) -> Mapping[str, str]:
    """Colour token -> ``#RRGGBB`` of the look of this name. Raises SettingsError with what is wrong."""
    path = folder / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.json")))
        raise SettingsError(f'offer.look: there is no look "{name}"; known: {known}')
    try:
        colours = json.loads(path.read_text("utf-8"))["colour"]
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{path.name}: not a look: needs an object with the key colour") from error
    if not isinstance(colours, dict):
        raise SettingsError(f"{path.name}: colour must be an object of names and #RRGGBB")
    for token, value in colours.items():
        if not isinstance(value, str) or not _COLOUR.fullmatch(value):
            raise SettingsError(f"{path.name}: {token} must be #RRGGBB in capitals")
    return dict(colours)
