"""Labelled corpora of emotional speech: a table of labels and a folder or tar of recordings, in any codec.

The table is tab-separated with the columns ``file``, ``emotion``, ``speaker`` and ``gender``; more columns are welcome
and ignored. Knows nothing about features or models. Labels that no label of ours means are left out on purpose: see
:data:`LABEL_OF`.
"""

from __future__ import annotations

import csv
import io
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import av
import numpy as np

from warmline.emotion.types import LABELS
from warmline.speech.runtime.errors import UnreadableInput
from warmline.speech.types import SAMPLE_RATE, Samples

LABEL_OF: dict[str, str] = {
    **{label: label for label in LABELS},
    # the same word in another form
    "anger": "angry",
    "ang": "angry",
    "disgust": "disgusted",
    "dis": "disgusted",
    "fear": "fearful",
    "fea": "fearful",
    "afraid": "fearful",
    "happiness": "happy",
    "hap": "happy",
    "joy": "happy",
    "neu": "neutral",
    "sadness": "sad",
    "surprise": "surprised",
    "sur": "surprised",
    # TESS says "pleasant surprise": the voice is that of surprise
    "ps": "surprised",
    "pleasant_surprise": "surprised",
    "pleasant_surprised": "surprised",
    # four-class work on IEMOCAP counts excited as happy; "anxiety" is Emo-DB's word for fear
    "excited": "happy",
    "anxiety": "fearful",
    "anxious": "fearful",
    "relaxed": "calm",
    # the German names of Emo-DB, and other languages' plain words for the same eight
    "wut": "angry",
    "ärger": "angry",
    "aerger": "angry",
    "ekel": "disgusted",
    "angst": "fearful",
    "freude": "happy",
    "trauer": "sad",
    "traurigkeit": "sad",
    "überraschung": "surprised",
    "joyful": "happy",
    "joyous": "happy",
    "excitement": "happy",
    "rage": "angry",
    "scared": "fearful",
    "terror": "fearful",
    "sorrow": "sad",
    "grief": "sad",
    "normal": "neutral",
    "calmness": "calm",
    "surprize": "surprised",
    "amazed": "surprised",
}
"""A corpus's label (lower case) to ours. Boredom, contempt, frustration, sarcasm and "other" are in no label of ours:
mapping them to the nearest one would teach a wrong sound, so such clips are left out."""

HIGH_AROUSAL = frozenset({"happy", "angry", "fearful", "surprised"})
LOW_AROUSAL = frozenset({"neutral", "calm", "sad"})
"""Disgust is left out of high against low: ratings of its arousal disagree between studies."""

NEEDED = ("file", "emotion")


