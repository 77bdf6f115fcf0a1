"""From a recording to its timeline: voice activity cuts it into passages, each is recognised and read for how it was
said; sounds without words are listened for everywhere. Blocking; knows nothing about files or printing.

Each speaker's passages are held against that speaker's own; without a diariser all are taken for one person's.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from warmline.emotion.baseline import Baseline, against, plain
from warmline.emotion.baseline import step as baseline_step
from warmline.emotion.events.detector import EventDetector
from warmline.emotion.events.pauses import LONG_PAUSE_S
from warmline.emotion.mood import Mood
from warmline.emotion.mood import step as mood_step
from warmline.emotion.pitch import analyse
from warmline.emotion.tagger.base import Tagger
from warmline.emotion.types import VocalEvent
from warmline.server.analysis.timeline import Passage, Timeline
from warmline.speech.asr.base import Recogniser
from warmline.speech.diarize.base import Diariser
from warmline.speech.turn.endpoint import Endpoint, EndpointRules, VoicePaused
from warmline.speech.turn.endpoint import step as endpoint_step
from warmline.speech.types import AudioChunk, Samples, Utterance, Word, samples_of
from warmline.speech.vad.base import FRAME, Vad

JOIN = samples_of(0.8)
"""Voiced spans closer than this are one passage."""

LONGEST = samples_of(15.0)
"""A passage that would grow longer ends at the pause before."""

LEAD = samples_of(0.2)
BLOCK = samples_of(30.0)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ears:
    """What hears: ``vad`` makes a fresh detector; ``tagger`` and ``recogniser`` hold no state between passages."""

    vad: Callable[[], Vad]
    recogniser: Recogniser
    tagger: Tagger
    events: EventDetector
    diariser: Diariser


def read(ears: Ears, audio: AudioChunk, name: str, tell: Callable[[str], None] = lambda _: None) -> Timeline:
    """The timeline of mono audio at 16 kHz that starts at 0, of any length. ``tell``: progress for people who wait."""
    spans = voiced_spans(ears.vad, audio.samples)
    passages: list[Passage] = []
    found = grouped(spans)
    speakers = ears.diariser.labels(audio, [(group[0][0], group[-1][1]) for group in found])
    usual: dict[int, Baseline] = {}
    moods: dict[int, Mood] = {}
    for number, (group, speaker) in enumerate(zip(found, speakers, strict=True), 1):
        passage = _passage(ears, audio, group)
        prosody = passage.tags.prosody
        before = usual.get(speaker, Baseline())
        moods[speaker] = mood_step(moods.get(speaker, Mood()), passage.tags)
        unusual = plain(against(before, prosody)) if prosody else ()
        usual[speaker] = baseline_step(before, prosody) if prosody else before
        passages.append(replace(passage, unusual=unusual, mood=moods[speaker], speaker=speaker))
        if number % 10 == 0 or number == len(found):
            tell(f"{name}: {number} of {len(found)} passages")
    pitch, level = _curves(audio.samples)
    return Timeline(
        file=name,
        length=len(audio.samples),
        passages=tuple(passages),
        events=_events(ears.events, audio.samples, passages, spans),
        hears_sounds=ears.events.hears_sounds,
        pitch_hz=pitch,
        level_db=level,
    )


def voiced_spans(vad: Callable[[], Vad], samples: Samples) -> tuple[Span, ...]:
    """Where somebody speaks."""
    detector, state, rules = vad(), Endpoint(), EndpointRules()
    spans: list[Span] = []
    padded = np.pad(samples, (0, FRAME * 4 - len(samples) % FRAME))
    for start in range(0, len(padded) - FRAME + 1, FRAME):
        score = detector.score(padded[start : start + FRAME])
        state, told = endpoint_step(state, score, start, start + FRAME, rules)
        spans += [(event.onset, min(event.end, len(samples))) for event in told if isinstance(event, VoicePaused)]
    detector.close()
    return tuple(span for span in spans if span[1] > span[0])


def grouped(spans: Sequence[Span]) -> list[tuple[Span, ...]]:
    """Voiced spans as passages: joined over short pauses, never much longer than :data:`LONGEST`."""
    groups: list[tuple[Span, ...]] = []
    for span in spans:
        last = groups[-1] if groups else ()
        if last and span[0] - last[-1][1] < JOIN and span[1] - last[0][0] <= LONGEST:
            groups[-1] = (*last, span)
        else:
            groups.append((span,))
    return groups


def _passage(ears: Ears, audio: AudioChunk, group: tuple[Span, ...]) -> Passage:
    start, end = max(0, group[0][0] - LEAD), min(len(audio.samples), group[-1][1] + LEAD)
    chunk = AudioChunk(audio.samples[start:end], audio.sample_rate, start)
    heard = ears.recogniser.decode(chunk)
    utterance = Utterance(0, heard.text, heard.words, chunk, heard.language, group, heard.features, heard.confidence)
    return Passage(start, end, heard.text, heard.words, ears.tagger.tag(utterance), (), Mood())


def _events(
    detector: EventDetector, samples: Samples, passages: Sequence[Passage], spans: Sequence[Span]
) -> tuple[VocalEvent, ...]:
    """Sounds of the whole recording; fillers, repairs and whispers of the passages; long pauses between voices."""
    words: list[Word] = [word for passage in passages for word in passage.words]
    found = [event for passage in passages for event in passage.tags.events if event.kind == "whisper"]
    for start in range(0, len(samples), BLOCK):
        inside = [word for word in words if start <= word.start < start + BLOCK]
        block = detector.detect(samples[start : start + BLOCK], start, inside)
        found += [event for event in block if event.kind not in {"long pause", "whisper"}]
    for (_, before), (after, _) in itertools.pairwise(spans):
        if after - before >= samples_of(LONG_PAUSE_S):
            found.append(VocalEvent("long pause", before, after, 1.0))
    return tuple(sorted(found, key=lambda event: (event.start, event.kind)))


def _curves(samples: Samples) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Pitch and level of the whole recording, for the eye."""
    pitch: list[float] = []
    level: list[float] = []
    for start in range(0, len(samples), BLOCK):
        frames = analyse(samples[start : start + BLOCK])
        pitch += [float(value) for value in frames.f0_hz]
        level += [float(value) for value in frames.energy_db]
    return tuple(pitch), tuple(level)
