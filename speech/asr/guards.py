"""Whisper's known ways of going wrong, caught from the outside: loops, words out of silence, text without end.

Pure: decisions on what a decode gave. It knows nothing about models, and cannot tell a sentence that somebody really
said twice from a loop; that is why a loop is first only a reason to look again through a longer window.
Source of the gates on log-probability and compression: Radford et al. (2022), section 4.5.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from warmline.speech.types import Samples


class Guard(StrEnum):
    """What was caught; the value is what :attr:`Hypothesis.rejected` says."""

    TOO_SHORT = "too short"
    SILENCE = "silence"
    NO_SPEECH = "no speech"
    LOW_CONFIDENCE = "low confidence"
    LOOP = "loop"
    ECHO = "echo of the hot words"


@dataclass(frozen=True, slots=True)
class Draft:
    """One pass of the decoder. ``log_prob``: mean over its tokens, natural logarithm. ``no_speech``: probability of
    the no-speech token. ``capped``: the token cap stopped it."""

    text: str
    log_prob: float
    no_speech: float
    capped: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """What a voice activity detector says of the same audio: seconds of voice, their share of the whole, and its
    third highest score."""

    voiced_s: float
    share: float
    peak: float = 1.0

    @classmethod
    def of(cls, scores: Sequence[float], frame_s: float) -> Voice:
        """From the detector's scores of frames of ``frame_s`` seconds."""
        voiced = sum(score > 0.5 for score in scores)
        ordered = sorted(scores, reverse=True)
        return cls(voiced * frame_s, voiced / max(1, len(ordered)), ordered[2] if len(ordered) > 2 else 0.0)


@dataclass(frozen=True, slots=True)
class Gates:
    """Thresholds. On the no-speech probability: a text is doubtful from ``doubt``; no speech is ``possible``,
    ``likely``, ``sure``. On the mean log-probability: ``weak``, ``hopeless``, and ``lost`` where there certainly is a
    voice. On the detector's answer to a doubtful text: at least ``voiced_s`` of voice; at least the share ``some`` if
    no speech is possible; from the share ``clear`` and the peak ``certain`` only the words are in doubt.
    ``compression``: length over zlib length from which a text of 40 characters repeats itself too much.

    Set on 142 noises (a sneeze is "thank you", a dog is "yes") against short answers such as "help", quiet and in
    noise, whose log-probability is no better."""

    doubt: float = 0.05
    possible: float = 0.1
    likely: float = 0.35
    sure: float = 0.85
    unsure: float = -0.3
    weak: float = -0.7
    hopeless: float = -1.3
    lost: float = -2.5
    voiced_s: float = 0.2
    some: float = 0.15
    clear: float = 0.4
    certain: float = 0.9
    compression: float = 2.4


GATES = Gates()


def token_cap(duration_s: float) -> int:
    """Tokens that nobody outspeaks: English talk is 3 to 6 tokens a second with punctuation."""
    return 10 + int(7.0 * duration_s)


def is_silent(peak: float) -> bool:
    """Whether audio with this greatest absolute sample can hold no voice: below -80 dB of full scale."""
    return peak < 1e-4


def unheard(samples: Samples, shortest: int) -> Guard | None:
    """Why float32[n] is not even decoded, or None."""
    if len(samples) < shortest:
        return Guard.TOO_SHORT
    return Guard.SILENCE if is_silent(float(np.abs(samples).max())) else None


def suspicion(draft: Draft, gates: Gates = GATES) -> bool:
    """Whether a longer window should have a look: the text repeats itself, or ran into its cap."""
    return draft.capped or repeats(draft.text) or _compression(draft.text) > gates.compression


def unsure(draft: Draft, gates: Gates = GATES) -> bool:
    """Whether other words may be likelier than the greedily chosen ones, so that a search for them pays: of 192
    recordings (clean, noisy, by telephone, in rooms) that is half, and their word errors fall by a tenth; searching in
    the other half as well gains nothing."""
    return draft.log_prob < gates.unsure


