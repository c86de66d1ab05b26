"""The proof: visits are played, each ends in its own way, and then everything is searched for everybody so far."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kiosk.app.residue import places, raster, visits
from kiosk.app.residue.canary import Canary, invent
from kiosk.app.residue.launched import KEEP_BLOCKS, KEEP_KEY, LEARN_WORDS, UNWIPED
from kiosk.app.residue.needles import Hit, Needle, Search, of_bytes
from kiosk.app.residue.terminal import Around, Looked, NotPlayed
from offline_cache import FileKeySource
from offline_cache.pages import pages

SETTLED_S: Final = 2.0
"""So long after the visit the first look is taken: a wipe has to be over by then."""
LATER_S: Final = 6.0
PAUSE_S: Final = 1.5
PATIENT: Final = {"idle_s": 90.0, "warn_s": 30.0, "wiped_s": 0.0}
HASTY: Final = {"idle_s": 1.0, "warn_s": 1.0, "wiped_s": 0.0}
PICTURES: Final = 6
"""Looks at a paper under the camera: each picture is a little different."""
STORE: Final = "store: "
"""What places inside the store begin with."""

#: Controls: name, where what it leaks has to be found (a pattern), and as what. The last four need a terminal that was
#: started so.
FOUND_IN: Final[dict[str, tuple[str, ...]]] = {
    "text": ("memory of kiosk.app.residue.puppet", "UTF-32LE"),
    "widget": ("widgets",),
    "frame": ("memory of kiosk.app.residue.puppet", "pixels"),
    "clipboard": ("clipboard",),
    "log": ("file state/log",),
    "file": ("file tmp/",),
    "memfd": ("open file of",),
    "row": (f"{STORE}(page|log frame)",),
    "free-page": (f"{STORE}free page",),
    "unwiped-memory": ("memory of kiosk.app.residue.puppet",),
    "learnt-words": ("file state/pinyin",),
    "kept-key": ("memory of kiosk.app.residue.launched",),
    "kept-blocks": ("memory of kiosk.app.residue.puppet",),
}
CONTROLS: Final = tuple(FOUND_IN)
SMALL_ROUTES: Final = ("exit", "done")
SMALL_CONTROLS: Final = ("text", "log")
AT_START: Final = {
    "unwiped-memory": UNWIPED,
    "learnt-words": LEARN_WORDS,
    "kept-key": KEEP_KEY,
    "kept-blocks": KEEP_BLOCKS,
}
TOGETHER: Final = ("unwiped-memory", "learnt-words", "kept-key"), ("kept-blocks",)
"""What leaks at one terminal: each of these is found in a place that is none of the others'."""
HELPED: Final = ("kept-blocks",)
"""What would leak by chance alone: something is freed for it while somebody is there."""


@dataclass(slots=True)
class Visit:
    """One visit: how it ended, what was found of anybody after it, and what was there while somebody was there."""

    route: str
    who: str
    seconds: float = 0.0
    live: dict[str, int] = field(default_factory=dict)
    """While most of the resident was on the screen: spellings found, by secret."""
    kept: list[Hit] = field(default_factory=list)
    """What may stay: a submitted case, in the store."""
    left: list[Hit] = field(default_factory=list)
    later: list[Hit] = field(default_factory=list)
    """Of what was left, what still stood there some seconds later."""
    problem: str = ""


@dataclass(slots=True)
class Proof:
    """A whole run."""

    visits: list[Visit] = field(default_factory=list)
    controls: dict[str, list[Hit]] = field(default_factory=dict)
    """What was found of each control in the place where it leaks; nothing: the search is blind there."""
    problems: list[str] = field(default_factory=list)
    needles: int = 0
    scanned_mb: float = 0.0
    seconds: float = 0.0

    @property
    def played(self) -> bool:
        """Everything was played to its end."""
        return not self.problems and not any(visit.problem for visit in self.visits)

    @property
    def clean(self) -> bool:
        """Nothing was left, every visit was played, every control was found."""
        return self.played and not any(visit.left for visit in self.visits) and all(self.controls.values())


Tell = Callable[[str], None]


