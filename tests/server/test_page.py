"""The call page in a real browser, against a scripted conversation: a recording in the place of a microphone, captions,
consent, mute, cut replies, refusals, layout. Skipped where Chromium is missing (Debian: apt-get install chromium)."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from chromium import Tab, chromium, executable
from fake_call import ScriptedConversation

from warmline.server.app import create_app
from warmline.server.settings import Settings
from warmline.server.transport.conversing import MakeCall

pytestmark = pytest.mark.skipif(executable() is None, reason="needs chromium: apt-get install chromium")

SPEECH = Path(__file__).parents[2] / "demos" / "audio" / "job.wav"


class Server:
    """The real server on a free port; ``calls`` are the scripted conversations that it began."""

    def __init__(self, settings: Settings) -> None:
        self.calls: list[ScriptedConversation] = []
        self._server = uvicorn.Server(uvicorn.Config(create_app(self._build, settings), port=0, log_level="critical"))
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._server.run)

    def begin(self) -> str:
        self._thread.start()
        assert self._ready.wait(30)
        while not self._server.started:
            self._ready.wait(0.01)
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}/"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive()

    @asynccontextmanager
    async def _build(self) -> AsyncGenerator[MakeCall, None]:
        self._ready.set()
        yield self._make

    def _make(self, *args: Any) -> ScriptedConversation:
        self.calls.append(ScriptedConversation(*args))
        return self.calls[-1]


@contextmanager
def visit(folder: Path, microphone: Path | None = SPEECH, max_calls: int = 2) -> Iterator[tuple[Tab, Server]]:
    defaults = Settings()
    server = Server(replace(defaults, server=replace(defaults.server, max_calls=max_calls)))
    url = server.begin()
    try:
        with chromium(folder, microphone) as tab:
            tab.open(url)
            yield tab, server
    finally:
        server.stop()


def until(tab: Tab, condition: Callable[[], bool]) -> None:
    """Wait for something that the server sees; the page's clock is the only one used."""
    for _ in range(600):
        if condition():
            return
        tab.ask("new Promise((done) => setTimeout(done, 50))")
    raise AssertionError(f"never came; the page shows: {tab.text('body')!r}")


def loudest(call: ScriptedConversation, chunks: int) -> float:
    return max((float(np.abs(chunk.samples).max()) for chunk in call.chunks[-chunks:]), default=0.0)


def test_a_whole_call(tmp_path: Path) -> None:
    with visit(tmp_path) as (tab, server):
        tab.key("Tab", 9)
        while tab.ask("document.activeElement.id") != "start":
            tab.key("Tab", 9)
        tab.key("Enter", 13, "\r")
        tab.wait("!document.querySelector('#during').hidden")
        assert tab.ask("document.activeElement.id") == "mute"
        tab.wait("document.querySelector('#status').textContent === 'Warmline is speaking'")
        tab.wait("document.querySelectorAll('#captions .you').length >= 1")
        call = server.calls[0]
        assert call.settings.read_tone is False
        assert loudest(call, 1_000) > 0.05
        captions = tab.text("#captions")
        assert "I'm an AI, not a person" in captions
        assert "I failed my exam." in captions
        assert "That sounds heavy." in captions
        why = tab.text("#why")
        assert all(shown in why for shown in ("Reflection of feelings", "exploration", "you sounded sad", "sad (70%)"))
        assert "s after you stopped" in why

        tab.key("Enter", 13, "\r")
        assert tab.ask("document.querySelector('#mute').getAttribute('aria-pressed')") == "true"
        begun = len(call.chunks)
        until(tab, lambda: len(call.chunks) > begun + 50 and loudest(call, 25) < 1e-3)

        tab.click("#end")
        tab.wait("!document.querySelector('#before').hidden")
        assert "You ended the call" in tab.text("#message")
        assert tab.ask("document.activeElement.id") == "start"
        until(tab, lambda: call.ended)
        assert tab.problems == []


def test_what_is_written_is_answered_like_what_is_said(tmp_path: Path) -> None:
    with visit(tmp_path) as (tab, server):
        tab.click("#start")
        tab.wait("!document.querySelector('#during').hidden")
        tab.ask("(() => { document.querySelector('#words').value = ' I failed. '; })()")
        tab.click("#write button")
        until(tab, lambda: server.calls[0].wrote == ["I failed."])
        assert tab.ask("document.querySelector('#words').value") == ""
        tab.wait("document.querySelector('#captions').textContent.includes('That sounds heavy.')")
        assert tab.problems == []


def test_what_was_cut_is_struck_out_and_said_to_screen_readers(tmp_path: Path) -> None:
    with visit(tmp_path) as (tab, _):
        tab.click("#start")
        tab.wait("document.querySelector('#captions s')")
        assert tab.ask("document.querySelector('#captions s').textContent").startswith("not said, because you spoke: ")


