"""A call whose network is cut under it, in a real browser: the page says so, takes the call up again and goes on."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from cut_network import Network, network
from page_visit import ANSWERED, CALLING, Server, loudest, needs_chromium, picture, until, visit

from warmline.server.bench.chromium import Tab

pytestmark = needs_chromium

LOST = "document.body.dataset.line === 'lost'"
BACK = "document.body.dataset.line !== 'lost'"
LINES = """(() => {
  window.lines = [];
  const note = () => lines.push(document.body.dataset.line);
  new MutationObserver(note).observe(document.body, { attributeFilter: ['data-line'] });
})()"""
"""From now on ``lines`` has each state that the line was in."""


def test_a_call_goes_on_where_its_network_was_cut(tmp_path: Path) -> None:
    with visit(tmp_path, way="websocket") as (tab, server), network(port_of(tab)) as line:
        tab.open(f"http://127.0.0.1:{line.port}/?way=websocket")
        tab.look(390, 844)
        tab.click("#start")
        tab.wait(ANSWERED)
        call = server.calls[0]
        line.cut()
        tab.wait(LOST)
        tab.wait("/Reconnecting, for another [45]\\d s/.test(document.querySelector('#status').textContent)")
        assert "connection was lost" in tab.text("#said")
        picture(tab, "reconnecting")
        until(tab, lambda: line.refused >= 2)
        assert tab.ask(CALLING)
        heard = len(call.chunks)
        line.mend()
        tab.wait(BACK)
        until(tab, lambda: len(call.chunks) > heard + 100 and loudest(call, 50) > 0.05)
        assert len(server.calls) == 1, "the same call"
        assert tab.text("#captions").count("Hello, this is Warmline") == 1, "the transcript is the server's, not twice"
        assert "I failed my exam." in tab.text("#captions")
        tab.ask("(() => { document.querySelector('#words').value = 'Are you there?'; })()")
        tab.click("#write button")
        until(tab, lambda: call.wrote == ["Are you there?"])
        again(tab, line, server)


def again(tab: Tab, line: Network, server: Server) -> None:
    """A second time: the token has changed meanwhile."""
    line.cut()
    tab.wait(LOST)
    line.mend()
    tab.wait(BACK)
    heard = len(server.calls[0].chunks)
    until(tab, lambda: len(server.calls[0].chunks) > heard + 50)
    tab.click("#end")
    until(tab, lambda: server.calls[0].ended)


def test_a_browser_that_is_offline_is_not_waited_for(tmp_path: Path) -> None:
    with visit(tmp_path, way="websocket") as (tab, server):
        tab.click("#start")
        tab.wait(ANSWERED)
        tab.ask(LINES)  # by the loopback it is back so soon that whoever looks now and then may not see it lost
        tab.ask("window.dispatchEvent(new Event('offline'))")
        tab.wait("lines.includes('lost')")
        tab.wait(BACK)
        heard = len(server.calls[0].chunks)
        until(tab, lambda: len(server.calls[0].chunks) > heard + 50)
        assert len(server.calls) == 1
        assert tab.problems == []


def test_a_server_that_stops_ends_the_call_and_says_so(tmp_path: Path) -> None:
    with visit(tmp_path, way="websocket") as (tab, server):
        tab.click("#start")
        tab.wait(ANSWERED)
        server.leave()
        tab.wait("document.body.dataset.state === 'after'")
        assert "restarting" in tab.text("#farewell")


def port_of(tab: Tab) -> int:
    port = urlsplit(tab.ask("location.href")).port
    assert port is not None
    return port


PEERS = """
  const Peer = window.RTCPeerConnection;
  window.peers = [];
  window.RTCPeerConnection = class extends Peer {
    constructor(...given) { super(...given); window.peers.push(this); }
    get connectionState() { return this.fallen ?? super.connectionState; }
    fall(state) { this.fallen = state; this.dispatchEvent(new Event('connectionstatechange')); }
  };
"""
"""UDP over the loopback cannot be cut from here: a peer connection that says it has failed stands for one that has."""


def test_a_call_by_webrtc_is_taken_up_by_a_new_connection(tmp_path: Path) -> None:
    with visit(tmp_path, way="webrtc", before=PEERS) as (tab, server):
        tab.click("#start")
        tab.wait(ANSWERED)
        call = server.calls[0]
        tab.ask("peers[0].fall('disconnected')")
        tab.wait(LOST)
        tab.ask("peers[0].fall('connected')")
        tab.wait(BACK)
        assert tab.ask("peers.length") == 1, "one that comes back by itself needs nothing"
        for number in (1, 2):
            tab.ask("peers.at(-1).fall('failed')")
            tab.wait(f"peers.length === {number + 1}")
            tab.wait(BACK)
            heard = len(call.chunks)
            until(tab, lambda heard=heard: len(call.chunks) > heard + 100 and loudest(call, 50) > 0.05)
        assert len(server.calls) == 1, "the same call"
        assert tab.text("#captions").count("Hello, this is Warmline") == 1
        tab.click("#end")
        until(tab, lambda: call.ended)
