"""Tones: made by us, heard through whatever there is, and never a reason to stop."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import miniaudio
import pytest

from devices.speaker import RATE_HZ, Speaker, samples
from kiosk.domain.sound import Tone

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def strength(wave: list[int], hertz: float) -> float:
    """How much of one frequency is in it (Goertzel)."""
    step = 2 * math.pi * hertz / RATE_HZ
    real = sum(v * math.cos(step * n) for n, v in enumerate(wave))
    imaginary = sum(v * math.sin(step * n) for n, v in enumerate(wave))
    return math.hypot(real, imaginary) / len(wave)


def test_the_warning_goes_down_from_one_note_to_another() -> None:
    wave = list(samples("warning", 60))
    first, second = wave[: round(0.2 * RATE_HZ)], wave[round(0.24 * RATE_HZ) :]
    assert strength(first, 659.3) > 5 * strength(first, 523.3)
    assert strength(second, 523.3) > 5 * strength(second, 659.3)


@pytest.mark.parametrize("tone", ["warning", "taken", "refused"])
def test_a_tone_swells_from_nothing_and_ends_in_nothing(tone: Tone) -> None:
    wave = samples(tone, 100)
    assert abs(wave[0]) < 200
    assert abs(wave[-1]) < 200
    assert 8000 < max(wave) < 32767


def test_half_the_volume_is_a_quarter_of_the_amplitude_and_none_is_silence() -> None:
    loud, half, none = (max(samples("taken", volume)) for volume in (100, 50, 0))
    assert half == pytest.approx(loud / 4, rel=0.02)
    assert none == 0


def test_a_tone_is_played_to_its_end_and_the_device_let_go() -> None:
    speaker = Speaker(lambda at: 60, lambda: NOON, backends=[miniaudio.Backend.NULL])
    speaker.play("taken")
    speaker.play("warning")
    speaker.close()


def test_at_volume_nothing_no_device_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr(miniaudio, "PlaybackDevice", lambda **options: opened.append(options))
    speaker = Speaker(lambda at: 0 if at.hour == 12 else 60, lambda: NOON)
    speaker.play("taken")
    speaker.close()
    assert opened == []


def test_without_a_sound_card_the_terminal_says_so_once_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    # Nothing answers to this backend on a machine of this kind.
    speaker = Speaker(lambda at: 60, lambda: NOON, backends=[miniaudio.Backend.COREAUDIO])
    speaker.play("taken")
    speaker.play("taken")
    speaker.close()
    assert [record.message for record in caplog.records] == ["sound.unavailable"]
