"""Hostile bytes for every codec, a few thousand frames each; `./run devices fuzz` sends fifty thousand."""

from __future__ import annotations

import pkgutil

import pytest

import devices.codecs
from devices.fuzz import CODECS, Codec, Report, attack, frames, lines_of

FRAMES = 2000


def test_every_codec_is_attacked() -> None:
    there = {module.name for module in pkgutil.iter_modules(devices.codecs.__path__)}
    assert {codec.module for codec in CODECS} == there, "a new codec needs its row in devices/fuzz.py"
    titles = [codec.title for codec in CODECS]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.title)
def test_whatever_arrives_no_codec_crashes_hangs_or_grows(codec: Codec) -> None:
    report = attack(codec, FRAMES)
    assert not report.findings, "\n".join(lines_of([report]))
    assert report.frames == FRAMES


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.title)
def test_a_good_sample_is_no_attack_and_one_of_them_is_not_even_refused(codec: Codec) -> None:
    taken = 0
    for sample in codec.samples:
        _, feed = codec.begin()
        try:
            feed(sample)
        except codec.refusals:
            continue
        taken += 1
    assert taken


def test_the_same_seed_makes_the_same_frames() -> None:
    samples = (b"\x02AB\x03", b"hello\r\n")
    assert list(frames(samples, 500, "7")) == list(frames(samples, 500, "7"))
    assert list(frames(samples, 500, "7")) != list(frames(samples, 500, "8"))
    assert max(map(len, frames(samples, 5000, "7"))) <= 8192


class Bad:
    """A codec with one fault."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.held = bytearray()
        self.fed = 0

    def feed(self, data: bytes) -> None:
        self.fed += 1
        if self.fault == "crash" and b"\xff" in data:
            raise IndexError(data)
        if self.fault == "memory":
            self.held += data * 50
        while self.fault == "hang" and b"\xff" in data:
            self.fed += 1


@pytest.mark.parametrize("fault", ["crash", "memory", "hang"])
def test_a_codec_with_a_fault_is_found_out(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.fuzz.HANG_S", 0.1)

    def begin() -> tuple[object, object]:
        bad = Bad(fault)
        return bad, bad.feed

    report = attack(Codec("bad", (b"\x01\x02\x03\xff" * 20,), begin), 500, most_findings=1)  # type: ignore[arg-type]
    (finding,) = report.findings
    assert finding.kind == fault
    assert finding.kind in "\n".join(lines_of([report]))
    assert "\\x" not in repr(finding)


def test_an_allowed_refusal_is_no_finding() -> None:
    def refuse(data: bytes) -> None:
        raise ValueError

    report = attack(Codec("strict", (b"x",), lambda: (None, refuse), (ValueError,)), 100)
    assert report == Report("strict", 100, report.slowest_ms, 0, ())
