"""What was said over our reply: a listener's noise, a cough, a sob, somebody else, our own echo, or a claim to the
floor? Pure: evidence in, verdict out. English only; it knows no meaning, so "right" is a nod even when it is an answer,
unless ``answering`` says that a question of ours has just been heard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from warmline.dialogue.echo import is_run_of, without_echo
from warmline.speech.types import samples_of


class Verdict(Enum):
    SPEECH = "real speech"
    BACKCHANNEL = "a listener's noise"
    COUGH = "a cough"
    SOB = "a sob"
    OTHER = "not the caller"
    NOISE = "no voice"
    ECHO = "our own echo"
    UNSURE = "too early to say"


STRANGERS: Final = frozenset({Verdict.OTHER, Verdict.NOISE, Verdict.ECHO})
"""Sounds that are not the caller's: they need not end before we go on."""

SHORTEST_WORD = samples_of(0.12)
"""A voice shorter than this held no word: a click, a breath."""

HALF_A_WORD = samples_of(0.18)
"""A shorter voice without a word is waited for no longer."""

WORD_HEARD = samples_of(0.7)
"""So long a voice is no cut-off backchannel any more: one recognised word of it counts while it still lasts."""

NOISE_HEARD = samples_of(0.8)
"""So long a sound without a word that does not sound like speech is none."""

VOICE_KNOWN = samples_of(0.8)
"""A shorter voice proves nothing about whose it is."""

LEVEL_KNOWN = samples_of(0.3)
"""A shorter sound proves nothing about how loud its maker speaks."""

NOT_SPEECH = 0.15
HARDLY_SPEECH = 0.35
"""Less like speech than this, and no word recognised in all of it: two witnesses are enough."""

STRANGE = 0.2
FAR_DB = -13.0
BACK_DB = -6.0
SURE = 0.3
DOUBTFUL = 0.35

_BACKCHANNELS = re.compile(
    r"(?:m+|mm+-?\s?hm+|m+-?hm+|mhm+|uh-?\s?huh|u+h huh|ah+|oh+|ooh|aha|hm+|huh|yeah|yep|yes|yup|ok|okay|right|sure|"
    r"true|i see|i know|i understand|exactly|of course|totally|absolutely|thanks|thank you|wow|really|good|nice|"
    r"alright|all right|got it|that's right|that's true)(?:[\s,.!?]+|$)",
    re.IGNORECASE,
)
_IN_A_ROW = 4
"""More listener's noises than this without a pause are impatience."""

_URGENT = re.compile(
    r"^(?:(?:please|hey|oh|uh|um|no|but|ok|okay|yeah)[\s,]+)*"
    r"(?:stop|wait|no|nope|don't|hold on|hang on|one second|excuse me|sorry|help|please|listen|what|hey|hello)\b",
    re.IGNORECASE,
)
"""One word of these is a claim at once, even if it goes on."""

_EVENTS: Final = {
    "cough": Verdict.COUGH,
    "sneeze": Verdict.COUGH,
    "throat": Verdict.COUGH,
    "sniff": Verdict.COUGH,
    "hiccup": Verdict.COUGH,
    "sob": Verdict.SOB,
    "cry": Verdict.SOB,
    "crying": Verdict.SOB,
    "sigh": Verdict.SOB,
    "gasp": Verdict.SOB,
    "breath": Verdict.SOB,
    "laugh": Verdict.BACKCHANNEL,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a voice over our reply; None is unknown.

    ``voiced``: its length in samples. ``text``: words recognised in it so far, with ``confidence`` in [0, 1].
    ``paused``: it is over, so that the words are all of it. ``ours``: what we were saying. ``answering``: our question
    has just been heard to its end, or nearly. ``level_db``: its loudness over the caller's own usual. ``speech``: how
    much it sounds like talk. ``events``: probability by kind of vocal event that it is rather than speech. ``caller``:
    probability that it is the caller's voice."""

    voiced: int
    text: str | None = None
    confidence: float = 1.0
    paused: bool = True
    ours: str = ""
    answering: bool = False
    level_db: float | None = None
    speech: float | None = None
    events: Mapping[str, float] | None = None
    caller: float | None = None


def judge(heard: Evidence) -> Verdict:
    """What the voice was, or UNSURE: while it lasts it may become anything, and one that has paused may go on."""
    if heard.voiced < SHORTEST_WORD:
        return Verdict.NOISE if heard.paused else Verdict.UNSURE
    text = _plain(heard.text or "")
    rest = without_echo(text, heard.ours)
    if text and (not rest or _is_faint_echo(heard, rest)):
        return Verdict.ECHO
    if _is_stranger(heard) and not (_URGENT.match(rest) and heard.caller is None):
        return Verdict.OTHER
    nods, claim = split(rest)
    event = _event(heard.events)
    mute = heard.speech is not None and heard.speech < NOT_SPEECH
    if event is not None and (mute or len(claim.split()) <= 1) and not _URGENT.match(claim):
        return event
    if claim:
        return _of_claim(heard, nods, claim)
    if nods:
        return Verdict.SPEECH if heard.answering or nods > _IN_A_ROW else Verdict.BACKCHANNEL
    return _of_wordless(heard)


def split(text: str) -> tuple[int, str]:
    """How many listener's noises ``text`` begins with, and what follows them."""
    nods, rest = 0, text.strip()
    while rest and (match := _BACKCHANNELS.match(rest)) is not None:
        nods, rest = nods + 1, rest[match.end() :].strip()
    return nods, rest


def _of_claim(heard: Evidence, nods: int, claim: str) -> Verdict:
    """Words that are no mere nods. A single one may still be half a nod, or a recogniser's guess at a noise."""
    if nods or len(claim.split()) > 1 or _URGENT.match(claim):
        return Verdict.SPEECH
    if heard.confidence < DOUBTFUL:
        return Verdict.NOISE if heard.paused else Verdict.UNSURE
    return Verdict.SPEECH if heard.paused or heard.voiced >= WORD_HEARD else Verdict.UNSURE


def _of_wordless(heard: Evidence) -> Verdict:
    """No words yet: perhaps the first, too short for the recogniser, of more to come."""
    mute = heard.speech is not None and heard.speech < NOT_SPEECH
    if heard.paused:
        hardly = heard.text is not None and heard.speech is not None and heard.speech < HARDLY_SPEECH
        return Verdict.NOISE if mute or hardly or heard.voiced < HALF_A_WORD else Verdict.UNSURE
    return Verdict.NOISE if mute and heard.voiced >= NOISE_HEARD else Verdict.UNSURE


def _is_faint_echo(heard: Evidence, text: str) -> bool:
    """One or two words of ours prove nothing, but for a sound much fainter than the caller."""
    faint = heard.level_db is not None and heard.level_db < BACK_DB
    return faint and not _URGENT.match(text) and is_run_of(text, heard.ours)


def _is_stranger(heard: Evidence) -> bool:
    """Another voice, or one from the far end of the room."""
    if heard.caller is not None:
        return heard.voiced >= VOICE_KNOWN and heard.caller < STRANGE
    return heard.voiced >= LEVEL_KNOWN and heard.level_db is not None and heard.level_db < FAR_DB


def _event(events: Mapping[str, float] | None) -> Verdict | None:
    """The surest vocal event that we know how to take."""
    known = [(p, kind) for kind, p in (events or {}).items() if kind in _EVENTS and p >= SURE]
    return _EVENTS[max(known)[1]] if known else None


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s',-]", " ", text.replace("’", "'")).split()).strip(" ,-")
