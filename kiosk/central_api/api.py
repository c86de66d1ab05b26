"""`CaseApi` over HTTP + JSON."""

from __future__ import annotations

import base64
import hashlib
import importlib
import ipaddress
import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import quote, urlsplit

from kiosk.central_api import parse
from kiosk.central_api.answers import UNDECIDED, WORK_PROBLEMS
from kiosk.central_api.parse import BadAnswer, Reader
from kiosk.central_api.tus import MemoryPlaces, UploadPlaces, upload
from kiosk.central_api.verdicts import batch_outcome, case_outcome, fault, own_no
from kiosk.domain.errors import CentreError
from kiosk.domain.open_work import OpenWork
from kiosk.domain.sealing import CASE_MEDIA_TYPE, WORK_MEDIA_TYPE, SealingKey
from kiosk.ports.central import (
    CallFault,
    CaseStatusReport,
    CaseToSend,
    Catalogue,
    CentreDecision,
    CitizenKey,
    FileTaken,
    FreeSlots,
    GatewayFault,
    HeartbeatAnswer,
    IdentitySession,
    LicenceFound,
    LocalFile,
    NotModified,
    PackageDownload,
    ParkedClaim,
    ParkedTaken,
    RatingTaken,
    RecordFound,
    Rejected,
    Released,
    RetryLater,
    SendOutcome,
    SiteList,
    TicketReport,
)

if TYPE_CHECKING:
    from kiosk.central_api.wire import Reply, Trust

T = TypeVar("T")

ANSWER_CAP_BYTES = 1 << 20
PACKAGE_CAP_BYTES = 8 << 20
PARKED_CAP_BYTES = 24 << 20  # 16 MiB as base64, and the words around it


