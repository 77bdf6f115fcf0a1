"""The mind's annotated text as samples of the text encoder's recipe."""

from __future__ import annotations

from collections.abc import Sequence

from warmline.dialogue.classify import inputs
from warmline.dialogue.classify.corpora import Utterance
from warmline.dialogue.strategy.examples import Example
from warmline.emotion.text.tokens import Pieces
from warmline.emotion.text.training.samples import NO_FACTS, Sample, one_hot


def coming(pieces: Pieces, examples: Sequence[Example], mark: str) -> list[Sample]:
    """Which strategy comes next."""
    return [
        Sample(
            inputs.coming(pieces, one.context),
            one_hot(inputs.STRATEGIES.index(one.gold), len(inputs.STRATEGIES)),
            inputs.facts(one.context),
            f"{mark}{one.dialogue}",
        )
        for one in examples
    ]


def done(pieces: Pieces, utterances: Sequence[Utterance], labels: Sequence[str], mark: str) -> list[Sample]:
    """What each utterance did, one of ``labels``."""
    return [
        Sample(
            inputs.done(pieces, one.text, one.before),
            one_hot(labels.index(one.label), len(labels)),
            NO_FACTS,
            f"{mark}{one.talk}",
        )
        for one in utterances
    ]
