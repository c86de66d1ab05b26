"""Errors the caller cannot go on with.

Expected outcomes are values (`CommitResult`, `SendOutcome`, …). What is left becomes one leaf of `KioskError` at the
adapter's edge. `code` is the stable word for logs and audit; the message is for technicians and never holds a
resident's data.
"""

from __future__ import annotations

from typing import ClassVar


class KioskError(Exception):
    """Base of every error this program raises on purpose."""

    code: ClassVar[str] = "kiosk"


class SettingsError(KioskError):
    """The settings cannot be used; the message starts with FILE:LINE where there is one."""

    code = "settings"


class DeviceError(KioskError):
    """A device could not be opened or bound."""

    code = "device"


class PaperError(KioskError):
    """A receipt cannot be laid out (no usable font, bad width)."""

    code = "paper"


class StoreError(KioskError):
    """The store cannot be opened or used."""

    code = "store"


class DiskFull(StoreError):
    """No room is left to open or migrate the store."""

    code = "store.disk_full"


class ReadOnlyStore(StoreError):
    """The state folder or the database cannot be written."""

    code = "store.read_only"


class StoreIoError(StoreError):
    """The disk answered with an input/output error."""

    code = "store.io"


class StoreDamaged(StoreError):
    """A damaged database could be neither read nor put aside."""

    code = "store.damaged"


class StoreTooNew(StoreError):
    """The database was written by a later program version; it is left untouched."""

    code = "store.too_new"


class StoreLibraryTooOld(StoreError):
    """The SQLite library has the WAL-reset bug (before 3.51.3)."""

    code = "store.library"


class StoreKeyError(StoreError):
    """The store's key is missing or unreadable although data sealed with it exists."""

    code = "store.key"


class UnsentCases(StoreError):
    """Something here has not reached the centre and is in no export that was shown: nothing is wiped."""

    code = "store.unsent"


class StoreClosed(StoreError):
    """A call came after `close()`."""

    code = "store.closed"


class SecondCopy(StoreError):
    """Another copy of the program holds the lock of this state folder."""

    code = "store.second_copy"


class CentreError(KioskError):
    """The centre's adapter cannot be built or used (bad URL, unreadable certificate)."""

    code = "centre"
