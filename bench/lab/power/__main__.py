"""Fetch the kernel that the experiment `power` boots."""

import sys

from bench.lab.power import kernel

try:
    print(f"{kernel.fetch().folder}: ready")
except kernel.NoKernel as error:
    sys.exit(f"power: {error}")
