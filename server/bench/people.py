"""A caller made of recordings, step by step: when they speak, when they wait, what they hear of us.

Pure: 20 ms of their voice out, our frames in with their time. They know only what sounds; they keep
to a share of talk by thinking before they go on; now and then they join two recordings with a pause inside, and now
and then they speak into a reply.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from warmline.server.bench.measure import AUDIBLE_DB, FRAME_S, levels_db, voiced
from warmline.speech.types import SAMPLE_RATE, Samples, samples_of
from warmline.tts.types import VOICE_RATE

STEP_S: Final = 0.02
STEP: Final = samples_of(STEP_S)
NOISE_DB: Final = -75.0
"""No real line is digitally silent."""

QUIET_S: Final = 0.8
"""Our reply is over for them when nothing of it has sounded for so long."""

PATIENCE_S: Final = 12.0
"""Without an answer they speak again."""

LEAD_S: Final = 0.1
JOINED_EVERY: Final = 4
INTO_REPLY_EVERY: Final = 6
PAUSE_S: Final = (0.4, 0.9)
BEGIN_S: Final = (0.3, 8.0)
"""Not all callers speak at once."""

THINKING_S: Final = (0.5, 1.5)
INTO_REPLY_S: Final = (0.6, 1.2)


@dataclass(frozen=True, slots=True)
class Saying:
    """A recording as it is spoken, from a moment before its first voiced sample to its last: whole steps of float32 at
    16 kHz, with the line's noise. ``lead_s``: before the first voiced sample; ``voice_s``: from there to the last."""

    audio: Samples
    lead_s: float
    voice_s: float


def saying(audio: Samples, noise: Samples) -> Saying:
    """``audio`` (float32[n] at 16 kHz, n > 0) over ``noise``, which is at least as long. ValueError where it is silent
    throughout."""
    spans = voiced(audio, SAMPLE_RATE)
    if not spans:
        raise ValueError("the recording is silent throughout")
    first_s, last_s = spans[0][0], spans[-1][1]
    begin = samples_of(max(0.0, first_s - LEAD_S))
    spoken = audio[begin : samples_of(last_s)]
    padded = np.pad(spoken, (0, -len(spoken) % STEP))
    return Saying((padded + noise[: len(padded)]).astype(np.float32), first_s - begin / SAMPLE_RATE, last_s - first_s)


