"""The numbers the terminal is held to, so that a report can set what was found beside them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """One of them. `trials` is how many it asks for; 0 where the measures of the experiments decide.

    `elsewhere` is the command that measures it, where the lab does not.
    """

    key: str
    subject: str
    target: str
    trials: int = 0
    elsewhere: str = ""


NUMBERS = (
    Number("N1", "kill -9 at any moment", "1,000 kills: 0 lost, 0 doubled, 0 corrupt, 0 orphan files", 1_000),
    Number("N2", "power cut, replayed write by write", "10,000 crash points: 0 lost, 0 corrupt", 10_000),
    Number("N3", "power cut of a whole machine", "30 cuts: 0 lost, 0 corrupt, and the control loses", 30),
    Number(
        "N4",
        "back on the attract page",
        "10 s at the 95th percentile after a kill, 30 s after a hang",
        0,
        "./run bench restart",
    ),
    Number(
        "N5",
        "draft after a crash of the screens",
        "at most the field being typed; the same resident only",
        0,
        "./run test",
    ),
    Number("N6", "disk full, read-only, input/output errors", '500 runs: 0 unhandled, 0 false "submitted"', 500),
    Number("N7", "network faults", "10,000 requests: 0 doubled, 0 lost, 0 bytes to a redirect", 10_000),
    Number("N10", "1,200 terminals come back at once", "drained in 15 min, at most 200 requests/s, 0 doubled"),
    Number("N11", "spread of the first requests", "over at least 120 s, never narrower than half the delay"),
    Number(
        "N12", "soak", "2,000 sessions: memory +5 %, threads and files constant, WAL < 16 MB", 2_000, "./run bench soak"
    ),
    Number("N21", "wall clock off by ten years", "no order changed, nothing wiped early, no retry lost"),
    Number("N23", "catalogue that did not change", "one 304 without a body", 0, "./run test"),
    Number("F24", "damaged database, log or envelopes", "1,000 damages: 0 lost", 1_000),
)
