"""What can be done at this terminal right now, and in which words it is refused.

What an item needs is matched against what works now, before anybody starts: without any way to identify, it cannot be
done here; without the receipt printer, the A4 printer or the document camera it can, and the page says what is
different. Where something is missing another place that has it is named.
"""

from __future__ import annotations

from kiosk.domain.devices import CODE_SCANNER, DOCUMENT_CAMERA, DOCUMENT_PRINTER, ID_CARD, RECEIPT_PRINTER
from kiosk.domain.session import Method
from kiosk.flow.parts import text, word
from kiosk.flow.state import FlowState
from kiosk.flow.view import Key, Notice, Row
from kiosk.flow.where import other_line, ways_on
from kiosk.forms import ServicePackage

METHODS: tuple[Method, ...] = ("id_card", "citizen_qr", "passport")
DEVICE_OF_METHOD: dict[Method, str] = {"id_card": ID_CARD, "citizen_qr": CODE_SCANNER, "passport": CODE_SCANNER}


def allowed(package: ServicePackage) -> tuple[Method, ...]:
    """The ways of identifying that the item takes, in its order."""
    return tuple(way for name in package.identify for way in METHODS if way == name)


def working(state: FlowState, ways: tuple[Method, ...]) -> tuple[Method, ...]:
    """Those of these ways that work now."""
    return tuple(way for way in ways if state.world.usable(DEVICE_OF_METHOD[way]))


def methods(state: FlowState, package: ServicePackage) -> tuple[Method, ...]:
    """The ways of the item that work now."""
    return working(state, allowed(package))


def identity_parts(package: ServicePackage) -> tuple[frozenset[str], ...]:
    """The sets of devices of which one must work so that somebody can say who they are."""
    return tuple(frozenset({DEVICE_OF_METHOD[way]}) for way in allowed(package)) or (frozenset(),)


def with_part(package: ServicePackage, part: str) -> tuple[frozenset[str], ...]:
    """The same together with one more part."""
    return tuple(needed | {part} for needed in identity_parts(package))


def obstacle(state: FlowState, package: ServicePackage) -> str | None:
    """Why this item cannot be done here now, as a sentence; None when it can."""
    if not state.world.intake_open:
        return text(state, "offer.intake_closed")
    if not package.guide.can_finish_here:
        return word(state, package.guide.elsewhere)
    if package.identify and not methods(state, package):
        return _no_way(state, package)
    return None


def _no_way(state: FlowState, package: ServicePackage) -> str:
    """Nobody can say who they are: which parts are out."""
    needed = {DEVICE_OF_METHOD[way] for way in allowed(package)}
    if needed == {ID_CARD, CODE_SCANNER}:
        return text(state, "offer.no_reader_no_scanner")
    return text(state, "offer.no_reader" if ID_CARD in needed else "offer.no_scanner")


def ways_on_for(state: FlowState, package: ServicePackage) -> tuple[Row, ...]:
    """Where the item can be done when it cannot be done here."""
    return ways_on(state, identity_parts(package))


def takes_pictures(package: ServicePackage) -> bool:
    """Whether a paper of the item may be photographed."""
    return any("capture" in material.ways for material in package.materials)


def gives_sheet(package: ServicePackage) -> bool:
    """Whether a certificate may come out, on A4 where there is such a printer."""
    return package.kind == "certificate"


def _lost(state: FlowState, device: str) -> bool:
    """Fitted here, and not working now. A part this terminal never had is nothing to report."""
    return state.world.fitted(device) and not state.world.usable(device)


def caution(state: FlowState, package: ServicePackage) -> Notice | None:
    """What is different today although the item can be done here: the first thing that matters to this item."""
    ways, first = methods(state, package), allowed(package)[:1]
    if ways and first and first[0] not in ways:
        others = text(state, "answer.comma").join(text(state, f"method.{way}") for way in ways)
        return Notice(
            "caution",
            text(state, f"identify.{first[0]}_down"),
            text(state, "offer.use_instead", ways=others),
            "id_card",
        )
    if gives_sheet(package) and _lost(state, DOCUMENT_PRINTER):
        return _different(state, package, "a4", DOCUMENT_PRINTER)
    if takes_pictures(package) and _lost(state, DOCUMENT_CAMERA):
        return _different(state, package, "camera", DOCUMENT_CAMERA)
    if not state.world.usable(RECEIPT_PRINTER):
        return _different(state, package, "printer", RECEIPT_PRINTER)
    return None


def _different(state: FlowState, package: ServicePackage, name: str, device: str) -> Notice:
    lines = (text(state, f"offer.{name}_instead"), other_line(state, with_part(package, device)))
    icon = "camera" if name == "camera" else "printer"
    return Notice("caution", text(state, f"offer.{name}_down"), _joined(lines), icon)


def _joined(lines: tuple[str | None, ...]) -> str:
    return " ".join(line for line in lines if line)


def item_key(state: FlowState, package: ServicePackage) -> Key:
    """The card of one item in a list: what cannot be done here, or is different today, is said before it is touched."""
    tag, hint = None, word(state, package.short)
    why = obstacle(state, package)
    ways, first = methods(state, package), allowed(package)[:1]
    if why is not None:
        tag, hint = text(state, "offer.not_here"), why
    elif ways and first and first[0] not in ways:
        tag = text(state, f"offer.tag_{ways[0]}")
    elif gives_sheet(package) and _lost(state, DOCUMENT_PRINTER):
        tag = text(state, "offer.tag_no_a4")
    elif takes_pictures(package) and _lost(state, DOCUMENT_CAMERA):
        tag = text(state, "offer.tag_no_camera")
    return Key(f"item.{package.id}", word(state, package.title), icon=package.icon, hint=hint, tag=tag)


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
        other = other_line(state, (frozenset({ID_CARD}),))
        follow = text(state, "offer.use_code") if scanner else other or text(state, "offer.staffed", place=place)
        return Notice("caution", text(state, "offer.reader_down"), follow, "id_card")
    if not state.world.usable(RECEIPT_PRINTER):
        lines = (
            text(state, "offer.receipt_on_screen"),
            other_line(state, (frozenset({RECEIPT_PRINTER}),)),
        )
        return Notice("caution", text(state, "offer.printer_down"), _joined(lines), "printer")
    return None


def lost_before_identity(state: FlowState) -> Notice | None:
    """On the way to the identity page: nobody could say there who they are any more. Where to go instead."""
    package, session = state.package, state.session
    if package is None or session is None or session.subject is not None or not package.identify:
        return None
    if methods(state, package):
        return None
    other = other_line(state, identity_parts(package))
    place = text(state, "offer.staffed", place=word(state, state.world.place.staffed))
    return Notice("caution", _no_way(state, package), other or place, "id_card")
