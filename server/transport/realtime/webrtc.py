"""A Realtime call that WebRTC carries: audio as Opus tracks both ways, events over the data channel ``oai-events``.

The client's offer comes by HTTP (:mod:`~warmline.server.transport.realtime.offers`). No server of a third party is
asked for anything: a client on another network needs a reachable address of ours, or a TURN server of the operator's.
Needs the extra ``webrtc`` (aiortc).
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from typing import Any, Final

import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError
from av.audio.frame import AudioFrame

from warmline.server import events as e
from warmline.server.auth import NO_VOUCHER, Vouched
from warmline.server.settings import CallSettings
from warmline.server.transport import wire
from warmline.server.transport.connection import MOST_ERRORS, UNWIND_S
from warmline.server.transport.conversing import talk
from warmline.server.transport.ear import Ear
from warmline.server.transport.ending import Ending
from warmline.server.transport.pacer import FRAME, FRAME_S
from warmline.server.transport.realtime import messages as m
from warmline.server.transport.realtime.call import RealtimeCall, error
from warmline.server.transport.realtime.sounding import Sounding
from warmline.server.transport.seat import SILENT_S, Seat, Sitting
from warmline.server.transport.wire import Claim, nothing_waits
from warmline.speech.audio.pcm import to_pcm16
from warmline.speech.audio.resample import Resampler
from warmline.speech.runtime.clock import Clock
from warmline.speech.types import SAMPLE_RATE, Samples
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

CHANNEL: Final = "oai-events"
CONNECT_WITHIN_S: Final = 20.0
SESSION_WITHIN_S: Final = 1.0
"""So long a client that sent no session with its offer may set one before the call begins."""

BEHIND: Final = 0.08
"""Seconds that a browser's jitter buffer holds our voice back, about: what was pulled so long ago is sounding now."""

SETTLES_S: Final = 0.1

AUDIO_WITHIN_S: Final = 20.0
"""A client from which nothing has come for so long has lost its network: that shows in WebRTC after half a minute only.
"""

MOST_UNSENT: Final = 1 << 20
"""Bytes that may wait in the data channel; a client that reads nothing is hung up on."""


UNANSWERABLE: Final = (
    ValueError, LookupError, AttributeError, AssertionError, TypeError, RuntimeError, InvalidAccessError,
    InvalidStateError, OperationError,
)  # fmt: skip
"""What the library raises for an offer that is none; it has no error of its own for that."""


async def close_peer(peer: RTCPeerConnection) -> None:
    """Close it; one that a bad offer left half made fails at that in the library, and there is nothing more to free."""
    with suppress(*UNANSWERABLE):
        await peer.close()


