"""The voice in its own process: it speaks, breaks off, comes back after a death, and leaves nothing behind."""

from __future__ import annotations

import os
import queue
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import miniaudio
import numpy as np
import pytest

from devices.speech import installed
from devices.speech import voice as module
from devices.speech.installed import spoken_of
from devices.speech.model import RATE_HZ, Model
from devices.speech.phonemes import phonemes
from devices.speech.player import Player
from devices.speech.voice import SpokenVoice
from kiosk.domain.speech import LOUDNESS, Saying, Spoke, VoiceChanged

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NULL = [miniaudio.Backend.NULL]
WAIT_S = 40


class Talk:
    """A voice that plays to no device, and what it told."""

    def __init__(self) -> None:
        self.told: queue.SimpleQueue[Spoke | VoiceChanged] = queue.SimpleQueue()
        self.voice = SpokenVoice(
            ("zh-Hans", "en", "kk"), lambda _: 60, lambda: NOON, ThreadPoolExecutor(1), self.told.put, silent=True
        )

    def say(self, *texts: str, language: str = "zh-Hans") -> None:
        self.voice.say([Saying(text, language) for text in texts], LOUDNESS)

    def heard(self) -> int:
        """Pieces said until everything was."""
        for count in range(100):
            event = self.told.get(timeout=WAIT_S)
            if event == Spoke(last=True):
                return count
            assert event == Spoke()
        raise AssertionError("it does not stop")


@pytest.fixture
def talk() -> Iterator[Talk]:
    made = Talk()
    yield made
    made.voice.close()


def alive(pid: int | None) -> bool:
    return pid is not None and Path(f"/proc/{pid}").exists()


def test_what_is_said_is_said_piece_by_piece_in_each_language(talk: Talk) -> None:
    assert talk.voice.languages() == ("zh-Hans", "en", "kk")
    assert talk.voice.pid is None
    talk.say("好。", "对。")
    assert talk.heard() == 2
    talk.say("Yes.", language="en")
    assert talk.heard() == 1
    talk.say("Иә.", language="kk")
    assert talk.heard() == 1


def test_a_newer_word_breaks_off_an_older_one(talk: Talk) -> None:
    talk.say("这是一句很长很长的话，要说很久很久才能说完，谁也不想等到它完。" * 3)
    talk.say("好。")
    assert talk.heard() == 1


def test_when_the_visit_is_over_the_process_is_gone_and_the_next_one_has_another(talk: Talk) -> None:
    talk.say("好。")
    talk.heard()
    first = talk.voice.pid
    assert alive(first)
    talk.voice.forget()
    talk.say("对。")
    talk.heard()
    assert not alive(first)
    assert talk.voice.pid != first


def test_what_a_voice_was_saying_when_it_died_is_said_by_the_next(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    talk.say("好。", "对。", "行。")
    assert talk.told.get(timeout=WAIT_S) == Spoke()
    killed = talk.voice.pid
    kill(talk)
    assert talk.heard() == 3
    assert talk.voice.pid != killed
    assert [record.message for record in caplog.records] == ["speech.unavailable"]


def test_a_voice_that_keeps_dying_is_given_up(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        talk.say("好。", "对。")
        assert talk.told.get(timeout=WAIT_S) == Spoke()
        kill(talk)
    assert until_changed(talk) == VoiceChanged(())
    assert talk.voice.languages() == ()
    assert [record.message for record in caplog.records] == 3 * ["speech.unavailable"]


def kill(talk: Talk) -> None:
    assert talk.voice.pid is not None
    os.kill(talk.voice.pid, signal.SIGKILL)


def until_changed(talk: Talk) -> Spoke | VoiceChanged:
    while isinstance(event := talk.told.get(timeout=WAIT_S), Spoke):
        pass
    return event


def test_after_the_visit_a_voice_that_was_given_up_is_there_again(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        talk.say("好。", "对。")
        assert talk.told.get(timeout=WAIT_S) == Spoke()
        kill(talk)
    assert until_changed(talk) == VoiceChanged(())
    talk.voice.forget()
    assert until_changed(talk) == VoiceChanged(("zh-Hans", "en", "kk"))
    assert caplog.records


def test_words_too_strange_to_be_said_are_passed_over(talk: Talk) -> None:
    talk.say("\ud800字", "好。")
    assert talk.heard() >= 1


def test_nothing_is_started_where_nothing_can_be_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "anything_to_hear", lambda: False)
    quiet = SpokenVoice(("zh-Hans",), lambda _: 60, lambda: NOON, ThreadPoolExecutor(1), lambda _: None)
    quiet.say([Saying("好", "zh-Hans")], LOUDNESS)
    quiet.close()
    assert quiet.languages() == ()
    assert quiet.pid is None


def test_without_the_english_phonemes_chinese_is_still_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed.shutil, "which", lambda _: None)
    assert spoken_of(("zh-Hans", "en")) == ("zh-Hans",)


def test_without_the_weights_nobody_is_offered_a_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "WEIGHTS", ("no_such_weights",))
    assert spoken_of(("zh-Hans", "en")) == ()


def test_a_language_that_no_engine_speaks_is_not_offered() -> None:
    assert spoken_of(("zh-Hans", "ja", "xx-Nowhere")) == ("zh-Hans", "ja")


def test_speech_has_the_loudness_length_and_silence_around_it_of_speech() -> None:
    model = Model(1)
    sound = model.samples(phonemes("请把身份证放在读卡器上。", "zh-Hans"), "zh-Hans", 1.0)
    fast = model.samples(phonemes("请把身份证放在读卡器上。", "zh-Hans"), "zh-Hans", 1.6)
    assert sound is not None
    assert fast is not None
    assert 1.5 < len(sound) / RATE_HZ < 4  # eleven syllables
    assert len(fast) < 0.8 * len(sound)
    assert 0.1 < float(np.abs(sound).max()) <= 1
    assert float(np.abs(sound[: RATE_HZ // 50]).max()) < 0.02


def test_pieces_are_played_one_after_the_other_and_what_is_hushed_is_not_said_to_be_over() -> None:
    over: queue.SimpleQueue[str] = queue.SimpleQueue()
    player = Player(NULL)
    short = np.full(RATE_HZ // 20, 1000, np.int16)
    player.play(short, lambda: over.put("one"))
    player.play(short, lambda: over.put("two"))
    assert [over.get(timeout=WAIT_S), over.get(timeout=WAIT_S)] == ["one", "two"]
    player.play(np.zeros(60 * RATE_HZ, np.int16), lambda: over.put("never"))
    player.hush()
    player.play(short, lambda: over.put("three"))
    assert over.get(timeout=WAIT_S) == "three"
    player.close()
    assert over.empty()