def line_noise(seconds_s: float = 60.0, seed: int = 7) -> Samples:
    """The line's own noise, float32 at 16 kHz."""
    level = 10.0 ** (NOISE_DB / 20.0)
    return np.random.default_rng(seed).normal(0.0, level, samples_of(seconds_s)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Repertoire:
    """What callers say, and what they say into a reply; ``noise`` is what their line gives otherwise."""

    sayings: tuple[Saying, ...]
    interruptions: tuple[Saying, ...]
    noise: Samples


def repertoire(recordings: Sequence[Samples], interruptions: Sequence[Samples]) -> Repertoire:
    """Ready to be spoken by any number of callers at once. ValueError where there is nothing to say."""
    noise = line_noise()
    if not recordings:
        raise ValueError("callers need at least one recording")
    return Repertoire(
        tuple(saying(audio, noise) for audio in recordings),
        tuple(saying(audio, noise) for audio in interruptions),
        noise,
    )


@dataclass(slots=True)
class Tally:
    """What one caller met. ``v2v_ms``: from their last voiced sample to our first audible one, for each answer.
    ``pauses``: inside their turns; ``cut_off``: replies that began while they were not done, in such a pause or while
    they spoke; ``unanswered``: turns that got none in time; ``into``: how often they spoke into a reply; ``turns``:
    whole turns of theirs; ``spoken_s``: of voice; ``silenced_ms``: from the first voiced sample of an interruption to
    the end of our last audible frame."""

    v2v_ms: list[float] = field(default_factory=list)
    silenced_ms: list[float] = field(default_factory=list)
    cut_off: int = 0
    unanswered: int = 0
    into: int = 0
    pauses: int = 0
    turns: int = 0
    spoken_s: float = 0.0


class Person:
    """``share``: of the call's time that they speak. ``seed`` fixes what they say and when."""

    def __init__(self, heard: Repertoire, share: float, seed: int) -> None:
        self._things = heard
        self._share = share
        self._random = random.Random(seed)
        self._order = itertools.cycle(self._random.sample(range(len(heard.sayings)), len(heard.sayings)))
        self._number = seed
        self._step = 0
        self._from = 0
        self._due_s = self._random.uniform(*BEGIN_S)
        self._saying: Saying | None = None
        self._at = 0
        self._rest: list[Saying] = []
        self._stopped_s: float | None = None  # the last voiced sample of a turn that waits for its answer
        self._sounds_s = -math.inf
        self._reply_s: float | None = None
        self._into_s = math.inf
        self._interrupted_s: float | None = None
        self.tally = Tally()

    @property
    def now_s(self) -> float:
        """The call's time so far."""
        return self._step * STEP_S

    @property
    def speaking(self) -> bool:
        return self._saying is not None

    def speak(self) -> Samples:
        """Their next 20 ms, float32[320] at 16 kHz."""
        audio, at = self.step()
        return audio[at : at + STEP]

    def step(self) -> tuple[Samples, int]:
        """Where their next 20 ms lie: in which audio of the repertoire, and from which sample, a whole number of
        steps. For lines that have made the repertoire ready to be sent once for all callers."""
        if self._saying is None:
            self._maybe_begin()
        self._step += 1
        if self._saying is None:
            return self._quiet()
        saying, at = self._saying, self._at
        self._at += STEP
        if self._at >= len(saying.audio):
            self._said(saying)
        return saying.audio, at

    def hear(self, frame: Samples, at_s: float) -> None:
        """20 ms of ours, float32[480] at 24 kHz, that begin to sound at ``at_s``, by the wall, since the call began."""
        if at_s - self._sounds_s > QUIET_S:
            loud = np.flatnonzero(levels_db(frame, VOICE_RATE) > AUDIBLE_DB)
            if not len(loud):
                return
            self._reply_began(at_s + float(loud[0]) * FRAME_S)
        self._sounds_s = at_s
        if self._interrupted_s is not None:
            self.tally.silenced_ms[-1] = max(0.0, (at_s + STEP_S - self._interrupted_s) * 1000.0)

    def _reply_began(self, now_s: float) -> None:
        self._reply_s, self._interrupted_s = now_s, None
        every = self.tally.turns % INTO_REPLY_EVERY == INTO_REPLY_EVERY - 1
        self._into_s = now_s + self._random.uniform(*INTO_REPLY_S) if every and self._things.interruptions else math.inf
        if self.speaking or self._rest:
            self.tally.cut_off += 1
        elif self._stopped_s is not None:
            self.tally.v2v_ms.append((now_s - self._stopped_s) * 1000.0)
            self._stopped_s = None

    def _quiet(self) -> tuple[Samples, int]:
        at = self._from
        self._from = (at + STEP) % (len(self._things.noise) - STEP)
        return self._things.noise, at

    def _maybe_begin(self) -> None:
        now_s = self.now_s
        sounding = now_s - self._sounds_s <= QUIET_S
        if sounding and now_s >= self._into_s:
            self._into_s = math.inf
            over_it = self._random.choice(self._things.interruptions)
            self._begin(over_it)
            self._interrupted_s = now_s + over_it.lead_s
            self.tally.into += 1
            self.tally.silenced_ms.append(0.0)
            return
        if self._rest:
            if now_s >= self._due_s:
                self._begin(self._rest.pop(0))
            return
        waiting = self._stopped_s is not None and now_s - self._stopped_s < PATIENCE_S
        if sounding or waiting or now_s < self._due_s or self.tally.spoken_s > self._share * now_s + 1e-9:
            return
        if self._stopped_s is not None:
            self.tally.unanswered += 1
        self._begin_turn()

    def _begin_turn(self) -> None:
        self._number += 1
        first = self._things.sayings[next(self._order)]
        if self._number % JOINED_EVERY == 0:
            self._rest = [self._things.sayings[next(self._order)]]
        self._begin(first)

    def _begin(self, what: Saying) -> None:
        self._saying, self._at, self._stopped_s = what, 0, None

    def _said(self, what: Saying) -> None:
        self._saying = None
        self.tally.spoken_s += what.voice_s
        last_s = self.now_s - len(what.audio) / SAMPLE_RATE + what.lead_s + what.voice_s
        if self._rest:
            self.tally.pauses += 1
            self._due_s = last_s + self._random.uniform(*PAUSE_S)
            return
        self.tally.turns += 1
        self._stopped_s = last_s
        self._due_s = last_s + self._random.uniform(*THINKING_S)
