"""Our IPP driver on ippeveprinter, the reference IPP printer: every trouble of paper, and no page after the session."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from devices.codecs.ipp import PREAMBLE, Group, GroupTag, Message, Operation, Tag, texts
from devices.lab.bench import LabProblem, Report, Watch, program, running, until
from devices.transports.ipp_http import IppHttp, printer_url
from kiosk.domain.devices import DOCUMENT_PRINTER, PrintOutcome, PrintUpdate

NAME = "ipp"
ABOUT = "our IPP driver on ippeveprinter, the reference printer of CUPS"
OWNER = "terminal-lab"
_ROOT = Path(__file__).resolve().parents[2]
_AVAHI = "[server]\nallow-interfaces=lo\nuse-ipv6=no\n[publish]\n[reflector]\n[rlimits]\n"
_TRAYS = (1, 3)  # main and by-pass: the other two of its list are no places for paper


def sample_pdf(words: str) -> bytes:
    """A one-page A4 document that any filter can read."""
    text = b"BT /F1 24 Tf 72 700 Td (%s) Tj ET" % words.encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    pdf, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    tail = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return pdf + tail % (size, table, size, len(pdf))


@dataclass(frozen=True, slots=True)
class Paper:
    """The printer's paper path and address."""

    folder: Path
    url: str

    def set(self, how: str) -> None:
        """See paper_engine."""
        fresh = self.folder / ".how"
        fresh.write_text(how, encoding="ascii")
        fresh.replace(self.folder / "how")

    def pages(self) -> list[bytes]:
        """What came out, in order."""
        return [page.read_bytes() for page in sorted(self.folder.glob("page-*.pdf"))]

    def load(self, sheets: int) -> None:
        """Fill or empty the trays by the printer's own web page."""
        address = f"http{self.url[3:].partition('/ipp/')[0]}/media"
        trays = "&".join(f"size{n}=iso_a4_210x297mm&type{n}=stationery&level{n}={sheets}" for n in _TRAYS)
        try:
            urllib.request.urlopen(f"{address}?{trays}", timeout=5).close()
        except urllib.error.URLError as error:
            raise LabProblem("the printer's web page does not answer") from error


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody listens on this port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), 1.0).close()
    except OSError:
        return False
    return True


@contextmanager
def name_service(folder: Path) -> Iterator[None]:
    """D-Bus and avahi, which ippeveprinter insists on; started when they do not run, then ended again."""
    with ExitStack() as opened:
        bus = Path("/run/dbus/system_bus_socket")
        if not _answers_dbus(bus):
            bus.parent.mkdir(parents=True, exist_ok=True)
            (bus.parent / "pid").unlink(missing_ok=True)
            command = [program("dbus-daemon"), "--system", "--nofork", "--nopidfile"]
            opened.enter_context(running("dbus", command, folder, lambda: _answers_dbus(bus)))
        if subprocess.run([program("avahi-daemon"), "--check"], check=False).returncode != 0:
            settings = folder / "avahi.conf"
            settings.write_text(_AVAHI, encoding="ascii")
            avahi = program("avahi-daemon")
            command = [avahi, "--no-drop-root", "--no-rlimits", "--no-chroot", "-f", str(settings)]
            opened.enter_context(running("avahi", command, folder, lambda: "startup complete" in _log(folder, "avahi")))
        yield


