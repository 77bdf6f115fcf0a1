"""Which words of a reply nobody has said: what a reply asserts of a caller's life must come from the caller.

By words alone: a word counts as said where its stem stands in the talk; words that our own writing uses again and again
without their having been said ("seem", "worn", "courage") are free. It cannot tell that "he left you" was "I left him".
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable

from warmline.dialogue.speakable import words_of
from warmline.dialogue.training.talk import Talk, own_examples, own_talks

OFTEN = 2
"""So many of our talks use a word that was not said in them: then it is free."""

_SMALL_WORDS = (
    "the a an and or but if so to of in on at for with from by is are was were be been am do does did have has had "
    "not no i you he she it we they me him her them my your his its our their this that these those what how when "
    "who why where which there here all some any more most one just really very about can could would should will "
    "like as than then into out up down over off again still even also only too now well yes let us ours yours "
    "because while until each both few own same other such through after before being between during under once "
    "itself yourself themselves whether might may must shall cannot don't doesn't isn't aren't wasn't can't won't "
    "it's that's you're you've you'd you'll they're there's what's who's he's she's i'm i'll i'd i've we're"
)
SMALL = frozenset((*_SMALL_WORDS.split(), "feel", "feeling", "seem", "seems"))
"""Words that say nothing by themselves."""

FEELING = (
    r"feel|feeling|felt|seem|sound|hurt|sad|sadness|afraid|scared|fear|angry|anger|lonely|loneliness|alone|tired|worn|"
    r"ashamed|shame|guilt|guilty|grief|grieving|proud|relie\w+|torn|worried|worry|exhaust\w*|anxious|anxiety|stuck|lost|"
    r"shaken|bitter|drained|discouraged|trapped|stressed|uncertain|sorrow|joy|weigh\w*|ache|longing|miss|overwhelm\w*|"
    r"crush\w*|humiliat\w*|betray\w*|frustrat\w*|furious|resent\w*|empty|emptiness|numb|heavy|hope|dread|disappoint\w*"
)
"""Names of feelings: guessing one is no claim about a life."""

_FELT = re.compile(FEELING, re.IGNORECASE)
_NEVER_FREE = re.compile(
    r"\b(?:mother|father|mum|mom|dad|parents?|wife|husband|partner|girlfriend|boyfriend|son|daughter|child|children|kids?"
    r"|baby|brother|sister|grand\w+|aunt|uncle|boss|manager|colleagues?|teacher|neighbours?|dog|cat|school|job|office"
    r"|marriage|divorce|funeral|doctor|\d+|two|three|four|five|six|seven|eight|nine|ten|dozens?|hundreds?|monday|tuesday"
    r"|wednesday|thursday|friday|saturday|sunday|years?|months?|weeks?|yesterday|childhood|won|died|death|dead)\b",
    re.IGNORECASE,
)
_BOLD = re.compile(
    r"\b(?:always|never|everyone|everybody|nobody|no one|the only one|what keeps you|keeping you alive|saved|for sure"
    r"|that's love|unconditional\w*|deepest|soul|incredibl\w+|amazing\w*|truly|inspir\w+|hero\w*|perfect\w*)\b",
    re.IGNORECASE,
)


def loose(reply: str, said: str) -> tuple[str, ...]:
    """Words of ``reply`` that neither stand in ``said`` (the talk's words so far) nor are free, in order."""
    known = {stem(word) for word in words_of(said)}
    return tuple(
        word
        for word in words_of(reply)
        if word not in SMALL
        and stem(word) not in known
        and not _FELT.fullmatch(word)
        and (stem(word) not in free() or _NEVER_FREE.fullmatch(word))
    )


def hard(words: Iterable[str]) -> tuple[str, ...]:
    """Of loose words, the hardest facts: people, numbers, days and deaths."""
    return tuple(word for word in words if _NEVER_FREE.fullmatch(word))


def bold(reply: str, said: str) -> tuple[str, ...]:
    """Large claims of ``reply`` that ``said`` does not hold in the same words."""
    return tuple(found for found in _BOLD.findall(reply.lower()) if found not in said.lower())


@functools.lru_cache(maxsize=1 << 15)
def stem(word: str) -> str:
    """A word without its commonest endings, never less than three letters."""
    word = re.sub(r"'(?:s|re|ve|d|ll|m)$", "", word.lower())
    for ending in ("ingly", "edly", "ness", "ing", "ies", "ed", "es", "ly", "er", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


@functools.cache
def free() -> frozenset[str]:
    """Stems that our own replies use without their having been said, in at least :data:`OFTEN` talks."""
    counts = Counter(word for talk in (*own_examples(), *own_talks()) for word in _new(talk))
    return frozenset(word for word, count in counts.items() if count >= OFTEN)


def _new(talk: Talk) -> set[str]:
    said: set[str] = set()
    found: set[str] = set()
    for one in talk:
        said |= {stem(word) for word in words_of(one.words)}
        ours = {stem(word) for word in words_of(one.reply)}
        found |= ours - said
        said |= ours
    return found
