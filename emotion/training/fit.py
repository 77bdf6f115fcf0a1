"""The recipe of the heads: an ensemble of small classifiers on pooled rows, calibrated on speech of unseen corpora.

Members: an L2 logistic regression, networks of one hidden layer, and networks that listen to the frames
(attentive.py); for sound unlike the training data a shrunken linear discriminant (Ledoit and Wolf's idea with a fixed
share). scikit-learn is imported inside, because only recipes need it. Everything is seeded; the same rows give the
same head.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.head import STRIDE, Floats, Head, Layer, Listener, standardised
from warmline.emotion.training import listen_torch
from warmline.emotion.training.attentive import Lessons, Material, shares, usual_of
from warmline.emotion.training.attentive import train as train_listener
from warmline.emotion.training.corpora import HIGH_AROUSAL, LOW_AROUSAL, Clip, folds
from warmline.emotion.training.evaluate import Scored, heat_for, risk_threshold, score
from warmline.emotion.training.features import Rows
from warmline.emotion.training.network import Schooling, train
from warmline.emotion.types import LABELS

FAR = -12.0
"""Log-probability of a label that a member never saw: out of reach, yet finite."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """``networks``: how many one-hidden-layer members. ``listeners``: how many on the frames, and ``torch``: the device
    of PyTorch that schools them, instead of numpy. ``risk``: share of wrong labels accepted among those claimed."""

    shrinkage: float = 0.5
    strength: float = 0.003
    arousal_strength: float = 0.001
    networks: int = 2
    schooling: Schooling = field(default_factory=Schooling)
    listeners: int = 2
    lessons: Lessons = field(default_factory=Lessons)
    torch: str | None = None
    stride: int = STRIDE
    seed: int = 7
    risk: float = 0.2


def fit(data: Rows, encoder: str, width: int, recipe: Recipe) -> Head:
    """A head without calibration (temperature 1, threshold 0): see :func:`calibrated`."""
    mean = np.nanmean(data.rows, axis=0)
    scale = np.maximum(np.nanstd(data.rows, axis=0), 1e-4)
    rows = standardised((data.rows - mean) / scale)
    truth = data.truth
    members: list[tuple[Layer, ...]] = [
        (_logistic(rows, truth, shares(truth, [clip.corpus for clip in data.clips]), recipe.strength),),
    ]
    absent = _absent(data.clips)
    members += [
        train(rows, truth, absent, len(LABELS), recipe.schooling, recipe.seed + index)
        for index in range(recipe.networks)
    ]
    frame_scale, listeners = _listeners(data, rows, absent, mean[:width], recipe)
    return Head(
        encoder=encoder,
        width=width,
        mean=mean.astype(np.float32),
        scale=scale.astype(np.float32),
        members=tuple(members),
        arousal=_arousal(rows, data.clips, recipe),
        temperature=1.0,
        caution=0.0,
        threshold=0.0,
        usual=float(np.percentile(np.mean(np.square(rows), axis=1), 95.0)),
        frame_scale=frame_scale,
        plain=(_plain(rows, truth, width, recipe),) if width else (),
        listeners=listeners,
        stride=recipe.stride,
    )


def _listeners(
    data: Rows, rows: Floats, absent: Floats, mean: Floats, recipe: Recipe
) -> tuple[Floats | None, tuple[Listener, ...]]:
    """The scale of the frames and the members that hear them; none where the rows came without frames."""
    if not data.frames or not recipe.listeners:
        return None, ()
    counts = np.array([len(frames) for frames in data.frames], np.intp)
    frames = np.concatenate(data.frames)
    scale = np.maximum(frames[:: max(1, len(frames) // 50_000)].astype(np.float32).std(axis=0), 1e-3)
    for start in range(0, len(frames), 50_000):
        part = slice(start, start + 50_000)
        frames[part] = standardised((frames[part].astype(np.float32) - mean) / scale).astype(np.float16)
    starts = np.cumsum(counts) - counts
    _, speaker = np.unique([f"{clip.corpus} {clip.speaker}" for clip in data.clips], return_inverse=True)
    middles = np.array([frames[s : s + n].mean(axis=0, dtype=np.float32) for s, n in zip(starts, counts, strict=True)])
    functionals = rows[:, 2 * len(mean) :]
    material = Material(
        frames=frames,
        starts=starts,
        counts=counts,
        functionals=functionals,
        truth=data.truth,
        absent=absent,
        side=sides(data.clips),
        speaker=speaker,
        usual=usual_of(middles, data.truth, speaker),
        usual_functionals=usual_of(functionals, data.truth, speaker),
        share=shares(data.truth, [clip.corpus for clip in data.clips]),
    )
    seeds = range(recipe.seed, recipe.seed + recipe.listeners)
    if recipe.torch:
        return scale, tuple(listen_torch.train(material, recipe.lessons, seed, recipe.torch) for seed in seeds)
    return scale, tuple(train_listener(material, recipe.lessons, seed) for seed in seeds)


def sides(clips: Sequence[Clip]) -> Floats:
    """1 for high arousal, 0 for low, nan for labels on neither side: float32[n]."""
    side = {**dict.fromkeys(HIGH_AROUSAL, 1.0), **dict.fromkeys(LOW_AROUSAL, 0.0)}
    return np.array([side.get(clip.label, np.nan) for clip in clips], np.float32)


def calibrated(head: Head, unseen: Scored, recipe: Recipe) -> Head:
    """The head with the temperature, caution and threshold that ``unseen`` (scored uncalibrated, on speakers
    and corpora held out of training) asks for."""
    heat = heat_for(unseen)
    threshold = risk_threshold(unseen.tempered(heat), recipe.risk)
    return replace(head, temperature=heat.temperature, caution=heat.caution, threshold=threshold)


def held_out(
    data: Rows,
    splits: Sequence[Sequence[int]],
    recipe: Recipe,
    width: int,
    tell: Callable[[int, Scored], None] | None = None,
    own_terms: list[Scored] | None = None,
) -> tuple[Scored, ...]:
    """Score the recordings of each split with a head trained on the rest, uncalibrated; ``tell`` hears of each, and
    ``own_terms`` is given the same recordings each against their speaker's usual sound so far.

    A split names rows; its changed copies are held out with it and never scored.
    """
    pieces = []
    for split in splits:
        test = np.asarray(split, np.intp)
        rest = np.setdiff1d(np.arange(len(data.clips)), test)
        head = fit(data.take(rest), "fold", width, recipe)
        unheard = data.take(test[data.variant[test] == 0])
        pieces.append(score(head, unheard))
        if own_terms is not None:
            own_terms.append(score(head, unheard, own_terms=True))
        if tell:
            tell(len(pieces), pieces[-1])
    return tuple(pieces)


def speaker_splits(data: Rows, count: int) -> tuple[tuple[int, ...], ...]:
    """Folds by whole speakers."""
    return folds(data.clips, count)


def corpus_splits(data: Rows) -> tuple[tuple[int, ...], ...]:
    """Each corpus held out once."""
    names = sorted({clip.corpus for clip in data.clips})
    return tuple(tuple(at for at, clip in enumerate(data.clips) if clip.corpus == name) for name in names)


def _discriminant(rows: Floats, truth: NDArray[np.int_], recipe: Recipe) -> Layer:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    present = np.unique(truth)
    even = np.full(len(present), 1.0 / len(present))
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=recipe.shrinkage, priors=even)
    return _layer(model.fit(rows, truth), rows.shape[1])


def _plain(rows: Floats, truth: NDArray[np.int_], width: int, recipe: Recipe) -> Layer:
    """The discriminant on the mean frame and the functionals alone: what carries over to other corpora."""
    kept = np.r_[0:width, 2 * width : rows.shape[1]]
    found = _discriminant(rows[:, kept], truth, recipe)
    weight = np.zeros((rows.shape[1], len(LABELS)), np.float32)
    weight[kept] = found.weight
    return Layer(weight, found.bias)


def _logistic(rows: Floats, truth: NDArray[np.int_], share: NDArray[np.float64], strength: float) -> Layer:
    """Every label and, within it, every corpus weighs the same, or a large corpus drowns the others."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, max_iter=150, tol=1e-3)
    return _layer(model.fit(rows, truth, sample_weight=share * len(truth)), rows.shape[1])


