"""The operators' console in a real browser: the token, who waits, taking, reading, writing, leaving, by keyboard."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvicorn
from axe import in_both_lights, needs_axe
from chromium import Tab, chromium
from fastapi import FastAPI
from page_visit import needs_chromium, picture, until
from starlette.responses import Response

from warmline.server.app import SecurityHeaders
from warmline.server.handoff.api import add_console
from warmline.server.handoff.bridge import Console, Request

pytestmark = needs_chromium

REQUEST = Request("abc", 3, "en", "US", "A caller may be in immediate danger and agreed to talk with a person.")


class Site:
    """The console alone on a free port, and somebody who waits."""

    def __init__(self) -> None:
        self.console, self.said = Console(), []  # type: ignore[var-annotated]
        self._ready = threading.Event()
        app = FastAPI(lifespan=self._lifespan)
        app.add_middleware(SecurityHeaders)
        add_console(app, self.console, "the token")
        app.add_api_route("/icon.svg", lambda: Response(media_type="image/svg+xml"))
        self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
        self._thread = threading.Thread(target=self._server.run)

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncGenerator[None, None]:
        ringing = asyncio.create_task(self._call())
        self._ready.set()
        yield
        ringing.cancel()

    async def _call(self) -> None:
        if await self.console.ring(REQUEST):
            self.console.begin(REQUEST.id, self.said.append).heard("caller", "I can't do this alone")

    def begin(self) -> str:
        self._thread.start()
        assert self._ready.wait(30)
        while not self._server.started:
            self._ready.wait(0.01)
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}/console"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(30)


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Tab, Site]]:
    site = Site()
    url = site.begin()
    try:
        with chromium(folder, None, ()) as tab:
            tab.open(url)
            yield tab, site
    finally:
        site.stop()


def unlock(tab: Tab, token: str) -> None:
    tab.ask(f"(document.querySelector('#token').value = {token!r}, document.querySelector('#unlock').requestSubmit())")


def test_a_wrong_token_opens_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as (tab, _):
        unlock(tab, "wrong")
        tab.wait("!document.querySelector('#message').hidden")
        assert "not the server's token" in tab.text("#message")
        assert tab.ask("document.body.dataset.state") == "locked"


def test_an_operator_takes_reads_writes_and_leaves(tmp_path: Path) -> None:
    with opened(tmp_path) as (tab, site):
        unlock(tab, "the token")
        tab.wait("document.querySelectorAll('#waiting li').length === 1")
        assert "Level 3" in tab.text("#waiting")
        assert tab.ask("document.title").startswith("(1)")
        assert "One caller" in tab.text("#status")
        tab.click("#waiting .take")
        tab.wait("document.querySelectorAll('#captions p').length === 1")
        assert "Caller" in tab.text("#captions")
        assert tab.ask("document.activeElement.id") == "words"
        tab.ask("document.querySelector('#words').value = 'I am Ada.'")
        tab.key("Enter", 13)
        until(tab, lambda: site.said == ["I am Ada."])
        tab.wait("document.querySelectorAll('#captions p').length === 2")
        picture(tab, "console")
        tab.click("#leave")
        tab.wait("document.body.dataset.state === 'queue'")
        talk = site.console.talk("abc")
        assert talk is not None
        assert not talk.open
        assert tab.problems == []


def test_every_control_has_a_name_and_what_changes_is_announced(tmp_path: Path) -> None:
    with opened(tmp_path) as (tab, _):
        unnamed = "[...document.querySelectorAll('input, textarea')].filter((each) => !each.labels.length).length"
        assert tab.ask(unnamed) == 0
        assert tab.ask("document.querySelector('#captions').getAttribute('role')") == "log"
        assert tab.ask("document.querySelector('#message').getAttribute('role')") == "alert"
        assert tab.ask(
            "[...document.querySelectorAll('[src], link')].every((e) => (e.src || e.href).startsWith(origin))"
        )


@needs_axe
def test_axe_finds_nothing_while_locked_waiting_or_talking(tmp_path: Path) -> None:
    with opened(tmp_path) as (tab, _):
        assert in_both_lights(tab) == []
        unlock(tab, "wrong")
        tab.wait("!document.querySelector('#message').hidden")
        assert in_both_lights(tab, 320, 640) == []
        unlock(tab, "the token")
        tab.wait("document.querySelectorAll('#waiting li').length === 1")
        assert in_both_lights(tab) == in_both_lights(tab, 320, 640) == []
        tab.click("#waiting .take")
        tab.wait("document.querySelectorAll('#captions p').length === 1")
        assert in_both_lights(tab) == in_both_lights(tab, 320, 640) == []
        assert ["401" in each for each in tab.problems] == [True], "the wrong token, and nothing else"