def prove(routes: Sequence[str], controls: Sequence[str], scratch: Path, tell: Tell, platform: str) -> Proof:
    """Play these, look after each, then the controls. ``scratch`` is emptied by whoever gave it."""
    began, proof = time.monotonic(), Proof()
    people = {
        name: invent(f"{name}-{number}", together=name in visits.TOGETHER)
        for number, name in enumerate((*routes, "controls", "started"))
    }
    try:
        around = Around(scratch / "around", tuple(people.values()))
    except NotPlayed as problem:
        proof.problems.append(str(problem))
        return proof
    try:
        now = [name for name in controls if name not in AT_START]
        if routes or now:
            looker = _Looker(Looked(scratch / "terminal", around, platform), scratch)
            try:
                looker.ready()
                for route in routes:
                    tell(f"visit {route}")
                    proof.visits.append(looker.visit(route, people[route], visits.ROUTES[route](people[route])))
                    tell(_summary(proof.visits[-1]))
                if now:
                    tell(f"controls {' '.join(now)}")
                    who = people["controls"]
                    leaky = looker.visit("controls", who, visits.leave_by_card(who), leaks=now)
                    proof.controls |= _found(now, leaky)
            finally:
                looker.close()
            proof.needles = len(looker.search.needles())
        for which in TOGETHER:
            later = [name for name in controls if name in which]
            if not later:
                continue
            tell(f"controls {' '.join(later)}")
            leaking = [AT_START[name] for name in later]
            looker = _Looker(Looked(scratch / later[0], around, platform, leaking=leaking), scratch)
            try:
                looker.ready()
                who = people["started"]
                helped = [name for name in later if name in HELPED]
                proof.controls |= _found(later, looker.visit("controls", who, visits.exit_early(who), leaks=helped))
            finally:
                looker.close()
    except NotPlayed as problem:
        proof.problems.append(str(problem))
    finally:
        around.close()
    proof.seconds = time.monotonic() - began
    return proof


def _found(names: Sequence[str], visit: Visit) -> dict[str, list[Hit]]:
    """For each control the hits in the place where it leaks."""
    if visit.problem:
        return {name: [] for name in names}
    return {name: [hit for hit in visit.left if _is_of(hit, name)] for name in names}


def _is_of(hit: Hit, control: str) -> bool:
    place, *how = FOUND_IN[control]
    return re.match(place, hit.place) is not None and all(word in hit.needle.how for word in how)


def _summary(visit: Visit) -> str:
    if visit.problem:
        return f"  not played: {visit.problem}"
    return f"  {len(visit.left)} left, {len(visit.later)} still later, {sum(visit.live.values())} spellings live"


