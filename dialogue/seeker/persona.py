"""Who the person is, as they say it of themselves: age, work, family, where and with whom they live. Rules; English."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from warmline.dialogue.seeker.facts import Fact, Kind
from warmline.dialogue.seeker.tables import I_AM, Clause, any_of, number, number_pattern, relations, rules, trimmed

_YOUNGEST, _OLDEST = 8, 110
_PLACE = (
    r"(?P<place>in (?:the )?(?:southern |northern |eastern |western )?(?-i:[A-Z])[\w'à-öø-ÿ-]+(?: (?-i:[A-Z])[\w'-]+)?"
    r"|in an? (?:[\w-]+ ){0,3}?(?:city|town|village|suburb|area|flat|house|apartment|place|hostel|shelter|dorm|home|"
    r"van|farm)"
    r"(?: near (?-i:[A-Z])[\w'-]+)?)"
)
_MOVED = re.compile(r"\b(?:i|we)(?:'ve)? (?:just |recently )?moved to (?P<to>(?-i:[A-Z])[\w'à-öø-ÿ-]+)", re.IGNORECASE)
_WORKPLACE = re.compile(
    r"\bi (?:now |still )?work (?P<job>(?:in|for|at) (?:a|an|the|my) [\w' -]+?)(?=[,.;!?]|$| (?:and|but|so|now|since|"
    r"because|where|on|working|from)\b)",
    re.IGNORECASE,
)
_WORK_AS = re.compile(
    r"\bi(?:'m| am)?(?: now| still)? work(?:ing)? as (?:a|an|the) (?P<job>[\w' -]+?)"
    r"(?=[,.;!?]|$| (?:and|but|so|now|since|because|in|at|for|where|on)\b)",
    re.IGNORECASE,
)
_OTHER_WORK = (
    re.compile(r"\bmy job is (?P<job>(?!driving me)\w+ing [\w' ]+)", re.IGNORECASE),
    re.compile(rf"\b{I_AM} (?P<job>training to be (?:a|an) [\w ]+)", re.IGNORECASE),
    re.compile(rf"\b{I_AM} (?:still |back )?(?P<job>at (?:school|university|uni|college))\b", re.IGNORECASE),
    re.compile(
        r"\bi(?: now)? (?P<job>(?:drive|run|own) a (?:taxi|cab|bus|tram|truck|lorry|van|train|"
        r"shop|caf[eé]|bakery|bar|restaurant|farm|business))",
        re.IGNORECASE,
    ),
)
_STUDIES = re.compile(r"\bi(?:'m| am)? study(?:ing)? (?!for\b)\w+", re.IGNORECASE)
_DIVORCE = re.compile(r"\b(?:since|after) (?:the|my|our) divorce\b|\bgot divorced\b", re.IGNORECASE)


@functools.cache
def _age() -> re.Pattern[str]:
    number_ = number_pattern()
    return re.compile(
        rf"(?<!like )(?<!when )\b(?:i'?m|i am|i just turned|i turned|i'?ll be|i mean i'?m) "
        rf"(?:only |just |nearly |almost |about |already |now |turning )*(?P<age>{number_})(?: years? old)?"
        rf"(?=$|[.,;!?]| (?:and|but|now|years? old|this|next|last|in|today|tomorrow)\b)"
        rf"|^at (?P<at>{number_}),? (?:you|i|my|it)\b"
        rf"|\bi(?:'m| am) in my (?:early |mid |late )?(?P<decade>{any_of(w + 's' for w in _tens())})\b",
        re.IGNORECASE,
    )


def _tens() -> tuple[str, ...]:
    return ("twentie", "thirtie", "fortie", "fiftie", "sixtie", "seventie", "eightie")


_DECADES = {f"{word}s": f"{10 * (place + 2)}s" for place, word in enumerate(_tens())}


@functools.cache
def _job() -> re.Pattern[str]:
    table = rules()["work"]
    job = rf"(?:{any_of(table['before'])} )*{any_of(table['jobs'])}"
    return re.compile(
        rf"\b{I_AM} (?:now |still |just |only |currently |also )*(?:(?:a|an|the) (?P<job>{job})|(?P<state>"
        rf"{any_of(table['states'])}))\b(?! by\b(?! trade))",
        re.IGNORECASE,
    )


@functools.cache
def _family() -> re.Pattern[str]:
    number_ = number_pattern()
    state = any_of(rules()["family"]["states"])
    return re.compile(
        rf"\b(?:{I_AM}|we'?re|we are) (?:now |still |just |newly |recently |already |a )*(?P<state>{state}(?: "
        rf"(?:mother|mum|mom|father|dad|parent))?)\b(?: of (?P<of>{number_})\b)?"
        rf"|\b(?:i|we)(?:'ve got| have got| have|'ve) (?P<count>{number_}) (?:\w+ )?(?:kids|children|kid|child)\b",
        re.IGNORECASE,
    )


@functools.cache
def _living() -> re.Pattern[str]:
    relation = any_of(relations())
    return re.compile(
        r"\b(?:i|we)(?:'m|'ve been|'re| am| have been| are)?(?: still| now| just)? liv(?:e|ing)"
        rf"(?P<how> (?:all )?(?:alone|on my own|by myself))?"
        rf"(?P<with> (?:together )?with (?:my |our |two |three |a )?(?:\w+ )?{relation}s?)?(?: {_PLACE})?",
        re.IGNORECASE,
    )


def persona(clause: Clause, turn: int) -> Iterator[Fact]:
    """What this clause says of the person. Nothing of a question, a wish or a denial."""
    if clause.asks:
        return
    yield from _ages(clause, turn)
    if clause.unreal:
        return
    yield from _works(clause, turn)
    yield from _families(clause, turn)
    yield from _livings(clause, turn)


def fact(clause: Clause, turn: int, kind: Kind, value: str, span: tuple[int, int]) -> Fact:
    """A fact whose words are a span of the clause."""
    start, end = span
    return Fact(kind, value.lower(), clause.text[start:end], turn, clause.start + start)


def _ages(clause: Clause, turn: int) -> Iterator[Fact]:
    match = _age().search(clause.text)
    if match is None or clause.unreal:
        return
    if match["decade"]:
        yield fact(clause, turn, Kind.AGE, _DECADES[match["decade"].lower()], match.span())
        return
    age = number(match["age"] or match["at"])
    if _YOUNGEST <= age <= _OLDEST:
        yield fact(clause, turn, Kind.AGE, str(age), match.span())


def _works(clause: Clause, turn: int) -> Iterator[Fact]:
    job = _job().search(clause.text)
    if job is not None:
        yield fact(clause, turn, Kind.WORK, job["job"] or job["state"], job.span())
        return
    for pattern in (_WORK_AS, _WORKPLACE, *_OTHER_WORK):
        match = pattern.search(clause.text)
        if match is not None:
            value = trimmed(match["job"], 6)
            yield fact(clause, turn, Kind.WORK, value, (match.start(), match.start("job") + len(value)))
            return
    studies = _STUDIES.search(clause.text)
    if studies is not None:
        yield fact(clause, turn, Kind.WORK, "student", studies.span())


def _families(clause: Clause, turn: int) -> Iterator[Fact]:
    for match in _family().finditer(clause.text):
        if match["state"]:
            yield fact(clause, turn, Kind.FAMILY, match["state"], match.span())
        count = match["of"] or match["count"]
        if count:
            kids = number(count)
            named = next((word for word, value in rules()["units"].items() if value == kids), str(kids))
            yield fact(clause, turn, Kind.FAMILY, f"{named} kid{'s' if kids != 1 else ''}", match.span())
    divorce = _DIVORCE.search(clause.text)
    if divorce is not None:
        yield fact(clause, turn, Kind.FAMILY, "divorced", divorce.span())


def _livings(clause: Clause, turn: int) -> Iterator[Fact]:
    match = _living().search(clause.text)
    moved = _MOVED.search(clause.text)
    if match is not None:
        if match["how"]:
            yield fact(clause, turn, Kind.LIVING, "alone", match.span())
        elif match["with"]:
            value = re.sub(r"\b(?:together|my|our|a) ", "", match["with"].strip())
            yield fact(clause, turn, Kind.LIVING, value, match.span())
        if match["place"] and not (match["how"] and re.search(r"\bin an? ", match["place"])):
            yield fact(clause, turn, Kind.LIVING, match["place"], match.span())
    elif moved is not None:
        yield fact(clause, turn, Kind.LIVING, f"in {moved['to']}", moved.span())
