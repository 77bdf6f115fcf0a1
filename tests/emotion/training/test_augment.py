"""One random way a line changes a voice."""

import numpy as np
import pytest
from sounds import noise, silence, voice

from warmline.emotion.prosody import measure
from warmline.emotion.training.augment import on_the_line, speed

VOICE = voice(150, 1.0)


def test_speed_moves_length_and_pitch():
    fast = speed(VOICE, 1.1)
    assert len(fast) == pytest.approx(len(VOICE) / 1.1, abs=2)
    assert measure(fast).f0_hz == pytest.approx(165, rel=0.01)
    assert speed(VOICE, 1.0) is VOICE


def test_the_same_seed_gives_the_same_line_and_another_gives_another():
    one, again, other = (on_the_line(VOICE, np.random.default_rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, again)
    assert one.shape != other.shape or not np.allclose(one, other)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    "samples", [silence(0.0), silence(0.5), VOICE[:40], VOICE], ids=["empty", "silence", "40", "voice"]
)
def test_any_sound_survives(seed, samples):
    changed = on_the_line(samples, np.random.default_rng(seed), (noise(0.2),))
    assert changed.dtype == np.float32
    assert np.isfinite(changed).all()
    assert np.abs(changed).max(initial=0.0) <= 1.0
