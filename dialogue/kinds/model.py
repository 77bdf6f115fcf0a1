"""Which of the eight strategies a reply of ours realises: a linear model over words, the mind's encoder and the caller.

`dialogue/classify` reads people as ESConv's annotators did, where self-disclosure is a life told and a suggestion may
be a question; our replies follow other rules (no life, "many people find ..."), so they have a model of their own. It
does not know whether a reply is true, kind or wise. Two sets of weights, fitted on different replies: the checker's
(``checker``) stand beside this file, the judge's in dialogue/evaluate.
"""

from __future__ import annotations

import functools
import itertools
import logging
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.classify.reader import MindReader, shipped
from warmline.dialogue.speakable import words_of
from warmline.dialogue.types import Strategy
from warmline.emotion.text.reader import shipped_folder, verified
from warmline.speech.runtime.errors import CorruptWeights, WeightsError

_log = logging.getLogger(__name__)

Floats = NDArray[np.float32]
Before = Sequence[tuple[bool, str]]
"""Lines before a reply, oldest first, as (by the caller, text)."""

BUCKETS = 1 << 12
FACTS = 18
"""Numbers on the reply and how it stands to the caller's words."""

_SMALL_WORDS = (
    "the a an and or but if so to of in on at for with from by is are was were be been am do does did have has had not "
    "no i you he she it we they me him her them my your his its our their this that these those what how when who why "
    "where just really very about can could would should will like get got go going there here all some any more one "
    "it's i'm you're that's don't i've you've"
)
_PLAIN = frozenset(_SMALL_WORDS.split())
_OTHERS = frozenset(("many", "most", "people", "others", "lots", "plenty", "common", "often", "everyone", "anyone"))
_SIGNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:feel(?:s|ing|ings|t)?|seem\w*|hurts?|sad\w*|afraid|scared|fear|angry|anger|lonel\w+|tired|worn|asham\w+|guilt\w*|"
        r"grie\w+|torn|worr\w+|ache|longing|overwhelm\w*|frustrat\w*|empt\w+|numb|dread|disappoint\w*|tense|tension|anxi\w+)\b",
        r"\b(?:courage|brave\w*|strength|strong|car(?:e|es|ing)|effort|honest\w*|patien\w+|determin\w+|proud|kind|kept|"
        r"given up|great|good|best|right thing|hope|better|say(?:s)? a lot)\b",
        r"\b(?:many|most|other|lots of|plenty of|some) (?:other )?(?:people|of us)|\ba lot of people|\bothers\b|"
        r"\b(?:anyone|normal|common|natural|understandable|okay|not alone)\b",
        r"\b(?:could|should|might want|try|maybe|perhaps|helpful|let yourself|step|consider|important to|best to)\b",
        r"\b(?:body|brain|mind|stress|sleep|in general|as a rule|usually|often|tends? to|known|time to|takes? time)\b",
        r"\b(?:in other words|in short|you're saying|so,|it sounds|telling me|what you|as i hear)\b",
    )
)
_YOU = frozenset(("you", "your", "you're", "you've", "you'd", "you'll", "yourself", "yours"))


def buckets(text: str) -> list[int]:
    """Hashed words, pairs of words, how it begins, whether it asks, and how long it is; ascending, without repeats."""
    words = words_of(text)
    names = [*words, *(f"{one}_{two}" for one, two in itertools.pairwise(words)), *(f"^{word}" for word in words[:2])]
    names += ["?" if "?" in text else ".", f"length {min(len(words) // 6, 6)}"]
    return sorted({zlib.crc32(name.encode("utf-8")) % BUCKETS for name in names})


def facts(text: str, before: Before) -> Floats:
    """float32[FACTS]: what tells a restatement from a feeling guessed, and a fact from a person spoken to."""
    words = words_of(text)
    theirs = {word for own, said in before if own for word in words_of(said)} - _PLAIN
    ours = set(words) - _PLAIN
    shared, count = len(ours & theirs), max(len(words), 1)
    row = [
        shared / max(len(ours), 1),
        min(shared, 4) / 4,
        len(theirs & ours) / max(len(theirs), 1),
        sum(word in _YOU for word in words) / count,
        float(bool(words) and words[0] in _YOU),
        float(bool(_YOU.isdisjoint(words))),
        min(sum(word in _OTHERS for word in words), 2) / 2,
        float("?" in text),
        float(text.rstrip().endswith("?")),
        min(len(words), 30) / 30,
        float(any(own and "?" in said for own, said in before)),
        min(len(theirs), 12) / 12,
        *(float(bool(sign.search(text))) for sign in _SIGNS),
    ]
    return np.asarray(row, np.float32)


def dense(reader: MindReader, text: str, before: Before) -> Floats:
    """float32[2 D + 12 + FACTS]: the encoder's states, its scores of strategies and codes, and the facts."""
    row = reader.row(text, before)
    heads = [reader.heads.of[name].scores(row) for name in ("act", "mi")]
    return np.concatenate([row, *heads, facts(text, before)])


@dataclass(frozen=True, slots=True)
class Kinds:
    """``words``: float32[8, BUCKETS] in the order of Strategy; ``states``: float32[8, 2 D + 12 + FACTS]; ``bias``:
    float32[8]. ``accuracy``: share of ``tested`` labelled replies in unseen situations that it reads as a person did;
    ``steered``: of those whose first words were given. About 3 ms a reply on one thread."""

    words: Floats
    states: Floats
    bias: Floats
    reader: MindReader
    accuracy: float = 0.0
    tested: int = 0
    steered: float = 0.0

    def read(self, text: str, before: Before = ()) -> Mapping[Strategy, float]:
        """Probability by strategy; ``before``: the caller's line that is answered. Never raises on odd text."""
        scores = self.words[:, buckets(text)].sum(axis=1, dtype=np.float64)
        scores = scores + self.states @ dense(self.reader, text, before) + self.bias
        shares = np.exp(scores - scores.max())
        return MappingProxyType(dict(zip(Strategy, (shares / shares.sum()).tolist(), strict=True)))

    def best(self, text: str, before: Before = ()) -> Strategy:
        found = self.read(text, before)
        return max(found, key=lambda strategy: found[strategy])


def load(folder: Path, name: str) -> Kinds:
    """Weights that ``warmline train kinds`` wrote. Raises MissingWeights or CorruptWeights."""
    data = verified(folder, name).read_bytes()
    try:
        with np.load(BytesIO(data), allow_pickle=False) as stored:
            words, states, bias = (stored[key].astype(np.float32) for key in ("words", "states", "bias"))
            measured = stored["measured"]
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise CorruptWeights(f"{name} is damaged: install warmline again") from error
    reader = shipped()
    wide = 2 * reader.heads.places.shape[1] + 12 + FACTS
    if words.shape != (len(Strategy), BUCKETS) or states.shape != (len(Strategy), wide):
        raise CorruptWeights(f"{name} was made for another version: train it anew with warmline train kinds")
    return Kinds(words, states, bias, reader, float(measured[0]), int(measured[1]), float(measured[2]))


@functools.cache
def checker() -> Kinds:
    """The shipped checker of drafts. Raises MissingWeights or CorruptWeights."""
    return load(shipped_folder("warmline.dialogue.kinds.weights"), "checker.npz")


def shipped_check() -> Callable[[str, Before], Mapping[Strategy, float]] | None:
    """What the checker reads in a text; None, and a line in the log, without its weights. Blocking."""
    try:
        return checker().read
    except WeightsError as error:
        _log.warning("drafts are not checked against their plans: %s", error)
        return None
