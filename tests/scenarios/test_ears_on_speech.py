"""The embedded ears on real speech sounds: our own voice speaks, and every ear is asked what it heard."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from warmline.dialogue.types import NEUTRAL, ReplySegment
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.base import Recogniser, tuned
from warmline.speech.asr.evaluate import against, voiced_spans
from warmline.speech.asr.stream import Transcriber
from warmline.speech.audio.resample import resampled
from warmline.speech.turn.backends import TURNS
from warmline.speech.turn.endpoint import EndpointRules
from warmline.speech.types import AudioChunk, Samples
from warmline.speech.vad.backends import VADS
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.backends import VOICES

pytestmark = pytest.mark.weights

SAID = "I lost my job last week, and I feel so alone these days."
LONG = (
    "My sister moved to another city in the spring.",
    "Since then the house has been very quiet.",
    "I used to cook dinner for both of us every evening.",
    "Now I mostly eat toast in front of the television.",
    "Work is busy, but nobody there knows me well.",
    "Last Sunday I walked along the river for two hours.",
    "It was cold, and I watched the boats go past.",
    "An old man told me about his dog.",
    "I think that was the best part of my week.",
    "Maybe I should call my sister tonight.",
    "I am afraid that she is too tired to talk.",
    "But I would like to hear her voice again.",
)
SECOND = 16_000


def spoken(*sentences: str) -> Samples:
    """The sentences at 16 kHz with 0.4 s of quiet before, between and after."""
    voice = VOICES.create("hibari")
    quiet = np.random.default_rng(0).normal(0.0, 1e-4, 4 * SECOND // 10)
    parts = [quiet]
    for sentence in sentences:
        chunks = [chunk.audio for chunk in voice.speak(ReplySegment(0, 0, sentence, NEUTRAL, last=True))]
        parts += [resampled(AudioChunk(np.concatenate(chunks), VOICE_RATE), SECOND).samples, quiet]
    voice.close()
    return np.concatenate(parts).astype(np.float32)


@pytest.fixture(scope="module")
def speech() -> Samples:
    return spoken(SAID)


@pytest.fixture(scope="module")
def recogniser() -> Iterator[Recogniser]:
    built = RECOGNISERS.create("faster_whisper")
    yield built
    built.close()


def test_the_detector_hears_one_voice_where_it_is(speech: Samples) -> None:
    spans = voiced_spans(VADS.create("silero"), speech, EndpointRules())
    assert spans
    assert spans[0][0] < SECOND
    assert sum(end - start for start, end in spans) > 0.6 * len(speech)


def test_the_turn_has_ended_only_at_the_end(speech: Samples) -> None:
    turn = TURNS.create("smart_turn")
    assert turn.score(speech[: -SECOND // 5]) > 0.5
    assert turn.score(speech[: len(speech) * 3 // 10]) < 0.5
    turn.close()


def test_our_own_head_hears_the_end_in_what_the_recogniser_encoded(speech: Samples, recogniser: Recogniser) -> None:
    turn = TURNS.create("encoder", {"smart_turn": "never"})

    def score(audio: Samples) -> float:
        return turn.score(audio, recogniser.decode(AudioChunk(audio)).features)

    quiet = np.random.default_rng(1).normal(0.0, 1e-4, SECOND // 8).astype(np.float32)
    whole = score(speech[: -SECOND // 4])
    inside = [score(np.concatenate([speech[: len(speech) * part // 10], quiet])) for part in (3, 5, 7)]
    assert whole > 0.5
    assert max(inside) < whole
    assert turn.score(speech) == 0.5  # no features, nothing to go by
    turn.close()


def test_streaming_and_one_shot_hear_the_words(speech: Samples, recogniser: Recogniser) -> None:
    transcriber, stable = Transcriber(recogniser), ""
    for end in range(SECOND, len(speech), SECOND):
        partial = transcriber.partial(AudioChunk(speech[:end]))
        assert partial.stable.startswith(stable)
        stable = partial.stable
    final = transcriber.final(AudioChunk(speech))
    assert stable
    assert against(SAID, final.text).edits <= 1
    assert against(SAID, recogniser.decode(AudioChunk(speech)).text).edits <= 1


def test_features_cover_the_audio_and_are_the_encoders_own(speech: Samples, recogniser: Recogniser) -> None:
    features = recogniser.decode(AudioChunk(speech, start=320)).features
    assert features is not None
    assert features.encoder == "whisper-tiny.en"
    assert features.frames.shape == (-(-len(speech) // 320), 384)
    assert features.frames.dtype == np.float32
    assert features.start == 320
    assert np.isfinite(features.frames).all()


def test_aligned_times_grow_and_carry_confidence(speech: Samples) -> None:
    recogniser = RECOGNISERS.create("faster_whisper", {"word_times": "aligned"})
    words = recogniser.decode(AudioChunk(speech)).words
    recogniser.close()
    assert len(words) >= 12
    assert all(one.start <= other.start for one, other in itertools.pairwise(words))
    assert len({word.confidence for word in words}) > 3


def test_a_long_turn_is_heard_to_the_end(recogniser: Recogniser) -> None:
    long = spoken(*LONG)
    assert len(long) > 30 * SECOND
    text = " ".join(LONG)
    whole = recogniser.decode(AudioChunk(long))
    assert against(text, whole.text).rate < 0.06
    assert whole.words[-1].end > 0.9 * len(long)
    assert whole.features is not None
    assert len(whole.features.frames) == -(-len(long) // 320)
    transcriber = Transcriber(recogniser)
    for end in range(12 * SECOND, len(long), 12 * SECOND):
        transcriber.partial(AudioChunk(long[:end]))
    assert against(text, transcriber.final(AudioChunk(long)).text).rate < 0.06


@pytest.fixture(scope="module")
def long_speech() -> Samples:
    return spoken(*LONG[:7])


@pytest.mark.parametrize("steps_s", [(0.8,), (1.7, 3.1), (30.0,)], ids=str)
def test_the_final_text_does_not_depend_on_when_partials_were_asked_for(
    long_speech: Samples, recogniser: Recogniser, steps_s: tuple[float, ...]
) -> None:
    transcriber, end = Transcriber(recogniser), 0
    steps = itertools.cycle(int(step_s * SECOND) for step_s in steps_s)
    while (end := end + next(steps)) < len(long_speech) - SECOND:
        transcriber.partial(AudioChunk(long_speech[:end]))
    once = Transcriber(recogniser).final(AudioChunk(long_speech))
    assert transcriber.final(AudioChunk(long_speech), voiced_end=len(long_speech)).text == once.text


def test_windows_decoded_at_once_say_what_they_say_one_by_one(long_speech: Samples, recogniser: Recogniser) -> None:
    batched = RECOGNISERS.create("faster_whisper", {"batch": 4})
    one, many = (ear.decode(AudioChunk(long_speech)) for ear in (recogniser, batched))
    batched.close()
    assert against(one.text, many.text).edits <= 1
    assert one.features is not None
    assert many.features is not None
    assert many.features.frames.shape == one.features.frames.shape
    np.testing.assert_allclose(many.features.frames, one.features.frames, atol=0.2)


def test_hot_words_spell_names_that_are_not_heard_without_them(recogniser: Recogniser) -> None:
    names = ("Siobhan", "Thandiwe", "Kirkcaldy", "Oluwaseun")
    told = tuned(recogniser, hotwords=names)
    spoken_names = [spoken(f"I miss {name} every single day.") for name in names]
    without, having = (
        sum(name in ear.decode(AudioChunk(audio)).text for name, audio in zip(names, spoken_names, strict=True))
        for ear in (recogniser, told)
    )
    assert having >= without + 2


def chords(seconds_s: float) -> Samples:
    """Four chords, plucked twice a second, with overtones."""
    t = np.arange(int(seconds_s * SECOND)) / SECOND
    roots = np.array([220.0, 174.6, 261.6, 196.0])[(t // 2.0).astype(int) % 4]
    phase = 2 * np.pi * np.cumsum(roots) / SECOND
    tones = sum(np.sin(phase * ratio * n) / n for ratio in (1.0, 1.26, 1.5) for n in (1, 2, 3))
    return (0.08 * tones * np.exp(-3.0 * (t % 0.5))).astype(np.float32)


def breaths(seconds_s: float) -> Samples:
    """Breath noise that swells and falls every two seconds."""
    t = np.arange(int(seconds_s * SECOND)) / SECOND
    hiss = np.random.default_rng(5).standard_normal(len(t))
    soft = np.convolve(hiss, np.ones(6) / 6.0, mode="same")
    return (0.08 * soft * np.maximum(0.0, np.sin(np.pi * t)) ** 2).astype(np.float32)


@pytest.mark.parametrize("sound", [chords, breaths])
@pytest.mark.parametrize("hotwords", [(), ("Siobhan", "Nguyen")], ids=["plain", "hot"])
def test_music_and_breathing_are_no_words(sound: Callable[[float], Samples], hotwords: tuple[str, ...]) -> None:
    ear = RECOGNISERS.create("faster_whisper", {"hotwords": list(hotwords)})
    for seconds_s in (1.5, 4.0, 8.0):
        heard = ear.decode(AudioChunk(sound(seconds_s)))
        assert (heard.text, bool(heard.rejected)) == ("", True)
    ear.close()
