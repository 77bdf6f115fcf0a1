"""How well voices are told apart: verification trials, their equal error rate, and the calibration of the score. Pure.

A trial is a caller, enrolled on some clips of one speaker, against one other clip of theirs or of somebody else.
Source of the figures: Martin et al., "The DET curve in assessment of detection task performance" (1997); calibration by
logistic regression with equal priors, Brümmer and du Preez, "Application-independent evaluation of speaker detection"
(2006). It knows nothing about files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.speech.diarize.base import Voiceprint, cosine, unit

PER_SPEAKER: Final = 40
"""Clips of a caller that are tried, and of each other speaker, at most a tenth of it each."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One clip's print. ``group``: such as the gender, to try the harder pairs by themselves."""

    speaker: str
    group: str
    voice: Voiceprint


@dataclass(frozen=True, slots=True)
class Trial:
    """``seconds_s``: of the shorter voice. ``alike``: whether both speakers are of one group."""

    score: float
    seconds_s: float
    same: bool
    alike: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """``eer``: where as many callers are refused as others pass; ``eer_alike``: of pairs of one group. ``doubted``:
    share of the caller's own clips with a probability below the limit, ``found``: share of others' below it. ``brier``
    and ``cllr`` (bits) of the probability, at equal priors."""

    trials: int
    eer: float
    eer_alike: float
    doubted: float
    found: float
    brier: float
    cllr: float


def trials(spoken: Sequence[Spoken], enrol: int, seed: int = 0) -> list[Trial]:
    """Each speaker in turn as the caller, enrolled on ``enrol`` of their clips drawn by chance."""
    chance = np.random.default_rng(seed)
    of: dict[str, list[Spoken]] = {}
    for one in spoken:
        of.setdefault(one.speaker, []).append(one)
    out: list[Trial] = []
    for name, own in sorted(of.items()):
        if len(own) <= enrol:
            continue
        order = chance.permutation(len(own))
        caller = _together([own[i].voice for i in order[:enrol]])
        tried = [own[i] for i in order[enrol : enrol + PER_SPEAKER]]
        for other, theirs in sorted(of.items()):
            if other != name:
                count = min(len(theirs), PER_SPEAKER // 10)
                tried += [theirs[i] for i in chance.choice(len(theirs), count, replace=False)]
        group = own[0].group
        out += [
            Trial(
                cosine(caller, one.voice),
                min(caller.voiced_s, one.voice.voiced_s),
                one.speaker == name,
                one.group == group,
            )
            for one in tried
        ]
    return out


def figures(found: Sequence[Trial], probabilities: Sequence[float], limit: float) -> Figures:
    """The figures of trials and the probabilities given to them. ValueError without both kinds of trial."""
    score = np.array([trial.score for trial in found])
    same = np.array([trial.same for trial in found])
    alike = np.array([trial.alike for trial in found])
    if not len(found) or same.all() or not same.any():
        raise ValueError("trials need callers and others")
    p = np.clip(np.asarray(probabilities, np.float64), 1e-6, 1.0 - 1e-6)
    both = alike.any() and not same[alike].all()
    return Figures(
        trials=len(found),
        eer=equal_error(score, same),
        eer_alike=equal_error(score[alike], same[alike]) if both else float("nan"),
        doubted=float((p[same] < limit).mean()),
        found=float((p[~same] < limit).mean()),
        brier=float(0.5 * np.mean((1 - p[same]) ** 2) + 0.5 * np.mean(p[~same] ** 2)),
        cllr=float(-0.5 * np.mean(np.log2(p[same])) - 0.5 * np.mean(np.log2(1 - p[~same]))),
    )


def equal_error(score: NDArray[np.float64], same: NDArray[np.bool_]) -> float:
    """The rate at which false alarms and misses are equal, in [0, 1]."""
    order = np.argsort(-score, kind="stable")
    passed = np.cumsum(~same[order]) / max(1, int((~same).sum()))
    missed = 1.0 - np.cumsum(same[order]) / max(1, int(same.sum()))
    at = int(np.argmin(np.abs(passed - missed)))
    return float((passed[at] + missed[at]) / 2.0)


def mean_print(spoken: Sequence[Spoken]) -> NDArray[np.float32]:
    """What all voices have in common: the mean over speakers of the mean of their prints."""
    of: dict[str, list[NDArray[np.float32]]] = {}
    for one in spoken:
        of.setdefault(one.speaker, []).append(one.voice.values)
    return np.asarray(np.mean([np.mean(prints, axis=0) for prints in of.values()], axis=0), dtype=np.float32)


def centred(spoken: Sequence[Spoken], mean: NDArray[np.float32]) -> list[Spoken]:
    """The same clips, with ``mean`` taken away from each print."""
    return [replace(one, voice=replace(one.voice, values=unit(one.voice.values - mean))) for one in spoken]


def fitted(found: Sequence[Trial]) -> tuple[float, float, float]:
    """Bias, slope and weight of ln(seconds) of the probability, by Newton's method; callers and others count alike."""
    x = np.array([[1.0, trial.score, np.log(max(trial.seconds_s, 0.1))] for trial in found])
    y = np.array([float(trial.same) for trial in found])
    weight = np.where(y > 0.5, 0.5 / max(y.sum(), 1.0), 0.5 / max((1 - y).sum(), 1.0))
    theta = np.zeros(3)
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ theta, -40, 40)))
        slope = x.T @ (weight * (y - p)) - 1e-5 * theta
        curve = (x * (weight * p * (1 - p))[:, None]).T @ x + 1e-5 * np.eye(3)
        step = np.linalg.solve(curve, slope)
        theta += step
        if float(np.abs(step).max()) < 1e-8:
            break
    return float(theta[0]), float(theta[1]), float(theta[2])


def _together(voices: Sequence[Voiceprint]) -> Voiceprint:
    mixed = np.sum([voice.values * np.float32(voice.voiced_s) for voice in voices], axis=0)
    return Voiceprint(unit(mixed), sum(voice.voiced_s for voice in voices), voices[0].encoder)
