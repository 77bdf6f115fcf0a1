"""Which of a person's sentences become memories. Pure but for the encoder it is given.

A sentence that tells something is kept as it was said; questions, thanks and fillers are not. Nothing is made of a
turn in which there was any sign of risk: no later call may bring that up of itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from warmline.dialogue.memory.items import Item, ItemKind, Mood
from warmline.dialogue.memory.people import NOBODY, Cast
from warmline.dialogue.memory.sentences import Embeds
from warmline.dialogue.memory.timeline import day_of, resolve, tells_of_the_past
from warmline.dialogue.seeker.corrections import Correction, correction_in
from warmline.dialogue.seeker.extract import facts_in
from warmline.dialogue.seeker.facts import Fact, Kind
from warmline.dialogue.types import RiskLevel, Turn

LEAST_WORDS: Final = 4
MOST_WORDS: Final = 40
PER_TURN: Final = 6
"""Sentences of one turn that are kept, those that tell most."""

_SENTENCE = re.compile(r"[^.!?…]+[.!?…]*")
_IDLE = re.compile(
    r"^(?:(?:well|oh|um+|uh|okay|ok|yes|yeah|no|so|hi|hello|hey|sorry|please|look|right)[ ,.!]+)*"
    r"(?:thank(?:s| you)\b.*|good(?:bye| night| morning| evening)\b.*|bye\b.*|"
    r"i (?:don't|do not) (?:really )?know\b.{0,25}"
    r"|i guess(?: so)?|i'?m (?:fine|okay|ok|good|not sure)\b.{0,15}|that'?s (?:right|true|it|all|what i mean)\b.{0,15}"
    r"|(?:can|could) (?:you|we|i)\b.*|are you\b.*|you (?:know|see|sound)\b.{0,20}|let me think\b.*|what do you\b.*"
    r"|(?:please )?(?:remember|forget|erase|delete)\b.*)?[ .!,]*$",
    re.IGNORECASE,
)

_TELLS = re.compile(r"^(?:i|i'm|i've|i'll|we|my) (?!mean\b|guess\b|wonder\b)", re.IGNORECASE)
"""A question that begins so tells something first."""


def items_of(
    turn: Turn, number: int, call: str, at: float, embed: Embeds, cast: Cast = NOBODY
) -> tuple[tuple[Item, ...], Cast]:
    """The memories that the ``number``-th turn of ``call`` leaves, at ``at`` seconds since 1970, and who is known after
    it. Blocking, 5 ms a memory."""
    if turn.plan.risk.level >= RiskLevel.L1 or correction_in(turn.user.text) is not None:
        return (), cast
    told = [(sentence, facts_in(sentence, number)) for sentence in sentences(turn.user.text)]
    kept = sorted(told, key=lambda pair: (-len(pair[1]), -len(pair[0])))[:PER_TURN]
    items = []
    for sentence, facts in told:
        cast = cast.with_facts(facts)
        if (sentence, facts) in kept:
            item = _item(sentence, facts, number, call, at)
            items.append(replace(item, mood=mood_of(turn), vector=embed.vector(cast.plain(sentence))))
        cast = cast.after(sentence)
    return tuple(items), cast


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a turn that tell something, in order."""
    found = (" ".join(match[0].split()) for match in _SENTENCE.finditer(text.replace("’", "'")))
    return tuple(
        " ".join(one.split(" ")[:MOST_WORDS])
        for one in found
        if len(one.split(" ")) >= LEAST_WORDS and (not one.endswith("?") or _TELLS.match(one)) and not _IDLE.match(one)
    )


def mood_of(turn: Turn) -> Mood:
    """How the turn was said."""
    tags = turn.tags
    return Mood(tags.valence, tags.arousal, tags.confidence, turn.plan.intensity)


def set_right(items: Sequence[Item], correction: Correction, embed: Embeds) -> tuple[tuple[Item, Item], ...]:
    """The newest memory that holds what a person takes back, and the same set right; () where none does."""
    wrong = correction.wrong.lower()
    if not wrong:
        return ()
    for item in reversed(items):
        at = item.text.lower().find(wrong)
        if at >= 0 and item.kind is not ItemKind.SUMMARY:
            text = item.text[:at] + correction.right + item.text[at + len(wrong) :]
            text = text[:1].upper() + text[1:]
            facts = tuple(f"{fact.kind.value}: {fact.text}" for fact in facts_in(text, item.turn))
            return ((item, replace(item, text=text, facts=facts, vector=embed.vector(text))),)
    return ()


def _item(sentence: str, facts: tuple[Fact, ...], turn: int, call: str, at: float) -> Item:
    kinds = {fact.kind for fact in facts}
    event = next((fact for fact in facts if fact.kind is Kind.EVENT), None)
    due = resolve(event.when, day_of(at), past=tells_of_the_past(sentence)) if event is not None else None
    kind = ItemKind.EVENT if event is not None else ItemKind.HELPED if Kind.HELPS in kinds else ItemKind.FACT
    return Item(
        kind=kind,
        text=sentence,
        call=call,
        turn=turn,
        at=at,
        vector=np.zeros(0, np.float32),
        facts=tuple(f"{fact.kind.value}: {fact.text}" for fact in facts),
        due=due.isoformat() if due is not None else "",
    )
