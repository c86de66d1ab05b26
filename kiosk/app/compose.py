"""``build_terminal(settings)``: every part made once and handed on. The only place that sees them all.

Order matters twice. The store is opened first, so that a second copy of the program ends before it shows anything; and
what is slow to import (requests, the form engine's libraries, the catalogue) waits until the attract page is painted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from config.looks import look
from config.settings import Settings
from config.sites import site_info
from devices.registry import build_hub
from devices.speaker import Speaker
from devices.speech.voice import SpokenVoice
from kiosk.app.catalogue import load_catalogue, why_refused
from kiosk.app.clock import SystemClock
from kiosk.app.hand_first import HandFirst, import_the_rest
from kiosk.app.known_sites import load_sites
from kiosk.app.languages import open_languages
from kiosk.app.launcher_line import LauncherLine, Line, NoLauncher
from kiosk.app.launcher_pulse import EVERY_MS as PULSE_MS
from kiosk.app.launcher_pulse import Pulse, WentRound
from kiosk.app.leaving import LOOK_MS, Leaving, own_spread
from kiosk.app.night import Itself, SelfTest
from kiosk.app.pool import Pool
from kiosk.app.staff_room import REPORTS, Reports, StaffPaper, staff_notes
from kiosk.app.status import LinkWords
from kiosk.app.stores import retention_of, settle_identity, store_of, view_of
from kiosk.app.translate import case_answer, record_sending, translate
from kiosk.domain.devices import RECEIPT_PRINTER, DeviceEvent, KeypadPressed
from kiosk.domain.diagnostics import Machine
from kiosk.domain.receipt import CertificateDocument, Receipt
from kiosk.domain.time import local
from kiosk.flow.events import (
    CatalogueLoaded,
    IntakeChanged,
    Tick,
    UiEvent,
)
from kiosk.flow.state import FlowState, Place, Times, World
from kiosk.ports import central as centre
from kiosk.ports.devices import DeviceBinding, DeviceHub, UsbPolicy
from kiosk.ports.events import EventLog
from kiosk.ports.printing import PressedReceipt
from kiosk.ports.speech import Mute, Voice
from kiosk.ports.storage import CaseStore, CommitFault, VerifyReport
from kiosk.services.desks import Desks
from kiosk.services.diagnostic_desk import DiagnosticDesk
from kiosk.services.document_desk import DocumentDesk
from kiosk.services.enquiry_desk import EnquiryDesk
from kiosk.services.identity_desk import IdentityDesk
from kiosk.services.intake_desk import IntakeDesk
from kiosk.services.narrator import Narrator
from kiosk.services.open_visit import OpenVisit
from kiosk.services.package_shelf import PackageShelf
from kiosk.services.parking_desk import ParkingDesk
from kiosk.services.print_journal import settle_journal
from kiosk.services.receipt_desk import ReceiptDesk
from kiosk.services.runner import SessionRunner
from kiosk.services.staff import StaffGate
from kiosk.services.staff_desk import StaffDesk
from kiosk.services.usage import UsageDesk
from kiosk.sync import StoredPlaces, SyncOptions, SyncWorker
from kiosk.version import VERSION
from offline_cache.check_book import CheckBookFile
from offline_cache.pin_file import PinFile
from ui.app import QtLoop
from ui.bridge import EventBridge
from ui.host import TerminalWindow
from ui.keyboard.rime import prepare_in_background
from ui.kit.icons import bear
from ui.kit.theme import wear

TICK_MS = 1000
SPACE_EVERY_TICKS = 5
AWAKE_MS = 60
"""Whoever stood before a dark panel touches at once: the page that follows comes before all that wakes."""
UNPAINTED_MS = 2000
STOP_S = 5.0
PAPER_WIDTH_PX: Mapping[int, Literal[384, 576]] = {58: 384, 80: 576}
TRUSTED_OFFSET_S = 120.0
DEMO_BACK_OFF_S = 3.0
DEMO_RATINGS_S = 10.0
"""Nobody's rating is given away by an invented resident: it may be seen to arrive."""


