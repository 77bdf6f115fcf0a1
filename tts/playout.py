"""What is being said, as a pure pull object: chunks in, samples out, and exactly which words have been heard.

It has an integer clock, the number of samples (at VOICE_RATE) ever pulled, and no thread, lock or loop of its own: a
device that pulls on its own thread guards every call with one lock. Pauses between segments are part of the chunks
(the voice puts them there), so nothing is inserted here.

A murmur ("mm-hm") sounds beside all this while no turn does, and belongs to none: see :mod:`warmline.tts.murmur`.

A sample counts as heard ``latency`` samples after it was pulled, for devices that hold audio back.

The queue is bounded: a chunk that does not fit is refused (:attr:`Queued.FULL`) and the caller offers it again when
:attr:`Playout.room` has grown; a chunk is never shortened and nothing that was taken is lost. An empty queue takes a
chunk of any length.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from warmline.dialogue.types import TurnId
from warmline.speech.types import Samples
from warmline.tts.murmur import Murmur
from warmline.tts.progress import TurnProgress
from warmline.tts.types import VOICE_RATE, Mark, Sounded, SpokenChunk, SpokenWord

MOST_QUEUED: Final = 120 * VOICE_RATE
DUCK_DB: Final = -18.0
RAMP: Final = VOICE_RATE * 30 // 1000
FADE: Final = VOICE_RATE * 5 // 1000
TURNS_KEPT: Final = 8

_DUCKING: Final = (10.0 ** (np.linspace(0.0, DUCK_DB, RAMP + 1) / 20.0)).astype(np.float32)
_FADING: Final = (0.5 + 0.5 * np.cos(np.pi * (np.arange(FADE) + 1.0) / FADE)).astype(np.float32)


class Queued(Enum):
    """What became of an offered chunk."""

    TAKEN = "taken"
    STALE = "refused: its turn was dropped, is over, or is older than one already taken"
    FULL = "refused: no room; offer it again later"


@dataclass(slots=True)
class _Piece:
    chunk: SpokenChunk
    offset: int
    at: int = 0
    next_word: int = 0


class Playout:
    """Plays turns in the order in which they were taken."""

    def __init__(self, latency: int = 0, most_queued: int = MOST_QUEUED) -> None:
        self._latency = latency
        self._most_queued = most_queued
        self._queue: deque[_Piece] = deque()
        self._turns: dict[TurnId, TurnProgress] = {}
        self._stale_to: TurnId = -1
        self._tail: Samples = np.zeros(0, np.float32)
        self._ramp_at = 0
        self._ramp_step = 0
        self._dry = 0
        self._held = False
        self._rise_at = FADE
        self._finished: list[TurnId] = []
        self._murmur = Murmur()
        self._lost = 0
        self.clock = 0
        """Samples pulled so far."""
        self.gaps: list[int] = []
        """Samples of silence of each time the queue ran dry inside a turn that then went on."""

    @property
    def underruns(self) -> int:
        """How often the queue ran dry inside a turn that then went on: what ends before it is known to end is none."""
        return len(self.gaps)

    @property
    def queued(self) -> int:
        """Samples taken and not yet pulled."""
        return sum(turn.queued for turn in self._turns.values())

    def ahead(self, turn: TurnId) -> int:
        """Samples of ``turn`` taken and not yet pulled; where it waits for more, less than 0 by how long it has."""
        state = self._turns.get(turn)
        return 0 if state is None else state.queued or -self._dry

    @property
    def room(self) -> int:
        """Samples that would still be taken."""
        return max(0, self._most_queued - self.queued)

    @property
    def speaking(self) -> bool:
        """A turn is in progress: from its first chunk until it has been heard to the end or was dropped. A turn that
        waits for its next chunk is in progress."""
        return any(not turn.over for turn in self._turns.values())

    @property
    def ducked(self) -> bool:
        """The level is down, or on its way down."""
        return self._ramp_step > 0

    @property
    def gain(self) -> float:
        """The factor on our voice now: 1 at full level, about 0.13 ducked, 0 held."""
        return 0.0 if self._held and not len(self._tail) else float(_DUCKING[self._ramp_at])

    def begun(self, turn: TurnId) -> bool:
        """Has a sample of ``turn`` been heard?"""
        state = self._turns.get(turn)
        return bool(state and state.spans and state.spans[0].start < self._heard_clock)

    def enqueue(self, chunk: SpokenChunk) -> Queued:
        """Offer the next chunk of a turn. A chunk of a newer turn closes the older ones (they play to their end)."""
        turn = self._turns.get(chunk.turn)
        newest = max(self._turns, default=-1)
        if chunk.turn <= self._stale_to or chunk.turn < newest or (turn is not None and (turn.over or turn.closed)):
            return Queued.STALE
        if self.queued and len(chunk.audio) > self.room:
            return Queued.FULL
        for older in self._turns.values():
            older.closed = older.closed or older is not turn
        if turn is None:
            turn = self._begin(chunk.turn)
        elif self._dry:
            self.gaps.append(self._dry)
        self._murmur.hush()
        offset = turn.length.get(chunk.segment, 0)
        turn.length[chunk.segment] = offset + len(chunk.audio)
        turn.queued += len(chunk.audio)
        self._queue.append(_Piece(chunk, offset))
        self._dry = 0
        return Queued.TAKEN

    def finish(self, turn: TurnId) -> None:
        """No more chunks will come for ``turn``. A turn without any audio is over at once."""
        if turn <= self._stale_to or turn < max(self._turns, default=-1):
            return
        state = self._turns.get(turn) or self._begin(turn)
        state.closed = True
        self._settle()

    def pull(self, count: int) -> Samples:
        """The next ``count`` samples, float32[count]; zeros where there is nothing to say."""
        out = np.zeros(count, np.float32)
        if not self._queue and not len(self._tail) and not self._murmur.sounding:
            return self._silent(out)
        place = 0
        while place < count and not (self._held and not len(self._tail)):
            taken = self._from_tail(out, place) if len(self._tail) else self._from_queue(out, place)
            if not taken:
                self._note_dry(count - place)
                break
            self.clock += taken
            place += taken
        if place < count:
            self._gain(count - place)  # the ramp goes on while nothing is said
        self.clock += count - place
        self._settle()
        return out + self._murmur.pull(count) if self._murmur.sounding else out

    def _silent(self, out: Samples) -> Samples:
        """As the long way, where there is nothing to play: most of a call."""
        if not self._held:
            self._note_dry(len(out))
        if self._ramp_step and len(out):
            self._gain(len(out))
        self.clock += len(out)
        self._settle()
        return out

    def murmur(self, audio: Samples) -> None:
        """Let float32[n] sound, which is no reply, unless a turn is in progress."""
        if not self.speaking:
            self._murmur.say(audio)

    def hush(self) -> None:
        """End a murmur within 5 ms."""
        self._murmur.hush()

    @property
    def murmuring(self) -> bool:
        return self._murmur.sounding

    def duck(self) -> None:
        """Go down by 18 dB within 30 ms, if a turn is in progress."""
        if self.speaking:
            self._ramp_step = 1

    def hold(self) -> None:
        """Fall silent within 5 ms but keep the place: :meth:`restore` goes on from the first sample that faded."""
        if self.speaking and not self._held:
            self._held = True
            self._fade_out()

    def restore(self) -> None:
        """Go on where :meth:`hold` stopped, fading in, and come back up within 30 ms."""
        if self._held:
            self._rise_at = 0
        self._held = False
        self._ramp_step = -1 if self._ramp_at else 0

    def drop(self, turn: TurnId) -> None:
        """Everything of ``turn`` and of older turns is gone: what sounds now fades out within 5 ms. Later chunks of
        these turns are refused; the level is full again for the next turn."""
        self._stale_to = max(self._stale_to, turn)
        if self._queue and self._queue[0].chunk.turn <= turn and not self._held:
            self._fade_out()
        self._held = False
        self._rise_at = FADE
        self._queue = deque(piece for piece in self._queue if piece.chunk.turn > turn)
        for number, state in self._turns.items():
            if number <= turn:
                state.closed = state.over = True
                state.queued = 0
        if not len(self._tail) and not self.speaking:
            self._ramp_at = self._ramp_step = 0

    def drop_all(self) -> None:
        """Drop every turn that was taken so far."""
        self.drop(max(self._turns, default=self._stale_to))

    def heard(self, turn: TurnId) -> str:
        """The words of ``turn`` that were played to their end, in order. Known for the last eight turns."""
        state = self._turns.get(turn)
        return state.heard(self._heard_clock) if state else ""

    def sounded(self, turn: TurnId) -> tuple[Sounded, ...]:
        """When each segment of ``turn`` sounded, and what of it was heard. Known for the last eight turns."""
        state = self._turns.get(turn)
        return state.sounded(self._heard_clock) if state else ()

    def lose(self, count: int) -> None:
        """The last ``count`` samples that were pulled never reached anybody; nothing will be pulled any more."""
        self._lost = max(0, count)

    def marks(self) -> tuple[Mark, ...]:
        """For each segment that got on since the last call, how far it has been heard now."""
        return tuple(mark for number, turn in self._turns.items() for mark in turn.marks(number, self._heard_clock))

    def finished(self) -> tuple[TurnId, ...]:
        """Turns that were heard to their end since the last call; never a dropped one."""
        done = tuple(self._finished)
        self._finished.clear()
        return done

    @property
    def _heard_clock(self) -> int:
        return self.clock - self._latency - self._lost

    def _begin(self, turn: TurnId) -> TurnProgress:
        for old in sorted(number for number, state in self._turns.items() if state.over)[: 1 - TURNS_KEPT]:
            del self._turns[old]
        self._turns[turn] = TurnProgress(last=self.clock)
        return self._turns[turn]

    def _fade_out(self) -> None:
        """Let what sounds now end within 5 ms."""
        playing = self._queue[0] if self._queue and self._queue[0].at > 0 else None
        if playing and not len(self._tail):
            rest = playing.chunk.audio[playing.at : playing.at + FADE]
            self._tail = rest * _FADING[: len(rest)]

    def _from_tail(self, out: Samples, place: int) -> int:
        """Play what fades after a drop; the level is full again once it has gone."""
        taken = min(len(out) - place, len(self._tail))
        out[place : place + taken] = self._tail[:taken] * self._gain(taken)
        self._tail = self._tail[taken:]
        if not len(self._tail) and not self._held:
            self._ramp_at = self._ramp_step = 0
        return taken

    def _from_queue(self, out: Samples, place: int) -> int:
        while self._queue:
            piece = self._queue[0]
            taken = min(len(out) - place, len(piece.chunk.audio) - piece.at)
            if taken:
                out[place : place + taken] = piece.chunk.audio[piece.at : piece.at + taken] * self._gain(taken)
                self._rise(out[place : place + taken])
            self._advance(piece, taken)
            if piece.at == len(piece.chunk.audio):
                self._queue.popleft()
            if taken:
                return taken
        return 0

    def _advance(self, piece: _Piece, taken: int) -> None:
        """Note on the clock what ``taken`` samples of ``piece`` cover."""
        turn = self._turns[piece.chunk.turn]
        before = self.clock - piece.at
        piece.at += taken
        turn.play(piece.chunk.segment, piece.offset + piece.at - taken, self.clock, taken)
        words: tuple[SpokenWord, ...] = piece.chunk.words
        while piece.next_word < len(words) and min(words[piece.next_word].end, len(piece.chunk.audio)) <= piece.at:
            word = words[piece.next_word]
            turn.words.append((before + min(word.end, len(piece.chunk.audio)), piece.chunk.segment, word.text))
            piece.next_word += 1

    def _gain(self, count: int) -> Samples:
        """The gain of the next ``count`` samples, a function of how far the ramp has come, so that it does not matter
        how pulls are split; one value where it stands still."""
        if not self._ramp_step:
            return _DUCKING[self._ramp_at : self._ramp_at + 1]
        places = np.clip(self._ramp_at + self._ramp_step * np.arange(1, count + 1), 0, RAMP)
        self._ramp_at = int(places[-1])
        return _DUCKING[places]

    def _rise(self, played: Samples) -> None:
        """Fade in what comes first after a hold."""
        rising = min(len(played), FADE - self._rise_at)
        if rising > 0:
            played[:rising] *= _FADING[::-1][self._rise_at : self._rise_at + rising]
            self._rise_at += rising

    def _note_dry(self, count: int) -> None:
        if any(turn.begun and not turn.closed for turn in self._turns.values()):
            self._dry += count

    def _settle(self) -> None:
        """Find turns that have been heard to their end."""
        for number, turn in self._turns.items():
            now = self._heard_clock if turn.begun else self.clock
            if turn.closed and not turn.over and not turn.queued and turn.last <= now:
                turn.over = True
                self._finished.append(number)
