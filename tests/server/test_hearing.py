"""What the caller said they may name reaches the recogniser of every turn, and of what is said over our reply."""

from __future__ import annotations

from warmline.server.hearing import Hearing
from warmline.server.settings import CallSettings
from warmline.speech.asr.base import Hypothesis, Recogniser
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import AudioChunk


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
