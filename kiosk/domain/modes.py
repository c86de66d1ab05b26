"""How a page is shown and used by people who see, reach or touch otherwise. All of them go together."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Modes:
    """``elder``: larger type, one thing a page, simpler words, longer times. ``contrast``: few strong colours (7:1).
    ``low_reach``: everything that is pressed lies in the lower band of the panel (EN 301 549, 8.3). ``keypad``: up,
    down, select and back do everything, and what they are on is always seen. ``speech``: the page is read out.
    """

    elder: bool = False
    contrast: bool = False
    low_reach: bool = False
    keypad: bool = False
    speech: bool = False

    def toggled(self, name: str) -> Modes:
        """The same with one of :data:`MODE_NAMES` turned round; raises ``ValueError`` for another name."""
        if name not in MODE_NAMES:
            raise ValueError(f"no mode {name!r}")
        return replace(self, **{name: not getattr(self, name)})

    def on(self) -> tuple[str, ...]:
        """The names of those that are on."""
        return tuple(name for name in MODE_NAMES if getattr(self, name))


MODE_NAMES: Final = tuple(field.name for field in fields(Modes))
PLAIN: Final = Modes()
