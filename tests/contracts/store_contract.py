"""What every `CaseStore` must do; run on the SQLite store and on the one in memory."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from kiosk.domain.errors import StoreClosed, StoreError
from kiosk.domain.usage import Figure, Mark, What
from kiosk.ports.storage import (
    KV_SEALING_KEYS,
    CaseState,
    CaseStore,
    CommitFault,
    Ended,
    Errand,
    ErrandKind,
    ExportReport,
    PackagePut,
    Park,
    Postpone,
    Retention,
    SweepReport,
)
from kiosk.ports.usage import UsageBook
from tests.contracts.samples import (
    START,
    HandClock,
    answer,
    case_id,
    got,
    photograph,
    sealing_keys,
    submission,
    unsealed,
)


class StoreContract:
    """Subclass and give the fixtures `clock` and `store`."""

    @pytest.fixture
    def clock(self) -> HandClock:
        return HandClock()

    @pytest.fixture
    def store(self, clock: HandClock) -> Iterator[CaseStore]:
        raise NotImplementedError

    def test_a_committed_case_is_listed_queued_and_read_back_byte_for_byte(self, store: CaseStore) -> None:
        item = submission()
        result = got(store.commit((item,)))
        assert (result.ok, result.reason, result.at) == (True, None, START)
        row = got(store.cases())[0]
        assert (row.case_id, row.state, row.attempts, row.sha256) == (item.case_id, CaseState.COMMITTED, 0, item.sha256)
        assert [line.state for line in row.states] == [CaseState.COMMITTED]
        assert got(store.body(item.case_id)) == item.body
        assert [entry.case_id for entry in got(store.due(START, 10))] == [item.case_id]
        assert got(store.verify()).ok

    def test_parent_and_children_are_committed_together_in_order(self, store: CaseStore) -> None:
        parent = submission(1)
        children = tuple(submission(n, parent=parent.case_id) for n in (2, 3))
        assert got(store.commit((parent, *children))).ok
        assert [(row.case_id, row.parent) for row in got(store.cases())] == [
            (parent.case_id, None),
            (case_id(2), parent.case_id),
            (case_id(3), parent.case_id),
        ]

    def test_the_same_case_again_is_ok_and_stays_one(self, store: CaseStore) -> None:
        assert got(store.commit((submission(),))).ok
        assert got(store.commit((submission(),))).ok
        assert len(got(store.cases())) == 1

    def test_the_same_id_with_other_bytes_is_refused_and_nothing_of_the_commit_stays(self, store: CaseStore) -> None:
        assert got(store.commit((submission(),))).ok
        result = got(store.commit((submission(2), submission(1, text="other"))))
        assert (result.ok, result.reason) == (False, CommitFault.CONFLICT)
        assert [row.case_id for row in got(store.cases())] == [case_id(1)]

    @pytest.mark.parametrize("bad", ["hash", "id", "empty", "twice"])
    def test_a_malformed_commit_is_refused(self, store: CaseStore, bad: str) -> None:
        good = submission()
        wrong_hash = replace(good, sha256="0" * 64)
        wrong_id = replace(good, case_id="../../etc/passwd")
        tried = {"hash": (wrong_hash,), "id": (wrong_id,), "empty": (), "twice": (good, good)}[bad]
        result = got(store.commit(tried))
        assert (result.ok, result.reason) == (False, CommitFault.INVALID)
        assert got(store.cases()) == ()

    def test_an_accepted_case_leaves_the_queue_for_ever_and_keeps_its_answer(
        self, store: CaseStore, clock: HandClock
    ) -> None:
        item = submission()
        got(store.commit((item,)))
        clock.forward(2)
        got(store.mark_sending((item.case_id,)))
        assert got(store.due(clock.now(), 10)) == ()
        clock.forward(1)
        row = got(store.record(item.case_id, Ended(answer(item))))
        assert row is not None
        assert (row.state, row.attempts, row.sent, row.answer) == (CaseState.ACCEPTED, 1, clock.now(), answer(item))
        assert [(line.state.value, line.at) for line in row.states] == [
            ("committed", START),
            ("sending", START + timedelta(seconds=2)),
            ("accepted", START + timedelta(seconds=3)),
        ]
        late = got(store.record(item.case_id, Park("late")))
        assert late == row
        assert got(store.next_due()) is None

    def test_an_answer_that_says_refused_ends_the_case_as_refused(self, store: CaseStore) -> None:
        item = submission()
        got(store.commit((item,)))
        row = got(store.record(item.case_id, Ended(answer(item, "refused"))))
        assert row is not None
        assert row.state is CaseState.REFUSED

    def test_a_parked_case_stays_with_its_reason_and_can_be_tried_again(self, store: CaseStore) -> None:
        got(store.commit((submission(),)))
        got(store.mark_sending((case_id(1),)))
        row = got(store.record(case_id(1), Park("urn:kiosk:problem:conflict", "other bytes")))
        assert row is not None
        assert (row.state, row.reason, row.detail, row.attempts) == (
            CaseState.PARKED,
            "urn:kiosk:problem:conflict",
            "other bytes",
            1,
        )
        assert got(store.due(START + timedelta(days=900), 10)) == ()
        summary = got(store.outbox())
        assert (summary.waiting, summary.sending, summary.parked, summary.oldest) == (0, 0, 1, START)
        assert got(store.retry_parked(case_id(1)))
        assert not got(store.retry_parked(case_id(1)))
        assert [entry.attempts for entry in got(store.due(START, 10))] == [1]

    def test_counts_say_how_many_ended_and_a_few_cases_can_be_read_alone(self, store: CaseStore) -> None:
        other = replace(submission(4), session="ffffffffffffffff")
        got(store.commit((submission(1), submission(2), submission(3), other)))
        got(store.record(case_id(1), Ended(answer(submission(1)))))
        got(store.record(case_id(2), Ended(answer(submission(2), "refused"))))
        got(store.record(case_id(3), Park("urn:kiosk:problem:conflict")))
        whole = got(store.cases())
        summary = got(store.outbox())
        assert (summary.waiting, summary.parked, summary.ended) == (1, 1, 2)
        assert got(store.cases(state=CaseState.PARKED)) == (whole[2],)
        assert got(store.cases(session=other.session)) == (whole[3],)
        assert got(store.cases(state=CaseState.PARKED, session=other.session)) == ()

    def test_attempts_grow_only_when_the_answer_was_about_the_item(self, store: CaseStore) -> None:
        got(store.commit((submission(),)))
        for counts in (False, True, False):
            got(store.mark_sending((case_id(1),)))
            got(store.record(case_id(1), Postpone(START, counts, "why")))
        row = got(store.case(case_id(1)))
        assert row is not None
        assert (row.attempts, row.state, row.reason) == (1, CaseState.COMMITTED, "why")
        assert [line.state for line in row.states] == [CaseState.COMMITTED]

    def test_due_orders_by_attempts_then_by_commit(self, store: CaseStore) -> None:
        got(store.commit(tuple(submission(n) for n in (1, 2, 3))))
        got(store.record(case_id(1), Postpone(START, True, "503")))
        assert [entry.case_id for entry in got(store.due(START, 10))] == [case_id(2), case_id(3), case_id(1)]
        assert [entry.case_id for entry in got(store.due(START, 1))] == [case_id(2)]

    def test_a_postponed_case_waits_until_its_time(self, store: CaseStore) -> None:
        got(store.commit((submission(),)))
        later = START + timedelta(seconds=60)
        got(store.record(case_id(1), Postpone(later, True, "503")))
        assert got(store.due(START + timedelta(seconds=59), 10)) == ()
        assert got(store.next_due()) == later
        assert len(got(store.due(later, 10))) == 1

    def test_a_clock_turned_back_ten_years_hides_no_case(self, store: CaseStore) -> None:
        got(store.commit((submission(),)))
        got(store.record(case_id(1), Postpone(START + timedelta(seconds=60), True, "503")))
        assert len(got(store.due(START - timedelta(days=3650), 10))) == 1

    def test_the_print_journal_keeps_each_state_in_order(self, store: CaseStore) -> None:
        for second, state in enumerate(("queued", "sent", "unknown")):
            got(store.journal("job-1", case_id(1), state, START + timedelta(seconds=second)))
        got(store.journal("job-2", None, "queued", START))
        first, second_row = got(store.journal_rows())
        assert (first.job_id, first.case_id, first.state) == ("job-1", case_id(1), "unknown")
        assert [state for state, _ in first.states] == ["queued", "sent", "unknown"]
        assert second_row.case_id is None

    def test_packages_become_visible_all_at_once_or_not_at_all(self, store: CaseStore) -> None:
        one, two = b'{"id":"a"}', b'{"id":"b"}'
        assert got(store.put_package("a", 1, _sha(one), one, '"e"')) is PackagePut.STORED
        assert got(store.put_package("b", 1, _sha(two), two, None)) is PackagePut.STORED
        assert got(store.active_packages()) == ()
        got(store.activate_packages((("a", 1), ("b", 1))))
        with pytest.raises(StoreError):
            got(store.activate_packages((("a", 1), ("c", 1))))
        assert [(row.id, row.bundle, row.etag) for row in got(store.active_packages())] == [
            ("a", one, '"e"'),
            ("b", two, None),
        ]

    def test_the_same_id_and_version_with_other_content_is_refused(self, store: CaseStore) -> None:
        got(store.put_package("a", 1, _sha(b"x"), b"x", None))
        assert got(store.put_package("a", 1, _sha(b"x"), b"x", None)) is PackagePut.SAME
        assert got(store.put_package("a", 1, _sha(b"y"), b"y", None)) is PackagePut.CONFLICT
        assert got(store.put_package("a", 2, _sha(b"y"), b"z", None)) is PackagePut.BAD_HASH

    def test_an_old_definition_is_kept_while_an_unsent_case_needs_it(self, store: CaseStore) -> None:
        item = submission()
        for version in (1, 2, 3, 4):
            bundle = f"v{version}".encode()
            got(store.put_package(item.item_id, version, _sha(bundle), bundle, None))
        got(store.commit((item,)))
        got(store.activate_packages(((item.item_id, 4),)))
        assert got(store.package(item.item_id, 1)) is not None
        assert got(store.package(item.item_id, 2)) is None
        # The one before is kept for work that was begun with it and does not say so in the open.
        assert got(store.package(item.item_id, 3)) is not None
        got(store.record(item.case_id, Ended(answer(item))))
        got(store.activate_packages(((item.item_id, 4),)))
        assert got(store.package(item.item_id, 1)) is None

    def test_small_values_are_set_together_and_removed_by_none(self, store: CaseStore) -> None:
        got(store.put_many({"a": "1", "b": "2"}))
        got(store.put("a", None))
        assert (got(store.get("a")), got(store.get("b"))) == (None, "2")

    def test_a_nonce_is_good_once_until_it_expires(self, store: CaseStore) -> None:
        end = START + timedelta(seconds=60)
        assert got(store.use_nonce("n", end, START))
        assert not got(store.use_nonce("n", end, START + timedelta(seconds=59)))
        assert got(store.use_nonce("n", end + timedelta(hours=1), START + timedelta(seconds=61)))

    def test_the_sequence_never_repeats(self, store: CaseStore) -> None:
        assert [got(store.next_sequence()) for _ in range(3)] == [1, 2, 3]

    def test_a_rating_waits_for_a_token_keeps_it_and_takes_another_for_one_that_is_void(self, store: CaseStore) -> None:
        got(store.queue_rating("newborn", 4, ("fast",)))
        assert got(store.ratings_due(10)) == ()
        assert got(store.add_rating_tokens(("t1", "t2", "t1"))) == 2
        waiting = got(store.ratings_due(10))
        assert [(entry.item, entry.level, entry.reasons) for entry in waiting] == [("newborn", 4, ("fast",))]
        assert got(store.ratings_due(10)) == waiting
        got(store.rating_token_void(waiting[0].token))
        (again,) = got(store.ratings_due(10))
        assert {waiting[0].token, again.token} == {"t1", "t2"}
        got(store.rating_done(again.token))
        assert got(store.ratings_due(10)) == ()
        assert got(store.add_rating_tokens(())) == 0

    def test_figures_of_use_are_added_up_by_day_and_a_run_cut_short_is_counted_once(self, store: UsageBook) -> None:
        monday, page = date(2026, 11, 23), Mark("newborn", "form.child", What.SHOWN)
        cut = Mark("newborn", "form.child", What.LEFT, "crash")
        got(store.count_usage(monday - timedelta(days=1), {page: 9}, None))
        got(store.count_usage(monday, {page: 1}, None))
        got(store.count_usage(monday, {page: 2}, cut))
        got(store.settle_usage(monday))
        got(store.settle_usage(monday))
        assert got(store.usage(monday)) == (Figure(monday, cut, 1), Figure(monday, page, 3))

    # photographs

    def test_the_photographs_of_a_case_are_kept_with_it_each_once(self, store: CaseStore) -> None:
        one, two = photograph(1), photograph(2, 90_000)
        items = tuple(replace(submission(n), files=(one, two, one)) for n in (1, 2))
        assert got(store.commit(items)).ok
        assert (got(store.file(one.sha256)), got(store.file(two.sha256))) == (one, two)
        assert got(store.file("0" * 64)) is None
        assert got(store.verify()).ok

    def test_a_photograph_that_is_not_what_it_says_is_refused(self, store: CaseStore) -> None:
        wrong = replace(photograph(), sha256="0" * 64)
        result = got(store.commit((replace(submission(), files=(wrong,)),)))
        assert (result.ok, result.reason) == (False, CommitFault.INVALID)

    # after the answer

    def test_the_centre_is_asked_again_a_day_after_its_answer_and_a_day_apart(
        self, store: CaseStore, clock: HandClock
    ) -> None:
        sent(store, 1)
        keep = Retention()
        assert got(store.to_confirm(clock.now() + timedelta(hours=23), keep, 10)) == ()
        clock.forward(86_400)
        assert got(store.to_confirm(clock.now(), keep, 10)) == ((case_id(1), submission(1).sha256),)
        got(store.confirmed((case_id(1),), (), clock.now()))
        assert got(store.to_confirm(clock.now(), keep, 10)) == ()
        clock.forward(86_400)
        assert len(got(store.to_confirm(clock.now(), keep, 10))) == 1

    def test_a_case_the_centre_has_lost_is_sent_again_byte_for_byte(self, store: CaseStore, clock: HandClock) -> None:
        sent(store, 1)
        clock.forward(86_400)
        got(store.confirmed((), (case_id(1), case_id(9)), clock.now()))
        entry = got(store.due(clock.now(), 10))[0]
        assert (entry.case_id, entry.body, entry.sealed) == (case_id(1), submission(1).body, False)
        row = got(store.case(case_id(1)))
        assert row is not None
        assert (row.state, row.sent, row.answer) == (CaseState.COMMITTED, None, None)
        assert [line.state.value for line in row.states] == ["committed", "accepted", "committed"]
        assert got(store.verify()).ok

    def test_the_bytes_go_when_the_centre_said_once_more_that_it_has_them(
        self, store: CaseStore, clock: HandClock
    ) -> None:
        item = replace(submission(1), files=(photograph(),))
        got(store.commit((item,)))
        got(store.record(item.case_id, Ended(answer(item))))
        clock.forward(400 * 86_400)
        assert got(store.sweep(clock.now(), Retention())) == SweepReport()  # never by age alone
        got(store.confirmed((case_id(1),), (), clock.now()))
        assert got(store.sweep(clock.now(), replace(Retention(), keep_row=timedelta(days=900)))) == SweepReport(
            bodies=1, files=1
        )
        row = got(store.case(case_id(1)))
        assert row is not None
        assert row.answer is not None
        assert (row.state, row.answer.decision, got(store.body(case_id(1)))) == (CaseState.ACCEPTED, None, None)
        assert got(store.file(photograph().sha256)) is None
        assert got(store.to_confirm(clock.now() + timedelta(days=9), Retention(), 10)) == ()
        assert got(store.verify()).ok

    def test_nothing_of_a_visit_goes_while_a_case_of_it_is_unsent(self, store: CaseStore, clock: HandClock) -> None:
        sent(store, 1)
        got(store.commit((submission(2),)))
        clock.forward(10 * 86_400)
        got(store.confirmed((case_id(1),), (), clock.now()))
        assert got(store.sweep(clock.now(), Retention())) == SweepReport()
        got(store.record(case_id(2), Ended(answer(submission(2)))))
        assert got(store.sweep(clock.now(), Retention())).bodies == 1

    def test_the_row_and_its_print_jobs_go_last(self, store: CaseStore, clock: HandClock) -> None:
        sent(store, 1)
        got(store.journal("job", case_id(1), "sent", clock.now()))
        got(store.journal("job", case_id(1), "printed", clock.now()))
        got(store.journal("other", None, "printed", clock.now()))
        got(store.confirmed((case_id(1),), (), clock.now()))
        clock.forward(5 * 86_400)
        assert got(store.sweep(clock.now(), Retention())) == SweepReport(bodies=1)
        clock.forward(176 * 86_400)
        assert got(store.sweep(clock.now(), Retention())) == SweepReport(rows=1, journal=3)
        assert (got(store.cases()), got(store.journal_rows())) == ((), ())

    def test_a_clock_that_was_wrong_keeps_nobody_for_ever(self, store: CaseStore, clock: HandClock) -> None:
        clock.jump(3650 * 86_400)
        sent(store, 1)
        clock.jump(-3650 * 86_400)
        assert len(got(store.to_confirm(clock.now(), Retention(), 10))) == 1
        got(store.confirmed((case_id(1),), (), clock.now()))
        assert got(store.sweep(clock.now(), Retention())).bodies == 1

    # a sealed export

    def test_without_a_key_of_the_centre_there_is_no_export(self, store: CaseStore, tmp_path: Path) -> None:
        got(store.commit((submission(1),)))
        with pytest.raises(StoreError):
            got(store.export_unsent(tmp_path / "out.zip"))
        assert not (tmp_path / "out.zip").exists()

    def test_an_export_holds_all_that_is_unsent_for_the_centre_alone(self, store: CaseStore, tmp_path: Path) -> None:
        keys, private = sealing_keys()
        got(store.put(KV_SEALING_KEYS, keys))
        sent(store, 1)
        item = replace(submission(2), files=(photograph(),))
        got(store.commit((item,)))
        got(store.commit((submission(3),)))
        got(store.record(case_id(3), Park("why")))
        got(store.add_errand(Errand(ErrandKind.PARK, "P1", b"work")))
        got(store.add_errand(Errand(ErrandKind.RELEASE, "P2", b"TOKEN")))
        assert got(store.export_unsent(tmp_path / "out.zip")) == ExportReport(2, 2, ())
        with zipfile.ZipFile(tmp_path / "out.zip") as bundle:
            manifest = json.loads(bundle.read("manifest.json"))
            assert [entry["case_id"] for entry in manifest["cases"]] == [case_id(2), case_id(3)]
            inner = unsealed(bundle.read(f"cases/{case_id(2)}.cbor"), private)
            assert bundle.read("errands/park-P1.cbor") == b"work"
            assert b"TOKEN" not in bundle.read("errands/release-P2.cbor")
        file = photograph()
        assert inner == {
            "body": item.body,
            "files": [{"sha256": file.sha256, "media_type": file.media_type, "data": file.data}],
        }
        with pytest.raises(StoreError):
            got(store.export_unsent(tmp_path / "out.zip"))
        assert len(got(store.due(START, 10))) == 1

    # errands and the draft

    def test_errands_of_a_commit_are_saved_with_it_or_not_at_all(self, store: CaseStore) -> None:
        release = Errand(ErrandKind.RELEASE, "P2", b"token")
        assert not got(store.commit((), (release,))).ok
        assert got(store.errand(release.kind, release.id)) is None
        assert got(store.commit((submission(1),), (release,))).ok
        assert got(store.errand(release.kind, release.id)) == release
        assert got(store.commit((submission(2),), (replace(release, body=b"other"),))).ok
        assert got(store.errands_due(START, 10)) == (release,)
        assert len(got(store.cases())) == 2

    def test_an_errand_waits_until_it_is_done(self, store: CaseStore) -> None:
        park, release = Errand(ErrandKind.PARK, "P1", b"envelope"), Errand(ErrandKind.RELEASE, "P1", b"token")
        for errand in (park, release, park):
            assert got(store.add_errand(errand)).ok
        other = got(store.add_errand(replace(park, body=b"other")))
        assert (other.ok, other.reason) == (False, CommitFault.CONFLICT)
        assert got(store.errands_due(START, 10)) == (park, release)
        assert got(store.outbox()).errands == 2
        got(store.errand_postponed(park.kind, park.id, START, True))
        assert [one.attempts for one in got(store.errands_due(START, 10))] == [0, 1]
        got(store.errand_postponed(park.kind, park.id, START + timedelta(seconds=60), False))
        assert got(store.errands_due(START + timedelta(seconds=59), 10)) == (release,)
        assert len(got(store.errands_due(START - timedelta(days=3650), 10))) == 2
        got(store.errand_done(release.kind, release.id))
        assert [one.kind for one in got(store.errands_due(START + timedelta(seconds=60), 10))] == [ErrandKind.PARK]

    def test_there_is_one_draft(self, store: CaseStore) -> None:
        assert got(store.draft()) is None
        got(store.save_draft(b"one"))
        got(store.save_draft(b"two"))
        assert got(store.draft()) == b"two"
        got(store.save_draft(None))
        assert got(store.draft()) is None

    def test_a_closed_store_never_says_ok(self, store: CaseStore) -> None:
        store.close()
        store.close()
        result = got(store.commit((submission(),)))
        assert (result.ok, result.reason) == (False, CommitFault.CLOSED)
        assert got(store.add_errand(Errand(ErrandKind.PARK, "P1", b""))).reason is CommitFault.CLOSED
        assert not store.space().intake_open
        with pytest.raises(StoreClosed):
            got(store.cases())


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sent(store: CaseStore, number: int) -> None:
    """A case the centre has answered."""
    got(store.commit((submission(number),)))
    got(store.record(case_id(number), Ended(answer(submission(number)))))
