"""What a thread of a terminal has freed is gone once it rests, in the memory that the launcher gives it."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kiosk.app.launcher_child import MEMORY
from kiosk.app.residue.needles import Search, of_text
from kiosk.app.residue.places import memory_of

COUNT = 300
FREE = """
from kiosk.app.pool import Pool
from kiosk.domain.freed import overwrite_freed

def free():
    texts = [secret(number) for number in range(COUNT)]
    [each.encode() for each in texts]

def told():
    print(flush=True)
    return input()
"""
BY_THE_MAIN_THREAD = "free(); told(); overwrite_freed(); told()"
BY_A_POOL = """
pool = Pool(1, "pool")
pool.submit(free).result()
pool.submit(int).result()  # by now it has rested
told()
"""


def secret(number: int) -> str:
    """A text that is nowhere else; the program makes the same ones."""
    return "".join(chr(0x4E00 + (number * 97 + place * place * 31) % 20000) for place in range(8 + number % 40))


@contextmanager
def program(text: str) -> Iterator[Callable[[], int]]:
    """A program in a terminal's memory; how many texts are found in it when it next stands still."""
    told = f"{inspect.getsource(secret)}\nCOUNT = {COUNT}\n{FREE}\n{text}"
    child = subprocess.Popen(
        [sys.executable, "-c", told], env=os.environ | MEMORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin is not None
    assert child.stdout is not None
    search = Search()
    for number in range(COUNT):
        search.add(of_text("somebody", str(number), secret(number)))

    def left() -> int:
        assert child.stdout is not None
        assert child.stdin is not None
        assert child.stdout.readline() == "\n"
        found = sum(len(list(search.find(data, place))) for place, data in memory_of(child.pid))
        child.stdin.write("\n")
        child.stdin.flush()
        return found

    try:
        yield left
    finally:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()


def test_small_freed_blocks_hold_texts_until_the_thread_writes_over_them() -> None:
    with program(BY_THE_MAIN_THREAD) as left:
        assert left() > 10
        assert left() == 0


def test_a_pool_that_rests_holds_nothing_of_its_work() -> None:
    with program(BY_A_POOL) as left:
        assert left() == 0
