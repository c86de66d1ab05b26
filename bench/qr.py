"""`python -m bench.qr [--seed N] [--per-kind N]`: how many spoilt QR codes are read, by us and by single decoders.

Each decoder gets each picture once, alone, on one thread. "read" means: exactly the true bytes and nothing else;
anything else that is returned counts as wrong. Ours may try all repairs here; live it has `BUDGET_S` for a picture and
goes on with the next one.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import cv2

from bench.qr_pictures import KINDS, Picture, Sample, samples
from bench.timing import Figure
from devices.camera.code_reader import CodeReader, decode

Decoder = Callable[[Picture], Collection[bytes]]
#: Not the seed the repairs were chosen with (1).
TEST_SEED = 20261122
ALL_REPAIRS_S = 5.0


@dataclass(slots=True)
class Score:
    """How one decoder did."""

    name: str
    read: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    times_ms: list[float] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Codes read, of all kinds."""
        return sum(self.read.values())

    def percentile_ms(self, percent: int) -> float:
        """Of the times for one picture."""
        ordered = sorted(self.times_ms)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def ours(picture: Picture) -> Collection[bytes]:
    """What the camera scanner's child makes of one picture."""
    return CodeReader(ALL_REPAIRS_S).read(picture)


def opencv(detector: cv2.QRCodeDetector | cv2.QRCodeDetectorAruco) -> Decoder:
    """One of OpenCV's decoders; it returns text."""

    def read(picture: Picture) -> Collection[bytes]:
        found, texts, _, _ = detector.detectAndDecodeMulti(picture)
        return {text.encode("utf-8", "surrogateescape") for text in texts if text} if found else set()

    return read


def decoders() -> dict[str, Decoder]:
    """Ours first, then the peers."""
    return {
        "ours": ours,
        "zxing-cpp": decode,
        "OpenCV": opencv(cv2.QRCodeDetector()),
        "OpenCV Aruco": opencv(cv2.QRCodeDetectorAruco()),
    }


def score(name: str, read: Decoder, pictures: Sequence[Sample]) -> Score:
    """Let one decoder read all pictures."""
    result = Score(name)
    read(pictures[0].picture)  # filters and tables are made once in a camera's life
    for sample in pictures:
        began = time.perf_counter_ns()
        found = set(read(sample.picture))
        result.times_ms.append((time.perf_counter_ns() - began) / 1e6)
        if found == {sample.truth}:
            result.read[sample.kind] += 1
        elif found:
            result.wrong += 1
    return result


def figures(per_kind: int, seed: int = TEST_SEED) -> list[Figure]:
    """Codes read by each decoder, and its time for a picture."""
    cv2.setNumThreads(1)
    pictures = list(samples(seed, per_kind))
    found: list[Figure] = []
    for name, read in decoders().items():
        result = score(name, read, pictures)
        note = f"of {len(pictures)}, {result.wrong} wrong"
        found.append(Figure(f"{name}: codes read", result.total, "codes", None, len(pictures), note))
        found.append(Figure(f"{name}: a picture", statistics.median(result.times_ms), "ms", result.percentile_ms(95)))
    return found


def main(arguments: Sequence[str]) -> int:
    """Print the table; 0 when ours is ahead of every peer, fast enough, and never wrong."""
    parser = argparse.ArgumentParser(prog="bench.qr", description="Spoilt QR codes: ours and single decoders.")
    parser.add_argument("--seed", type=int, default=TEST_SEED, help="of the pictures")
    parser.add_argument("--per-kind", type=int, default=34, help="pictures of each kind (default 34: 408 in all)")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    pictures = list(samples(options.seed, options.per_kind))
    scores = [score(name, read, pictures) for name, read in decoders().items()]
    print("".join([f"{f'of {options.per_kind}':14}", *(f"{each.name:>14}" for each in scores)]))
    for kind in KINDS:
        print("".join([f"{kind:14}", *(f"{each.read[kind]:14}" for each in scores)]))
    print("".join([f"{f'all {len(pictures)}':14}", *(f"{each.total:14}" for each in scores)]))
    print("".join([f"{'wrong':14}", *(f"{each.wrong:14}" for each in scores)]))
    for percent in (50, 95):
        print("".join([f"{f'ms p{percent}':14}", *(f"{each.percentile_ms(percent):14.2f}" for each in scores)]))
    mine, *peers = scores
    ahead = all(mine.total > peer.total for peer in peers)
    return 0 if ahead and mine.wrong == 0 and mine.percentile_ms(50) <= 2.0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
