"""Papers under the document camera: how many are found, what is said of bad pictures, and how long a look takes.

`python -m bench.pages [--count N] [--seed S] [--folder DIR]` prints a table of what was said of each kind of picture;
with a folder, pictures with the outline found and pages as cut out are left there for people to look at.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from bench.page_pictures import Quad, Scene, scenes
from bench.timing import Figure, figure
from devices.vision.pages import find_page
from devices.vision.quality import Judged, judge
from devices.vision.straighten import straighten

GOOD = "good"
CORNERS_OFF = 0.01  # of the paper's diagonal
DPI = 200


@dataclass(slots=True)
class Tally:
    """What was said (`said[truth][word]`), how far the worst corner was off in good pictures, how long looks took."""

    said: dict[str, Counter[str]] = field(default_factory=dict)
    off: list[float] = field(default_factory=list)
    times_ms: list[float] = field(default_factory=list)

    @property
    def found(self) -> float:
        """Share of good pictures with all corners within CORNERS_OFF."""
        return sum(each < CORNERS_OFF for each in self.off) / max(1, len(self.off))

    @property
    def right(self) -> float:
        """Share of bad pictures with the right advice."""
        bad = [(truth, words) for truth, words in self.said.items() if truth != GOOD]
        return sum(words[truth] for truth, words in bad) / max(1, sum(words.total() for _, words in bad))

    @property
    def wrongly_taken(self) -> float:
        """Share of bad pictures that would have been taken."""
        bad = [words for truth, words in self.said.items() if truth != GOOD]
        return sum(words[GOOD] for words in bad) / max(1, sum(words.total() for words in bad))


def measure(pictures: Iterable[Scene], folder: Path | None = None) -> Tally:
    """Look at each picture once."""
    tally = Tally()
    for scene in pictures:
        before = find_page(scene.before) if scene.before is not None else None
        began = time.perf_counter_ns()
        judged = judge(scene.picture, before.corners if before is not None else None)
        tally.times_ms.append((time.perf_counter_ns() - began) / 1e6)
        truth = scene.fault.value if scene.fault is not None else GOOD
        word = judged.advice.value if judged.advice is not None else GOOD
        tally.said.setdefault(truth, Counter())[word] += 1
        if scene.fault is None and scene.corners is not None:
            page = judged.page
            tally.off.append(corners_off(page.corners, scene.corners) if page is not None else 1.0)
        if folder is not None:
            _leave(folder, scene, judged, f"{scene.seed}-{truth}-{word}")
    return tally


def corners_off(found: Quad, truth: Quad) -> float:
    """Distance of the worst corner from its place, against the paper's diagonal, whichever corner comes first."""
    diagonal = max(float(np.linalg.norm(truth[2] - truth[0])), float(np.linalg.norm(truth[3] - truth[1])))
    turns = (float(np.linalg.norm(np.roll(found, k, axis=0) - truth, axis=1).max()) for k in range(4))
    return min(turns) / diagonal


def figures(repeats: int) -> Iterator[Figure]:
    """For `./run bench pages`."""
    cv2.setNumThreads(1)
    tally = measure(scenes(max(14, repeats // 2)))
    bad = sum(words.total() for truth, words in tally.said.items() if truth != GOOD)
    yield Figure("papers found, corners within 1 %", 100 * tally.found, "%", note=f"of {len(tally.off)} good pictures")
    yield Figure("bad pictures given the right advice", 100 * tally.right, "%", note=f"of {bad}")
    yield Figure("bad pictures taken", 100 * tally.wrongly_taken, "%", note=f"of {bad}")
    yield figure("look at a picture of 1280x960", tally.times_ms, "one thread")


def _leave(folder: Path, scene: Scene, judged: Judged, name: str) -> None:
    shown = scene.picture.copy()
    if judged.page is not None:
        cv2.polylines(shown, [np.round(judged.page.corners).astype(np.int32)], True, (0, 0, 255), 3, cv2.LINE_AA)
        if judged.advice is None:
            page, _ = straighten(scene.picture, judged.page.corners, DPI)
            cv2.imwrite(str(folder / f"{name}-page.jpg"), page)
    cv2.imwrite(str(folder / f"{name}.jpg"), shown)


def main(arguments: Sequence[str]) -> int:
    """Print the table; 0 when it could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--count", type=int, default=140, help="good pictures, and as many bad ones (default 140)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="leave pictures for people here")
    options = parser.parse_args(arguments)
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    tally = measure(scenes(options.count, options.seed), options.folder)
    for truth in sorted(tally.said, key=lambda each: (each != GOOD, each)):
        words = tally.said[truth]
        others = ", ".join(f"{word} {count}" for word, count in words.most_common() if word != truth)
        print(
            f"{truth:10} {words[truth]:5} of {words.total():5}  {100 * words[truth] / words.total():6.1f} %  {others}"
        )
    print(f"corners within 1 %: {100 * tally.found:.1f} %, median {100 * np.median(tally.off):.2f} % of the diagonal")
    print(f"right advice: {100 * tally.right:.1f} %; taken wrongly: {100 * tally.wrongly_taken:.1f} %")
    print(f"a look: {np.median(tally.times_ms):.0f} ms median, {np.percentile(tally.times_ms, 95):.0f} ms p95")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
