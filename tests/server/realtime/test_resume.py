"""A Realtime call that is taken up again, over the WebSocket and over WebRTC, on real sockets."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import httpx
import numpy as np
import websockets

from tests.server.realtime.test_webrtc import browser

LOUD = (0.5 * np.sin(2 * np.pi * 200.0 * np.arange(480) / 24_000) * 32_767).astype("<i2").tobytes()


def update(token: str = "") -> str:
    session: dict[str, Any] = {"type": "realtime"}
    return json.dumps(
        {"type": "session.update", "session": session | ({"x_session": {"resume": token}} if token else {})}
    )


async def until(socket: websockets.ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(15.0):
        while True:
            event: dict[str, Any] = json.loads(await socket.recv())
            if event["type"] == kind:
                return event


async def speak(socket: websockets.ClientConnection, frames: int, sound: bytes = LOUD) -> None:
    for _ in range(frames):
        await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": base64.b64encode(sound).decode()}))
        await asyncio.sleep(0.02)


async def test_a_websocket_that_broke_is_taken_up_with_what_was_said(address: str) -> None:
    url = f"ws://{address}/v1/realtime"
    async with websockets.connect(url) as first:
        await first.send(update())
        told = await until(first, "x_session")
        assert told["resumed"] is False
        await speak(first, 30)
        await until(first, "response.done")
        first.transport.abort()
    async with websockets.connect(url) as second:
        await second.send(update("no such token"))
        assert (await until(second, "error"))["error"]["code"] == "resume_unknown"
        await second.send(update(told["resume"]["token"]))
        again = await until(second, "x_session")
        assert again["resumed"] is True
        assert again["transcript"][0] == {"turn": 1, "who": "person", "text": "I failed my exam."}
        assert again["resume"]["token"] != told["resume"]["token"]
        await speak(second, 60, bytes(960))
        await speak(second, 30)
        await until(second, "conversation.item.input_audio_transcription.completed")
        await second.close(1000)


async def test_a_webrtc_call_goes_on_over_a_newer_connection_and_the_old_one_is_told(address: str) -> None:
    async with browser() as first, browser() as lost, browser() as second:
        await first.call(address, {"type": "realtime"})
        told = await first.until("x_session")
        first.microphone.loud = True
        await first.until("response.created")
        first.microphone.loud = False
        await first.until("response.done")
        refused = await lost.call(address, {"type": "realtime", "x_session": {"resume": "no such token"}})
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "resume_unknown")
        answer = await second.call(address, {"type": "realtime", "x_session": {"resume": told["resume"]["token"]}})
        assert answer.status_code == 201
        again = await second.until("x_session")
        assert again["resumed"] is True
        assert {entry["who"] for entry in again["transcript"]} == {"person", "warmline"}
        assert (await first.until("error"))["error"]["code"] == "replaced"
        second.microphone.loud = True
        await second.until("input_audio_buffer.speech_started")


async def test_a_peer_that_closes_on_purpose_hangs_up_and_leaves_nothing_to_take_up(address: str) -> None:
    await falls_to_none(address)  # the calls of the tests before, whose peers closed, too
    async with browser() as page:
        await page.call(address, {"type": "realtime"})
        await page.until("x_session")
        assert await calls(address) == 1
    await falls_to_none(address)


async def falls_to_none(address: str) -> None:
    for _ in range(150):
        if not await calls(address):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("a place was kept")


async def calls(address: str) -> int:
    async with httpx.AsyncClient() as client:
        return int((await client.get(f"http://{address}/readyz")).json()["calls"])
