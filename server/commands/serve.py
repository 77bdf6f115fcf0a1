"""Host calls for browsers: a page with a call button, and a WebSocket for programs.

  warmline serve                            on this machine only, http://127.0.0.1:8040
  warmline serve --host 0.0.0.0 --port 80   for others too; browsers give a microphone to https pages only, so put
                                            a proxy with a certificate in front

Ctrl-C ends running calls and stops. SIGTERM takes no new calls, lets the running ones go on for server.drain_s, and
then ends them with a spoken sentence; a second one stops at once. Nothing of what callers say is logged; it is kept
only where store.url is set, and with their consent. Programs call by OpenAI's Realtime protocol at /v1/realtime,
telephones by /v1/phone (docs/).
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from types import FrameType

import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from warmline.server.app import create_app
from warmline.server.commands.common import add_settings, note, settings_of, warn_of_helplines
from warmline.server.draining import drained
from warmline.server.events import Observer
from warmline.server.frames import AudioFrames
from warmline.server.handoff.bridge import Bridge, Console
from warmline.server.hosting import Hosting
from warmline.server.impatience import Impatient
from warmline.server.settings import CallSettings, Settings
from warmline.server.store.keeping import Keeper, keeper
from warmline.server.transport.conversing import Conversing, MakeCall
from warmline.speech.runtime.errors import UsageError
from warmline.tts.playout import Playout

MOST_MESSAGE = 2 * 1024 * 1024
"""Longest WebSocket message in bytes, some half a minute of audio in base64; a longer one ends the connection."""

STOP_WITHIN_S = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", metavar="ADDRESS", help="where to listen (default: server.host, 127.0.0.1)")
    parser.add_argument("--port", type=int, metavar="N", help="default: server.port, 8040; 0 takes any free one")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    listening = listen(
        settings.server.host if args.host is None else args.host,
        settings.server.port if args.port is None else args.port,
    )
    warn_of_helplines(settings)
    try:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # uvloop, where there is one
            return runner.run(_serve(settings, listening))
    finally:
        listening.close()


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything is loaded; nobody is answered before all is ready. Raises UsageError with what
    to do."""
    if not 0 <= port <= 65_535:
        raise UsageError(f"--port is a number from 0 to 65535, not {port}")
    listening = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        if listening is not None:
            listening.close()
        raise UsageError(_cannot_listen(host, port, error)) from error
    return listening


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return _in_use(host, port)
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"port {port} is not open to you: choose one from 1024 with --port"
    return f"cannot listen on {host}:{port} ({error.strerror or error}): choose another with --host and --port"


def _in_use(host: str, port: int) -> str:
    return f"port {port} is in use on {host}: stop what listens there, or choose another with --port"


def url_of(listening: socket.socket) -> str:
    """The address for a browser on this machine."""
    host, port = listening.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def conversations(
    settings: Settings, console: Console | None = None, kept: Keeper | None = None
) -> AsyncGenerator[MakeCall, None]:
    """The real parts, and what makes a conversation of them. ``console``: where operators take callers over. ``kept``:
    what keeps calls, opened by who else needs it."""
    from warmline.server import logs, wiring
    from warmline.server.conversation import Conversation

    logs.configure(settings.log)
    async with wiring.parts(settings, note, console, kept) as parts:

        def made(
            call: CallSettings, observer: Observer, playout: Playout, bridge: Bridge | None = None, /
        ) -> Conversing:
            own = parts if bridge is None else replace(parts, bridge=bridge)
            return Conversation(own, call, logs.watched(observer, settings.log), playout)

        yield made


class _Server(uvicorn.Server):
    """Says where it listens, once it does. SIGTERM lets running calls go on for ``drain_s``; a second one, or Ctrl-C,
    ends them at once."""

    def __init__(self, config: uvicorn.Config, hosting: Hosting, drain_s: float) -> None:
        super().__init__(config)
        self._hosting = hosting
        self._drain_s = drain_s
        self._signalled = False
        self._draining: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig != signal.SIGTERM or self._signalled or not self.started:
            super().handle_exit(sig, frame)
            return
        loop, self._signalled = asyncio.get_running_loop(), True
        loop.call_soon_threadsafe(self._begin)  # a signal alone does not wake a loop that waits

    def _begin(self) -> None:
        self._draining = asyncio.create_task(self._drain(), name="drain")

    async def _drain(self) -> None:
        await drained(self._hosting, self._drain_s)
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            print(f"Warmline takes calls at {url_of(sockets[0])}  (Ctrl-C stops)", flush=True)


async def _serve(settings: Settings, listening: socket.socket) -> int:
    async with keeper(settings) as kept:
        return await _hosted(settings, listening, kept)


async def _hosted(settings: Settings, listening: socket.socket, kept: Keeper | None) -> int:
    console = Console() if settings.handoff.by == "console" else None
    app = create_app(lambda: conversations(settings, console, kept), settings, console=console, keeping=kept)
    server = _Server(
        uvicorn.Config(
            app,
            http=Impatient,
            ws=AudioFrames,
            ws_per_message_deflate=False,
            log_level="critical",  # uvicorn's own; ours follows log.level
            access_log=False,
            lifespan="on",
            ws_max_size=MOST_MESSAGE,
            ws_ping_interval=20.0,
            ws_ping_timeout=20.0,
            timeout_graceful_shutdown=STOP_WITHIN_S,
            server_header=False,
        ),
        app.state.hosting,
        settings.server.drain_s,
    )
    with suppress(SystemExit):  # uvicorn's answer to a start that failed; ours says why
        await server.serve(sockets=[listening])
    failure: Exception | None = app.state.hosting.failure
    if failure is not None:
        raise failure
    if not server.started:
        raise UsageError(_in_use(*listening.getsockname()[:2]))
    return 0
