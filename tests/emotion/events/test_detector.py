"""The detector of all events, without weights and with them."""

import numpy as np
import pytest
from sounds import noise, silence, syllables, voice

from warmline.emotion.events.audio_tagger import AudioTagger, AudioTaggerConfig
from warmline.emotion.events.detector import EventDetector
from warmline.emotion.events.sounds import NOTHING
from warmline.emotion.events.voice import whisper
from warmline.emotion.pitch import analyse
from warmline.emotion.prosody import speech_frames
from warmline.emotion.training.vocal_sounds import MADE, trembling, whispered
from warmline.speech.audio.files import read_audio
from warmline.speech.runtime import weights
from warmline.speech.runtime.errors import CorruptWeights
from warmline.speech.types import Word

START = 48_000
SPOKEN = "demos/audio/job.wav"

ODD = {
    "empty": silence(0.0),
    "one sample": np.ones(1, "f4"),
    "0.2 s": voice(150, 0.2),
    "silence": silence(3.0),
    "noise": noise(3.0),
    "nan": np.full(16_000, np.nan, "f4"),
    "clipped": np.sign(voice(120, 2.0)),
    "two voices": voice(120, 3.0) + voice(210, 3.0),
    "music": sum(0.1 * np.sin(np.arange(48_000) * 2 * np.pi * hertz / 16_000) for hertz in (220, 277, 330)).astype(
        "f4"
    ),
    "a minute": np.tile(syllables(16, 170), 15),
}
"""None of these cries, laughs, coughs or whispers."""


def test_without_weights_pauses_and_words_are_still_told(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(weights.cache, "_folder", tmp_path)
    detector = EventDetector()
    assert not detector.hears_sounds
    assert "weights fetch yamnet" in caplog.text
    samples = np.concatenate([syllables(8), silence(1.6), syllables(8)])
    said = (Word("so", START, START + 100), Word("um", START + 200, START + 300))
    assert {event.kind for event in detector.detect(samples, START, said)} == {"filled pause", "long pause"}
    assert detector.sound(samples) == NOTHING


def test_a_broken_archive_says_what_to_do(tmp_path):
    (tmp_path / "YamNet_w8a8.onnx.zip").write_bytes(b"not a zip")
    with pytest.raises(CorruptWeights, match="weights fetch yamnet"):
        AudioTagger(AudioTaggerConfig(str(tmp_path)))


@pytest.mark.parametrize("seed", range(4))
def test_whispered_words_have_no_voice_and_spoken_ones_do(seed):
    spoken = read_audio(SPOKEN).samples[:64_000]
    heard = analyse(whispered(spoken, np.random.default_rng(seed)))
    (event,) = whisper(heard, speech_frames(heard), START, 0.9)
    assert event.kind == "whisper"
    assert START <= event.start < event.end <= START + 64_000
    assert whisper(heard, speech_frames(heard), START, 0.3) == ()  # it may as well be a fan
    plain = analyse(spoken)
    assert whisper(plain, speech_frames(plain), START, 0.9) == ()


@pytest.mark.parametrize("kind", MADE)
def test_made_sounds_are_audio(kind):
    first, second = (MADE[kind](np.random.default_rng(seed)) for seed in (1, 2))
    assert first.dtype == np.float32
    assert 0.15 < np.abs(first).max() < 0.7
    assert len(first) != len(second) or not np.allclose(first, second)


def test_trembling_moves_the_pitch_as_much_as_it_says():
    shaken = trembling(voice(150, 2.0), np.random.default_rng(0), semitones=1.0)
    pitch = analyse(shaken).f0_hz[20:180]
    swing = 12 * np.log2(np.nanpercentile(pitch, 95) / np.nanpercentile(pitch, 5)) / 2
    assert swing == pytest.approx(1.0, rel=0.3)


@pytest.mark.weights
@pytest.mark.parametrize("kind", ODD)
def test_odd_audio_is_no_event(kind):
    found = EventDetector().detect(ODD[kind], START)
    assert not {event.kind for event in found} & {"cry", "laugh", "cough", "whisper"}


@pytest.mark.weights
def test_speech_is_heard_as_speech_also_when_whispered():
    detector = EventDetector()
    spoken = read_audio(SPOKEN).samples[:64_000]
    heard = detector.sound(spoken)
    assert heard.speech > 0.9
    assert not heard.wordless
    assert not {event.kind for event in detector.detect(spoken)} & {"cry", "laugh", "cough", "whisper"}
    told = detector.detect(whispered(spoken, np.random.default_rng(0)), START)
    assert "whisper" in {event.kind for event in told}
