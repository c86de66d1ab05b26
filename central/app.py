"""The centre put together: parts over one database, and the routes of docs/openapi.json over the parts.

Routes are async and short: they read the body under a size limit, hand the work to a thread, and answer. What cannot be
done is a :class:`~central.problems.Problem`; one handler writes them all.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from central import __version__, desk, track
from central.bookings import Bookings
from central.cases import MAX_CASE_BYTES, MAX_SEALED_BYTES, Cases
from central.contract import Contract, strict_json
from central.faults import FaultLayer, FaultState
from central.files import Files
from central.identity import CODE_LIFE_S, Identity, KeyRing, read_or_make
from central.later import Later
from central.openings import Openings
from central.packages import Shelf
from central.parked import MAX_PARKED_BYTES, ParkedWork
from central.problems import Problem
from central.registry import Registry
from central.sealing import CASE_MEDIA_TYPE, WORK_MEDIA_TYPE, SealingKeys
from central.shed import ShedLayer
from central.sites import Places
from central.store import Store
from central.terminals import Terminals
from central.tries import Tries
from central.uploads import PREFIX, VERSION, AlreadyHere, Uploads, problem_of, tus_router
from central.words import JSON, PACKAGES, PEOPLE, RESIDENTS, SEALING_KEYS, Clock, local_day, now_utc, stamp

log = logging.getLogger("central")

MAX_BODY = 256 << 10
MAX_BATCH = 8 << 20
MAX_DRAIN = 32 << 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """What a centre is started with. ``database`` is an SQLAlchemy URL; ``people`` None = no demo people."""

    state: Path
    database: str
    demo: bool = False
    packages: Path = PACKAGES
    people: Path | None = PEOPLE
    residents: int = RESIDENTS
    max_in_flight: int = 64
    max_per_terminal: int = 8
    body_idle_s: float = 20.0


class Centre:
    """All parts of one running centre. ``asgi`` is what a server serves; :meth:`close` ends it."""

    def __init__(self, options: Options, clock: Clock = now_utc) -> None:
        options.state.mkdir(parents=True, exist_ok=True)
        secret = read_or_make(options.state / "handle.key", secrets.token_bytes(32))
        self.clock = clock
        self.contract = Contract()
        self.store = Store(options.database)
        self.registry = Registry(self.store, secret, options.people, count=options.residents)
        self.residents = self.registry.count()
        self.shelf = Shelf(self.store, options.packages, clock)
        self.keys = KeyRing(options.state / "citizen-keys.json", clock)
        self.identity = Identity(self.store, self.registry, self.shelf, self.keys, clock)
        self.bookings = Bookings(self.store, self.shelf, clock)
        self.fault = FaultState()
        self.later = Later(self.store, self.shelf, self.registry, clock, self.fault.agencies_down)
        tries = Tries(self.store, clock)
        self.openings = Openings(self.store, self.shelf, self.registry, self.later, tries, clock)
        self.sealing = SealingKeys(options.state / SEALING_KEYS)
        self.files = Files(self.store, clock)
        self.uploads = Uploads(self.store, self.files, clock)
        self.cases = Cases(
            self.store,
            self.contract,
            self.shelf,
            self.registry,
            self.bookings,
            self.later,
            self.openings,
            self.files,
            self.sealing,
            clock,
        )
        self.parked = ParkedWork(self.store, self.sealing, self.registry, tries, secret, clock)
        self.terminals = Terminals(self.store, clock)
        self.places = Places(self.store, clock, demo=options.demo)
        app: ASGIApp = Guard(build_routes(self, demo=options.demo))
        app = ShedLayer(
            app,
            self.contract.title,
            max_in_flight=options.max_in_flight,
            max_per_terminal=options.max_per_terminal,
            body_idle_s=options.body_idle_s,
        )
        self.asgi: ASGIApp = FaultLayer(app, self.fault)

    def sweep(self) -> None:
        """Give up what is past its day; some terminal is heard of every minute, which is often enough."""
        self.uploads.sweep()
        self.parked.sweep()

    def close(self) -> None:
        """Give the database back."""
        self.store.close()


class Guard:
    """Keeps an unforeseen error from being written out with what it was about: the log gets its kind and place only."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            trace = error.__traceback__
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            place = "?" if trace is None else f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
            log.error("unforeseen %s at %s", type(error).__name__, place)


