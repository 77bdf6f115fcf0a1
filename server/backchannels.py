"""A listener's sounds in one call: watches for the moment (:mod:`warmline.tts.backchannel` decides it), lets one sound
beside the turns, and keeps our own sound from passing for the caller's voice.

It is no reply: the floor is not told, nothing of it is remembered, and a voice ends it at once.
"""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import replace
from typing import Final

from warmline.dialogue import floor as f
from warmline.dialogue.types import NEUTRAL, RiskLevel, Style
from warmline.emotion.pitch import HOP, RATE, analyse
from warmline.server import events as e
from warmline.server.hearing import Hearing, TurnAudio
from warmline.server.mouth import Mouth
from warmline.server.parts import Parts
from warmline.speech.audio.level import measure
from warmline.speech.runtime.cores import Lane
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, samples_of
from warmline.tts.backchannel import Listener, Moment, chosen, due, is_cue, sounded
from warmline.tts.types import VOICE_RATE

HEARD_FOR: Final = samples_of(6.0)
"""Of the turn so far, what its pitch is measured on."""

ECHO_TAIL: Final = samples_of(0.3)
"""So long after our sound its echo may still come in."""

ECHO_DB: Final = 12.0
"""So far below the caller's own level a sound over ours is taken for our echo."""

VOICED: Final = 0.5
_FRAME: Final = HOP * SAMPLE_RATE // RATE


class Backchannels:
    """One call's. Without sounds, or switched off, nothing ever happens."""

    def __init__(self, parts: Parts, hearing: Hearing, mouth: Mouth, observer: e.Observer, *, on: bool) -> None:
        self._parts = parts
        self._hearing = hearing
        self._mouth = mouth
        self._observer = observer
        self._on = on and bool(parts.murmurs)
        self._listener = Listener()
        self._levels_db: deque[float] = deque(maxlen=60)
        self._echo_until = 0

    def score(self, score: float, frame: AudioChunk) -> float:
        """The voice detector's ``score`` of ``frame``, less where the voice is our own; the caller's ends our sound."""
        if not self._on or score < VOICED:
            return score
        level_db = measure(frame.samples).rms_dbfs
        if frame.start >= self._echo_until:
            self._levels_db.append(level_db)
            return score
        if self._levels_db and level_db < statistics.median(self._levels_db) - ECHO_DB:
            return 0.0
        self._mouth.playout.hush()
        return score

    def replied(self) -> None:
        """A reply of ours has just ended."""
        self._listener = replace(self._listener, last=self._hearing.now, cued=None)

    async def listen(self, turn: TurnAudio, end: int) -> None:
        """A voice of ``turn`` paused at ``end``: was its end a cue?"""
        if not self._on:
            return
        audio = self._hearing.audio(turn, end)
        heard = audio.samples[-HEARD_FOR:]
        if await self._parts.compute.run(Lane.LIVE, lambda: _cue(heard)):
            self._listener = replace(self._listener, cued=end)

    def maybe(self, floor: f.Floor) -> None:
        """Sound, if this is the moment."""
        turn = self._hearing.current
        if not self._on or floor.phase is not f.Phase.PAUSING or turn is None or self._listener.cued != floor.since:
            return
        now = self._hearing.now
        spoken = sum(end - start for start, end in self._hearing.voiced(turn, floor.since))
        reply_at = None if floor.wait is None else floor.since + floor.wait
        moment = Moment(now, floor.since, spoken, reply_at, self._risk, floor.crying_until(now))
        if not due(self._listener, moment):
            return
        sound = chosen(self._parts.murmurs, self._style, self._listener.told)
        if sound is None:
            return
        self._mouth.playout.murmur(sound.audio)
        self._echo_until = now + len(sound.audio) * SAMPLE_RATE // VOICE_RATE + ECHO_TAIL
        self._listener = sounded(self._listener, now)
        self._observer(e.Murmured(turn.turn, sound.text, now))

    @property
    def _risk(self) -> RiskLevel | None:
        """The highest of the call and of what is being said; None before that is known, and where the talk is not in
        English, in which our screen hears best and in which the sounds are."""
        reply = self._mouth.reply
        if reply is None or reply.answered is None or reply.answered.plan.language != "en":
            return None
        return max([reply.answered.plan.risk.level, *(turn.plan.risk.level for turn in self._mouth.turns)])

    @property
    def _style(self) -> Style:
        reply = self._mouth.reply
        return reply.answered.plan.style if reply is not None and reply.answered is not None else NEUTRAL


def _cue(samples: Samples) -> bool:
    """Blocking, a few milliseconds."""
    return is_cue(analyse(samples).f0_hz, _FRAME)
