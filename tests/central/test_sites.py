"""The city's places: what each terminal's last heartbeat says of its devices, and nothing else of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from central.words import SITES
from config.sites import SITES_FILE
from tests.central.support import Running, running

HERE = "dongmen-mall"


def site(centre: Running, name: str = HERE) -> Any:
    return next(site for site in centre.client.get("/v1/sites").json["sites"] if site["id"] == name)


def beat(centre: Running, terminal: str, *devices: dict[str, Any], place: str = HERE) -> None:
    assert (
        centre.client.post("/v1/heartbeat", {"terminal": terminal, "site": place, "devices": list(devices)}).status
        == 200
    )


def test_a_heartbeat_says_what_works_at_its_place_from_then_on(tmp_path: Path) -> None:
    with running(tmp_path, demo=False) as centre:
        assert site(centre)["machines"] == []

        beat(
            centre,
            "YP0501",
            {"name": "id_card", "usable": True, "detail": "ok"},
            {"name": "receipt_printer", "usable": False, "detail": "paper_out"},
        )

        assert site(centre)["machines"] == [{"working": ["id_card"], "as_of": "2026-11-21T06:46:00Z"}]
        beat(centre, "YP0501", {"name": "id_card", "usable": False})
        assert site(centre)["machines"] == [{"working": [], "as_of": "2026-11-21T06:46:00Z"}]


def test_a_terminal_silent_for_a_week_is_no_news_and_an_unlisted_place_is_left_out(tmp_path: Path) -> None:
    with running(tmp_path, demo=False) as centre:
        beat(centre, "YP0501", {"name": "id_card", "usable": True})
        beat(centre, "YP0502", {"name": "id_card", "usable": True}, place="nowhere")

        centre.clock.advance(7 * 24 * 3600 + 1)

        assert site(centre)["machines"] == []


def test_unchanged_news_are_not_sent_again(tmp_path: Path) -> None:
    with running(tmp_path, demo=False) as centre:
        etag = centre.client.get("/v1/sites").headers["etag"]
        assert centre.client.get("/v1/sites", If_None_Match=etag).status == 304

        beat(centre, "YP0501", {"name": "id_card", "usable": True})

        assert centre.client.get("/v1/sites", If_None_Match=etag).status == 200


def test_a_device_state_with_anything_more_in_it_is_refused(centre: Running) -> None:
    devices = [{"name": "id_card", "usable": True, "holder": "x"}]
    answer = centre.client.post("/v1/heartbeat", {"terminal": "YP0501", "devices": devices})
    assert (answer.status, answer.problem) == (422, "request-invalid")


def test_invented_machines_are_there_in_a_demonstration_alone(tmp_path: Path) -> None:
    with running(tmp_path, demo=True) as centre:
        assert site(centre)["machines"]
    with running(tmp_path, demo=False) as centre:
        assert not site(centre)["machines"]


def test_centre_and_terminal_know_the_same_places() -> None:
    import tomllib

    listed = {site["id"] for site in json.loads(SITES.read_text("utf-8"))["sites"]}
    assert listed == set(tomllib.loads(SITES_FILE.read_text("utf-8"))["sites"])
