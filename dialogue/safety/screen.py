"""A screen for risk in what was said: levels 0-3 after the C-SSRS screener, each with the names of the rules that
fired.

Pure rules over recognised words, the answers to our own questions, the earlier levels of the call and, lightly, the
voice. It errs on the side of asking. It is a screen, never a diagnosis, and no score of it is shown to a person. It
knows English only, and it cannot see what is not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from warmline.dialogue.safety.asks import Ask, asked, calmer, cleared, raised
from warmline.dialogue.safety.normal import normal
from warmline.dialogue.safety.patterns import Rule, patterns
from warmline.dialogue.types import Risk, RiskLevel, Turn
from warmline.emotion.types import ParalinguisticTags

_DENIAL = re.compile(
    r"(?:\b(?:not|never|no|without|nor|no longer|no intention of|no plans?|no thoughts?|anything but)"
    r"(?: (?:to|of|on|for|really|actually|even|ever|going|want|wanting|think|thinking|about|planning|trying|would"
    r"|be|have|had"
    r"|having|feel|feeling|been|am|was|were|saying|i|currently|any|a|made|make|seriously|the|plan|plans"
    r"|intention))*) $"
)
_BUT = re.compile(r" (?:but|though|although|just|only|except|sometimes|keep|yet) ")
_THIRD = re.compile(
    r"\b(?:he|she|they|you|who|people|person|nobody|everyone|(?:my|a|his|her|their) (?:\w+ )?(?:friend|brother|sister"
    r"|mother|mom|mum"
    r"|father|dad|son|daughter|kid|child|wife|husband|partner|boyfriend|girlfriend|roommate|cousin|uncle|aunt"
    r"|neighbor|coworker"
    r"|student|patient|dog|cat|grandma|grandpa|grandmother|grandfather)) (?:\w+ ){0,3}$"
)
_SELF = re.compile(r"\b(?:i|me|my) ")
_REMOTE = re.compile(
    r" (?:years? ago|months ago|a long time ago|back then|used to|when i was (?:a |in |young|younger|little|\d+"
    r"|\w+teen|twenty)"
    r"|in (?:high school|college|my (?:teens|twenties|thirties|childhood)|\d{4}|the past)|as a (?:kid|child|teen"
    r"|teenager)|long ago"
    r"|in my past|growing up|decades? ago|last year|ten years|past that|recovered|in recovery|once upon a time) "
)
_RECENT = re.compile(
    r" (?:(?:days?|nights?|hours?|minutes?|weeks?) ago|last (?:night|week|weekend)|yesterday|today|tonight"
    r"|this (?:morning|week|evening)"
    r"|right now|again|still|lately|recently|now) "
)
_RETRACT = re.compile(
    r" (?:(?:was|am|were|being|only|just) (?:just |only |so |probably )?(?:joking|kidding|dramatic|exaggerating"
    r"|messing|stupid|silly)"
    r"|(?:did|do) not (?:really |actually )?mean (?:it|that)|take (?:it|that) back|forget (?:i said|it|that"
    r"|what i said)"
    r"|just kidding|jk|ignore (?:that|me)|not serious|overreacting|over reacting) "
)
_PAST_LOSS = re.compile(
    r" (?:died by suicide|lost \w+ (?:\w+ ){0,3}to suicide|took (?:his|her|their) (?:own )?life"
    r"|killed (?:himself|herself)) "
)
_SOBS = frozenset({"sob", "sobbing", "cry", "crying"})


@dataclass(frozen=True, slots=True)
class Sign:
    """A rule that fired, at the level it fired at after denial, distance in time and retraction were weighed."""

    level: RiskLevel
    name: str
    kind: str = "self"


class Screen:
    """Reads each turn of a person, and stable partials of it, for risk. Holds no state between calls."""

    def __init__(self) -> None:
        normal("")
        patterns()

    def assess(self, text: str, history: tuple[Turn, ...] = (), tags: ParalinguisticTags | None = None) -> Risk:
        """The risk now. ``history``: past turns, oldest first, whose plans carry the risk found then.

        Evidence is rule names, each with its kind as a prefix when it is not about the person's own life. Never raises.
        """
        plain = normal(text)
        before = history[-1].plan.risk if history else Risk()
        signs = [*_from_words(plain, before.level), *_from_answer(text, history)]
        level = max((sign.level for sign in signs), default=RiskLevel.L0)
        names = [sign.name if sign.kind == "self" else f"{sign.kind}: {sign.name}" for sign in signs]
        if level is RiskLevel.L1 and tags is not None and _breaking(tags):
            level = RiskLevel.L2
            names.append("voice: breaking")
        level, carried = _carried(level, text, history, before)
        return Risk(level, tuple(dict.fromkeys([*names, *carried])))


def _from_words(plain: str, before: RiskLevel) -> Iterator[Sign]:
    """Signs in the words alone. ``before``: the level of the call so far, for rules that need company."""
    kept = patterns().idioms.sub(" idiom ", plain)
    kept = f" {' '.join(kept.split())} "
    kept = _PAST_LOSS.sub(" bereaved ", kept)
    long_ago = bool(_REMOTE.search(kept)) and not _RECENT.search(kept)
    taken_back = bool(_RETRACT.search(kept))
    found: list[Sign] = []
    denied = False
    for rule in patterns().rules:
        if rule.beside:
            continue
        sign = _weighed(rule, kept, long_ago, taken_back)
        if sign is None:
            continue
        denied = denied or sign.name.startswith("denied")
        found.append(sign)
    alone = [sign for sign in found if sign.level > RiskLevel.L0]
    if denied and not alone and (_BUT.search(kept) or before >= RiskLevel.L1):
        alone.append(Sign(RiskLevel.L1, "denied, with a but"))
    yield from alone
    if alone or before >= RiskLevel.L1:
        for rule in patterns().rules:
            if rule.beside:
                sign = _weighed(rule, kept, long_ago, taken_back)
                if sign is not None and sign.level > RiskLevel.L0:
                    yield sign


def _weighed(rule: Rule, plain: str, long_ago: bool, taken_back: bool) -> Sign | None:
    """The strongest reading of a rule in the words: asserted, denied (level 0), long ago or taken back; None "
    "without a hit."""
    denied = False
    for match in rule.pattern.finditer(plain):
        ahead = plain[max(0, match.start() - 60) : match.start()].rpartition(" . ")[2]
        ahead = f" {ahead.lstrip()}"
        if rule.kind == "self" and _someone_else(ahead, match[0]):
            continue
        if rule.deniable and _DENIAL.search(ahead):
            denied = True
            continue
        level = rule.level
        if long_ago and (rule.remote or rule.level >= RiskLevel.L2):
            level = RiskLevel.L1 if rule.level >= RiskLevel.L2 else RiskLevel.L0
            return Sign(level, f"long ago: {rule.name}", rule.kind)
        if taken_back and level >= RiskLevel.L2:
            return Sign(RiskLevel(level - 1), f"taken back: {rule.name}", rule.kind)
        return Sign(level, rule.name, rule.kind)
    return Sign(RiskLevel.L0, f"denied: {rule.name}", rule.kind) if denied else None


