"""The A4 driver against the emulated printer, over real HTTP, and against ippeveprinter where that is installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from devices.codecs.ipp import PREAMBLE, Group, GroupTag, Message, Operation, Tag, decode, encode, integers, texts
from devices.drivers.base import Driver
from devices.drivers.ipp_printer import SPEC, IppPrinter, Patience, owner_name
from devices.drivers.ipp_reasons import REASONS, Snapshot, judge
from devices.emulators.ipp_model import IppModel
from devices.emulators.ipp_printer import EmulatedIppPrinter
from devices.errors import BadAnswer, NoAnswer, PortDenied, PortMissing
from devices.lab.bench import Watch
from devices.lab.ipp_everywhere import printer, sample_pdf
from devices.registry import DriverRegistry, build_hub
from devices.spec import Options
from devices.transports.ipp_http import IppHttp, Stopped, printer_url
from kiosk.domain.devices import DOCUMENT_PRINTER, Health, PrintOutcome, PrintUpdate, Scale, Supply
from kiosk.ports.devices import DeviceBinding
from tests.devices.rig import QUICK, FixedClock, Recorder, Rig, wait_until

OWNER = "terminal-test"


def _pdf(pages: int, stuffing: int = 0) -> bytes:
    page = b"<< /Type /Page >> " * pages
    return b"%PDF-1.4 " + page + b"% " + b"x" * stuffing + b"\n%%EOF"


ONE_PAGE, THREE_PAGES = _pdf(1), _pdf(3)
_ENDS = (PrintOutcome.CONFIRMED, PrintOutcome.UNKNOWN, PrintOutcome.FAILED, PrintOutcome.CANCELED)


def _quick(options: Options) -> Driver:
    """The driver with the patience of a test."""
    url = printer_url(str(options["url"]))
    assert url is not None
    http = IppHttp(url, connect_s=1.0, answer_s=0.6)
    driver = IppPrinter(url, OWNER, http=http, patience=Patience(poll_s=0.05, lost_s=0.4, cancel_s=0.3))
    driver.idle_every_s = driver.probe_every_s = 0.1
    return driver


def _registry() -> DriverRegistry:
    registry = DriverRegistry()
    registry.add(replace(SPEC, make=_quick))
    return registry


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path, (DOCUMENT_PRINTER, "ipp", {}), registry=_registry()) as rig:
        yield rig


def _end(rig: Rig, job: str = "j1") -> PrintUpdate:
    return rig.events.wait(PrintUpdate, lambda update: update.job_id == job and update.outcome in _ENDS)


def _held(rig: Rig, detail: str) -> None:
    rig.events.wait(PrintUpdate, lambda update: (update.outcome, update.detail) == (PrintOutcome.HELD, detail))


def _outcomes(rig: Rig, job: str = "j1") -> list[tuple[PrintOutcome, str]]:
    return [(e.outcome, e.detail) for e in rig.events.events if isinstance(e, PrintUpdate) and e.job_id == job]


def _documents(rig: Rig) -> list[bytes]:
    return [file.read_bytes() for file in sorted(rig.folder.glob("document-*.pdf"))]


def _do(rig: Rig, do: str, **args: object) -> None:
    rig.do(DOCUMENT_PRINTER, do, **args)


def _state(rig: Rig) -> dict[str, object]:
    state: dict[str, object] = rig.do(DOCUMENT_PRINTER, "state")["state"]
    return state


# --- a document ---------------------------------------------------------------------------------------------------


def test_a_document_comes_out_whole_and_each_step_is_told_once(rig: Rig) -> None:
    rig.hub.print_document("j1", THREE_PAGES)
    assert _end(rig) == PrintUpdate("j1", PrintOutcome.CONFIRMED)
    assert _documents(rig) == [THREE_PAGES]
    assert _outcomes(rig) == [(PrintOutcome.QUEUED, ""), (PrintOutcome.SENT, ""), (PrintOutcome.CONFIRMED, "")]
    assert rig.events.wait_status(DOCUMENT_PRINTER, "ok").health is Health.ONLINE


def test_the_status_names_the_model_and_says_busy_while_it_prints(rig: Rig) -> None:
    _do(rig, "slow", pages_per_minute=300)
    rig.hub.print_document("j1", THREE_PAGES)
    status = rig.events.wait_status(DOCUMENT_PRINTER, "printing")
    assert (status.health, status.scale, status.model) == (Health.DEVICE_BUSY, Scale.BUSY, "Emulated A4 printer")
    _end(rig)


def test_nothing_of_a_resident_stands_in_the_name_of_a_job(rig: Rig) -> None:
    rig.hub.print_document("case-of-somebody", ONE_PAGE)
    _end(rig, "case-of-somebody")
    sent = rig.wire(DOCUMENT_PRINTER, "host>dev")
    assert b"case-of-somebody" not in sent
    assert f"{OWNER} ".encode() in sent


def test_the_job_asks_for_one_copy_on_a4_at_once(rig: Rig) -> None:
    rig.hub.print_document("j1", ONE_PAGE)
    _end(rig)
    sent = rig.wire(DOCUMENT_PRINTER, "host>dev")
    for word in (b"iso_a4_210x297mm", b"one-sided", b"no-hold", b"copies"):
        assert word in sent


def test_a_printer_without_create_job_gets_everything_in_one_request(rig: Rig) -> None:
    rig.bench.emulated[DOCUMENT_PRINTER].act("without", {"operations": "CREATE_JOB"})
    rig.hub.print_document("j1", ONE_PAGE)
    assert _end(rig).outcome is PrintOutcome.CONFIRMED
    assert _documents(rig) == [ONE_PAGE]


def test_what_is_not_a_pdf_never_leaves_the_terminal(rig: Rig) -> None:
    rig.hub.print_document("j1", b"hello")
    assert _end(rig) == PrintUpdate("j1", PrintOutcome.FAILED, "not_pdf")
    assert _state(rig)["jobs"] == []


# --- a printer that cannot ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "args", "detail", "health", "supply"),
    [
        ("paper", {"level": "out"}, "paper_out", Health.ONLINE, Supply.OUT),
        ("jam", {}, "paper_jammed", Health.HARDWARE_ERROR, Supply.JAMMED),
        ("cover", {}, "cover_open", Health.USER_ERROR, Supply.FULL),
        ("toner", {"level": "out"}, "toner_out", Health.ONLINE, Supply.OUT),
        ("offline", {}, "printer_paused", Health.OFFLINE, Supply.FULL),
    ],
)
def test_a_printer_that_cannot_print_gets_no_document(
    rig: Rig, verb: str, args: dict[str, object], detail: str, health: Health, supply: Supply
) -> None:
    _do(rig, verb, **args)
    status = rig.events.wait_status(DOCUMENT_PRINTER, detail)
    assert (status.health, status.supply, status.usable) == (health, supply, False)
    rig.hub.print_document("j1", ONE_PAGE)
    assert _end(rig) == PrintUpdate("j1", PrintOutcome.FAILED, detail)
    assert _state(rig)["jobs"] == []


@pytest.mark.parametrize(("verb", "detail"), [("paper", "paper_low"), ("toner", "toner_low")])
def test_little_left_is_a_warning_and_still_prints(rig: Rig, verb: str, detail: str) -> None:
    _do(rig, verb, level="low")
    assert rig.events.wait_status(DOCUMENT_PRINTER, detail).scale is Scale.WARNING
    rig.hub.print_document("j1", ONE_PAGE)
    assert _end(rig).outcome is PrintOutcome.CONFIRMED


@pytest.mark.parametrize(
    ("what", "mend", "detail"),
    [("paper", "paper", "paper_out"), ("jam", "jam", "paper_jammed"), ("cover", "cover", "cover_open")],
)
def test_what_breaks_in_the_middle_holds_the_job_until_a_person_has_seen_to_it(
    rig: Rig, what: str, mend: str, detail: str
) -> None:
    _do(rig, "fail_after_pages", pages=1, what=what)
    rig.hub.print_document("j1", THREE_PAGES)
    _held(rig, detail)
    assert _documents(rig) == []
    _do(rig, mend, level="ok", on=False, open=False)
    assert _end(rig).outcome is PrintOutcome.CONFIRMED
    assert _outcomes(rig)[-3:] == [(PrintOutcome.HELD, detail), (PrintOutcome.SENT, ""), (PrintOutcome.CONFIRMED, "")]
    assert _documents(rig) == [THREE_PAGES]


def test_an_aborted_job_has_failed_and_the_next_one_prints(rig: Rig) -> None:
    _do(rig, "abort")
    rig.hub.print_document("j1", ONE_PAGE)
    assert _end(rig) == PrintUpdate("j1", PrintOutcome.FAILED, "aborted")
    rig.hub.print_document("j2", ONE_PAGE)
    assert _end(rig, "j2").outcome is PrintOutcome.CONFIRMED


# --- no page after the session ------------------------------------------------------------------------------------


def test_a_session_that_ends_while_paper_is_out_leaves_no_page_behind(rig: Rig) -> None:
    _do(rig, "fail_after_pages", pages=1, what="paper")
    rig.hub.print_document("j1", THREE_PAGES)
    _held(rig, "paper_out")
    rig.hub.cancel_documents()
    assert _end(rig).outcome is PrintOutcome.CANCELED
    _do(rig, "paper", level="ok")
    rig.events.wait_status(DOCUMENT_PRINTER, "ok")
    rig.hub.print_document("j2", ONE_PAGE)
    assert _end(rig, "j2").outcome is PrintOutcome.CONFIRMED
    assert _documents(rig) == [ONE_PAGE]
    assert _state(rig)["pages_out"] == 2  # the one before the paper was out, and the next resident's


def test_a_session_that_ends_between_two_pages_stops_the_printer_there(rig: Rig) -> None:
    _do(rig, "slow", pages_per_minute=300)
    rig.hub.print_document("j1", _pdf(50))
    wait_until(lambda: _state(rig)["pages_out"] != 0)
    rig.hub.cancel_documents()
    assert _end(rig).outcome is PrintOutcome.CANCELED
    assert _documents(rig) == []


def test_what_waits_in_the_queue_is_canceled_with_its_session(rig: Rig) -> None:
    _do(rig, "slow", pages_per_minute=300)
    rig.hub.print_document("j1", _pdf(50))
    rig.hub.print_document("j2", ONE_PAGE)
    rig.events.wait_status(DOCUMENT_PRINTER, "printing")
    rig.hub.cancel_documents()
    assert _end(rig, "j2").outcome is PrintOutcome.CANCELED
    wait_until(lambda: (PrintOutcome.CANCELED, "") in _outcomes(rig))
    assert _documents(rig) == []


def test_a_printer_that_lets_a_canceled_job_wait_takes_nothing_new_until_that_job_has_ended(rig: Rig) -> None:
    _do(rig, "stubborn")
    _do(rig, "fail_after_pages", pages=1, what="paper")
    rig.hub.print_document("j1", THREE_PAGES)
    _held(rig, "paper_out")
    rig.hub.cancel_documents()
    status = rig.events.wait_status(DOCUMENT_PRINTER, "clearing")
    assert (status.health, status.supply) == (Health.DEVICE_BUSY, Supply.OUT)
    rig.hub.print_document("j2", ONE_PAGE)
    assert _end(rig, "j2") == PrintUpdate("j2", PrintOutcome.FAILED, "clearing")
    _do(rig, "paper", level="ok")
    rig.events.wait_status(DOCUMENT_PRINTER, "ok")
    assert _outcomes(rig)[-1] == (PrintOutcome.CANCELED, "")
    rig.hub.print_document("j3", ONE_PAGE)
    assert _end(rig, "j3").outcome is PrintOutcome.CONFIRMED
    assert _documents(rig) == [ONE_PAGE]


@pytest.mark.usefixtures("caplog")
@pytest.mark.parametrize("stubborn", [False, True])
def test_jobs_left_by_a_crash_are_canceled_before_anything_else(tmp_path: Path, stubborn: bool) -> None:
    with Rig(tmp_path, (DOCUMENT_PRINTER, "ipp", {}), registry=_registry()) as rig:
        rig.hub.stop(5.0)
        url = str(rig.bench.addresses[DOCUMENT_PRINTER][2]["url"])
        _do(rig, "paper", level="out")
        _do(rig, "stubborn", on=stubborn)
        ours, theirs = _leave_a_job(url, f"{OWNER} 0a1b"), _leave_a_job(url, f"{OWNER}-2 0a1b")
        again = Recorder()
        hub = build_hub([DeviceBinding(DOCUMENT_PRINTER, "ipp", {"url": url})], FixedClock(), _registry(), QUICK)
        hub.start(again.publish)
        try:
            if stubborn:
                again.wait_status(DOCUMENT_PRINTER, "clearing")
            _do(rig, "stubborn", on=False)
            again.wait_status(DOCUMENT_PRINTER, "paper_out")
        finally:
            hub.stop(5.0)
        states = {job["id"]: job["state"] for job in rig.do(DOCUMENT_PRINTER, "state")["state"]["jobs"]}
        assert states == {ours: "canceled", theirs: "stopped"}


def _leave_a_job(url: str, name: str) -> int:
    """A job as an earlier run would have left it; its number."""
    address = printer_url(url)
    assert address is not None
    who = texts(Tag.NAME, "requesting-user-name", name.split()[0])
    operation = Group(
        GroupTag.OPERATION, (*PREAMBLE, texts(Tag.URI, "printer-uri", url), who, texts(Tag.NAME, "job-name", name))
    )
    answer = IppHttp(address).exchange(Message(Operation.PRINT_JOB, 7, (operation,)), ONE_PAGE)
    number = answer.first(GroupTag.JOB).number("job-id")
    assert number is not None
    return number


# --- a line that breaks -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("caplog")
def test_a_printer_that_goes_away_with_the_document_leaves_it_unknown_and_it_is_never_sent_again(rig: Rig) -> None:
    _do(rig, "slow", pages_per_minute=60)
    rig.hub.print_document("j1", THREE_PAGES)
    rig.events.wait(PrintUpdate, lambda update: update.outcome is PrintOutcome.SENT)
    _do(rig, "unplug")
    assert _end(rig).outcome is PrintOutcome.UNKNOWN
    assert rig.events.wait_status(DOCUMENT_PRINTER, "port_missing").health is Health.NO_DEVICE
    rig.hub.print_document("j2", ONE_PAGE)
    assert _end(rig, "j2") == PrintUpdate("j2", PrintOutcome.FAILED, "port_missing")
    _do(rig, "plug")
    rig.events.wait_status(DOCUMENT_PRINTER, "ok")
    rig.hub.print_document("j3", ONE_PAGE)
    assert _end(rig, "j3").outcome is PrintOutcome.CONFIRMED
    assert _documents(rig) == [ONE_PAGE]
    assert [outcome for outcome, _ in _outcomes(rig)].count(PrintOutcome.UNKNOWN) == 1


@pytest.mark.usefixtures("caplog")
@pytest.mark.parametrize("size", [0, 1, 150, 300, 5000, 9000])
def test_a_connection_that_breaks_in_the_document_prints_nothing_and_says_unknown(rig: Rig, size: int) -> None:
    _do(rig, "cut_document", bytes=size)
    rig.hub.print_document("j1", _pdf(1, 10_000))
    assert _end(rig) == PrintUpdate("j1", PrintOutcome.UNKNOWN, "port_lost")
    rig.hub.print_document("j2", ONE_PAGE)
    assert _end(rig, "j2").outcome is PrintOutcome.CONFIRMED
    assert _documents(rig) == [ONE_PAGE]


@pytest.mark.usefixtures("caplog")
@pytest.mark.parametrize("cut", range(0, 400, 23))
def test_an_answer_cut_at_any_byte_ends_in_a_status_and_the_printer_comes_back(rig: Rig, cut: int) -> None:
    _do(rig, "fail_after_bytes", bytes=cut)
    rig.hub.print_document("j1", ONE_PAGE)
    _end(rig)
    wait_until(lambda: rig.hub.statuses()[4].detail == "ok")
    rig.hub.print_document("j2", ONE_PAGE)
    assert _end(rig, "j2").outcome is PrintOutcome.CONFIRMED


@pytest.mark.usefixtures("caplog")
def test_a_silent_printer_is_offline_and_comes_back_by_itself(rig: Rig) -> None:
    _do(rig, "silence")
    assert rig.events.wait_status(DOCUMENT_PRINTER, "no_answer").health is Health.OFFLINE
    _do(rig, "silence", on=False)
    rig.events.wait_status(DOCUMENT_PRINTER, "ok")


@pytest.mark.usefixtures("caplog")
def test_a_job_whose_printer_falls_silent_is_unknown_and_canceled_when_it_speaks_again(rig: Rig) -> None:
    _do(rig, "fail_after_pages", pages=1, what="paper")
    rig.hub.print_document("j1", THREE_PAGES)
    _held(rig, "paper_out")
    _do(rig, "silence")
    assert _end(rig) == PrintUpdate("j1", PrintOutcome.UNKNOWN, "no_answer")
    _do(rig, "silence", on=False)
    wait_until(lambda: rig.do(DOCUMENT_PRINTER, "state")["state"]["jobs"][0]["state"] == "canceled")
    _do(rig, "paper", level="ok")
    rig.events.wait_status(DOCUMENT_PRINTER, "ok")
    assert _documents(rig) == []


@pytest.mark.usefixtures("caplog")
def test_garbled_answers_are_no_answers_of_an_ipp_printer(rig: Rig) -> None:
    _do(rig, "garble", count=1000)
    assert rig.events.wait_status(DOCUMENT_PRINTER, "bad_answer").health is Health.HARDWARE_ERROR
    _do(rig, "garble", count=0)
    rig.events.wait_status(DOCUMENT_PRINTER, "ok")


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", BadAnswer),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi", BadAnswer),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 9\r\n\r\n" + b"\x02" * 9, BadAnswer),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n\r\n" + b"\x02" * (2 << 20), BadAnswer),
        (b"rubbish\r\n\r\n", BadAnswer),
        (b"HTTP/1.1 404 Nobody\r\nContent-Length: 0\r\n\r\n", PortMissing),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 99\r\n\r\n", NoAnswer),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 50, NoAnswer),
    ],
)
def test_answers_that_are_none_end_as_faults_in_time(raw: bytes, fault: type[Exception]) -> None:
    with _Rude(raw) as port:
        address = printer_url(f"ipp://127.0.0.1:{port}/")
        assert address is not None
        http = IppHttp(address, answer_s=0.3)
        request = Message(Operation.GET_JOBS, 1, (Group(GroupTag.OPERATION, (*PREAMBLE, integers("limit", 1))),))
        with pytest.raises(fault):
            http.exchange(request)


class _Rude:
    """Answers each connection with the same bytes and then holds it open."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._server = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> int:
        self._thread.start()
        return int(self._server.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(2.0)
        for connection in self._connections:
            connection.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
                self._connections.append(connection)
                connection.recv(65536)
                connection.sendall(self._raw)
            except OSError:
                if self._server.fileno() < 0:
                    return


@pytest.mark.parametrize("trusted", [True, False])
def test_a_printer_with_its_own_certificate_is_spoken_to_only_if_that_is_the_one(tmp_path: Path, trusted: bool) -> None:
    shown, other = _certificate(tmp_path / "shown.pem"), _certificate(tmp_path / "other.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown)
    model = IppModel(lambda pdf: None)

    def serve(server: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(server.accept()[0], server_side=True) as connection:
            _, _, body = connection.recv(65536).partition(b"\r\n\r\n")
            request, _ = decode(body or connection.recv(65536))
            answer = encode(model.answer(request, b"", "ipps://127.0.0.1/"))
            type_and_size = f"Content-Type: application/ipp\r\nContent-Length: {len(answer)}"
            connection.sendall(f"HTTP/1.1 200 OK\r\n{type_and_size}\r\n\r\n".encode() + answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        url = printer_url(f"ipps://127.0.0.1:{server.getsockname()[1]}/")
        assert url is not None
        printer = IppPrinter(url, OWNER, ca_file=str(shown if trusted else other))
        if trusted:
            assert printer.probe().detail == "ok"
        else:
            with pytest.raises(PortDenied):
                printer.probe()
        thread.join(5.0)


def _certificate(file: Path) -> Path:
    """A key and a certificate that a printer would make for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "printer")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    signed = builder.not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(secret + signed.public_bytes(pem))
    return file


def test_a_document_that_the_printer_takes_no_further_is_asked_about_and_can_be_stopped() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = printer_url(f"ipp://127.0.0.1:{server.getsockname()[1]}/")
        assert url is not None
        asked: list[bool] = []

        def wanted(stalled: bool) -> bool:
            asked.append(stalled)
            return not stalled

        request = Message(Operation.SEND_DOCUMENT, 1, (Group(GroupTag.OPERATION, PREAMBLE),))
        with pytest.raises(Stopped):
            IppHttp(url).exchange(request, bytes(32 << 20), wanted)  # nobody accepts: the buffers fill up
    assert asked.count(True) == 1


def test_a_document_that_the_printer_has_but_does_not_answer_to_can_be_stopped() -> None:
    with _Rude(b"") as port:
        url = printer_url(f"ipp://127.0.0.1:{port}/")
        assert url is not None
        asked: list[bool] = []

        def wanted(stalled: bool) -> bool:
            asked.append(stalled)
            return len(asked) < 3

        request = Message(Operation.SEND_DOCUMENT, 1, (Group(GroupTag.OPERATION, PREAMBLE),))
        with pytest.raises(Stopped) as stopped:
            IppHttp(url, answer_s=3.0).exchange(request, bytes(100), wanted)
    assert (asked, stopped.value.whole) == ([False] * 3, True)


@pytest.mark.parametrize("in_one_request", [False, True])
def test_a_session_that_ends_before_the_printer_has_answered_to_its_document_leaves_no_page(
    rig: Rig, in_one_request: bool
) -> None:
    if in_one_request:
        rig.bench.emulated[DOCUMENT_PRINTER].act("without", {"operations": "CREATE_JOB"})
    _do(rig, "slow", pages_per_minute=20)
    _do(rig, "delay", ms=400)
    rig.hub.print_document("j1", ONE_PAGE)
    wait_until(lambda: any(job["pages"] for job in _jobs(rig)))
    rig.hub.cancel_documents()
    assert _end(rig).outcome is PrintOutcome.CANCELED
    assert [job["state"] for job in _jobs(rig)] == ["canceled"]
    assert _state(rig)["pages_out"] == 0


def _jobs(rig: Rig) -> list[dict[str, object]]:
    jobs = _state(rig)["jobs"]
    assert isinstance(jobs, list)
    return jobs


def test_a_job_that_left_its_queue_for_the_printer_is_followed_there(tmp_path: Path) -> None:
    printer, queue = EmulatedIppPrinter(tmp_path / "printer"), EmulatedIppPrinter(tmp_path / "queue")
    queue.act("cups", {"device_uri": printer.url})
    queue.act("fail_after_pages", {"pages": 1, "what": "paper"})
    printer.act("paper", {"level": "out"})
    printer.act("stubborn", {})
    events = Recorder()
    hub = build_hub([DeviceBinding(DOCUMENT_PRINTER, "ipp", {"url": queue.url})], FixedClock(), _registry(), QUICK)
    hub.start(events.publish)
    try:
        events.wait_status(DOCUMENT_PRINTER, "ok")
        hub.print_document("j1", THREE_PAGES)
        events.wait(PrintUpdate, lambda update: update.outcome is PrintOutcome.HELD)
        _leave_a_job(printer.url, f"{OWNER} 0a1b")  # what the queue makes of it
        queue.act("paper", {"level": "ok"})
        hub.cancel_documents()
        events.wait_status(DOCUMENT_PRINTER, "clearing")
        assert PrintUpdate("j1", PrintOutcome.CANCELED) not in events.events
        printer.act("stubborn", {"on": False})
        events.wait(PrintUpdate, lambda update: update == PrintUpdate("j1", PrintOutcome.CANCELED))
    finally:
        hub.stop(5.0)
        queue.close()
        printer.close()


def test_an_idle_cups_queue_is_not_believed_when_the_printer_behind_it_has_paper_again(tmp_path: Path) -> None:
    printer = EmulatedIppPrinter(tmp_path / "printer")
    queue = EmulatedIppPrinter(tmp_path / "queue")
    try:
        queue.act("cups", {"device_uri": printer.url})
        queue.act("reason", {"keywords": "media-empty-warning"})
        url = printer_url(queue.url)
        assert url is not None
        driver = IppPrinter(url, OWNER)
        assert driver.probe().detail == "ok"
        printer.act("cover", {})
        assert driver.probe().detail == "cover_open"
        printer.act("unplug", {})
        assert driver.probe().detail == "paper_out"
    finally:
        queue.close()
        printer.close()


# --- reasons, self-test, settings ---------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["", "-report", "-warning", "-error"])
@pytest.mark.parametrize("reason", sorted(REASONS))
def test_a_reason_means_the_same_whatever_its_ending(reason: str, ending: str) -> None:
    row = REASONS[reason]
    verdict = judge(Snapshot(3, (f"{reason}{ending}",), accepting=True, takes_pdf=True))
    assert (verdict.condition.health, verdict.condition.detail, verdict.blocks) == (row.health, row.detail, row.blocks)


@pytest.mark.parametrize(
    ("state", "reasons", "accepting", "takes_pdf", "detail", "blocks"),
    [
        (3, ("none",), True, True, "ok", False),
        (4, (), True, True, "ok", False),
        (3, ("media-low-warning", "cover-open-error"), True, True, "cover_open", True),
        (3, ("toner-low", "media-jam"), True, True, "paper_jammed", True),
        (5, (), True, True, "printer_stopped", True),
        (5, ("media-low",), True, True, "printer_stopped", True),
        (3, ("none",), False, True, "not_accepting", True),
        (3, ("none",), True, False, "no_pdf", True),
        (3, ("cups-waiting-for-job-completed",), True, True, "ok", False),
        (3, ("glue-empty-error",), True, True, "glue_empty", True),
        (3, ("glue-low-warning",), True, True, "glue_low", False),
        (3, ("other-error",), True, True, "printer_error", True),
        (3, ("other-report",), True, True, "printer_warning", False),
        (3, ("\u202e<b>",), True, True, "printer_error", True),
    ],
)
def test_states_and_reasons_become_one_word(
    state: int, reasons: tuple[str, ...], accepting: bool, takes_pdf: bool, detail: str, blocks: bool
) -> None:
    verdict = judge(Snapshot(state, reasons, accepting=accepting, takes_pdf=takes_pdf))
    assert (verdict.condition.detail, verdict.blocks) == (detail, blocks)


def test_the_self_test_asks_whether_a_pdf_would_be_taken_and_prints_nothing(rig: Rig) -> None:
    report = rig.hub.self_test(DOCUMENT_PRINTER)
    assert (report.ok, report.detail) == (True, "ok: Validate-Job 0000")
    _do(rig, "cover")
    report = rig.hub.self_test(DOCUMENT_PRINTER)
    assert (report.ok, report.detail) == (False, "cover_open: Validate-Job 0000")
    assert _state(rig)["jobs"] == []


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("ipp://192.0.2.7/ipp/print", True),
        ("ipps://printer.example:8631/ipp/print", True),
        ("ipp://[2001:db8::1]:631/printers/a4", True),
        ("http://192.0.2.7/ipp/print", False),
        ("ipp://name:word@192.0.2.7/", False),
        ("ipp://192.0.2.7:99999/", False),
        ("ipp:///printers/a4", False),
        ("ipp://192.0.2.7/a b", False),
    ],
)
def test_a_printers_address_is_checked_with_the_settings(text: str, good: bool) -> None:
    assert (SPEC.options["url"].problem(text) is None) is good
    url = printer_url(text)
    assert (url is not None) is good
    assert url is None or printer_url(str(url)) == url


def test_each_terminal_marks_its_jobs_with_its_own_name() -> None:
    assert owner_name("hall 3/左") == "terminal-hall-3-"
    assert owner_name("") == "terminal-unnamed"


# --- a printer that nobody here wrote -----------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("ippeveprinter", path="/usr/sbin:/usr/bin") is None, reason="no ippeveprinter here")
@pytest.mark.skipif(os.geteuid() != 0, reason="ippeveprinter's name service is started as root")
def test_on_ippeveprinter_a_document_prints_and_none_comes_out_after_its_session(tmp_path: Path) -> None:
    with (
        printer(tmp_path) as paper,
        Watch(DOCUMENT_PRINTER, "ipp", {"url": paper.url, "owner": OWNER}) as watch,
    ):
        first, left = sample_pdf("first"), sample_pdf("left")
        assert watch.status("ok")
        assert watch.hub.self_test(DOCUMENT_PRINTER).ok
        watch.hub.print_document("j1", first)
        assert watch.end_of("j1") == "confirmed"
        paper.set("paper_out")
        watch.hub.print_document("j2", left)
        assert watch.held("j2", "paper_out")
        watch.hub.cancel_documents()
        assert watch.end_of("j2") == "canceled"
        paper.set("ok")
        watch.hub.print_document("j3", first)
        assert watch.end_of("j3") == "confirmed"
        assert paper.pages() == [first, first]
