"""``./run package …``: the author's tools. Each brings what it needs; none of them touches a resident's data."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from kiosk.app import exits
from kiosk.app.options import parser

PROVE_LIMIT = 200_000


def main(arguments: Sequence[str]) -> int:
    """0 all well; 1 a finding of severity error; 2 called wrongly."""
    options = parser("package", "Write, check, look at and print service packages (docs/howto/write-a-service.md).")
    tools = options.add_subparsers(dest="tool", required=True, metavar="TOOL")
    _add_new(tools.add_parser("new", help="ask a few questions and write a package to begin with"))
    _add_many(tools.add_parser("lint", help="what is wrong in the files: words, figures, papers, people"))
    _add_prove(tools.add_parser("prove", help="walk every way a resident can go; none may end in a trap"))
    _add_preview(tools.add_parser("preview", help="the real screens on one package; --shots takes pictures of them"))
    _add_diff(tools.add_parser("diff", help="what a new version changes for residents"))
    _add_docs(tools.add_parser("docs", help="a printable guide in Chinese and English"))
    access = tools.add_parser("a11y", help="each page in each mode against EN 301 549, WCAG 2.2, elder rules")
    _add_many(access)
    access.add_argument("--panel", choices=("portrait", "landscape", "5:4"), default="portrait")
    _add_many(tools.add_parser("stats", help="figures: papers, days, ways, and what makes each item its own"))
    chosen = options.parse_args(arguments)
    if chosen.tool in ("a11y", "lint", "prove", "stats") and bool(chosen.paths) == chosen.all:
        options.error("name packages, or say --all")
    for path in getattr(chosen, "paths", ()):
        if not path.exists():
            options.error(f"{path}: is not there")
    return _run(chosen)


def _run(chosen: argparse.Namespace) -> int:
    match chosen.tool:
        case "new":
            from kiosk.app.package.papers import new_command
            from kiosk.authoring.new import QUESTIONS

            given = {question.flag: getattr(chosen, question.flag.replace("-", "_")) for question in QUESTIONS}
            return new_command(given, chosen.to, None if chosen.yes or not sys.stdin.isatty() else input)
        case "lint":
            from kiosk.app.package.checks import lint_command

            return lint_command(chosen.paths, every=chosen.all, as_json=chosen.json)
        case "prove":
            from kiosk.app.package.checks import prove_command

            return prove_command(
                chosen.paths, every=chosen.all, as_json=chosen.json, limit=chosen.limit, stories=chosen.stories
            )
        case "preview":
            from kiosk.app.package.preview import preview_command

            return preview_command(chosen.path, chosen.item, chosen.shots, chosen.platform)
        case "diff":
            from kiosk.app.package.papers import diff_command

            return diff_command(chosen.old, chosen.new, as_json=chosen.json)
        case "docs":
            from kiosk.app.package.papers import docs_command

            return docs_command(chosen.path, chosen.out)
        case "a11y":
            from kiosk.app.package.access import a11y_command

            return a11y_command(chosen.paths, every=chosen.all, as_json=chosen.json, panel=chosen.panel)
        case "stats":
            from kiosk.app.package.figures import stats_command

            return stats_command(chosen.paths, every=chosen.all, as_json=chosen.json)
    return exits.USAGE


def _add_many(into: argparse.ArgumentParser) -> None:
    into.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="folder or zip of a package")
    into.add_argument("--all", action="store_true", help="every package of this tree")
    into.add_argument("--json", action="store_true", help="for programs")


def _add_new(into: argparse.ArgumentParser) -> None:
    into.add_argument("id", nargs="?", metavar="ID", help="small letters and hyphens: library-card")
    into.add_argument("--kind", metavar="SORT", help="query, certificate, instant, apply, filing, booking, …")
    into.add_argument("--title", metavar="ZH", help="the item's name in Chinese")
    into.add_argument("--title-en", metavar="EN")
    into.add_argument("--agency", metavar="ZH", help="the agency in charge, in Chinese")
    into.add_argument("--agency-en", metavar="EN")
    into.add_argument("--subject", metavar="WHO", help="person, enterprise, organisation")
    into.add_argument("--life-event", metavar="WHERE", help="where residents look for it: birth, school, work, …")
    into.add_argument("--code", metavar="CODE", help="the official item code")
    into.add_argument("--to", type=Path, metavar="DIR", help="folder to write; default: config/services/ID")
    into.add_argument("--yes", action="store_true", help="ask nothing; what was not given keeps its usual value")


def _add_prove(into: argparse.ArgumentParser) -> None:
    _add_many(into)
    into.add_argument("--stories", type=Path, metavar="DIR", help="write the usual way of each package as a story")
    into.add_argument(
        "--limit", type=int, default=PROVE_LIMIT, metavar="N", help="give up after N answers; %(default)s"
    )


def _add_preview(into: argparse.ArgumentParser) -> None:
    into.add_argument("path", type=Path, metavar="PATH", help="folder or zip of a package")
    into.add_argument("--item", metavar="ID", help="which item, where PATH is a folder of packages")
    into.add_argument("--shots", type=Path, metavar="DIR", help="no window: a picture of every page into this folder")
    into.add_argument("--platform", choices=("offscreen", "xcb", "wayland"), help="Qt platform of the window")


def _add_diff(into: argparse.ArgumentParser) -> None:
    into.add_argument("old", type=Path, metavar="OLD", help="folder or zip of the version before")
    into.add_argument("new", type=Path, metavar="NEW", help="folder or zip of the version after")
    into.add_argument("--json", action="store_true", help="for programs")


def _add_docs(into: argparse.ArgumentParser) -> None:
    into.add_argument("path", type=Path, metavar="PATH", help="folder or zip of a package")
    into.add_argument("--out", type=Path, required=True, metavar="FILE", help="FILE.pdf or FILE.md")
