"""A tagger that says what it was told: for tests and for demonstrations without weights. An ordinary backend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from warmline.emotion.circumplex import place
from warmline.emotion.types import LABELS, ParalinguisticTags
from warmline.speech.runtime.errors import SettingsError
from warmline.speech.types import Utterance


@dataclass(frozen=True, slots=True)
class ScriptedTaggerConfig:
    """``labels``: one label a turn, the last one for ever; "" abstains. ``confidence``: of every label."""

    labels: tuple[str, ...] = ()
    confidence: float = 0.8


class ScriptedTagger:
    """Gives the labels in order. Raises SettingsError for a label that does not exist."""

    def __init__(self, config: ScriptedTaggerConfig) -> None:
        for label in config.labels:
            if label and label not in LABELS:
                raise SettingsError(f"there is no label {label!r}; there are: {', '.join(LABELS)}")
        self._config = config
        self._turn = 0

    def tag(self, utterance: Utterance, before: Sequence[tuple[bool, str]] = ()) -> ParalinguisticTags:
        span = (utterance.audio.start, utterance.audio.end)
        script = self._config.labels
        label = script[min(self._turn, len(script) - 1)] if script else ""
        self._turn += 1
        return replace(tags_for(label, self._config.confidence, span), source="scripted")

    def close(self) -> None:
        """Nothing to free."""


def tags_for(label: str, confidence: float, span: tuple[int, int] = (0, 0)) -> ParalinguisticTags:
    """Tags that claim ``label`` with ``confidence``, the rest spread evenly; tags that claim nothing for ""."""
    if not label:
        return ParalinguisticTags.unknown(span)
    rest = (1.0 - confidence) / (len(LABELS) - 1)
    labels = MappingProxyType({name: confidence if name == label else rest for name in LABELS})
    at = place(labels)
    return ParalinguisticTags(at.valence, at.arousal, at.dominance, labels, confidence, span, label)
