"""From examples to rows, kept on disk between runs: one npz a set of utterances."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmline.speech.asr.base import Hypothesis, Recogniser
from warmline.speech.runtime.errors import CorruptWeights
from warmline.speech.turn import acoustics
from warmline.speech.turn.base import TurnDetector
from warmline.speech.turn.training.material import Example, Spoken, examples
from warmline.speech.types import AudioChunk

FORMAT = 2


@dataclass(frozen=True, slots=True)
class Rows:
    """One line an example. ``row``: float32[n, width]; ``smart``: float32[n, 2], Smart Turn's score at the first and
    at the second look; ``text``: the words so far; ``ended``, ``own``: bool[n]."""

    row: NDArray[np.float32]
    smart: NDArray[np.float32]
    text: NDArray[np.str_]
    ended: NDArray[np.bool_]
    own: NDArray[np.bool_]
    corpus: NDArray[np.str_]
    speaker: NDArray[np.str_]

    @staticmethod
    def joined(parts: Sequence[Rows]) -> Rows:
        return Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in Rows.__slots__))

    def where(self, kept: NDArray[np.bool_]) -> Rows:
        return Rows(*(getattr(self, name)[kept] for name in Rows.__slots__))


def extract(
    spoken: Sequence[Spoken],
    recogniser: Recogniser,
    smart: TurnDetector,
    cache: Path | None,
    seed: int,
    tell: Callable[[str], None],
) -> Rows:
    """The rows of these utterances; from ``cache`` where the same ones were read before. ``recogniser`` gives word
    times and encoder features. Raises CorruptWeights where it gives none."""
    path = cache / f"turns_{_key(spoken, seed)}.npz" if cache is not None else None
    if path is not None and path.is_file():
        with np.load(path) as found:
            return Rows(*(found[name] for name in Rows.__slots__))
    lines = []
    for number, one in enumerate(spoken):
        lines += list(_lines(one, recogniser, smart, np.random.default_rng([seed, number])))
        if (number + 1) % 20 == 0 or number + 1 == len(spoken):
            tell(f"{one.corpus}: {number + 1} of {len(spoken)} utterances, {len(lines)} examples")
    rows = Rows(*(np.array(column) for column in zip(*lines, strict=True)))
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **{name: getattr(rows, name) for name in Rows.__slots__})
    return rows


Line = tuple[NDArray[np.float32], NDArray[np.float32], str, bool, bool, str, str]


def _lines(spoken: Spoken, recogniser: Recogniser, smart: TurnDetector, rng: np.random.Generator) -> Iterator[Line]:
    for example, known in examples(spoken, recogniser, rng):
        heard = known or recogniser.decode(AudioChunk(example.audio))
        yield _line(example, heard, smart)


def _line(example: Example, heard: Hypothesis, smart: TurnDetector) -> Line:
    if heard.features is None:
        raise CorruptWeights("this recogniser gives no encoder features: train with asr.backend=faster_whisper")
    row = acoustics.row(example.audio, heard.features)
    scores = [smart.score(example.audio), smart.score(np.concatenate([example.audio, example.later]))]
    spoken = example.spoken
    return (
        row,
        np.array(scores, np.float32),
        heard.text,
        example.ended,
        example.own_pause,
        spoken.corpus,
        spoken.speaker,
    )


def _key(spoken: Sequence[Spoken], seed: int) -> str:
    digest = hashlib.sha256(f"{FORMAT} {seed} {acoustics.SPANS_S} {acoustics.LOUDNESS}".encode())
    for one in spoken:
        digest.update(f"{one.corpus} {one.name} {len(one.samples)}".encode())
    return digest.hexdigest()[:16]
