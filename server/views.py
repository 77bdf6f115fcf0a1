"""Tags and plans as plain values for JSON: one wording for the command line, the socket and the reports."""

from __future__ import annotations

from warmline.dialogue.types import Plan
from warmline.emotion.types import ParalinguisticTags


def tags_view(tags: ParalinguisticTags) -> dict[str, object]:
    """How it was said."""
    return {
        "label": tags.label,
        "labels": dict(tags.labels),
        "valence": tags.valence,
        "arousal": tags.arousal,
        "dominance": tags.dominance,
        "confidence": tags.confidence,
        "events": [event.kind for event in tags.events],
        "words_disagree": tags.words_disagree,
    }


def plan_view(plan: Plan) -> dict[str, object]:
    """What the reply is for, and why."""
    return {
        "strategy": plan.strategy.value,
        "stage": plan.stage.value,
        "intensity": plan.intensity,
        "cause": plan.cause,
        "risk": plan.risk.level.name,
        "why": list(plan.why),
        "distribution": {strategy.value: share for strategy, share in plan.distribution.items()},
    }
