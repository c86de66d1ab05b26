"""``./run story FILE.toml``: play a resident on the real screens and keep what was seen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kiosk.app.options import parser
from kiosk.app.story.model import Step, load_story


def main(arguments: Sequence[str]) -> int:
    """0 played to its end; 1 something was not as the story says; 2 the story or the settings are wrong."""
    options = parser("story", "Play a story (docs/stories.md) on the real screens.")
    options.add_argument("file", type=Path, metavar="FILE.toml")
    options.add_argument("--settings", type=Path, metavar="F", help="settings; without it those of the demo")
    options.add_argument("--set", action="append", default=[], metavar="a.b=v", help="change one setting")
    options.add_argument("--out", type=Path, default=Path("story-output"), metavar="DIR", help="default: %(default)s")
    options.add_argument("--platform", choices=("offscreen", "xcb"), default="offscreen")
    options.add_argument("--external-emulators", type=Path, metavar="D", help="folder of emulators that already run")
    options.add_argument("--external-centre", action="store_true", help="use the centre of the settings, start none")
    options.add_argument("--quiet", action="store_true", help="only say how it ended")
    chosen = options.parse_args(arguments)
    story = load_story(chosen.file)

    from kiosk.app.story.play import Wanted, exit_of, play

    wanted = Wanted(
        out=chosen.out,
        settings=chosen.settings,
        platform=chosen.platform,
        emulators=chosen.external_emulators,
        external_centre=chosen.external_centre,
        overrides=chosen.set,
        tell=progress(chosen.quiet),
    )
    played = play(story, wanted)
    if played.ok:
        print(f"story: {story.name}: ok; {chosen.out}/index.html")
    else:
        print(f"story: {story.name}: failed: {played.failure}; {chosen.out}/index.html", file=sys.stderr)
    return exit_of(played)


def progress(quiet: bool = False) -> Callable[[int, int, Step, str], None]:
    """One line a step."""

    def tell(number: int, of: int, step: Step, outcome: str) -> None:
        if not quiet:
            print(f"[{number:>3}/{of}] {step.words:<60.60} {outcome}", flush=True)

    return tell
