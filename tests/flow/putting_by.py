"""Somebody puts work by, takes it up again, or goes on after a crash."""

from __future__ import annotations

import dataclasses

from kiosk.domain.devices import CardRead, CodeScanned, PrintOutcome, PrintUpdate
from kiosk.domain.parked import KEPT, CarryOn, Claimed, Parked
from kiosk.domain.session import Draft
from kiosk.flow.comeback import resume
from kiosk.flow.effects import ParkWork
from kiosk.flow.events import CatalogueLoaded, ParkingKnown, ReceiptReady, VisitFound, WorkParked, WorkTaken
from kiosk.flow.laying_aside import of_visit
from kiosk.services.draft import from_bytes, to_bytes
from tests.flow.coming_back import take_up
from tests.flow.world import CARD, NOON, PACKAGES, Visit, whole

CARRY_ON = CarryOn("7K2M9XQ4HT0C7K2M", bytes(range(16)))
CLAIMED = Claimed(CARRY_ON.parked_id, "token")
ITEM = "residence-permit-renewal"


def at_the_form() -> Visit:
    """The first page of the form, on a terminal that can park."""
    return Visit(whole(parking=True)).to_form()


def asked(visit: Visit | None = None) -> Visit:
    """Leaving, and saving instead."""
    return (visit or at_the_form()).touch("action.exit", "action.park")


def put_by(visit: Visit) -> Visit:
    """The store has it."""
    effect = visit.effect(ParkWork)
    assert isinstance(effect, ParkWork)
    package = effect.draft.session.package
    assert package is not None
    parked = Parked(CARRY_ON, package.id, package.version, package.sha256, package.title, NOON + KEPT)
    return visit.feed(WorkParked(visit.session, parked))


def carry_on() -> Visit:
    return put_by(asked())


def slip(*outcomes: PrintOutcome) -> Visit:
    visit = carry_on()
    visit.feed(ReceiptReady(visit.session, "s1", ("line",), slip=True))
    return visit.feed(*(PrintUpdate("s1", outcome) for outcome in outcomes))


def read_back(draft: Draft) -> Draft:
    """As it comes back from bytes, with its package."""
    again = from_bytes(to_bytes(draft))
    package = draft.session.package
    return dataclasses.replace(again, session=dataclasses.replace(again.session, package=package))


def scanned() -> Visit:
    """The slip is shown at another terminal, and who it is is asked."""
    visit = take_up()
    visit.feed(ParkingKnown(True))
    return visit.feed(CodeScanned(visit.session, CARRY_ON.code.encode()))


def taken_up(draft: Draft, visit: Visit | None = None) -> Visit:
    """The owner's card, and the centre gives the work back."""
    visit = visit or scanned()
    visit.feed(CardRead(visit.session, CARD))
    return visit.feed(WorkTaken(visit.session, read_back(draft), CLAIMED))


def started_again(left_s: float = 55.0) -> Visit:
    """The terminal starts, and the launcher still has the key of a visit."""
    return Visit(resume.began(whole(parking=True), "0000", left_s)).feed(CatalogueLoaded(PACKAGES))


def interrupted(visit: Visit | None = None, left_s: float = 55.0) -> Visit:
    """A crash on the page where this visit stands; the terminal has found it again."""
    draft = read_back(of_visit((visit or at_the_form()).state))
    again = started_again(left_s)
    return again.feed(VisitFound(again.session, draft))
