"""What a server does not take: too many calls of one kind, messages without end, requests that never end, a loop that
runs late; and how it stops."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from virtual_time import virtual_time
from websockets.sync.client import connect

from tests.server.test_resume import House, lost, speak
from tests.server.test_serve import closed, ready, running
from warmline.server import draining
from warmline.server.hosting import Admission, Origin
from warmline.server.transport.connection import MESSAGES_A_SECOND, MOST_AT_ONCE, Bucket
from warmline.server.transport.ending import Ending


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([None, 0, 1]), st.booleans()), max_size=60))
def test_no_address_and_no_token_has_more_than_its_share_and_all_places_come_back(
    events: list[tuple[str, int | None, bool]],
) -> None:
    admission = Admission(5, per_token=2, per_address=3)
    held: list[Origin] = []
    for address, token, leaves in events:
        if leaves and held:
            admission.give_back(held.pop())
        elif admission.take(Origin(address, token)):
            held.append(Origin(address, token))
        assert admission.calls == len(held) <= 5
        assert all(sum(one.address == name for one in held) <= 3 for name in "ab")
        assert all(sum(one.token == number for one in held) <= 2 for number in (0, 1))
    for one in held:
        admission.give_back(one)
    assert admission == Admission(5, per_token=2, per_address=3)


def test_a_burst_after_a_stall_passes_and_a_flood_does_not() -> None:
    bucket = Bucket()
    assert all(bucket.take(0.0) for _ in range(MOST_AT_ONCE))
    assert not bucket.take(0.0)
    steady = Bucket()
    assert all(steady.take(step * 0.02) for step in range(10_000))
    flood = Bucket()
    assert not all(flood.take(step / (2 * MESSAGES_A_SECOND)) for step in range(3 * MOST_AT_ONCE))


@virtual_time
async def test_a_client_that_floods_is_hung_up_on() -> None:
    house = House()
    async with house.hosting.seats.open():
        first = await house.start()
        for _ in range(MOST_AT_ONCE + 10):
            first.audio(b"")
        await asyncio.sleep(0.1)
        assert first.closed == (1008, "too_many_messages")
        assert house.calls == 0


@virtual_time
async def test_a_loop_that_runs_late_takes_no_new_call_and_keeps_the_old_ones() -> None:
    house = House(calls=2)
    house.hosting.most_lag_s = 0.5
    async with house.hosting.seats.open():
        first = await house.start()
        house.hosting.metrics.lag_s = 0.6
        assert not house.hosting.takes_calls
        assert (await house.start()).messages[-1]["reason"] == "busy"
        await speak(first, 0.2)
        house.hosting.metrics.lag_s = 0.1
        assert (await house.start()).types == ["ready"]


@virtual_time
async def test_draining_waits_for_calls_then_tells_them_and_ends_them() -> None:
    house = House(calls=3)
    began_s = house.hosting.clock.now_s()
    async with house.hosting.seats.open():
        first, second = await house.start(), await house.start()
        await speak(first, 0.1)
        await speak(second, 0.1)
        drain = asyncio.create_task(draining.drained(house.hosting, 30.0))
        await asyncio.sleep(0.1)
        assert (await house.start()).messages[-1]["reason"] == "busy"
        first.text({"type": "end"})
        for _ in range(60):
            await speak(second, 1.0, 0.0)
            if drain.done():
                break
        assert house.talks[1].told == ["stopping"]
        assert second.closed == (1012, "stopping")
        assert second.voice, "it was said aloud"
        assert 30.0 + draining.TELL_S <= house.hosting.clock.now_s() - began_s <= 47.0


@virtual_time
async def test_draining_waits_for_nobody_who_is_away() -> None:
    house = House()
    async with house.hosting.seats.open():
        first = await house.start()
        await speak(first, 0.1)
        await lost(first)
        await asyncio.wait_for(draining.drained(house.hosting, 30.0), 1.0)
    assert house.calls == 0


def test_sigterm_takes_no_new_calls_and_ends_when_the_last_call_has() -> None:
    with running() as (process, url), connect(f"ws{url.removeprefix('http')}/v1/call") as call:
        ready(call)
        process.send_signal(signal.SIGTERM)
        for _ in range(100):
            answer = httpx.get(f"{url}/readyz", timeout=30)
            if answer.status_code == 503:
                break
            time.sleep(0.05)
        assert answer.json() == {"ready": False, "calls": 1, "max_calls": 2, "draining": True}
        with connect(f"ws{url.removeprefix('http')}/v1/call") as late:
            late.send(json.dumps({"type": "start", "rate": 16_000}))
            assert json.loads(late.recv(30))["reason"] == "busy"
        call.send(json.dumps({"type": "end"}))
        assert closed(call) == 1000
        assert process.wait(30) in (0, -signal.SIGTERM, 143)


def test_a_second_signal_ends_at_once() -> None:
    with running() as (process, url), connect(f"ws{url.removeprefix('http')}/v1/call") as call:
        ready(call)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert closed(call) == Ending.STOPPING.code
        process.wait(30)


def test_a_message_of_100_mb_is_refused_by_its_head_alone() -> None:
    with running() as (_, url), connect(f"ws{url.removeprefix('http')}/v1/call") as call:
        ready(call)
        call.socket.sendall(b"\x82\xff" + (100 << 20).to_bytes(8, "big") + b"\0\0\0\0")  # and nothing of its body
        assert closed(call) == 1009


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nhost: x\r\n",
        b"POST /v1/realtime/calls HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nv",
    ],
)
def test_who_never_ends_a_request_is_hung_up_on(sent: bytes) -> None:
    impatient = "from warmline.server import impatience as i; i.HEAD_WITHIN_S, i.BODY_WITHIN_S = 0.5, 1.0"
    with running(impatient) as (_, url):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as loris:
            loris.sendall(sent)
            began_s = time.monotonic()
            assert loris.recv(100) == b""
            assert time.monotonic() - began_s < 10.0
