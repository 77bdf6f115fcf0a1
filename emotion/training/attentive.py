"""Members that listen to the frames: a projection, attention over time, and one hidden layer, in plain numpy.

The network is that of :class:`~warmline.emotion.head.Listener`; this module holds its gradients and its schooling.
Attentive statistics pooling follows Okabe, Koshinaka and Shinoda (2018), with a few heads that each own a share of the
channels. While it learns, clips are cut at random, channels are silenced, and for half of the clips the speaker's usual
sound is exchanged for another speaker's (the idea of MixStyle, Zhou et al. 2021): what tells people and rooms apart
must not tell feelings apart. Rows are drawn so that every label counts the same, and within it every corpus. AdamW
(Loshchilov and Hutter 2019) with a cosine; the weights kept are a running mean of the last steps. Seeded: the same
data give the same network. It knows nothing about audio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.head import CLIP, EPSILON, Floats, Listener, log_softmax
from warmline.emotion.training.network import AdamW, kept, pace

AROUSAL = np.float32(0.3)
"""Weight of high against low arousal in the loss."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """``crop``: frames of a clip heard at once. ``smoothing``: share of each target spread over the labels its corpus
    has. ``exchange``: share of clips whose speaker's usual sound is exchanged, by up to ``reach`` of the way."""

    channels: int = 128
    heads: int = 4
    hidden: int = 96
    steps: int = 900
    batch: int = 96
    crop: int = 40
    rate: float = 2e-3
    decay: float = 3e-2
    drop_inputs: float = 0.15
    drop_pooled: float = 0.3
    drop_hidden: float = 0.4
    smoothing: float = 0.1
    exchange: float = 0.5
    reach: float = 1.2


@dataclass(frozen=True, slots=True)
class Material:
    """What is learnt from. ``frames``: float16[sum of counts, D], standardised; clip i holds ``counts[i]`` of them
    from place ``starts[i]``. ``functionals``: float32[n, F], standardised. ``truth``: labels. ``absent``: float32[n,
    labels] added to the scores. ``side``: float32[n], 1 high and 0 low arousal, nan for neither. ``speaker``: int[n].
    ``usual``, ``usual_functionals``: each speaker's mean. ``share``: float[n], how likely each clip is drawn, summing
    to 1."""

    frames: NDArray[np.float16]
    starts: NDArray[np.intp]
    counts: NDArray[np.intp]
    functionals: Floats
    truth: NDArray[np.int_]
    absent: Floats
    side: Floats
    speaker: NDArray[np.intp]
    usual: Floats
    usual_functionals: Floats
    share: NDArray[np.float64]


def usual_of(rows: Floats, truth: NDArray[np.int_], speaker: NDArray[np.intp]) -> Floats:
    """Each speaker's mean over the means of their labels: float32[speakers, inputs]."""
    count = int(speaker.max()) + 1
    found = np.zeros((count, rows.shape[1]), np.float32)
    for who in range(count):
        mine = speaker == who
        if mine.any():
            found[who] = np.mean(
                [rows[mine & (truth == label)].mean(axis=0) for label in np.unique(truth[mine])], axis=0
            )
    return found


def shares(truth: NDArray[np.int_], corpus: Sequence[str]) -> NDArray[np.float64]:
    """Every label the same, and within a label every corpus that has it."""
    key = np.array([f"{label} {name}" for label, name in zip(truth, corpus, strict=True)])
    names, at, count = np.unique(key, return_inverse=True, return_counts=True)
    corpora = np.array([sum(other.split(" ")[0] == name.split(" ")[0] for other in names) for name in names])
    share = 1.0 / (count * corpora)[at]
    return np.asarray(share / share.sum(), np.float64)


def train(data: Material, lessons: Lessons, seed: int) -> Listener:
    chance = np.random.default_rng(seed)
    parameters = beginning(data, lessons, chance)
    running = [item.copy() for item in parameters]
    optimiser = AdamW(parameters, lessons.decay)
    for step in range(lessons.steps):
        at = chance.choice(len(data.truth), lessons.batch, p=data.share)
        gradients = _lesson(data, at, parameters, lessons, chance)
        norm = float(np.sqrt(sum(float(np.sum(np.square(item))) for item in gradients)))
        scale = np.float32(min(1.0, 2.0 / max(norm, 1e-9)))
        optimiser.step([item * scale for item in gradients], lessons.rate * pace(step / lessons.steps))
        keep = np.float32(min(0.99, (step + 1) / (step + 10)))
        for place, now in enumerate(parameters):
            running[place] += (1 - keep) * (now - running[place])
    return Listener(*running)


