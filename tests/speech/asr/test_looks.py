"""Which looks the faster-whisper backend takes at audio: a closer one at unsure words, one without the hot words where
they may only echo, several windows at once. The model is replaced by a script; the decisions are the backend's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from warmline.speech.asr import faster_whisper
from warmline.speech.asr.faster_whisper import FasterWhisper, FasterWhisperConfig
from warmline.speech.asr.guards import Draft, Guard
from warmline.speech.asr.whisper import Pass
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import AudioChunk, Samples, samples_of

SURE, UNSURE, SILENT = -0.1, -0.5, 0.9


@dataclass
class Engine:
    """Says its script: greedily, by beam search, and without hot words."""

    greedy: Draft
    beam: Draft | None = None
    plain: Draft | None = None
    asked: list[str] = field(default_factory=list)
    language: str = "en"
    name: str = "scripted"

    def run(self, samples: Samples, length: int, cancel: CancelFlag | None = None, hot: Sequence[int] = ()) -> Pass:
        return self.run_many([samples], length, cancel, hot)[0]

    def run_many(
        self, pieces: Sequence[Samples], length: int, cancel: Any = None, hot: Sequence[int] = ()
    ) -> list[Pass]:
        self.asked.append(f"run {len(pieces)} x {length // 16_000} s" + (" hot" if hot else ""))
        return [Pass(self.greedy, "en", np.zeros((len(piece) // 320, 4), np.float32)) for piece in pieces]

    def again(self, heard: Pass, duration_s: float, beam: int, hot: Sequence[int] = ()) -> Pass:
        self.asked.append(f"beam {beam}" + (" hot" if hot else ""))
        draft = self.beam if beam > 1 else self.plain
        assert draft is not None
        return Pass(draft, "en", heard.frames)

    def hot(self, hotwords: Sequence[str]) -> tuple[int, ...]:
        return tuple(range(len(hotwords)))

    def close(self) -> None:
        """Nothing to free."""


def built(monkeypatch: pytest.MonkeyPatch, engine: Engine, **options: Any) -> FasterWhisper:
    monkeypatch.setattr(faster_whisper, "Engine", lambda how: engine)
    return FasterWhisper(FasterWhisperConfig(check_voice=False, **options))


def audio(seconds: float = 2.0) -> AudioChunk:
    return AudioChunk(np.random.default_rng(0).normal(0.0, 0.1, samples_of(seconds)).astype(np.float32))


def test_unsure_words_are_searched_for_and_sure_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    unsure = Engine(Draft("will be over", UNSURE, 0.0), Draft("will we ever", -0.4, 0.0))
    assert built(monkeypatch, unsure).decode(audio()).text == "will we ever"
    assert unsure.asked == ["run 1 x 10 s", "beam 10"]
    sure = Engine(Draft("hello there", SURE, 0.0))
    assert built(monkeypatch, sure).decode(audio()).text == "hello there"
    assert sure.asked == ["run 1 x 10 s"]
    assert built(monkeypatch, Engine(unsure.greedy), beam=1).decode(audio()).text == "will be over"


def test_a_search_that_ends_in_a_loop_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(Draft("so it goes", UNSURE, 0.0), Draft("so so so so so so", -0.2, 0.0))
    assert built(monkeypatch, engine).decode(audio()).text == "so it goes"


def test_a_hurried_decode_searches_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(Draft("will be over", UNSURE, 0.0), Draft("will we ever", -0.4, 0.0))
    careful = built(monkeypatch, engine)
    heard = careful.tuned(quick=True).decode(audio())
    assert (heard.text, heard.quick) == ("will be over", True)
    assert not careful.decode(audio()).quick


def test_hot_words_of_the_call_join_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    recogniser = built(monkeypatch, Engine(Draft("hello", SURE, 0.0)), hotwords=("Warmline",))
    both = recogniser.tuned(hotwords=("Siobhan",))
    assert isinstance(both, FasterWhisper)
    assert (recogniser._hotwords, both._hotwords) == (("Warmline",), ("Warmline", "Siobhan"))


def test_the_list_read_back_over_nothing_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(Draft("Siobhan, Nguyen.", SURE, 0.0), plain=Draft("you", -0.9, SILENT))
    heard = built(monkeypatch, engine, hotwords=("Siobhan", "Nguyen")).decode(audio())
    assert (heard.text, heard.rejected) == ("", Guard.ECHO)
    assert engine.asked == ["run 1 x 10 s hot", "beam 1"]


def test_a_name_that_was_said_is_kept_in_its_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(Draft("Siobhan.", SURE, 0.0), plain=Draft("Shivan.", -0.6, 0.0))
    assert built(monkeypatch, engine, hotwords=("Siobhan",)).decode(audio()).text == "Siobhan."


def test_unsure_words_that_nobody_hears_without_the_list_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    unsure = Draft("Yes, you.", UNSURE, 0.0)
    for plain, rejected in ((Draft("you", -0.9, SILENT), Guard.ECHO), (Draft("Yes, do.", -0.6, 0.0), None)):
        engine = Engine(unsure, unsure, plain)
        assert built(monkeypatch, engine, hotwords=("Siobhan",)).decode(audio()).rejected == rejected


def test_other_words_take_the_place_of_an_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(Draft("Siobhan, Nguyen", SURE, 0.0), plain=Draft("I do not know.", SURE, 0.0))
    heard = built(monkeypatch, engine, hotwords=("Siobhan", "Nguyen")).decode(audio())
    assert heard.text == "I do not know."


def test_a_sentence_with_a_name_is_heard_once(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(Draft("I miss Siobhan a lot", SURE, 0.0))
    assert built(monkeypatch, engine, hotwords=("Siobhan",)).decode(audio()).text == "I miss Siobhan a lot"
    assert engine.asked == ["run 1 x 10 s hot"]


def test_windows_of_a_long_recording_are_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(Draft("hello", SURE, 0.0))
    heard = built(monkeypatch, engine, batch=4).decode(audio(110.0))
    windows = [int(line.split()[1]) for line in engine.asked]
    assert heard.text == " ".join(["hello"] * sum(windows))
    assert max(windows) == 4
    assert len(windows) < sum(windows)


def test_the_audio_of_several_calls_is_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(Draft("hello", SURE, 0.0))
    ear = built(monkeypatch, engine)
    silent = AudioChunk(np.zeros(16_000, np.float32), start=7)
    found = ear.decode_many([audio(3.0), silent, audio(4.0), audio(13.0)])
    assert [one.text for one in found] == ["hello", "", "hello", "hello"]
    assert sorted(engine.asked) == ["run 1 x 15 s", "run 2 x 10 s"]


@pytest.mark.parametrize("options", [{"batch": 0}, {"beam": 0}, {"beam": 99}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="from 1 to"):
        FasterWhisperConfig(**options)
