"""How it is being said, while it is being said: an estimate about every second from the last seconds of an unfinished
turn. Pure; the tagger is called by whoever has the audio.

    if due(running, audio.end):
        running = step(running, tagger.tag(recent(utterance)))

Each reading covers the last :data:`RECENT_S`; readings are blended by their confidence (the filter of
:mod:`warmline.emotion.mood`, quicker), so that one odd second does not turn the estimate. No label is ever claimed: a
part of a turn says less than the whole, and names wait for its end. It does not know the words that are still to come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from warmline.emotion.types import ParalinguisticTags, VocalEvent
from warmline.speech.types import SAMPLE_RATE, AudioChunk, EncoderFeatures, Utterance, samples_of

EVERY = samples_of(0.75)
"""New audio between two readings at least. They ride on partial decodes, which come every 0.8 s: about every second."""

RECENT_S = 6.0
"""What a reading covers: long enough for a phrase, short enough to follow a change."""

DRIFT = 0.06
NOISE = 0.08
PRIOR = 0.25
LEAST = 0.01

MOST_EVENTS = 50


@dataclass(frozen=True, slots=True)
class Running:
    """``valence`` and ``arousal`` in [-1, 1]; ``variance`` of each; ``events`` of the turn so far, by time; ``at``: how
    far on the stream clock the last reading came (-1 before the first); ``readings``: how many there were."""

    valence: float = 0.0
    arousal: float = 0.0
    variance: float = PRIOR
    events: tuple[VocalEvent, ...] = ()
    at: int = -1
    readings: int = 0

    @property
    def confidence(self) -> float:
        """0 before anything was heard, towards 1 as readings agree to be heard clearly."""
        return max(0.0, min(1.0, 1.0 - self.variance / PRIOR))


def due(running: Running, onset: int, end: int) -> bool:
    """Is it time for a reading, of a turn that began at ``onset`` and was heard up to ``end``?"""
    return end - max(onset, running.at) >= EVERY


def step(running: Running, tags: ParalinguisticTags) -> Running:
    """The estimate after one more reading. Tags that claim nothing move nothing; doubt grows."""
    prior = min(PRIOR, running.variance + DRIFT)
    end = tags.span[1]
    events = _joined(running.events, tags.events, tags.span[0])
    after = replace(running, variance=prior, events=events, at=max(running.at, end), readings=running.readings + 1)
    if tags.confidence < LEAST:
        return after
    noise = NOISE / min(1.0, tags.confidence) ** 2
    weight = prior / (prior + noise)
    return replace(
        after,
        valence=running.valence + weight * (tags.valence - running.valence),
        arousal=running.arousal + weight * (tags.arousal - running.arousal),
        variance=(1.0 - weight) * prior,
    )


def recent(utterance: Utterance, seconds_s: float = RECENT_S) -> Utterance:
    """The last seconds of an utterance, with the words, voiced spans and encoder frames that lie in them."""
    audio = utterance.audio
    start = max(audio.start, audio.end - samples_of(seconds_s))
    if start == audio.start:
        return utterance
    skipped = round((start - audio.start) * audio.sample_rate / SAMPLE_RATE)
    words = tuple(word for word in utterance.words if word.end > start)
    return replace(
        utterance,
        text=" ".join(word.text for word in words),
        words=words,
        audio=AudioChunk(audio.samples[skipped:], audio.sample_rate, start),
        speech=tuple((max(begin, start), end) for begin, end in utterance.speech if end > start),
        features=_since(utterance.features, start),
    )


def _since(features: EncoderFeatures | None, start: int) -> EncoderFeatures | None:
    if features is None or features.start >= start:
        return features
    step_samples = SAMPLE_RATE / features.rate_hz
    skipped = min(len(features.frames), round((start - features.start) / step_samples))
    return replace(features, frames=features.frames[skipped:], start=features.start + round(skipped * step_samples))


def _joined(before: tuple[VocalEvent, ...], after: tuple[VocalEvent, ...], since: int) -> tuple[VocalEvent, ...]:
    """What lies before ``since`` stays; of what the new reading covers it has the say. An event that reaches into it
    is one with its continuation."""
    kept = [event for event in before if event.start < since]
    for event in after:
        twin = next((old for old in kept if old.kind == event.kind and old.end > event.start), None)
        if twin is None:
            kept.append(event)
        else:
            kept[kept.index(twin)] = replace(
                twin, end=max(twin.end, event.end), confidence=max(twin.confidence, event.confidence)
            )
    return tuple(sorted(kept, key=lambda event: (event.start, event.kind)))[-MOST_EVENTS:]
