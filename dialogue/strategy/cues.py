"""What the person's words ask of us: a greeting, a farewell, thanks, a question, a wish for advice, a refusal of it.

Pure rules over English text, and over tables of other languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from warmline.dialogue.languages import ENGLISH, length, of
from warmline.dialogue.strategy.tables import patterns

_GREETING = re.compile(
    r"^(?:(?:hi|hey|hello|hiya|good (?:morning|afternoon|evening)|hi there|hey there|howdy)\b[\s,.!]*)+"
    r"(?:(?:how are you(?: doing)?(?: today| tonight)?|is (?:anyone|anybody|someone) there|can you hear me"
    r"|nice to meet you|my name is \w+|i'?m \w+|this is \w+)\b[\s,.!?]*)*$",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"\b(?:good ?bye|bye+(?: bye)?|good ?night|talk (?:to you )?(?:later|soon)|see you(?: later| soon)?"
    r"|take care(?! of)"
    r"|i (?:have|need|'?ve got|gotta|should|must|better)(?: to)? (?:go|run|hang up|leave)(?: now)?"
    r"(?=\W*$|[.,!?;]|\s+(?:and|but|so|because|thanks?|it'?s)\b)"
    r"|thanks for (?:the talk|talking|listening|your time)|i'?ll let you go)\b",
    re.IGNORECASE,
)
_THANKS = re.compile(r"\b(?:thank you|thanks|thank u|appreciate (?:it|that|you|your))\b", re.IGNORECASE)
_ADVICE = re.compile(
    r"\b(?:what (?:should|can|could|do|would) (?:i|we|you) (?:do|try|say|suggest|recommend|advise)"
    r"|what (?:do|would) you (?:suggest|recommend|advise|think i should)|how (?:do|can|should|could) i\b"
    r"|any (?:advice|ideas?|tips?|suggestions?)|(?:give|offer) me (?:some )?(?:advice|ideas?|tips?|a suggestion)"
    r"|i (?:need|want|would like|'?d like|could use) (?:some |your )?(?:advice|ideas|tips|suggestions)"
    r"|help me (?:figure|work|think|decide|find|plan|make)|do you have (?:any )?(?:advice|ideas?|tips?|suggestions?)"
    r"|should i\b|what now)\b",
    re.IGNORECASE,
)
_NO_ADVICE = re.compile(
    r"\b(?:(?:don'?t|do not) (?:want|need) (?:any |your |more )?(?:advice|tips|suggestions|solutions|fixing"
    r"|to be fixed)"
    r"|(?:just|only) (?:want|need)(?:ed)? (?:someone )?to (?:talk|vent|be heard|listen)"
    r"|just (?:listen|hear me)|(?:don'?t|do not|stop) (?:tell|telling) me what to do"
    r"|already tried (?:that|everything|all))\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"\?|(?:^|[.!,;]\s*)(?:and |but |so |well )?(?:what|why|how|when|where|who|which|is|are|do|does|did|can|could"
    r"|should|would|will)"
    r"\s+(?:it|that|this|you|i|we|he|she|they|there|is|are|do|does|did|can|could|should|would|the|my)\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^\W*(?:(?:yes|yeah|yep|yup|sure|ok(?:ay)?|please|definitely|absolutely|of course|i guess(?: so)?"
    r"|i suppose(?: so)?"
    r"|that would (?:help|be (?:good|nice|great|helpful))|i'?d like that|go ahead|maybe|alright|why not"
    r"|let'?s)\b\W*)+",
    re.IGNORECASE,
)
_NO = re.compile(r"^\W*(?:no|nope|nah|not (?:really|now|yet|right now)|i'?d rather not|i don'?t)\b", re.IGNORECASE)
_OFFER = re.compile(
    r"\b(?:would (?:it|you) (?:help|like)|do you want|may i|can i|could i|shall we|is it (?:ok|okay|alright) if"
    r"|want to)\b"
    r"[^?]*\b(?:idea|ideas|suggest|suggestion|suggestions|share|think about what|what (?:to|you could"
    r"|might) (?:do|help|try)"
    r"|options|next step|steps|try|plan|advice)\b[^?]*\?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cues:
    """What a text asks for; several may hold at once."""

    greeting: bool
    farewell: bool
    thanks: bool
    question: bool
    wants_advice: bool
    refuses_advice: bool
    words: int


def cues(text: str, language: str = ENGLISH) -> Cues:
    """The cues of what the person said."""
    own = _patterns(language)
    plain = text.replace("’", "'").strip()
    count = length(plain, language)
    refuses = bool(own["no_advice"].search(plain))
    return Cues(
        greeting=count <= 12 and bool(own["greeting"].match(plain)),
        farewell=count <= 25 and bool(own["farewell"].search(plain)),
        thanks=bool(own["thanks"].search(plain)),
        question=bool(own["question"].search(plain)),
        wants_advice=not refuses and bool(own["advice"].search(plain)),
        refuses_advice=refuses,
        words=count,
    )


def offered(reply: str, language: str = ENGLISH) -> bool:
    """Whether a reply of ours asked if ideas are wanted."""
    return bool(_patterns(language)["offer"].search(reply))


def agrees(text: str, language: str = ENGLISH) -> bool:
    """Whether a text begins as a yes."""
    own = _patterns(language)
    return bool(own["yes"].match(text)) and not own["no"].match(text)


def declines(text: str, language: str = ENGLISH) -> bool:
    """Whether a text begins as a no."""
    return bool(_patterns(language)["no"].match(text))


_ENGLISH: Final = {
    "greeting": _GREETING,
    "farewell": _FAREWELL,
    "thanks": _THANKS,
    "advice": _ADVICE,
    "no_advice": _NO_ADVICE,
    "question": _QUESTION,
    "yes": _YES,
    "no": _NO,
    "offer": _OFFER,
}


def _patterns(language: str) -> Mapping[str, re.Pattern[str]]:
    code = of(language).code
    return _ENGLISH if code == ENGLISH else patterns(code, "cues")
