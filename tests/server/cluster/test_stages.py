"""What the deployments do, without Ray: many decodes in their order, honest health, and features in half precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from warmline.emotion.tagger.backends import TAGGERS
from warmline.server.cluster.stages import FAILURES, Ears, Health, Listen, light, whole
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.base import Hypothesis
from warmline.speech.audio.files import read_audio
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import BackendError
from warmline.speech.turn.backends import TURNS
from warmline.speech.types import AudioChunk, Utterance


@dataclass
class Recogniser:
    """Says how it was tuned and how long the audio was; notes what it was given at once."""

    way: str = "plain"
    batches: list[tuple[str, int]] = field(default_factory=list)

    def tuned(self, *, hotwords: tuple[str, ...] | None = None, quick: bool | None = None) -> Recogniser:
        return replace(self, way=" ".join((*(hotwords or ()), *(["quick"] if quick else []))) or "plain")

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        return self.decode_many([audio])[0]

    def decode_many(self, audios: Sequence[AudioChunk], cancel: CancelFlag | None = None) -> list[Hypothesis]:
        self.batches.append((self.way, len(audios)))
        return [Hypothesis(f"{self.way} {len(audio.samples)}") for audio in audios]

    def close(self) -> None:
        """Nothing to free."""


def test_decodes_that_are_alike_go_together_and_answers_keep_their_order() -> None:
    recogniser = Recogniser()
    ears = Ears(recogniser, TAGGERS.create("scripted"), TURNS.create("scripted"))
    wanted = [
        Listen(AudioChunk(np.zeros(1, np.float32))),
        Listen(AudioChunk(np.zeros(2, np.float32)), ("Ioana",)),
        Listen(AudioChunk(np.zeros(3, np.float32))),
        Listen(AudioChunk(np.zeros(4, np.float32)), quick=True),
    ]
    assert [one.text for one in ears.decode(wanted)] == ["plain 1", "Ioana 2", "plain 3", "quick 4"]
    assert sorted(recogniser.batches) == [("Ioana", 1), ("plain", 2), ("quick", 1)]


def test_a_replica_whose_answers_fail_calls_itself_ill_until_one_is_well() -> None:
    health = Health()
    for _ in range(FAILURES - 1):
        health.note(well=False)
    health.check()
    health.note(well=False)
    with pytest.raises(BackendError, match="3 answers in a row failed"):
        health.check()
    health.note(well=True)
    health.check()


@pytest.mark.weights
@pytest.mark.parametrize("name", ["job", "lonely", "dog"])
def test_half_precision_changes_no_label_and_hardly_a_figure(name: str) -> None:
    audio = read_audio(Path(__file__).parents[3] / "demos/audio" / f"{name}.wav")
    heard = RECOGNISERS.create("faster_whisper").decode(audio)
    said = Utterance(0, heard.text, heard.words, audio, features=heard.features)
    tagger, turn = TAGGERS.create("encoder_probe"), TURNS.create("encoder")
    sent = light(said)
    assert sent.features is not None
    assert sent.features.frames.dtype == np.float16
    arrived = whole(sent)
    full, half = tagger.tag(said), tagger.tag(arrived)
    assert half.label == full.label
    assert half.valence == pytest.approx(full.valence, abs=0.01)
    assert half.arousal == pytest.approx(full.arousal, abs=0.01)
    assert turn.score(audio.samples, arrived.features) == pytest.approx(
        turn.score(audio.samples, said.features), abs=0.01
    )
