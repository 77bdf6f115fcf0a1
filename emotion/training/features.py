"""Recordings as pooled rows, kept on disk between runs: the slow part of every recipe.

A row is what the tagger itself would hand to its head, made by the tagger's own functions. The cache is one npz a
corpus, encoder and variant, written every few hundred clips, so that a stopped run goes on where it was.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.functionals import NAMES
from warmline.emotion.head import STRIDE, Floats, averaged, pooled
from warmline.emotion.tagger.encoder_probe import hear, spoken_frames
from warmline.emotion.training.augment import on_the_line
from warmline.emotion.training.corpora import Clip, Corpus, recordings
from warmline.emotion.training.encode import Encoder
from warmline.emotion.types import LABELS
from warmline.speech.runtime.errors import StorageError, UnreadableInput
from warmline.speech.types import AudioChunk, Samples, Utterance

SEED = 1234
SAVE_EVERY = 1000
WINDOWS_S = (8.0, 8.0, 10.0, 12.0, 15.0)
"""Windows drawn for changed copies: the encoder's output shifts a little with its padding."""

Change = Callable[[Samples, Clip], Samples]


@dataclass(frozen=True, slots=True)
class Rows:
    """Pooled rows, float32[n, inputs] (nan where unmeasured), their clips, which variant of the clip each is
    (0 the recording itself, 1 and up changed copies: never evaluated on), and each one's frames of speech,
    float16[T, width], averaged by the stride of the :class:`Source`; no frames for a head without encoder."""

    rows: Floats
    clips: tuple[Clip, ...]
    variant: NDArray[np.int_]
    frames: tuple[NDArray[np.float16], ...] = ()

    @classmethod
    def joined(cls, pieces: Sequence[Rows]) -> Rows:
        return cls(
            np.concatenate([piece.rows for piece in pieces]),
            tuple(clip for piece in pieces for clip in piece.clips),
            np.concatenate([piece.variant for piece in pieces]),
            tuple(frames for piece in pieces for frames in piece.frames),
        )

    def take(self, index: NDArray[np.intp]) -> Rows:
        frames = tuple(self.frames[at] for at in index) if self.frames else ()
        return Rows(self.rows[index], tuple(self.clips[at] for at in index), self.variant[index], frames)

    @property
    def truth(self) -> NDArray[np.int_]:
        return np.array([LABELS.index(clip.label) for clip in self.clips])


@dataclass(frozen=True, slots=True)
class Heard:
    """``row``: float32[2 * width + len(NAMES)]; ``frames``: float16[T, width]."""

    row: Floats
    frames: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from. ``variant`` above 0 changes each clip by :func:`~.augment.on_the_line`, seeded by the
    clip's name; ``change`` replaces that by one's own (for evaluation on a worse line)."""

    encoder: Encoder
    noises: tuple[Samples, ...] = ()
    variant: int = 0
    change: Change | None = None
    stride: int = STRIDE

    def row(self, clip: Clip, samples: Samples) -> Heard:
        """What is kept of one clip."""
        chance = np.random.default_rng([SEED, self.variant, zlib.crc32(clip.file.encode())])
        window_s = None
        if self.change is not None:
            samples = self.change(samples, clip)
        elif self.variant:
            samples = on_the_line(samples, chance, self.noises)
            window_s = float(chance.choice(WINDOWS_S))
        return heard_of(self.encoder, samples, window_s, self.stride)


def heard_of(encoder: Encoder, samples: Samples, window_s: float | None = None, stride: int = STRIDE) -> Heard:
    """Pooled encoder frames of the speech, then functionals. Where no frame is speech, every frame counts."""
    features = encoder.encode(samples, window_s)
    heard = hear(Utterance(0, "", (), AudioChunk(samples)))
    frames, functionals = features.frames, np.full(len(NAMES), np.nan, np.float32)
    if heard is not None:
        spoken, functionals = spoken_frames(features, heard.start, heard.spoken), heard.functionals
        frames = spoken if len(spoken) else frames
    return Heard(np.concatenate([pooled(frames), functionals]), averaged(frames, stride).astype(np.float16))


def extract(
    corpus: Corpus,
    source: Source,
    cache: Path | None = None,
    tell: Callable[[str], None] | None = None,
    cached_only: bool = False,
) -> Rows:
    """Rows of a whole corpus. ``cache``: a folder to keep them in. ``cached_only``: take what lies there and make
    no more. Raises UnreadableInput when no clip was readable."""
    path = cache / f"{corpus.name}.{source.encoder.name}.{source.variant}.{source.stride}.npz" if cache else None
    kept = _read(path)
    missing = tuple(clip for clip in corpus.clips if clip.file not in kept)
    if missing and not cached_only:
        left = Corpus(corpus.name, missing, corpus.audio, 0)
        for count, (clip, samples) in enumerate(recordings(left), 1):
            kept[clip.file] = source.row(clip, samples)
            if count % SAVE_EVERY == 0:
                _write(path, kept)
                if tell:
                    tell(f"{corpus.name}, variant {source.variant}: {count} of {len(missing)}")
        _write(path, kept)
    clips = tuple(clip for clip in corpus.clips if clip.file in kept)
    if not clips:
        raise UnreadableInput(f"none of the {len(corpus.clips)} recordings of {corpus.name} is in {corpus.audio}")
    rows = np.array([kept[clip.file].row for clip in clips], np.float32)
    return Rows(rows, clips, np.full(len(clips), source.variant), tuple(kept[clip.file].frames for clip in clips))


def _read(path: Path | None) -> dict[str, Heard]:
    if path is None or not path.exists():
        return {}
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if list(arrays["names"]) != list(NAMES):
                return {}
            return dict(_pairs(arrays["files"], arrays["rows"], arrays["frames"], arrays["counts"]))
    except (KeyError, ValueError, OSError, zipfile.BadZipFile):
        return {}  # of an older version, or a run stopped while writing: made anew


def _pairs(
    files: NDArray[np.str_], rows: Floats, frames: NDArray[np.float16], counts: NDArray[np.int_]
) -> Iterator[tuple[str, Heard]]:
    ends = np.cumsum(counts)
    for file, row, end, count in zip(files, rows, ends, counts, strict=True):
        yield str(file), Heard(row, frames[end - count : end])


def _write(path: Path | None, kept: dict[str, Heard]) -> None:
    if path is None or not kept:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(
            part,
            files=np.array(list(kept)),
            rows=np.array([item.row for item in kept.values()]),
            frames=np.concatenate([item.frames for item in kept.values()]),
            counts=np.array([len(item.frames) for item in kept.values()]),
            names=np.array(NAMES),
        )
        part.replace(path)
    except OSError as error:
        raise StorageError(f"the cache {path} cannot be written: {error}") from error
