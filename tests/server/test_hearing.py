"""What the caller said they may name reaches the recogniser of every turn, and of what is said over our reply; how
long audio is kept."""

from __future__ import annotations

import numpy as np

from warmline.server.hearing import Hearing
from warmline.server.settings import CallSettings
from warmline.speech.asr.base import Hypothesis, Recogniser
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import AudioChunk, samples_of


class Told:
    """Remembers which hot words it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        return Hypothesis("")

    def tuned(self, *, hotwords: tuple[str, ...] | None = None, quick: bool | None = None) -> Recogniser:
        if hotwords is not None:
            self.told.append(hotwords)
        return self

    def close(self) -> None:
        """Nothing to free."""


def test_names_are_expected_in_each_turn_and_overlap() -> None:
    recogniser = Told()
    hearing = Hearing(recogniser, CallSettings(names=" Siobhan, Kirkcaldy ,,").expected)
    hearing.open(1, 0)
    hearing.probe(0)
    assert recogniser.told == [("Siobhan", "Kirkcaldy")] * 2


def test_without_names_nothing_is_expected() -> None:
    recogniser = Told()
    Hearing(recogniser, CallSettings().expected).open(1, 0)
    assert recogniser.told == []


def noise(seconds_s: float) -> Hearing:
    """A call in which somebody speaks without a pause for so long, decoded as it goes."""
    hearing = Hearing(Told())
    frame = np.full(samples_of(0.5), 0.1, np.float32)
    for at in range(round(seconds_s / 0.5)):
        hearing.append(AudioChunk(frame, start=at * len(frame)))
        turn = hearing.current or hearing.open(1, 0)
        turn.decoded_to = hearing.now
    return hearing


def test_a_voice_without_a_pause_keeps_its_audio_however_long_it_lasts() -> None:
    hearing = noise(80.0)
    assert hearing.current is not None
    assert len(hearing.audio(hearing.current, hearing.now).samples) == samples_of(80.0)


def test_what_nobody_spoke_in_is_let_go_of() -> None:
    hearing = noise(10.0)
    hearing.note_voice(0, hearing.now)
    for at in range(200):
        hearing.append(AudioChunk(np.zeros(samples_of(0.5), np.float32), start=samples_of(10.0 + at * 0.5)))
    kept = hearing.audio(hearing.probe(0), hearing.now)
    assert samples_of(15.0) <= len(kept.samples) <= samples_of(20.5)