def _someone_else(ahead: str, hit: str) -> bool:
    """Whether a hit speaks of another person: third person right before it, and no first person in between or "
    "inside."""
    third = _THIRD.search(ahead)
    if third is None:
        return False
    return not _SELF.search(third[0].split(" ", 1)[1] if third[0].startswith("my ") else third[0]) and not re.search(
        r"\b(?:i|me|myself|my life|my own life)\b", hit
    )


def _from_answer(text: str, history: tuple[Turn, ...]) -> Iterator[Sign]:
    """A sign in an answer to the question we asked last ("yes", "tonight")."""
    ask = asked(history[-1].heard) if history else None
    if ask is None:
        return
    level = raised(ask, text)
    if level > RiskLevel.L0:
        yield Sign(level, f"answer: {ask.name.lower()}")


def _carried(level: RiskLevel, text: str, history: tuple[Turn, ...], before: Risk) -> tuple[RiskLevel, tuple[str, ...]]:
    """The level with the call so far: it falls only by an explicit check, and never below L1 once a sign was "
    "there."""
    if before.level is RiskLevel.L0 or not history:
        return level, ()
    ask = asked(history[-1].heard)
    if ask is not None and before.level is RiskLevel.L3 and calmer(ask, text):
        return max(level, RiskLevel.L2), ("checked: safer for now",)
    if (
        ask is not None
        and before.level is RiskLevel.L2
        and (cleared(ask, text) or (ask is not Ask.SAFE and calmer(ask, text)))
    ):
        return max(level, RiskLevel.L1), ("checked: said no when asked",)
    if before.level > level:
        return before.level, ("earlier in the call",)
    return level, ()


def _breaking(tags: ParalinguisticTags) -> bool:
    """Whether the voice adds weight to a sign in the words: sobbing, or heard as clearly in pain."""
    if any(event.kind in _SOBS and event.confidence >= 0.6 for event in tags.events):
        return True
    return tags.confidence >= 0.6 and tags.valence <= -0.6
