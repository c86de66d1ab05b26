"""``package lint`` and ``package prove``: findings as people and as machines read them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kiosk.app import exits
from kiosk.app.package.sources import Source, every_package, sources, today
from kiosk.authoring.findings import Finding
from kiosk.authoring.lint import lint
from kiosk.authoring.places import mend_of, refusal
from kiosk.authoring.prove import Proof, prove
from kiosk.authoring.skeleton import placeholders
from kiosk.authoring.stories import story_of
from kiosk.forms import PackageBundle, PackageError, load_package

REPAINT_S = 0.1
BAR = 24


def findings_of(source: Source, items: Collection[str] | None = None) -> tuple[Finding, ...]:
    """Everything that is found without walking: what lint says, and what is still to be written.

    ``items`` are the ids of all packages, where all are looked at.
    """
    if source.bundle is None:
        return (_unreadable(source.error),)
    return (*lint(source.bundle, items=items), *placeholders(source.bundle))


def _unreadable(error: PackageError | None) -> Finding:
    """A package that is no package: nothing of it can be looked at."""
    file, reason = (error.file, error.reason) if error is not None else ("package", "cannot be read")
    code, mend = mend_of(reason)
    return Finding(code, file, "", None, "error", reason, mend or "See docs/package-format.md.")


def lint_command(paths: Sequence[Path], *, every: bool, as_json: bool) -> int:
    """Print findings of each package; 1 when one is an error."""
    report, errors = [], 0
    items = {path.name for path in every_package()} if every else None
    for source in sources(paths, every=every):
        found = findings_of(source, items)
        errors += _errors(found)
        report.append({"package": source.name, "findings": _plain(found)})
        if not as_json:
            print_findings(source.name, found)
    if as_json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        _sum_up("lint", len(report), sum(len(each["findings"]) for each in report), errors)
    return exits.FAILED if errors else exits.OK


def prove_command(paths: Sequence[Path], *, every: bool, as_json: bool, limit: int, stories: Path | None) -> int:
    """Walk every package and print how its ways end; 1 when there is a finding of severity error.

    ``stories``: a folder that gets the usual way of each package as a story for ``./run story``.
    """
    report: list[dict[str, Any]] = []
    errors = 0
    for source in sources(paths, every=every):
        proof, found = proved(source, limit, None if as_json else Ticker(source.name))
        errors += _errors(found)
        report.append({"package": source.name, **_figures(proof), "findings": _plain(found)})
        if not as_json:
            if proof is not None:
                print(f"{source.name}: {in_words(proof)}")
            print_findings(source.name, found)
        if stories is not None and source.bundle is not None and proof is not None:
            _write_story(stories, source.bundle, proof)
    if as_json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        ways = sum(each.get("paths", 0) for each in report)
        print(f"{ways:,} ways in all")
        _sum_up("prove", len(report), sum(len(each["findings"]) for each in report), errors)
    return exits.FAILED if errors else exits.OK


def proved(
    source: Source, limit: int, progress: Callable[[int, int | None], None] | None
) -> tuple[Proof | None, tuple[Finding, ...]]:
    """The proof of one package with its findings; no proof for one that cannot be loaded."""
    if source.bundle is None:
        return None, (_unreadable(source.error),)
    try:
        proof = prove(source.bundle, progress=progress, limit=limit, today=today())
    except PackageError as error:
        return None, (refusal(source.bundle, error),)
    finally:
        if isinstance(progress, Ticker):
            progress.clear()
    return proof, proof.findings


def in_words(proof: Proof) -> str:
    """How many ways there are and how they end."""
    ends = ", ".join(f"{count:,} {end}" for end, count in sorted(proof.ends.items(), key=lambda pair: -pair[1]))
    ways = "way" if proof.paths == 1 else "ways"
    unfinished = "" if proof.complete else " (stopped at the limit)"
    touches = f"{proof.touches} touches on the usual one, {proof.longest} on the longest"
    return f"{proof.paths:,} {ways}: {ends}; {touches}{unfinished}"


class Ticker:
    """A line on a terminal that counts; nothing where nobody watches."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._shown_s = 0.0
        self._place = 0
        self._watched = sys.stderr.isatty()

    def __call__(self, found: int, of: int | None) -> None:
        now = time.monotonic()
        if self._watched and now - self._shown_s >= REPAINT_S:
            self._shown_s = now
            self._place = (self._place + 1) % (2 * BAR)
            at = min(self._place, 2 * BAR - self._place)
            # How many there will be is known only at the end, so the bar moves to and fro.
            bar = " " * at + "===" + " " * (BAR - at)
            print(f"\r\x1b[K[{bar}] {self._name}: {found:,} ways", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._watched:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _figures(proof: Proof | None) -> dict[str, Any]:
    if proof is None:
        return {}
    return {
        "paths": proof.paths,
        "ends": dict(proof.ends),
        "touches": proof.touches,
        "longest": proof.longest,
        "complete": proof.complete,
    }


def _errors(findings: Iterable[Finding]) -> int:
    return sum(1 for finding in findings if finding.severity == "error")


def _plain(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [asdict(finding) for finding in findings]


def print_findings(name: str, findings: Iterable[Finding]) -> None:
    """Each with its place and how to mend it."""
    for finding in findings:
        place = f"{name}/{finding.file}" + (f":{finding.line}" if finding.line else "")
        print(f"{place}: {finding.severity}: {finding.reason} [{finding.code}]\n  mend: {finding.mend}")


def _sum_up(command: str, packages: int, findings: int, errors: int) -> None:
    what = "package" if packages == 1 else "packages"
    print(f"{command}: {packages} {what}, {errors} errors, {findings - errors} warnings")


def _write_story(folder: Path, bundle: PackageBundle, proof: Proof) -> None:
    """The usual way as a story; why there is none goes to standard error."""
    if proof.default_path is None:
        return
    try:
        text = story_of(load_package(bundle), proof.default_path, today=today())
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{bundle.id}.toml").write_text(text, encoding="utf-8")
    except (ValueError, OSError) as error:
        print(f"package prove: {bundle.id}: no story: {error}", file=sys.stderr)
