"""How good a written reply is, by rules and the strategy classifier: does it do what was planned, briefly?

A judge for preferring one reply of the model's over another. It cannot tell truth from error, nor warmth from its
imitation: its word is for training, never a figure of quality.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from warmline.dialogue.checks import Context, fault
from warmline.dialogue.speakable import words_of
from warmline.dialogue.training.talk import KINDS
from warmline.dialogue.types import Strategy

_FEELING = (
    r"feel|feeling|felt|seem|sound|hurt|sad|sadness|afraid|scared|fear|angry|anger|lonely|loneliness|alone|tired|worn|"
    r"ashamed|shame|guilt|guilty|grief|grieving|proud|relie\w+|torn|worried|worry|weigh\w*|ache|longing|miss|overwhelm\w*|"
    r"crush\w*|humiliat\w*|betray\w*|frustrat\w*|furious|resent\w*|empty|emptiness|numb|heavy|hope|dread|disappoint\w*"
)
FORMS = {
    "ask": r"\?$",
    "reflect": rf"\b(?:{_FEELING})\b",
    "restate": r"\b(?:you|your|you're|you've|you'd)\b",
    "affirm": r"\b(?:courage|brave|bravery|strength|strong|care|caring|love|loving|effort|honest|honesty|kind|kindness|"
    r"loyal\w*|"
    r"patien\w+|determin\w+|gentle|heart|shows|grit|keep|kept|still|took|takes|trust|matters|generous|faithful|tender\w*)\b",
    "normalise": r"\b(?:many|most|lots|people|others|plenty|common|often|parents|students|families)\b",
    "suggest": r"\b(?:could|maybe|perhaps|might|if you like|one (?:small|idea|step)|how about)\b",
    "inform": r"\b(?:is|are|can|often|usually|tends?|mostly|most|many|for|in)\b",
}
_NOT = {
    "restate": r"\b(?:many|most) people\b|\byou could\b",
    "reflect": r"\b(?:many|most|lots of) people\b|\byou could\b",
    "affirm": r"\b(?:many|most|lots of) people\b|\byou could\b",
    "inform": r"\byou could\b|^you\b",
}
_SMALL_WORDS = (
    "the a an and or but if so to of in on at for with from by is are was were be been am do does did have has had not "
    "no i you he she it we they me him her them my your his its our their this that these those what how when who why "
    "where just really very about can could would should will like get got go going there here all some any more one "
    "know think feel feeling"
)
_SMALL = frozenset(_SMALL_WORDS.split())


@dataclass(frozen=True, slots=True)
class Verdict:
    score: float
    fault: str


@dataclass(frozen=True, slots=True)
class Judge:
    """``read``: probability by strategy of a text and the lines before it (``dialogue.evaluate.kinds``)."""

    read: Callable[[str, Sequence[tuple[bool, str]]], Mapping[Strategy, float]]

    def verdict(self, reply: str, kind: str, words: str, earlier: Sequence[str], finished: bool) -> Verdict:
        """The better the higher; with a fault at most 0."""
        found = fault(reply, "", Context(KINDS[kind], words, tuple(earlier)))
        count = len(words_of(reply))
        if found is not None or not finished or not 4 <= count <= 40 or reply.count("?") > 1 or reply[-1:] not in ".!?":
            return Verdict(-1.0, found.name if found else "FORM")
        if ("?" in reply) is not (kind == "ask") and kind not in ("chat", "greet", "goodbye"):
            return Verdict(-0.8, "QUESTION" if "?" in reply else "UNASKED")
        fits = bool(re.search(FORMS.get(kind, ""), reply, re.IGNORECASE))
        fits = fits and not (kind in _NOT and re.search(_NOT[kind], reply, re.IGNORECASE))
        ours, theirs = (set(words_of(part)) - _SMALL for part in (reply, words))
        point = min(len(ours & theirs), 2) / 2
        score = self.read(reply, [(True, words)])[KINDS[kind]] + 0.6 * fits + 0.3 * point - 0.02 * max(0, count - 24)
        return Verdict(score, "")