class PaperPress:
    """Lays receipts out for one printer width. Made on the print thread, because finding fonts takes a moment."""

    def __init__(self, width_px: Literal[384, 576], stand_back: Callable[[], None]) -> None:
        from printing import FontStack

        self._width_px = width_px
        self._stand_back = stand_back
        self._fonts = FontStack.discover()

    def press(self, receipt: Receipt) -> PressedReceipt:
        """Paper for the printer; lines for the screen, on which others look."""
        from printing import lay_out, to_paper, to_text

        layout, seen = lay_out(receipt, self._fonts), receipt.for_screen()
        preview = layout if seen == receipt else lay_out(seen, self._fonts)
        paper = to_paper(layout, self._width_px, self._stand_back)
        return PressedReceipt(paper, tuple(to_text(preview, 32, single=True).splitlines()))


def draw_document(document: CertificateDocument) -> bytes:
    """A certificate as an A4 PDF. Late import: nobody needs ReportLab before the first certificate."""
    from printing import document_to_pdf

    return document_to_pdf(document)


@dataclass
class Terminal:
    """A whole terminal. ``run`` blocks until the loop ends; ``close`` leaves nothing running."""

    settings: Settings
    loop: QtLoop
    window: TerminalWindow
    runner: SessionRunner
    store: CaseStore
    hub: DeviceHub
    sync: SyncWorker
    link: LinkWords
    _begin: Callable[[], None]
    _end: Callable[[], None]
    _closed: bool = field(default=False)

    def start(self) -> None:
        """Show the first page, then wake the rest."""
        self._begin()

    def run(self) -> int:
        """Start, run the event loop, close; the loop's exit code."""
        self.start()
        try:
            return self.loop.run()
        finally:
            self.close()

    def close(self) -> None:
        """Stop every thread, close ports and store."""
        if not self._closed:
            self._closed = True
            self._end()


