"""Pinyin by librime (BSD-3-Clause) through its C interface; dictionary of ``rime-data-pinyin-simp`` (Apache-2.0).

The binding follows ``rime_api.h`` of librime 1.8.5 (Debian 12); the table of functions only ever grows at its end, so
the same binding serves 1.10 (Ubuntu 24.04). librime is one instance a process: it is set up once by :func:`prepare`,
which writes a schema of our own into the given folder and compiles it there (about 0.1 s, once; later starts find it
ready). After that nothing is written: the schema turns the user dictionary off, logging goes nowhere, and a
composition lives in memory until it is settled or reset.

Without the library or its data :func:`state` is "missing" and the keyboard offers letters and digits only.
"""

from __future__ import annotations

import atexit
import ctypes
import ctypes.util
import hashlib
import logging
import os
import threading
from pathlib import Path
from typing import Any, Literal

from ui.keyboard.composer import Composer

log = logging.getLogger("kiosk.ui.keyboard")

SHARED_DATA_DIR = Path("/usr/share/rime-data")
SONAMES = ("librime.so.1",)
SCHEMA_ID = "kiosk_pinyin"
DICTIONARY = "pinyin_simp"

# Letters, a backspace and choices by number are all that the keyboard sends; everything else a desktop schema does
# (switches, symbols, reverse look-up) is left out. The delimiter that comes first is the one that is shown.
SCHEMA = f"""\
schema:
  schema_id: {SCHEMA_ID}
  name: 拼音
  version: "1"
engine:
  processors: [speller, selector, express_editor]
  segmentors: [abc_segmentor, fallback_segmentor]
  translators: [script_translator]
  filters: [uniquifier]
speller:
  alphabet: zyxwvutsrqponmlkjihgfedcba
  initials: zyxwvutsrqponmlkjihgfedcba
  delimiter: "' "
  algebra:
    - erase/^hm$/
    - erase/^m$/
    - erase/^n$/
    - erase/^ng$/
    - abbrev/^([a-z]).+$/$1/
    - abbrev/^([zcs]h).+$/$1/
    - derive/^([nl])ue$/$1ve/
    - derive/^([jqxy])u/$1v/
translator:
  dictionary: {DICTIONARY}
  prism: {SCHEMA_ID}
  enable_user_dict: false
  enable_completion: true
  preedit_format:
    - xform/([nl])v/$1ü/
    - xform/([nl])ue/$1üe/
    - xform/([jqxy])v/$1u/
menu:
  page_size: 9
"""

DEFAULT = f"""\
config_version: "1"
schema_list:
  - schema: {SCHEMA_ID}
switcher:
  save_options: []
menu:
  page_size: 9
"""

KEY_BACKSPACE = 0xFF08
"""X11 keysym, the key numbers librime takes; letters are their ASCII codes."""


class RimeUnavailable(Exception):
    """librime or its data is not here, or would not start; the text says which."""


class _Traits(ctypes.Structure):
    _fields_ = [
        ("data_size", ctypes.c_int),
        ("shared_data_dir", ctypes.c_char_p),
        ("user_data_dir", ctypes.c_char_p),
        ("distribution_name", ctypes.c_char_p),
        ("distribution_code_name", ctypes.c_char_p),
        ("distribution_version", ctypes.c_char_p),
        ("app_name", ctypes.c_char_p),
        ("modules", ctypes.c_void_p),
        ("min_log_level", ctypes.c_int),
        ("log_dir", ctypes.c_char_p),
        ("prebuilt_data_dir", ctypes.c_char_p),
        ("staging_dir", ctypes.c_char_p),
    ]


class _Commit(ctypes.Structure):
    _fields_ = [("data_size", ctypes.c_int), ("text", ctypes.c_char_p)]


class _Composition(ctypes.Structure):
    _fields_ = [
        ("length", ctypes.c_int),
        ("cursor_pos", ctypes.c_int),
        ("sel_start", ctypes.c_int),
        ("sel_end", ctypes.c_int),
        ("preedit", ctypes.c_char_p),
    ]


class _Candidate(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char_p), ("comment", ctypes.c_char_p), ("reserved", ctypes.c_void_p)]


