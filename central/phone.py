"""``./run phone``: what a city's app does with the code on the screen, as a reference that anybody can try.

A resident photographs the code of a carry-on slip or page with the app they are logged in to. The app takes the open
draft over, they go on with it there, and the app shows a code of the same kind that a terminal takes up again. All of
it is the case API (docs/openapi.json) and docs/sealed.md; the key is put together on the phone, never at the centre.

This program logs in as one of the demonstration's people. It shares kiosk.forms with the terminal, as the centre does.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import json
import re
import secrets
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import cbor2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kiosk.forms import JSON, Answer, Context, FormEngine, PackageBundle, ServicePackage, load_package

WAIT_S: Final = 15
MOST_BYTES: Final = 32 << 20
KEPT: Final = timedelta(days=7)
CONTEXT: Final = b"kiosk parked work 1"
MEDIA_TYPE: Final = "application/vnd.kiosk.parked-work+cbor"
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE: Final = re.compile(rf"KP1\.([{_ALPHABET}]{{16}})\.([{_ALPHABET}]{{26}})")


class Refused(Exception):
    """It cannot be done; the message says why, in words for whoever holds the phone."""


@dataclass(frozen=True, slots=True)
class Code:
    """What the square code holds: which work, and the resident's half of its key."""

    parked_id: str
    half: bytes = field(repr=False)

    @staticmethod
    def read(text: str) -> Code:
        """From a code as it was photographed. Raises Refused."""
        found = _CODE.fullmatch(text.strip().upper())
        number = 0
        for sign in found[2] if found else "":
            number = number << 5 | _ALPHABET.index(sign)
        if found is None or number >> 128:
            raise Refused("this is no code of unfinished work")
        return Code(found[1], number.to_bytes(16, "big"))

    @staticmethod
    def fresh() -> Code:
        """Another work, another key."""
        return Code("".join(secrets.choice(_ALPHABET) for _ in range(16)), secrets.token_bytes(16))

    def __str__(self) -> str:
        number = int.from_bytes(self.half, "big")
        return f"KP1.{self.parked_id}.{''.join(_ALPHABET[number >> 5 * at & 31] for at in range(25, -1, -1))}"

    def cipher(self, centre_half: bytes) -> ChaCha20Poly1305:
        """The key of both halves."""
        info = CONTEXT + b"\0" + self.parked_id.encode()
        return ChaCha20Poly1305(HKDF(SHA256(), 32, salt=None, info=info).derive(self.half + centre_half))


class Centre:
    """The case API at ``url``, as much of it as an app needs. Each call raises Refused."""

    def __init__(self, url: str) -> None:
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise Refused("the centre's address must begin with http:// or https://")
        self._url = url.rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def log_in(self, person: str) -> dict[str, Any]:
        """An identity session. A city's app knows its user in its own way; a demonstration's code stands for it."""
        code = self.ask("GET", f"/demo/citizen-code?{urllib.parse.urlencode({'person': person})}")["code"]
        return self.ask("POST", "/v1/identity/sessions", {"method": "citizen_qr", "code": code, "item_id": None})

    def package(self, item_id: str, version: int, sha256: str) -> ServicePackage:
        """The very version of the item that the draft was begun with."""
        found = load_package(PackageBundle.from_bytes(self._raw("GET", f"/v1/packages/{item_id}/{version}", None, {})))
        if found.sha256 != sha256:
            raise Refused("the centre has this item no more as it was")
        return found

    def ask(self, method: str, path: str, body: JSON = None) -> dict[str, Any]:
        """One call with JSON both ways."""
        data = None if body is None else json.dumps(body).encode()
        answer = json.loads(self._raw(method, path, data, {"Content-Type": "application/json"}) or b"{}")
        if not isinstance(answer, dict):
            raise Refused("the centre said something else than expected")
        return answer

    def park(self, parked_id: str, envelope: bytes) -> None:
        """Leave sealed work with it."""
        digest = base64.b64encode(hashlib.sha256(envelope).digest()).decode()
        told = {"Content-Type": MEDIA_TYPE, "Content-Digest": f"sha-256=:{digest}:"}
        self._raw("PUT", f"/v1/parked/{parked_id}", envelope, told)

    def _raw(self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]) -> bytes:
        request = urllib.request.Request(self._url + path, data, dict(headers), method=method)
        try:
            with self._opener.open(request, timeout=WAIT_S) as response:
                return bytes(response.read(MOST_BYTES))
        except urllib.error.HTTPError as error:
            raise Refused(_title(error.read(65536)) or f"the centre answers {error.code}") from error
        except (OSError, ValueError) as error:
            raise Refused("the centre cannot be reached") from error


