"""The recipe: what is an example, and that a head learns what is there to learn."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.speech.turn.test_cuts import buzz, quiet
from warmline.speech.asr.base import Hypothesis
from warmline.speech.audio.files import write_wav
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import UnreadableInput
from warmline.speech.turn import acoustics
from warmline.speech.turn.completeness import BUCKETS, Words
from warmline.speech.turn.scripted import ScriptedTurn, ScriptedTurnConfig
from warmline.speech.turn.training import fit, text_fit
from warmline.speech.turn.training.extract import Rows, extract
from warmline.speech.turn.training.material import Spoken, examples, recordings, speaker_of
from warmline.speech.types import AudioChunk, EncoderFeatures, Word, samples_of

AUDIO = np.concatenate([quiet(0.3), buzz(0.8), quiet(0.3), buzz(0.8), quiet(0.05), buzz(0.8), quiet(0.4)])
SPOKEN = Spoken("a_1", "toy", "a", AUDIO)


class Ear:
    """Hears three words, wherever the audio is long enough, and an encoder of two outputs."""

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        spans = ((0.1, 0.9), (1.2, 2.0), (2.05, 2.85))
        words = tuple(
            Word(f"w{place}", samples_of(start), samples_of(end))
            for place, (start, end) in enumerate(spans)
            if samples_of(start) < len(audio.samples)
        )
        frames = np.ones((len(audio.samples) // 320, 2), np.float32)
        return Hypothesis(" ".join(word.text for word in words), words, features=EncoderFeatures(frames, "toy"))

    def close(self) -> None: ...


def test_an_utterance_gives_its_end_and_places_inside_it() -> None:
    found = [example for example, _ in examples(SPOKEN, Ear(), np.random.default_rng(0))]
    assert [example.ended for example in found] == [True, False, False]
    whole, *inside = found
    for example in inside:
        assert len(example.audio) < len(whole.audio) - samples_of(0.3)
        assert 0.3 < len(example.later) / 16_000 < 0.45
    assert Counter(example.own_pause for example in inside) == {True: 1, False: 1}
    assert list(examples(Spoken("b", "toy", "b", quiet(1.0)), Ear(), np.random.default_rng(0))) == []


def test_rows_come_back_from_the_cache(tmp_path: Path) -> None:
    told: list[str] = []
    smart = ScriptedTurn(ScriptedTurnConfig("0.9, 0.8, 0.2, 0.1"))
    first = extract([SPOKEN], Ear(), smart, tmp_path, 1, told.append)
    again = extract([SPOKEN], Ear(), ScriptedTurn(ScriptedTurnConfig("0.5")), tmp_path, 1, told.append)
    assert len(first.ended) == 3
    assert first.row.shape[1] == acoustics.width(2)
    assert np.array_equal(first.smart, again.smart)
    assert first.smart[0] == pytest.approx([0.9, 0.8])
    assert len(told) == 1


def test_recordings_are_drawn_by_chance_and_know_their_speakers(tmp_path: Path) -> None:
    for name in ("a_1", "a_2", "b_1"):
        write_wav(tmp_path / f"{name}.wav", AUDIO, 16_000)
    found = recordings(tmp_path, 10, 0)
    assert {one.speaker for one in found} == {f"{tmp_path.name}/a", f"{tmp_path.name}/b"}
    assert len(recordings(tmp_path, 2, 0)) == 2
    assert speaker_of("Actor_01__03-01") == "Actor_01"
    with pytest.raises(UnreadableInput):
        recordings(tmp_path / "none", 1, 0)


def rows(seed: int) -> Rows:
    """Ends differ from pauses by half a deviation on every input, for six speakers of two corpora."""
    rng = np.random.default_rng(seed)
    ended = rng.random(240) < 0.4
    row = rng.normal(size=(240, 30)) + 0.5 * ended[:, None]
    speaker = np.array([f"s{place % 6}" for place in range(240)])
    corpus = np.array(["x" if place % 6 < 4 else "y" for place in range(240)])
    smart = np.clip(0.5 + 0.2 * (ended - 0.5)[:, None] + rng.normal(0, 0.2, (240, 2)), 0.01, 0.99)
    return Rows(row.astype(np.float32), smart.astype(np.float32), np.array([""] * 240), ended, ended, corpus, speaker)


def test_a_head_learns_and_its_blends_are_no_worse_than_either_opinion() -> None:
    data = rows(0)
    found = fit.opinions(data, Words(np.zeros(BUCKETS, np.float32), 0.0), 3, 0)
    trained = fit.fit(data, found, "toy")
    fresh = rows(1)
    smart = fit.figures(fresh, fresh.smart[:, 0].astype(float), "smart")[-1]
    both = np.array(
        [trained.probability(row, float(score[0])) for row, score in zip(fresh.row, fresh.smart, strict=True)]
    )
    figure = fit.figures(fresh, both, "both")[-1]
    assert figure.auc > max(0.85, smart.auc)
    assert figure.n == 240
    assert trained.both.head > 0.0
    assert trained.both.smart > 0.0


def test_words_learn_which_turns_were_broken_off() -> None:
    texts = [f"I went to the {place} and {verb} it" for place in ("sea", "lake", "shop") for verb in ("saw", "liked")]
    texts += [f"we {verb} the old {thing} very much" for verb in ("love", "miss") for thing in ("house", "dog", "car")]
    words, figures = text_fit.fit(texts * 5, 0, strength=3.0)
    assert words.logit("we miss the lake very much") > words.logit("we miss the lake very")
    assert figures.n > 0
    assert figures.texts == 60
    assert list(text_fit.broken_off(["yes"], np.random.default_rng(0))) == [("yes", True)] * text_fit.SHORT
