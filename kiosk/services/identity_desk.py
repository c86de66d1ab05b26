"""Who somebody is, and which e-licences they have: codes checked here, the centre asked where it can be reached."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from datetime import date, datetime
from typing import Literal

from kiosk.domain.case import new_trace_id
from kiosk.domain.errors import KioskError
from kiosk.domain.open_work import OpenWork, read_code
from kiosk.domain.session import IntakeSession, Subject
from kiosk.domain.time import local
from kiosk.flow.events import (
    CodeAccepted,
    CodeRejected,
    FlowEvent,
    LicencesFound,
    LicencesUnavailable,
    RecordFound,
    RecordUnavailable,
    WorkFound,
    WorkRefused,
)
from kiosk.forms import Licence
from kiosk.ports import central as centre
from kiosk.ports.central import CaseApi, CitizenKey, IdentitySession, LicenceFound, Rejected
from kiosk.ports.clock import Clock
from kiosk.ports.storage import KV_CITIZEN_KEYS, CaseStore
from kiosk.services.citizen_code import CitizenClaim, check

log = logging.getLogger("kiosk.services")
LICENCE_WAIT_S = 2.0
RECORD_WAIT_S = 4.0
CODE_WAIT_S = 4.0
STORE_WAIT_S = 2.0
CONFLICT = 409
WORK_WAIT_S = 6.0
WORK_REFUSALS = {
    "urn:kiosk:problem:work-unknown": "unknown",
    "urn:kiosk:problem:work-not-yours": "not_yours",
    "urn:kiosk:problem:work-done": "done",
    "urn:kiosk:problem:work-expired": "expired",
    "urn:kiosk:problem:work-locked": "locked",
}


class IdentityDesk:
    """Holds the centre's session for the resident who is here, and nothing once :meth:`forget` was called."""

    def __init__(
        self,
        store: CaseStore,
        api: CaseApi,
        executor: Executor,
        clock: Clock,
        publish: Callable[[FlowEvent], None],
    ) -> None:
        self._store = store
        self._api = api
        self._executor = executor
        self._clock = clock
        self._publish = publish
        self._guard = threading.Lock()
        self._here: str | None = None
        self._opened: tuple[str, str, IdentitySession] | None = None
        """Whose session, for which item: the centre opens it for one item alone."""

    def forget(self) -> None:
        """The resident has left; what is still being asked for them is not kept when it comes."""
        with self._guard:
            self._here = self._opened = None

    def _keep(self, session: str, item_id: str, opened: IdentitySession) -> None:
        with self._guard:
            if self._here == session:
                self._opened = (session, item_id, opened)

    def _kept(self, session: str, item_id: str) -> IdentitySession | None:
        with self._guard:
            kept = self._opened
            return kept[2] if kept is not None and kept[:2] == (session, item_id) else None

    def check_code(self, session: str, payload: bytes, item_id: str, *, keep: bool = True) -> None:
        """Signature and expiry here, replay in the store, then the centre if it answers in time. Of somebody who only
        joins a case the centre's session is not kept: nothing is ever looked up for them.
        """
        self._here = session
        self._executor.submit(self._guarded, session, "refused", self._check_code, session, payload, item_id, keep)

    def _guarded(self, session: str, reason: str, work: Callable[..., None], *args: object) -> None:
        try:
            work(*args)
        except KioskError as error:
            log.warning("identity desk: %s", error.code)
            self._publish(CodeRejected(session, reason))
        except Exception:
            log.exception("identity desk failed")
            self._publish(CodeRejected(session, reason))

    def _check_code(self, session: str, payload: bytes, item_id: str, keep: bool) -> None:
        now = self._clock.now()
        claim = check(payload, _keys(self._store.get(KV_CITIZEN_KEYS).result(STORE_WAIT_S)), now)
        if not isinstance(claim, CitizenClaim):
            self._publish(CodeRejected(session, claim))
            return
        if not self._store.use_nonce(claim.nonce, claim.expires, now).result(STORE_WAIT_S):
            self._publish(CodeRejected(session, "replayed"))
            return
        opened = self._api.redeem_code(payload.decode("ascii").strip(), item_id or None, new_trace_id(), CODE_WAIT_S)
        if isinstance(opened, Rejected):
            self._publish(CodeRejected(session, "replayed" if opened.status == CONFLICT else "refused"))
            return
        if not isinstance(opened, IdentitySession):
            # Out of reach: the signed code still says who it is, by pseudonym; the resident types the rest.
            self._publish(CodeAccepted(session, Subject("", "", "", handle=claim.handle), "B"))
            return
        if keep:
            self._keep(session, item_id, opened)
        who = opened.subject
        prefill = {"name": who.name, "number": who.number or ""}
        subject = Subject(
            name=who.name,
            number=who.number or "",
            card_kind="resident" if who.number else "",
            handle=who.handle,
            prefill={key: value for key, value in prefill.items() if value},
        )
        self._publish(CodeAccepted(session, subject, "A"))

    def find_work(self, session: IntakeSession) -> None:
        """Ask what the code of the session opens for the person who is here; whatever goes wrong is ``away``."""
        self._here = session.id
        self._executor.submit(self._find_work, session)

    def _find_work(self, session: IntakeSession) -> None:
        try:
            self._publish(self._work_of(session))
        except Exception:
            log.exception("coming back to a case failed")
            self._publish(WorkRefused(session.id, "away"))

    def _work_of(self, session: IntakeSession) -> FlowEvent:
        deadline = self._clock.monotonic() + WORK_WAIT_S
        code, trace_id = read_code(session.code), new_trace_id()
        opened = self.opened(session, trace_id, WORK_WAIT_S)
        if opened is None or code is None:
            return WorkRefused(session.id, "away")
        left = max(0.5, deadline - self._clock.monotonic())
        answer = self._api.open_work(opened.session, code, trace_id, left)
        if isinstance(answer, OpenWork):
            return WorkFound(session.id, answer)
        reason = WORK_REFUSALS.get(answer.problem_type, "away") if isinstance(answer, Rejected) else "away"
        return WorkRefused(session.id, reason)

    def opened(self, session: IntakeSession, trace_id: str, wait_s: float) -> IdentitySession | None:
        """The centre's session for whoever came back, for no item; None when there is none to be had. Blocks."""
        kept, subject = self._kept(session.id, ""), session.subject
        if kept is not None or subject is None or not (subject.name and subject.number):
            return kept
        answer = self._api.identity_session(subject.number, subject.name, None, trace_id, wait_s)
        return answer if isinstance(answer, IdentitySession) else None

    def look_up(self, session: IntakeSession, types: tuple[str, ...]) -> None:
        """Ask for these types; whatever goes wrong, the resident goes on in :data:`LICENCE_WAIT_S` seconds."""
        self._here = session.id
        self._executor.submit(self._look_up, session, types)

    def _look_up(self, session: IntakeSession, types: tuple[str, ...]) -> None:
        try:
            found = self._ask(session, types)
        except Exception:
            log.exception("licence look-up failed")
            found = None
        if found is None:
            self._publish(LicencesUnavailable(session.id, session.item_id or ""))
        else:
            self._publish(LicencesFound(session.id, found, session.item_id or ""))

    def _ask(self, session: IntakeSession, types: tuple[str, ...]) -> Mapping[str, Licence] | None:
        deadline = self._clock.monotonic() + LICENCE_WAIT_S
        trace_id, item_id = new_trace_id(), session.item_id or ""
        opened = self._open(session, trace_id, LICENCE_WAIT_S)
        left = deadline - self._clock.monotonic()
        if opened is None or left <= 0:
            return None
        answers = self._api.licences(opened.session, types, item_id, trace_id, left)
        if not isinstance(answers, tuple):
            return None
        today = local(self._clock.now()).date()
        licences = (_licence(answer) for answer in answers if answer.status == "found")
        return {known.type: known for known in licences if known.valid_to is None or known.valid_to >= today}

    def _open(self, session: IntakeSession, trace_id: str, wait_s: float) -> IdentitySession | None:
        """The centre's session for this resident: the one that is open, or a new one; None when there is none."""
        item_id, subject = session.item_id or "", session.subject
        opened = self._kept(session.id, item_id)
        if opened is not None or subject is None or not (subject.name and subject.number):
            return opened
        by: Literal["id_card", "passport"] = "id_card"
        if session.proof is not None and session.proof.method == "passport":
            by = "passport"
        answer = self._api.identity_session(subject.number, subject.name, item_id, trace_id, wait_s, by)
        if not isinstance(answer, IdentitySession):
            return None
        self._keep(session.id, item_id, answer)
        return answer

    def ask_record(self, session: IntakeSession) -> None:
        """Ask the registers; whatever goes wrong, there is an answer in :data:`RECORD_WAIT_S` seconds."""
        self._here = session.id
        self._executor.submit(self._ask_record, session)

    def _ask_record(self, session: IntakeSession) -> None:
        found = None
        try:
            deadline, trace_id = self._clock.monotonic() + RECORD_WAIT_S, new_trace_id()
            opened = self._open(session, trace_id, RECORD_WAIT_S)
            left = deadline - self._clock.monotonic()
            if opened is not None and left > 0:
                found = self._api.record(opened.session, session.item_id or "", trace_id, left)
        except Exception:
            log.exception("look-up in the registers failed")
        if isinstance(found, centre.RecordFound):
            self._publish(RecordFound(session.id, found.facts, found.as_of, session.item_id or ""))
        else:
            self._publish(RecordUnavailable(session.id, session.item_id or ""))


def _licence(found: LicenceFound) -> Licence:
    return Licence(
        type=found.type,
        number=found.number or "",
        issuer=found.issuer or {},
        issued_on=date.fromisoformat(found.issued_on) if found.issued_on else None,
        valid_to=date.fromisoformat(found.valid_to) if found.valid_to else None,
        fields=found.fields,
    )


def _keys(text: str | None) -> tuple[CitizenKey, ...]:
    """The cached public keys, as the sync loop keeps them."""
    if not text:
        return ()
    return tuple(
        CitizenKey(entry["kid"], entry["alg"], entry["x"], datetime.fromisoformat(entry["not_after"]))
        for entry in json.loads(text)
    )