def beginning(data: Material, lessons: Lessons, chance: np.random.Generator) -> list[Floats]:
    """What a network begins with, in the order of Listener's fields."""
    inputs, outputs = data.frames.shape[1], data.absent.shape[1] + 1
    joined = 2 * lessons.channels + data.functionals.shape[1]
    pairs = (
        (inputs, lessons.channels),
        (lessons.channels, lessons.heads),
        (joined, lessons.hidden),
        (lessons.hidden, outputs),
    )
    parameters: list[Floats] = []
    for rows, columns in pairs:
        parameters.append(chance.uniform(-1, 1, (rows, columns)).astype(np.float32) / np.float32(rows) ** 0.5)
        parameters.append(np.zeros(columns, np.float32))
    parameters.append(np.zeros((2 * inputs + data.functionals.shape[1], outputs), np.float32))
    return parameters


def _lesson(
    data: Material, at: NDArray[np.intp], parameters: list[Floats], lessons: Lessons, chance: np.random.Generator
) -> list[Floats]:
    """Gradients of the log-loss on the clips ``at``."""
    frames, weight = _cut(data, at, lessons.crop, chance)
    functionals = data.functionals[at]
    other = data.speaker[chance.choice(len(data.truth), len(at), p=data.share)]
    amount = chance.random((len(at), 1), np.float32) * np.float32(lessons.reach)
    amount *= chance.random((len(at), 1)) < lessons.exchange
    frames = frames + ((data.usual[other] - data.usual[data.speaker[at]]) * amount)[:, None]
    functionals = functionals + (data.usual_functionals[other] - data.usual_functionals[data.speaker[at]]) * amount
    frames = np.clip(frames, -CLIP, CLIP)
    heard = frames * kept((len(at), 1, frames.shape[2]), lessons.drop_inputs, chance)
    batch = Batch(
        heard,
        weight,
        _wide(frames, weight, functionals),
        functionals,
        _targets(data, at, lessons.smoothing),
        data.absent[at],
        data.side[at],
    )
    return gradients(batch, parameters, lessons, chance)


def _targets(data: Material, at: NDArray[np.intp], smoothing: float) -> Floats:
    present = (data.absent[at] == 0.0).astype(np.float32)
    present *= np.float32(smoothing) / present.sum(axis=1, keepdims=True)
    exact = np.eye(data.absent.shape[1], dtype=np.float32)[data.truth[at]]
    return np.asarray((1 - np.float32(smoothing)) * exact + present, np.float32)


def _cut(data: Material, at: NDArray[np.intp], crop: int, chance: np.random.Generator) -> tuple[Floats, Floats]:
    """A random stretch of 60-100% of each clip, at most ``crop`` frames: float32[B, T, D], and weights
    float32[B, T] that sum to 1 over the frames there are."""
    count = data.counts[at]
    wanted = np.clip((count * chance.uniform(0.6, 1.0, len(at))).astype(np.intp), np.minimum(count, 6), crop)
    first = data.starts[at] + (chance.random(len(at)) * (count - wanted + 1)).astype(np.intp)
    steps = np.arange(int(wanted.max()))
    there = steps[None] < wanted[:, None]
    index = first[:, None] + np.where(there, steps[None], 0)
    return data.frames[index].astype(np.float32), (there / wanted[:, None]).astype(np.float32)


def _wide(frames: Floats, weight: Floats, functionals: Floats) -> Floats:
    """Mean, standard deviation and functionals: the linear part's inputs."""
    mean = np.matmul(weight[:, None], frames)[:, 0]
    square = np.matmul(weight[:, None], np.square(frames))[:, 0]
    spread = np.sqrt(np.maximum(square - np.square(mean), 0.0) + EPSILON)
    return np.concatenate([mean, spread - 1, functionals], axis=1)


@dataclass(frozen=True, slots=True)
class Batch:
    """``frames``: [B, T, D]. ``weight``: [B, T], 0 where there is no frame. ``wide``: [B, 2D + F]. ``functionals``:
    [B, F]. ``target``, ``absent``: [B, labels]. ``side``: [B]."""

    frames: Floats
    weight: Floats
    wide: Floats
    functionals: Floats
    target: Floats
    absent: Floats
    side: Floats


