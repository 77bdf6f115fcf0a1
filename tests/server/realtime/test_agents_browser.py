"""OpenAI's @openai/agents over WebRTC, unmodified, in a real browser, on a page of another site: a call opened by a
client secret of ours, our voice heard, what was said told, our reply interrupted.

`make test` installs the library and esbuild; skipped where that could not be done, or where there is no Chromium."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from chromium import Tab, chromium
from page_visit import bursts, needs_chromium

ROOT = Path(__file__).parents[3]
CLIENTS = ROOT / ".clients"
MODULES = CLIENTS / "node_modules"
ESBUILD = MODULES / ".bin" / "esbuild"
TOKEN = "a-token-of-the-operators"

pytestmark = [
    needs_chromium,
    pytest.mark.skipif(
        shutil.which("node") is None or not ESBUILD.exists() or not (MODULES / "@openai" / "agents").is_dir(),
        reason="needs make test-clients",
    ),
]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The address of another site, with a page that carries the library."""
    script = CLIENTS / "browser.mjs"  # beside its modules: esbuild looks for them from there
    script.write_text((Path(__file__).parent / "agents" / "browser.mjs").read_text(encoding="utf-8"), encoding="utf-8")
    folder = tmp_path / "site"
    folder.mkdir()
    wanted = ("--bundle", "--platform=browser", "--format=iife", "--log-level=error")
    command = [str(ESBUILD), str(script), *wanted, f"--outfile={folder / 'bundle.js'}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    page = '<!doctype html><link rel="icon" href="data:,"><title>Another site</title><script src="bundle.js"></script>'
    (folder / "index.html").write_text(page, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def guarded(scripted_server: str) -> Iterator[str]:
    """The address of a server of ours that asks programs for a token."""
    command = [sys.executable, "-c", scripted_server, "--set", f"server.tokens={TOKEN}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield next(word for word in process.stdout.readline().split() if word.startswith("http"))
        finally:
            process.kill()


def test_a_whole_call_in_a_browser(tmp_path: Path, site: str, guarded: str) -> None:
    made = httpx.post(f"{guarded}/v1/realtime/client_secrets", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    secret = made.json()["value"]
    assert secret.startswith("ek_")
    with chromium(tmp_path, bursts(tmp_path / "microphone.wav")) as tab:
        tab.open(site)
        status, id = tab.ask(f"begin('{guarded}/v1/realtime/calls', '{secret}')")
        assert status == "connected"
        assert id.startswith("rtc_"), "a page of another site is shown the call's own name"
        tab.wait("call.seen.includes('output_audio_buffer.started')")
        tab.wait("call.loudness() > 0.05")
        tab.wait("call.history.some((item) => item[0] === 'user' && item[2] === 'I failed my exam.')")
        _interrupted_by_voice(tab)
        _answered_to_its_end(tab)
        _interrupted_by_the_page(tab)
        assert tab.ask("call.errors") == []
        tab.ask("call.session.close()")
        until_free(guarded)
        assert tab.problems == []


def _interrupted_by_voice(tab: Tab) -> None:
    """The recording goes on over our reply: it is cut, and the library hears of it."""
    cut = "call.events.some((event) => event.type === 'response.done' && event.response.status === 'cancelled')"
    tab.wait(cut)
    tab.wait("call.seen.includes('output_audio_buffer.cleared')")


def _answered_to_its_end(tab: Tab) -> None:
    """With the microphone muted nothing cuts our reply: the library has all of its words."""
    tab.ask("(() => { call.session.mute(true); call.session.sendMessage('I failed.'); })()")
    whole = ["assistant", "completed", "That sounds heavy. What hurts most?"]
    tab.wait(f"call.history.some((item) => JSON.stringify(item) === JSON.stringify({json.dumps(whole)}))")


def _interrupted_by_the_page(tab: Tab) -> None:
    tab.ask("(() => { call.seen.length = 0; call.session.sendMessage('I failed again.'); })()")
    tab.wait("call.seen.includes('output_audio_buffer.started')")
    tab.ask("call.session.interrupt()")
    tab.wait("call.seen.includes('output_audio_buffer.cleared')")


def until_free(server: str) -> None:
    """The place is free again soon after the page closed its connection."""
    for _ in range(100):
        told = httpx.get(f"{server}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30).text
        if "warmline_calls 0.0" in told:
            return
        threading.Event().wait(0.1)
    raise AssertionError("the call of a closed connection kept its place")
