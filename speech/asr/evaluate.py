"""Recognition measured as a call uses it: audio arrives at the speed of talk, partials come while somebody speaks, each
pause that the voice activity detector notices asks for the final text. Nobody waits: only decoding takes real time.

Time is the stream clock, with one worker that takes as long for each decode as it really took here, so that a partial
which still runs when the voice ends delays the final text. (A call cancels such a partial: this measure does not.) It
knows nothing about files or printing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from warmline.speech.asr.agreement import bare
from warmline.speech.asr.base import Hypothesis, Recogniser
from warmline.speech.asr.normalise import words_of
from warmline.speech.asr.scoring import Errors, errors
from warmline.speech.asr.stream import Transcriber, next_partial
from warmline.speech.asr.windows import loudness
from warmline.speech.turn import endpoint
from warmline.speech.turn.endpoint import Endpoint, EndpointRules, VoicePaused
from warmline.speech.types import AudioChunk, Samples, samples_of, seconds_of
from warmline.speech.vad.base import FRAME, Vad

T = TypeVar("T")

_LEAD = samples_of(0.25)


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance as it was streamed. ``first_partial_ms``: from the first voiced sample to the first words on the
    screen, nan if there were none. ``final_ms``: from the last voiced sample to the final text, the detector's wait
    included; ``decode_ms``: the part of it that is decoding. ``busy_s``: time spent decoding. ``stable_wrong``: stable
    words that the final text contradicts."""

    text: str
    first_partial_ms: float
    final_ms: float
    decode_ms: float
    busy_s: float
    stable: int
    stable_wrong: int


@dataclass(frozen=True, slots=True)
class Span:
    """A voice from sample ``start`` to ``end``; ``at``: when it was noticed that it had ended."""

    start: int
    end: int
    at: int


@dataclass(slots=True)
class _Worker:
    """One thread that decodes: when it is free on the stream clock, and how long it has worked."""

    now_s: Callable[[], float]
    free_s: float = 0.0
    busy_s: float = 0.0
    took_s: float = 0.0

    def run(self, at_s: float, job: Callable[[int], T]) -> T:
        """Run ``job`` with the sample index at which it begins."""
        start_s = max(at_s, self.free_s)
        began_s = self.now_s()
        result = job(samples_of(start_s))
        self.took_s = self.now_s() - began_s
        self.free_s, self.busy_s = start_s + self.took_s, self.busy_s + self.took_s
        return result


@dataclass(frozen=True, slots=True)
class _Final:
    """The final text of the audio up to a pause, asked for whenever the worker is free."""

    audio: AudioChunk
    voiced_end: int | None

    def of(self, transcriber: Transcriber) -> Callable[[int], Hypothesis]:
        return lambda _: transcriber.final(self.audio, voiced_end=self.voiced_end)


def stream(recogniser: Recogniser, samples: Samples, now_s: Callable[[], float], vad: Vad | None = None) -> Heard:
    """Stream one utterance, float32[n] at 16 kHz; ``now_s`` is a monotonic clock in seconds. Without ``vad``, or where
    it hears no voice, all from the first sound on counts as voice."""
    spans = voices(vad, samples, EndpointRules()) if vad is not None else ()
    known = bool(spans)
    spans = spans or (Span(_onset(samples), len(samples), len(samples)),)
    transcriber, worker = Transcriber(recogniser), _Worker(now_s)
    first_ms, stable, text = float("nan"), tuple[str, ...](), ""
    for span in spans:
        decoded_to = span.start
        while max(seconds_of(next_partial(span.start, decoded_to)), worker.free_s) < seconds_of(span.end):
            due_s = seconds_of(next_partial(span.start, decoded_to))
            partial = worker.run(due_s, lambda now: transcriber.partial(AudioChunk(samples[:now])))
            decoded_to = partial.end
            if first_ms != first_ms and partial.text:
                first_ms = 1e3 * max(0.0, worker.free_s - seconds_of(spans[0].start))
            stable = tuple(partial.stable.split())
        asked = _Final(AudioChunk(samples[: span.at]), span.end if known else None)
        text = worker.run(seconds_of(span.at), asked.of(transcriber)).text
    final_ms = 1e3 * (worker.free_s - seconds_of(spans[-1].end))
    wrong = errors([bare(word) for word in stable], [bare(word) for word in text.split()][: len(stable)])
    counted = (len(stable), wrong.changed + wrong.dropped)
    return Heard(text, first_ms, final_ms, 1e3 * worker.took_s, worker.busy_s, *counted)


def against(reference: str, text: str) -> Errors:
    """Word errors after normalisation."""
    return errors(words_of(reference), words_of(text))


def voices(vad: Vad, samples: Samples, rules: EndpointRules) -> tuple[Span, ...]:
    """Where a call would hear somebody speak."""
    vad.reset()
    state, spans = Endpoint(), list[Span]()
    for start in range(0, len(samples) - FRAME + 1, FRAME):
        state, events = endpoint.step(state, vad.score(samples[start : start + FRAME]), start, start + FRAME, rules)
        spans += [Span(event.onset, event.end, event.at) for event in events if isinstance(event, VoicePaused)]
    if state.onset is not None:
        spans.append(Span(state.onset, len(samples), len(samples)))
    return tuple(spans)


def voiced_spans(vad: Vad, samples: Samples, rules: EndpointRules) -> tuple[tuple[int, int], ...]:
    """What a call would hand to recognition: (start, end) sample indices, with a little lead-in."""
    return tuple((max(0, span.start - _LEAD), span.at) for span in voices(vad, samples, rules))


def hallucinated(recogniser: Recogniser, samples: Samples, spans: tuple[tuple[int, int], ...]) -> int:
    """Words put out for audio that holds none: those of the final text of each span."""
    pieces = (AudioChunk(samples[start:end], start=start) for start, end in spans)
    return sum(len(words_of(Transcriber(recogniser).final(piece).text)) for piece in pieces)


def tiles(samples: Samples, length_s: float = 10.0) -> tuple[tuple[int, int], ...]:
    """The whole audio in pieces, for recognition without a voice activity detector before it."""
    length = samples_of(length_s)
    return tuple((start, min(start + length, len(samples))) for start in range(0, len(samples), length))


def _onset(samples: Samples) -> int:
    """The first sound within 30 dB of the loudest 20 ms."""
    levels = loudness(samples)
    return int((levels >= levels.max() - 30.0).argmax()) * 320 if len(levels) else 0
