"""The sorts of devices, one file each; `KINDS` is by device name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from devices.conformance.kind import Kind
from devices.conformance.kinds import (
    card_reader,
    code_scanner,
    document_camera,
    document_printer,
    io_board,
    receipt_printer,
    ups,
)

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        module.KIND.device: module.KIND
        for module in (
            card_reader,
            code_scanner,
            receipt_printer,
            document_camera,
            document_printer,
            io_board,
            ups,
        )
    }
)