def media_type(request: Request) -> str:
    """What the body is said to be, without parameters."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def read_body(request: Request, limit: int, kind: str = "application/json") -> bytes:
    """The body, at most ``limit`` bytes of this media type; raises ``Problem`` unsupported-media-type or
    body-too-large."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > MAX_DRAIN:
        raise Problem("body-too-large")
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        elif size > MAX_DRAIN:
            break
        # Between the two limits the rest is read away: a sender that is still sending would never read the answer.
    if media_type(request) != kind:
        raise Problem("unsupported-media-type")
    if size > limit:
        raise Problem("body-too-large")
    return b"".join(chunks)


def announced_sha256(header: str | None) -> str | None:
    """The SHA-256 of a Content-Digest header (RFC 9530) in hex; None when it holds none."""
    found = re.search(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):", header or "")
    return None if found is None else base64.b64decode(found[1]).hex()


def matches(header: str | None, etag: str) -> bool:
    """Whether If-None-Match names this ETag (RFC 9110 §13.1.2)."""
    tags = [part.strip().removeprefix("W/") for part in (header or "").split(",")]
    return etag in tags or "*" in tags


def build_routes(centre: Centre, *, demo: bool) -> FastAPI:
    """The application; with ``demo`` also the desk and the verbs of the demo panel."""
    contract = centre.contract
    # The contract is written by hand and served as it is; the framework's own document is switched off.
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)

    def told(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
        extra = dict(headers or {})
        if problem.retry_after_s is not None:
            extra["Retry-After"] = str(problem.retry_after_s)
        return JSONResponse(
            problem.as_json(contract.title(problem.name)),
            problem.status,
            extra,
            media_type="application/problem+json",
        )

    @app.exception_handler(Problem)
    async def on_problem(request: Request, problem: Problem) -> Response:
        return told(problem, {"Allow": contract.methods(request.url.path)} if problem.status == 405 else None)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 405:
            return await on_problem(request, Problem("method-not-allowed"))
        if "uuid" in request.path_params:
            return told(problem_of(error))
        return told(Problem("not-found"), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_request: Request, _error: RequestValidationError) -> Response:
        return told(Problem("request-invalid"))

    @app.exception_handler(AlreadyHere)
    async def on_here(_request: Request, here: AlreadyHere) -> Response:
        return here.answer()

    @app.exception_handler(ClientDisconnect)
    async def on_gone(_request: Request, _error: ClientDisconnect) -> Response:
        return Response(status_code=400)  # nobody reads it

    @app.exception_handler(Exception)
    async def on_error(_request: Request, _error: Exception) -> Response:
        return told(Problem("internal"))

    @app.middleware("http")
    async def headers(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        # No name of anything has a NUL, and PostgreSQL takes none; so it is looked for as a name that nothing has.
        if request.method != "PUT":  # these hold the name to its form before they look
            request.scope["path"] = request.scope["path"].replace("\0", "\N{REPLACEMENT CHARACTER}")
        request.scope["query_string"] = request.scope["query_string"].replace(b"%00", b"%EF%BF%BD")
        response = await call(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"
        if request.url.path.startswith(PREFIX):
            response.headers["Tus-Resumable"] = VERSION
            response.headers["Tus-Version"] = VERSION
            if "location" in response.headers:  # as it was asked for, whatever a proxy says of names and schemes
                response.headers["Location"] = PREFIX + response.headers["location"].rsplit("/", 1)[1]
        return response

    async def asked(request: Request, schema: str, limit: int = MAX_BODY) -> JSON:
        value = strict_json(await read_body(request, limit))
        faults = contract.faults(schema, value)
        if faults:
            raise Problem("request-invalid", faults=faults)
        return value

    async def work(job: Callable[[], T]) -> T:
        return await run_in_threadpool(job)

    def tagged(request: Request, body: bytes, etag: str) -> Response:
        known = {"ETag": etag, "Cache-Control": "no-cache"}
        if matches(request.headers.get("if-none-match"), etag):
            return Response(status_code=304, headers=known)
        return Response(body, 200, known, media_type="application/json")

    @app.get("/health")
    async def health() -> Response:
        return JSONResponse(
            {
                "status": "ok",
                "time": stamp(centre.clock()),
                "version": __version__,
                "packages": centre.shelf.count,
                "package_errors": len(centre.shelf.errors),
                "residents": centre.residents,
                "licence_types": len(centre.registry.types),
            }
        )

    @app.get("/openapi.json")
    async def openapi() -> Response:
        return Response(contract.text, media_type="application/json")

    @app.get("/v1/catalogue")
    async def catalogue(request: Request) -> Response:
        return tagged(request, centre.shelf.catalogue(), f'"{centre.shelf.version}"')

    @app.get("/v1/packages/{item_id}/{version}")
    async def package(request: Request, item_id: str, version: str) -> Response:
        number = int(version) if re.fullmatch(r"[1-9][0-9]{0,5}", version) else 0
        found = await work(lambda: centre.shelf.bundle(item_id, number))
        if found is None:
            raise Problem("package-unknown")
        return tagged(request, found[0], f'"{found[1]}"')

    @app.get("/v1/citizen-code/keys")
    async def keys() -> Response:
        return JSONResponse(centre.keys.as_json())

    @app.post("/v1/identity/sessions")
    async def session(request: Request) -> Response:
        value = await asked(request, "IdentitySessionRequest")
        return JSONResponse(await work(lambda: centre.identity.open(value)))

    @app.get("/v1/licences/types")
    async def licence_types() -> Response:
        types = [{"id": kind.id, "title": kind.title, "issuer": kind.issuer} for kind in centre.registry.types.values()]
        return JSONResponse({"count": len(types), "types": types})

    @app.post("/v1/licences/query")
    async def licences(request: Request) -> Response:
        value = await asked(request, "LicenceQuery")
        if not value["consent"]:
            raise Problem("consent-missing")

        def look() -> JSON:
            opened = centre.identity.find(value["session"], value["item_id"])
            item = centre.shelf.offered(opened.item_id)
            found = centre.registry.query(
                opened.handle, opened.resident, tuple(value["types"]), opened.item_id, centre.clock
            )
            return [one.as_json(item.bound(one.type) if item else frozenset()) for one in found]

        return JSONResponse({"results": await work(look)})

    @app.post("/v1/records")
    async def records(request: Request) -> Response:
        value = await asked(request, "RecordQuery")

        def look() -> JSON:
            opened = centre.identity.find(value["session"], value["item_id"])
            item = centre.shelf.offered(opened.item_id)
            if item is None or item.record is None:
                raise Problem("record-none")
            known = centre.registry.record(opened.handle, opened.resident, item.record, opened.item_id, centre.clock)
            return {"facts": known, "as_of": local_day(centre.clock()).isoformat()}

        return JSONResponse(await work(look))

    @app.get("/v1/slots/{item_id}")
    async def slots(request: Request, item_id: str) -> Response:
        office = request.query_params.get("office", "")
        return JSONResponse(await work(lambda: centre.bookings.free(item_id, office)))

    @app.post("/v1/open-work")
    async def open_work(request: Request) -> Response:
        value = await asked(request, "OpenWorkRequest")

        def look() -> JSON:
            return centre.openings.open(centre.identity.find(value["session"], ""), value["code"])

        return JSONResponse(await work(look))

    @app.get("/v1/sealing-keys")
    async def sealing_keys() -> Response:
        return JSONResponse(centre.sealing.as_json())

    @app.put("/v1/parked/{parked_id}")
    async def park(request: Request, parked_id: str) -> Response:
        body = await read_body(request, MAX_PARKED_BYTES, WORK_MEDIA_TYPE)
        announced = announced_sha256(request.headers.get("content-digest"))
        status, answer = await work(lambda: centre.parked.put(parked_id, body, announced))
        return JSONResponse(answer, status)

    @app.post("/v1/parked/{parked_id}/claim")
    async def claim(request: Request, parked_id: str) -> Response:
        value = await asked(request, "Claim")
        return JSONResponse(
            await work(lambda: centre.parked.claim(parked_id, centre.identity.find(value["session"], "")))
        )

    @app.delete("/v1/parked/{parked_id}")
    async def release(request: Request, parked_id: str) -> Response:
        token = request.query_params.get("release", "")
        return JSONResponse(await work(lambda: centre.parked.release(parked_id, token)))

    @app.get("/track/{case_id}")
    async def follow(case_id: str) -> Response:
        drawn = await work(lambda: track.page(centre.cases.parts(case_id)))
        return HTMLResponse(drawn, headers={"Content-Security-Policy": track.POLICY})

    @app.post("/v1/cases/batch")
    async def batch(request: Request) -> Response:
        value = await asked(request, "Batch", MAX_BATCH)
        return JSONResponse(await work(lambda: centre.cases.batch(value["cases"])))

    @app.post("/v1/cases/known")
    async def known(request: Request) -> Response:
        value = await asked(request, "Known")
        return JSONResponse(await work(lambda: centre.cases.known(value["ids"])))

    @app.put("/v1/cases/{case_id}")
    async def put(request: Request, case_id: str) -> Response:
        sealed = media_type(request) == CASE_MEDIA_TYPE
        try:
            if sealed:
                body = await read_body(request, MAX_SEALED_BYTES, CASE_MEDIA_TYPE)
            else:
                body = await read_body(request, MAX_CASE_BYTES)
            announced = announced_sha256(request.headers.get("content-digest"))
            unconfirmed = request.headers.get("case-unconfirmed") == "?1"
            take = centre.cases.put_sealed if sealed else centre.cases.put
            status, answer = await work(lambda: take(case_id, body, announced, unconfirmed=unconfirmed))
        except Problem as problem:
            problem.case_id = case_id  # a terminal believes no "no" that does not name its case
            raise
        return JSONResponse(answer, status)

    @app.get("/v1/cases/{case_id}/status")
    async def case_status(case_id: str) -> Response:
        return JSONResponse(await work(lambda: centre.cases.status(case_id)))

    @app.get("/v1/cases/{case_id}/decision")
    async def decision(case_id: str) -> Response:
        return JSONResponse(await work(lambda: centre.cases.decision(case_id)))

    @app.get("/v1/tickets/{ticket_no}")
    async def ticket(ticket_no: str) -> Response:
        return JSONResponse(await work(lambda: centre.cases.ticket(ticket_no)))

    @app.post("/v1/ratings")
    async def rate(request: Request) -> Response:
        value = await asked(request, "Rating")
        await work(lambda: centre.terminals.rate(value["token"], value["item_id"], value["level"], value["reasons"]))
        return JSONResponse({"accepted": True}, 201)

    @app.post("/v1/heartbeat")
    async def heartbeat(request: Request) -> Response:
        value = await asked(request, "Heartbeat")
        await work(centre.sweep)
        return JSONResponse(await work(lambda: centre.terminals.heartbeat(value, centre.shelf.version)))

    @app.get("/v1/sites")
    async def sites(request: Request) -> Response:
        body = await work(centre.places.listing)
        return tagged(request, body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')

    app.include_router(tus_router(centre.uploads))
    if demo:
        _add_demo(app, centre, asked, work)
    return app


def _add_demo(
    app: FastAPI,
    centre: Centre,
    asked: Callable[[Request, str], Awaitable[JSON]],
    work: Callable[[Callable[[], JSON]], Awaitable[JSON]],
) -> None:
    def only_here(request: Request) -> None:
        host = request.client.host if request.client else ""
        try:
            local = ip_address(host).is_loopback
        except ValueError:
            local = False
        if not local:
            raise Problem("not-local")

    @app.get("/desk")
    async def show_desk() -> Response:
        def draw() -> str:
            count, arrivals = centre.cases.arrivals()
            terminals, levels, rated = centre.terminals.seen(), centre.terminals.levels(), centre.terminals.rated()
            return desk.page(centre.clock(), count, arrivals, terminals, levels, rated, centre.fault.as_json())

        return HTMLResponse(await work(draw), headers={"Content-Security-Policy": desk.POLICY})

    @app.get("/demo/citizen-code")
    async def make_code(request: Request) -> Response:
        resident = await work(lambda: centre.registry.by_key(request.query_params.get("person", "")))
        if resident is None:
            raise Problem("person-unknown")
        wish = request.query_params.get("ttl_s", "")
        ttl_s = int(wish) if re.fullmatch(r"-?[0-9]{1,6}", wish) else CODE_LIFE_S
        code, ends = centre.keys.issue(resident, max(-3600, min(CODE_LIFE_S, ttl_s)))
        return JSONResponse({"code": code, "expires_at": stamp(ends)})

    @app.post("/demo/decide/{case_id}")
    async def decide(request: Request, case_id: str) -> Response:
        only_here(request)
        value = await asked(request, "OfficerDecision")
        return JSONResponse(await work(lambda: centre.later.decide(case_id, value["outcome"], value["reason"])))

    @app.get("/demo/fault")
    async def show_fault(request: Request) -> Response:
        only_here(request)
        return JSONResponse(centre.fault.as_json())

    @app.post("/demo/fault")
    async def set_fault(request: Request) -> Response:
        only_here(request)
        centre.fault.set(await asked(request, "Fault"))
        return JSONResponse(centre.fault.as_json())
