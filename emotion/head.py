"""A trained head: from one utterance's encoder frames and functionals to calibrated probabilities. Pure numpy.

It holds a standardisation; classifiers of two kinds whose log-probabilities are averaged (of pooled statistics: see
Layer; of the frames themselves: see Listener); a temperature; an abstention threshold; and high against low arousal.
It knows one encoder only and says which. Its file: emotion/head_file.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

VOICE_ONLY = "voice-only"
"""The name of the head that needs no encoder."""

STRANGE = (1.0, 1.4)
"""Strangeness between which the plain members take over. Unseen speakers of a known corpus stay below, unseen corpora
lie above: there the mean frame transfers, and spreads, attention and hidden layers do not (emotion/weights/CARD.md)."""

FAMILIAR = 0.8
"""Strangeness below which the temperature is that of familiar speech."""

EPSILON = np.float32(1e-4)
STRIDE = 4
"""Encoder frames averaged into one before listeners hear them: 80 ms, as much as a syllable's part needs."""

CLIP = 5.0
"""Standardised inputs are held within this, so that one odd value cannot decide."""


@dataclass(frozen=True, slots=True)
class Layer:
    """``weight``: [inputs, outputs], ``bias``: [outputs]."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Listener:
    """A network over frames: a projection with rectifier, attention over time with a few heads that each own an equal
    share of its channels, and a hidden layer over what they gathered (mean and spread) and the functionals; beside it
    a linear part on the plain mean, spread and functionals. The last output is high against low arousal.

    ``project``: [D, C]; ``attend``: [C, heads]; ``joint``: [2C + F, hidden]; ``out``: [hidden, 9]; ``linear``:
    [2D + F, 9]. All inputs are standardised.
    """

    project: Floats
    project_bias: Floats
    attend: Floats
    attend_bias: Floats
    joint: Floats
    joint_bias: Floats
    out: Floats
    out_bias: Floats
    linear: Floats

    @property
    def heads(self) -> int:
        return int(self.attend.shape[1])

    def scores(self, frames: Floats, functionals: Floats) -> Floats:
        """float32[9] from float32[T, D], T > 0, and float32[F]."""
        heard = np.maximum(frames @ self.project + self.project_bias, 0.0)
        weights = heard @ self.attend + self.attend_bias
        weights = np.exp(weights - weights.max(axis=0))
        weights /= weights.sum(axis=0)
        parts = heard.reshape(len(heard), self.heads, -1)
        mean = np.einsum("tk,tkc->kc", weights, parts)
        spread = np.sqrt(np.einsum("tk,tkc->kc", weights, np.square(parts - mean)) + EPSILON)
        gathered = np.concatenate([mean.reshape(-1), spread.reshape(-1), functionals])
        hidden = np.maximum(gathered @ self.joint + self.joint_bias, 0.0)
        plain = np.concatenate([frames.mean(axis=0), np.sqrt(frames.var(axis=0) + EPSILON) - 1.0, functionals])
        return np.asarray(hidden @ self.out + self.out_bias + plain @ self.linear, np.float32)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a head says of one utterance.

    ``probabilities``: float32[8] in the order of LABELS, calibrated. ``high``: probability of high arousal.
    ``strange``: how far the input lies from the training data: unseen speakers lie about 0.7, unseen corpora 1.6.
    """

    probabilities: Floats
    high: float
    strange: float


