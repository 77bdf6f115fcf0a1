"""The web server: one page, health for machines, and calls over a WebSocket. Knows nothing about models: it is given
something that builds the conversation of a call."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib.resources import files

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from warmline.server.api.access import Shelf
from warmline.server.api.routes import add_api
from warmline.server.auth import Keys, Vouched, admitted, token_shown
from warmline.server.cluster.joining import joined
from warmline.server.handoff.api import add_console
from warmline.server.handoff.bridge import Console
from warmline.server.hosting import Admission, Hosting, Origin, seated
from warmline.server.metrics import CONTENT_TYPE
from warmline.server.page_facts import page_facts
from warmline.server.protocol_page import protocol_page
from warmline.server.settings import Settings
from warmline.server.store.keeping import Keeper
from warmline.server.tracing import opened
from warmline.server.transport.conversing import MakeCall
from warmline.server.transport.realtime import client_secrets
from warmline.server.transport.realtime.line import RealtimeLine
from warmline.server.transport.realtime.offers import Offers
from warmline.server.transport.resume import Seats
from warmline.server.transport.telephony import exchange, switchboard
from warmline.server.transport.telephony.webhooks import Webhooks
from warmline.server.transport.websocket import Line
from warmline.speech.runtime.clock import Clock, WallClock

Build = Callable[[], AbstractAsyncContextManager[MakeCall]]
"""Builds the parts once, when the server starts, and frees them when it stops."""

_SCRIPT, _STYLE = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
_SCRIPTS = (
    "call",
    "help",
    "line",
    "microphone",
    "mood",
    "settings",
    "transcript",
    "webrtc",
    "websocket",
    "words",
    "worklet",
)

PAGE = {
    "": ("index.html", "text/html; charset=utf-8"),
    **{f"{name}.js": (f"{name}.js", _SCRIPT) for name in _SCRIPTS},
    "call.css": ("call.css", _STYLE),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}

log = logging.getLogger(__name__)


def create_app(
    build: Build,
    settings: Settings,
    clock: Clock | None = None,
    console: Console | None = None,
    keeping: Keeper | None = None,
) -> FastAPI:
    """The application; ``app.state.hosting`` is its :class:`Hosting`. ``console``: for operators, or None.
    ``keeping``: what calls are kept in, for the REST API; None where nothing is kept."""
    clock = clock or WallClock()
    keys, seats = Keys(settings.server.each_token, clock), Seats(clock)
    host = settings.server
    admission = Admission(host.max_calls, per_token=host.calls_per_token, per_address=host.calls_per_address)
    hosting = Hosting(admission, clock, keys, seats=seats, most_lag_s=host.most_lag_ms / 1000.0)
    offers = Offers(hosting, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None, None]:
        try:
            async with (
                AsyncExitStack() as stack,
                build() as make,
                joined(hosting, settings),
                hosting.seats.open(),
                switchboard.listening(hosting, settings),
            ):
                hosting.make, hosting.traced = make, stack.enter_context(opened(settings.tracing))
                watching = asyncio.create_task(hosting.metrics.watch_loop(clock), name="loop-lag")
                yield
                watching.cancel()
                await offers.close()
        except Exception as error:
            hosting.failure = error
            raise
        finally:
            hosting.make = None

    app = FastAPI(title="Warmline", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.hosting = hosting
    app.add_middleware(SecurityHeaders)
    _add_page(app)
    _add_health(app, hosting)
    facts = json.dumps(page_facts(settings)).encode()
    app.add_api_route("/page.json", _file(facts, "application/json"), methods=["GET", "HEAD"])
    protocol = protocol_page(settings)
    app.add_api_route("/protocol", _file(protocol.encode(), "text/html; charset=utf-8"), methods=["GET", "HEAD"])
    if console is not None:
        add_console(app, console, settings.handoff.secret)

    async def call(socket: WebSocket) -> None:
        await _answer(socket, hosting, settings)

    async def realtime(socket: WebSocket) -> None:
        await _answer_realtime(socket, hosting, settings)

    exchange.add(app, hosting, settings)
    Webhooks(hosting, settings).add(app)
    add_api(app, Shelf(hosting.keys, keeping, settings.care.audit))
    offers.add(app)
    client_secrets.add(app, hosting, settings)
    app.add_api_websocket_route("/v1/call", call)
    app.add_api_websocket_route("/v1/realtime", realtime)
    return app


async def _answer(socket: WebSocket, hosting: Hosting, settings: Settings) -> None:
    if not admitted(socket, hosting.keys):
        log.warning("somebody without a key, or a page of another site, tried to call")
        await socket.close(1008)
        return
    await socket.accept()
    line = Line(socket, hosting.clock, hosting.seats.claim, hosting.seats.within_s, _vouched(socket, hosting))
    await seated(line, hosting, settings, _origin(socket, hosting))


def _vouched(socket: WebSocket, hosting: Hosting) -> Vouched:
    offered = socket.scope.get("subprotocols", [])
    return hosting.keys.vouched(socket.headers.get("authorization", ""), offered)


def _origin(socket: WebSocket, hosting: Hosting) -> Origin:
    return Origin(socket.client.host if socket.client else "", token_shown(socket, hosting.keys))


async def _answer_realtime(socket: WebSocket, hosting: Hosting, settings: Settings) -> None:
    """OpenAI's Realtime protocol. A subprotocol is chosen only where the client offers it: some clients refuse one
    that they did not ask for."""
    if not admitted(socket, hosting.keys):
        log.warning("somebody without a key, or a page of another site, tried to call")
        await socket.close(1008)
        return
    offered = socket.scope.get("subprotocols", [])
    await socket.accept("realtime" if "realtime" in offered else None)
    old = "realtime=v1" in socket.headers.get("openai-beta", "") or "openai-beta.realtime-v1" in offered
    model = socket.query_params.get("model", "")[:64]
    seats = hosting.seats
    line = RealtimeLine(
        socket,
        hosting.clock,
        model,
        settings.voice.backend,
        old=old,
        claim=seats.claim,
        within_s=seats.within_s,
        vouched=_vouched(socket, hosting),
    )
    await seated(line, hosting, settings, _origin(socket, hosting))


def _add_health(app: FastAPI, hosting: Hosting) -> None:
    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        """It can take a call now; 503 while it cannot."""
        admission, ready = hosting.admission, hosting.takes_calls
        body = {"ready": ready, "calls": admission.calls, "max_calls": admission.most, "draining": hosting.draining}
        return JSONResponse(body, 200 if ready else 503)

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        """Figures for Prometheus; with a token, where the server asks for one."""
        if not hosting.keys.is_token(request.headers.get("authorization", "")):
            return Response(status_code=401)
        return Response(hosting.metrics.text(), media_type=CONTENT_TYPE)


def _add_page(app: FastAPI) -> None:
    folder = files("warmline.server") / "web"
    for path, (name, media) in PAGE.items():
        app.add_api_route(f"/{path}", _file((folder / name).read_bytes(), media), methods=["GET", "HEAD"])


def _file(content: bytes, media: str) -> Callable[[], Response]:
    def serve() -> Response:
        return Response(content, media_type=media)

    return serve


class SecurityHeaders:
    """Adds :data:`HEADERS` to every HTTP response: no third party, no frame, no other site's script."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *added]
            await send(message)

        await self._app(scope, receive, with_headers)
