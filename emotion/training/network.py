"""A network of one hidden layer, trained in plain numpy: small enough that no framework pays.

Log-loss on mixed pairs of rows (mixup, Zhang et al. 2018), dropout on inputs and hidden units, AdamW (Loshchilov and
Hutter 2019) with a warm-up and a cosine. Rows are drawn so that every label counts the same. The same seed gives the
same network.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.head import Floats, Layer, log_softmax


@dataclass(frozen=True, slots=True)
class Schooling:
    """``drop_inputs``, ``drop_hidden``: shares silenced. ``mixing``: both parameters of the beta distribution."""

    hidden: int = 96
    epochs: int = 30
    batch: int = 64
    rate: float = 2e-3
    decay: float = 1e-2
    drop_inputs: float = 0.3
    drop_hidden: float = 0.5
    mixing: float = 0.4


class AdamW:
    """Moments of every parameter; updates in place. Biases are not decayed."""

    def __init__(self, parameters: list[Floats], decay: float) -> None:
        self._parameters = parameters
        self._decay = decay
        self._first = [np.zeros_like(item) for item in parameters]
        self._second = [np.zeros_like(item) for item in parameters]
        self._step = 0

    def step(self, gradients: list[Floats], rate: float) -> None:
        self._step += 1
        bias = np.sqrt(1.0 - 0.999**self._step) / (1.0 - 0.9**self._step)
        for at, gradient in enumerate(gradients):
            self._first[at] += np.float32(0.1) * (gradient - self._first[at])
            self._second[at] += np.float32(0.001) * (np.square(gradient) - self._second[at])
            if gradient.ndim > 1:
                self._parameters[at] *= np.float32(1.0 - rate * self._decay)
            change = self._first[at] / (np.sqrt(self._second[at]) + np.float32(1e-8))
            self._parameters[at] -= np.float32(rate * bias) * change


def train(
    rows: Floats, truth: NDArray[np.int_], absent: Floats, labels: int, schooling: Schooling, seed: int
) -> tuple[Layer, Layer]:
    """``rows``: float32[n, inputs], standardised. ``truth``: label indices. ``absent``: float32[n, labels] added to the
    scores: far below 0 for a label that the row's corpus does not have, so that its absence teaches nothing."""
    chance = np.random.default_rng(seed)
    sizes = (rows.shape[1], schooling.hidden, labels)
    weights = [chance.uniform(-1, 1, pair).astype("f4") / pair[0] ** 0.5 for pair in itertools.pairwise(sizes)]
    biases = [np.zeros(size, np.float32) for size in sizes[1:]]
    optimiser = AdamW([*weights, *biases], schooling.decay)
    targets = np.eye(labels, dtype=np.float32)[truth]
    share = 1.0 / np.bincount(truth, minlength=labels)[truth]
    steps = max(1, schooling.epochs * len(rows) // schooling.batch)
    order = chance.choice(len(rows), (steps, 2, schooling.batch), p=share / share.sum())
    for step in range(steps):
        one, other = order[step]
        mix = np.float32(chance.beta(schooling.mixing, schooling.mixing))
        inputs = mix * rows[one] + (1 - mix) * rows[other]
        target = mix * targets[one] + (1 - mix) * targets[other]
        mask = np.maximum(absent[one], absent[other])
        gradients = _gradients(inputs, target, mask, weights, biases, schooling, chance)
        optimiser.step(gradients, schooling.rate * pace(step / steps))
    return Layer(weights[0], biases[0]), Layer(weights[1], biases[1])


def _gradients(
    inputs: Floats,
    target: Floats,
    mask: Floats,
    weights: list[Floats],
    biases: list[Floats],
    schooling: Schooling,
    chance: np.random.Generator,
) -> list[Floats]:
    """Gradients of the mean log-loss, in the order weights, biases."""
    heard = inputs * kept(inputs.shape, schooling.drop_inputs, chance)
    before = heard @ weights[0] + biases[0]
    alive = kept(before.shape, schooling.drop_hidden, chance)
    hidden = np.maximum(before, 0) * alive
    scores = hidden @ weights[1] + biases[1] + mask
    slip = (np.exp(log_softmax(scores)) - target) / np.float32(len(inputs))
    back = (slip @ weights[1].T) * alive * (before > 0)
    return [heard.T @ back, hidden.T @ slip, back.sum(axis=0), slip.sum(axis=0)]


def kept(shape: tuple[int, ...], dropped: float, chance: np.random.Generator) -> Floats:
    """1 / (1 - dropped) where kept, 0 where silenced."""
    return (chance.random(shape, np.float32) >= dropped).astype(np.float32) / np.float32(1.0 - dropped)


def pace(done: float) -> float:
    """The learning rate's share of its top: up over the first quarter, then down on a cosine."""
    if done < 0.25:
        return 0.04 + 0.96 * done / 0.25
    return 0.5 + 0.5 * float(np.cos(np.pi * (done - 0.25) / 0.75))
