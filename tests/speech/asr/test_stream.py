"""Streaming over a scripted recogniser: what was said once is said once, at bounded cost, whatever the cuts."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.base import Hypothesis, Recogniser
from warmline.speech.asr.stream import FIRST_PARTIAL, PARTIAL_EVERY, Transcriber, next_partial
from warmline.speech.asr.windows import CUT_AT_LAST
from warmline.speech.audio.ring import Ring
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.types import AudioChunk, Samples, samples_of

SECOND = 16_000


@dataclass
class Counting:
    """Counts what the recogniser inside is given."""

    inner: Recogniser
    lengths: list[float] = field(default_factory=list)

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        self.lengths.append(audio.duration_s)
        return self.inner.decode(audio, cancel)

    def close(self) -> None:
        self.inner.close()


def scripted(lines: list[tuple[float, float, str]]) -> Counting:
    script = "; ".join(f"{start}-{end} {text}" for start, end, text in lines)
    return Counting(RECOGNISERS.create("scripted", {"script": script}))


def audio_of(lines: list[tuple[float, float, str]], length_s: float) -> Samples:
    """Noise where somebody speaks, near silence elsewhere."""
    rng = np.random.default_rng(0)
    audio = rng.normal(0.0, 1e-4, samples_of(length_s))
    for start, end, _ in lines:
        audio[samples_of(start) : samples_of(end)] += rng.normal(0.0, 0.1, samples_of(end) - samples_of(start))
    return audio.astype(np.float32)


LONG = [(i * 5.0 + 0.5, i * 5.0 + 4.5, f"one{i} two{i} three{i} four{i}") for i in range(24)]
"""Two minutes, with a pause of a second every five."""


def said(lines: list[tuple[float, float, str]]) -> str:
    return " ".join(text for _, _, text in lines)


@pytest.mark.parametrize("step_s", [0.5, 1.3, 7.0])
def test_two_minutes_cost_no_more_at_the_end_than_at_the_beginning(step_s: float) -> None:
    recogniser, samples = scripted(LONG), audio_of(LONG, 121.0)
    transcriber = Transcriber(recogniser)
    stable = ""
    for end in range(samples_of(step_s), len(samples), samples_of(step_s)):
        partial = transcriber.partial(AudioChunk(samples[:end]))
        assert partial.stable.startswith(stable)
        assert partial.end == end
        stable = partial.stable
    heard = transcriber.final(AudioChunk(samples))
    assert heard.text == said(LONG)
    assert [word.text for word in heard.words] == said(LONG).split()
    assert max(recogniser.lengths) <= CUT_AT_LAST / SECOND
    assert stable
    assert heard.text.startswith(stable)


def test_features_are_those_of_the_last_30_seconds() -> None:
    samples = audio_of(LONG, 121.0)
    features = Transcriber(scripted(LONG)).final(AudioChunk(samples, start=1_600)).features
    assert features is not None
    assert len(features.frames) == 1_500
    assert features.start == 1_600 + len(samples) - 1_500 * 320


def test_a_final_after_silence_costs_nothing() -> None:
    lines = [(0.5, 2.0, "I am tired")]
    recogniser, samples = scripted(lines), audio_of(lines, 3.0)
    transcriber = Transcriber(recogniser)
    transcriber.partial(AudioChunk(samples[: samples_of(2.2)]))
    assert transcriber.final(AudioChunk(samples)).text == "I am tired"
    assert len(recogniser.lengths) == 1


def test_a_final_after_more_speech_decodes_again() -> None:
    lines = [(0.5, 2.0, "I am tired"), (2.4, 2.9, "really")]
    recogniser, samples = scripted(lines), audio_of(lines, 3.0)
    transcriber = Transcriber(recogniser)
    transcriber.partial(AudioChunk(samples[: samples_of(2.2)]))
    assert transcriber.final(AudioChunk(samples)).text == "I am tired really"
    assert len(recogniser.lengths) == 2


def test_the_detector_knows_better_where_the_voice_ended() -> None:
    lines = [(0.5, 2.0, "I am tired"), (2.4, 2.9, "cough")]
    recogniser, samples = scripted(lines), audio_of(lines, 3.0)
    transcriber = Transcriber(recogniser)
    transcriber.partial(AudioChunk(samples[: samples_of(2.2)]))
    assert transcriber.final(AudioChunk(samples), voiced_end=samples_of(2.0)).text == "I am tired"
    assert transcriber.final(AudioChunk(samples), voiced_end=samples_of(2.9)).text == "I am tired cough"


def test_the_person_may_go_on_after_a_final() -> None:
    lines = [(0.5, 2.0, "I am tired"), (3.0, 4.0, "of this")]
    samples, transcriber = audio_of(lines, 4.5), Transcriber(scripted(lines))
    assert transcriber.final(AudioChunk(samples[: samples_of(2.5)])).text == "I am tired"
    assert transcriber.partial(AudioChunk(samples[: samples_of(3.6)])).text == "I am tired of"
    assert transcriber.final(AudioChunk(samples)).text == "I am tired of this"


def test_nothing_said_is_an_empty_final_with_its_reason() -> None:
    heard = Transcriber(scripted([])).final(AudioChunk(audio_of([], 1.0)))
    assert (heard.text, heard.rejected) == ("", "no speech")


def test_a_set_flag_cancels_and_the_next_call_works() -> None:
    lines = [(0.5, 2.0, "I am tired")]
    samples, transcriber, flag = audio_of(lines, 2.5), Transcriber(scripted(lines)), CancelFlag()
    flag.set()
    with pytest.raises(Cancelled):
        transcriber.partial(AudioChunk(samples), flag)
    assert transcriber.final(AudioChunk(samples)).text == "I am tired"


def test_audio_whose_beginning_is_gone_keeps_the_words_put_aside() -> None:
    samples, transcriber = audio_of(LONG, 121.0), Transcriber(scripted(LONG))
    for end in range(SECOND, samples_of(60.0), SECOND):
        transcriber.partial(AudioChunk(samples[:end]))
    start = samples_of(40.0)
    heard = transcriber.final(AudioChunk(samples[start:], start=start))
    assert heard.text == said(LONG)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(800, 90_000), min_size=1, max_size=30))
def test_any_rhythm_of_partials_gives_the_same_final(steps: list[int]) -> None:
    lines = LONG[:10]
    samples, transcriber = audio_of(lines, 51.0), Transcriber(scripted(lines))
    end, stable = 0, ""
    for step in steps:
        end = min(end + step, len(samples))
        partial = transcriber.partial(AudioChunk(samples[:end]))
        assert partial.stable.startswith(stable)
        stable = partial.stable
    assert transcriber.final(AudioChunk(samples)).text == said(lines)


class Fickle:
    """Says something else each time it is asked."""

    def __init__(self, *texts: str) -> None:
        self._texts = iter(texts)

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        return Hypothesis(next(self._texts))

    def close(self) -> None:
        """Nothing to free."""


def test_the_final_text_may_correct_what_was_called_stable_too_early() -> None:
    lines = [(0.1, 8.9, "x")]
    samples = audio_of(lines, 9.0)
    transcriber = Transcriber(Fickle("and so am I", "And so am I fellow", "And so, my fellow Americans"))
    transcriber.partial(AudioChunk(samples[: 2 * SECOND]))
    partial = transcriber.partial(AudioChunk(samples[: 4 * SECOND]))
    assert partial.stable == "And so am I"
    assert transcriber.final(AudioChunk(samples), voiced_end=9 * SECOND).text == "And so, my fellow Americans"


def test_a_cut_keeps_stable_words_for_the_reader_and_better_ones_for_the_final() -> None:
    lines = [(0.1, 6.0, "x"), (6.6, 16.0, "y")]
    samples = audio_of(lines, 16.0)
    transcriber = Transcriber(Fickle("and so am I", "And so am I fellow", "And so, my fellow Americans.", "Ask not"))
    transcriber.partial(AudioChunk(samples[: 2 * SECOND]))
    transcriber.partial(AudioChunk(samples[: 4 * SECOND]))
    partial = transcriber.partial(AudioChunk(samples))
    assert partial.text == "And so am I Americans. Ask not"
    assert transcriber.final(AudioChunk(samples)).text == "And so, my fellow Americans. Ask not"


def test_what_was_heard_so_far_is_there_between_decodes() -> None:
    recogniser, samples = scripted(LONG), audio_of(LONG, 121.0)
    transcriber = Transcriber(recogniser)
    assert transcriber.so_far is None
    for end in range(2 * SECOND, 60 * SECOND, 2 * SECOND):
        partial = transcriber.partial(AudioChunk(samples[:end]))
        decoded = len(recogniser.lengths)
        heard = transcriber.so_far
        assert heard is not None
        assert len(recogniser.lengths) == decoded
        assert heard.text == partial.text
        assert heard.features is not None
        assert len(heard.features.frames) <= 30 * 50


FIVE_MINUTES = [(i * 5.0 + 0.5, i * 5.0 + 4.5, f"one{i} two{i} three{i} four{i}") for i in range(60)]


def held(transcriber: Transcriber) -> int:
    """Numbers in all arrays that the transcriber can reach."""
    found, seen, ahead = 0, set[int](), [transcriber]
    while ahead:
        thing = ahead.pop()
        if id(thing) in seen or isinstance(thing, Counting):
            continue
        seen.add(id(thing))
        found += thing.size if isinstance(thing, np.ndarray) else 0
        ahead += [one for one in gc.get_referents(thing) if not isinstance(one, type | ModuleType)]
    return found


def test_five_minutes_cost_as_much_each_second_and_hold_as_much_as_one() -> None:
    recogniser, samples = scripted(FIVE_MINUTES), audio_of(FIVE_MINUTES, 301.0)
    transcriber, now = Transcriber(recogniser), 0
    decoded_s, sizes, given = list[float](), list[int](), list[float]()
    for minute in range(1, 6):
        before = sum(recogniser.lengths)
        while (due := next_partial(0, now)) < samples_of(60.0 * minute):
            now, start = due, transcriber.needs_from
            given.append((now - start) / SECOND)
            transcriber.partial(AudioChunk(samples[start:now], start=start))
        decoded_s.append(sum(recogniser.lengths) - before)
        sizes.append(held(transcriber))
    assert transcriber.final(AudioChunk(samples)).text == said(FIVE_MINUTES)
    assert max(decoded_s[1:]) <= 1.1 * min(decoded_s[1:])
    assert max(given) <= CUT_AT_LAST / SECOND + 1.0
    assert max(sizes) <= (30 + 2 * CUT_AT_LAST / SECOND) * 50 * 8  # features: 50 a second, 8 wide


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 60_000), min_size=1, max_size=60))
def test_the_text_is_the_same_however_the_audio_is_cut_into_chunks(cuts: list[int]) -> None:
    lines = LONG[:5]
    samples = audio_of(lines, 26.0)

    def heard(chunks: list[Samples]) -> tuple[list[str], str]:
        ring, transcriber, shown, decoded_to = Ring(len(samples)), Transcriber(scripted(lines)), list[str](), 0
        for chunk in chunks:
            ring.append(chunk)
            while (due := next_partial(0, decoded_to)) <= ring.end:
                shown.append(transcriber.partial(AudioChunk(ring.slice(0, due))).stable)
                decoded_to = due
        return shown, transcriber.final(AudioChunk(ring.slice(0, ring.end))).text

    whole = heard([samples])
    ends = np.minimum(np.cumsum(cuts), len(samples))
    assert heard(np.split(samples, ends)) == whole
    assert whole[1] == said(lines)
    assert len(whole[0]) == 1 + (len(samples) - FIRST_PARTIAL) // PARTIAL_EVERY


class Hurried:
    """Hears one thing in a hurry, and another with care."""

    def __init__(self, sure: bool = False, quick: bool = False, names: tuple[str, ...] = ()) -> None:
        self.sure, self.quick, self.names = sure, quick, names

    def tuned(self, *, hotwords: tuple[str, ...] | None = None, quick: bool | None = None) -> Hurried:
        return Hurried(self.sure, self.quick if quick is None else quick, self.names if hotwords is None else hotwords)

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        text = "quick" if self.quick else " ".join(("careful", *self.names))
        return Hypothesis(text, quick=self.quick and not self.sure)

    def close(self) -> None:
        """Nothing to free."""


def test_partials_are_quick_and_the_final_takes_care_where_the_quick_words_are_unsure() -> None:
    lines = [(0.5, 2.0, "x")]
    samples = audio_of(lines, 3.0)
    for sure, text in ((False, "careful Siobhan"), (True, "quick")):
        transcriber = Transcriber(Hurried(sure), ("Siobhan",))
        assert transcriber.partial(AudioChunk(samples[: samples_of(2.5)])).text == "quick"
        assert transcriber.final(AudioChunk(samples)).text == text
