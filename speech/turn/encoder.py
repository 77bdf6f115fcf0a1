"""The end of a turn from the recogniser's own encoder, by a head of ours; Smart Turn stands by.

Recognition has paid for the encoder already, so a score costs one or two milliseconds. Where no head was trained for
the encoder (another recogniser, a larger Whisper), or no features came, Smart Turn is asked instead. Asking it beside
the head did not help on held-out voices (speech/turn/weights/CARD.md) and costs fifty times as much.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from warmline.speech.turn import acoustics, head
from warmline.speech.turn.head import Head
from warmline.speech.turn.smart_turn import SmartTurn, SmartTurnConfig
from warmline.speech.types import EncoderFeatures, Samples


@dataclass(frozen=True, slots=True)
class EncoderTurnConfig:
    """``head``: a head of your own (npz, from ``warmline train turns``) instead of the shipped ones. ``smart_turn``:
    asked as a "spare" where no head fits, "beside" the head at every pause as well, or "never" (then what no head fits
    scores 0.5). ``threads``: cores that Smart Turn may use."""

    head: str | None = None
    smart_turn: Literal["spare", "beside", "never"] = "spare"
    threads: int = 2


class EncoderTurn:
    """Smart Turn is loaded when it is first asked. Raises MissingWeights, CorruptWeights when built and then."""

    def __init__(self, config: EncoderTurnConfig) -> None:
        self._config = config
        self._own = head.load(Path(config.head)) if config.head else None
        self._smart: SmartTurn | None = None

    @property
    def reads_features(self) -> bool:
        return True

    def score(self, audio: Samples, features: EncoderFeatures | None = None) -> float:
        if len(audio) == 0:
            return 0.0
        found = self._head(features)
        if found is None or features is None:
            return 0.5 if self._config.smart_turn == "never" else self._asked(audio)
        smart = self._asked(audio) if self._config.smart_turn == "beside" else None
        return found.probability(acoustics.row(audio, features), smart)

    def close(self) -> None:
        if self._smart is not None:
            self._smart.close()

    def _asked(self, audio: Samples) -> float:
        if self._smart is None:
            self._smart = SmartTurn(SmartTurnConfig(threads=self._config.threads))
        return self._smart.score(audio)

    def _head(self, features: EncoderFeatures | None) -> Head | None:
        if features is None or not len(features.frames):
            return None
        found = self._own if self._own is not None else head.shipped(features.encoder)
        fits = found is not None and len(found.mean) == acoustics.width(features.frames.shape[1])
        return found if fits else None
