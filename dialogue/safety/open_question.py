"""What only the models read is looked into before anything is asked about danger: one open question, and how its
answer is taken.

In the middle of a call many plain lines read like a hint to who hears them alone ("I laid three places at supper"), and
no reader of ours knows the call. A person who was not sure what somebody meant would ask what is behind it. So do we,
once in a call; what a rule, an answer of theirs or the voice speaks for is asked about directly, as is every further
hint, danger now, and an answer that says nothing. Pure.
"""

from __future__ import annotations

import re

from warmline.dialogue.safety.answers import plainly, read
from warmline.dialogue.safety.asks import Ask, asked
from warmline.dialogue.types import Risk, RiskLevel, Turn

EXPLAINED = "checked: said what was meant"
"""Evidence that an answer to the open question holds nothing."""

UNTOLD = "not said what was meant"
"""Evidence that it was answered with nothing."""

READS, PLAINLY, AGAIN = "reads like it", "plainly reads like it", "read again"
"""How evidence begins that a model alone gives: the encoder, the encoder at level 2, and the language model."""

_READ = (READS, AGAIN)

OVERRULED = "overruled"
"""How evidence begins that was dropped before the turn was answered."""

_KIND = re.compile(r"^(?:other|harm|abuse): ")
"""Illness is not here: it may not wait for an answer."""

_NOTHING = re.compile(
    r"^\W*(?:(?:no|oh|ah|um|well|ach|na|ja|nee|nein|pues|bueno|啊|哎|嗨|哦|嗯)\W+)*"
    r"(?:(?:nothing|nowt|nada|nichts|nix)\b|没什么|没有|没事|没啥)",
    re.IGNORECASE,
)
_TURNED_OFF = re.compile(
    r"\bdon'?t (?:you )?(?:mind me|mind|write|dig|read into|fuss|worry|go digging)\b|\bshouldn'?t have said\b"
    r"|\b(?:just|only|all) (?:\w+ )?(?:talk|silly|custom|words|hormones|nerves|a (?:figure of speech|saying"
    r"|\w+ thing))\b|\bi'?d rather not\b|\bnone of your\b|\bwho (?:told|asked) you\b|\bwouldn'?t get it\b"
    r"|\b(?:schon gut|alles gut|halb so wild|lassen wir das|ist ja egal|nur so daher ?gesagt|nur gerede|vergessen sie"
    r"|no importa|da igual|estoy bien|es un decir|cosas mías|no me hagas caso)\b"
    r"|随口|瞎说|说着玩|吹牛|想多了|算了|不说了|别(?:记|问|管|当真)|不用管",
    re.IGNORECASE,
)
_ASKED_BACK = re.compile(
    r"(?:\b(?:you|your|yours|d'you|usted|ustedes|te|tú|su|sie|ihr|ihnen|du|dir|euch)\b|[你您])[^.!?。！？]*[?？]"
    r"|[?？]\W*$",
    re.IGNORECASE,
)

SAYS = 3
"""Words that an answer has at least which says what was meant, signs of Chinese."""

UNSURE = 8
"""Up to so many words not to know is no answer either."""


def vague(risk: Risk) -> bool:
    """Whether only a model speaks for what was found, and nobody is in danger now."""
    if not RiskLevel.L0 < risk.level < RiskLevel.L3:
        return False
    names = [_KIND.sub("", name) for name in risk.evidence if not name.startswith(OVERRULED)]
    return bool(names) and all(name.startswith(_READ) for name in names)


def less_plainly(evidence: tuple[str, ...]) -> tuple[str, ...]:
    """The evidence where who read again was less sure."""
    return tuple(name.replace(PLAINLY, READS) for name in evidence)


def looked_into(history: tuple[Turn, ...]) -> bool:
    """Whether what was said last was met by the open question, and it was heard."""
    return bool(history) and vague(history[-1].plan.risk) and asked(history[-1].heard) is Ask.OPEN


def answered(history: tuple[Turn, ...], *, told: bool) -> tuple[RiskLevel, str]:
    """The level after an answer to the open question in which nothing was found, and the evidence for it; ``told``:
    whether it says what was meant."""
    before = history[-1].plan.risk
    if told:
        return RiskLevel.L0, EXPLAINED
    kind = next((found[0] for name in before.evidence if (found := _KIND.match(name))), "")
    return before.level, f"{kind}{UNTOLD}"


def evades(text: str) -> bool:
    """Whether an answer to the open question leaves it open. Of answers by which people at risk turn it off 50 of 58
    are seen (two hands, read for this), of plain ones 19 of 260 taken for such; by two other hands
    8 of 8 and 6 of 72."""
    plain = text.replace("’", "'")
    heard, length = read(text), len(plainly(text))
    if heard.declines or heard.angry or heard.silent or heard.takes_back or length < SAYS:
        return True
    if heard.unsure and length <= UNSURE:
        return True
    return any(way.search(plain) for way in (_NOTHING, _TURNED_OFF, _ASKED_BACK))
