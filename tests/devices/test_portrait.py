"""The portrait decoder: whatever the operator's library does, the terminal has a picture or none, and soon."""

from __future__ import annotations

import io
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from PIL import Image

from devices.portrait import HEIGHT_PX, PIXEL_BYTES, WIDTH_PX, LibraryDecoder, NoDecoder, bmp
from kiosk.domain.devices import CardRead
from kiosk.domain.identity_card import CardKind
from tests.devices.golden import BLOCKS
from tests.devices.rig import Rig

PHOTO = bytes.fromhex("574c66007e00") + bytes(1018)
COMPILER = shutil.which("gcc") or shutil.which("cc")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C compiler")

# The usual interface of such libraries: int unpack(char *wlt, char *bgr, int save), 1 for success.
LIBRARIES = {
    "right": """
        for (int y = 0; y < 126; y++) for (int x = 0; x < 102; x++) {
            unsigned char *p = (unsigned char *)bgr + (y * 102 + x) * 3;
            p[0] = x; p[1] = y; p[2] = wlt[0] == 'W' ? 200 : 0;
        }
        puts("license ok"); fflush(stdout);
        return 1;""",
    "no": "return -1;",
    "segfault": "*(volatile int *)0 = 1; return 1;",
    "abort": "abort();",
    "exit": "exit(1);",
    "hang": "for (;;) pause();",
    "hang_deaf": "signal(SIGTERM, SIG_IGN); for (;;) pause();",
    "spin": "for (;;) ;",
    "hungry": "for (;;) { char *p = malloc(1 << 24); if (!p) abort(); memset(p, 1, 1 << 24); }",
    "chatty": "static char b[65536]; for (;;) for (int fd = 3; fd < 16; fd++) write(fd, b, sizeof b);",
    "overrun": "memset(bgr, 7, 38556 + 20000); return 1;",
    "writes_file": 'FILE *f = fopen(PATH, "w"); if (f) { fwrite(wlt, 1, 1024, f); fclose(f); } return 1;',
}
HEADER = """
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
"""


def _library(folder: Path, what: str) -> Path:
    assert COMPILER is not None
    source, library = folder / f"{what}.c", folder / f"lib{what}.so"
    body = LIBRARIES[what].replace("PATH", f'"{folder / "leak.bmp"}"')
    source.write_text(f"{HEADER}\nint unpack(char *wlt, char *bgr, int save) {{ {body} }}\n")
    subprocess.run([COMPILER, "-w", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return library


@needs_compiler
def test_a_library_that_works_gives_a_picture_with_its_rows_in_order(tmp_path: Path) -> None:
    decoder = LibraryDecoder(str(_library(tmp_path, "right")))
    picture = Image.open(io.BytesIO(decoder.decode(PHOTO)))
    assert picture.size == (WIDTH_PX, HEIGHT_PX)
    assert [picture.getpixel(at) for at in ((0, 0), (101, 0), (5, 125))] == [(200, 0, 0), (200, 0, 101), (200, 125, 5)]
    assert decoder.problem == ""


@needs_compiler
@pytest.mark.usefixtures("caplog")
@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ("no", "refused"),
        ("segfault", "crashed"),
        ("abort", "crashed"),
        ("exit", "refused"),
        ("hang", "timeout"),
        ("hang_deaf", "timeout"),
        ("spin", "timeout"),
        ("hungry", "crashed"),
        ("chatty", "refused"),
    ],
)
def test_a_library_that_fails_costs_its_picture_and_a_bounded_time(tmp_path: Path, what: str, problem: str) -> None:
    decoder = LibraryDecoder(str(_library(tmp_path, what)), timeout_s=0.5 if problem == "timeout" else 10.0)
    began = time.monotonic()
    assert decoder.decode(PHOTO) == b""
    assert time.monotonic() - began < 9.0
    assert decoder.problem == problem


@needs_compiler
def test_a_library_that_writes_too_far_gives_what_it_wrote_inside(tmp_path: Path) -> None:
    assert len(LibraryDecoder(str(_library(tmp_path, "overrun"))).decode(PHOTO)) == 38862


@needs_compiler
def test_a_library_cannot_leave_the_photo_on_the_disk(tmp_path: Path) -> None:
    LibraryDecoder(str(_library(tmp_path, "writes_file"))).decode(PHOTO)
    leak = tmp_path / "leak.bmp"
    assert not leak.exists() or leak.stat().st_size == 0


@needs_compiler
def test_after_three_crashes_running_the_library_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    decoder = LibraryDecoder(str(_library(tmp_path, "segfault")))
    for _ in range(3):
        decoder.decode(PHOTO)
    (tmp_path / "libsegfault.so").unlink()
    assert decoder.decode(PHOTO) == b""
    assert decoder.problem == "crashed"  # not "not_loaded": nobody looked
    assert [record.getMessage() for record in caplog.records][2:] == ["portrait: crashed, off"]


@needs_compiler
@pytest.mark.usefixtures("caplog")
@pytest.mark.parametrize(("what", "size"), [("right", 38862), ("segfault", 0), ("no", 0)])
def test_a_card_is_read_whatever_the_library_of_the_settings_does(tmp_path: Path, what: str, size: int) -> None:
    library = _library(tmp_path, what)
    with Rig(tmp_path / "rig", ("id_card", "sam-serial", {"portrait_library": str(library)})) as rig:
        block = BLOCKS[CardKind.RESIDENT].hex()
        rig.do("id_card", "place", card={"text_hex": block}, photo_hex=PHOTO.hex())
        rig.hub.read_card("s1")
        assert len(rig.events.wait(CardRead).card.portrait) == size
        assert rig.hub.self_test("id_card").ok


@pytest.mark.usefixtures("caplog")
@pytest.mark.parametrize("content", [None, b"", b"\x7fELF garbage", b"#!/bin/sh\n"])
def test_a_file_that_is_no_library_is_not_loaded(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "not-a-library.so"
    if content is not None:
        file.write_bytes(content)
    decoder = LibraryDecoder(str(file))
    assert decoder.decode(PHOTO) == b""
    assert decoder.problem == "not_loaded"


def test_without_a_library_there_is_no_picture_and_no_problem() -> None:
    decoder = NoDecoder()
    assert (decoder.decode(PHOTO), decoder.problem) == (b"", "")


def test_a_picture_has_the_size_that_the_vendors_give() -> None:
    assert len(bmp(bytes(PIXEL_BYTES))) == 38862
