"""The end of a turn from the recogniser's own encoder, by a head of ours, together with Smart Turn.

Recognition has paid for the encoder already, so the head costs about a millisecond; Smart Turn costs what it costs
alone and can be left out. Without encoder features, or with those of an encoder that no head was trained for, Smart
Turn decides by itself; without that as well the answer is 0.5. What it was trained on: speech/turn/weights/CARD.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from warmline.speech.turn import acoustics, head
from warmline.speech.turn.head import Head
from warmline.speech.turn.smart_turn import SmartTurn, SmartTurnConfig
from warmline.speech.types import EncoderFeatures, Samples


@dataclass(frozen=True, slots=True)
class EncoderTurnConfig:
    """``head``: a head of your own (npz, from ``warmline train turns``) instead of the shipped ones. ``smart_turn``:
    whether Smart Turn is asked too. ``threads``: cores it may use."""

    head: str | None = None
    smart_turn: bool = True
    threads: int = 2


class EncoderTurn:
    """Raises MissingWeights, CorruptWeights when built."""

    def __init__(self, config: EncoderTurnConfig) -> None:
        self._own = head.load(Path(config.head)) if config.head else None
        self._smart = SmartTurn(SmartTurnConfig(threads=config.threads)) if config.smart_turn else None

    def score(self, audio: Samples, features: EncoderFeatures | None = None) -> float:
        if len(audio) == 0:
            return 0.0
        smart = self._smart.score(audio) if self._smart is not None else None
        found = self._head(features)
        if found is None or features is None:
            return 0.5 if smart is None else smart
        return found.probability(acoustics.row(audio, features), smart)

    def close(self) -> None:
        if self._smart is not None:
            self._smart.close()

    def _head(self, features: EncoderFeatures | None) -> Head | None:
        if features is None or not len(features.frames):
            return None
        found = self._own if self._own is not None else head.shipped(features.encoder)
        fits = found is not None and len(found.mean) == acoustics.width(features.frames.shape[1])
        return found if fits else None
