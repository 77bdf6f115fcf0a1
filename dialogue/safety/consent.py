"""May emotion be read from this voice? Asked in speech, read from what the person says, and theirs to take back.

Pure functions of what was said in the call. A young person's yes does not count (see :mod:`minors`). Without consent
the call goes on by words alone.
"""

from __future__ import annotations

import re

from warmline.dialogue.safety import lines, minors
from warmline.dialogue.safety.answers import no, yes

MODES = ("given", "ask", "denied")
SHORT = 8
"""Words up to which the first answer is taken to be about consent and nothing else."""

_BACK = re.compile(
    r"\b(?:(?:stop|don'?t|do not|no longer) (?:listen(?:ing)?|read(?:ing)?|analy[sz](?:e|ing)|judg(?:e|ing))"
    r"[^.!?]{0,20}\b(?:voice|tone|sound|how i (?:sound|speak|feel))"
    r"|(?:no|sin) analizar mi voz|deja de (?:analizar|escuchar) (?:mi voz|cómo)"
    r"|(?:hör auf|nicht mehr),? meine stimme)\b|别(?:再)?(?:分析|听)我的(?:声音|语气)",
    re.IGNORECASE,
)


def question(language: str, call: int = 0) -> str:
    """The question, said with the greeting. ``call``: any number of the call's own; it chooses the wording."""
    return lines.variant(lines.of(language).say["consent_ask"], call)


def answered(said: tuple[str, ...]) -> bool | None:
    """What the first words of a call say to the question: None where they are no answer, which counts as no."""
    first = said[0] if said else ""
    if yes(first):
        return True
    return False if no(first) else None


def allowed(mode: str, said: tuple[str, ...]) -> bool:
    """Whether emotion may be read now. ``said``: the person's turns so far, oldest first, the running one last."""
    if mode == "denied" or minors.known(said) or any(_BACK.search(text) for text in said):
        return False
    return mode == "given" or answered(said) is True


def reply(said: tuple[str, ...], language: str, call: int = 0) -> str:
    """What to say to an answer that was about consent alone; "" where more was said: that is answered as usual."""
    if len(said) != 1 or answered(said) is None or len(said[0].split()) > SHORT:
        return ""
    return lines.variant(lines.of(language).say["consent_yes" if answered(said) else "consent_no"], call)
