"""Figures of a head on labelled speech: recall, accuracy, calibration, what abstaining buys, and arousal. Pure numpy.

UAR is the unweighted mean of the recalls, WA the plain accuracy. ECE is the expected calibration error over ten equal
bins of the top probability (Guo et al. 2017). ``gain_at_70`` is accuracy over the 70% most confident less accuracy
over all. ``arousal_auc`` ranks high- against low-arousal labels by the tags' arousal.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.circumplex import blended_arousal, place
from warmline.emotion.head import Head, cooled
from warmline.emotion.training.corpora import HIGH_AROUSAL, LOW_AROUSAL, Clip
from warmline.emotion.training.features import Rows
from warmline.emotion.types import LABELS
from warmline.emotion.usual import Usual

FOUR = ("angry", "happy", "sad", "neutral")
COVERAGE = 0.7
COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
BINS = 10


@dataclass(frozen=True, slots=True)
class Heat:
    """Calibration: see :func:`~warmline.emotion.head.cooled`."""

    temperature: float = 1.0
    caution: float = 0.0


@dataclass(frozen=True, slots=True)
class Scored:
    """Clips with what a head said of each: ``logs`` float32[n, 8] log-probabilities, ``arousal`` float32[n], and
    ``strange`` float32[n], how far from its training data they lay."""

    clips: tuple[Clip, ...]
    logs: NDArray[np.float32]
    arousal: NDArray[np.float32]
    strange: NDArray[np.float32]

    @classmethod
    def joined(cls, pieces: Sequence[Scored]) -> Scored:
        return cls(
            tuple(clip for piece in pieces for clip in piece.clips),
            np.concatenate([piece.logs for piece in pieces]),
            np.concatenate([piece.arousal for piece in pieces]),
            np.concatenate([piece.strange for piece in pieces]),
        )

    def tempered(self, heat: Heat) -> Scored:
        """The same as a head with that calibration would have said."""
        return replace(self, logs=cooled(self.logs, self.strange, heat.temperature, heat.caution))

    def where(self, wanted: Callable[[Clip], bool]) -> Scored:
        at = [index for index, clip in enumerate(self.clips) if wanted(clip)]
        return Scored(tuple(self.clips[index] for index in at), self.logs[at], self.arousal[at], self.strange[at])


@dataclass(frozen=True, slots=True)
class Figures:
    """What :func:`figures` measured over ``classes``; ``by_gender`` and ``by_speaker`` hold UAR; ``coverage``: accuracy
    over the most confident share; ``confusion``: clips by truth (rows) and guess; nan where nothing could be
    measured."""

    n: int
    classes: tuple[str, ...]
    uar: float
    wa: float
    ece: float
    gain_at_70: float
    arousal_auc: float
    by_gender: Mapping[str, float]
    recall: Mapping[str, float]
    by_speaker: Mapping[str, float]
    coverage: Mapping[str, float]
    confusion: tuple[tuple[int, ...], ...]


def score(head: Head, data: Rows, own_terms: bool = False) -> Scored:
    """Run a head over rows. ``own_terms``: each clip against its speaker's usual sound in the clips before it, in an
    order drawn by name: corpora often come sorted by label, as no call does."""
    if own_terms:
        order = sorted(range(len(data.clips)), key=lambda at: zlib.crc32(data.clips[at].file.encode()))
        data = data.take(np.array(order, np.intp))
    frames = data.frames or (None,) * len(data.rows)
    callers: dict[tuple[str, str], Usual] = {}
    readings = []
    for clip, row, heard in zip(data.clips, data.rows, frames, strict=True):
        if not own_terms:
            readings.append(head.read_row(row, heard))
            continue
        usual = callers.get((clip.corpus, clip.speaker), Usual.nobody(len(row)))
        readings.append(head.read_row(row, heard, usual.shift))
        callers[clip.corpus, clip.speaker] = usual.after(row, head.mean)
    logs = np.log(np.maximum([reading.probabilities for reading in readings], 1e-12)).astype(np.float32)
    arousal = [
        blended_arousal(place(dict(zip(LABELS, map(float, reading.probabilities), strict=True))).arousal, reading.high)
        for reading in readings
    ]
    strange = np.array([reading.strange for reading in readings], np.float32)
    return Scored(data.clips, logs.reshape(-1, len(LABELS)), np.asarray(arousal, np.float32), strange)


def figures(scored: Scored, classes: Sequence[str]) -> Figures:
    """Figures over ``classes``: probabilities are restricted to them (calm joins neutral where calm is no class), and
    so are the clips."""
    found = scored.where(lambda clip: _class(clip.label, classes) is not None)
    truth = np.array([classes.index(_class(clip.label, classes) or "") for clip in found.clips], np.intp)
    chances = restricted(found.logs, classes)
    guess = chances.argmax(axis=1) if len(truth) else truth
    right = guess == truth
    genders = sorted({clip.gender for clip in found.clips})
    here = np.array([clip.gender for clip in found.clips])
    who = np.array([clip.speaker for clip in found.clips])
    return Figures(
        n=len(truth),
        classes=tuple(classes),
        uar=unweighted_recall(truth, guess),
        wa=float(right.mean()) if len(truth) else float("nan"),
        ece=calibration_error(chances, truth),
        gain_at_70=gain(chances, truth),
        arousal_auc=arousal_auc(found),
        by_gender={name: unweighted_recall(truth[here == name], guess[here == name]) for name in genders},
        by_speaker={name: unweighted_recall(truth[who == name], guess[who == name]) for name in sorted(set(who))},
        coverage={f"{share:.1f}": accuracy_at(chances, truth, share) for share in COVERAGES},
        confusion=tuple(
            tuple(int(np.sum((truth == row) & (guess == column))) for column in range(len(classes)))
            for row in range(len(classes))
        ),
        recall={
            name: float(right[truth == index].mean()) for index, name in enumerate(classes) if (truth == index).any()
        },
    )


def classes_of(clips: Sequence[Clip], count: int) -> tuple[str, ...]:
    """The classes to score: the four of :data:`FOUR`, or the labels that occur."""
    present = {clip.label for clip in clips}
    if count == 4:
        return tuple(name for name in FOUR if name in present or (name == "neutral" and "calm" in present))
    return tuple(label for label in LABELS if label in present)


def restricted(logs: NDArray[np.float32], classes: Sequence[str]) -> NDArray[np.float64]:
    """Probabilities over ``classes``, summing to 1: float64[n, len(classes)]. Where calm joins neutral the likelier of
    the two counts: a sum would favour neutral whenever the head is unsure."""
    chances = np.exp(logs.astype(np.float64))
    kept = np.zeros((len(logs), len(classes)))
    for row, label in enumerate(LABELS):
        name = _class(label, classes)
        if name is not None:
            column = classes.index(name)
            kept[:, column] = np.maximum(kept[:, column], chances[:, row])
    return np.asarray(kept / np.maximum(kept.sum(axis=1, keepdims=True), 1e-12))


def unweighted_recall(truth: NDArray[np.intp], guess: NDArray[np.intp]) -> float:
    if not len(truth):
        return float("nan")
    return float(np.mean([(guess[truth == name] == name).mean() for name in np.unique(truth)]))


def calibration_error(chances: NDArray[np.float64], truth: NDArray[np.intp]) -> float:
    if not len(truth):
        return float("nan")
    top, right = chances.max(axis=1), chances.argmax(axis=1) == truth
    bins = np.minimum((top * BINS).astype(int), BINS - 1)
    gaps = [abs(top[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(np.sum(gaps))


def gain(chances: NDArray[np.float64], truth: NDArray[np.intp]) -> float:
    return accuracy_at(chances, truth, COVERAGE) - accuracy_at(chances, truth, 1.0)


def accuracy_at(chances: NDArray[np.float64], truth: NDArray[np.intp], share: float) -> float:
    """Accuracy over the most confident ``share`` of the clips."""
    if not len(truth):
        return float("nan")
    right = chances.argmax(axis=1) == truth
    kept = np.argsort(-chances.max(axis=1), kind="stable")[: max(1, round(share * len(truth)))]
    return float(right[kept].mean())


def arousal_auc(scored: Scored) -> float:
    """Chance that a high-arousal clip is heard as more aroused than a low-arousal one (ties count half)."""
    labels = np.array([clip.label for clip in scored.clips])
    high = scored.arousal[np.isin(labels, list(HIGH_AROUSAL))]
    low = scored.arousal[np.isin(labels, list(LOW_AROUSAL))]
    if not len(high) or not len(low):
        return float("nan")
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, "left")
    level = np.searchsorted(ordered, high, "right") - below
    return float(np.mean((below + 0.5 * level) / len(low)))


def heat_for(scored: Scored) -> Heat:
    """The calibration with the least log-loss, each clip judged over the labels that its corpus has."""
    grid = [Heat(float(t), float(c)) for t in np.geomspace(0.5, 8.0, 33) for c in np.arange(0.0, 6.5, 0.5)]
    return grid[int(np.argmin([_log_loss(scored.tempered(heat)) for heat in grid]))]


def risk_threshold(scored: Scored, risk: float) -> float:
    """The least top probability from which on the claimed labels are wrong in at most ``risk`` of the cases."""
    truth = np.array([LABELS.index(clip.label) for clip in scored.clips])
    order = np.argsort(-scored.logs.max(axis=1), kind="stable")
    wrong = np.cumsum(scored.logs.argmax(axis=1)[order] != truth[order]) / (np.arange(len(order)) + 1)
    good = np.flatnonzero((wrong <= risk) & (np.arange(len(order)) >= min(50, len(order) // 10)))
    return float(np.exp(scored.logs.max(axis=1)[order[good[-1]]])) if len(good) else 0.95


def _log_loss(scored: Scored) -> float:
    total = 0.0
    for corpus in {clip.corpus for clip in scored.clips}:
        part = scored.where(lambda clip, corpus=corpus: clip.corpus == corpus)  # type: ignore[misc]
        classes = classes_of(part.clips, len(LABELS))
        truth = [classes.index(clip.label) for clip in part.clips]
        chances = restricted(part.logs, classes)[np.arange(len(truth)), truth]
        total -= float(np.log(np.maximum(chances, 1e-9)).sum())
    return total / max(1, len(scored.clips))


def _class(label: str, classes: Sequence[str]) -> str | None:
    if label in classes:
        return label
    return "neutral" if label == "calm" and "neutral" in classes else None
