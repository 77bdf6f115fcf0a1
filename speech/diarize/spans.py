"""Spans of a recording, and who speaks in them: what ``transcribe --speakers`` calls.

labels = speakers(audio, [(word.start, word.end) ...] or the voiced spans, diariser)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from warmline.speech.diarize.base import NOBODY, Diariser, Span, Voiceprint
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, samples_of

JOINED: Final = samples_of(0.3)
"""Spans closer together than this are one stretch of speech: words are too short to tell a voice by."""

LONGEST: Final = samples_of(6.0)


def speakers(audio: AudioChunk, spans: Sequence[Span], diariser: Diariser) -> tuple[int, ...]:
    """A speaker for each span (words or voiced stretches, in order of time): 0 for the first to speak, then 1 ...

    Spans that follow closely are told together, in stretches of up to 6 s; a stretch that is too short to tell has the
    speaker of the nearest one that is not. NOBODY only where nothing could be told at all. ``audio`` is at 16 kHz.
    """
    groups = _stretches(spans)
    found = diariser.labels(audio, [(spans[first][0], spans[last][1]) for first, last in groups])
    told = [((spans[a][0] + spans[b][1]) / 2, label) for (a, b), label in zip(groups, found, strict=True) if label >= 0]
    out: list[int] = []
    for (first, last), label in zip(groups, found, strict=True):
        middle = (spans[first][0] + spans[last][1]) / 2
        nearest = min(told, key=lambda one: abs(one[0] - middle), default=(0.0, NOBODY))[1]
        out += [label if label >= 0 else nearest] * (last - first + 1)
    return tuple(out)


def _stretches(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """First and last index of each stretch of spans that follow closely."""
    groups: list[tuple[int, int]] = []
    for i, (start, end) in enumerate(spans):
        if groups:
            first, last = groups[-1]
            if start - spans[last][1] <= JOINED and end - spans[first][0] <= LONGEST:
                groups[-1] = (first, i)
                continue
        groups.append((i, i))
    return groups


def cut(audio: AudioChunk, span: Span) -> Samples:
    """The samples of a span that lie in the audio. ValueError for another rate than 16 kHz."""
    if audio.sample_rate != SAMPLE_RATE:
        raise ValueError(f"speakers are told at {SAMPLE_RATE} Hz, not at {audio.sample_rate}")
    return audio.samples[max(0, span[0] - audio.start) : max(0, span[1] - audio.start)]


def prints_of(
    voiceprint: Callable[[Samples], Voiceprint | None], audio: AudioChunk, spans: Sequence[Span]
) -> list[Voiceprint | None]:
    """The voiceprint of each span."""
    return [voiceprint(cut(audio, span)) for span in spans]
