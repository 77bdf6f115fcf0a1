"""The questions of the protocol that change what we know about risk, and how an answer to each is read.

Each question is direct and leads to neither answer; their words are in :mod:`~warmline.dialogue.safety.lines`. The
screen needs them to read a bare "yes" or "tonight". It does not judge what a person says beside the answer.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

from warmline.dialogue.safety import lines
from warmline.dialogue.safety.answers import no, plainly, soon, unsure, yes
from warmline.dialogue.types import RiskLevel

__all__ = ["Ask", "asked", "calmer", "cleared", "no", "raised", "sentence", "sentences", "yes"]


class Ask(Enum):
    """What a question is after. The value names its sentences; each is asked once in a call."""

    OPEN = "open"
    GENTLE = "gentle"
    THOUGHTS = "thoughts"
    INTENT = "intent"
    PLAN = "plan"
    MEANS = "means"
    TIME = "time"
    SAFE = "safe"
    ALONE = "alone"
    HARM = "harm"
    DONE = "done"
    OTHERS = "others"
    APART = "apart"
    DANGER = "danger"
    THEY = "they"
    THEY_MEANS = "they_means"
    THEY_SAFE = "they_safe"
    AGAIN = "again"
    LATER = "later"
    ENOUGH = "enough"
    COUNTRY = "country"
    WILLING = "willing"
    BARRIER = "barrier"
    TRUSTED = "trusted"
    TRUSTED_YOUNG = "trusted_young"
    CARE = "care"
    SIGNS = "signs"
    COPING = "coping"
    WHERE = "where"
    NEXT = "next"
    SPEAK = "speak"
    AGE = "age"


_SAFE = re.compile(
    r"\b(?:i'?m safe|i am safe|i feel safe|safe (?:now|here|at home)|with (?:my|a) \w+)\b"
    r"|estoy a salvo|bin (?:ich )?(?:in sicherheit|sicher)|我(?:很|现在)?安全",
    re.IGNORECASE,
)
_LIGHTER = re.compile(
    r"\b(?:weaker|less|gone|better|calmer|quieter|fading|lighter|más débil\w*|menos|mejor|schwächer|weniger|besser"
    r"|ruhiger|leichter)\b|更弱|弱了|好一?些|好多了|轻了|平静",
    re.IGNORECASE,
)

_RAISES = {
    Ask.GENTLE: RiskLevel.L2,
    Ask.THOUGHTS: RiskLevel.L2,
    Ask.HARM: RiskLevel.L2,
    Ask.OTHERS: RiskLevel.L2,
    Ask.THEY: RiskLevel.L2,
    Ask.INTENT: RiskLevel.L3,
    Ask.PLAN: RiskLevel.L3,
    Ask.DONE: RiskLevel.L3,
    Ask.DANGER: RiskLevel.L3,
}
"""The level that a yes to a question shows."""

_CLEARS = frozenset({Ask.GENTLE, Ask.THOUGHTS, Ask.HARM, Ask.OTHERS, Ask.THEY})
"""Questions whose plain no shows that there is less to fear than it seemed."""

UNHEARD = 2
"""Last words of a question that may be cut off and it still counts as asked."""


def sentences(ask: Ask, language: str = "en") -> tuple[str, ...]:
    """All variants of a question in a language."""
    return lines.of(language).ask[ask.value]


def sentence(ask: Ask, language: str = "en", variant: int = 0) -> str:
    """One variant of a question."""
    found = sentences(ask, language)
    return found[variant % len(found)]


def asked(reply: str) -> Ask | None:
    """The question with which a reply of ours ended, as far as it was heard, or None. Its last words may have been cut
    off where no other question begins like it."""
    words = plainly(reply)
    heard = f" {' '.join(words)} "
    found = [(heard.rfind(f" {' '.join(core)} "), len(core), ask) for core, ask in _cores()]
    place, _, last = max(found, key=lambda one: one[:2])
    if place >= 0:
        return last
    for cut in range(1, UNHEARD + 1):
        begun = {ask for core, ask in _cores() if len(core) > cut + 2 and words[cut - len(core) :] == list(core[:-cut])}
        if len(begun) == 1:
            return begun.pop()
    return None


@lru_cache(maxsize=1)
def _cores() -> tuple[tuple[tuple[str, ...], Ask], ...]:
    """The words of each question's last sentence: what must have been heard of it."""
    return tuple(
        (tuple(plainly(re.split(r"[.!。！] ?", variant)[-1])), Ask(name))
        for name, variants in lines.questions().items()
        for variant in variants
    )


def raised(ask: Ask, text: str) -> RiskLevel:
    """The level that an answer shows by itself; L0 when it shows none."""
    if ask is Ask.TIME:
        return RiskLevel.L3 if soon(text) and not no(text) else RiskLevel.L0
    if ask is Ask.SAFE:
        return RiskLevel.L3 if no(text) else RiskLevel.L0
    level = _RAISES.get(ask, RiskLevel.L0)
    if yes(text) or (level is RiskLevel.L2 and unsure(text)):
        return level
    return RiskLevel.L0


def cleared(ask: Ask, text: str) -> bool:
    """Whether an answer shows that there is less to fear: a plain no to a question on risk."""
    return ask in _CLEARS and no(text)


def calmer(ask: Ask, text: str) -> bool:
    """Whether an answer shows that the moment is safer: safe where they are, thoughts that have become weaker, or, once
    all was said that protects others, any answer that shows no new sign."""
    plain = text.replace("’", "'")
    if ask is Ask.SAFE:
        return (yes(plain) or bool(_SAFE.search(plain))) and not no(plain)
    if ask is Ask.ENOUGH:
        return True
    if ask in {Ask.AGAIN, Ask.LATER}:
        return bool(_LIGHTER.search(plain)) and not re.search(r"\b(?:not|no|isn'?t|nicht|kein) (?:\w+ )?$", plain)
    return False
