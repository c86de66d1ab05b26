"""A process with file systems of its own: what it mounts, nobody else sees, and it goes with the process."""

from __future__ import annotations

import functools
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.lab.findings import Findings

_ROOT = Path(__file__).parents[2]
_TIMEOUT_S = 3600.0


@functools.cache
def alone() -> tuple[str, ...] | None:
    """The words before a command that give it mounts of its own; None where this machine does not allow it."""
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        return None
    own = ("unshare", "--mount", "--propagation", "private")
    for words in (own, (*own, "--user", "--map-root-user")):
        tried = subprocess.run([*words, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
        if tried.returncode == 0:
            return words
    return None


def findings_of(module: str, *arguments: str | int | Path) -> Findings:
    """Run a module of the lab with mounts of its own, and take what it found from its last line.

    The dice of the process are thrown here. What it says on its error output is shown.
    """
    words = [str(word) for word in (*arguments, random.getrandbits(64))]
    done = subprocess.run(
        [*(alone() or ()), sys.executable, "-m", module, *words],
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        return Findings(problems=[f"{module} ended with {done.returncode}"])
    return Findings.from_json(done.stdout.splitlines()[-1])


@contextmanager
def mounted(place: Path, *arguments: str) -> Iterator[None]:
    """`mount ARGUMENTS PLACE` for a while. Raises CalledProcessError."""
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", *arguments, str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)
