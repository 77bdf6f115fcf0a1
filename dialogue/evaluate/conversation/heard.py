"""What a reply is to a seeker who hears it: its kind, its questions, whether it meets what they said. No feelings here.

Read from the words alone, by our judge of replies (dialogue/evaluate/kinds), our codes of motivational interviewing and
patterns: the seeker does not know what was planned. The judge errs on about one reply in six; patterns miss what they
have no pattern for. English.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warmline.dialogue.classify.codes import codes
from warmline.dialogue.evaluate.kinds import kinds
from warmline.dialogue.memory.items import Vector
from warmline.dialogue.speakable import words_of
from warmline.dialogue.strategy.cues import offered
from warmline.dialogue.types import Strategy

LONG = 45
"""Words that one can take in at once."""

Meaning = Callable[[str], Vector]
"""A text as a vector of length 1."""
Kinds = Callable[[str, Sequence[tuple[bool, str]]], Mapping[Strategy, float]]
Codes = Callable[[str, Sequence[tuple[bool, str]]], Mapping[str, float]]

_ADVICE = re.compile(
    r"\byou (?:should|could|need to|must|ought to|have to|might (?:want|try|consider))\b|\bwhy (?:don't|not)\b"
    r"|\bhave you (?:tried|considered|thought (?:of|about))\b|\bhow about\b|\bwhat if you\b|\b(?:try|consider) \w+ing\b"
    r"|\btry to\b|\bit(?:'s| is) (?:important|best|essential|a good idea) (?:to|that)\b|\bmake sure\b"
    r"|\b(?:it|that|this) (?:might|could|can|may) help\b|\bI(?:'d| would)? (?:suggest|recommend|advise|encourage)\b",
    re.IGNORECASE,
)
_VALIDATES = re.compile(
    r"\b(?:makes sense|understandable|no wonder|anyone would|many people|natural to|of course you|you're not alone"
    r"|takes (?:courage|strength)|it (?:is|'s) (?:okay|ok|all right|normal)|that (?:is|'s) (?:a lot|hard|painful|heavy)"
    r"|you have every right|you matter|good of you|brave|strength|you've (?:kept|held|done)"
    r"|sounds (?:really |so |very )?(?:hard|painful|heavy|exhausting|lonely|frightening)"
    r"|sounds (?:really |so |very )?(?:frustrating|difficult|tough|overwhelming))\b",
    re.IGNORECASE,
)
_HARMS = re.compile(
    r"\b(?:at least you|look on the bright side|could be worse|others have it worse|calm down|get over it"
    r"|everything happens for a reason|just (?:relax|be positive|think positive|stop|forget)|stay positive|cheer up"
    r"|you're (?:overreacting|too sensitive|being dramatic)|it's your (?:own )?fault|don't (?:cry|be sad|worry)"
    r"|no big deal|you chose)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(r"\b(?:what|how|tell me|could you say|in what way|which|who|where)\b[^.?!]*\?", re.IGNORECASE)
_CLAIMS = re.compile(
    r"\b(?:I know exactly how you feel|when I (?:was|lost|had)|I(?:'ve| have) been there|my (?:own )?(?:wife|husband|"
    r"mother|father|childhood))\b",
    re.IGNORECASE,
)
_SMALL_WORDS = (
    "a an and or but so if the to of in on at for with from by is are was were be been am do does did have has had "
    "not no i you he she it we they me him her them my your his its our their this that these those what how when "
    "who why about can could would should will just like really very get got go going there here all some any more "
    "one it's i'm you're that's don't i've you've because due now than as into out up feel feels feeling sounds "
    "seem seems much "
)
_SMALL = frozenset(_SMALL_WORDS.split())


@dataclass(frozen=True, slots=True)
class Reading:
    """``kind``: the likeliest strategy, ``sure`` its probability. ``code``: question, reflection, input or other.
    ``questions``: how many; ``open``: one of them is open. ``advice``: tells what to do. ``offers``: asks whether ideas
    are wanted. ``meets``: how well it takes up what was said, in [0, 1]; ``parrots``: by repeating it. ``validates``,
    ``hurts``, ``claims`` (a life of its own), ``repeats`` (what it said before). ``words``: how many, 0 for nothing."""

    kind: Strategy
    sure: float
    code: str
    questions: int
    open: bool
    advice: bool
    offers: bool
    meets: float
    parrots: bool
    validates: bool
    hurts: bool
    claims: bool
    repeats: bool
    words: int


@dataclass(frozen=True, slots=True)
class Ear:
    """Reads replies. ``meaning`` None: what is met is told by shared words alone."""

    kinds: Kinds
    codes: Codes
    meaning: Meaning | None = None

    def read(self, reply: str, said: str, told: Sequence[str] = (), earlier: Sequence[str] = ()) -> Reading:
        """``reply`` to ``said``; ``told``: what the seeker told before that; ``earlier``: replies before this one.
        Never raises on odd text. Blocking, about 20 ms."""
        plain = reply.replace("’", "'").strip()
        count = len(words_of(plain))
        before = [(True, said)]
        shares = self.kinds(plain, before) if count else {Strategy.OTHER: 1.0}
        found = max(shares, key=lambda one: shares[one])
        by_code = self.codes(plain, before) if count else {"other": 1.0}
        meets = max([self._meets(plain, said), *(0.8 * self._meets(plain, old) for old in told[-3:])], default=0.0)
        return Reading(
            kind=found,
            sure=float(shares[found]),
            code=max(by_code, key=lambda one: by_code[one]),
            questions=plain.count("?"),
            open=bool(_OPEN.search(plain)),
            advice=(bool(_ADVICE.search(plain)) or found is Strategy.SUGGESTION) and not offered(plain),
            offers=offered(plain),
            meets=meets if count else 0.0,
            parrots=_parrots(plain, said),
            validates=bool(_VALIDATES.search(plain)) or found is Strategy.AFFIRMATION,
            hurts=bool(_HARMS.search(plain)),
            claims=bool(_CLAIMS.search(plain)),
            repeats=any(_same(plain, old) for old in earlier),
            words=count,
        )

    def _meets(self, reply: str, said: str) -> float:
        shared = _shared(reply, said)
        if self.meaning is None or not said.strip():
            return shared
        near = float(np.dot(self.meaning(reply), self.meaning(said)))
        return max(shared, min(1.0, max(0.0, (near - 0.15) / 0.45)))


@functools.cache
def plain_ear() -> Ear:
    """The shipped readers, without vectors. Raises MissingWeights or CorruptWeights."""
    return Ear(kinds().read, codes().read)


def content(text: str) -> frozenset[str]:
    """The words of a text that carry it, cut to their stems roughly."""
    return frozenset(_stem(word) for word in words_of(text) if word not in _SMALL and len(word) > 2)


def _stem(word: str) -> str:
    for ending in ("ing", "edly", "ed", "ies", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _shared(reply: str, said: str) -> float:
    theirs = content(said)
    if not theirs:
        return 0.0
    return min(1.0, len(content(reply) & theirs) / min(3, len(theirs)))


def _parrots(reply: str, said: str) -> bool:
    """Seven words of theirs in a row, I and you swapped."""
    swap = {"i": "you", "my": "your", "me": "you", "i'm": "you're", "am": "are", "myself": "yourself", "was": "were"}
    ours, theirs = ([swap.get(word, word) for word in words_of(text)] for text in (reply, said))
    runs = {tuple(theirs[at : at + 7]) for at in range(len(theirs) - 6)}
    return any(tuple(ours[at : at + 7]) in runs for at in range(len(ours) - 6))


def _same(reply: str, old: str) -> bool:
    """Five words or more, and nine tenths of them said before in one reply."""
    ours, theirs = words_of(reply), words_of(old)
    if len(ours) < 5 or len(theirs) < 5:
        return False
    return len(set(ours) & set(theirs)) >= 0.9 * len(set(ours))