class _Menu(ctypes.Structure):
    _fields_ = [
        ("page_size", ctypes.c_int),
        ("page_no", ctypes.c_int),
        ("is_last_page", ctypes.c_int),
        ("highlighted_candidate_index", ctypes.c_int),
        ("num_candidates", ctypes.c_int),
        ("candidates", ctypes.c_void_p),
        ("select_keys", ctypes.c_char_p),
    ]


class _Context(ctypes.Structure):
    _fields_ = [
        ("data_size", ctypes.c_int),
        ("composition", _Composition),
        ("menu", _Menu),
        ("commit_text_preview", ctypes.c_char_p),
        ("select_labels", ctypes.c_void_p),
    ]


class _CandidateIterator(ctypes.Structure):
    _fields_ = [("ptr", ctypes.c_void_p), ("index", ctypes.c_int), ("candidate", _Candidate)]


_SESSION = ctypes.c_size_t
_BOOL = ctypes.c_int
_UNUSED = ctypes.CFUNCTYPE(None)

# rime_api_t, in the order of the header. Functions this adapter never calls are named and left without a signature.
_API: tuple[tuple[str, Any], ...] = (
    ("setup", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Traits))),
    ("set_notification_handler", _UNUSED),
    ("initialize", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Traits))),
    ("finalize", ctypes.CFUNCTYPE(None)),
    ("start_maintenance", ctypes.CFUNCTYPE(_BOOL, _BOOL)),
    ("is_maintenance_mode", _UNUSED),
    ("join_maintenance_thread", ctypes.CFUNCTYPE(None)),
    ("deployer_initialize", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Traits))),
    ("prebuild", _UNUSED),
    ("deploy", _UNUSED),
    ("deploy_schema", ctypes.CFUNCTYPE(_BOOL, ctypes.c_char_p)),
    ("deploy_config_file", ctypes.CFUNCTYPE(_BOOL, ctypes.c_char_p, ctypes.c_char_p)),
    ("sync_user_data", _UNUSED),
    ("create_session", ctypes.CFUNCTYPE(_SESSION)),
    ("find_session", ctypes.CFUNCTYPE(_BOOL, _SESSION)),
    ("destroy_session", ctypes.CFUNCTYPE(_BOOL, _SESSION)),
    ("cleanup_stale_sessions", _UNUSED),
    ("cleanup_all_sessions", _UNUSED),
    ("process_key", ctypes.CFUNCTYPE(_BOOL, _SESSION, ctypes.c_int, ctypes.c_int)),
    ("commit_composition", _UNUSED),
    ("clear_composition", ctypes.CFUNCTYPE(None, _SESSION)),
    ("get_commit", ctypes.CFUNCTYPE(_BOOL, _SESSION, ctypes.POINTER(_Commit))),
    ("free_commit", ctypes.CFUNCTYPE(_BOOL, ctypes.POINTER(_Commit))),
    ("get_context", ctypes.CFUNCTYPE(_BOOL, _SESSION, ctypes.POINTER(_Context))),
    ("free_context", ctypes.CFUNCTYPE(_BOOL, ctypes.POINTER(_Context))),
    ("get_status", _UNUSED),
    ("free_status", _UNUSED),
    ("set_option", _UNUSED),
    ("get_option", _UNUSED),
    ("set_property", _UNUSED),
    ("get_property", _UNUSED),
    ("get_schema_list", _UNUSED),
    ("free_schema_list", _UNUSED),
    ("get_current_schema", _UNUSED),
    ("select_schema", ctypes.CFUNCTYPE(_BOOL, _SESSION, ctypes.c_char_p)),
    *((f"config_{number}", _UNUSED) for number in range(12)),
    ("simulate_key_sequence", _UNUSED),
    ("register_module", _UNUSED),
    ("find_module", _UNUSED),
    ("run_task", _UNUSED),
    ("get_shared_data_dir", _UNUSED),
    ("get_user_data_dir", _UNUSED),
    ("get_sync_dir", _UNUSED),
    ("get_user_id", _UNUSED),
    ("get_user_data_sync_dir", _UNUSED),
    *((f"config_more_{number}", _UNUSED) for number in range(13)),
    ("get_input", ctypes.CFUNCTYPE(ctypes.c_char_p, _SESSION)),
    ("get_caret_pos", _UNUSED),
    ("select_candidate", ctypes.CFUNCTYPE(_BOOL, _SESSION, ctypes.c_size_t)),
    ("get_version", ctypes.CFUNCTYPE(ctypes.c_char_p)),
    ("set_caret_pos", _UNUSED),
    ("select_candidate_on_current_page", _UNUSED),
    ("candidate_list_begin", _UNUSED),
    ("candidate_list_next", ctypes.CFUNCTYPE(_BOOL, ctypes.POINTER(_CandidateIterator))),
    ("candidate_list_end", ctypes.CFUNCTYPE(None, ctypes.POINTER(_CandidateIterator))),
    ("user_config_open", _UNUSED),
    (
        "candidate_list_from_index",
        ctypes.CFUNCTYPE(_BOOL, _SESSION, ctypes.POINTER(_CandidateIterator), ctypes.c_int),
    ),
)


