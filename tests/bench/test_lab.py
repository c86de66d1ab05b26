"""The lab breaks the store and the program as it says, shows the harm of its controls, and refuses to work on sand."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.lab import ground
from bench.lab.__main__ import EXPERIMENTS, main
from bench.lab.experiment import Harm, Measure, Outcome, Size
from bench.lab.numbers import NUMBERS
from bench.lab.recorded_disk import FATES, Recorder, Replay, read_image
from bench.lab.runner import judge
from offline_cache import slots

ROOT = Path(__file__).parents[2]


class Made:
    """An experiment that comes to what it is told to."""

    title = "Made up"
    rows = "F1 N2"
    trials: Mapping[Size, int] = {"small": 5, "full": 50}
    slow = False

    def __init__(self, name: str, run: Outcome, control: Outcome, cannot: str | None = None) -> None:
        self.name = name
        self._run, self._control, self._cannot = run, control, cannot
        self.asked: list[tuple[int, bool, float]] = []

    def cannot(self) -> str | None:
        return self._cannot

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        assert list(folder.iterdir()) == []
        self.asked.append((trials, control, random.random()))
        return self._control if control else self._run


SAFE = Outcome(
    50, measures=(Measure("latency", 2.0, "ms", "< 3 ms", True, samples=(1.0, 2.0, 4.0)),), counts={"cut": 50}
)
HARM = Outcome(5, Harm(lost=3))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    try:
        ground.check(tmp_path)
    except ground.BadGround as bad:
        pytest.skip(f"the lab works only where fsync reaches a disk: {bad}")
    return tmp_path


def run(folder: Path, *experiments: Made, arguments: tuple[str, ...] = ()) -> int:
    fixed = ("--no-install", "--seed", "7", "--folder", str(folder / "work"), "--out", str(folder / "out"))
    return main([*arguments, *fixed], experiments)


def report(folder: Path) -> dict[str, object]:
    told = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))
    assert isinstance(told, dict)
    return told


# ------------------------------------------------------------------------------------------------- the real thing


@pytest.mark.timeout(400)
def test_every_experiment_holds_at_its_small_size_and_every_control_shows_harm(folder: Path) -> None:
    places = ("--folder", str(folder / "work"), "--out", str(folder / "out"))
    done = subprocess.run(
        [sys.executable, "-m", "bench.lab", "--small", "--no-install", "--seed", "20261122", *places],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))
    names = {each["name"]: each for each in told["experiments"]}
    assert set(names) == {each.name for each in EXPERIMENTS if not each.slow}
    ran = [each for each in names.values() if each["verdict"] != "skipped"]
    assert {"crash-replay", "bit-flips", "two-programs"} <= {each["name"] for each in ran}
    for each in ran:
        assert not any(each["run"]["harm"].values()), each["name"]
        assert any(each["control"]["harm"].values()), each["name"]
    assert list((folder / "work").iterdir()) == []


def test_the_lab_refuses_where_fsync_does_nothing(tmp_path: Path) -> None:
    library = next(iter(sorted(Path("/usr/lib").rglob("libeatmydata.so*"))), None)
    if library is None:
        pytest.skip("libeatmydata is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "bench.lab", "--small", "--folder", str(tmp_path), "--out", str(tmp_path / "out")],
        cwd=ROOT,
        env={**os.environ, "LD_PRELOAD": str(library)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "nothing was tried" in done.stderr
    assert "libeatmydata" in done.stderr
    assert not (tmp_path / "out").exists()


# ------------------------------------------------------------------------------------------------- the ground


@pytest.mark.parametrize(
    ("table", "kind", "options"),
    [
        ("1 0 8:1 / / rw - ext4 /dev/sda1 rw", "ext4", ("rw", "rw")),
        (
            "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:5 / /var/lab rw - tmpfs none rw,size=4m",
            "tmpfs",
            ("rw", "rw", "size=4m"),
        ),
        ("1 0 8:1 / / rw - overlay none rw,volatile", "overlay", ("rw", "rw", "volatile")),
        ("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:5 / /var/laboratory rw - tmpfs none rw", "ext4", ("rw", "rw")),
    ],
)
def test_the_mount_of_a_folder_is_the_nearest_one_above_it(table: str, kind: str, options: tuple[str, ...]) -> None:
    mount = ground.mount_of(Path("/var/lab/state"), table)

    assert (mount.kind, mount.options) == (kind, options)


@pytest.mark.parametrize(
    ("kind", "options", "microseconds", "word"),
    [
        ("tmpfs", (), 200.0, "in memory"),
        ("overlay", ("volatile",), 200.0, "volatile"),
        ("ext4", ("nobarrier",), 200.0, "nobarrier"),
        ("ext4", (), 1.5, "no disk is that fast"),
    ],
)
def test_ground_that_keeps_nothing_is_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, options: tuple[str, ...], microseconds: float, word: str
) -> None:
    monkeypatch.setattr(ground, "mount_of", lambda *_: ground.Mount(Path("/"), kind, options))
    monkeypatch.setattr(ground, "fsync_us", lambda _: microseconds)

    with pytest.raises(ground.BadGround, match=word):
        ground.check(tmp_path)


def test_a_sync_that_says_yes_to_no_file_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ground.reaches_the_kernel("fsync")
    assert not ground.reaches_the_kernel("getpid")
    monkeypatch.setattr(ground, "reaches_the_kernel", lambda _: False)

    with pytest.raises(ground.BadGround, match="swallows"):
        ground.check(tmp_path)


# ------------------------------------------------------------------------------------------------- the verdict


def test_an_experiment_without_harm_whose_control_shows_harm_holds(folder: Path) -> None:
    experiment = Made("made", SAFE, HARM)

    assert run(folder, experiment) == 0

    assert [asked[:2] for asked in experiment.asked] == [(50, False), (5, True)]
    told = report(folder)
    assert (told["verdict"], told["seed"], told["size"]) == ("held", 7, "full")


@pytest.mark.parametrize(
    ("outcome", "control", "word"),
    [
        (Outcome(50, Harm(lost=1)), HARM, "1 lost"),
        (Outcome(50, Harm(false_submitted=2)), HARM, "2 falsely submitted"),
        (SAFE, Outcome(5), "blind"),
        (Outcome(50, problems=("the disk was full",)), HARM, "the disk was full"),
        (SAFE, Outcome(5, Harm(lost=1), problems=("no root",)), "control: no root"),
        (Outcome(50, measures=(Measure("p95", 12, "s", "10 s", False),)), HARM, "p95: 12 s, target 10 s"),
    ],
)
def test_harm_a_blind_control_a_problem_or_a_missed_target_fails_the_run(
    folder: Path, capsys: pytest.CaptureFixture[str], outcome: Outcome, control: Outcome, word: str
) -> None:
    assert run(folder, Made("made", outcome, control)) == 1

    assert word in capsys.readouterr().out
    assert report(folder)["verdict"] == "failed"


def test_controls_alone_show_the_harm_and_fail_the_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    experiment = Made("made", SAFE, HARM)

    assert run(folder, experiment, arguments=("--control",)) == 1

    assert [asked[:2] for asked in experiment.asked] == [(50, True)]
    assert "the protection was off: 3 lost" in capsys.readouterr().out


def test_what_cannot_run_here_is_skipped_and_fails_when_it_was_asked_for(folder: Path) -> None:
    able, unable = Made("able", SAFE, HARM), Made("unable", SAFE, HARM, cannot="no loop device")

    assert run(folder, able, unable) == 0
    assert run(folder, able, unable, arguments=("unable",)) == 1
    assert unable.asked == []


def test_nothing_but_skipped_experiments_is_no_success(folder: Path) -> None:
    assert run(folder, Made("unable", SAFE, HARM, cannot="no loop device")) == 1


def test_the_same_seed_throws_the_same_dice(folder: Path) -> None:
    first, second = Made("made", SAFE, HARM), Made("made", SAFE, HARM)
    run(folder, first)
    run(folder, second)

    assert first.asked == second.asked
    assert first.asked[0][2] != first.asked[1][2]


def test_an_unknown_name_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["kitchen"])

    assert ended.value.code == 2
    assert "kitchen" in capsys.readouterr().err


def test_the_page_needs_nothing_but_itself(folder: Path) -> None:
    run(folder, Made("made", SAFE, HARM), Made("other", Outcome(9, Harm(lost=1), notes=("a <b> & c",)), HARM))
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")

    assert page.count("<svg") == page.count("</svg>") == 3
    assert not re.search(r"<script|<link|src=|url\(|@import", page)
    assert "a &lt;b&gt; &amp; c" in page
    assert "10,000 crash points" in page


@pytest.mark.parametrize(
    ("outcome", "word"),
    [(Outcome(10_000), "met"), (Outcome(9_999), "short"), (Outcome(10_000, Harm(lost=1)), "missed"), (None, "not run")],
)
def test_a_number_is_met_only_with_all_its_trials_and_no_harm(folder: Path, outcome: Outcome | None, word: str) -> None:
    from bench.lab.runner import Ran, failures

    number = next(number for number in NUMBERS if number.key == "N2")
    done = (
        [] if outcome is None else [Ran(Made("made", outcome, HARM), outcome, HARM, 1.0, None, failures(outcome, HARM))]
    )

    assert judge(number, done)[1] == word


# ------------------------------------------------------------------------------------------------- the recorded disk


def written(root: Path) -> Recorder:
    """Two files: one synced with its folder, then written again without; one never synced."""
    recorder = Recorder(root)
    with recorder.recording():
        for name, synced in (("safe", True), ("loose", False)):
            handle = os.open(root / name, os.O_WRONLY | os.O_CREAT)
            os.write(handle, b"a" * 1024)
            if synced:
                os.fsync(handle)
                home = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
                os.fsync(home)
                os.close(home)
                os.write(handle, b"b" * 1024)
            os.close(handle)
    return recorder


def test_what_was_synced_survives_every_fate_and_what_was_not_need_not(tmp_path: Path) -> None:
    recorder = written(tmp_path.resolve())
    replay = Replay(recorder)
    for index, op in enumerate(recorder.log):
        replay.apply(index, op)
    dice = random.Random(3)

    assert recorder.missed() == []
    assert replay.image("nothing", dice) == {"safe": b"a" * 1024}
    assert (
        replay.image("all", dice) == read_image(tmp_path) == {"safe": b"a" * 1024 + b"b" * 1024, "loose": b"a" * 1024}
    )
    seen = {replay.image(fate, dice).get("safe", b"") for fate in FATES for _ in range(50)}
    assert all(data.startswith(b"a" * 1024) for data in seen)
    assert {len(data) for data in seen} == {1024, 1536, 2048}, "sectors are lost one by one"


@pytest.mark.parametrize("flushed", [False, True])
def test_what_was_written_out_survives_only_the_next_flush_of_the_disk(tmp_path: Path, flushed: bool) -> None:
    root = tmp_path.resolve()
    slots.lay_down(root / "slot")
    (root / "log").write_bytes(b"")
    recorder = Recorder(root)
    with recorder.recording():
        slot, log = (os.open(root / name, os.O_WRONLY) for name in ("slot", "log"))
        for data, waited in ((b"a" * 4096, True), (b"b" * 4096, False)):
            slots.write(slot, data)
            if waited:
                slots.write_out(slot, slots.WAIT_BEFORE | slots.WRITE | slots.WAIT_AFTER)
        if flushed:
            os.fsync(log)
    replay = Replay(recorder)
    for index, op in enumerate(recorder.log):
        replay.apply(index, op)
    left = replay.image("nothing", random.Random(3))["slot"]
    assert left == (b"a" * 4096 if flushed else b"").ljust(slots.SLOT_BYTES, b"\0"), "what nobody waited for is gone"
    assert recorder.missed() == []


def test_a_write_past_the_recorder_is_noticed(tmp_path: Path) -> None:
    recorder = written(tmp_path.resolve())
    (tmp_path / "safe").write_bytes(b"other")

    assert recorder.missed() == ["safe"]
