"""What happened or will happen, with its time: "the exam is on Friday", "I lost my job two weeks ago". Rules; English.

An event needs an expression of time (or "just"); habits ("every Sunday") are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from warmline.dialogue.seeker.facts import Fact, Kind
from warmline.dialogue.seeker.tables import Clause
from warmline.dialogue.seeker.when import When, when_in

LONGEST = 8
RECENT = "recent"

_HABIT = re.compile(
    r"\b(?:every|always|usually|used to|hate|never|each|often|sometimes|since|until|till|for (?:weeks|months|years))\b",
    re.IGNORECASE,
)
_AGE = re.compile(r"\b(?:turned|turn|turning|i'll be) [\w-]+\s*$", re.IGNORECASE)
_JUST = re.compile(
    r"\b(?:(?:i|he|she|they|we|(?:my|our) [\w ]{2,20}?)(?:'ve|'s)?) just "
    r"(?P<what>(?:moved|lost|got|found out|broke up|left|quit|"
    r"failed|heard|came back|had|finished|started|split up|buried|died|passed away)\b.*)",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"^(?:(?:and|but|so|well|then|because|because of|it's|it is|about|sorry|actually|wait|now|yes|no)[ ,]+)+",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^(?:(?:i|we)(?:'ve| have|'m| am|'re| are| was| were|'ll| will|'d)? "
    r"(?:just |already |finally |really |still |have to |had to |"
    r"need to |got to |going to |gonna |have |got (?=an? )|supposed to )*"
    r"(?:an? |the |my |our )?|there(?:'s| is| was) (?:an? )?|"
    r"(?:my|the|our|an?|this|that) )",
    re.IGNORECASE,
)
_COPULA = re.compile(
    r"(?:(?:'s| is| was| are| were| will be| takes place| happens| comes up)(?: on| in| at)?)\s*$", re.IGNORECASE
)
_IDLE = re.compile(
    r"\b(?:thanks?|thank you|hi|hello|how are|how is|okay|ok|you|your|try|feel(?:s|ing)?|felt|cold|hot|nice|weather|it|"
    r"talk to me|good|bad|better|worse|hard time|tired|sad|set me back|appreciate)\b|^(?:this|that) happened$|^when\b",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"^(?:|it|that|this|he|she|they|you|i|is|was|be|on|in|at|feel\b.*|worse|bad|fine)$", re.IGNORECASE)
_PHRASE = re.compile(r"\b(?:the|my|our|an?|this) (?P<what>[\w' -]+?) (?=on$|in$|$)")


def events(clause: Clause, turn: int) -> Iterator[Fact]:
    """The event of a clause, if it names one with its time."""
    if clause.asks or clause.unreal or _HABIT.search(clause.text):
        return
    when = when_in(clause.text)
    if when is not None:
        what = _what(clause.text, when)
        if what:
            start, end = _around(clause.text, what, when)
            yield Fact(Kind.EVENT, what.lower(), clause.text[start:end], turn, clause.start + start, when=when.form)
        return
    just = _JUST.search(clause.text)
    if just is not None:
        what = _short(just["what"])
        yield Fact(Kind.EVENT, _named(clause.text, just, what), just[0], turn, clause.start + just.start(), when=RECENT)


def _what(text: str, when: When) -> str:
    """What happens, without its subject where that is the person, and without the time."""
    before, after = text[: when.start].rstrip(" ,"), text[when.end :].strip(" ,")
    core = before if len(before.split()) >= 1 and _LEADS.sub("", before + " ").strip() else after
    core = _LEADS.sub("", core + " ").strip(" ,")
    if _AGE.search(core) or _IDLE.search(core) or when.form == "this day":
        return ""
    core = _COPULA.sub("", core)
    core = _SUBJECT.sub("", core, count=1).strip(" ,")
    what = _short(core)
    return "" if _EMPTY.match(what) else what


def _short(text: str) -> str:
    return " ".join(text.strip(" ,.").split(" ")[:LONGEST])


def _around(text: str, what: str, when: When) -> tuple[int, int]:
    """The span that holds both the event and its time."""
    start = text.index(what) if what in text else when.start
    return min(start, when.start), max(start + len(what), when.end)


def _named(text: str, just: re.Match[str], what: str) -> str:
    """Who did it, where it was not the person: "he just moved away" with a name in the clause is that name's."""
    who = just[0].split(" just ")[0].lower()
    return what.lower() if who in {"i", "we", "i've", "we've"} else f"{who} {what}".removeprefix("my ").lower()