@dataclass(frozen=True, slots=True)
class Head:
    """``mean``, ``scale``: of pooled rows; ``frame_scale``: of frames, whose mean is the rows'. ``members``: each one
    or two layers (with a rectifier between) on the pooled row. ``listeners``: on frames, averaged by ``stride``.
    ``plain``: members for sound unlike the training data, where the others overreach (see STRANGE). ``arousal``: on
    the pooled row. ``temperature``, ``caution``: see :func:`cooled`. ``threshold``: the top probability
    below which no label is claimed. ``usual``: the 95th percentile of the mean square of standardised training rows."""

    encoder: str
    width: int
    mean: Floats
    scale: Floats
    members: tuple[tuple[Layer, ...], ...]
    arousal: Layer
    temperature: float
    caution: float
    threshold: float
    usual: float
    plain: tuple[Layer, ...] = ()
    frame_scale: Floats | None = None
    listeners: tuple[Listener, ...] = ()
    stride: int = STRIDE

    def read(self, frames: Floats | None, functionals: Floats) -> Reading:
        """``frames``: float32[T, width] of speech, T > 0; None for the head that needs no encoder."""
        if frames is None:
            return self.read_row(functionals)
        return self.read_row(np.concatenate([pooled(frames), functionals]), averaged(frames, self.stride))

    def read_row(self, row: Floats, frames: NDArray[np.floating] | None = None, shift: Floats | None = None) -> Reading:
        """The same from the pooled row, float32[inputs], and the frames averaged by ``stride``, which only listeners
        need; values that are not finite count as the training mean. ``shift``: float32[inputs], taken off to have it in
        the caller's own terms; strange it is by what was heard, not by what is left."""
        standard = standardised((row - self.mean) / self.scale)
        strange = float(np.mean(np.square(standard))) / self.usual
        if shift is not None:
            standard = standardised((row - shift - self.mean) / self.scale)
            frames = None if frames is None else frames.astype(np.float32) - shift[: self.width]
        logs, high = self._near(standard, frames)
        if self.plain:
            share = np.float32(np.clip((strange - STRANGE[0]) / (STRANGE[1] - STRANGE[0]), 0.0, 1.0))
            far = np.mean([log_softmax(standard @ layer.weight + layer.bias) for layer in self.plain], axis=0)
            logs, high = (1 - share) * logs + share * far, (1 - share) * high + share * self._high(standard)
        excited = float(high) / max(1.0, strange / FAMILIAR) ** self.caution
        chances = np.exp(cooled(log_softmax(logs), strange, self.temperature, self.caution))
        return Reading(
            probabilities=chances.astype(np.float32),
            high=float(1.0 / (1.0 + np.exp(-np.clip(excited, -30.0, 30.0)))),
            strange=strange,
        )

    def _near(self, standard: Floats, frames: NDArray[np.floating] | None) -> tuple[Floats, np.float32]:
        """Mean log-probabilities and mean arousal of members and listeners."""
        logs = [log_softmax(_through(member, standard)) for member in self.members]
        high = [self._high(standard)]
        if frames is not None and self.frame_scale is not None:
            still = standardised((frames.astype(np.float32) - self.mean[: self.width]) / self.frame_scale)
            for listener in self.listeners:
                scores = listener.scores(still, standard[2 * self.width :])
                logs.append(log_softmax(scores[:-1]))
                high.append(np.float32(scores[-1]))
        return np.mean(logs, axis=0, dtype=np.float32), np.mean(high, dtype=np.float32)

    def _high(self, standard: Floats) -> np.float32:
        return np.float32(standard @ self.arousal.weight[:, 0] + self.arousal.bias[0])


def standardised(values: Floats) -> Floats:
    """Held within CLIP; what is not finite counts as the mean."""
    return np.asarray(np.clip(np.nan_to_num(values, nan=0.0, posinf=CLIP, neginf=-CLIP), -CLIP, CLIP), np.float32)


def averaged(frames: Floats, stride: int) -> Floats:
    """Means of ``stride`` frames in a row, the last of fewer: float32[ceil(T / stride), D]."""
    wide = frames.astype(np.float32, copy=False)
    if stride == 1 or not len(wide):
        return wide
    starts = np.arange(0, len(wide), stride)
    sizes = np.diff(np.append(starts, len(wide)))
    return np.asarray(np.add.reduceat(wide, starts, axis=0) / sizes[:, None], np.float32)


def pooled(frames: Floats) -> Floats:
    """Mean and standard deviation over time: float32[2 * D] from float[T, D]."""
    wide = frames.astype(np.float32, copy=False)
    return np.concatenate([wide.mean(axis=0), wide.std(axis=0)])


def cooled(logs: Floats, strange: float | Floats, temperature: float, caution: float) -> Floats:
    """Log-probabilities at ``temperature``, which rises by the power ``caution`` with strangeness past the familiar:
    one temperature cannot be right both for speech like the training data and for a new language or room."""
    heat = temperature * np.maximum(1.0, np.asarray(strange, np.float32) / FAMILIAR) ** caution
    return log_softmax(logs / heat[..., None])


def log_softmax(scores: Floats) -> Floats:
    """Along the last axis."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), np.float32)


def _through(layers: tuple[Layer, ...], row: Floats) -> Floats:
    for index, layer in enumerate(layers):
        row = (np.maximum(row, 0.0) if index else row) @ layer.weight + layer.bias
    return row
