"""A call over WebRTC on the loopback: an aiortc client offers, hears our voice as Opus, and reads our events."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from fractions import Fraction
from typing import Any

import httpx
import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av.audio.frame import AudioFrame

RATE = 48_000


class Microphone(MediaStreamTrack):
    """20 ms of a tone or of silence every 20 ms."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.loud = False
        self._at = 0

    async def recv(self) -> AudioFrame:
        await asyncio.sleep(0.02)
        wave = np.sin(2 * np.pi * 300.0 * np.arange(self._at, self._at + 960) / RATE) * (16_000 if self.loud else 0)
        frame = AudioFrame.from_ndarray(wave.astype(np.int16).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), self._at
        self._at += 960
        return frame


class Browser:
    """What a page with the official client does: one track, one data channel, one request."""

    def __init__(self) -> None:
        self.peer = RTCPeerConnection()
        self.microphone = Microphone()
        self.events: list[dict[str, Any]] = []
        self.heard: list[np.ndarray] = []
        self.location = ""
        self._came = asyncio.Event()
        self.channel = self.peer.createDataChannel("oai-events")
        self.channel.on("message", self._told)
        self.peer.addTrack(self.microphone)
        self._listening: list[asyncio.Task[None]] = []
        self.peer.on("track", lambda track: self._listening.append(asyncio.create_task(self._listen(track))))

    def _told(self, message: str) -> None:
        self.events.append(json.loads(message))
        self._came.set()

    async def _listen(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):
            while True:
                frame: Any = await track.recv()
                self.heard.append(frame.to_ndarray().astype(np.float32) / 32_768.0)

    async def call(self, address: str, session: dict[str, Any] | None = None) -> httpx.Response:
        await self.peer.setLocalDescription(await self.peer.createOffer())
        url, sdp = f"http://{address}/v1/realtime/calls", self.peer.localDescription.sdp
        async with httpx.AsyncClient() as client:
            if session is None:
                answer = await client.post(url, content=sdp, headers={"content-type": "application/sdp"})
            else:
                form = {"sdp": (None, sdp), "session": (None, json.dumps(session))}
                answer = await client.post(url, files=form)
        if answer.status_code == 201:
            self.location = answer.headers["location"]
            await self.peer.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        return answer

    def send(self, **event: Any) -> None:
        self.channel.send(json.dumps(event))

    async def until(self, kind: str) -> dict[str, Any]:
        """The first event of ``kind`` from now on or before."""
        async with asyncio.timeout(20):
            while True:
                for event in self.events:
                    if event["type"] == kind:
                        return event
                await self.another()

    async def another(self) -> None:
        """Wait for one more event."""
        async with asyncio.timeout(20):
            self._came.clear()
            await self._came.wait()

    @property
    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def told(self) -> list[str]:
        """Which of our own page's events have come."""
        return [event["event"]["type"] for event in self.events if event["type"] == "x_warmline.event"]

    async def close(self) -> None:
        await self.peer.close()
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)


@asynccontextmanager
async def browser() -> AsyncGenerator[Browser, None]:
    one = Browser()
    try:
        yield one
    finally:
        await one.close()


async def test_a_whole_call_is_heard_and_told(address: str) -> None:
    async with browser() as page:
        answer = await page.call(address, {"type": "realtime", "x_warmline": {"read_tone": True}})
        assert answer.status_code == 201
        created = await page.until("session.created")
        assert created["session"]["object"] == "realtime.session"
        assert (await page.until("session.updated"))["session"]["x_warmline"]["read_tone"]
        page.microphone.loud = True
        await page.until("input_audio_buffer.speech_started")
        page.microphone.loud = False
        completed = await page.until("conversation.item.input_audio_transcription.completed")
        assert completed["transcript"] == "I failed my exam."
        await page.until("output_audio_buffer.started")
        done = await page.until("response.done")
        assert done["response"]["status"] in ("completed", "cancelled")
        await page.until("output_audio_buffer.stopped")
        assert max(float(np.abs(piece).max()) for piece in page.heard) > 0.15
        assert not [event for event in page.events if event["type"] == "response.output_audio.delta"]