class _Looker:
    """Plays visits on one terminal and looks."""

    def __init__(self, terminal: Looked, scratch: Path) -> None:
        self._terminal = terminal
        self._scratch = scratch
        self._began = time.time()
        self._submitted: set[str] = set()
        self._bare = terminal.around.desk()
        self._witnesses: set[int] = set()
        """Processes that have seen somebody's paper, or said somebody's name."""
        self._dictionary: Mapping[Path, int] = {}
        self.search = Search()

    def ready(self) -> None:
        """Until the terminal stands there."""
        self._terminal.await_ready()
        self._dictionary = places.written_at(self._pinyin)

    def close(self) -> None:
        """End it."""
        self._terminal.close()

    def visit(self, route: str, who: Canary, lines: Sequence[str], leaks: Sequence[str] = ()) -> Visit:
        """Play one, and look."""
        began, visit = time.monotonic(), Visit(route, who.key)
        self.search.add(who.needles())
        slips = self._terminal.around.slips()
        try:
            self._terminal.tell(times=PATIENT)
            for line in lines:
                self._do(line, who, visit, leaks)
            for name, data in self._terminal.around.slips().items():
                if name not in slips:
                    self.search.add(raster.of_slip(who.key, data))
            if route.startswith("done"):
                self._submitted.update(who.keys)
            self._settle(who, visit)
            if visit.left and not leaks:
                time.sleep(LATER_S)
                visit.later = [hit for hit in self._everywhere() if not self._may_stay(hit)]
        except NotPlayed as problem:
            visit.problem = str(problem)
        visit.seconds = time.monotonic() - began
        return visit

    def _settle(self, who: Canary, visit: Visit) -> None:
        """Nobody is there any more: look for everybody, everywhere."""
        time.sleep(SETTLED_S)
        for key in self._terminal.keys:
            self.search.add(of_bytes(who.key, "key of the visit", key))
        self._terminal.keys.clear()
        for hit in self._everywhere():
            (visit.kept if self._may_stay(hit) else visit.left).append(hit)

    def _do(self, line: str, who: Canary, visit: Visit, leaks: Sequence[str]) -> None:
        terminal = self._terminal
        match line:
            case visits.SIGN:
                self._sign(who)
            case visits.SIGN_BESIDE:
                self._sign(who.family[0])
            case visits.PAPER:
                self._photograph(who)
            case visits.SEARCH:
                self._settle(who, visit)
            case visits.LOOK:
                self._look(who, visit)
                for name in leaks:
                    terminal.tell(leak=name)
            case visits.HEAR:
                there = {pid for pid in terminal.pids() if places.name_of(pid) == places.VOICE}
                if not there:
                    raise NotPlayed("nothing is read out")
                self._witnesses |= there
            case visits.PAUSE:
                time.sleep(PAUSE_S)
            case visits.CRASH:
                terminal.kill_screens()
                terminal.tell(times=HASTY)
            case visits.IDLE:
                terminal.tell(times=HASTY)
            case _:
                code = terminal.step(line)
                if code is not None:
                    self.search.add(who.code(code))

    def _sign(self, who: Canary) -> None:
        self.search.add(who.signature(self._terminal.tell(sign=who.strokes)["strokes"]))

    def _photograph(self, who: Canary) -> None:
        """Pictures of a paper: as the camera sends them, as the terminal has them, as they are decoded and shown."""
        terminal = self._terminal
        there = {pid for pid in terminal.pids() if places.name_of(pid) == places.CAMERA}
        for sent in terminal.around.desk():
            self.search.add(who.photographed(sent, self._bare))
        jpeg, shown = self._scratch / "paper.jpg", self._scratch / "frame.png"
        for _ in range(PICTURES):
            if terminal.tell(paper=str(jpeg))["looking"]:  # once a page is taken others stand ready
                self._witnesses |= there
            if jpeg.stat().st_size:
                self.search.add(who.photographed(jpeg.read_bytes()))
                self.search.add(raster.of_paper(who.key, jpeg))
            terminal.tell(picture=str(shown), of=[])
            self.search.add(raster.of_picture(who.key, shown, [raster.middle(shown)], "paper"))
        jpeg.unlink()
        shown.unlink()

    def _look(self, who: Canary, visit: Visit) -> None:
        """Find the resident while they are there: the raster needles, and that the search is not blind."""
        picture = self._scratch / "frame.png"
        rects = self._terminal.tell(picture=str(picture), of=["field.signature", who.name[0]])["rects"]
        self.search.add(raster.of_picture(who.key, picture, rects))
        picture.unlink()
        if (carry_on := self._terminal.carry_on()) is not None:
            self.search.add(who.slip(carry_on))
        seen: dict[str, set[str]] = {}
        for hit in places.in_processes(self.search, self._terminal.pids()):
            if hit.needle.whose in who.keys:
                beside = hit.needle.whose.removeprefix(who.key).replace("-", " ")
                seen.setdefault(hit.needle.secret + beside, set()).add(hit.needle.how)
        for secret, ways in sorted(seen.items()):
            visit.live[secret] = max(visit.live.get(secret, 0), len(ways))

    def _everywhere(self) -> Iterator[Hit]:
        terminal = self._terminal
        for place, texts in terminal.tell(inside=True).items():
            for text in texts:
                yield from self.search.find(text.encode(), place)
        yield from places.in_processes(self.search, terminal.pids())
        yield from places.in_files(self.search, [terminal.folder / name for name in ("state", "home", "tmp")])
        yield from places.in_shared_folders(self.search, self._began, self._scratch)
        with places.standing_still(terminal.pids()):
            state = terminal.folder / "state"
            read = list(pages(state, FileKeySource(state / "key", demo=True).load(create=False)))
        for page in read:
            yield from self.search.find(page.data, f"{STORE}{page.place} {page.number}")
        yield from self._unreadable()

    @property
    def _pinyin(self) -> Path:
        return self._terminal.folder / "state" / "pinyin"

    def _unreadable(self) -> Iterator[Hit]:
        """What no needle is found in, but must not be: a camera's process holds pictures and the voice's holds sound in
        forms of their own, and the pinyin engine packs the words it learns.
        """
        for pid in self._witnesses.intersection(self._terminal.pids()):
            yield Hit(
                Needle("", "paper or voice", "a process that knew it", b""), f"memory of {places.name_of(pid)}", pid, ""
            )
        for path, at in places.written_at(self._pinyin).items():
            if self._dictionary.get(path) != at:
                words = Needle("", "typed answer", "a dictionary that was written to", b"")
                yield Hit(words, f"file {path.relative_to(self._terminal.folder)}", 0, "")

    def _may_stay(self, hit: Hit) -> bool:
        """A submitted case lies in the store until the centre was asked about it again (docs/residue.md)."""
        return hit.needle.whose in self._submitted and hit.place.startswith((f"{STORE}page", f"{STORE}log frame"))