def build_terminal(
    settings: Settings,
    *,
    log: EventLog,
    platform: str | None = None,
    on_receipt: Callable[[Receipt, PressedReceipt], None] | None = None,
    out_of_service: bool = False,
    on_painted: Callable[[str, str], None] | None = None,
    line: Line | None = None,
) -> Terminal:
    """A terminal that is ready to :meth:`Terminal.run`.

    ``on_receipt`` sees each receipt as it is printed and ``on_painted`` each page after its first paint (stories).
    ``line`` leads to the launcher; without one nothing is carried over a crash and nobody watches.
    Raises a :class:`~kiosk.domain.errors.StoreError` leaf, SecondCopy among them, and ``ui.app.NoChineseFont``.
    """
    languages = open_languages(settings.terminal)
    clock = SystemClock()
    session_keys: Line = line or NoLauncher()
    terminal = settings.terminal
    store = store_of(settings, clock)
    try:
        settle_identity(store, settings)
        loop = QtLoop(platform)
    except BaseException:
        store.close()
        raise
    settle_journal(store, clock)
    hub = build_hub(
        [DeviceBinding(d.name, d.driver, d.options) for d in settings.devices],
        clock,
        usb=UsbPolicy(settings.usb.listed, settings.usb.reset_helper),
    )
    api = _case_api(settings, StoredPlaces(store))
    calls = Pool(2, "calls")
    hand_first = HandFirst(clock)
    printer = Pool(1, "print", hand_first.stand_back)
    chores = Pool(1, "chores", hand_first.stand_back)
    workshop = Pool(2, "workshop")

    def world_event(event: object) -> None:
        if isinstance(event, WentRound):
            pulse.returned()
            return
        if isinstance(event, KeypadPressed):
            window.keypad.button(event.button, event.down)
            return
        record_sending(event, log)
        link.note(event)
        desks.usage.answered(event)
        for translated in translate(event, runner.state, load, places):
            runner.dispatch(translated)
        if isinstance(event, CatalogueLoaded):
            hand_first.loaded()

    link = LinkWords()
    bridge = EventBridge(world_event)
    pulse = Pulse(store, bridge.publish, session_keys.alive)

    def load() -> None:
        chores.submit(load_catalogue, store, bridge.publish, log, hand_first.stand_back)

    def places() -> None:
        chores.submit(load_sites, store, terminal.site, bridge.publish)

    def accept(bundle: bytes) -> str | None:
        hand_first.stand_back()  # checking a package is the longest piece of work there is
        return why_refused(bundle)

    sync = SyncWorker(
        store,
        api,
        clock,
        bridge.publish,
        accept_package=accept,
        state=lambda: {
            "terminal": terminal.id,
            "site": terminal.site,
            "versions": {"terminal": VERSION},
            "devices": device_states(hub),
            **({"stopping": itself.going} if itself.going else {}),
        },
        options=_sync_options(settings),
        stand_back=hand_first.stand_back,
    )

    class MainThread:
        def after(self, delay_s: float, call: Callable[[], None]) -> None:
            loop.post(lambda: _discard(loop.after(int(delay_s * 1000), call)))

    def offset_is_small() -> bool:
        offset = sync.clock_offset_s
        return offset is not None and abs(offset) < TRUSTED_OFFSET_S

    identity = IdentityDesk(store, api, calls, clock, bridge.publish)
    shelf = PackageShelf(store, api)
    volume: Callable[[datetime], int] = lambda at: settings.sound.at(at.hour)  # noqa: E731
    sounds = Speaker(volume, lambda: local(clock.now()))
    voice = _voice(settings, languages, volume, lambda: local(clock.now()), bridge.publish)
    desks = Desks(
        intake=IntakeDesk(
            store,
            sync,
            clock,
            MainThread(),
            bridge.publish,
            submit_wait_s=settings.centre.submit_wait_s,
            clock_trusted=offset_is_small,
        ),
        identity=identity,
        enquiries=EnquiryDesk(api, calls, clock, MainThread(), bridge.publish),
        parking=ParkingDesk(store, api, identity, shelf, sync, calls, chores, clock, bridge.publish),
        visit=OpenVisit(
            store,
            session_keys,
            shelf,
            chores,
            bridge.publish,
            lambda answer: case_answer(answer, runner.state.world.place),
        ),
        documents=DocumentDesk(store, draw_document, hub, printer, clock, bridge.publish),
        receipts=ReceiptDesk(
            store,
            lambda: PaperPress(_paper_width(settings), hand_first.stand_back),
            hub,
            printer,
            clock,
            bridge.publish,
            on_receipt,
        ),
        staff=StaffDesk(
            StaffGate(PinFile(terminal.state_dir), clock),
            store,
            workshop,
            clock,
            bridge.publish,
            lambda queue: staff_notes(store, link, queue),
        ),
        diagnostics=DiagnosticDesk(
            hub,
            CheckBookFile(terminal.state_dir),
            lambda: StaffPaper(terminal.id, _paper_width(settings)),
            Reports(terminal.state_dir / REPORTS, lambda: _machine(runner.state, store, clock)),
            workshop,
            clock,
            bridge.publish,
        ),
        usage=UsageDesk(store, store, clock, bridge.publish),
        sounds=sounds,
        narrator=Narrator(voice),
    )

    def painted(step: str, key: str) -> None:
        session = runner.state.session
        log.emit("page.painted", session=session.id if session else None, code=step)
        if step == "attract":
            log.emit("app.attract_shown")
        if on_painted is not None:
            on_painted(step, key)
        hand_first.painted()
        loop.after(AWAKE_MS, awake)

    def hand(event: UiEvent) -> None:
        hand_first.touched()
        runner.dispatch(event)

    wear(look(settings.offer.look))
    bear(site_info(settings.terminal.site).logo)
    window = TerminalWindow(
        hand,
        terminal.window_px,
        demo=terminal.demo,
        now=lambda: local(clock.now()),
        page_painted=painted,
        panel_width_mm=settings.display.panel_width_mm,
    )
    state = FlowState(
        world=replace(_world(settings, hub, store, languages), voices=voice.languages()),
        now=clock.now(),
        mono=clock.monotonic(),
        step="out_of_service" if out_of_service else "attract",
        language=terminal.language,
    )
    runner = SessionRunner(state, window, hub, desks, clock, log)
    itself = Itself(
        state=lambda: runner.state,
        hub=hub,
        offset=lambda: sync.clock_offset_s,
        self_test=SelfTest(
            hub,
            CheckBookFile(terminal.state_dir),
            store,
            lambda: _verify(settings),
            lambda: _nothing_is_left(lambda: not over and itself.quiet()),
            clock,
            log,
        ),
        workshop=workshop,
        refresh=sync.refresh,
        quit=loop.quit,
        events=log,
    )
    leaving = Leaving(
        itself,
        clock,
        minute=terminal.restart_minute,
        above_mb=terminal.restart_above_mb,
        spread=own_spread(terminal.id),
    )
    ticks, asleep, over = 0, True, False
    timers: list[Callable[[], None]] = []

    def tick() -> None:
        nonlocal ticks
        ticks += 1
        runner.dispatch(Tick())
        hand_first.look(runner.state)
        if ticks % SPACE_EVERY_TICKS == 0:
            chores.submit(lambda: bridge.publish(_intake(store)))

    def begin() -> None:
        runner.start()
        window.start()
        timers.append(loop.every(TICK_MS, tick))
        timers.append(loop.every(PULSE_MS, pulse.beat))
        pulse.beat()
        if isinstance(session_keys, LauncherLine):  # else nobody would start a fresh one
            timers.append(loop.every(LOOK_MS, leaving.look))
        # A display that never asks for a paint must not keep the devices asleep.
        loop.after(UNPAINTED_MS, awake)

    def awake() -> None:
        nonlocal asleep
        if not asleep:
            return
        asleep = False
        prepare_in_background(terminal.state_dir / "pinyin")
        publish: Callable[[DeviceEvent], None] = bridge.publish
        hub.start(publish)
        chores.submit(import_the_rest, hand_first.stand_back)  # before the load, after which nothing is searched
        load()
        places()
        sync.start()

    def end() -> None:
        nonlocal asleep, over
        asleep, over = False, True
        for cancel in timers:
            cancel()
        bridge.close()
        sync.stop(STOP_S)
        hub.stop(STOP_S)
        sounds.close()
        voice.close()
        for pool in (calls, printer, chores, workshop):
            pool.shutdown(wait=True, cancel_futures=True)
        api.close()
        store.close()
        window.allow_close()
        window.close()

    return Terminal(settings, loop, window, runner, store, hub, sync, link, begin, end)


