"""Networks over frames: their gradients are those of the loss, they learn what is heard briefly, the same each time."""

from dataclasses import replace

import numpy as np
import pytest

from warmline.emotion.training.attentive import AROUSAL, Batch, Lessons, Material, gradients, shares, train, usual_of

SMALL = Lessons(channels=8, heads=2, hidden=6, steps=150, batch=32, crop=12, drop_inputs=0.0, drop_pooled=0.0,
                drop_hidden=0.0, smoothing=0.0)  # fmt: skip
INPUTS, FUNCTIONALS, LABELS = 5, 3, 4


def material(seed: int = 0, clips: int = 240) -> Material:
    """Label k is heard as a bump of channel k in a few frames; every speaker has an offset of their own."""
    chance = np.random.default_rng(seed)
    truth = np.arange(clips) % LABELS
    speaker = np.arange(clips) // LABELS % 5
    counts = chance.integers(6, 20, clips)
    offset = np.random.default_rng(9).standard_normal((5, INPUTS)) * 0.5
    pieces = []
    for at in range(clips):
        frames = chance.standard_normal((counts[at], INPUTS)) * 0.5 + offset[speaker[at]]
        frames[2:5, truth[at]] += 4.0
        pieces.append(frames)
    functionals = chance.standard_normal((clips, FUNCTIONALS)).astype("f4")
    means = np.array([piece.mean(axis=0) for piece in pieces], "f4")
    return Material(
        frames=np.concatenate(pieces).astype("f2"),
        starts=np.cumsum(counts) - counts,
        counts=counts,
        functionals=functionals,
        truth=truth,
        absent=np.zeros((clips, LABELS), "f4"),
        side=np.where(truth == 3, np.nan, truth % 2).astype("f4"),
        speaker=speaker,
        usual=usual_of(means, truth, speaker),
        usual_functionals=usual_of(functionals, truth, speaker),
        share=shares(truth, ["c"] * clips),
    )


def loss(batch: Batch, parameters: list[np.ndarray], heads: int) -> float:
    """The loss written the slow way, clip by clip, in double precision."""
    project, project_bias, attend, attend_bias, joint, joint_bias, out, out_bias, linear = parameters
    total = 0.0
    for row in range(len(batch.frames)):
        heard = np.maximum(batch.frames[row][batch.weight[row] > 0] @ project + project_bias, 0)
        weights = np.exp(heard @ attend + attend_bias)
        weights /= weights.sum(axis=0)
        parts = np.split(heard, heads, axis=1)
        mean = [weights[:, k] @ parts[k] for k in range(heads)]
        spread = [np.sqrt(weights[:, k] @ (parts[k] - mean[k]) ** 2 + 1e-4) for k in range(heads)]
        gathered = np.concatenate([*mean, *spread, batch.functionals[row]])
        scores = np.maximum(gathered @ joint + joint_bias, 0) @ out + out_bias + batch.wide[row] @ linear
        chances = np.exp(scores[:-1] + batch.absent[row])
        total -= batch.target[row] @ np.log(chances / chances.sum())
        if np.isfinite(batch.side[row]):
            high = 1 / (1 + np.exp(-scores[-1]))
            total -= float(AROUSAL) * np.log(high if batch.side[row] else 1 - high)
    return total / len(batch.frames)


def test_gradients_are_those_of_the_loss() -> None:
    chance = np.random.default_rng(1)
    shapes = [(INPUTS, 8), (8,), (8, 2), (2,), (16 + FUNCTIONALS, 6), (6,), (6, LABELS + 1), (LABELS + 1,)]
    parameters = [chance.standard_normal(shape) * 0.4 for shape in (*shapes, (2 * INPUTS + FUNCTIONALS, LABELS + 1))]
    weight = np.ones((3, 7)) / 7
    weight[1, 4:] = 0
    batch = Batch(
        chance.standard_normal((3, 7, INPUTS)),
        weight,
        chance.standard_normal((3, 2 * INPUTS + FUNCTIONALS)),
        chance.standard_normal((3, FUNCTIONALS)),
        np.eye(LABELS)[[0, 2, 1]],
        np.array([[0, 0, 0, 0], [0, -12, 0, 0], [0, 0, 0, 0]], float),
        np.array([1.0, np.nan, 0.0]),
    )
    found = gradients(batch, parameters, SMALL, chance)
    for place, parameter in enumerate(parameters):
        for _ in range(4):
            at = tuple(int(chance.integers(size)) for size in parameter.shape)
            ways = []
            for step in (1e-4, -1e-4):
                moved = [item.copy() for item in parameters]
                moved[place][at] += step
                ways.append(loss(batch, moved, 2))
            assert found[place][at] == pytest.approx((ways[0] - ways[1]) / 2e-4, abs=2e-6)


def test_it_learns_what_is_heard_for_a_moment_and_repeats_itself() -> None:
    data, other = material(), material(5)
    one, again = train(data, SMALL, 3), train(data, SMALL, 3)
    np.testing.assert_array_equal(one.project, again.project)
    right = []
    for start, count, functionals, label in zip(
        other.starts, other.counts, other.functionals, other.truth, strict=True
    ):
        scores = one.scores(other.frames[start : start + count].astype("f4"), functionals)
        right.append(scores[:-1].argmax() == label)
    assert np.mean(right) > 0.9


def test_all_that_makes_lessons_hard_still_gives_finite_weights() -> None:
    hard = replace(SMALL, steps=10, drop_inputs=0.3, drop_pooled=0.3, drop_hidden=0.5, smoothing=0.2, exchange=1.0)
    listener = train(material(clips=20), hard, 0)
    assert all(np.isfinite(getattr(listener, name)).all() for name in ("project", "attend", "joint", "out", "linear"))


def test_labels_and_corpora_are_drawn_alike() -> None:
    truth = np.array([0, 0, 0, 1, 0])
    share = shares(truth, ["a", "a", "a", "a", "b"])
    assert share.sum() == pytest.approx(1.0)
    assert share[3] == pytest.approx(0.5)
    assert share[4] == pytest.approx(0.25)


def test_a_speakers_usual_weighs_labels_and_not_clips() -> None:
    found = usual_of(np.array([[0.0], [0.0], [6.0], [1.0]], "f4"), np.array([0, 0, 1, 0]), np.array([0, 0, 0, 1]))
    np.testing.assert_allclose(found, [[3.0], [1.0]])
