"""The first work of the models: as large as calls make it, and no longer than anybody may wait for a start."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import pytest

from warmline.dialogue.llm.scripted import ScriptedConfig as Wrote
from warmline.dialogue.llm.scripted import ScriptedModel
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import Plan, ReplySegment
from warmline.emotion.tagger.scripted import ScriptedTagger
from warmline.emotion.tagger.scripted import ScriptedTaggerConfig as Tags
from warmline.server import warming
from warmline.speech.asr.base import Hypothesis
from warmline.speech.asr.scripted import ScriptedConfig, ScriptedRecogniser
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import MEET
from warmline.speech.turn.vad_only import VadOnly, VadOnlyConfig
from warmline.speech.types import AudioChunk
from warmline.tts.types import SpokenChunk
from warmline.tts.voice.tone import ToneConfig, ToneVoice


class Ears(ScriptedRecogniser):
    """Remembers the batches that it is given."""

    def __init__(self) -> None:
        super().__init__(ScriptedConfig())
        self.batches: list[list[AudioChunk]] = []

    def decode_many(self, audios: Sequence[AudioChunk], cancel: CancelFlag | None = None) -> list[Hypothesis]:
        self.batches.append(list(audios))
        return [self.decode(audio) for audio in audios]


class Says(ToneVoice):
    """Remembers the sentences; takes so long for each."""

    def __init__(self, takes_s: float = 0.0) -> None:
        super().__init__(ToneConfig())
        self._takes_s = takes_s
        self.lengths: list[int] = []

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        time.sleep(self._takes_s)
        self.lengths.append(len(segment.text.split()))
        yield from super().speak(segment, cancel)


def warm(ears: ScriptedRecogniser, voice: ToneVoice) -> None:
    warming.ears_and_voice(ears, ScriptedTagger(Tags()), VadOnly(VadOnlyConfig()), voice)


def test_as_many_calls_are_heard_at_once_as_ever_meet_and_they_hear_our_voice() -> None:
    ears = Ears()
    warm(ears, Says())
    (batch,) = ears.batches
    assert len(batch) == MEET
    assert all(len(audio.samples) == warming.HEARD for audio in batch)
    assert float(abs(batch[0].samples).max()) > 0.1


def test_a_recogniser_that_hears_one_at_a_time_is_not_asked_for_more() -> None:
    ears = ScriptedRecogniser(ScriptedConfig())
    heard: list[AudioChunk] = []
    decode = ears.decode
    ears.decode = lambda audio, cancel=None: heard.append(audio) or decode(audio, cancel)  # type: ignore[method-assign]
    warm(ears, Says())
    assert len(heard) == 1


@pytest.mark.parametrize(("takes_s", "said"), [(0.0, [8, 20, 45]), (0.6, [8, 20])])
def test_a_slow_voice_says_no_longer_sentence(takes_s: float, said: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    voice = Says(takes_s)
    warm(Ears(), voice)
    assert voice.lengths == said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_planner_reads_a_long_turn(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    supporter = Supporter(Planner(), Screen(), ScriptedModel(Wrote()))
    read: list[str] = []
    assess = supporter.assess

    def watched(text: str, *rest: object) -> Plan:
        read.append(text)
        return assess(text, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(supporter, "assess", watched)
    warming.planning(supporter, language)
    (text,) = read
    assert (len(text.split()) if language == "en" else len(text)) == warming.PASSAGE