def device_states(hub: DeviceHub) -> list[dict[str, object]]:
    """What a heartbeat says of the devices that are fitted: enough to send somebody here, nothing about a person."""
    return [
        {"name": status.name, "usable": status.usable, "detail": status.detail}
        for status in hub.statuses()
        if not status.disabled
    ]


def _discard(_: object) -> None:
    """The timer runs by itself; nobody calls it off."""


def _sync_options(settings: Settings) -> SyncOptions:
    retention, timeout_s = retention_of(settings), settings.centre.total_timeout_s
    # A demonstration should not keep people waiting for the back-off that spares a city's centre.
    if settings.terminal.demo:
        return SyncOptions(
            timeout_s=timeout_s, cap_s=DEMO_BACK_OFF_S, spread_s=0.0, ratings_s=DEMO_RATINGS_S, retention=retention
        )
    return SyncOptions(timeout_s=timeout_s, retention=retention)


def _verify(settings: Settings) -> VerifyReport:
    """Everything read back, beside the store's own connection."""
    view = view_of(settings)
    if view is None:
        return VerifyReport(0, ("no database",))
    with view:
        return view.verify()


def _nothing_is_left(quiet: Callable[[], bool]) -> bool | None:
    from kiosk.app.residue.nightly import nothing_is_left

    return nothing_is_left(quiet)