def weak(draft: Draft, gates: Gates = GATES) -> bool:
    """Whether the words are poorly supported, or speech may be missing altogether."""
    return draft.no_speech > gates.doubt or draft.log_prob < gates.weak


def doubtful(draft: Draft, gates: Gates = GATES) -> bool:
    """Whether it is worth asking a voice activity detector: a clear sentence never is."""
    return weak(draft, gates) or suspicion(draft, gates)


def is_certain(voice: Voice | None, gates: Gates = GATES) -> bool:
    """Whether the detector was asked and is sure of a voice."""
    return voice is not None and voice.share >= gates.clear and voice.peak >= gates.certain


def no_voice(draft: Draft, voice: Voice | None, gates: Gates = GATES) -> bool:
    """Whether the detector was asked and heard too little of a voice for any text."""
    if voice is None:
        return False
    return voice.voiced_s < gates.voiced_s or (voice.share < gates.some and draft.no_speech > gates.possible)


def verdict(draft: Draft, voice: Voice | None = None, gates: Gates = GATES) -> Guard | None:
    """Why the last word on some audio must not be taken, or None when it may. ``voice`` where it was asked for."""
    if not any(letter.isalnum() for letter in draft.text) or draft.no_speech > gates.sure:
        return Guard.NO_SPEECH
    if no_voice(draft, voice, gates):
        return Guard.NO_SPEECH
    certain = is_certain(voice, gates)
    bar = gates.likely if voice is None else gates.possible
    if not certain and draft.no_speech > bar and draft.log_prob < gates.weak:
        return Guard.NO_SPEECH
    if draft.log_prob < (gates.lost if certain else gates.hopeless):
        return Guard.LOW_CONFIDENCE
    if draft.capped or _compression(draft.text) > gates.compression:
        return Guard.LOOP
    return None


def repeats(text: str) -> bool:
    """Whether words follow each other again at once: a phrase of four or more twice, of two or three three times, or
    one word five times."""
    return _loop(_bare(text)) is not None


def once(draft: Draft) -> Draft:
    """A looping draft of a certain voice, with each loop said once: the words before it were heard."""
    text = unlooped(draft.text)
    return replace(draft, text=text, capped=draft.capped and text == draft.text)


def unlooped(text: str) -> str:
    """The text with each loop cut to its first round, together with the broken round that the end of it may be."""
    shown, words = text.split(), _bare(text)
    while (found := _loop(words)) is not None:
        start, size, end = found
        rest = next((k for k in range(size) if words[end : end + k + 1] != words[start : start + k + 1]), size)
        stop = end + rest if end + rest == len(words) else end
        del shown[start + size : stop], words[start + size : stop]
    return " ".join(shown)


def _loop(words: list[str]) -> tuple[int, int, int] | None:
    """The loop with the longest phrase: where it begins, the phrase's words, where its last whole round ends."""
    for size, times in sorted(_limits(len(words)), reverse=True):
        start, count = _longest_run(words, size)
        if count >= times:
            return start, size, start + count * size
    return None


def _bare(text: str) -> list[str]:
    return [word.strip(".,!?;:\"'").lower() for word in text.split()]


def _limits(words: int) -> list[tuple[int, int]]:
    """Sizes of phrases, and how often in a row each is a loop."""
    return [(1, 5), (2, 3), (3, 3), *((size, 2) for size in range(4, words // 2 + 1))]


def _longest_run(words: list[str], size: int) -> tuple[int, int]:
    """Where the longest run of one phrase of ``size`` words begins, and how many whole rounds it has."""
    start, longest, run = 0, 0, 0
    for i in range(len(words) - size):
        run = run + 1 if words[i] == words[i + size] else 0
        if run > longest:
            start, longest = i - run + 1, run
    return start, longest // size + 1


def _compression(text: str) -> float:
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if len(raw) >= 40 else 0.0
