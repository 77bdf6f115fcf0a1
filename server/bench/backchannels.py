"""Where our "mm-hm" falls: talks built from anybody's speech, held by the real conversation on a clock that jumps.

A talk is one speaker's: turns of several recordings, broken off between words and joined by pauses as people make them
(0.3-2.5 s), with longer silences between the turns, where a reply of ours would be; the reply itself never sounds, so
that every pause is there to be judged. Detectors, recogniser, floor and listener are those of a call; our own sound
comes back into the microphone. It does not know whether a person would have liked to be met with a sound there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from warmline.server import events as e
from warmline.server.bench.turns.clips import Clip, Supply
from warmline.server.bench.turns.scenes import LEAD, TurnScene, turn_scene
from warmline.server.bench.turns.stage import OUT_STEP, ROUNDS, STEP, Modelled, Models, Saying
from warmline.server.conversation import Conversation
from warmline.server.parts import Parts
from warmline.server.settings import CallSettings
from warmline.speech.audio.resample import resampled
from warmline.speech.turn.cuts import quiet_of
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, samples_of
from warmline.tts.backchannel import ListenerSound
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.base import Voice

SCENES_A_TURN: Final = (2, 5)
BETWEEN_S: Final = (0.3, 2.5)
"""A pause inside a turn, between two recordings; drawn evenly on a logarithmic scale, as inside them."""

APART_S: Final = (3.0, 6.0)
"""Between two turns."""

ECHO_DB: Final = -35.0
ECHO_DELAY: Final = 4
AUDIBLE: Final = 1e-3
NOTICED: Final = samples_of(0.1)
"""A shorter overlap is over before a speaker could notice it."""


@dataclass(frozen=True, slots=True)
class Talk:
    """``audio`` of one speaker at 16 kHz. ``silent``: where they do not speak, [start, end), the last to the end.
    ``starts``: where their turns begin, after a silence of ours to fill."""

    name: str
    audio: Samples
    silent: tuple[tuple[int, int], ...]
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One sound of ours: from ``start`` on, audible up to ``end`` on the talk's clock."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Placed:
    """How a sound fell. ``inside``: it began where the person speaks. ``over``: samples for which it was still audible
    after they spoke again; ``start``: what they began was a new turn."""

    told: Told
    inside: bool
    over: int
    start: bool


def talk(name: str, clips: Sequence[Clip], supply: Supply, minutes: float, rng: Generator) -> Talk:
    """One speaker's talk of about ``minutes``."""
    pieces: list[Samples] = []
    silent: list[tuple[int, int]] = []
    starts: list[int] = []
    place = 0

    def hush(room: Samples, length_s: float) -> None:
        nonlocal place
        count = samples_of(length_s)
        pieces.append(quiet_of(room, count, rng))
        silent.append((place, place + count))
        place += count

    for scene, room, first in _spoken(clips, supply, rng):
        if place >= samples_of(minutes * 60.0):
            break
        between = APART_S if first else BETWEEN_S
        hush(room, float(np.exp(rng.uniform(*np.log(between)))))
        if first:
            starts.append(place)
        voice = scene.audio[LEAD : scene.end]
        silent += [(place + pause.start - LEAD, place + pause.end - LEAD) for pause in scene.pauses]
        pieces.append(voice)
        place += len(voice)
    hush(clips[0].room, APART_S[1])
    return Talk(name, np.concatenate(pieces), tuple(sorted(silent)), tuple(starts))


def _spoken(clips: Sequence[Clip], supply: Supply, rng: Generator) -> Iterator[tuple[TurnScene, Samples, bool]]:
    """Scenes without an end, each with its room and whether it begins a turn."""
    left = 0
    while True:
        for number in rng.permutation(len(clips)):
            clip = clips[int(number)]
            first = left == 0
            left = int(rng.integers(*SCENES_A_TURN)) if first else left
            left -= 1
            yield turn_scene(clip, "plain", supply, rng), clip.room, first


def placed(told: Told, talk: Talk) -> Placed:
    """Set a sound against what the person said."""
    around = next((span for span in talk.silent if span[0] <= told.start < span[1]), None)
    if around is None:
        return Placed(told, True, told.end - told.start, False)
    again = around[1] if around[1] < len(talk.audio) else told.end
    return Placed(told, False, max(0, told.end - again), again in talk.starts)