@dataclass(slots=True)
class Work:
    """A draft that was taken over. ``answers`` are read and changed through the item's own rules."""

    draft: dict[str, Any] = field(repr=False)
    package: ServicePackage
    release: str = field(repr=False)
    was: Code = field(repr=False)
    owner: dict[str, str] = field(repr=False)

    def answers(self) -> dict[str, Answer]:
        """What was said so far."""
        return {path: _answer(raw) for path, raw in self.draft["session"]["answers"].items()}

    def questions(self) -> Iterator[tuple[str, str, JSON]]:
        """Each question that is asked on this way: its path, its words, and what was said (None: nothing yet)."""
        engine, answers = FormEngine(self.package), self.answers()
        asked = [(q.path, q.title) for q in engine.scenario_questions(answers, self._context())]
        for page in engine.pages(answers, self._context()):
            asked += [(run.path, run.field.label) for run in page.fields]
        for path, words in asked:
            given = answers.get(path)
            yield path, words[self._language], None if given is None else given.value

    def _fixed(self) -> frozenset[str]:
        """What came from a card or a register, or is worked out, and may not be written over."""
        pages = FormEngine(self.package).pages(self.answers(), self._context())
        return frozenset(
            run.path for page in pages for run in page.fields if not run.editable or run.field.computed is not None
        )

    def say(self, path: str, value: JSON) -> None:
        """Answer a question. Raises Refused with what is wrong and what right looks like."""
        engine, answers = FormEngine(self.package), self.answers()
        if path not in {asked for asked, _, _ in self.questions()}:
            raise Refused(f"{path} is not asked")
        if path in self._fixed():
            raise Refused(f"{path} came from a card or a register and stays as it is")
        value = engine.clean(path, value)
        error = engine.check(path, value, answers, self._context())
        if error is not None:
            raise Refused(f"{path}: {error.message[self._language]}")
        now = datetime.now(UTC).replace(microsecond=0).isoformat()
        self.draft["session"]["answers"][path] = {
            "value": value, "source": "typed", "trust": "D", "at": now,
            "source_name": None, "issued_on": None, "valid_to": None,
        }  # fmt: skip
        # What was signed before stood under other answers.
        self.draft["session"].update(declared=False, signature=None)

    @property
    def _language(self) -> str:
        return self.draft["language"] if self.draft["language"] in ("zh-Hans", "en") else "zh-Hans"

    def _context(self) -> Context:
        return Context(datetime.now().astimezone().date(), self._language, self.package.subject)


def take_over(centre: Centre, person: str, code: Code) -> Work:
    """The open draft behind this code, for its owner alone. Raises Refused."""
    who = centre.log_in(person)
    claim = centre.ask("POST", f"/v1/parked/{code.parked_id}/claim", {"session": who["session"]})
    half = base64.urlsafe_b64decode(claim["half"] + "==")
    sealed, item = base64.b64decode(claim["work"]), claim["item"]
    try:
        draft = cbor2.loads(code.cipher(half).decrypt(sealed[:12], sealed[12:], code.parked_id.encode()))
    except InvalidTag as error:
        raise Refused("this code does not open it") from error
    if draft.get("v") != 1:
        raise Refused("begun with a newer program; please go on at a terminal")
    package = centre.package(item["id"], item["version"], item["package_sha256"])
    subject = who["subject"]
    owner = (
        {"number": subject["number"], "name": subject["name"]} if subject["number"] else {"handle": subject["handle"]}
    )
    return Work(draft, package, claim["release"], code, owner)