class _Voice(MediaStreamTrack):
    """Our voice as a track: 20 ms of the playout every 20 ms."""

    kind = "audio"

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.playout: Playout | None = None
        self._clock = clock
        self._due_s: float | None = None
        self._at = 0

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        self._due_s = self._clock.now_s() if self._due_s is None else self._due_s + FRAME_S
        if self._clock.now_s() - self._due_s > 5 * FRAME_S:  # after a stall nothing is rushed out
            self._due_s = self._clock.now_s()
        await self._clock.sleep_until(self._due_s)
        samples = np.zeros(FRAME, np.float32) if self.playout is None else self.playout.pull(FRAME)
        frame = AudioFrame.from_ndarray(to_pcm16(samples).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = VOICE_RATE, Fraction(1, VOICE_RATE), self._at
        self._at += FRAME
        return frame


class WebRtcLine:
    """:meth:`answer` an offer, then hold the call as any other. ``ice``: TURN or STUN servers of the operator's."""

    def __init__(
        self,
        clock: Clock,
        model: str,
        voice: str,
        ice: tuple[str, ...] = (),
        claim: Claim = nothing_waits,
        within_s: float = 0.0,
        vouched: Vouched = NO_VOUCHER,
    ) -> None:
        servers = [RTCIceServer(urls=url) for url in ice]
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._clock = clock
        self._over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._connected = asyncio.Event()
        self._set = asyncio.Event()
        self._errors = 0
        self._closed = self._lost = False
        self._channel: RTCDataChannel | None = None
        self._early: deque[str] = deque(maxlen=200)
        self._voice = _Voice(clock)
        self._track: MediaStreamTrack | None = None
        self._sounding = Sounding()
        self._call = RealtimeCall(
            self._send, self._refused, model=model, voice=voice, claim=claim, within_s=within_s, vouched=vouched
        )
        self._peer.on("datachannel", self._opened)
        self._peer.on("track", self._tracked)
        self._peer.on("connectionstatechange", self._changed)
        self._peer.on("iceconnectionstatechange", self._path_changed)

    @property
    def claimed(self) -> Seat | None:
        return self._call.claimed

    @property
    def sitting(self) -> Sitting | None:
        return self._call.sitting

    async def answer(self, sdp: str, session: Mapping[str, object] | None) -> str:
        """The answer to an offer. Raises BadEvent for an offer that cannot be used."""
        if session is not None:
            update = json.dumps({"type": "session.update", "session": dict(session)})
            received = m.parse(update)
            self._set.set()
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            if self._track is None:
                raise m.BadEvent("invalid_offer", "the offer has no audio track", "sdp")
            self._peer.addTrack(self._voice)
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except m.BadEvent:
            await close_peer(self._peer)
            raise
        except UNANSWERABLE as bad:
            await close_peer(self._peer)
            raise m.BadEvent("invalid_offer", "this is no SDP offer that can be answered", "sdp") from bad
        self._call.greet()
        if session is not None:
            self._call.take(received)
            await self._call.resume()
        return str(self._peer.localDescription.sdp)

    async def started(self) -> Ending | None:
        """Once the client is connected, and has had the time to set its session. Or why there will be no call."""
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await self._connected.wait()
        except TimeoutError:
            return Ending.NO_START
        try:
            async with asyncio.timeout(SESSION_WITHIN_S):
                await self._set.wait()
        except TimeoutError:
            pass
        await self._call.resume()
        return self._over.result() if self._over.done() else None

    async def hold(self, seat: Seat, settings: CallSettings) -> Ending:
        """Hold the call until either side ends it, or the connection is lost."""
        call = self._call
        playout = Playout(latency=round(BEHIND * VOICE_RATE))
        call.ear = ear = Ear(SAMPLE_RATE, self._clock)

        def sit() -> Sitting:
            return call.sit(seat, settings, self._observe, playout)

        async with asyncio.TaskGroup() as group:
            talking = group.create_task(talk(sit, aiter(ear.channel), self._finish), name="talk")
            self._voice.playout = playout
            others = [
                group.create_task(self._hear(ear), name="hear"),
                group.create_task(ear.run(), name="ear"),
                group.create_task(self._watch(playout), name="watch"),
            ]
            ending = await self._over
            self._voice.playout = None
            await ear.channel.close()
            await asyncio.wait([talking], timeout=UNWIND_S)
            for task in (talking, *others):
                task.cancel()
        return ending

    async def close(self, ending: Ending, *, kept: bool = False) -> None:
        """Tell the client why, and close."""
        self._closed = True
        if ending not in (Ending.HUNG_UP, Ending.VANISHED):
            self._call.tell(error(m.BadEvent(ending.reason, ending.message)))
            await asyncio.sleep(0.1)  # the channel sends on its own task
        self._voice.stop()
        await self._peer.close()

    def stop(self) -> None:
        """The client hangs up by HTTP."""
        self._finish(Ending.HUNG_UP)

    # --- the peer connection's events ---------------------------------------------------------------------------------

    def _opened(self, channel: RTCDataChannel) -> None:
        if channel.label != CHANNEL or self._channel is not None:
            return
        self._channel = channel
        channel.on("message", self._message)
        channel.on("close", self._gone)
        while self._early:
            channel.send(self._early.popleft())

    def _tracked(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio" and self._track is None:
            self._track = track

    def _changed(self) -> None:
        match self._peer.connectionState:
            case "connected":
                self._connected.set()
            case "failed" | "closed":
                self._gone()
                self._connected.set()

    def _path_changed(self) -> None:
        self._lost = self._lost or self._peer.iceConnectionState == "failed"

    def _gone(self) -> None:
        """The client has closed, or its network is lost: a moment later it is known which, because a path that nobody
        answers on has failed, and one that was closed has not."""

        def judge() -> None:
            self._finish(Ending.VANISHED if self._lost else Ending.HUNG_UP)

        if not self._closed:
            asyncio.get_running_loop().call_later(SETTLES_S, judge)

    def _message(self, message: str | bytes) -> None:
        self._alive()
        received = self._call.received(message)
        if received is None:
            return
        if isinstance(received.event, m.Append):
            self._call.refuse(m.BadEvent("unsupported_event", "audio comes by the track", "type", received.event_id))
            return
        if self._call.take(received) and isinstance(received.event, m.SessionUpdate):
            self._set.set()

    # --- in and out ---------------------------------------------------------------------------------------------------

    async def _hear(self, ear: Ear) -> None:
        """The caller's track, as it comes; a track that ends is a hang-up."""
        assert self._track is not None
        resampler: Resampler | None = None
        try:
            while True:
                frame: Any = await self._track.recv()
                self._alive()
                if resampler is None or resampler.source_rate != frame.sample_rate:
                    resampler = Resampler(frame.sample_rate, SAMPLE_RATE)
                ear.append(resampler.push(_mono(frame)))
        except MediaStreamError:
            self._gone()

    def _alive(self) -> None:
        if self.sitting is not None:
            self.sitting.alive(self._clock.now_s())

    @property
    def _silent_s(self) -> float:
        """For how long nothing has come from the client."""
        return 0.0 if self.sitting is None else self._clock.now_s() - self.sitting.alive_s

    async def _watch(self, playout: Playout) -> None:
        """Tell when our voice begins and stops to sound, as the protocol has it for WebRTC."""
        while True:
            await asyncio.sleep(FRAME_S)
            self._voice.playout = playout if self._silent_s < SILENT_S else None  # nobody hears us
            if self._silent_s > AUDIO_WITHIN_S:
                self._finish(Ending.NO_AUDIO)
            self._call.tell(*self._sounding.look(playout.speaking, self._call.responding))

    def _observe(self, event: e.CallEvent) -> None:
        self._call.observe(event)
        if isinstance(event, e.Overlap) and event.action in ("cancel", "withdraw"):
            self._call.tell(*self._sounding.cut())

    def _send(self, event: Mapping[str, object]) -> None:
        text, channel = wire.dump(event), self._channel
        if channel is None:
            self._early.append(text)
        elif channel.readyState == "open":
            if channel.bufferedAmount > MOST_UNSENT:
                self._finish(Ending.SLOW)
                return
            channel.send(text)

    def _refused(self) -> None:
        self._errors += 1
        if self._errors >= MOST_ERRORS:
            self._finish(Ending.TOO_MANY_ERRORS)

    def _finish(self, ending: Ending) -> None:
        """The first reason counts."""
        if not self._over.done():
            self._over.set_result(ending)


def _mono(frame: AudioFrame) -> Samples:
    """A frame of Opus, packed 16 bits, as one channel."""
    packed = frame.to_ndarray().reshape(-1, len(frame.layout.channels)).astype(np.float32) / 32_768.0
    mono: Samples = packed.mean(axis=1, dtype=np.float32)
    return mono