def test_consent_is_passed_on(tmp_path: Path) -> None:
    with visit(tmp_path) as (tab, server):
        tab.click("#tone")
        tab.click("#start")
        until(tab, lambda: bool(server.calls))
        assert server.calls[0].settings.read_tone is True


def test_a_missing_microphone_is_told_with_what_to_do(tmp_path: Path) -> None:
    with visit(tmp_path, microphone=None) as (tab, server):
        tab.click("#start")
        tab.wait("!document.querySelector('#message').hidden")
        assert "No microphone was found" in tab.text("#message")
        assert tab.ask("document.querySelector('#start').disabled") is False
        assert server.calls == []


def test_a_busy_server_is_told_kindly(tmp_path: Path) -> None:
    with visit(tmp_path, max_calls=0) as (tab, _):
        tab.click("#start")
        tab.wait("!document.querySelector('#message').hidden")
        assert "All lines are busy" in tab.text("#message")
        assert tab.text("#start") == "Call again"


CONTRASTS = """(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, alpha = 1] = rgb(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('h1, h2, p, li, span, b, s, a, dt, dd, small, button')]
    .filter((element) => element.innerText && element.checkVisibility())
    .map((element) => {
      const pair = [light(rgb(getComputedStyle(element).color)), light(ground(element))];
      const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
      return [contrast, `${element.tagName} ${element.innerText.slice(0, 30)}`];
    })
    .filter(([contrast]) => contrast < 4.5);
})()"""


def test_the_page_fits_and_can_be_read_at_every_width_and_in_both_schemes(tmp_path: Path) -> None:
    with visit(tmp_path) as (tab, _):
        for call in (False, True):
            if call:
                tab.click("#start")
                tab.wait("document.querySelector('#captions s')")
            for width, height in ((320, 568), (390, 844), (1200, 900)):
                for dark in (False, True):
                    tab.look(width, height, dark=dark, still=dark)
                    assert tab.ask("document.documentElement.scrollWidth") <= width
                    assert tab.ask(CONTRASTS) == []
                    tab.ask("window.scrollTo(0, document.body.scrollHeight)")
                    top = tab.ask("document.querySelector('.help').getBoundingClientRect().top")
                    assert 0 <= top < height / 2  # the help line stays in sight
        tab.look(390, 844, still=True)
        assert tab.ask("getComputedStyle(document.querySelector('#level span')).transitionDuration") == "0s"


PLAYED = """(async () => {
  const context = new OfflineAudioContext(1, 24000, 24000);
  await context.audioWorklet.addModule('/worklet.js');
  const player = new AudioWorkletNode(context, 'player', { numberOfInputs: 0, outputChannelCount: [1] });
  player.connect(context.destination);
  const say = (frames) => { for (let i = 0; i < frames; i += 1) {
    const audio = new Int16Array(480).fill(16384).buffer; player.port.postMessage({ audio }, [audio]); } };
  for (const [at, order] of [[0, 25], ...ORDERS]) {
    context.suspend(at).then(async () => {
      if (typeof order === 'number') say(order); else player.port.postMessage({ order });
      await new Promise((done) => setTimeout(done, 30));
      context.resume();
    });
  }
  const wave = (await context.startRendering()).getChannelData(0);
  const level = (from, to) => Math.max(...wave.slice(from * 24000, to * 24000));
  return { level: Array.from({ length: 50 }, (_, i) => level(i / 50, (i + 1) / 50)) };
})()"""


ORDERS: tuple[tuple[list[list[Any]], list[int], list[int]], ...] = (
    ([], [*range(26, 50)], [*range(1, 24)]),
    ([[0.2, "clear"]], [*range(11, 50)], [*range(1, 10)]),
    ([[0.2, "hold"], [0.4, "restore"]], [*range(11, 20), *range(36, 50)], [*range(1, 10), *range(21, 34)]),
    ([[0.2, "hold"], [0.4, "clear"]], [*range(11, 50)], [*range(1, 10)]),
    ([[0.2, "clear"], [0.4, 5]], [*range(11, 20), *range(26, 50)], [*range(1, 10), *range(21, 24)]),
)
"""Orders at their seconds (a number: so many frames more), and which 20 ms of the played second are silent or sound."""


def test_the_player_obeys_within_20_ms(tmp_path: Path) -> None:
    with visit(tmp_path) as (tab, _):
        for orders, silent, sounding in ORDERS:
            heard = tab.ask(PLAYED.replace("ORDERS", str(orders)))["level"]
            assert [place for place in silent if heard[place] != 0.0] == [], orders
            assert [place for place in sounding if heard[place] != 0.5] == [], orders


def test_the_player_lowers_what_it_already_has(tmp_path: Path) -> None:
    with visit(tmp_path) as (tab, _):
        played = tab.ask(PLAYED.replace("ORDERS", '[[0.2, "duck"]]'))
        assert played["level"][8] == 0.5
        assert max(played["level"][12:24]) == pytest.approx(0.5 * 10 ** (-18 / 20), rel=1e-3)
        assert max(played["level"][26:]) == 0.0
