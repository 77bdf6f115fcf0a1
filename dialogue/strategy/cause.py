"""The person's own words that seem to carry the reason for how they feel: a span, found by rules.

A first version: causal words ("because", "since my", "after"), else the clause that names an event or a person.
It returns the words as they were said, or "" when no clause stands out. It does not know irony, nor other languages.
"""

from __future__ import annotations

import re

LONGEST = 22
"""Words kept of a span."""

_SPLIT = re.compile(
    r"(?<=[.!?;:])\s+|,\s+|\s+(?=(?:but|so|and (?:i|my|now|he|she|they|we)|because|cause|cuz)\b)", re.IGNORECASE
)
_BECAUSE = re.compile(
    r"\b(?:because(?: of)?|cuz|'?cause|due to|on account of|thanks to|ever since|since (?=my|i|he|she|they|we"
    r"|the)|after"
    r"|it'?s about|over (?=my|the|losing|this)|when (?=my|he|she|they|i (?:lost|found|got|heard|saw"
    r"|failed)))\s*(?P<why>[^.!?;]+)",
    re.IGNORECASE,
)
_EVENT = re.compile(
    r"\b(?:lost|lose|losing|died|dies|dying|passed away|left|leaving|broke up|break(?:ing)? up|divorc\w*|cheated"
    r"|cheating|fired"
    r"|laid off|failed|failing|fail|rejected|dumped|moved|moving|diagnosed|hospital|surgery|accident|evicted"
    r"|argu\w+|fought"
    r"|fight(?:ing)?|yell\w*|scream\w*|betray\w*|bull(?:y|ied|ying)|ignor\w+|quit|hit|stole|lied|lying|abus\w+"
    r"|miscarr\w+"
    r"|sick|ill|cancer|debt|bills|rent|exams?|deadline\w*|pandemic|covid|redundan\w+|custody|court|cut my hours"
    r"|unemployed"
    r"|retire\w*|pregnan\w*|relaps\w*|hurt me|forgot|cancel\w+|lonely|alone)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\bmy (?:\w+ )?(?:mother|mom|mum|father|dad|parents?|brother|sister|son|daughter|kids?|children|child|wife"
    r"|husband|partner"
    r"|boyfriend|girlfriend|fianc\w+|ex|friends?|best friend|boss|manager|coworkers?|colleagues?|teacher"
    r"|professor|family"
    r"|grand\w+|aunt|uncle|cousin|dog|cat|roommate|neighbou?rs?|team|job|work|school|marriage|relationship"
    r"|company|landlord)\b",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"^(?:i|it|that|this|i'?m|you|he|she|they|we|everything|of|it all)$", re.IGNORECASE)


def cause_of(text: str) -> str:
    """The span of ``text`` that seems to say why, or "". The span is a substring of ``text``."""
    explicit = _BECAUSE.search(text)
    if explicit is not None:
        span = _trim(explicit["why"])
        if len(span.split()) >= 2:
            return span
    best, best_score = "", 0
    for clause in _SPLIT.split(text):
        words = clause.split()
        if len(words) < 3:
            continue
        score = 2 * bool(_EVENT.search(clause)) + bool(_PERSON.search(clause))
        if score > best_score:
            best, best_score = clause, score
    return _trim(best) if best_score >= 2 else ""


def _trim(span: str) -> str:
    span = re.split(r",\s+(?=(?:and|but|so|i|which|then)\b)|\s+(?=(?:but|so (?:i|now))\b)", span.strip(), maxsplit=1)[0]
    words = span.strip(" ,.;:!?-").split(" ")
    kept = " ".join(words[:LONGEST]).strip(" ,.;:!?-")
    return "" if _EMPTY.match(kept) else kept