async def test_who_asks_for_it_is_told_everything_as_our_own_page_is(address: str) -> None:
    async with browser() as page:
        await page.call(address, {"type": "realtime", "x_warmline": {"events": True}})
        await page.until("session.updated")
        page.microphone.loud = True
        await page.until("input_audio_buffer.speech_started")
        page.microphone.loud = False
        await page.until("output_audio_buffer.stopped")
        await page.until("response.done")
        while "reply_ended" not in (told := page.told):  # it comes behind the protocol's own event
            await page.another()
        assert told[:5] == ["turn_began", "partial", "draft_started", "planned", "reply_released"]
        assert {"reply_text", "reply_began"} <= set(told)


async def test_written_words_and_hanging_up_by_http(address: str) -> None:
    async with browser() as page:
        await page.call(address)
        await page.until("session.created")
        content = [{"type": "input_text", "text": "I failed."}]
        page.send(type="conversation.item.create", item={"type": "message", "role": "user", "content": content})
        await asyncio.sleep(1.2)  # without a session in the offer the call begins a second after it is connected
        page.send(type="response.create")
        await page.until("response.output_audio_transcript.delta")
        async with httpx.AsyncClient(base_url=f"http://{address}") as client:
            assert (await client.post(f"{page.location}/hangup")).status_code == 200
            async with asyncio.timeout(10):
                while page.peer.connectionState not in ("closed", "failed", "disconnected"):
                    if page.channel.readyState == "closed":
                        break
                    await asyncio.sleep(0.05)
            for _ in range(100):
                if (await client.get("/readyz")).json()["calls"] == 0:
                    break
                await asyncio.sleep(0.05)
            assert (await client.get("/readyz")).json()["calls"] == 0
            assert (await client.delete(page.location)).status_code == 404


async def test_who_writes_on_at_once_is_told_of_each_voice(address: str) -> None:
    async with browser() as page:
        await page.call(address, {"type": "realtime"})
        await page.until("session.updated")

        def write() -> None:
            content = [{"type": "input_text", "text": "I failed."}]
            page.send(type="conversation.item.create", item={"type": "message", "role": "user", "content": content})
            page.send(type="response.create")

        page.channel.on("message", lambda told: write() if json.loads(told)["type"] == "response.done" else None)
        write()
        while page.kinds.count("output_audio_buffer.stopped") < 2:
            await page.another()
        sounding = [event for event in page.events if event["type"].startswith("output_audio_buffer.")]
        kinds = [event["type"].rpartition(".")[2] for event in sounding]
        assert kinds[:4] == ["started", "stopped", "started", "stopped"]
        first, second = ({event["response_id"] for event in pair} for pair in (sounding[:2], sounding[2:4]))
        assert len(first) == len(second) == 1
        assert first != second


async def test_audio_by_the_channel_is_refused_and_named(address: str) -> None:
    async with browser() as page:
        await page.call(address, {"type": "realtime"})
        await page.until("session.created")
        page.send(type="input_audio_buffer.append", audio="AAAA", event_id="mine")
        error = (await page.until("error"))["error"]
        assert (error["code"], error["event_id"]) == ("unsupported_event", "mine")


async def test_a_page_of_another_site_cannot_offer(address: str) -> None:
    async with httpx.AsyncClient() as client:
        headers = {"origin": "https://elsewhere.example", "content-type": "application/sdp"}
        answer = await client.post(f"http://{address}/v1/realtime/calls", content="v=0", headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "offer", ["", "v=0", "hello", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n", os.urandom(64)]
)
async def test_what_is_no_offer_is_refused(address: str, offer: str | bytes) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"http://{address}/v1/realtime/calls", content=offer)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "sdp"


async def test_a_session_that_is_wrong_is_told_over_the_channel(address: str) -> None:
    async with browser() as page:
        answer = await page.call(address, {"type": "realtime", "output_modalities": ["text"]})
        assert answer.status_code == 201
        assert (await page.until("error"))["error"]["code"] == "unsupported_modality"