class _Api(ctypes.Structure):
    _fields_ = [("data_size", ctypes.c_int), *_API]


def _text(raw: bytes | None) -> str:
    """What librime hands out is UTF-8; a broken byte would be its fault and must not stop the keyboard."""
    return raw.decode("utf-8", "replace") if raw else ""


class RimeEngine:
    """librime, started in this process. Make one with :func:`prepare`; raises :class:`RimeUnavailable`."""

    def __init__(self, user_dir: Path, shared_dir: Path = SHARED_DATA_DIR) -> None:
        if not (shared_dir / f"{DICTIONARY}.dict.yaml").exists():
            raise RimeUnavailable(f"no {DICTIONARY} dictionary in {shared_dir}")
        self._library = _load_library()
        self._library.rime_get_api.restype = ctypes.POINTER(_Api)
        self._library.rime_get_api.argtypes = []
        self._api = self._library.rime_get_api().contents
        if self._api.data_size + ctypes.sizeof(ctypes.c_int) < _Api.candidate_list_from_index.offset:
            raise RimeUnavailable("this librime is older than 1.5")
        build_dir = user_dir / "build"
        build_dir.mkdir(parents=True, exist_ok=True)
        _write_if_changed(user_dir / "default.yaml", DEFAULT)
        _write_if_changed(user_dir / f"{SCHEMA_ID}.schema.yaml", SCHEMA)
        traits = _Traits(
            data_size=ctypes.sizeof(_Traits) - ctypes.sizeof(ctypes.c_int),
            shared_data_dir=os.fsencode(shared_dir),
            user_data_dir=os.fsencode(user_dir),
            distribution_name=b"kiosk",
            distribution_code_name=b"kiosk",
            distribution_version=b"1",
            app_name=b"rime.kiosk",
            modules=None,
            min_log_level=3,
            log_dir=b"",  # empty: to stderr, and only what ends the process anyway
            prebuilt_data_dir=os.fsencode(shared_dir / "build"),
            staging_dir=os.fsencode(build_dir),
        )
        self._traits = traits  # librime keeps pointers into it
        self._api.setup(ctypes.byref(traits))
        self._api.deployer_initialize(ctypes.byref(traits))
        # The whole "maintenance" of a desktop would also write an installation id and sync folders.
        self._api.deploy_config_file(b"default.yaml", b"config_version")
        if not self._api.deploy_schema(os.fsencode(user_dir / f"{SCHEMA_ID}.schema.yaml")):
            raise RimeUnavailable(f"the pinyin schema could not be compiled in {user_dir}")
        self._api.initialize(ctypes.byref(traits))
        # Left to the library's own static destructors, an open session ends in a segmentation fault after main().
        atexit.register(self._api.finalize)
        self.version = _text(self._api.get_version())

    def composer(self) -> RimeComposer:
        """A composition of its own."""
        return RimeComposer(self._api)


