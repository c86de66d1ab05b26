"""Load a package."""

from __future__ import annotations

from pathlib import Path

from kiosk.forms.model import LoadReport, PackageBundle, ServicePackage


def load_package(source: Path | PackageBundle) -> ServicePackage:
    """Load one."""
    raise NotImplementedError


def load_packages(folder: Path) -> LoadReport:
    """Load all."""
    raise NotImplementedError
