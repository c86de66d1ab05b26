"""The desks behind the counter: each takes one kind of work off the main thread and answers with events."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.ports.sound import Silence, Sounds
from kiosk.ports.speech import Mute
from kiosk.services.diagnostic_desk import DiagnosticDesk
from kiosk.services.document_desk import DocumentDesk
from kiosk.services.enquiry_desk import EnquiryDesk
from kiosk.services.identity_desk import IdentityDesk
from kiosk.services.intake_desk import IntakeDesk
from kiosk.services.narrator import Narrator
from kiosk.services.open_visit import OpenVisit
from kiosk.services.parking_desk import ParkingDesk
from kiosk.services.receipt_desk import ReceiptDesk
from kiosk.services.staff_desk import StaffDesk
from kiosk.services.usage import UsageDesk


@dataclass(frozen=True, slots=True)
class Desks:
    """All of them."""

    intake: IntakeDesk
    identity: IdentityDesk
    enquiries: EnquiryDesk
    parking: ParkingDesk
    visit: OpenVisit
    receipts: ReceiptDesk
    documents: DocumentDesk
    staff: StaffDesk
    diagnostics: DiagnosticDesk
    usage: UsageDesk
    sounds: Sounds = field(default_factory=Silence)
    narrator: Narrator = field(default_factory=lambda: Narrator(Mute()))
