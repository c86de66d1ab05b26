"""Our IPP driver on a CUPS queue that prints on ippeveprinter, set up as docs/devices/document_printer.md asks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from devices.lab.bench import LabProblem, Report, Watch, program, running, until
from devices.lab.ipp_everywhere import OWNER, Paper, free_port, listens, printer, sample_pdf
from kiosk.domain.devices import DOCUMENT_PRINTER

NAME = "cups"
ABOUT = "our IPP driver on a CUPS queue that prints on ippeveprinter"
_QUEUE = "a4"
_WAIT_S = 60.0

_CUPSD = """
LogLevel warn
PreserveJobHistory Yes
PreserveJobFiles No
MaxJobTime 300
Browsing No
WebInterface No
DefaultAuthType None
Listen 127.0.0.1:{port}
<Location />
  Order allow,deny
</Location>
<Policy default>
  JobPrivateAccess default
  JobPrivateValues default
  <Limit Cancel-Job Send-Document>
    Require user @OWNER @SYSTEM
    Order deny,allow
  </Limit>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""
_FILES = """
ServerRoot {folder}
RequestRoot {folder}/spool
TempDir {folder}/spool/tmp
CacheDir {folder}/cache
StateDir {folder}/state
AccessLog {folder}/access_log
ErrorLog {folder}/error_log
PageLog {folder}/page_log
FileDevice No
"""


def play(report: Report, folder: Path) -> None:
    """See devices.lab."""
    if os.geteuid() != 0:
        raise LabProblem("cupsd of one's own needs root")
    own = folder / "queue"
    for each in ("spool/tmp", "cache", "state", "ppd"):
        (own / each).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    paper_folder = folder / "printer"
    paper_folder.mkdir(exist_ok=True)
    with printer(paper_folder) as paper:
        port = free_port()
        settings, files = own / "cupsd.conf", own / "cups-files.conf"
        settings.write_text(_CUPSD.format(port=port), encoding="ascii")
        files.write_text(_FILES.format(folder=own), encoding="ascii")
        command = [program("cupsd"), "-f", "-c", str(settings), "-s", str(files)]
        with running("cupsd", command, folder, lambda: listens(port)):
            _make_queue(paper, port)
            url = f"ipp://127.0.0.1:{port}/printers/{_QUEUE}"
            with Watch(DOCUMENT_PRINTER, "ipp", {"url": url, "owner": OWNER}) as watch:
                _print(report, paper, watch, own / "spool")


def _make_queue(paper: Paper, port: int) -> None:
    command = [program("lpadmin"), "-h", f"127.0.0.1:{port}", "-p", _QUEUE, "-E", "-v", paper.url, "-m", "everywhere"]
    command += ["-o", "printer-error-policy=abort-job", "-o", "printer-is-shared=false"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode != 0:
        raise LabProblem(f"lpadmin makes no queue: {done.stderr.strip()}")


def _print(report: Report, paper: Paper, watch: Watch, spool: Path) -> None:
    status = watch.status("ok")
    report.check("the queue is online and says what it is", status is not None, status.model if status else "")
    test = watch.hub.self_test(DOCUMENT_PRINTER)
    report.check("the self-test passes", test.ok, test.detail)

    watch.hub.print_document("plain", sample_pdf("plain"))
    end = watch.end_of("plain", _WAIT_S)
    report.check("a document is confirmed", end == "confirmed", end)
    report.check("one page came out", len(paper.pages()) == 1, len(paper.pages()))
    report.check("no file of it is kept by the queue", until(lambda: not _documents(spool), 5.0), _documents(spool))

    paper.set("paper_out")
    watch.hub.print_document("left", sample_pdf("left"))
    report.check("the resident's job waits for paper", watch.held("left", "paper_out", _WAIT_S), watch.now().detail)
    watch.hub.cancel_documents()
    end = watch.end_of("left", _WAIT_S)
    report.check("the session ends: the job is canceled", end == "canceled", end)
    paper.set("ok")
    report.check("paper is put in: the queue is free again", until(lambda: watch.now().detail == "ok", _WAIT_S))
    watch.hub.print_document("next", sample_pdf("next"))
    end = watch.end_of("next", _WAIT_S)
    report.check("the next resident's document prints", end == "confirmed", end)
    report.check("and no page of the one before came out", len(paper.pages()) == 2, len(paper.pages()))
    report.check("no file is kept by the queue", until(lambda: not _documents(spool), 5.0), _documents(spool))


def _documents(spool: Path) -> list[str]:
    """Files that hold documents (control files are c00001, documents d00001-001)."""
    return sorted(each.name for each in spool.glob("d*"))
