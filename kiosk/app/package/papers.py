"""``package new``, ``diff`` and ``docs``: what an author writes, compares and prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from kiosk.app import exits
from kiosk.app.package.sources import SERVICES, loaded, today
from kiosk.authoring.diff import TOPICS, diff
from kiosk.authoring.docs import guide_lines, to_markdown
from kiosk.authoring.new import Unanswered, ask
from kiosk.authoring.skeleton import placeholders, skeleton, write
from kiosk.forms import PackageError, ServicePackage, bundle_from_folder, load_package


def new_command(given: Mapping[str, str | None], to: Path | None, put: Callable[[str], str] | None) -> int:
    """Write a package to begin with; ``put`` asks for what was not given, None: nobody is there to ask."""
    try:
        wish = ask(given, put, print)
    except (Unanswered, EOFError) as error:
        print(f"package new: {error or 'the questions were not answered'}", file=sys.stderr)
        return exits.USAGE
    folder = to if to is not None else SERVICES / wish.id
    try:
        write(skeleton(wish), folder)
    except OSError as error:
        print(f"package new: {folder}: {error.strerror}", file=sys.stderr)
        return exits.USAGE
    left = sum(1 for _ in placeholders(bundle_from_folder(folder)))
    print(f"{folder}: {wish.kind}; {left} lines are still to be written, marked 【…】")
    print(f"next: ./run package lint {folder}\n      ./run package preview {folder}")
    return exits.OK


def diff_command(old: Path, new: Path, *, as_json: bool) -> int:
    """Print what changed for residents; 1 when the new version must not be published."""
    packages = [_package(path) for path in (old, new)]
    if packages[0] is None or packages[1] is None:
        return exits.FAILED
    changes = diff(packages[0], packages[1])
    if as_json:
        print(json.dumps([asdict(change) for change in changes], ensure_ascii=False, indent=1))
    else:
        topic = ""
        for change in changes:
            if change.topic != topic:
                topic = change.topic
                print(f"{TOPICS[topic]['zh-Hans']} · {TOPICS[topic]['en']}")
            mark = "error: " if change.severity == "error" else ""
            print(f"  {mark}{change.words['zh-Hans']}\n  {mark}{change.words['en']}")
        if not changes:
            print("没有变化 · nothing changes for residents")
    return exits.FAILED if any(change.severity == "error" for change in changes) else exits.OK


def docs_command(path: Path, out: Path) -> int:
    """Write the guide as Markdown or as a printable PDF, as the name of the file says."""
    if out.suffix not in (".md", ".pdf"):
        print(f"package docs: --out {out}: must end in .md or .pdf", file=sys.stderr)
        return exits.USAGE
    package = _package(path)
    if package is None:
        return exits.FAILED
    lines = guide_lines(package, today())
    try:
        if out.suffix == ".md":
            out.write_text(to_markdown(lines), encoding="utf-8")
        else:
            from printing import Paragraph, booklet_to_pdf

            paragraphs = [Paragraph(line.style, line.text["zh-Hans"], line.text["en"]) for line in lines]
            out.write_bytes(booklet_to_pdf(package.title["zh-Hans"], paragraphs))
    except OSError as error:
        print(f"package docs: --out {out}: {error.strerror}", file=sys.stderr)
        return exits.USAGE
    print(out)
    return exits.OK


def _package(path: Path) -> ServicePackage | None:
    bundle = loaded(path)
    if bundle is None:
        return None
    try:
        return load_package(bundle)
    except PackageError as error:
        print(f"package: {path}: {error}", file=sys.stderr)
        return None