class RimeComposer:
    """One librime session as a :class:`~ui.keyboard.composer.Composer`."""

    def __init__(self, api: _Api) -> None:
        self._api = api
        self._session = 0

    def _found(self) -> int:
        """The session; 0 when there is none, or librime has let it go."""
        return self._session if self._session and self._api.find_session(self._session) else 0

    def feed(self, letter: str) -> bool:
        """See :meth:`Composer.feed`. Only this opens a session: each takes 100 KB until it is closed."""
        session = self._found()
        if not session:
            session = self._session = self._api.create_session()
            self._api.select_schema(session, SCHEMA_ID.encode())
        return bool(self._api.process_key(session, ord(letter), 0))

    def backspace(self) -> bool:
        """See :meth:`Composer.backspace`."""
        session = self._found()
        if not session or not self._api.get_input(session):
            return False
        return bool(self._api.process_key(session, KEY_BACKSPACE, 0))

    def composing(self) -> str:
        """See :meth:`Composer.composing`."""
        session = self._found()
        context = _Context(data_size=ctypes.sizeof(_Context) - ctypes.sizeof(ctypes.c_int))
        if not session or not self._api.get_context(session, ctypes.byref(context)):
            return ""
        try:
            return _text(context.composition.preedit)
        finally:
            self._api.free_context(ctypes.byref(context))

    def candidates(self, start: int, limit: int) -> tuple[str, ...]:
        """See :meth:`Composer.candidates`."""
        session = self._found()
        iterator = _CandidateIterator()
        found: list[str] = []
        if not session or not self._api.candidate_list_from_index(session, ctypes.byref(iterator), start):
            return ()
        try:
            while len(found) < limit and self._api.candidate_list_next(ctypes.byref(iterator)):
                found.append(_text(iterator.candidate.text))
        finally:
            self._api.candidate_list_end(ctypes.byref(iterator))
        return tuple(found)

    def choose(self, index: int) -> str:
        """See :meth:`Composer.choose`."""
        session = self._found()
        if not session:
            return ""
        self._api.select_candidate(session, index)
        commit = _Commit(data_size=ctypes.sizeof(_Commit) - ctypes.sizeof(ctypes.c_int))
        if not self._api.get_commit(session, ctypes.byref(commit)):
            return ""
        try:
            return _text(commit.text)
        finally:
            self._api.free_commit(ctypes.byref(commit))

    def reset(self) -> None:
        """See :meth:`Composer.reset`. The session goes too: it remembers what was last settled."""
        if self._session:
            self._api.destroy_session(self._session)
            self._session = 0


def _load_library() -> ctypes.CDLL:
    found = ctypes.util.find_library("rime")
    for name in (*SONAMES, *((found,) if found else ())):
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise RimeUnavailable("librime is not installed (Debian 12: librime1, Ubuntu 24.04: librime1t64)")


def _write_if_changed(path: Path, text: str) -> None:
    """Leave an unchanged file alone: librime compiles again when a source is newer."""
    wanted = text.encode()
    if not path.exists() or hashlib.sha256(path.read_bytes()).digest() != hashlib.sha256(wanted).digest():
        path.write_bytes(wanted)


# ---- the one engine of this process -------------------------------------------------------------------------------

State = Literal["idle", "preparing", "ready", "missing"]

_lock = threading.Lock()
_state: State = "idle"
_engine: RimeEngine | None = None
_folder: Path | None = None


def prepare(user_dir: Path) -> State:
    """Start librime in ``user_dir`` (made if absent); the first call counts, later ones say how it went.

    Takes about 0.1 s the first time and 20 ms later; call it from :func:`prepare_in_background` or at set-up.
    """
    global _state, _engine, _folder
    with _lock:
        if _state in ("ready", "missing"):
            return _state
        _state = "preparing"
        try:
            _engine = RimeEngine(user_dir)
            _folder = user_dir
            _state = "ready"
        except (RimeUnavailable, OSError) as error:
            log.warning("pinyin input is not available: %s", error)
            _state = "missing"
        return _state


def prepare_in_background(user_dir: Path) -> threading.Thread:
    """:func:`prepare` on a thread of its own, so that the first page need not wait; the thread ends by itself."""
    global _state
    if _state == "idle":
        _state = "preparing"
    thread = threading.Thread(target=prepare, args=(user_dir,), name="pinyin-prepare", daemon=True)
    thread.start()
    return thread


def state() -> State:
    """How far :func:`prepare` has come: "idle" before it was called."""
    return _state


def started_in() -> Path | None:
    """The folder the engine was started in; None while there is none."""
    return _folder


def composer() -> Composer | None:
    """A new composition, or None while the engine is not "ready"."""
    return _engine.composer() if _engine is not None else None
