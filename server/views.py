"""Tags and plans for those who look on: plain values for JSON, and one line each for people."""

from __future__ import annotations

from collections.abc import Mapping

from warmline.dialogue.strategy.record import record
from warmline.dialogue.types import HelpCard, Plan, RiskLevel
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
        "disagreement": tags.disagreement,
    }


def plan_view(plan: Plan) -> dict[str, object]:
    """What the reply is for, and why: the plan's record (:mod:`warmline.dialogue.strategy.record`)."""
    return record(plan)


def tags_line(tags: ParalinguisticTags) -> str:
    """How it was said, with its doubt."""
    label = f"{tags.label} ({tags.labels[tags.label]:.0%})" if tags.label else "no clear emotion"
    disagree = ", words and voice disagree" if tags.words_disagree else ""
    events = "".join(f", {event.kind}" for event in tags.events)
    return f"{label}, valence {tags.valence:+.2f}, arousal {tags.arousal:+.2f}{disagree}{events}"


def plan_line(plan: Plan) -> str:
    """What the answer is for, and why."""
    then = "" if plan.then is None else f", then {plan.then.value}"
    purpose = "" if plan.purpose is None else f" ({plan.purpose.value})"
    risk = f" | risk {plan.risk.level.name}" if plan.risk.level > RiskLevel.L0 else ""
    return (
        f"{plan.strategy.value}{purpose}{then} | {plan.stage.value} | distress {plan.intensity:.1f} of 5{risk} | "
        f"why: {'; '.join(plan.why)}"
    )


def card_line(card: HelpCard) -> str:
    """The numbers that are shown beside the voice, and how sure they are."""
    line = f"{card.name}: {card.number}" if card.number else card.website
    emergency = f" · emergency: {card.emergency}" if card.emergency else ""
    return f"{line}{emergency}{'' if card.verified or not card.number else ' (unverified)'}"


def grounds_line(plan: Plan) -> str:
    """What the plan stands on besides its reasons: the voice, the cause, memory, the mark that is expected."""
    parts = [plan.heard.manner, f'cause "{plan.cause}"' if plan.cause else "no cause found"]
    if plan.memory:
        parts.append(f"remembers {'; '.join(plan.memory)}")
    if plan.strategy in plan.expected:
        parts.append(f"expects a mark of {plan.expected[plan.strategy]:.1f}")
    return " | ".join(part for part in parts if part)


def stages_line(stages_ms: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {ms:.0f} ms" for name, ms in stages_ms.items())
