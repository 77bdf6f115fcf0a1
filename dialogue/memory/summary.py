"""What the prompt keeps of turns that it drops: facts and the person's own words, in a line. Pure; no model.

Made only when turns leave the prompt, of all that have left it, so it changes when the history is read anew anyway.
Knows nothing of other calls.
"""

from __future__ import annotations

from typing import Final

from warmline.dialogue.memory.making import sentences
from warmline.dialogue.seeker.facts import Kind
from warmline.dialogue.seeker.known import known
from warmline.dialogue.types import RiskLevel, Turn

MOST_WORDS: Final = 60
LONGEST: Final = 14
"""Words of one of the person's sentences."""

_WORTH = {Kind.PROBLEM: 3, Kind.EVENT: 3, Kind.PERSON: 2, Kind.HELPS: 2, Kind.VALUE: 2}


def summary(turns: tuple[Turn, ...], most: int = MOST_WORDS) -> str:
    """The sentences of ``turns`` that tell most, as they were said and in their order, at most ``most`` words; "" where
    nothing was told. Nothing of a turn with a sign of risk: the protocol keeps count of that itself."""
    calm = tuple(turn for turn in turns if turn.plan.risk.level == RiskLevel.L0)
    facts = known(calm).facts
    told: list[tuple[int, int, str]] = []
    for number, turn in enumerate(calm, 1):
        for sentence in sentences(turn.user.text):
            worth = sum(_WORTH.get(one.kind, 2) for one in facts if one.turn == number and one.words in sentence)
            told.append((worth + int(turn.plan.intensity >= 3.5), number, _clipped(sentence)))
    kept: list[tuple[int, int, str]] = []
    words = 0
    for one in sorted(told, key=lambda each: (-each[0], -each[1])):
        count = len(one[2].split())
        if words + count <= most:
            kept.append(one)
            words += count
    return " ".join(sentence for _, _, sentence in sorted(kept, key=lambda each: each[1]))


def _clipped(sentence: str) -> str:
    words = sentence.split(" ")
    return sentence if len(words) <= LONGEST else " ".join(words[:LONGEST]).rstrip(" ,;:") + "…"
