"""The centre is killed at any moment: what it answered is there, once, and the repeat gets the same answer."""

from __future__ import annotations

import http.client
import json
import sqlite3
import threading
from pathlib import Path

from kiosk.forms import canonical_bytes
from tests.central.samples import case, case_bytes
from tests.central.support import Client, Running, sha256
from tests.central.test_papers import JPEG, file, with_papers
from tests.central.test_start import started
from tests.central.test_uploads import TUS, announced

ANSWERS = 15
PATCH = {**TUS, "Content_Type": "application/offset+octet-stream"}


def test_a_killed_centre_has_lost_nothing_it_answered_and_has_nothing_twice_or_half(
    centre: Running, tmp_path: Path
) -> None:
    page = JPEG + b"killed"
    waiting = canonical_bytes(with_papers(centre, file(page)))
    answered: dict[bytes, object] = {}
    open_end: list[bytes] = []
    enough = threading.Event()
    with started(tmp_path, "--residents", "5") as (process, _, port):
        client = Client("127.0.0.1", port)
        place = client.ask("POST", "/v1/files/", None, **announced(page)).headers["location"]
        assert client.ask("PATCH", place, page[:700], **PATCH, Upload_Offset="0").status == 204
        assert client.put_case(waiting).json["missing"] == [sha256(page)]

        def send() -> None:
            for number in range(10_000):
                body = case_bytes(centre)
                try:
                    answered[body] = stored(client, body)
                except (OSError, http.client.HTTPException):
                    open_end.append(body)  # nobody knows whether it is stored
                    return
                if number == ANSWERS:
                    enough.set()

        senders = [threading.Thread(target=send) for _ in range(3)]
        for sender in senders:
            sender.start()
        assert enough.wait(30)
        process.kill()
        for sender in senders:
            sender.join()

    with started(tmp_path, "--residents", "5") as (_, _, port):
        client = Client("127.0.0.1", port)
        for body, answer in answered.items():
            again = client.put_case(body)
            assert (again.status, again.json) == (200, answer)
        for body in open_end:
            stored(client, body)
        assert client.ask("HEAD", place, **TUS).headers["upload-offset"] == "700"
        assert client.put_case(waiting).status == 202
        assert client.ask("PATCH", place, page[700:], **PATCH, Upload_Offset="700").status == 204
        assert [client.put_case(waiting).status for _ in range(2)] == [201, 200]
    with sqlite3.connect(tmp_path / "central.sqlite") as database:
        rows = [row[0] for row in database.execute("SELECT case_id FROM cases")]
    assert len(answered) > ANSWERS
    assert sorted(rows) == sorted(json.loads(body)["case_id"] for body in [*answered, *open_end, waiting])


def stored(client: Client, body: bytes) -> object:
    answer = client.put_case(body)
    assert answer.status in (200, 201), answer.body
    assert answer.json["sha256"] == sha256(body)
    return answer.json


def test_a_crash_between_commit_and_answer_is_met_by_the_same_answer(centre: Running) -> None:
    told = case(centre)
    body = canonical_bytes(told)
    _, committed = centre.centre.cases.put(told["case_id"], body, sha256(body))  # and nobody heard of it
    answer = centre.client.put_case(body)
    assert (answer.status, answer.json) == (200, committed)


def test_everything_answered_is_on_disk_by_full_synchronous_commits(centre: Running) -> None:
    with centre.centre.store.write() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
