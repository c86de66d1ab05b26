"""Packages that only tests use, one of each sort that files or asks something special, small and right."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any

from kiosk.authoring.skeleton import Files, Wish, skeleton, write
from kiosk.forms import ServicePackage, load_packages

SERVICES = Path(__file__).resolve().parents[1] / "config" / "services"
QUERY = "sample-query"


def _query() -> Files:
    """Facts that the invented people have; one that nobody has; one that is of another type for everybody."""
    files = skeleton(Wish(QUERY, "query"))
    record = files["record.json"]
    title = {"zh-Hans": "参保月数", "en": "Months insured"}
    record["facts"] = [
        {"name": "social_insurance_months", "kind": "integer", "title": title},
        {"name": "nobody_has_this", "kind": "string", "title": title},
        {"name": "record_conflict", "kind": "integer", "title": title},
    ]
    record["rows"] = [
        {
            "label": title,
            "value": {"var": "facts.social_insurance_months"},
            "unit": {"zh-Hans": "个月", "en": "months"},
        },
        {"label": {"zh-Hans": "没有的", "en": "Absent"}, "value": {"var": "facts.nobody_has_this"}},
    ]
    record["cannot"] = [
        {
            "rule": {"===": [{"var": "facts.social_insurance_months"}, 0]},
            "reason": {"zh-Hans": "一个月也没有缴过。", "en": "No month was ever paid."},
            "elsewhere": {"zh-Hans": "到二楼 6 号窗口核实。", "en": "Have it checked at counter 6."},
        }
    ]
    return files


SAMPLES = (_query,)


def write_samples(folder: Path, *, with_services: bool = False) -> Path:
    """The samples as folders below ``folder``, with the project's own packages beside them where asked."""
    if with_services:
        shutil.copytree(SERVICES, folder, dirs_exist_ok=True)
    for make in SAMPLES:
        files = make()
        write(files, folder / files["package.json"]["id"])
    return folder


@cache
def samples(folder: Path) -> dict[str, ServicePackage]:
    """The samples as packages, by id; ``folder`` is where they are written first."""
    report = load_packages(write_samples(folder))
    assert not report.errors, [str(error) for error in report.errors]
    return {package.id: package for package in report.packages}


def edited(files: Files, **changes: Any) -> Files:
    """The same with top-level members of package.json replaced."""
    files["package.json"] |= changes
    return files
