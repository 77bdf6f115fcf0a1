"""What every tagger keeps to, and what the embedded one adds."""

import math
from dataclasses import replace

import numpy as np
import pytest
from random_taggers import KINDS, random_model
from sounds import noise, silence, syllables, voice

from warmline.emotion.head import Layer
from warmline.emotion.head_file import save, shipped
from warmline.emotion.tagger.backends import TAGGERS
from warmline.emotion.tagger.base import Tagger
from warmline.emotion.tagger.encoder_probe import (
    EncoderProbe,
    EncoderProbeConfig,
    hear,
    spoken_frames,
    tags_of,
)
from warmline.emotion.types import LABELS
from warmline.speech.runtime.errors import MissingWeights, SettingsError
from warmline.speech.types import AudioChunk, EncoderFeatures, Samples, Utterance, Word

START = 48_000


def utterance(samples: Samples, features: EncoderFeatures | None = None, text: str = "") -> Utterance:
    words = tuple(Word(word, START, START + 100) for word in text.split())
    return Utterance(1, text, words, AudioChunk(samples, start=START), features=features)


def features(samples: Samples, encoder: str = "whisper-tiny.en", width: int = 384, seed: int = 0) -> EncoderFeatures:
    frames = np.random.default_rng(seed).standard_normal((-(-len(samples) // 320), width)).astype("f4")
    return EncoderFeatures(frames, encoder, START)


SPEECH = syllables(16, 170)
ODD = {
    "empty": silence(0.0),
    "one sample": np.ones(1, "f4"),
    "0.1 s": voice(150, 0.1),
    "silence": silence(3.0),
    "noise": noise(3.0),
    "infinite": np.full(16_000, np.inf, "f4"),
    "nan": np.full(16_000, np.nan, "f4"),
    "clipped": np.sign(voice(120, 2.0)),
    "a minute": np.tile(SPEECH, 15),
}


@pytest.fixture(scope="module", params=["encoder_probe", "scripted", *(f"transformer {kind}" for kind in KINDS)])
def tagger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    name, _, kind = request.param.partition(" ")
    if name == "transformer":
        folder = random_model(kind, tmp_path_factory.mktemp("model"))  # skips without the extra
        return TAGGERS.create(name, {"model": str(folder), "device": "cpu"})
    return TAGGERS.create(name, {"labels": ("sad", "")} if name == "scripted" else {})


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("with_features", [False, True])
def test_odd_audio_is_answered(tagger, kind, with_features):
    samples = ODD[kind]
    said = tagger.tag(utterance(samples, features(samples) if with_features else None, "um so"))
    assert said.span == (START, START + len(samples))
    assert set(said.labels) == set(LABELS)
    assert sum(said.labels.values()) == pytest.approx(1.0, abs=1e-4)
    assert all(-1.0 <= value <= 1.0 for value in (said.valence, said.arousal, said.dominance))
    assert 0.0 <= said.confidence <= 1.0
    assert said.label is None or said.label == max(said.labels, key=lambda name: said.labels[name])
    assert said.source


def test_closing_is_harmless(tagger):
    tagger.close()


@pytest.fixture(scope="module")
def probe() -> EncoderProbe:
    return EncoderProbe(EncoderProbeConfig())


@pytest.mark.parametrize("kind", ["empty", "one sample", "0.1 s", "silence", "noise", "infinite", "nan"])
def test_nothing_is_claimed_where_nobody_spoke(probe, kind):
    said = probe.tag(utterance(ODD[kind], features(ODD[kind]), "fine"))
    assert said.label is None
    assert said.confidence == 0.0
    assert not said.words_disagree


def test_random_frames_are_strange_and_doubted(probe):
    said = probe.tag(utterance(SPEECH, features(SPEECH)))
    assert said.source == "encoder_probe/whisper-tiny.en"
    assert said.label is None


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        features(SPEECH, "whisper-huge"),
        features(SPEECH, width=100),
        replace(features(SPEECH), frames=np.full((200, 384), np.nan, "f4")),
        replace(features(SPEECH), frames=np.zeros((0, 384), "f4")),
        replace(features(SPEECH), start=10**9),
    ],
    ids=["none", "unknown encoder", "wrong width", "nan", "no frames", "elsewhere"],
)
def test_without_fitting_features_prosody_alone_is_read(probe, wrong):
    said = probe.tag(utterance(SPEECH, wrong))
    assert said.source == "encoder_probe/voice-only"
    assert said.prosody is not None
    assert said.prosody.f0_hz == pytest.approx(170, rel=0.02)


def test_the_last_part_of_a_long_turn_is_read():
    samples = np.concatenate([voice(110, 25.0), voice(220, 20.0)])
    heard = hear(utterance(samples))
    assert heard is not None
    assert heard.start == START + len(samples) - 20 * 16_000
    assert heard.prosody.f0_hz == pytest.approx(220, rel=0.01)


def test_other_sample_rates_are_heard_the_same():
    samples = voice(150, 1.5)
    low = Utterance(1, "", (), AudioChunk(samples[::2].copy(), 8_000))
    heard = hear(low)
    assert heard is not None
    assert heard.prosody.f0_hz == pytest.approx(150, rel=0.01)


def test_frames_are_matched_to_speech_by_time():
    spoken = np.zeros(100, bool)
    spoken[40:60] = True
    frames = np.arange(50, dtype="f4")[:, None]
    assert spoken_frames(EncoderFeatures(frames, "x", START), START, spoken)[:, 0].tolist() == list(range(20, 30))
    later = EncoderFeatures(frames, "x", START + 3200)
    assert spoken_frames(later, START, spoken)[:, 0].tolist() == list(range(10, 20))


def test_doubt_moves_a_strange_reading_to_even():
    head = shipped("voice-only")
    assert head is not None
    row = head.mean.copy()
    sure = tags_of(head.read_row(row), 0.0, (0, 0))
    far = tags_of(head.read_row(row + 4.0 * head.scale), head.threshold, (0, 0))
    assert sure.label is not None
    assert far.label is None
    assert abs(far.arousal) < 0.5


def test_a_head_of_ones_own_is_used(tmp_path):
    base = shipped("voice-only")
    assert base is not None
    inputs = len(base.mean) + 2 * 4
    angry = Layer(np.zeros((inputs, 8), "f4"), np.eye(8, dtype="f4")[LABELS.index("angry")] * 9)
    own = replace(
        base,
        encoder="mine",
        width=4,
        mean=np.zeros(inputs, "f4"),
        scale=np.full(inputs, 1e6, "f4"),
        members=((angry,),),
        arousal=Layer(np.zeros((inputs, 1), "f4"), np.zeros(1, "f4")),
        temperature=1.0,
        threshold=0.5,
    )
    save(own, tmp_path / "mine.npz")
    tagger = TAGGERS.create("encoder_probe", {"head": str(tmp_path / "mine.npz"), "words": False})
    said = tagger.tag(utterance(SPEECH, features(SPEECH, "mine", 4), "I am fine"))
    assert said.label == "angry"
    assert said.confidence > 0.9
    assert not said.words_disagree
    waved = TAGGERS.create("encoder_probe", {"head": str(tmp_path / "mine.npz")})
    assert waved.tag(utterance(SPEECH, features(SPEECH, "mine", 4), "I am fine")).words_disagree


def test_a_head_that_is_not_there_is_named():
    with pytest.raises(MissingWeights, match="train emotion"):
        TAGGERS.create("encoder_probe", {"head": "nowhere.npz"})


def test_fillers_and_pauses_become_events(probe):
    samples = np.concatenate([SPEECH, silence(1.6), SPEECH])
    said = probe.tag(utterance(samples, None, "so um yes"))
    assert [event.kind for event in said.events] == ["filled pause", "long pause"]
    pause = said.events[1]
    assert pause.start == pytest.approx(START + len(SPEECH), abs=3200)
    assert not math.isnan(pause.confidence)


def test_the_script_is_followed_and_its_last_line_stays():
    tagger = TAGGERS.create("scripted", {"labels": ("happy", "sad"), "confidence": 0.6})
    said = [tagger.tag(utterance(SPEECH)) for _ in range(3)]
    assert [tags.label for tags in said] == ["happy", "sad", "sad"]
    assert said[0].valence > 0.0 > said[1].valence
    with pytest.raises(SettingsError, match="no label 'sadness'"):
        TAGGERS.create("scripted", {"labels": ("sadness",)})
