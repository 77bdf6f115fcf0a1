"""The words of a turn read in context: the text encoder where its weights are, the linear model beside or without it.

The encoder reads the turn with the lines before it, by either speaker (what the other said moves a feeling, and a
feeling lasts), and once by itself; the linear model (:mod:`warmline.emotion.words`) adds its word counts. Together they
give one distribution over our labels. English.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from warmline.emotion.text import inputs, reader
from warmline.emotion.text.corpora import MELD
from warmline.emotion.text.heads import Floats, sigmoid
from warmline.emotion.types import LABELS
from warmline.emotion.words import EMOTIONS, Wording, Words, features, grouped, read_words
from warmline.speech.runtime.errors import WeightsError

LABEL_OF_MELD = {
    "neutral": "neutral",
    "joy": "happy",
    "surprise": "surprised",
    "anger": "angry",
    "sadness": "sad",
    "disgust": "disgusted",
    "fear": "fearful",
}

SPOKEN_SHARE, COMMENT_SHARE, LINEAR_SHARE = 0.45, 0.4, 0.15
"""Shares of the three readings in the distribution."""

LINEAR_ODDS = 0.3
"""Share of the linear model in the log-odds of GoEmotions' 28; the cuts were chosen for this mixture."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WordsInContext:
    """``linear`` always; ``encoder`` None where its weights are not to be had. Never raises on odd text."""

    linear: Words
    encoder: reader.Reader | None

    def read(self, text: str, before: Sequence[tuple[bool, str]] = ()) -> Wording:
        """``before``: earlier lines of the call, oldest first, as (by the person, text)."""
        plain = self.linear.read(text)
        if self.encoder is None or plain.confidence <= 0.0 or not text.strip():
            return plain
        talk = inputs.talk_of([*list(before)[-inputs.CONTEXT :], (True, text)])
        spoken = self.encoder.emotion(talk, len(talk) - 1)
        comment = grouped(self.comment(text))
        labels = {label: COMMENT_SHARE * comment[label] + LINEAR_SHARE * plain.labels[label] for label in LABELS}
        for name, chance in zip(MELD, spoken.tolist(), strict=True):
            labels[LABEL_OF_MELD[name]] += SPOKEN_SHARE * chance
        dark = sum(labels[name] for name in ("angry", "disgusted", "fearful", "sad"))
        valence = labels["happy"] + labels["calm"] - dark
        words = len(text.split())
        confidence = max(labels.values()) * min(1.0, float(np.sqrt(words / 4.0)))
        return Wording(float(np.clip(valence, -1.0, 1.0)), MappingProxyType(labels), plain.waved_away, confidence)

    def comment(self, text: str) -> Floats:
        """Probability of each of GoEmotions' 28 in a text by itself, float32[28], each judged by itself."""
        plain = text.lower().replace("’", "'")
        linear = self.linear.probabilities(self.linear.places(features(plain)))
        if self.encoder is None:
            return linear
        return mixed_odds(linear, self.encoder.comment_scores(text))

    @property
    def cuts(self) -> Floats:
        """float32[28]: from which probability each emotion is claimed (chosen on training data)."""
        return np.full(len(EMOTIONS), 0.25, np.float32) if self.encoder is None else self.encoder.cuts


def mixed_odds(linear: Floats, scores: Floats) -> Floats:
    """The linear model's probabilities and the encoder's scores, mixed as log-odds, as probabilities."""
    bounded = np.clip(linear, 1e-4, 1.0 - 1e-4)
    odds = (1.0 - LINEAR_ODDS) * scores + LINEAR_ODDS * np.log(bounded / (1.0 - bounded))
    return sigmoid(odds.astype(np.float32))


@cache
def read_in_context() -> WordsInContext:
    """The shipped models. Without the encoder's weights the linear model reads alone, and the log says so."""
    try:
        return WordsInContext(read_words(), reader.shipped())
    except WeightsError as error:
        _log.warning("words are read by the linear model alone: %s", error)
        return WordsInContext(read_words(), None)