def _layer(model: Any, inputs: int) -> Layer:
    """A fitted linear model as a layer over all eight labels."""
    weight = np.zeros((inputs, len(LABELS)), np.float32)
    bias = np.full(len(LABELS), FAR, np.float32)
    coefficients, intercepts = np.asarray(model.coef_), np.asarray(model.intercept_)
    if len(model.classes_) == 2 and len(coefficients) == 1:
        coefficients = np.vstack([-coefficients / 2.0, coefficients / 2.0])
        intercepts = np.concatenate([-intercepts / 2.0, intercepts / 2.0])
    shift = float(np.mean(intercepts))
    for row, label in enumerate(model.classes_):
        weight[:, label], bias[label] = coefficients[row], intercepts[row] - shift
    return Layer(weight, bias)


def _absent(clips: Sequence[Clip]) -> Floats:
    """float32[n, 8]: FAR for labels that the clip's corpus does not have, else 0. A corpus without "calm" calls calm
    speech neutral: its clips must not teach that nothing is calm."""
    has = {corpus: {clip.label for clip in clips if clip.corpus == corpus} for corpus in {c.corpus for c in clips}}
    masks = {corpus: [0.0 if label in found else FAR for label in LABELS] for corpus, found in has.items()}
    return np.array([masks[clip.corpus] for clip in clips], np.float32)


def _arousal(rows: Floats, clips: Sequence[Clip], recipe: Recipe) -> Layer:
    """High against low arousal, a logistic regression; labels on neither side are left out."""
    from sklearn.linear_model import LogisticRegression

    side = sides(clips)
    known = ~np.isnan(side)
    if len(np.unique(side[known])) < 2:
        return Layer(np.zeros((rows.shape[1], 1), np.float32), np.zeros(1, np.float32))
    model = LogisticRegression(C=recipe.arousal_strength, max_iter=400, class_weight="balanced")
    model.fit(rows[known], side[known])
    return Layer(model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32))
