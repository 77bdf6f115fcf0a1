"""Voice on, voice off: a pure state machine over the detector's frame scores. Knows nothing about turns or words.

Hysteresis (Silero's own rule): a voice starts at ``on`` and is gone only below ``off``, so that a weak syllable
does not split a word. A start is reported once ``start`` samples of voice were heard, a pause once ``pause``
samples of silence were: so short that it also falls into a stop consonant, because all that begins there is a decode.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from warmline.speech.types import samples_of


@dataclass(frozen=True, slots=True)
class EndpointRules:
    """Thresholds on the score, and lengths in samples at 16 kHz."""

    on: float = 0.5
    off: float = 0.35
    start: int = samples_of(0.064)
    pause: int = samples_of(0.064)


@dataclass(frozen=True, slots=True)
class VoiceStarted:
    """Somebody speaks since ``onset``; noticed at ``at``. Stream-clock indices."""

    onset: int
    at: int


@dataclass(frozen=True, slots=True)
class VoicePaused:
    """The voice that began at ``onset`` ended at ``end``; noticed at ``at``."""

    onset: int
    end: int
    at: int


VoiceEvent = VoiceStarted | VoicePaused


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``candidate``: where an unconfirmed voice began. ``onset``: where the confirmed voice began, None in silence.
    ``last_voiced``: the end of the last voiced frame."""

    onset: int | None = None
    candidate: int | None = None
    last_voiced: int = 0

    @property
    def speaking(self) -> bool:
        return self.onset is not None


def step(
    state: Endpoint, score: float, start: int, end: int, rules: EndpointRules
) -> tuple[Endpoint, tuple[VoiceEvent, ...]]:
    """One frame, [start, end) on the stream clock, with the detector's score in [0, 1]."""
    if state.onset is None:
        return _in_silence(state, score, start, end, rules)
    if score >= rules.off:
        return replace(state, last_voiced=end), ()
    if end - state.last_voiced < rules.pause:
        return state, ()
    paused = VoicePaused(state.onset, state.last_voiced, end)
    return Endpoint(last_voiced=state.last_voiced), (paused,)


def _in_silence(
    state: Endpoint, score: float, start: int, end: int, rules: EndpointRules
) -> tuple[Endpoint, tuple[VoiceEvent, ...]]:
    if score < rules.on:
        if state.candidate is None or score >= rules.off:
            return state, ()
        return replace(state, candidate=None), ()
    candidate = start if state.candidate is None else state.candidate
    if end - candidate < rules.start:
        return replace(state, candidate=candidate), ()
    return Endpoint(onset=candidate, last_voiced=end), (VoiceStarted(candidate, end),)
