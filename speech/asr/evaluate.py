"""Recognition measured as it is used: audio arrives at the speed of talk, partials come as often as the machine
manages, and the final text counts from the last sample. Nobody waits: only decoding takes real time.

The time of a call is simulated as a queue of one worker, so a partial that is still running when the utterance ends
delays the final text, as it does in a call without cancellation. It knows nothing about files or printing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from warmline.speech.asr.agreement import bare
from warmline.speech.asr.base import Recogniser
from warmline.speech.asr.normalise import words_of
from warmline.speech.asr.scoring import Errors, errors
from warmline.speech.asr.stream import Transcriber
from warmline.speech.asr.windows import loudness
from warmline.speech.turn import endpoint
from warmline.speech.turn.endpoint import Endpoint, EndpointRules, VoicePaused, VoiceStarted
from warmline.speech.types import AudioChunk, Samples, samples_of, seconds_of
from warmline.speech.vad.base import FRAME, Vad

PARTIAL_EVERY = samples_of(0.5)
_LEAD = samples_of(0.25)


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance as it was streamed. ``first_partial_ms``: from the first sound above the noise to the first words
    on the screen, nan if there were none. ``final_ms``: from the last sample to the final text. ``busy_s``: time
    spent decoding. ``stable_wrong``: stable words that the final text contradicts."""

    text: str
    first_partial_ms: float
    final_ms: float
    busy_s: float
    stable: int
    stable_wrong: int


def stream(recogniser: Recogniser, samples: Samples, now_s: Callable[[], float]) -> Heard:
    """Stream one utterance, float32[n] at 16 kHz; ``now_s`` is a monotonic clock in seconds."""
    transcriber = Transcriber(recogniser)
    length_s, onset_s = seconds_of(len(samples)), _onset_s(samples)
    free_s = busy_s = 0.0
    first_ms = float("nan")
    stable: tuple[str, ...] = ()
    due = PARTIAL_EVERY
    while max(seconds_of(due), free_s) < length_s:
        at_s = max(seconds_of(due), free_s)
        began_s = now_s()
        partial = transcriber.partial(AudioChunk(samples[: samples_of(at_s)]))
        took_s = now_s() - began_s
        free_s, busy_s = at_s + took_s, busy_s + took_s
        if first_ms != first_ms and partial.text:
            first_ms = 1e3 * max(0.0, free_s - onset_s)
        stable = tuple(partial.stable.split())
        due = samples_of(at_s) + PARTIAL_EVERY
    began_s = now_s()
    text = transcriber.final(AudioChunk(samples)).text
    took_s = now_s() - began_s
    final_ms = 1e3 * (max(0.0, free_s - length_s) + took_s)
    wrong = errors([bare(word) for word in stable], [bare(word) for word in text.split()][: len(stable)])
    return Heard(text, first_ms, final_ms, busy_s + took_s, len(stable), wrong.changed + wrong.dropped)


def against(reference: str, text: str) -> Errors:
    """Word errors after normalisation."""
    return errors(words_of(reference), words_of(text))


def voiced_spans(vad: Vad, samples: Samples, rules: EndpointRules) -> tuple[tuple[int, int], ...]:
    """Where a call would hear somebody speak: (start, end) sample indices, with a little lead-in."""
    vad.reset()
    state, spans, began = Endpoint(), list[tuple[int, int]](), None
    for start in range(0, len(samples) - FRAME + 1, FRAME):
        end = start + FRAME
        state, events = endpoint.step(state, vad.score(samples[start:end]), start, end, rules)
        for event in events:
            match event:
                case VoiceStarted():
                    began = max(0, event.onset - _LEAD)
                case VoicePaused():
                    spans.append((began if began is not None else event.onset, event.at))
                    began = None
    if began is not None:
        spans.append((began, len(samples)))
    return tuple(spans)


def hallucinated(recogniser: Recogniser, samples: Samples, spans: tuple[tuple[int, int], ...]) -> int:
    """Words put out for audio that holds none: those of the final text of each span."""
    pieces = (AudioChunk(samples[start:end], start=start) for start, end in spans)
    return sum(len(words_of(Transcriber(recogniser).final(piece).text)) for piece in pieces)


def tiles(samples: Samples, length_s: float = 10.0) -> tuple[tuple[int, int], ...]:
    """The whole audio in pieces, for recognition without a voice activity detector before it."""
    length = samples_of(length_s)
    return tuple((start, min(start + length, len(samples))) for start in range(0, len(samples), length))


def _onset_s(samples: Samples) -> float:
    """The first sound within 30 dB of the loudest 20 ms."""
    levels = loudness(samples)
    return seconds_of(int((levels >= levels.max() - 30.0).argmax()) * 320) if len(levels) else 0.0
