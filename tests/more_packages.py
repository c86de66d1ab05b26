"""Packages that only tests use, one of each sort that files or asks something special, small and right."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from kiosk.authoring.skeleton import Files, Wish, skeleton, write
from kiosk.forms import ServicePackage, load_packages

SERVICES = Path(__file__).resolve().parents[1] / "config" / "services"
QUERY = "sample-query"
BILL = "sample-bill"
BOOKING = "sample-booking"
NAME_CHECK = "sample-name-check"
BUNDLE = "sample-bundle"


def _query() -> Files:
    """One fact that all the invented people have; nought of it stops."""
    files = skeleton(Wish(QUERY, "query"))
    record = files["record.json"]
    title = {"zh-Hans": "参保月数", "en": "Months insured"}
    record["facts"] = [
        {"name": "social_insurance_months", "kind": "integer", "title": title},
    ]
    record["rows"] = [
        {
            "label": title,
            "value": {"var": "facts.social_insurance_months"},
            "unit": {"zh-Hans": "个月", "en": "months"},
        },
    ]
    record["cannot"] = [
        {
            "rule": {"===": [{"var": "facts.social_insurance_months"}, 0]},
            "reason": {"zh-Hans": "一个月也没有缴过。", "en": "No month was ever paid."},
            "elsewhere": {"zh-Hans": "到二楼 6 号窗口核实。", "en": "Have it checked at counter 6."},
        }
    ]
    return files


def _bill() -> Files:
    """A look-up that fills a form, where the form may be typed, too."""
    files = skeleton(Wish(BILL, "payment"))
    field = files["layout.json"]["pages"][1]["fields"][0]
    del field["only_prefilled"]
    return files


def _booking() -> Files:
    """Four times a day, two places each."""
    files = skeleton(Wish(BOOKING, "booking"))
    files["booking.json"]["capacity"] = 2
    return files


def _name_check() -> Files:
    """Decided a minute after it was taken."""
    files = skeleton(Wish(NAME_CHECK, "name_check"))
    decision = files["decision.json"]
    decision["facts"][0]["name"] = "record_conflict"
    for rule, outcome in zip(decision["rules"], (True, False), strict=True):
        rule["when"] = {"===": [{"var": "facts.record_conflict"}, not outcome]}
    return files


def _bundle() -> Files:
    """Two agencies, each with its own part of the form."""
    files = skeleton(Wish(BUNDLE, "bundle"))
    first, second = files["package.json"]["children"]
    first["data"], second["data"] = ["applicant"], ["applicant.name", "scenario"]
    return files


SAMPLES = (_query, _bill, _booking, _name_check, _bundle)


def write_samples(folder: Path, *, with_services: bool = False) -> Path:
    """The samples as folders below ``folder``, with the project's own packages beside them where asked."""
    if with_services:
        shutil.copytree(SERVICES, folder, dirs_exist_ok=True)
    for make in SAMPLES:
        files = make()
        write(files, folder / files["package.json"]["id"])
    return folder


@cache
def samples() -> tuple[ServicePackage, ...]:
    """The samples as packages."""
    with tempfile.TemporaryDirectory() as folder:
        report = load_packages(write_samples(Path(folder)))
    assert not report.errors, [str(error) for error in report.errors]
    return report.packages
