"""Timers and the way into the main thread."""

from __future__ import annotations

import threading

from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from ui.app import QtLoop
from ui.bridge import EventBridge


def test_events_of_worker_threads_are_handled_in_the_main_thread_in_order(qtbot: QtBot) -> None:
    seen: list[tuple[object, bool]] = []
    main = QThread.currentThread()
    bridge = EventBridge(lambda event: seen.append((event, QThread.currentThread() is main)))
    worker = threading.Thread(target=lambda: [bridge.publish(n) for n in range(100)])
    worker.start()
    worker.join()
    assert seen == []
    qtbot.waitUntil(lambda: len(seen) == 100)
    assert seen == [(n, True) for n in range(100)]


def test_a_closed_bridge_drops_what_still_comes(qtbot: QtBot) -> None:
    seen: list[object] = []
    bridge = EventBridge(seen.append)
    bridge.publish("late")
    bridge.close()
    loop = QtLoop()
    loop.application.processEvents()
    assert seen == []


def test_a_ticker_ticks_until_it_is_stopped(qtbot: QtBot) -> None:
    ticks: list[int] = []
    loop = QtLoop()
    stop = loop.every(1, lambda: ticks.append(1))
    qtbot.waitUntil(lambda: len(ticks) >= 3)
    stop()
    count = len(ticks)
    others: list[int] = []
    stop_others = loop.every(1, lambda: others.append(1))
    qtbot.waitUntil(lambda: len(others) >= 3)
    stop_others()
    assert len(ticks) == count


def test_the_loop_runs_posted_work_and_ends_with_a_code(qtbot: QtBot) -> None:
    loop = QtLoop()
    done: list[str] = []
    threading.Thread(target=lambda: loop.post(lambda: done.append("posted"))).start()
    loop.after(5, lambda: done.append("after"))
    loop.after(30, lambda: loop.quit(7))
    assert loop.run() == 7
    assert sorted(done) == ["after", "posted"]
