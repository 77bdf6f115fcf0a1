"""What can go wrong on the page, in a real browser: each is told in words, with what to do, and a call that can go on
does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from page_visit import ANSWERED, CALLING, SPEAKING, loudest, needs_chromium, picture, until, visit, with_calls

pytestmark = needs_chromium

SHOWN = "!document.querySelector('#message').hidden"

STREAMS = """
  const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  window.streams = [];
  if (ask) navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    window.streams.push(stream);
    return stream;
  };
  window.unplug = () => {
    const [track] = window.streams.at(-1).getAudioTracks();
    track.stop();
    track.dispatchEvent(new Event('ended'));
  };
"""
"""Chromium's fake microphone cannot be pulled out: the page is told by the event that a real one gives."""


def test_a_missing_microphone_is_told_with_what_to_do(tmp_path: Path) -> None:
    with visit(tmp_path, microphone=False) as (tab, server):
        tab.click("#start")
        tab.wait(SHOWN)
        assert "No microphone was found" in tab.text("#message")
        assert "write instead" in tab.text("#message")
        assert tab.ask("document.querySelector('#start').disabled") is False
        assert tab.ask("document.activeElement.id") == "start"
        picture(tab, "no-microphone")
        assert server.calls == []


def test_a_refused_microphone_is_told_with_what_to_do(tmp_path: Path) -> None:
    with visit(tmp_path, allows=False) as (tab, server):
        tab.click("#start")
        tab.wait(SHOWN)
        assert "did not allow the microphone" in tab.text("#message")
        assert server.calls == []


def test_an_insecure_page_says_why_there_is_no_call(tmp_path: Path) -> None:
    with visit(tmp_path, flags=("--host-resolver-rules=MAP warmline.example 127.0.0.1",)) as (tab, server):
        assert tab.ask("document.querySelector('#message').hidden") is True
        tab.open(tab.ask("location.href").replace("127.0.0.1", "warmline.example"))
        tab.wait(SHOWN)
        assert "secure connection" in tab.text("#message")
        tab.click("#start")
        assert tab.ask("document.querySelector('#before').hidden") is False
        assert server.calls == []


@pytest.mark.parametrize("way", ["webrtc", "websocket"])
def test_a_busy_server_is_told_kindly(tmp_path: Path, way: str) -> None:
    with visit(tmp_path, way=way, settings=with_calls(0)) as (tab, _):
        tab.click("#start")
        tab.wait(SHOWN)
        assert "All lines are busy" in tab.text("#message")
        assert tab.text("#start") == "Start the call"


@pytest.mark.parametrize("way", ["webrtc", "websocket"])
def test_a_microphone_that_is_unplugged_does_not_end_the_call(tmp_path: Path, way: str) -> None:
    with visit(tmp_path, way=way, before=STREAMS) as (tab, server):
        tab.click("#start")
        tab.wait(ANSWERED)
        tab.ask("unplug()")
        tab.wait(SHOWN)
        assert "The call goes on" in tab.text("#message")
        assert tab.ask("document.activeElement.id") == "words"
        call = server.calls[0]
        heard = len(call.chunks)
        until(tab, lambda: len(call.chunks) > heard + 50)
        tab.ask("(() => { document.querySelector('#words').value = 'Still here.'; })()")
        tab.click("#write button")
        until(tab, lambda: call.wrote == ["Still here."])
        picture(tab, f"unplugged-{way}")
        tab.ask("""(() => {
          const list = document.querySelector('#device-now');
          list.value = list.options[list.options.length - 1].value;
          list.dispatchEvent(new Event('change', { bubbles: true }));
        })()""")
        tab.wait("document.querySelector('#message').hidden && streams.length === 2")
        until(tab, lambda: loudest(call, 50) > 0.05)
        assert tab.problems == []


def test_where_udp_is_blocked_the_call_goes_by_websocket(tmp_path: Path) -> None:
    names = ("--force-webrtc-ip-handling-policy", "--webrtc-ip-handling-policy")  # of Chromium's two kinds of headless
    with visit(tmp_path, flags=tuple(f"{name}=disable_non_proxied_udp" for name in names)) as (tab, server):
        tab.click("#start")
        tab.wait(CALLING)
        assert tab.text("#way") == "by WebSocket"
        tab.wait(SPEAKING)
        assert len(server.calls) == 1


def test_where_the_server_has_no_webrtc_the_call_goes_by_websocket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "warmline.server.transport.realtime.webrtc", None)
    with visit(tmp_path) as (tab, server):
        tab.click("#start")
        tab.wait(SPEAKING)
        assert tab.text("#way") == "by WebSocket"
        assert len(server.calls) == 1


@pytest.mark.parametrize("way", ["webrtc", "websocket"])
def test_a_call_that_fails_on_our_side_is_told(tmp_path: Path, way: str) -> None:
    with visit(tmp_path, way=way) as (tab, server):
        tab.click("#start")
        tab.wait(SPEAKING)
        server.failing = True
        tab.wait("document.body.dataset.state === 'after'")
        assert "Something went wrong on our side" in tab.text("#farewell")
