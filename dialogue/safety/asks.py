"""The questions of the protocol that change what we know about risk: their words, and how an answer is read.

Each question is direct and leads to neither answer. The screen needs them to read a bare "yes" or "tonight".
"""

from __future__ import annotations

import re
from enum import Enum

from warmline.dialogue.types import RiskLevel


class Ask(Enum):
    """What a question is after. The value is the sentence that is spoken; no sentence is spoken twice in a call."""

    GENTLE = "When things feel this heavy, some people think about not being alive. Has that been on your mind?"
    THOUGHTS = "Are you having thoughts of killing yourself?"
    INTENT = "Do you feel that you might act on these thoughts?"
    PLAN = "Have you made a plan, or got anything ready?"
    TIME = "Is there a time when you think you might do it?"
    SAFE = "Are you somewhere safe right now?"
    ALONE = "Is there someone near you who could be with you right now?"
    HARM = "Are you thinking about hurting yourself?"
    DONE = "Have you already done something to hurt yourself today?"
    OTHERS = "Are you thinking about hurting someone?"
    APART = "Could you put some distance between you and them right now?"
    DANGER = "Are you in danger right now?"
    THEY = "Have they told you that they are thinking of killing themselves?"
    THEY_SAFE = "Are they with someone right now?"
    AGAIN = "Before we go on, how strong are those thoughts now: stronger, weaker, or the same?"
    LATER = "How are those thoughts now, compared with earlier?"
    ENOUGH = "Is there more about safety right now, or would you rather talk about how this is for you?"
    COUNTRY = "Which country are you in, so that I can tell you the right number?"
    WILLING = "Would you be willing to reach out to them today?"
    BARRIER = "What would make it hard to reach out?"
    TRUSTED = "Who is one person you trust that you could tell about this?"
    CARE = "Is there a doctor or a therapist you could talk to about this?"
    COPING = "What has helped you, even a little, to get through a moment like this before?"
    NEXT = "What is one small thing we could agree on for the next hour?"
    OPEN = "What is weighing on you most right now?"


_YES = re.compile(
    r"^\W*(?:(?:um+|uh+|well|i mean|honestly|ok(?:ay)?|oh|sorry)\W+)*"
    r"(?:yes|yeah|yep|yup|yah|ya"
    r"|i (?:am|do|have|did|might|could|will)(?=\W*$|\W+(?:yes|think|thought|been|considered|sometimes|a (?:bit"
    r"|little)))"
    r"|i think so|i guess(?: so)?|kind of|kinda|sort of|sometimes"
    r"|a little|a bit|maybe|probably|possibly|mm+ ?h+m+|uh huh|it has|they (?:have|did|are)"
    r"|(?:he|she) (?:has|did|is))\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"^\W*(?:(?:um+|uh+|well|i mean|honestly|oh|sorry|god)\W+)*"
    r"(?:no+|nope|nah|never|not (?:at all|really|now|any ?more|today|like that)|i'?m not|i am not|i don'?t(?! know)"
    r"|i do not(?! know)|i haven'?t|i have not|i didn'?t|i wouldn'?t|i won'?t|of course not|absolutely not)\b",
    re.IGNORECASE,
)
_DOUBT = re.compile(
    r"^\W*(?:\w+\W+)?(?:i don'?t know|i do not know|not sure|i'?m not sure|i am not sure|hard to say)\b", re.IGNORECASE
)
_SOON = re.compile(
    r"\b(?:to ?night|today|tomorrow|now|soon|this (?:morning|afternoon|evening|weekend|week)|in an? (?:hour"
    r"|minute|bit)|later"
    r"|after (?:this|we|work|school)|when (?:they|everyone|he|she)|once (?:they|everyone))\b",
    re.IGNORECASE,
)
_SAFE = re.compile(
    r"\b(?:i'?m safe|i am safe|i feel safe|safe (?:now|here|at home)|with (?:my|a) \w+)\b", re.IGNORECASE
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


def asked(reply: str) -> Ask | None:
    """The question with which a reply of ours ended, as far as it was heard, or None."""
    last: tuple[int, Ask] | None = None
    for ask in Ask:
        place = reply.rfind(_core(ask.value))
        if place >= 0 and (last is None or place > last[0]):
            last = (place, ask)
    return None if last is None else last[1]


def _core(sentence: str) -> str:
    """The last sentence of a question's words: what must have been heard for it to count as asked."""
    return sentence.rsplit(". ", 1)[-1]


def yes(text: str) -> bool:
    """Whether an answer begins as a yes, however half-hearted."""
    return bool(_YES.match(text.replace("’", "'"))) and not no(text)


def no(text: str) -> bool:
    """Whether an answer begins as a plain no."""
    return bool(_NO.match(text.replace("’", "'")))


def raised(ask: Ask, text: str) -> RiskLevel:
    """The level that an answer shows by itself; L0 when it shows none."""
    if ask is Ask.TIME:
        return RiskLevel.L3 if _SOON.search(text) and not no(text) else RiskLevel.L0
    if ask is Ask.SAFE:
        return RiskLevel.L3 if no(text) else RiskLevel.L0
    level = _RAISES.get(ask, RiskLevel.L0)
    if yes(text) or (level is RiskLevel.L2 and _DOUBT.match(text.replace("’", "'"))):
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
        return bool(re.search(r"\b(?:weaker|less|gone|better|calmer|quieter|fading)\b", plain, re.IGNORECASE))
    return False