def held(talk: Talk, models: Models, voice: Voice, sounds: tuple[ListenerSound, ...]) -> list[Placed]:
    """The talk as a call."""
    return [placed(each, talk) for each in asyncio.run(_held(talk, models, voice, sounds))]


async def _held(talk: Talk, models: Models, voice: Voice, sounds: tuple[ListenerSound, ...]) -> list[Told]:
    compute = Modelled(samples_of(0.2), samples_of(0.05))
    murmured: list[e.Murmured] = []

    def note(event: e.CallEvent) -> None:
        if isinstance(event, e.Murmured):
            murmured.append(event)

    parts = Parts(
        compute=compute,
        vad=models.vad,
        turn=models.turn,
        recogniser=models.recogniser,
        tagger=models.tagger,
        supporter=Saying(),
        voice=voice,
        sounds=models.sounds,
        murmurs=sounds,
    )
    settings = CallSettings(greeting="", check_in_s=3600.0, backchannels=True)
    conversation = Conversation(parts, settings, note, Playout())
    line = _Line(talk.audio, conversation, compute)
    await conversation.run(line.source())
    return [Told(each.at, line.audible_until(each.at), each.text) for each in murmured]


class _Line:
    """The microphone and the loudspeaker, in step: what we say comes back, much softer."""

    def __init__(self, audio: Samples, conversation: Conversation, compute: Modelled) -> None:
        self._audio = audio
        self._conversation = conversation
        self._compute = compute
        self._ours: list[Samples] = [np.zeros(OUT_STEP, np.float32)] * ECHO_DELAY
        self._heard: list[bool] = []

    def audible_until(self, at: int) -> int:
        """The end of what sounds from ``at`` on; ``at`` itself where nothing came of it."""
        first = at // STEP
        begun = next((step for step in range(first, min(first + 5, len(self._heard))) if self._heard[step]), None)
        if begun is None:
            return at
        quiet = next((step for step in range(begun, len(self._heard)) if not any(self._heard[step : step + 5])), begun)
        return quiet * STEP

    async def source(self) -> AsyncIterator[AudioChunk]:
        gain = 10.0 ** (ECHO_DB / 20.0)
        for start in range(0, len(self._audio) - STEP + 1, STEP):
            ours = self._conversation.playout.pull(OUT_STEP)
            self._ours.append(ours)
            self._heard.append(bool(np.abs(ours).max() > AUDIBLE))
            self._compute.advance(start + STEP)
            echo = self._ours[-ECHO_DELAY - 1]
            samples = self._audio[start : start + STEP]
            if echo.any():
                samples = samples + gain * resampled(AudioChunk(echo, VOICE_RATE), SAMPLE_RATE).samples[:STEP]
            yield AudioChunk(samples, start=start)
            for _ in range(ROUNDS):
                await asyncio.sleep(0)
        self._compute.close()


@dataclass(frozen=True, slots=True)
class Tally:
    """All talks together."""

    minutes: float
    sounds: int
    most_in_a_minute: int
    inside: int
    turn_starts: int
    over_starts: int
    noticed_starts: int
    going_on: int
    noticed_going_on: int
    over_ms: tuple[float, ...]


def tally(talks: Sequence[Talk], found: Sequence[Sequence[Placed]]) -> Tally:
    """``found``: the sounds of each talk."""
    every = [each for one in found for each in one]
    outside = [each for each in every if not each.inside and each.over]
    return Tally(
        minutes=sum(len(one.audio) for one in talks) / SAMPLE_RATE / 60.0,
        sounds=len(every),
        most_in_a_minute=max((_densest([each.told.start for each in one]) for one in found), default=0),
        inside=sum(each.inside for each in every),
        turn_starts=sum(len(one.starts) for one in talks),
        over_starts=sum(each.start for each in outside),
        noticed_starts=sum(each.start and each.over > NOTICED for each in outside),
        going_on=sum(not each.start for each in outside),
        noticed_going_on=sum(not each.start and each.over > NOTICED for each in outside),
        over_ms=tuple(each.over / SAMPLE_RATE * 1000.0 for each in outside),
    )


def _densest(starts: Sequence[int]) -> int:
    minute = samples_of(60.0)
    return max((sum(first <= each < first + minute for each in starts) for first in starts), default=0)
