"""How distressed the person seems, 1 (slight) to 5 (overwhelming), from the words and, where it may be used, the voice.

Rules over our own word lists (English here, other languages in ``tables``), not a trained scale: the figure gates
advice and softens the voice; it is never shown to the person as a score and is no clinical measure. It does not know
sarcasm.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from warmline.dialogue.languages import ENGLISH, length, of
from warmline.dialogue.strategy.tables import table
from warmline.emotion.types import ParalinguisticTags

CALM = 2.0
"""Where an ordinary text without any mark of distress stands."""

FEW = 4
"""Words below which a turn says little."""

FALL, FALL_SILENT = 0.55, 0.28
"""Shares of a fall of distress that are believed in one turn: where the words tell, and where they do not."""

_OVERWHELM = (
    r"(?:can(?:'?t|not)) (?:take|do|cope|go on|handle|bear|stand|breathe|stop crying|keep going|deal)|unbearable"
    r"|overwhelm\w*"
    r"|falling apart|breaking down|broke down|break ?down|panic\w*|terrified|hopeless|worthless|desperate|devastated"
    r"|destroyed|shattered|heartbroken|suicid\w*|want to die|hate myself|hate my life|nothing matters|no way out"
    r"|losing (?:it|my mind)|too much|at (?:my|the) (?:limit|end|breaking point)|numb|trauma\w*|nightmares?|agony"
    r"|torture"
    r"|drowning|suffocating|screaming|sobbing|can'?t stop (?:crying|shaking)|give up|giving up|empty inside|miserable"
)
_STRONG = (
    r"depress\w*|anxi\w*|scared|afraid|frightened|grief|griev\w*|died|death|passed away|funeral|divorc\w*|betray\w*"
    r"|cheat(?:ed|ing)|abus\w*|alone|lonely|isolated|crying|cried|ashamed|guilt\w*|furious|rage|hurts?|hurting"
    r"|exhausted|helpless|failure|useless|rejected|abandoned|broken|lost (?:my|everything)|yell\w*|scream\w*"
    r"|shout\w*|humiliat\w*|laid off|ignored|blam\w*|fired|evicted|bullied"
    r"|awful"
    r"|terrible|horrible|broke up|break ?up|dumped|hate|pain\w*|trapped|ruined|insomnia|cancer"
)
_MILD = (
    r"sad|upset|worried|worry\w*|stress\w*|nervous|tired|frustrat\w*|annoy\w*|angry|mad|disappoint\w*|confused"
    r"|stuck|down"
    r"|struggl\w*|hard|difficult|rough|tough|bad|unhappy|argu\w*|fight\w*|fought|pressure|miss (?:him|her|them|my)"
    r"|unsure|overthink\w*|restless|unmotivated|bored|behind"
)
_RELIEF = (
    r"better|relie(?:f|ved)|happy|glad|good|great|calm\w*|hopeful|excited|proud|grateful|thank\w*|fine|okay|ok"
    r"|helpful"
    r"|helps|helped|lighter|looking forward|makes sense|good idea|i'?ll try|i will try|feel(?:ing)? (?:a bit "
    r"|much )?better"
)
_AMPLIFIER = (
    r"\b(?:so|very|really|extremely|completely|totally|always|never|every ?(?:day|night|thing)|anymore|constantly)\b"
)
_NEGATED = r"\b(?:not|no longer|n't|isn't|wasn't|aren't|don't|doesn't|didn't|never)\s+(?:\w+\s+){0,2}"

_WEIGHTS = tuple(
    (re.compile(rf"(?P<negated>{_NEGATED})?\b(?:{words})(?!\w)", re.IGNORECASE), weight)
    for words, weight in ((_OVERWHELM, 2.0), (_STRONG, 1.2), (_MILD, 0.6), (_RELIEF, -0.45))
)
_LOUD = re.compile(_AMPLIFIER, re.IGNORECASE)
_WEIGHED = {"overwhelm": 2.0, "strong": 1.2, "mild": 0.6, "relief": -0.45}


@dataclass(frozen=True, slots=True)
class Intensity:
    """``value`` in [1, 5]; ``words`` and ``voice`` are the two readings it was made from (voice None when unused)."""

    value: float
    words: float
    voice: float | None


@functools.cache
def _rules(language: str) -> tuple[tuple[tuple[re.Pattern[str], float], ...], re.Pattern[str]]:
    """Patterns with their weights, and the words that make them louder."""
    code = of(language).code
    if code == ENGLISH:
        return _WEIGHTS, _LOUD
    own = table(code)["intensity"]
    before, after = ("", "") if code == "zh" else (r"\b", r"(?!\w)")
    return tuple(
        (re.compile(rf"(?P<negated>{own['negated']})?{before}(?:{own[name]}){after}", re.IGNORECASE), weight)
        for name, weight in _WEIGHED.items()
    ), re.compile(own["amplifier"], re.IGNORECASE)


def of_words(text: str, language: str = ENGLISH) -> float:
    """Distress of a text by itself, in [1, 5]."""
    weights, loud = _rules(language)
    plain = text.replace("’", "'")
    total = 0.0
    found = 0
    for pattern, weight in weights:
        for match in pattern.finditer(plain):
            found += 1
            total += -0.4 * weight if match["negated"] else weight / (1.0 + 0.15 * found)
    if total > 0.0:
        total *= 1.0 + 0.12 * min(len(loud.findall(plain)), 3)
    return _within(CALM + total)


def of_voice(tags: ParalinguisticTags) -> float | None:
    """Distress of the voice by itself, in [1, 5], or None when the tagger does not know.

    A tense voice (low valence, high arousal) and a spent one (low valence, very low arousal) both count;
    sobs and cries count most.
    """
    events = {event.kind for event in tags.events if event.confidence >= 0.5}
    if tags.confidence <= 0.0 and not events:
        return None
    low = max(0.0, -tags.valence)
    tense = max(0.0, tags.arousal) * low
    spent = max(0.0, -tags.arousal) * low
    value = CALM + 1.6 * low + 1.2 * tense + 0.6 * spent - 0.9 * max(0.0, tags.valence)
    if events & {"sob", "cry", "crying"}:
        value += 1.2
    if "sigh" in events:
        value += 0.2
    return _within(value)


def estimate(
    text: str,
    tags: ParalinguisticTags,
    before: Sequence[float] = (),
    strain: float = 0.0,
    language: str = ENGLISH,
) -> Intensity:
    """Distress now, from words, voice and the estimates of earlier turns (oldest first). ``strain``: what the voice
    over the turns adds (:mod:`warmline.dialogue.strategy.voice`).

    The voice weighs by its confidence, at most as much as the words, and more when it disagrees with the words.
    A rise is believed at once; a fall by half, and by a quarter where the words say nothing of how it is ("it was on
    Tuesday") or are few ("okay"): who stops speaking of pain is not yet out of it.
    """
    words = of_words(text, language)
    voice = of_voice(tags)
    value = words
    if voice is not None:
        trust = min(0.5, 0.7 * max(tags.confidence, 0.3))
        if tags.words_disagree and voice > words:
            trust = max(trust, 0.6)
        value = (1.0 - trust) * words + trust * voice + strain
    if before and value < before[-1]:
        share = FALL_SILENT if length(text, language) < FEW or words == CALM else FALL
        value = before[-1] + share * (value - before[-1])
    return Intensity(round(_within(value), 2), round(words, 2), None if voice is None else round(voice, 2))


def _within(value: float) -> float:
    return min(5.0, max(1.0, value))