def give_back(centre: Centre, work: Work) -> Code:
    """The draft as it is now, under a fresh code that a terminal takes up. The old code leads nowhere afterwards, or,
    where the centre is lost at that very moment, to the draft as it was until its day.

    Raises Refused; then only the old code leads anywhere.
    """
    code, half, nonce = Code.fresh(), secrets.token_bytes(16), secrets.token_bytes(12)
    plain = cbor2.dumps({**work.draft, "session": {**work.draft["session"], "claimed": None}}, canonical=True)
    key = centre.ask("GET", "/v1/sealing-keys")["keys"][0]
    head = {
        "v": 1,
        "parked_id": code.parked_id,
        "item_id": work.package.id,
        "item_version": work.package.version,
        "package_sha256": work.package.sha256,
        "until": (datetime.now(UTC) + KEPT).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "work": nonce + code.cipher(half).encrypt(nonce, plain, code.parked_id.encode()),
        "kid": key["kid"],
    }
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    public = X25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=="))
    secret = cbor2.dumps({"half": half, "owner": work.owner}, canonical=True)
    sealed = suite.encrypt(secret, public, info=CONTEXT + b"\0" + cbor2.dumps(head, canonical=True))
    centre.park(code.parked_id, cbor2.dumps({**head, "sealed": sealed}, canonical=True))
    with contextlib.suppress(Refused):  # the new code is there, and whoever has it must be told
        centre.ask("DELETE", f"/v1/parked/{work.was.parked_id}?{urllib.parse.urlencode({'release': work.release})}")
    return code


def _title(body: bytes) -> str:
    """What an RFC 9457 problem says; empty where it is none."""
    try:
        problem = json.loads(body)
    except ValueError:
        return ""
    return str(problem.get("title") or problem.get("type") or "") if isinstance(problem, dict) else ""


def _answer(raw: Mapping[str, Any]) -> Answer:
    days = {name: date.fromisoformat(raw[name]) if raw[name] else None for name in ("issued_on", "valid_to")}
    return Answer(
        raw["value"], raw["source"], raw["trust"], datetime.fromisoformat(raw["at"]), raw["source_name"], **days
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """0; 1 with one line where it cannot be done."""
    asked = argparse.ArgumentParser(prog="run phone", description="Go on by phone with what a terminal put by.")
    asked.add_argument("code", help="the code, KP1.….…; - reads it, and lines of PATH=VALUE, from standard input")
    asked.add_argument(
        "--as", dest="person", required=True, metavar="PERSON", help="of config/demo/people.json, e.g. lin"
    )
    asked.add_argument("--centre", default="http://127.0.0.1:8600", metavar="URL", help="default: %(default)s")
    asked.add_argument("--say", action="append", default=[], metavar="PATH=VALUE", help="answer a question; repeatable")
    asked.add_argument("--quiet", action="store_true", help="print nothing but the new code")
    chosen = asked.parse_args(arguments)
    if chosen.code == "-":  # half of a key and answers stand in no list of processes
        chosen.code, *more = sys.stdin.read().splitlines() or [""]
        chosen.say += more
    try:
        centre = Centre(chosen.centre)
        work = take_over(centre, chosen.person, Code.read(chosen.code))
        for said in chosen.say:
            path, _, value = said.partition("=")
            work.say(path, value)
        code = give_back(centre, work)
    except Refused as error:
        print(f"phone: {error}", file=sys.stderr)
        return 1
    if chosen.quiet:
        print(code)
        return 0
    print(work.package.title["zh-Hans"], "·", work.package.title["en"])
    for path, label, value in work.questions():
        print(f"  {path:32} {label}：{'—' if value is None else value}")
    import qrcode

    square = qrcode.QRCode(border=2)
    square.add_data(str(code))
    square.print_ascii(invert=True)
    print(code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
