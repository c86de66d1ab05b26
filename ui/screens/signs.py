"""Which icon a key has, by what it does."""

from __future__ import annotations

from typing import Final

from kiosk.flow.view import Key
from ui.kit.icons import known_icon

_NAME_ICONS: Final = {
    "action.help": "bell",
    "action.language": "globe",
    "action.exit": "exit",
    "action.home": "house",
    "action.back": "back",
    "action.reprint": "printer",
    "action.skip": "cross",
    "action.search": "search",
    "action.retry": "reload",
    "action.leave": "exit",
    "method.id_card": "id_card",
    "method.citizen_qr": "qr",
    "page.previous": "chevron_up",
    "page.following": "chevron_down",
}
_RIGHT_ICONS: Final = frozenset({"forward", "next", "tick", "check", "reload", "refresh", "arrow_down", "down"})


def sign_of(view: Key, otherwise: str | None = None) -> str | None:
    """The icon its view asks for, else ``otherwise``, else that of its name."""
    return known_icon(view.icon, otherwise or _NAME_ICONS.get(view.name))


def leads_on(icon_name: str | None) -> bool:
    """True for icons that show a direction: they stand right of the label."""
    return icon_name in _RIGHT_ICONS