def _case_api(settings: Settings, places: StoredPlaces) -> centre.CaseApi:
    from kiosk.central_api import HttpCaseApi

    where = settings.centre
    return HttpCaseApi(
        where.url,
        terminal=settings.terminal.id,
        ca_file=_path(where.ca_file),
        client_cert=_path(where.client_cert),
        client_key=_path(where.client_key),
        connect_timeout_s=where.connect_timeout_s,
        total_timeout_s=where.total_timeout_s,
        places=places,
    )


def _path(path: Path | None) -> str | None:
    return str(path) if path is not None else None


def _paper_width(settings: Settings) -> Literal[384, 576]:
    for device in settings.devices:
        if device.name == RECEIPT_PRINTER:
            return PAPER_WIDTH_PX.get(int(device.options.get("width_mm", 80)), 576)
    return 576


def _world(settings: Settings, hub: DeviceHub, store: CaseStore, languages: tuple[str, ...]) -> World:
    site = site_info(settings.terminal.site)
    place = Place(
        terminal=settings.terminal.id,
        site=settings.terminal.site,
        name=site.name,
        city=site.city,
        phone=site.phone,
        staffed=site.staffed,
        progress_url=progress_url(settings, site.progress_url),
        app=site.app,
        app_goes_on=site.app_goes_on,
    )
    session = settings.session
    return World(
        place=place,
        times=Times(session.idle_s, session.warn_s, session.absolute_s),
        default_language=settings.terminal.language,
        modes=settings.display.modes,
        hours=settings.offer.minutes,
        life_events=settings.offer.events,
        languages=languages,
        devices={status.name: status for status in hub.statuses()},
        intake_open=store.space().intake_open,
        versions=versions(store),
    )


def _voice(
    settings: Settings,
    languages: Sequence[str],
    volume: Callable[[datetime], int],
    now: Callable[[], datetime],
    publish: Callable[[object], None],
) -> Voice:
    """The voice that the settings ask for, on a thread of its own."""
    sound = settings.sound
    if sound.voice == "off":
        return Mute()
    return SpokenVoice(
        languages,
        volume,
        now,
        Pool(1, "voice"),
        publish,
        speed=sound.voice_percent / 100,
        output=sound.voice_output,
        silent=sound.voice == "silent",
    )


def progress_url(settings: Settings, usual: str) -> str:
    """What the receipt's code opens: in a demonstration the page of its own centre, where a phone can reach that."""
    host = urlsplit(settings.centre.url).hostname or ""
    if not settings.terminal.demo or host in ("", "localhost", "::1") or host.startswith("127."):
        return usual
    return f"{settings.centre.url.rstrip('/')}/track/{{case_id}}"


def _machine(state: FlowState, store: CaseStore, clock: SystemClock) -> Machine:
    """What a readiness report says beside the devices. Blocks for the store."""
    place, space, health = state.world.place, store.space(), store.health()
    outbox = store.outbox().result(STOP_S)
    oldest = outbox.oldest
    return Machine(
        terminal=place.terminal,
        site=place.site,
        versions=state.world.versions,
        centre_reachable=state.world.centre_reachable,
        waiting=outbox.waiting,
        parked=outbox.parked,
        oldest_s=None if oldest is None else max(0, int((clock.now() - oldest).total_seconds())),
        free_bytes=space.free_bytes,
        intake_open=space.intake_open,
        store_degraded=health.degraded,
        unlisted=state.world.unlisted,
    )


def versions(store: CaseStore | None) -> tuple[tuple[str, str], ...]:
    """Program, Python, and the store's library, for the technician."""
    import platform as machine

    entries = [("kiosk", VERSION), ("Python", machine.python_version())]
    if store is not None:
        entries.append(("SQLite", store.health().sqlite_version))
    return tuple(entries)


def _intake(store: CaseStore) -> IntakeChanged:
    """Room for another case? A store that failed is another matter than a full disk, which only takes no more."""
    space = store.space()
    return IntakeChanged(space.intake_open, broken=store.health().fault not in (None, CommitFault.DISK_FULL))
