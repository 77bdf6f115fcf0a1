"""PyTorch's schooling against numpy's. Needs PyTorch, which the product's own environment has not: skipped there."""

import numpy as np
import pytest

from tests.emotion.training.test_attentive import SMALL, material
from warmline.emotion.training import listen_torch
from warmline.emotion.training.attentive import beginning
from warmline.speech.runtime.errors import MissingExtra, UsageError

try:
    import torch
except ModuleNotFoundError:
    torch = None  # type: ignore[assignment]

needs_torch = pytest.mark.skipif(torch is None, reason="PyTorch is not installed")


@pytest.mark.skipif(torch is not None, reason="PyTorch is installed")
def test_without_pytorch_one_line_says_what_to_do() -> None:
    with pytest.raises(MissingExtra, match="pip install torch"):
        listen_torch.train(material(clips=8), SMALL, 0, "cuda")


@needs_torch
def test_its_listener_scores_as_it_was_schooled() -> None:
    data = material()
    parameters = beginning(data, SMALL, np.random.default_rng(1))
    parameters[-1] += 0.1
    listener = listen_torch.Listener(*parameters)
    start, count = int(data.starts[3]), int(data.counts[3])
    frames = data.frames[start : start + count].astype("f4")
    heard = listen_torch.scores(
        torch,
        [torch.from_numpy(item) for item in parameters],
        torch.from_numpy(frames)[None],
        torch.ones(1, count, dtype=torch.bool),
        torch.from_numpy(data.functionals[3:4]),
        SMALL,
        school=False,
    )
    np.testing.assert_allclose(heard[0].numpy(), listener.scores(frames, data.functionals[3]), atol=1e-4)


@needs_torch
def test_it_learns() -> None:
    data, other = material(), material(5)
    listener = listen_torch.train(data, SMALL, 3, "cpu")
    right = [
        listener.scores(other.frames[s : s + c].astype("f4"), other.functionals[at])[:-1].argmax() == other.truth[at]
        for at, (s, c) in enumerate(zip(other.starts, other.counts, strict=True))
    ]
    assert np.mean(right) > 0.9


@needs_torch
def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match="fpga"):
        listen_torch.train(material(clips=8), SMALL, 0, "fpga")
