"""What only the models read is looked into before anything is asked about danger: one open question, and how its
answer is taken.

In the middle of a call many plain lines read like a hint to who hears them alone ("I laid three places at supper"), and
no reader of ours knows the call. A person who was not sure what somebody meant would ask what is behind it. So do we,
once in a call; what a rule, an answer of theirs or the voice speaks for is asked about directly, as is every further
hint, danger now, and an answer that says nothing. Pure.
"""

from __future__ import annotations

import re

from warmline.dialogue.safety import lines
from warmline.dialogue.safety.answers import plainly, read
from warmline.dialogue.safety.asks import Ask, asked
from warmline.dialogue.types import Risk, RiskLevel, Turn

EXPLAINED = "checked: said what was meant"
"""Evidence that an answer to the open question holds nothing."""

UNTOLD = "not said what was meant"
"""Evidence that it was answered with nothing, or with words that are still to be read again."""

READS, PLAINLY, AGAIN = "reads like it", "plainly reads like it", "read again"
"""How evidence begins that a model alone gives: the encoder, the encoder at level 2 or 3, and the language model."""

_READ = (READS, AGAIN)

OVERRULED = "overruled"
"""How evidence begins that was dropped before the turn was answered."""

_KIND = re.compile(r"^(?:other|harm|abuse): ")
"""Illness is not here: it may not wait for an answer."""

_ALL = re.compile(r"\bthat'?s all\b", re.IGNORECASE)
"""Ends an answer here, where elsewhere it ends a call."""

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
_SAME = re.compile(
    r"\b(?:(?:exactly|just|precisely) (?:what|as|how) (?:i|it)\b|what it sounds like|as it sounds|you know what"
    r"|what do you think|(?:can'?t|hard to|don'?t want to|not going to) (?:say|explain|put it)|have the words"
    r"|(?:doesn'?t|does not|don'?t) matter|means? what (?:it means|i say)"
    r"|genau (?:das|so|was)\b|wie (?:ich )?(?:es )?(?:gesagt|klingt)"
    r"|kann (?:ich )?(?:es |das )?nicht (?:sagen|erklären)"
    r"|(?:así|tal) como suena|lo que (?:he dicho|dije|oyes)|no (?:lo )?puedo (?:explicar|decir))"
    r"|就是(?:那个|这个|字面)意思|你(?:懂的|知道的)|说不出来|说不清",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"\b(?:thank(?:s| you) for (?:listening|everything|your time|hearing|being)|take care|let you go|leave you to it"
    r"|off to bed|good ?night|(?:number|help ?line|hot ?line|line) (?:i can|to|for|please)"
    r"|(?:give|need|want|get|is there|have you)\b.{0,20}\b(?:number|help ?line|hot ?line)"
    r"|(?:some(?:one|body)|person) real"
    r"|danke fürs? (?:zuhören|alles)|gute nacht|mach(?:en sie)?'?s gut|pass(?:en sie)? (?:gut )?auf (?:dich|sich) auf"
    r"|(?:nummer|hotline|telefonseelsorge)|gracias por (?:escuchar\w*|todo)|cuíd(?:ate|ese)|buenas noches"
    r"|(?:un|el|algún) (?:número|teléfono)|línea de ayuda|alguien de verdad)\b"
    r"|谢谢你(?:听|陪)|保重|晚安|热线|(?:给|要|有).{0,4}(?:电话|号码)",
    re.IGNORECASE,
)
_ASKED_BACK = re.compile(
    r"(?:\b(?:you|your|yours|d'you|usted|ustedes|te|tú|su|sie|ihr|ihnen|du|dir|euch)\b|[你您])[^.!?。！？]*[?？]"
    r"|[?？]\W*$",
    re.IGNORECASE,
)

SAYS = 3
"""Words that an answer has at least which says what was meant, signs of Chinese."""

SHORT = 8
"""Up to so many words not to know, or a yes, is no answer either."""


def vague(risk: Risk) -> bool:
    """Whether only a model speaks for what was found, and nobody is in danger now."""
    if not RiskLevel.L0 < risk.level < RiskLevel.L3:
        return False
    names = [_KIND.sub("", name) for name in risk.evidence]
    return bool(names) and all(name.startswith(_READ) for name in names)


def less_plainly(evidence: tuple[str, ...]) -> tuple[str, ...]:
    """The evidence where who read again was less sure."""
    return tuple(name.replace(PLAINLY, READS) for name in evidence)


def looked_into(history: tuple[Turn, ...]) -> bool:
    """Whether what was said last was met by the open question and nothing else, and it was heard."""
    if not history or not vague(history[-1].plan.risk) or asked(history[-1].heard) is not Ask.OPEN:
        return False
    return history[-1].planned in lines.questions()[Ask.OPEN.value]


def answered(history: tuple[Turn, ...], *, told: bool) -> tuple[RiskLevel, str]:
    """The level after an answer to the open question in which nothing was found, and the evidence for it; ``told``:
    whether it says what was meant."""
    before = history[-1].plan.risk
    if told:
        return RiskLevel.L0, EXPLAINED
    kind = next((found[0] for name in before.evidence if (found := _KIND.match(name))), "")
    return before.level, f"{kind}{UNTOLD}"


def parts(text: str) -> bool:
    """Whether somebody says goodbye, or wants a number or a person: that does not wait for a question of ours."""
    plain = _ALL.sub(" ", text.replace("’", "'"))
    heard = read(plain)
    return heard.closed or heard.number or heard.person or bool(_PARTS.search(plain))


def evades(text: str) -> bool:
    """Whether an answer to the open question leaves it open. Of answers by which people at risk turn it off 50 of 58
    are seen (two hands, read for this), of plain ones 25 of 260 taken for such; by two other hands
    8 of 8 and 8 of 72."""
    plain = _ALL.sub(" ", text.replace("’", "'"))
    heard, length = read(plain), len(plainly(plain))
    if parts(text) or heard.takes_back or heard.turns_away or heard.refuses_help:
        return True
    if length < SAYS or ((heard.unsure or heard.yes) and length <= SHORT):
        return True
    return any(way.search(plain) for way in (_NOTHING, _TURNED_OFF, _SAME, _ASKED_BACK))
