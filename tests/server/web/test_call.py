"""Whole calls on the page in a real browser, by both ways: what is heard, said, cut, written, muted and agreed to."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from page_visit import ANSWERED, CALLING, SPEAKING, loudest, needs_chromium, picture, until, visit

from warmline.server.settings import Settings

pytestmark = needs_chromium

CUT = "document.querySelector('#captions s')"


@pytest.mark.parametrize("way", ["WebRTC", "WebSocket"])
def test_a_whole_call_by_the_keyboard(tmp_path: Path, way: str) -> None:
    with visit(tmp_path, way=way.lower()) as (tab, server):
        tab.look(1200, 900)
        picture(tab, f"before-{way}")
        while tab.ask("document.activeElement.id") != "start":
            tab.key("Tab", 9)
        tab.key("Enter", 13, "\r")
        tab.wait(CALLING)
        assert tab.ask("document.activeElement.id") == "mute"
        assert tab.text("#way") == f"by {way}"
        tab.wait(SPEAKING)
        tab.wait(ANSWERED)
        call = server.calls[0]
        assert call.settings.read_tone is False
        assert call.settings.caller == ""
        assert loudest(call, 1_000) > 0.05
        captions = tab.text("#captions")
        assert "Hello, this is Warmline" in captions
        assert "I failed my exam." in captions
        assert "That sounds heavy." in captions
        summary = tab.text("#captions .why summary")
        assert "reflection of feelings" in summary
        assert "after 0." in summary, "how long it took to answer"
        tab.click("#captions .why summary")
        why = tab.text("#captions .why dl")
        assert all(shown in why for shown in ("exploration", "you sounded sad", "sad (70%)"))
        assert "Last turn: low, rather calm (quite sure)." in tab.text("#mood-words")
        assert tab.ask("document.querySelectorAll('#trace .point').length") >= 2
        tab.wait(CUT)  # the recording goes on over the greeting: what was not said is struck out, and said to be so
        assert tab.ask(f"{CUT}.textContent").startswith("not said, because you spoke: ")
        picture(tab, f"during-{way}")

        tab.ask("document.querySelector('#mute').focus()")
        tab.key("Enter", 13, "\r")
        assert tab.ask("document.querySelector('#mute').getAttribute('aria-pressed')") == "true"
        begun = len(call.chunks)
        until(tab, lambda: len(call.chunks) > begun + 50 and loudest(call, 25) < 1e-3)

        tab.click("#end")
        tab.wait("document.body.dataset.state === 'after'")
        assert "You ended the call" in tab.text("#farewell")
        assert tab.ask("document.activeElement.id") == "after-title"
        until(tab, lambda: call.ended)
        picture(tab, f"after-{way}")
        assert tab.problems == []


@pytest.mark.parametrize("way", ["webrtc", "websocket"])
def test_our_voice_is_heard_and_follows_the_volume(tmp_path: Path, way: str) -> None:
    with visit(tmp_path, way=way, before=LISTENING) as (tab, _):
        tab.click("#start")
        tab.wait(SPEAKING)
        tab.wait("loudness() > 0.05")
        tab.ask("""(() => {
          const slider = document.querySelector('#volume-now');
          slider.value = 0;
          slider.dispatchEvent(new Event('input', { bubbles: true }));
        })()""")
        if way == "websocket":
            tab.wait("loudness() < 1e-4")
        else:
            assert tab.ask("document.querySelector('#voice').volume") == 0


LISTENING = """
  // What the page plays: its last gain before the loudspeaker, or the track that its audio element was given.
  const ears = [];
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      const analyser = new AnalyserNode(this.context);
      connect.call(this, analyser);
      ears.push(analyser);
    }
    return connect.call(this, to, ...rest);
  };
  const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', { ...source, set(stream) {
    source.set.call(this, stream);
    if (!stream) return;
    const context = new AudioContext();
    const analyser = new AnalyserNode(context);
    connect.call(context.createMediaStreamSource(stream), analyser);
    ears.push(analyser);
  } });
  window.loudness = () => Math.max(0, ...ears.map((analyser) => {
    const wave = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(wave);
    return Math.max(...wave.map(Math.abs));
  }));
