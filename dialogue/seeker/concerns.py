"""What weighs on the person, what matters to them and what helps: problems, values, strengths. Rules; English."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from warmline.dialogue.seeker.facts import Fact, Kind
from warmline.dialogue.seeker.tables import Clause, any_of, rules, trimmed

LONGEST = 8
"""Words of a value."""

_CANNOT = re.compile(r"\bi (?:really |just |still )?(?P<what>can(?:'t|not| not) .+)", re.IGNORECASE)
_AMONG = r"(?:so |really |very |just |always )*"
_OFTEN = r"(?:always |really |sometimes |usually )?"
_PROBLEMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:i'?m|i am|i'?ve been|i keep|i) struggl(?:e|ing) with (?P<what>.+)",
        r"\bi(?:'ve| have|'m having)?(?: been)?(?: got)?(?: having)?(?: such| so much| a lot of| real)? "
        r"(?:trouble|difficulty) (?P<what>\w+ing\b.*)",
        r"\b(?:the|my) (?:main |real |biggest )?problem is (?:that )?(?:i )?(?P<what>.+)",
        rf"\b(?:i'?m|i am|i'?ve been) {_AMONG}(?:worried|anxious|stressed) (?:sick )?about (?P<what>.+)",
        rf"\b(?:i'?m|i am) {_AMONG}(?:scared|afraid|terrified|frightened) of (?P<what>.+)",
        r"\b(?:i'?m|i am) drowning in (?P<what>.+)",
        r"\b(?:i'?m|i am|i feel) (?P<what>stuck in .+)",
    )
)
_VALUES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^(?P<what>.+?) (?:really )?(?:matters|matter) (?:most |a lot |so much |the most )*to me\b",
        r"^(?P<what>.+?) (?:is|are) (?:really |very |so |the most )?important(?: thing)? (?:to|for) me\b",
        r"^(?P<what>.+?) (?:means|mean) (?:everything|a lot|so much|the world) to me\b",
        r"\bit(?:'s| is) (?:really |very |so )?important to me (?:to |that )?(?P<what>.+)",
        r"\bwhat i care about (?:most )?is (?P<what>.+)",
        r"\bi (?:really )?care (?:deeply |a lot |so much )?about (?P<what>.+?)(?= more than\b|$)",
    )
)
_HELPS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?P<what>\w.*?) {_OFTEN}(?:helps(?: me)?|help me)(?= |$)",
        rf"^(?P<what>.+?) {_OFTEN}(?:calms|calm) me\b",
        rf"^(?P<what>.+?) {_OFTEN}keeps? me (?:sane|going|afloat|together)\b",
        rf"^(?P<what>.+?) {_OFTEN}makes? me feel (?:a bit |a little |so )?(?:better|calm|calmer|good|alive|safe)\b",
        r"\b(?:i'?m|i am) (?:really |pretty |quite |very |so )?good (?:at|with) (?P<what>.+)",
        r"\bi (?:really |still )?love (?P<what>\w+ing\b.*)",
    )
)
_NOTHING = re.compile(
    r"^(?:it|that|this|nothing|he|she|they|you|we|what|something|anything|if|so|there)\b|\bnothing\b", re.IGNORECASE
)
_NO_HELP = re.compile(
    r"\b(?:i|i'm|i'll|i've|you|your|thanks?|some|need|will|can|could|would|does|do|did|who|that|what|it|this|he|she|they|is|are|was|has|"
    r"please|hoping|unable)\b|^(?:always|really|also)$",
    re.IGNORECASE,
)
_NO_VALUE = re.compile(r"^(?:him|her|them|you|how|why|i)\b|\b(?:that|who)$", re.IGNORECASE)
_LEAD = re.compile(r"^(?:and|but|so|well|maybe|then|also|because|now|only|just|i think|i guess) ", re.IGNORECASE)


@functools.cache
def _feeling() -> re.Pattern[str]:
    table = rules()["problem"]
    return re.compile(
        r"\bi(?:'ve| have)? (?:just |still |always )?(?:feel|felt|been feeling) "
        r"(?:so |very |really |completely |just |totally )*"
        rf"(?P<what>{any_of(table['feelings'])})\b"
        rf"|\b(?:i'?m|i am|i keep|i) (?:still |always )?hav(?:e|ing) (?P<attack>(?:\w+ )?{any_of(table['attacks'])})\b",
        re.IGNORECASE,
    )


@functools.cache
def _idle() -> re.Pattern[str]:
    return re.compile(rf"^can(?:'t|not| not) {any_of(rules()['problem']['idle'])}\b", re.IGNORECASE)


_OTHERWISE = {Kind.VALUE: _NO_VALUE, Kind.HELPS: _NO_HELP}


def concerns(clause: Clause, turn: int) -> Iterator[Fact]:
    """What this clause says of problems, values and strengths. Nothing of a question."""
    if clause.asks:
        return
    lead = _LEAD.match(clause.text)
    if lead is not None:
        clause = Clause(clause.text[lead.end() :], clause.start + lead.end())
    yield from _problems(clause, turn)
    if clause.unreal:
        return
    for kind, patterns in ((Kind.VALUE, _VALUES), (Kind.HELPS, _HELPS)):
        for pattern in patterns:
            match = pattern.search(clause.text)
            if match is None or _NOTHING.search(match["what"]) or _OTHERWISE[kind].search(match["what"]):
                continue
            found = _span(clause, match, kind, turn)
            if found is not None:
                yield found
                return


def _problems(clause: Clause, turn: int) -> Iterator[Fact]:
    match = _CANNOT.search(clause.text)
    if match is not None and not _idle().match(match["what"]):
        found = _span(clause, match, Kind.PROBLEM, turn)
        if found is not None and len(found.words.split()) > 1:
            yield found
        return
    for pattern in _PROBLEMS:
        match = pattern.search(clause.text)
        if match is not None:
            found = _span(clause, match, Kind.PROBLEM, turn)
            if found is not None and not _NOTHING.search(found.words):
                yield found
            return
    match = _feeling().search(clause.text)
    if match is not None and not clause.unreal:
        name = "what" if match["what"] else "attack"
        start, end = match.span(name)
        yield Fact(Kind.PROBLEM, match[name].lower(), clause.text[start:end], turn, clause.start + start)


def _span(clause: Clause, match: re.Match[str], kind: Kind, turn: int) -> Fact | None:
    words = trimmed(match["what"], LONGEST)
    if not words:
        return None
    start = match.start("what") + match["what"].index(words)
    return Fact(kind, words.lower(), words, turn, clause.start + start)
