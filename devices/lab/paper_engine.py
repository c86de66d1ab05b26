"""The paper path of `ippeveprinter`, which runs this as its command for each document and has no paper of its own.

`python paper_engine.py FOLDER FILE`. The word in FOLDER/how says what happens: ok, slow, paper_out or jam (until it is
ok again), abort, and deaf: out of paper, and deaf to a cancel. Before the page comes out the engine asks the printer
that runs it whether the job is still wanted, as the controller of a real printer does: ippeveprinter itself lets its
command run on after Cancel-Job. The page comes out as FOLDER/page-NNN.pdf.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from devices.codecs.ipp import PREAMBLE, Group, GroupTag, JobState, Message, Operation, Tag, integers, keywords, texts
from devices.transports.ipp_http import IppHttp, printer_url

_TROUBLES = {"paper_out": "media-empty-error", "deaf": "media-empty-error", "jam": "media-jam-error"}
_SLOW_S = 3.0
_LOOK_S = 0.1


def main(folder: Path, document: Path) -> int:
    """Print one document; the exit code, which aborts the job when it is not 0."""
    how = _how(folder)
    if how == "abort":
        return 1
    if how == "slow":
        time.sleep(_SLOW_S)
    if how in _TROUBLES:
        reason = _TROUBLES[how]
        print(f"STATE: +{reason}", file=sys.stderr, flush=True)
        while _how(folder) != "ok":
            if how != "deaf" and not _wanted():
                print(f"STATE: -{reason}", file=sys.stderr, flush=True)
                return 0
            time.sleep(_LOOK_S)
        print(f"STATE: -{reason}", file=sys.stderr, flush=True)
    if not _wanted():
        return 0
    pages = len(list(folder.glob("page-*.pdf")))
    (folder / f"page-{pages + 1:03d}.pdf").write_bytes(document.read_bytes())
    print("ATTR: job-impressions-completed=1", file=sys.stderr, flush=True)
    return 0


def _how(folder: Path) -> str:
    try:
        return (folder / "how").read_text(encoding="ascii").strip()
    except OSError:
        return "ok"


def _wanted() -> bool:
    """Whether the job this runs for has not been canceled."""
    url = printer_url(os.environ.get("IPP_JOB_PRINTER_URI", ""))
    number = os.environ.get("IPP_JOB_ID", "")
    if url is None or not number.isdigit():
        return True
    operation = (
        *PREAMBLE,
        texts(Tag.URI, "printer-uri", str(url)),
        integers("job-id", int(number)),
        keywords("requested-attributes", "job-state", "job-state-reasons"),
    )
    request = Message(Operation.GET_JOB_ATTRIBUTES, 1, (Group(GroupTag.OPERATION, operation),))
    job = IppHttp(url).exchange(request).first(GroupTag.JOB)
    going = job.number("job-state") in (JobState.PENDING, JobState.HELD, JobState.PROCESSING, JobState.STOPPED)
    return going and "processing-to-stop-point" not in job.texts("job-state-reasons")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
