"""Heartbeats and ratings: a rating counts once and leads nowhere."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.central.support import Running, running

ITEM = "residence-permit-renewal"


def beat(centre: Running, **more: object) -> list[str]:
    answer = centre.client.post("/v1/heartbeat", {"terminal": "YP0301", **more})
    assert answer.status == 200
    tokens: list[str] = answer.json["rating_tokens"]
    return tokens


def test_heartbeat_tells_the_time_and_fills_the_pool_up(centre: Running) -> None:
    answer = centre.client.post("/v1/heartbeat", {"terminal": "YP0301", "devices": [{"name": "id_card"}]})
    assert answer.json["time"] == "2026-11-21T06:46:00Z"
    assert answer.json["catalogue_version"] == centre.client.get("/v1/catalogue").json["version"]
    assert len(set(answer.json["rating_tokens"])) == 20
    assert len(beat(centre, rating_tokens_left=17)) == 3
    assert beat(centre, rating_tokens_left=400) == []


def test_a_token_rates_once(centre: Running) -> None:
    token = beat(centre)[0]
    rating = {"token": token, "item_id": ITEM, "level": 5, "reasons": ["fast", "clear"]}
    assert centre.client.post("/v1/ratings", rating).status == 201
    again = centre.client.post("/v1/ratings", {**rating, "level": 1})
    assert (again.status, again.problem) == (409, "token-used")
    assert centre.centre.terminals.levels()[5] == 1
    assert 1 not in centre.centre.terminals.levels()


def test_an_invented_token_and_an_old_one_are_unknown(centre: Running) -> None:
    invented = centre.client.post("/v1/ratings", {"token": "x" * 32, "item_id": ITEM, "level": 3, "reasons": []})
    assert (invented.status, invented.problem) == (404, "token-unknown")
    token = beat(centre)[0]
    centre.clock.advance(61 * 24 * 3600)
    try:
        assert (
            centre.client.post("/v1/ratings", {"token": token, "item_id": ITEM, "level": 3, "reasons": []}).status
            == 404
        )
    finally:
        centre.clock.advance(-61 * 24 * 3600)


def test_a_level_outside_one_to_five_and_free_text_are_refused_and_spend_nothing(centre: Running) -> None:
    token = beat(centre)[0]
    for level, reasons in ((0, []), (6, []), (2.5, []), (True, []), (3, ["太慢了 somebody"])):
        answer = centre.client.post(
            "/v1/ratings", {"token": token, "item_id": ITEM, "level": level, "reasons": reasons}
        )
        assert (answer.status, answer.problem) == (422, "request-invalid")
    assert centre.client.post("/v1/ratings", {"token": token, "item_id": ITEM, "level": 3, "reasons": []}).status == 201


def test_an_item_that_is_no_item_is_refused_and_spends_nothing(centre: Running) -> None:
    token = beat(centre)[0]
    for item in ("", "林秋禾", "Item", "x" * 65):
        answer = centre.client.post("/v1/ratings", {"token": token, "item_id": item, "level": 3, "reasons": []})
        assert (answer.status, answer.problem) == (422, "request-invalid")


def test_the_desk_tells_the_ratings_of_an_item_from_five_on(centre: Running) -> None:
    item = "newborn"
    for number, token in enumerate(beat(centre)[:5]):
        assert item not in centre.client.get("/desk").body.decode()
        said = {"token": token, "item_id": item, "level": 1 + number % 2, "reasons": ["slow"]}
        assert centre.client.post("/v1/ratings", said).status == 201
    page = centre.client.get("/desk").body.decode()
    assert f"{item}</td><td>5</td><td>1.4</td><td>slow 5</td>" in page


def test_nothing_in_the_database_ties_a_rating_to_terminal_case_token_or_order(tmp_path: Path) -> None:
    with running(tmp_path) as centre:
        tokens = beat(centre)
        for level, token in enumerate([*tokens[:5], tokens[6]], start=1):
            rating = {"token": token, "item_id": ITEM, "level": min(level, 5), "reasons": []}
            centre.client.post("/v1/ratings", rating)
    with closing(sqlite3.connect(tmp_path / "central.sqlite")) as database:
        counts = database.execute("SELECT * FROM rating_counts").fetchall()
        assert counts == [(ITEM, "2026-11", f"level.{level}", 1 if level < 5 else 2) for level in range(1, 6)]
        assert [row[1] for row in database.execute("PRAGMA table_info(rating_tokens)")] == [
            "token_hash", "expires_on", "used",
        ]  # fmt: skip
        for table in ("rating_counts", "rating_tokens"):
            definition = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
            assert "WITHOUT ROWID" in definition
        whole = "\n".join(database.iterdump())
    for token in tokens:
        assert token not in whole