def _log(folder: Path, name: str) -> str:
    return (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace").lower()


def _answers_dbus(bus: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        return connection.connect_ex(str(bus)) == 0


@contextmanager
def printer(folder: Path) -> Iterator[Paper]:
    """A running ippeveprinter with our paper engine."""
    engine, spool, port = folder / "engine.sh", folder / "spool", free_port()
    spool.mkdir(exist_ok=True)
    paths = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    engine.write_text(
        f'#!/bin/sh\nPYTHONPATH="{paths}" exec "{sys.executable}" -m devices.lab.paper_engine "{folder}" "$1"\n',
        encoding="utf-8",
    )
    engine.chmod(engine.stat().st_mode | stat.S_IXUSR)
    command = [program("ippeveprinter"), "-n", "localhost", "-p", str(port), "-d", str(spool), "-k"]
    command += ["-f", "application/pdf,image/pwg-raster", "-c", str(engine), f"Lab{port}"]
    with name_service(folder), running("ippeveprinter", command, folder, lambda: listens(port)):
        paper = Paper(folder, f"ipp://localhost:{port}/ipp/print")
        paper.set("ok")
        paper.load(250)
        yield paper


def play(report: Report, folder: Path) -> None:
    """See devices.lab."""
    with printer(folder) as paper:
        with Watch(DOCUMENT_PRINTER, "ipp", {"url": paper.url, "owner": OWNER}) as watch:
            status = watch.status("ok")
            report.check("it is online and says what it is", status is not None, status.model if status else "")
            test = watch.hub.self_test(DOCUMENT_PRINTER)
            report.check("the self-test passes", test.ok, test.detail)
            _troubles(report, paper, watch)
            _after_the_session(report, paper, watch)
        _after_a_crash(report, paper)


def _troubles(report: Report, paper: Paper, watch: Watch) -> None:
    pdf = sample_pdf("first")
    watch.hub.print_document("plain", pdf)
    end = watch.end_of("plain")
    steps = [e.outcome for e in watch.events if isinstance(e, PrintUpdate) and e.job_id == "plain"]
    told = steps == [PrintOutcome.QUEUED, PrintOutcome.SENT, PrintOutcome.CONFIRMED]
    report.check("a document is queued, sent and confirmed", told, end)
    report.check("its page is the document, byte for byte", paper.pages() == [pdf])

    paper.set("slow")
    watch.hub.print_document("slow", pdf)
    report.check("a slow printer is waited for", watch.end_of("slow") == "confirmed")

    for how, detail in (("paper_out", "paper_out"), ("jam", "paper_jammed")):
        paper.set(how)
        watch.hub.print_document(how, pdf)
        held = watch.held(how, detail)
        status = watch.now()
        report.check(f"{how} holds the job and is shown", held, f"{status.health} {status.supply} {status.detail}")
        before = len(paper.pages())
        paper.set("ok")
        end = watch.end_of(how)
        report.check(
            f"{how} put right: the page comes out", end == "confirmed" and len(paper.pages()) == before + 1, end
        )

    paper.set("abort")
    watch.hub.print_document("abort", pdf)
    end = watch.end_of("abort")
    report.check("a job that the printer aborts has failed", end == "failed aborted", end)

    paper.set("ok")
    paper.load(0)
    spooled = len(list((paper.folder / "spool").iterdir()))
    watch.hub.print_document("refused", pdf)
    end = watch.end_of("refused")
    kept = len(list((paper.folder / "spool").iterdir())) == spooled
    report.check("a printer without paper gets no byte of a document", end == "failed paper_out" and kept, end)
    paper.load(250)
    report.check("paper put in is noticed", watch.status("ok") is not None)


def _after_the_session(report: Report, paper: Paper, watch: Watch) -> None:
    pages = paper.pages()
    paper.set("paper_out")
    watch.hub.print_document("left", sample_pdf("left"))
    report.check("the resident's job waits for paper", watch.held("left", "paper_out"))
    watch.hub.cancel_documents()
    end = watch.end_of("left")
    report.check("the session ends: the job is canceled", end == "canceled", end)
    paper.set("ok")
    watch.hub.print_document("next", sample_pdf("next"))
    end = watch.end_of("next")
    report.check("paper is put in: the next resident's document prints", end == "confirmed", end)
    report.check("and no page of the one before came out", paper.pages() == [*pages, sample_pdf("next")])

    paper.set("deaf")
    watch.hub.print_document("deaf", sample_pdf("deaf"))
    report.check("a printer that is deaf to a cancel: the job waits for paper", watch.held("deaf", "paper_out"))
    watch.hub.cancel_documents()
    status = watch.status("clearing")
    report.check("the session ends: the printer is being cleared", status is not None, status.health if status else "")
    watch.hub.print_document("early", sample_pdf("early"))
    end = watch.end_of("early")
    report.check("it takes nothing new meanwhile", end == "failed clearing", end)
    paper.set("ok")
    report.check("paper is put in: it is free again", watch.status("ok") is not None)
    ends = [e.outcome for e in watch.events if isinstance(e, PrintUpdate) and e.job_id == "deaf"]
    told = ends[-1] is PrintOutcome.CANCELED and ends.count(PrintOutcome.CANCELED) == 1
    report.check("the canceled job is told its end, once", told)
    report.check("and its page was thrown away", sample_pdf("deaf") not in paper.pages())


def _after_a_crash(report: Report, paper: Paper) -> None:
    pages = paper.pages()
    paper.set("paper_out")
    _leave_behind(paper.url)
    with Watch(DOCUMENT_PRINTER, "ipp", {"url": paper.url, "owner": OWNER}) as watch:
        free = until(lambda: watch.now().detail == "ok")
        report.check("a job left by a crash is canceled at the next start", free, watch.now().detail)
        paper.set("ok")
        watch.hub.print_document("fresh", sample_pdf("fresh"))
        end = watch.end_of("fresh")
        report.check("the next document prints, the one left behind does not", end == "confirmed", end)
        report.check("no page of the one left behind came out", paper.pages() == [*pages, sample_pdf("fresh")])


def _leave_behind(url: str) -> None:
    """A job as a run that was cut off would have left it."""
    address = printer_url(url)
    if address is None:
        raise LabProblem(url)
    names = {"requesting-user-name": OWNER, "job-name": f"{OWNER} 00c0ffee"}
    operation = (
        *PREAMBLE,
        texts(Tag.URI, "printer-uri", url),
        *(texts(Tag.NAME, name, value) for name, value in names.items()),
        texts(Tag.MIME_TYPE, "document-format", "application/pdf"),
    )
    request = Message(Operation.PRINT_JOB, 1, (Group(GroupTag.OPERATION, operation),))
    if not IppHttp(address).exchange(request, sample_pdf("left behind")).succeeded:
        raise LabProblem("the printer takes no job")
