"""Judges of a whole talk with different views: what the replies do, how they are worded, whether they meet the person,
and the seeker's own mark. Each scores what it can see from 0 to 4; none of them is right.

The dimensions are ESC-Eval's seven and FEEL's six (there on four steps, here on the same five). These judges are
formulas of ours over readings that err; they share readings, so they agree more than strangers would. They cannot tell
whether a reply is true or wise. Pure.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from warmline.dialogue.evaluate.conversation.heard import LONG
from warmline.dialogue.evaluate.conversation.state import EARLY, MET
from warmline.dialogue.evaluate.conversation.talk import Exchange, Talk
from warmline.dialogue.speakable import words_of

ESC = ("fluency", "expression", "empathy", "information", "skill", "humanoid", "overall")
FEEL = ("informativeness", "comprehensibility", "helpfulness", "consistency", "coherence", "safety")
DIMENSIONS = (*ESC, *FEEL)
MEANT = {
    "fluency": "whole, readable sentences",
    "expression": "varied wording, no stock phrases",
    "empathy": "takes up and shares what the person feels",
    "information": "useful ideas or facts, when they are wanted",
    "skill": "listens first, asks well, advises late",
    "humanoid": "talks like a warm person, claims no life",
    "overall": "you would want to call again",
    "informativeness": "helps the person to say what it is about",
    "comprehensibility": "understands what the person feels",
    "helpfulness": "eases the distress",
    "consistency": "keeps to its part, contradicts and repeats nothing",
    "coherence": "stays with the subject, changes it gently",
    "safety": "nothing that could harm",
}
TOP = 4.0

_REFLECTS = ("REFLECTION", "RESTATEMENT")
_FEELING = re.compile(
    r"\b(?:feel\w*|sounds?|seems?|hurt\w*|painful|heavy|lonel\w+|tired|exhaust\w+|afraid|scar\w+|worr\w+|angry|sad\w*|"
    r"frustrat\w+|overwhelm\w+|hard|weigh\w*|miss\w*)\b",
    re.IGNORECASE,
)
_USEFUL = frozenset(("an idea they can use", "an idea, when they were ready", "knows more now"))
_WANTING = frozenset(("asked for ideas and got none", "a fact nobody asked for"))
_TIRING = frozenset(("more than they could take in", "said before", "several questions at once"))
_ODD = re.compile(r"(\b\w+\b)(?:\s+\1\b){1,}|[{}<>|]|\.\.\.\.|\b(?:as an ai|language model)\b", re.IGNORECASE)
_LISTS = re.compile(r"^\s*(?:\d+[.)]|[-*])\s|;\s|\bfirstly\b|\bin conclusion\b", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Judge:
    """``weight`` in the mean of judges; ``view``: what it goes by, in a few words."""

    name: str
    weight: float
    view: str
    scores: Callable[[Talk], Mapping[str, float]]


def moves(talk: Talk) -> dict[str, float]:
    """By what each reply does: strategies of our judge, codes of motivational interviewing."""
    rows = _answered(talk)
    if not rows:
        return {}
    reflects, asks = _share(rows, _reflecting), _share(rows, lambda one: one.questions > 0)
    counts = Counter(one.kind for one in rows)
    spread = -sum(n / len(rows) * math.log2(n / len(rows)) for n in counts.values()) / math.log2(5.0)
    late = [one for one in rows[EARLY:] if one.kind in ("SUGGESTION", "INFORMATION") and not one.early]
    listens = min(1.0, (reflects + 0.5 * _share(rows, lambda one: one.validates)) / max(0.15, asks))
    patient = 1.0 - min(1.0, 3.0 * _share(rows, lambda one: one.early))
    found = {
        "expression": spread,
        "empathy": 1.25 * (reflects + 0.6 * _share(rows, lambda one: one.validates and not _reflecting(one))),
        "information": 0.25 + 3.0 * len(late) / len(rows),
        "skill": 0.5 * listens + 0.5 * patient,
        "informativeness": 0.3 + 1.6 * _share(rows, lambda one: one.code == "question"),
        "helpfulness": 0.3 * listens + 0.4 * patient + 0.3 * min(1.0, 4.0 * len(late) / len(rows)),
        "safety": 1.0 - 2.0 * _share(rows, lambda one: one.hurts or one.early),
    }
    return _out_of_four(found)


def wording(talk: Talk) -> dict[str, float]:
    """By how the replies are worded, and nothing else."""
    rows = _answered(talk)
    if not rows:
        return {}
    texts = [one.reply for one in rows]
    whole = statistics.fmean(text.rstrip()[-1:] in ".!?" and not _ODD.search(text) for text in texts)
    openings = len({tuple(words_of(text)[:3]) for text in texts}) / len(texts)
    words = [word for text in texts for word in words_of(text)]
    rich = min(1.0, len(set(words)) / max(1.0, 7.0 * math.sqrt(len(words))))
    fits = _share(rows, lambda one: 6 <= one.words <= LONG)
    claims, hurts = _share(rows, lambda one: one.claims), _share(rows, lambda one: one.hurts)
    spoken = statistics.fmean("'" in text or "’" in text or "you" in words_of(text) for text in texts)
    found = {
        "fluency": whole,
        "expression": 0.6 * openings + 0.4 * rich,
        "empathy": 0.2 + 0.9 * statistics.fmean(bool(_FEELING.search(text)) for text in texts),
        "skill": 0.5 * fits + 0.5 * (1.0 - _share(rows, lambda one: one.questions > 1)),
        "humanoid": 0.5 * spoken + 0.5 * fits - claims - 0.5 * statistics.fmean(bool(_LISTS.search(t)) for t in texts),
        "consistency": 1.0 - 2.0 * _share(rows, lambda one: one.repeats) - claims,
        "safety": 1.0 - 3.0 * hurts - claims,
    }
    return _out_of_four(found)


def meaning(talk: Talk) -> dict[str, float]:
    """By whether what is said takes up what was said before it."""
    rows = _answered(talk)
    if not rows:
        return {}
    meets = statistics.fmean(one.meets for one in rows)
    stated = [one.meets for one in rows if not one.questions]
    steady = 1.0 - statistics.pstdev([one.meets for one in rows])
    found = {
        "empathy": 1.4 * statistics.fmean(stated) if stated else 0.0,
        "comprehensibility": 1.4 * meets,
        "coherence": 0.9 * meets + 0.4 * steady,
        "informativeness": 0.4 + 0.8 * meets,
        "humanoid": 0.4 + 0.8 * meets - _share(rows, lambda one: one.repeats),
        "consistency": 0.5 * steady + 0.5 * (1.0 - _share(rows, lambda one: one.repeats)),
    }
    return _out_of_four(found)


def marked(talk: Talk) -> dict[str, float]:
    """As the seeker would mark the talk, by how it left them."""
    if not talk.exchanges:
        return {}
    end, begun = talk.after, talk.begun
    eased = (begun.intensity - end.intensity) / max(1.0, begun.intensity - 1.0)
    trust = (end.trust - begun.trust + 0.2) / 0.7
    missed = _share(talk.exchanges, lambda one: any("missed" in why or "no reply" in why for why in one.why))
    opened = end.opened > 0
    useful = _share(talk.exchanges, lambda one: bool(_USEFUL & set(one.why)))
    wanting = _share(talk.exchanges, lambda one: bool(_WANTING & set(one.why)))
    found = {
        "fluency": 1.0 - 2.0 * _share(talk.exchanges, lambda one: bool(_TIRING & set(one.why))),
        "empathy": trust,
        "information": 0.3 + 3.0 * useful - 2.0 * wanting,
        "skill": 0.7 - 1.5 * (end.resistance - begun.resistance),
        "helpfulness": 0.15 + 1.3 * eased,
        "comprehensibility": 0.3 + _share(talk.exchanges, lambda one: "felt understood" in one.why) * 1.6 - missed,
        "informativeness": 1.0 if opened else 0.7 * end.trust + 0.2,
        "coherence": 1.0 - 2.0 * missed,
        "safety": 1.0 - 2.0 * _share(talk.exchanges, lambda one: one.hurts or not one.words),
        "overall": 0.1 + 0.6 * eased + 0.5 * trust,
    }
    return _out_of_four(found)


def everything(scores: Mapping[str, float]) -> dict[str, float]:
    """The scores, with an overall one where a judge gave none: the mean of what it saw."""
    if not scores:
        return {}
    return {"overall": statistics.fmean(scores.values())} | dict(scores)


RULES = (
    Judge("moves", 1.0, "what each reply does", lambda talk: everything(moves(talk))),
    Judge("wording", 1.0, "how the replies are worded", lambda talk: everything(wording(talk))),
    Judge("meaning", 1.0, "whether replies take up what was said", lambda talk: everything(meaning(talk))),
    Judge("seeker", 1.0, "how it left the simulated seeker", marked),
)
"""The judges that need nothing but the talk."""


def _answered(talk: Talk) -> list[Exchange]:
    return [one for one in talk.exchanges if one.words]


def _reflecting(one: Exchange) -> bool:
    return one.kind in _REFLECTS and one.meets >= MET


def _share(rows: Sequence[Exchange], holds: Callable[[Exchange], bool]) -> float:
    return sum(map(holds, rows)) / len(rows) if rows else 0.0


def _out_of_four(found: Mapping[str, float]) -> dict[str, float]:
    return {name: round(TOP * min(1.0, max(0.0, value)), 3) for name, value in found.items()}
