"""Every package of config/services is proved: no way ends in nothing, and nothing traps, leaks or misleads."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from kiosk.authoring.lint import lint
from kiosk.authoring.prove import Proof, every_path, prove
from kiosk.forms import bundle_from_folder

FEW = 300
"""So many ways are walked one by one as well, to see that counting alike ones together left none out."""
SERVICES = Path(__file__).parents[2] / "config" / "services"
FOLDERS = sorted(folder for folder in SERVICES.iterdir() if folder.is_dir() and not folder.name.startswith((".", "_")))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_service_has_no_error_finding(folder: Path) -> None:
    bundle = bundle_from_folder(folder)

    proof = prove(bundle)
    errors = [found for found in (*lint(bundle), *proof.findings) if found.severity == "error"]

    assert not errors, "\n" + "\n".join(map(str, errors))
    assert proof.complete
    assert set(proof.ends) <= {"submit", "answer", "hand-off", "cannot"}
    _has_a_usual_way(proof)
    if proof.paths <= FEW:
        each = Counter(str(way.end) for way in every_path(bundle))
        assert each == proof.ends


def _has_a_usual_way(proof: Proof) -> None:
    assert proof.default_path is not None
    assert proof.default_path.end in ("submit", "answer", "hand-off")
    assert 0 < proof.touches <= proof.longest
