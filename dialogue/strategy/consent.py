"""Whether ideas are welcome: asked for, agreed to, declined, or not spoken of. Pure; what we said counts as heard.

A turn is read in the language of its reply; in a language that :mod:`warmline.dialogue.strategy.cues` has no rules for,
nothing counts as a wish for ideas, so none come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warmline.dialogue.languages import ENGLISH, asks
from warmline.dialogue.strategy.cues import Cues, agrees, cues, declines, offered
from warmline.dialogue.types import Purpose, Turn

CONSENT_TURNS = 2
"""Earlier replies for which a wish for ideas still holds."""

REFUSAL_TURNS = 4
"""Earlier replies for which a no still holds."""


@dataclass(frozen=True, slots=True)
class Consent:
    """``given``: ideas are welcome now. ``declined``: they were refused of late. ``since``: replies since we last asked
    whether they are wanted (1: in the last reply), None where never."""

    given: bool
    declined: bool
    since: int | None


def consent(heard: Sequence[Turn], text: str, cue: Cues, language: str = ENGLISH) -> Consent:
    """``heard``: past exchanges with a reply that was heard, oldest first. ``text``: the person's words now."""
    since = next((back for back, turn in enumerate(reversed(heard), 1) if _offer(turn)), None)
    said = _said(heard[-1] if heard else None, text, cue, language)
    if said is not None:
        return Consent(said, not said, since)
    for back, turn in enumerate(reversed(heard[-REFUSAL_TURNS:]), 1):
        before = heard[-back - 1] if len(heard) > back else None
        own = turn.plan.language
        said = _said(before, turn.user.text, cues(turn.user.text, own), own)
        if said is not None:
            return Consent(said and back <= CONSENT_TURNS, not said, since)
    return Consent(False, False, since)


def _said(before: Turn | None, text: str, cue: Cues, language: str) -> bool | None:
    """What a turn of the person's says about ideas: yes, no, or nothing. ``before``: the exchange before it."""
    if cue.refuses_advice:
        return False
    if cue.wants_advice:
        return True
    if before is None or not _offer(before):
        return None
    return True if agrees(text, language) else False if declines(text, language) else None


def _offer(turn: Turn) -> bool:
    """We asked whether ideas are wanted, and the question was heard."""
    return offered(turn.heard, turn.plan.language) or (turn.plan.purpose is Purpose.OFFER and asks(turn.heard))