@dataclass(frozen=True, slots=True)
class Clip:
    """One labelled recording; ``label`` is one of ours (LABELS), ``gender`` is as the table says."""

    file: str
    label: str
    speaker: str
    gender: str
    corpus: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """A table and its recordings. ``left_out`` counts rows whose label means none of ours; ``unknown``: those labels
    and how often each occurs."""

    name: str
    clips: tuple[Clip, ...]
    audio: Path
    left_out: int
    unknown: Mapping[str, int] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that occur, in the order of LABELS."""
        found = {clip.label for clip in self.clips}
        return tuple(label for label in LABELS if label in found)


def read_corpus(labels: Path, audio: Path, limit: int | None = None) -> Corpus:
    """Read a table. ``limit`` keeps about that many clips, spread evenly over the table.

    Raises UnreadableInput for a missing file, missing columns, and a table without one usable row.
    """
    if not audio.exists():
        raise UnreadableInput(f"there is no folder or tar of recordings at {audio}: give the corpus's audio")
    name = labels.stem.removesuffix("_labels")
    rows = _rows(labels)
    clips = []
    unknown: Counter[str] = Counter()
    for row in rows:
        label = LABEL_OF.get((row["emotion"] or "").strip().lower())
        if label is not None and row["file"]:
            clips.append(Clip(row["file"], label, row.get("speaker") or "?", row.get("gender") or "?", name))
        elif label is None:
            unknown[(row["emotion"] or "").strip().lower() or "(none)"] += 1
    if not clips:
        raise UnreadableInput(f"{labels} has no row with a known emotion: known are {', '.join(sorted(LABEL_OF))}")
    if limit is not None and limit < len(clips):
        picked = np.linspace(0, len(clips) - 1, max(1, limit)).round().astype(int)
        clips = [clips[index] for index in picked]
    return Corpus(name, tuple(clips), audio, sum(unknown.values()), dict(unknown.most_common()))


def _rows(labels: Path) -> list[dict[str, str]]:
    try:
        with labels.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            missing = [column for column in NEEDED if column not in (reader.fieldnames or ())]
            if missing:
                raise UnreadableInput(
                    f"{labels} has no column {missing[0]!r}: a tab-separated table with file, emotion, speaker, gender"
                    " is needed"
                )
            return [dict(row) for row in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInput(f"the table of labels {labels} cannot be read: {error}") from error


def recordings(corpus: Corpus) -> Iterator[tuple[Clip, Samples]]:
    """Every clip with its audio (float32[n], mono, 16 kHz), in the order of the folder or tar, one in memory at a time.

    Clips that are missing or cannot be decoded are skipped: compare the count. Raises UnreadableInput when the tar
    itself is broken.
    """
    wanted = {str(PurePosixPath(clip.file)): clip for clip in corpus.clips}
    for name, data in _files(corpus.audio, wanted):
        samples = decode(data)
        if samples is not None:
            yield wanted[name], samples


def _files(audio: Path, wanted: dict[str, Clip]) -> Iterator[tuple[str, bytes]]:
    if audio.is_dir():
        yield from _from_folder(audio, wanted)
        return
    left = dict(wanted)
    try:
        with tarfile.open(audio, "r:*") as archive:
            for member in archive:
                name = _match(member.name, left)
                handle = archive.extractfile(member) if name is not None and member.isfile() else None
                if name is None or handle is None:
                    continue
                del left[name]
                yield name, handle.read()
    except (tarfile.TarError, OSError, EOFError) as error:
        raise UnreadableInput(f"{audio} is no folder and no readable tar: {error}") from error


def _from_folder(audio: Path, wanted: dict[str, Clip]) -> Iterator[tuple[str, bytes]]:
    left = dict(wanted)
    for path in sorted(item for item in audio.rglob("*") if item.is_file()):
        name = _match(path.relative_to(audio).as_posix(), left)
        if name is not None:
            del left[name]
            yield name, path.read_bytes()


def _match(path: str, wanted: dict[str, Clip]) -> str | None:
    """The wanted name that ``path`` ends in: leading folders are dropped one by one."""
    parts = PurePosixPath(path).parts
    for drop in range(len(parts)):
        name = "/".join(parts[drop:])
        if name in wanted:
            return name
    return None


def decode(data: bytes) -> Samples | None:
    """Audio of any codec as float32[n] mono at 16 kHz; None when it cannot be decoded or is empty."""
    try:
        with av.open(io.BytesIO(data)) as container:
            if not container.streams.audio:
                return None
            assert isinstance(container, av.container.InputContainer)
            resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
            pieces = [
                out.to_ndarray().reshape(-1) for frame in container.decode(audio=0) for out in resampler.resample(frame)
            ]
            pieces += [out.to_ndarray().reshape(-1) for out in resampler.resample(None)]
    except (av.FFmpegError, ValueError):
        return None
    samples: Samples = np.concatenate(pieces).astype(np.float32, copy=False) if pieces else np.zeros(0, np.float32)
    return samples if len(samples) else None


def folds(clips: Sequence[Clip], count: int) -> tuple[tuple[int, ...], ...]:
    """Indices of the clips held out in each fold: whole speakers, so that no speaker is in both halves.

    Speakers are dealt out so that women and men spread evenly. With fewer speakers than ``count``, one fold a
    speaker.
    """
    speakers = sorted({(clip.corpus, clip.gender, clip.speaker) for clip in clips})
    number = max(2, min(count, len(speakers)))
    fold_of = {(corpus, name): place % number for place, (corpus, _, name) in enumerate(speakers)}
    held: list[list[int]] = [[] for _ in range(number)]
    for index, clip in enumerate(clips):
        held[fold_of[(clip.corpus, clip.speaker)]].append(index)
    return tuple(tuple(fold) for fold in held)