"""


@pytest.mark.parametrize("way", ["webrtc", "websocket"])
@pytest.mark.parametrize("leaving", ["closes", "goes elsewhere"])
def test_who_closes_the_page_has_hung_up(tmp_path: Path, way: str, leaving: str) -> None:
    with visit(tmp_path, way=way) as (tab, server):
        tab.click("#start")
        tab.wait(CALLING)
        assert not server.calls[0].ended
        if leaving == "closes":
            tab.close()
        else:
            tab.send("Page.navigate", url="about:blank")
        for _ in range(100):  # ten seconds: a call that had only lost its connection would be kept for a minute
            if server.calls[0].ended:
                return
            time.sleep(0.1)
        raise AssertionError("the call of a closed page kept its place")


def test_a_call_that_is_only_written_needs_no_microphone(tmp_path: Path) -> None:
    with visit(tmp_path, microphone=False) as (tab, server):
        tab.click("#write-instead")
        tab.wait(CALLING)
        assert tab.ask("document.activeElement.id") == "words"
        assert tab.text("#way") == "by WebSocket"
        tab.ask("(() => { document.querySelector('#words').value = ' I failed. '; })()")
        tab.click("#write button")
        until(tab, lambda: server.calls[0].wrote == ["I failed."])
        assert tab.ask("document.querySelector('#words').value") == ""
        tab.wait("document.querySelector('#captions').textContent.includes('That sounds heavy.')")
        assert tab.text("#captions .you .words") == "I failed."
        assert loudest(server.calls[0], 10_000) == 0.0
        assert tab.problems == []


def test_what_is_written_in_a_spoken_call_is_answered(tmp_path: Path) -> None:
    with visit(tmp_path, way="webrtc") as (tab, server):
        tab.click("#start")
        tab.wait(CALLING)
        tab.click("#mute")
        tab.ask("(() => { document.querySelector('#words').value = 'Hello?'; })()")
        tab.click("#write button")
        until(tab, lambda: server.calls[0].wrote == ["Hello?"])
        tab.wait("document.querySelector('#captions').textContent.includes('Hello?')")


@pytest.mark.parametrize("way", ["webrtc", "websocket"])
def test_what_the_person_chose_goes_with_the_call(tmp_path: Path, way: str) -> None:
    plain = Settings()
    kept = replace(plain, store=replace(plain.store, url=str(tmp_path / "calls.db")))
    with visit(tmp_path, way=way, settings=kept) as (tab, server):
        tab.wait("!document.querySelector('#memory-row').hidden")
        tab.click("#tone")
        tab.click("#memory")
        tab.click("#pace label:first-child input")
        tab.click("#start")
        until(tab, lambda: bool(server.calls))
        settings = server.calls[0].settings
        assert settings.read_tone is True
        assert settings.speed == 0.85
        assert len(settings.caller) == 32
        assert tab.ask("localStorage.getItem('warmline-caller')") == settings.caller
        tab.wait(CALLING)
        tab.click("#end")
        tab.wait("document.body.dataset.state === 'after'")
        tab.click("#memory")
        tab.click("#again")
        until(tab, lambda: len(server.calls) == 2)
        assert server.calls[1].settings.caller == ""
        assert tab.ask("localStorage.getItem('warmline-caller')") is None


def test_keys_mute_hide_captions_and_ask_before_the_end(tmp_path: Path) -> None:
    with visit(tmp_path, way="websocket") as (tab, _):
        tab.click("#start")
        tab.wait(CALLING)
        pressed = "document.querySelector('#{}').getAttribute('aria-pressed')"
        tab.key("m", 77, "m")
        assert tab.ask(pressed.format("mute")) == "true"
        tab.key("c", 67, "c")
        assert tab.ask(pressed.format("show-captions")) == "false"
        assert tab.ask("getComputedStyle(document.querySelector('#captions')).display") == "none"
        tab.ask("document.querySelector('#words').focus()")
        tab.key("m", 77, "m")
        assert tab.ask("document.querySelector('#words').value") == "m"
        assert tab.ask(pressed.format("mute")) == "true", "a letter that is written is no command"
        tab.key("Escape", 27)
        tab.wait("document.querySelector('#sure').open")
        assert tab.ask("document.activeElement.id") == "stay"
        tab.key("Enter", 13, "\r")
        tab.wait("!document.querySelector('#sure').open")
        assert tab.ask(CALLING)
        tab.key("Escape", 27)
        tab.click("#leave")
        tab.wait("document.body.dataset.state === 'after'")


def test_captions_are_read_to_a_screen_reader_when_asked_for_or_when_nothing_sounds(tmp_path: Path) -> None:
    with visit(tmp_path, way="websocket") as (tab, _):
        tab.click("#write-instead")
        tab.wait(CALLING)
        tab.wait(SPEAKING)
        write = """(() => {
          document.querySelector('#words').value = 'I failed.';
          document.querySelector('#write button').click();
        })()"""
        tab.ask(write)
        tab.wait("document.querySelector('#captions').textContent.includes('That sounds heavy.')")
        assert tab.text("#said") == ""
        tab.click("#announce")
        tab.ask(write)
        tab.wait("document.querySelector('#said').textContent === 'Warmline: That sounds heavy. What hurts most?'")


def test_the_microphone_is_tried_before_the_call(tmp_path: Path) -> None:
    with visit(tmp_path) as (tab, server):
        tab.click("#check summary")
        tab.click("#try")
        tab.wait("document.querySelector('#heard').textContent === 'You can be heard.'")
        assert tab.ask("document.querySelectorAll('#device option').length") >= 2
        tab.click("#chime")
        tab.click("#try")
        assert tab.text("#heard") == ""
        assert server.calls == []
        assert tab.problems == []


def test_what_was_said_can_be_saved(tmp_path: Path) -> None:
    with visit(tmp_path, way="websocket") as (tab, _):
        tab.send("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
        tab.click("#start")
        tab.wait(ANSWERED)
        tab.click("#end")
        tab.click("#save")
        saved = tmp_path / "warmline-call.txt"
        until(tab, saved.exists)
        assert "You: I failed my exam.\nWarmline: That sounds heavy." in saved.read_text(encoding="utf-8")
