"""A small run of the fuzzer over every wire, what it found before, and that it finds what is wrong."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from random import Random

import pytest
from fake_call import Built
from starlette.testclient import TestClient

from warmline.server import cli
from warmline.server.app import create_app
from warmline.server.bench.fuzz import Session, Watch, fuzz
from warmline.server.bench.fuzz_frames import frame
from warmline.server.bench.fuzz_grammar import TWILIO
from warmline.server.bench.fuzz_lines import SESSIONS
from warmline.server.settings import Settings
from warmline.server.transport import wire
from warmline.server.transport.realtime import messages
from warmline.server.transport.realtime.session import Session as RealtimeSession
from warmline.server.transport.realtime.session import updated

FRAMES = 1_500


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", list(SESSIONS))
def test_no_wire_crashes_or_hangs(name: str) -> None:
    done = fuzz(name, SESSIONS[name], FRAMES, 11, limit_s=5.0)
    assert done.findings == ()
    assert done.frames >= FRAMES
    assert set(done.endings) & {"vanished", "hung_up"}, "some calls run to their end"


@pytest.mark.parametrize("name", ["sdp", "http"])
def test_no_offer_and_no_request_crashes(name: str) -> None:
    pytest.importorskip("aiortc")
    from warmline.server.bench.fuzz_http import HTTP_SESSIONS

    assert fuzz(name, HTTP_SESSIONS[name], 600, 11, limit_s=5.0).findings == ()


def test_a_seed_is_a_run() -> None:
    runs = [fuzz("call", SESSIONS["call"], 200, seed, 5.0) for seed in (3, 3, 4)]
    assert runs[0].endings == runs[1].endings
    assert runs[0].frames == runs[1].frames
    assert (runs[2].endings, runs[2].frames) != (runs[0].endings, runs[0].frames)


def test_frames_are_mostly_valid_and_sometimes_not() -> None:
    made = [frame(Random(place), TWILIO, 0.3) for place in range(400)]

    def reads(one: str | bytes) -> bool:
        try:
            return isinstance(one, str) and "event" in json.loads(one)
        except (ValueError, TypeError, RecursionError):
            return False

    assert 0.5 < sum(map(reads, made)) / len(made) < 0.95


async def _raises(random: Random, watch: Watch) -> str:
    watch.take("the frame")
    raise KeyError("x")


async def _spins(random: Random, watch: Watch) -> str:
    watch.take("the frame")
    while True:
        pass


async def _waits(random: Random, watch: Watch) -> str:
    watch.take("the frame")
    watch.done()
    await asyncio.sleep(1e6)
    return "done"


async def _fails(random: Random, watch: Watch) -> str:
    watch.take("the frame")
    return "failed"


@pytest.mark.parametrize(
    ("session", "kind", "error"),
    [
        (_raises, "crash", "KeyError"),
        (_spins, "hang", "Hung"),
        (_waits, "hang", "did not end"),
        (_fails, "crash", "our side failed"),
    ],
)
def test_what_is_wrong_is_found(session: Session, kind: str, error: str) -> None:
    done = fuzz("x", session, 1, 0, limit_s=0.05)
    (found,) = done.findings
    assert (found.kind, found.session, found.frame) == (kind, 0, "'the frame'")
    assert error in found.error
    assert (done.crashes, done.hangs) == ((1, 0) if kind == "crash" else (0, 1))


def test_halves_of_letters_become_texts_that_can_be_stored_and_sent() -> None:
    half = '"\\ud800x"'
    write = wire.parse('{"type": "write", "text": ' + half + "}")
    assert write == wire.Write("?x")
    start = wire.parse('{"type": "start", "rate": 16000, "names": [' + half + "]}")
    assert isinstance(start, wire.Start)
    assert start.names == ("?x",)
    item = '{"type": "message", "role": "user", "content": [{"type": "input_text", "text": ' + half + "}]}"
    received = messages.parse('{"type": "conversation.item.create", "item": ' + item + "}")
    assert received.event == messages.Write("?x", "")
    assert wire.dump({"type": "error", "event_id": "\ud800"}).encode() == b'{"type":"error","event_id":"?"}'


def test_a_session_that_is_nested_without_end_or_too_long_is_refused() -> None:
    deep: object = 0
    for _ in range(500):
        deep = [deep]
    with pytest.raises(messages.BadEvent, match="nested"):
        updated(RealtimeSession("s"), {"tools": deep}, begun=False)
    with pytest.raises(messages.BadEvent, match="100000"):
        messages.parse(json.dumps({"type": "session.update", "session": {"instructions": "x" * 100_000}}))


def test_bodies_without_an_end_are_not_read() -> None:
    with TestClient(create_app(Built(), Settings())) as client:
        pieces = (b"x" * 65_536 for _ in range(100))
        assert client.post("/v1/realtime/client_secrets", content=pieces).status_code == 400
        strange = {"model": "\ud800", "tools": [float("inf")]}
        body = json.dumps({"session": strange})
        assert client.post("/v1/realtime/client_secrets", content=body).status_code == 200


def test_the_command_prints_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "fuzz", "--frames", "300", "--parser", "asterisk", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["parsers"]["asterisk"]["crashes"] == told["crashes"] == told["hangs"] == 0
    assert told["n"] == told["frames"] >= 300
    assert {"version", "hardware", "seed"} <= set(told)


@pytest.mark.parametrize("words", [["--frames", "0"], ["--limit-ms", "1"], ["--session", "-1"]])
def test_wrong_usage_says_what_is_right(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "fuzz", *words]) == 2
    assert "from" in capsys.readouterr().err