class HttpCaseApi:
    """The centre at `url`. Safe to call from several threads; each call blocks up to its total deadline.

    `places` remembers where half-sent files go on; without it that is known in this run only.

    Raises ValueError for an unusable URL (http:// to another machine, no host, a query) and CentreError for https
    without a CA of its own or for certificate files that are not there.
    """

    def __init__(
        self,
        url: str,
        *,
        terminal: str,
        ca_file: str | None = None,
        client_cert: str | None = None,
        client_key: str | None = None,
        connect_timeout_s: float = 3.0,
        total_timeout_s: float = 20.0,
        answer_cap_bytes: int = ANSWER_CAP_BYTES,
        places: UploadPlaces | None = None,
    ) -> None:
        self._base = check_url(url)
        if self._base.startswith("https://") and not ca_file:
            # The public trust store would let any certificate authority in the world speak for the centre.
            raise CentreError("https needs the centre's own CA (ca_file)")
        for name in (ca_file, client_cert, client_key):
            if name:
                _readable(name)
        self._terminal = terminal
        self._files = (ca_file or None, client_cert or None, client_key or None)
        self._connect_timeout_s = connect_timeout_s
        self._total_timeout_s = total_timeout_s
        self._cap = answer_cap_bytes
        self._places: UploadPlaces = places if places is not None else MemoryPlaces()

    # ------------------------------------------------------------------------------------------------- reading

    def catalogue(self, etag: str | None, timeout_s: float | None = None) -> Catalogue | NotModified | CallFault:
        reply = self._call("GET", "/v1/catalogue", headers=_if_none_match(etag), timeout_s=timeout_s)
        if _is_not_modified(reply, etag):
            return NotModified()
        return self._read(reply, lambda raw, answer: parse.catalogue(raw, answer.headers.get("etag")))

    def package(
        self, id: str, version: int, etag: str | None = None, timeout_s: float | None = None
    ) -> PackageDownload | NotModified | CallFault:
        path = f"/v1/packages/{quote(id, safe='')}/{version:d}"
        reply = self._call("GET", path, headers=_if_none_match(etag), timeout_s=timeout_s, cap=PACKAGE_CAP_BYTES)
        if _is_not_modified(reply, etag):
            return NotModified()
        return self._read(
            reply,
            lambda raw, answer: PackageDownload(
                answer.body, hashlib.sha256(answer.body).hexdigest(), answer.headers.get("etag")
            ),
        )

    def identity_session(
        self,
        number: str,
        name: str,
        item_id: str | None,
        trace_id: str,
        timeout_s: float | None = None,
        method: Literal["id_card", "passport"] = "id_card",
    ) -> IdentitySession | CallFault:
        wanted = {"method": method, "card": {"number": number, "name": name}, "item_id": item_id}
        return self._session(wanted, trace_id, timeout_s)

    def redeem_code(
        self, code: str, item_id: str | None, trace_id: str, timeout_s: float | None = None
    ) -> IdentitySession | CallFault:
        return self._session({"method": "citizen_qr", "code": code, "item_id": item_id}, trace_id, timeout_s)

    def _session(
        self, wanted: Mapping[str, object], trace_id: str, timeout_s: float | None
    ) -> IdentitySession | CallFault:
        reply = self._post("/v1/identity/sessions", wanted, trace_id, timeout_s)
        return self._read(reply, lambda raw, _: parse.identity_session(raw), done=(200, 201))

    def licences(
        self, session: str, types: tuple[str, ...], item_id: str, trace_id: str, timeout_s: float | None = None
    ) -> tuple[LicenceFound, ...] | CallFault:
        wanted = {"session": session, "types": list(types), "item_id": item_id, "consent": True}
        reply = self._post("/v1/licences/query", wanted, trace_id, timeout_s)
        return self._read(reply, lambda raw, _: parse.licences(raw))

    def record(
        self, session: str, item_id: str, trace_id: str, timeout_s: float | None = None
    ) -> RecordFound | CallFault:
        reply = self._post("/v1/records", {"session": session, "item_id": item_id}, trace_id, timeout_s)
        return self._read(reply, lambda raw, _: parse.record(raw))

    def open_work(self, session: str, code: str, trace_id: str, timeout_s: float | None = None) -> OpenWork | CallFault:
        reply = self._post("/v1/open-work", {"session": session, "code": code}, trace_id, timeout_s)
        return self._read(reply, lambda raw, _: parse.open_work(raw))

    def slots(self, item_id: str, office: str, timeout_s: float | None = None) -> FreeSlots | CallFault:
        path = f"/v1/slots/{quote(item_id, safe='')}?office={quote(office, safe='')}"
        reply = self._call("GET", path, timeout_s=timeout_s)
        return self._read(reply, lambda raw, _: parse.slots(raw))

    def known(self, case_ids: tuple[str, ...], timeout_s: float | None = None) -> Mapping[str, str] | CallFault:
        reply = self._post("/v1/cases/known", {"ids": list(case_ids)}, None, timeout_s)
        return self._read(reply, lambda raw, _: parse.known(raw))

    def status(self, case_id: str, timeout_s: float | None = None) -> CaseStatusReport | CallFault:
        reply = self._call("GET", f"/v1/cases/{quote(case_id, safe='')}/status", timeout_s=timeout_s)

        def read(raw: Reader, _: Reply) -> CaseStatusReport:
            report = parse.case_status(raw)
            if report.case_id != case_id:
                raise BadAnswer("$.case_id: another case")
            return report

        return self._read(reply, read)

    def decision(self, case_id: str, timeout_s: float | None = None) -> CentreDecision | CallFault | None:
        reply = self._call("GET", f"/v1/cases/{quote(case_id, safe='')}/decision", timeout_s=timeout_s)

        def read(raw: Reader, _: Reply) -> CentreDecision:
            if raw.text("case_id", 40) != case_id:
                raise BadAnswer("$.case_id: another case")
            return parse.decision(raw.inner("decision"))

        outcome = self._read(reply, read)
        if isinstance(outcome, Rejected) and outcome.problem_type == UNDECIDED:
            return None
        return outcome

    def ticket(self, ticket_no: str, timeout_s: float | None = None) -> TicketReport | CallFault:
        reply = self._call("GET", f"/v1/tickets/{quote(ticket_no, safe='')}", timeout_s=timeout_s)
        return self._read(reply, lambda raw, _: parse.ticket(raw))

    def rating(
        self, token: str, item: str, level: int, reasons: tuple[str, ...], timeout_s: float | None = None
    ) -> RatingTaken | CallFault:
        # No trace id: nothing may link a rating to a case.
        said = {"token": token, "item_id": item, "level": level, "reasons": list(reasons)}
        reply = self._post("/v1/ratings", said, None, timeout_s)
        return self._read(reply, lambda raw, _: RatingTaken(), done=(200, 201))

    def heartbeat(self, state: Mapping[str, object], timeout_s: float | None = None) -> HeartbeatAnswer | CallFault:
        reply = self._post("/v1/heartbeat", {**state, "terminal": self._terminal}, None, timeout_s)
        return self._read(reply, lambda raw, _: parse.heartbeat(raw))

    def sites(self, etag: str | None, timeout_s: float | None = None) -> SiteList | NotModified | CallFault:
        reply = self._call("GET", "/v1/sites", headers=_if_none_match(etag), timeout_s=timeout_s)
        if _is_not_modified(reply, etag):
            return NotModified()
        return self._read(reply, lambda raw, answer: parse.sites(raw, answer.headers.get("etag")))

    def citizen_keys(self, timeout_s: float | None = None) -> tuple[CitizenKey, ...] | CallFault:
        reply = self._call("GET", "/v1/citizen-code/keys", timeout_s=timeout_s)
        return self._read(reply, lambda raw, _: parse.citizen_keys(raw))

    def sealing_keys(self, timeout_s: float | None = None) -> tuple[SealingKey, ...] | CallFault:
        reply = self._call("GET", "/v1/sealing-keys", timeout_s=timeout_s)
        return self._read(reply, lambda raw, _: parse.sealing_keys(raw))

    # ------------------------------------------------------------------------------------------------- sending

    def put_case(
        self,
        case_id: str,
        body: bytes,
        sha256: str,
        trace_id: str,
        timeout_s: float | None = None,
        *,
        unconfirmed: bool = False,
    ) -> SendOutcome:
        return self._put(case_id, body, "application/json", sha256, trace_id, timeout_s, unconfirmed)

    def put_sealed(
        self,
        case_id: str,
        envelope: bytes,
        sha256: str,
        trace_id: str,
        *,
        unconfirmed: bool,
        timeout_s: float | None = None,
    ) -> SendOutcome:
        return self._put(case_id, envelope, CASE_MEDIA_TYPE, sha256, trace_id, timeout_s, unconfirmed)

    def _put(
        self,
        case_id: str,
        body: bytes,
        media_type: str,
        sha256: str,
        trace_id: str,
        timeout_s: float | None,
        unconfirmed: bool,
    ) -> SendOutcome:
        headers = {
            "Content-Type": media_type,
            "Content-Digest": content_digest(body),
            "Idempotency-Key": f'"{case_id}"',
            "Case-Unconfirmed": "?1" if unconfirmed else "?0",
            "traceparent": traceparent(trace_id),
        }
        path = f"/v1/cases/{quote(case_id, safe='')}"
        return case_outcome(self._call("PUT", path, body=body, headers=headers, timeout_s=timeout_s), case_id, sha256)

    def put_file(self, file: LocalFile, timeout_s: float | None = None) -> FileTaken | CallFault:
        end = time.monotonic() + (self._total_timeout_s if timeout_s is None else timeout_s)

        def call(
            method: str, url: str, headers: Mapping[str, str], body: bytes | None
        ) -> Reply | RetryLater | GatewayFault:
            left_s = end - time.monotonic()
            if left_s <= 0:
                return RetryLater(None, "timeout")
            return self._exchange(method, url, headers=headers, body=body, total_s=left_s, cap=self._cap)

        return upload(self._base + "/v1/files/", file, call, self._places)

    def batch(self, cases: tuple[CaseToSend, ...], timeout_s: float | None = None) -> Mapping[str, SendOutcome]:
        wanted = {
            "cases": [
                {"case_id": case.case_id, "sha256": case.sha256, "body": case.body.decode("utf-8")} for case in cases
            ]
        }
        reply = self._post("/v1/cases/batch", wanted, None, timeout_s)
        results = self._read(reply, lambda raw, _: raw.objects("results"))
        if not isinstance(results, tuple):
            return {case.case_id: results for case in cases}
        hashes = {case.case_id: case.sha256 for case in cases}
        outcomes: dict[str, SendOutcome] = {case.case_id: GatewayFault("missing in batch") for case in cases}
        for entry in results:
            try:
                case_id = entry.text("case_id", 40)
                if case_id in hashes:
                    outcomes[case_id] = batch_outcome(entry, case_id, hashes[case_id])
            except BadAnswer:
                continue
        return outcomes

    def park(self, parked_id: str, envelope: bytes, timeout_s: float | None = None) -> ParkedTaken | CallFault:
        headers = {"Content-Type": WORK_MEDIA_TYPE, "Content-Digest": content_digest(envelope)}
        path = f"/v1/parked/{quote(parked_id, safe='')}"
        reply = self._call("PUT", path, body=envelope, headers=headers, timeout_s=timeout_s)

        def read(raw: Reader, _: Reply) -> ParkedTaken:
            if raw.text("parked_id", 40) != parked_id:
                raise BadAnswer("$.parked_id: other work")
            if raw.sha256("sha256") != hashlib.sha256(envelope).hexdigest():
                raise BadAnswer("$.sha256: other bytes")
            return ParkedTaken(raw.time("until"))

        return own_no(self._read(reply, read, done=(200, 201)), WORK_PROBLEMS)

    def claim(
        self, session: str, parked_id: str, trace_id: str, timeout_s: float | None = None
    ) -> ParkedClaim | CallFault:
        path = f"/v1/parked/{quote(parked_id, safe='')}/claim"
        reply = self._post(path, {"session": session}, trace_id, timeout_s, cap=PARKED_CAP_BYTES)

        def read(raw: Reader, _: Reply) -> ParkedClaim:
            found = parse.parked_claim(raw)
            if found.parked_id != parked_id:
                raise BadAnswer("$.parked_id: other work")
            return found

        return self._read(reply, read)

    def release(self, parked_id: str, token: str, timeout_s: float | None = None) -> Released | CallFault:
        path = f"/v1/parked/{quote(parked_id, safe='')}?release={quote(token, safe='')}"

        def read(raw: Reader, _: Reply) -> Released:
            if not raw.switch("released"):
                raise BadAnswer("$.released")
            return Released()

        return own_no(self._read(self._call("DELETE", path, timeout_s=timeout_s), read), WORK_PROBLEMS)

    def close(self) -> None:
        """Nothing is held open between calls."""

    # ------------------------------------------------------------------------------------------------- inside

    def _post(
        self,
        path: str,
        value: Mapping[str, object],
        trace_id: str | None,
        timeout_s: float | None,
        cap: int | None = None,
    ) -> Reply | RetryLater | GatewayFault:
        headers = {"Content-Type": "application/json"}
        if trace_id is not None:
            headers["traceparent"] = traceparent(trace_id)
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return self._call("POST", path, body=body, headers=headers, timeout_s=timeout_s, cap=cap)

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        cap: int | None = None,
    ) -> Reply | RetryLater | GatewayFault:
        total_s = self._total_timeout_s if timeout_s is None else timeout_s
        accept = {"Accept": "application/json, application/problem+json", **(headers or {})}
        return self._exchange(
            method, self._base + path, headers=accept, body=body, total_s=total_s, cap=cap or self._cap
        )

    def _exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, total_s: float, cap: int
    ) -> Reply | RetryLater | GatewayFault:
        # Late: importing requests takes longer than painting the attract screen may wait.
        wire = importlib.import_module("kiosk.central_api.wire")
        trust: Trust = wire.Trust(*self._files)
        reply: Reply | RetryLater | GatewayFault = wire.exchange(
            method,
            url,
            headers={"User-Agent": f"kiosk/{self._terminal}", **headers},
            body=body,
            trust=trust,
            connect_timeout_s=self._connect_timeout_s,
            total_timeout_s=total_s,
            cap_bytes=cap,
        )
        return reply

    def _read(
        self,
        reply: Reply | RetryLater | GatewayFault,
        read: Callable[[Reader, Reply], T],
        done: tuple[int, ...] = (200,),
    ) -> T | CallFault:
        if isinstance(reply, RetryLater | GatewayFault):
            return reply
        if reply.status not in done or not reply.is_json:
            return fault(reply)
        try:
            return read(Reader(parse.load(reply.body)), reply)
        except BadAnswer as error:
            return GatewayFault(f"bad_answer {error}")


def check_url(url: str) -> str:
    """The URL without its last slash. Raises ValueError: https anywhere, http to this machine only."""
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or parts.username:
        raise ValueError("the centre's URL must be https://HOST[:PORT][/PATH]")
    _ = parts.port  # raises ValueError when it is no port
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("http:// is allowed to this machine only; use https://")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _readable(name: str) -> None:
    try:
        with open(name, "rb"):
            return
    except OSError as error:
        raise CentreError(f"{name}: {error.strerror}") from error


def content_digest(body: bytes) -> str:
    """Content-Digest header (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode('ascii')}:"


def traceparent(trace_id: str) -> str:
    """W3C Trace Context header with a fresh span id."""
    return f"00-{trace_id}-{secrets.token_hex(8)}-01"


def _if_none_match(etag: str | None) -> dict[str, str]:
    return {} if etag is None else {"If-None-Match": etag}


def _is_not_modified(reply: Reply | RetryLater | GatewayFault, etag: str | None) -> bool:
    # Without an ETag of ours a 304 is nonsense, so it falls through to the gateway faults.
    return not isinstance(reply, RetryLater | GatewayFault) and reply.status == 304 and etag is not None
