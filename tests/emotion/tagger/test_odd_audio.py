"""Sounds from which no feeling may be told: every tagger answers them, and none claims a label."""

import numpy as np
import pytest
from random_taggers import KINDS, random_model
from sounds import noise, silence, syllables, voice

from warmline.emotion.tagger.backends import TAGGERS
from warmline.emotion.training.vocal_sounds import MADE, whispered
from warmline.speech.audio.files import read_audio
from warmline.speech.types import AudioChunk, EncoderFeatures, Utterance

SPOKEN = read_audio("demos/audio/job.wav").samples[:64_000]
CHORD = (0.1 * np.sin(np.outer((0.086, 0.109, 0.130), np.arange(64_000))).sum(axis=0)).astype("f4")
ODD = {
    "silence": silence(3.0),
    "0.2 s": voice(150, 0.2),
    "hiss": noise(3.0),
    "music": CHORD * (0.6 + 0.4 * np.sign(np.sin(np.arange(64_000) * 0.0008))).astype("f4"),
    "two voices": voice(120, 3.0) + voice(210, 3.0),
    "clipped": np.sign(voice(120, 3.0)),
    "whisper": whispered(SPOKEN, np.random.default_rng(0)),
    "cough": MADE["cough"](np.random.default_rng(1)),
    "a minute": np.tile(syllables(16, 170), 15),
}


@pytest.fixture(scope="module", params=["encoder_probe", *(f"transformer {kind}" for kind in KINDS)])
def tagger(request, tmp_path_factory):
    name, _, kind = request.param.partition(" ")
    if name == "transformer":
        folder = random_model(kind, tmp_path_factory.mktemp("model"))
        return TAGGERS.create(name, {"model": str(folder), "device": "cpu"})
    return TAGGERS.create(name, {})


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("encoded", [False, True])
def test_nothing_is_claimed(tagger, kind, encoded):
    samples = ODD[kind]
    frames = np.random.default_rng(0).standard_normal((len(samples) // 320, 384)).astype("f4")
    features = EncoderFeatures(frames, "whisper-tiny.en") if encoded else None
    said = tagger.tag(Utterance(1, "", (), AudioChunk(samples), features=features))
    assert said.label is None
    assert np.isfinite([said.valence, said.arousal, said.dominance, said.confidence]).all()
    assert sum(said.labels.values()) == pytest.approx(1.0, abs=1e-4)