@dataclass(frozen=True, slots=True)
class _Attended:
    """Attention's results: ``before`` the rectifier [B * T, C], ``heard`` after it, ``attention`` [B, T, heads], and
    the ``mean`` and ``spread`` [B, heads, C / heads] it gathered."""

    before: Floats
    heard: Floats
    attention: Floats
    mean: Floats
    spread: Floats


def gradients(batch: Batch, parameters: list[Floats], lessons: Lessons, chance: np.random.Generator) -> list[Floats]:
    """Of the mean log-loss of the labels plus AROUSAL times that of the side, in the order of Listener's fields."""
    joint, joint_bias, out, out_bias, linear = parameters[4:]
    found = _attend(batch, parameters, lessons.heads)
    size = len(batch.frames)
    pooled = np.concatenate([found.mean.reshape(size, -1), found.spread.reshape(size, -1), batch.functionals], axis=1)
    kept_pooled = kept(pooled.shape, lessons.drop_pooled, chance)
    joined = pooled * kept_pooled
    inside = joined @ joint + joint_bias
    kept_hidden = kept(inside.shape, lessons.drop_hidden, chance)
    hidden: Floats = np.maximum(inside, 0.0) * kept_hidden
    wide = batch.wide * kept(batch.wide.shape, lessons.drop_pooled, chance)
    slip = _slip(np.asarray(hidden @ out + out_bias + wide @ linear, np.float32), batch)
    back: Floats = (slip @ out.T) * kept_hidden * (inside > 0)
    return [
        *_attend_back(batch, found, (back @ joint.T) * kept_pooled, parameters[2]),
        joined.T @ back,
        back.sum(axis=0),
        hidden.T @ slip,
        slip.sum(axis=0),
        wide.T @ slip,
    ]


def _slip(scores: Floats, batch: Batch) -> Floats:
    """The loss's gradient by the scores [B, labels + 1]."""
    labels = np.exp(log_softmax(scores[:, :-1] + batch.absent)) - batch.target
    side = 1.0 / (1.0 + np.exp(-np.clip(scores[:, -1:], -30.0, 30.0))) - batch.side[:, None]
    return np.asarray(np.concatenate([labels, AROUSAL * np.nan_to_num(side)], axis=1) / len(scores), np.float32)


def _attend(batch: Batch, parameters: list[Floats], heads: int) -> _Attended:
    project, project_bias, attend, attend_bias = parameters[:4]
    size, time, _ = batch.frames.shape
    before = batch.frames.reshape(size * time, -1) @ project + project_bias
    heard = np.maximum(before, 0.0)
    scores = (heard @ attend + attend_bias).reshape(size, time, heads)
    scores = np.where(batch.weight[:, :, None] > 0, scores, np.float32(-1e4))
    attention = np.exp(scores - scores.max(axis=1, keepdims=True))
    attention /= attention.sum(axis=1, keepdims=True)
    parts = heard.reshape(size, time, heads, -1)
    mean = np.einsum("btk,btkc->bkc", attention, parts)
    square = np.einsum("btk,btkc->bkc", attention, np.square(parts - mean[:, None]))
    return _Attended(before, heard, attention, mean, np.sqrt(square + EPSILON))


def _attend_back(batch: Batch, found: _Attended, pooled_back: Floats, attend: Floats) -> list[Floats]:
    """Gradients of the projection and the attention from those of the pooled inputs."""
    size, time, heads = found.attention.shape
    width = found.mean.size // size
    parts = found.heard.reshape(size, time, heads, -1)
    centred = parts - found.mean[:, None]
    mean_back = pooled_back[:, :width].reshape(found.mean.shape)
    square_back = pooled_back[:, width : 2 * width].reshape(found.mean.shape) / (2 * found.spread)
    attention_back = np.einsum("btkc,bkc->btk", parts, mean_back)
    attention_back += np.einsum("btkc,bkc->btk", np.square(centred), square_back)
    parts_back = found.attention[..., None] * (mean_back[:, None] + 2 * centred * square_back[:, None])
    level = np.sum(found.attention * attention_back, axis=1, keepdims=True)
    scores_back = (found.attention * (attention_back - level)).reshape(size * time, heads)
    before_back = (parts_back.reshape(size * time, -1) + scores_back @ attend.T) * (found.before > 0)
    frames = batch.frames.reshape(size * time, -1)
    return [frames.T @ before_back, before_back.sum(axis=0), found.heard.T @ scores_back, scores_back.sum(axis=0)]
