"""What the camera scanner's child reads from spoilt pictures, beside the decoders it could have used alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from bench.qr import decoders, score
from bench.qr_pictures import PAYLOADS, samples
from devices.camera.code_reader import STEPS, CodeReader, decode

SEED, PER_KIND = 7, 6


def test_more_spoilt_codes_are_read_than_by_any_decoder_alone_and_none_wrongly() -> None:
    pictures = list(samples(SEED, PER_KIND))
    ours, *peers = (score(name, read, pictures) for name, read in decoders().items())
    assert ours.wrong == 0
    for peer in peers:
        assert ours.total > peer.total, (ours.total, peer.name, peer.total)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_bytes_are_those_of_the_code_in_grey_and_in_colour(payload: bytes) -> None:
    sample = next(each for each in samples(SEED, 3) if each.truth == payload)
    assert CodeReader().read(sample.picture) == {payload}
    assert CodeReader().read(np.asarray(cv2.cvtColor(sample.picture, cv2.COLOR_GRAY2BGR), np.uint8)) == {payload}


def test_a_picture_without_a_code_is_empty_after_all_repairs() -> None:
    noise = np.random.default_rng(SEED).integers(0, 256, (360, 480), dtype=np.uint8)
    assert CodeReader(budget_s=5.0).read(noise) == frozenset()


def test_what_the_time_for_one_picture_does_not_allow_is_tried_on_the_next_ones() -> None:
    spoilt = [each for each in samples(SEED, 6) if each.kind == "blur" and not decode(each.picture)]
    readable = [each for each in spoilt if CodeReader(5.0).read(each.picture)]
    assert readable
    for sample in readable[:2]:
        impatient = CodeReader(0.0)  # one repair a picture
        found = [impatient.read(sample.picture) for _ in range(3 * len(STEPS))]
        assert found.count(frozenset()) < len(found)


def test_a_picture_larger_than_a_camera_gives_is_read_too() -> None:
    sample = next(iter(samples(SEED, 1)))
    large = np.asarray(cv2.resize(sample.picture, (4800, 3600)), np.uint8)
    assert CodeReader().read(large) == {sample.truth}
