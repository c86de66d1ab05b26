"""What can be done at this terminal right now, and in which words it is refused."""

from __future__ import annotations

from kiosk.domain.devices import CODE_SCANNER, ID_CARD, RECEIPT_PRINTER
from kiosk.domain.session import Method
from kiosk.flow.parts import text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import Key, Notice
from kiosk.forms import ServicePackage

DEVICE_OF_METHOD: dict[str, str] = {"id_card": ID_CARD, "citizen_qr": CODE_SCANNER}


def methods(state: FlowState, package: ServicePackage) -> tuple[Method, ...]:
    """The ways of identifying that the item allows and that work now, in the item's order."""
    ways: tuple[Method, ...] = ("id_card", "citizen_qr")
    return tuple(
        way for name in package.identify for way in ways if way == name and state.world.usable(DEVICE_OF_METHOD[way])
    )


def obstacle(state: FlowState, package: ServicePackage) -> str | None:
    """Why this item cannot be done here now, as a sentence; None when it can."""
    if not state.world.intake_open:
        return text(state, "offer.intake_closed")
    if not package.guide.can_finish_here:
        return word(state, package.guide.elsewhere)
    if package.identify and not methods(state, package):
        return text(state, "offer.no_reader" if "id_card" in package.identify else "offer.no_scanner")
    return None


def item_key(state: FlowState, package: ServicePackage) -> Key:
    """The card of one item in a list; an item that cannot be done here says so before it is touched."""
    tag = text(state, "offer.not_here") if obstacle(state, package) else None
    return Key(
        f"item.{package.id}", word(state, package.title), icon=package.icon, hint=word(state, package.short), tag=tag
    )


def machine_notice(state: FlowState) -> Notice | None:
    """The one thing about this machine that a resident should know before starting."""
    place = word(state, state.world.place.staffed)
    if not state.world.intake_open:
        return Notice(
            "caution", text(state, "offer.intake_closed"), text(state, "offer.staffed", place=place), "storage"
        )
    if not state.world.packages:
        return Notice("caution", text(state, "offer.no_items"), text(state, "offer.staffed", place=place), "no_network")
    card, scanner = state.world.usable(ID_CARD), state.world.usable(CODE_SCANNER)
    if not card:
        follow = text(state, "offer.use_code") if scanner else text(state, "offer.staffed", place=place)
        return Notice("caution", text(state, "offer.reader_down"), follow, "id_card")
    if not state.world.usable(RECEIPT_PRINTER):
        return Notice("caution", text(state, "offer.printer_down"), text(state, "offer.receipt_on_screen"), "printer")
    return None
