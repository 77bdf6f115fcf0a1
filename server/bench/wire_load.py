"""Many calls at once through a running server: callers of recordings on real sockets, each by the WebSocket of
``/v1/call``.

Made to take little of the machine that the server runs on, too: one thread, no framework, every 20 ms of the callers'
repertoire made ready to be sent once for all of them (masked with zeros, which the protocol allows). What the server
does with a frame does not depend on that. Delays are by the wall, as in :mod:`.load`. What happens inside of the server
is not known here but by what it tells.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from warmline.server.bench.people import STEP, STEP_S, Person, Repertoire, Tally
from warmline.server.report import percentile
from warmline.speech.audio.pcm import from_pcm16, to_pcm16
from warmline.speech.types import SAMPLE_RATE, Samples

PHASES: Final = 20
LIMIT_MS: Final = 1500.0
READ: Final = 1 << 16
OPEN_WITHIN_S: Final = 20.0

_SUMMED: Final = ("turns", "cut_off", "unanswered", "into")
_TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x1, 0x2, 0x8, 0x9, 0xA


@dataclass(slots=True)
class Wired:
    """What N callers met. ``told``: the server's messages by type; ``ended``: calls that it ended or lost, by reason;
    ``late_ms``: how late each frame of the callers was sent; ``stalled``: frames that found the socket full;
    ``stages_ms``: as the server tells them with each reply."""

    calls: int
    seconds_s: float = 0.0
    tallies: list[Tally] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    late_ms: list[float] = field(default_factory=list)
    stalled: int = 0
    stages_ms: dict[str, list[float]] = field(default_factory=dict)
    client_cpu_s: float = 0.0

    @property
    def held(self) -> bool:
        """As in :mod:`.load`: nobody was refused or lost, no trouble was told, and nineteen of twenty answers came in
        time."""
        lost = sum(self.ended.values()) + self.told["error"] + self.told["trouble"] + self.told["stream_fault"]
        return not lost and self.v2v(95) <= LIMIT_MS

    def v2v(self, percent: float) -> float:
        return percentile([ms for tally in self.tallies for ms in tally.v2v_ms], percent)

    def payload(self) -> dict[str, object]:
        sums = {
            key: sum(getattr(one, key) for one in self.tallies) for key in ("turns", "cut_off", "unanswered", "into")
        }
        silenced = [ms for tally in self.tallies for ms in tally.silenced_ms]
        return {
            "calls": self.calls,
            "held": self.held,
            "seconds": self.seconds_s,
            "v2v_ms": {f"p{percent}": self.v2v(percent) for percent in (50, 95, 99)},
            "answers": sum(len(tally.v2v_ms) for tally in self.tallies),
            **sums,
            "silenced_ms": {"p50": percentile(silenced, 50), "p95": percentile(silenced, 95)},
            "talk_share": sum(tally.spoken_s for tally in self.tallies) / max(1e-9, self.calls * self.seconds_s),
            "ended": dict(self.ended),
            "errors": self.told["error"],
            "troubles": self.told["trouble"],
            "stream_faults": self.told["stream_fault"],
            "stages_ms": {
                name: {"p50": percentile(values, 50), "p95": percentile(values, 95)}
                for name, values in sorted(self.stages_ms.items())
            },
            "stalled_frames": self.stalled,
            "client_late_ms": {f"p{percent}": percentile(self.late_ms, percent) for percent in (50, 95, 99, 100)},
            "client_cpu": self.client_cpu_s / max(1e-9, self.seconds_s),
        }


def framed(opcode: int, data: bytes) -> bytes:
    """One frame of a client: final, masked with zeros."""
    size = len(data)
    head = (
        struct.pack("!BB", 0x80 | opcode, 0x80 | size) if size < 126 else struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
    )
    return head + b"\0\0\0\0" + data


class Ready:
    """A repertoire as frames: :meth:`at` gives the one that begins at a sample of one of its recordings."""

    def __init__(self, things: Repertoire) -> None:
        audios = [one.audio for one in (*things.sayings, *things.interruptions)] + [things.noise]
        self._frames = {id(audio): _frames(audio) for audio in audios}
        self._audios = audios  # ids hold as long as what they name

    def at(self, audio: Samples, place: int) -> bytes:
        return self._frames[id(audio)][place // STEP]


def _frames(audio: Samples) -> list[bytes]:
    pieces = (audio[at : at + STEP] for at in range(0, len(audio) - STEP + 1, STEP))
    return [framed(_BINARY, to_pcm16(piece).tobytes()) for piece in pieces]


class Caller:
    """One call on a socket. Raises OSError where the server cannot be reached, ValueError where it answers otherwise
    than it should."""

    def __init__(self, address: tuple[str, int], person: Person, ready: Ready, wired: Wired) -> None:
        self.person = person
        self.over = False
        self._ready = ready
        self._wired = wired
        self._unread = bytearray()
        self._unsent = b""
        self._begun_s = 0.0
        self.socket = socket.create_connection(address, OPEN_WITHIN_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._shake_hands(address)

    def _shake_hands(self, address: tuple[str, int]) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /v1/call HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            piece = self.socket.recv(READ)
            if not piece:
                raise ValueError("the server hung up before the call began")
            answer += piece
        head, _, rest = answer.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise ValueError(f"the server takes no WebSocket: {head[:60]!r}")
        self._unread += rest
        self.socket.sendall(
            framed(_TEXT, json.dumps({"type": "start", "rate": SAMPLE_RATE, "read_tone": True}).encode())
        )
        self.socket.setblocking(False)

    def begin(self, now_s: float) -> None:
        self._begun_s = now_s

    def speak(self) -> None:
        """Send their next 20 ms."""
        frame = self._ready.at(*self.person.step())
        if self._unsent:
            self._wired.stalled += 1
        self._send(frame)

    def hang_up(self) -> None:
        if not self.over:
            self._send(framed(_CLOSE, struct.pack("!H", 1000)))
        self.socket.close()

    def hear(self) -> None:
        """Read what has come."""
        try:
            piece = self.socket.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._ended("vanished")
            return
        self._unread += piece
        self._take(time.monotonic() - self._begun_s)

    def _send(self, data: bytes) -> None:
        self._unsent += data
        try:
            sent = self.socket.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:
            self._ended("vanished")
            return
        self._unsent = self._unsent[sent:]

    def _take(self, at_s: float) -> None:
        unread, place = self._unread, 0
        while len(unread) - place >= 2:
            size, head = unread[place + 1] & 0x7F, 2
            if size == 126:
                size, head = int.from_bytes(unread[place + 2 : place + 4], "big"), 4
            elif size == 127:
                size, head = int.from_bytes(unread[place + 2 : place + 10], "big"), 10
            if len(unread) - place < head + size:
                break
            self._frame(unread[place] & 0x0F, bytes(unread[place + head : place + head + size]), at_s)
            place += head + size
        del unread[:place]

    def _frame(self, opcode: int, data: bytes, at_s: float) -> None:
        if opcode == _BINARY:
            self.person.hear(from_pcm16(np.frombuffer(data, "<i2")), at_s)
        elif opcode == _TEXT:
            message = json.loads(data)
            self._wired.told[message["type"]] += 1
            if message["type"] == "reply_ended":
                for stage, ms in message["stages_ms"].items():
                    self._wired.stages_ms.setdefault(stage, []).append(ms)
            if message["type"] == "ended":
                self._ended(message["reason"])
        elif opcode == _PING:
            self._send(framed(_PONG, data))
        elif opcode == _CLOSE:
            self._ended("closed")

    def _ended(self, reason: str) -> None:
        if not self.over:
            self.over = True
            self._wired.ended[reason] += 1


def hold(
    addresses: Sequence[tuple[str, int]],
    people: Sequence[Person],
    things: Repertoire,
    seconds_s: float,
    note: Callable[[str], None] = lambda _: None,
) -> Wired:
    """A call with each of ``people`` for ``seconds_s`` at once, in turn by each of ``addresses``. Raises OSError,
    ValueError as :class:`Caller` does."""
    ready, wired = Ready(things), Wired(len(people))
    places = zip(itertools.cycle(addresses), people)
    callers = [Caller(address, person, ready, wired) for address, person in places]
    poll = select.epoll()
    by_number = {one.socket.fileno(): one for one in callers}
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    begun_s, cpu_s = time.monotonic(), time.process_time()
    for caller in callers:
        caller.begin(begun_s)
    try:
        _talk(callers, by_number, poll, begun_s, seconds_s, wired, note)
    finally:
        wired.seconds_s = time.monotonic() - begun_s
        wired.client_cpu_s = time.process_time() - cpu_s
        wired.tallies = [one.person.tally for one in callers]
        poll.close()
        for caller in callers:
            caller.hang_up()
    return wired


def _talk(
    callers: Sequence[Caller],
    by_number: dict[int, Caller],
    poll: select.epoll,
    begun_s: float,
    seconds_s: float,
    wired: Wired,
    note: Callable[[str], None],
) -> None:
    """Every caller's frames at their moments; what comes is read in between."""
    phases = [callers[phase::PHASES] for phase in range(PHASES)]
    for step in range(round(seconds_s / STEP_S)):
        for phase, members in enumerate(phases):
            due_s = begun_s + (step + phase / PHASES) * STEP_S
            while (left_s := due_s - time.monotonic()) > 0.0:
                _read(by_number, poll, left_s)
            wired.late_ms.append(-left_s * 1000.0)
            for caller in members:
                if not caller.over:
                    caller.speak()
        if step and step % round(10.0 / STEP_S) == 0:
            note(f"{len(callers)} calls, {step * STEP_S:.0f} of {seconds_s:.0f} s: p95 {wired.v2v(95):.0f} ms")


def _read(by_number: dict[int, Caller], poll: select.epoll, within_s: float) -> None:
    for number, _ in poll.poll(within_s):
        caller = by_number[number]
        caller.hear()
        if caller.over:
            poll.unregister(number)
