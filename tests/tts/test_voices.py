"""One contract for every voice, and what each voice promises beyond it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from warmline.dialogue.strategy.tone import style_for_distress
from warmline.dialogue.types import NEUTRAL, ReplySegment, Style
from warmline.emotion.pitch import analyse
from warmline.emotion.prosody import measure
from warmline.speech.audio.resample import resampled
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.errors import CorruptWeights, SettingsError, StorageError, VoiceError
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples
from warmline.tts.level import loudness_db
from warmline.tts.speech_of import speech_of
from warmline.tts.spoken_text import said_words
from warmline.tts.styling import STYLES
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.backends import VOICES
from warmline.tts.voice.base import Voice
from warmline.tts.voice.fallback import FallbackVoice
from warmline.tts.voice.graph import session_with_output
from warmline.tts.voice.rendered import for_turn, render
from warmline.tts.voice.tone import ToneConfig, ToneVoice

TEXT = "I hear you, and I'm still here. What would help, tonight? Call 988 — or 116 123."

needs_weights = pytest.mark.weights
KOKORO = os.environ.get("WARMLINE_TEST_KOKORO", "")
made: dict[str, Voice] = {}


def voice_named(name: str) -> Voice:
    if name == "fallback":
        return FallbackVoice(ToneVoice(ToneConfig()), lambda: ToneVoice(ToneConfig(hertz=440.0)))
    if name not in made:
        options = {}
        if name == "kokoro":
            if not KOKORO:
                pytest.skip("set WARMLINE_TEST_KOKORO to a folder with kokoro.onnx and voices")
            options = {"path": KOKORO}
        made[name] = VOICES.create(name, options)
    return made[name]


@pytest.fixture(
    params=[
        "tone",
        "fallback",
        *(pytest.param(name, marks=needs_weights) for name in ("hibari", "piper", "kokoro")),
    ]
)
def voice(request: pytest.FixtureRequest) -> Iterator[Voice]:
    return voice_named(str(request.param))


def segment(text: str, style: Style = NEUTRAL, *, last: bool = True) -> ReplySegment:
    return ReplySegment(3, 2, text, style, last)


def audio_of(voice: Voice, text: str, style: Style = NEUTRAL) -> Samples:
    return speech_of(voice, text, style).audio


class TestEveryVoice:
    def test_speaks_every_word_in_order_with_ends_inside_the_audio(self, voice: Voice) -> None:
        words: list[str] = []
        for chunk in voice.speak(segment(TEXT)):
            assert (chunk.turn, chunk.segment) == (3, 2)
            assert chunk.audio.dtype == np.float32
            assert chunk.audio.ndim == 1
            ends = [word.end for word in chunk.words]
            assert ends == sorted(ends)
            assert ends[0] > 0
            assert ends[-1] <= len(chunk.audio)
            words += [word.text for word in chunk.words]
        assert words == [word.written for word in said_words(TEXT)]

    def test_audio_is_finite_audible_unclipped_and_starts_and_ends_softly(self, voice: Voice) -> None:
        for chunk in voice.speak(segment(TEXT)):
            assert np.isfinite(chunk.audio).all()
            assert 0.02 < float(np.abs(chunk.audio).max()) <= 1.0
            assert abs(float(chunk.audio[0])) < 0.01
            assert abs(float(chunk.audio[-1])) < 0.01

    def test_begins_to_sound_within_80_ms(self, voice: Voice) -> None:
        audio = audio_of(voice, "Hello there.")
        assert float(np.abs(audio[: VOICE_RATE * 8 // 100]).max()) > 0.003

    @pytest.mark.parametrize("text", ["", "  ", "🙂", "...", "[sigh]", "你好", "\x00"])
    def test_says_nothing_where_nothing_can_be_said(self, voice: Voice, text: str) -> None:
        assert list(voice.speak(segment(text))) == []

    def test_the_same_text_gives_the_same_samples(self, voice: Voice) -> None:
        assert np.array_equal(audio_of(voice, "I hear you."), audio_of(voice, "I hear you."))

    def test_a_pause_follows_a_segment_inside_a_turn_only(self, voice: Voice) -> None:
        (final,) = voice.speak(segment("I hear you.", last=True))
        (inner,) = voice.speak(segment("I hear you.", last=False))
        extra = len(inner.audio) - len(final.audio)
        assert 0.1 * VOICE_RATE <= extra <= 0.3 * VOICE_RATE
        assert not inner.audio[-extra:].any()
        assert inner.words == final.words

    def test_a_set_flag_cancels(self, voice: Voice) -> None:
        flag = CancelFlag()
        chunks = voice.speak(segment(TEXT), flag)
        next(chunks)
        flag.set()
        with pytest.raises(Cancelled):
            list(chunks)

    def test_style_moves_what_the_capabilities_name(self, voice: Voice) -> None:
        able = voice.capabilities.controls
        assert {"pace", "volume"} <= able
        text = "It sounds like a long day."
        slow, fast = (audio_of(voice, text, Style(pace=value)) for value in (-0.8, 0.8))
        assert len(slow) > 1.1 * len(fast)
        soft, loud = (audio_of(voice, text, Style(volume=value)) for value in (-0.8, 0.8))
        assert loudness_db(loud) - loudness_db(soft) == pytest.approx(6.4, abs=1.0)

    def test_long_and_odd_text_is_spoken_in_bounded_chunks(self, voice: Voice) -> None:
        text = "naïve café supercalifragilistic antidisestablishmentarianism zzxq $3.50 on May 3rd " * 4
        chunks = list(voice.speak(segment(text)))
        assert max(len(chunk.audio) for chunk in chunks) < 45 * VOICE_RATE
        assert sum(len(chunk.words) for chunk in chunks) == len(said_words(text))


def test_a_kokoro_folder_without_the_voice_or_with_a_damaged_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there are: none"):
        VOICES.create("kokoro", {"path": str(tmp_path)})
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "af_heart.bin").write_bytes(b"123")
    with pytest.raises(CorruptWeights, match="no Kokoro voice"):
        VOICES.create("kokoro", {"path": str(tmp_path)})


@needs_weights
class TestHibari:
    def test_loudness_is_steady_from_clause_to_clause(self) -> None:
        voice = voice_named("hibari")
        clauses = ["Yes.", "I hear you,", "and that sounds so heavy to carry alone.", "What would help?"]
        levels = [loudness_db(audio_of(voice, clause)) for clause in clauses]
        assert max(levels) - min(levels) < 1.0

    def test_distress_makes_it_slower_and_softer_step_by_step(self) -> None:
        voice = voice_named("hibari")
        text = "It sounds like you have been carrying this alone for a long time."
        steps = [audio_of(voice, text, style_for_distress(level)) for level in (1, 3, 5)]
        for calmer, more in pairwise(steps):
            assert len(more) > len(calmer)
            assert loudness_db(more) < loudness_db(calmer) - 0.5

    def test_word_ends_fall_where_the_word_is(self) -> None:
        """The end of "stop" lies in the silence that its comma makes, not before and not after it."""
        voice = voice_named("hibari")
        (chunk,) = voice.speak(segment("We can stop, whenever you like."))
        end = next(word.end for word in chunk.words if word.text == "stop,")
        around = chunk.audio[end - 720 : end + 3600]
        blocks = np.abs(around[: len(around) // 240 * 240]).reshape(-1, 240).max(axis=1)
        assert blocks.min() < 0.02
        assert chunk.words[-1].end <= len(chunk.audio)

    def test_an_emphasised_word_is_higher_and_longer_and_the_others_stay(self) -> None:
        voice = voice_named("hibari")
        plain, marked = (
            speech_of(voice, "You were so worried about that exam last night.", NEUTRAL, emphasis)
            for emphasis in ((), ("exam",))
        )
        ends = [[word.end for word in speech.words] for speech in (plain, marked)]
        place = [word.text for word in plain.words].index("exam")
        assert ends[0][:place] == ends[1][:place]
        assert ends[1][place] > ends[0][place]
        spans = [slice(end[place - 1], end[place]) for end in ends]
        low, high = (
            measure(resampled(AudioChunk(speech.audio[span], VOICE_RATE), SAMPLE_RATE).samples).f0_hz
            for speech, span in zip((plain, marked), spans, strict=True)
        )
        assert high > 1.04 * low

    def test_questions_end_higher_than_the_same_words_as_statements(self) -> None:
        """Over several: a single last syllable may be too soft for its pitch to be found."""
        voice = voice_named("hibari")
        ends = []
        for text in ("Would you like to tell me about it", "Did anyone see it", "Is it worse at night", "You told her"):
            pair = []
            for mark in "?.":
                audio = resampled(AudioChunk(audio_of(voice, text + mark), VOICE_RATE), SAMPLE_RATE).samples
                heard = analyse(audio).f0_hz
                pair.append(float(np.median(heard[~np.isnan(heard)][-8:])))
            ends.append(12.0 * np.log2(pair[0] / pair[1]))
        assert np.median(ends) > 2.0

    @pytest.mark.parametrize("pace", [-0.8, -0.3, 0.3, 0.8])
    def test_pace_is_exact(self, pace: float) -> None:
        voice = voice_named("hibari")
        plain, paced = (len(audio_of(voice, "You kept going all year.", Style(pace=value))) for value in (0.0, pace))
        assert paced / plain == pytest.approx(1.28**-pace, rel=0.04)

    def test_digits_of_a_telephone_number_are_drawn_out(self) -> None:
        voice = voice_named("hibari")
        slow = speech_of(voice, "Call 988 now.", NEUTRAL).words
        plain = speech_of(voice, "Call nine eighty eight now.", NEUTRAL).words
        assert slow[1].end - slow[0].end > 1.2 * (plain[3].end - plain[0].end)

    def test_a_named_style_changes_the_spectrum(self) -> None:
        voice = voice_named("hibari")

        def centroid(style: Style) -> float:
            power = np.abs(np.fft.rfft(audio_of(voice, "I'm glad that you told me.", style))) ** 2
            return float((power * np.arange(len(power))).sum() / power.sum() / len(power))

        assert centroid(STYLES["warm"]) < 0.8 * centroid(NEUTRAL) < centroid(STYLES["encouraging"])


class Failing:
    """A voice that fails after ``good`` chunks of another."""

    def __init__(self, inner: Voice, good: int) -> None:
        self.inner, self.good, self.asked = inner, good, 0

    @property
    def capabilities(self):  # type: ignore[no-untyped-def]
        return self.inner.capabilities

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None):  # type: ignore[no-untyped-def]
        self.asked += 1
        chunks = self.inner.speak(segment, cancel)
        for _ in range(self.good):
            yield next(chunks)
        raise VoiceError("broken")

    def close(self) -> None:
        self.inner.close()


class TestFallback:
    def test_the_second_voice_finishes_the_sentence(self) -> None:
        broken = Failing(ToneVoice(ToneConfig()), good=1)
        voice = FallbackVoice(broken, lambda: ToneVoice(ToneConfig(hertz=440.0)))
        chunks = list(voice.speak(segment(TEXT)))
        assert [word.text for chunk in chunks for word in chunk.words] == [word.written for word in said_words(TEXT)]
        assert all(chunk.turn == 3 for chunk in chunks)

    def test_after_two_failures_in_a_row_the_first_is_not_asked(self) -> None:
        broken = Failing(ToneVoice(ToneConfig()), good=0)
        voice = FallbackVoice(broken, lambda: ToneVoice(ToneConfig()))
        for _ in range(4):
            assert list(voice.speak(segment("Still here.")))
        assert broken.asked == 2

    def test_when_both_fail_the_error_says_so(self) -> None:
        def missing() -> Voice:
            raise CorruptWeights("damaged")

        voice = FallbackVoice(Failing(ToneVoice(ToneConfig()), good=0), missing)
        with pytest.raises(VoiceError, match="both voices failed"):
            list(voice.speak(segment("Still here.")))

    def test_the_tone_voice_fails_on_request(self) -> None:
        chunks = ToneVoice(ToneConfig(fails_at=1)).speak(segment("One. Two."))
        next(chunks)
        with pytest.raises(VoiceError):
            next(chunks)


def test_rendered_sentences_fit_any_turn() -> None:
    chunks = render(ToneVoice(ToneConfig()), "I'm still here. Go on.")
    again = for_turn(chunks, 9, 4)
    assert {(chunk.turn, chunk.segment) for chunk in again} == {(9, 4)}
    assert [replace(chunk, turn=0, segment=0).words for chunk in again] == [chunk.words for chunk in chunks]


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    path = tmp_path / "voice.onnx"
    with pytest.raises(StorageError):
        session_with_output(path, "x")
    path.write_bytes(b"not a model")
    with pytest.raises(CorruptWeights, match=r"voice\.onnx"):
        session_with_output(path, "x")
