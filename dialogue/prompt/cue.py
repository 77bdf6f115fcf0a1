"""The plan of a turn as the few words that the language model is told: ``[reflect, sad]``, ``[reflect+ask]``. Pure.

Every word here is read after the person has stopped speaking, so each token costs about 15 ms of silence.
"""

from __future__ import annotations

from typing import Final

from warmline.dialogue.languages import ENGLISH, of
from warmline.dialogue.prompt.folder import words_file
from warmline.dialogue.types import Plan, RiskLevel, Strategy
from warmline.emotion.types import ParalinguisticTags

NAMES: Final = {strategy: str(words_file(ENGLISH)["notes"][strategy.name]) for strategy in Strategy}
"""The English word for each strategy, as the system prompt explains it."""


def kind(plan: Plan) -> str:
    """What the reply is, as the tables of our own words name it: GREET, GOODBYE, OFFER, or the strategy's name."""
    return plan.strategy.name if plan.purpose is None else plan.purpose.name


def cue(plan: Plan, tags: ParalinguisticTags) -> str:
    """The note after the person's words, in the language of the reply: the strategy, a second move if there is one, and
    how the voice sounded where the tagger is sure; where it is not, how the voice has been changing over the turns."""
    words = words_file(plan.language)
    notes, sounds = words["notes"], words["sounds"]
    if plan.risk.level >= RiskLevel.L2:
        return f"[{notes['SAFETY']}]"
    sound = (
        sounds["hiding"] if tags.words_disagree else sounds.get(tags.label or "", "") or sounds.get(plan.heard.mood, "")
    )
    name = str(notes.get(kind(plan), notes[plan.strategy.name]))
    if plan.then is not None:
        name += f"+{notes[plan.then.name]}"
    return f"[{name}{of(plan.language).comma}{sound}]" if sound else f"[{name}]"
