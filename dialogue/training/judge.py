"""How good a written reply is, by rules and a classifier: does it do what was planned, briefly, of what was said?

A judge for preferring one reply of the model's over another. It knows which words the caller never said, but not what
is true of them, nor warmth from its imitation: its word is for training, never a figure of quality.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from warmline.dialogue.checks import Context, fault
from warmline.dialogue.prompt.render import examples
from warmline.dialogue.speakable import words_of
from warmline.dialogue.training.grounded import FEELING, SMALL, bold, hard, loose, stem
from warmline.dialogue.training.talk import KINDS
from warmline.dialogue.types import Strategy

FORMS = {
    "ask": r"\?$",
    "reflect": rf"\b(?:{FEELING})\b",
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
_NEW = {"normalise": 3, "inform": 4, "suggest": 4, "chat": 2, "greet": 2, "goodbye": 2}
"""Words that nobody said and that cost nothing, by kind; one for the others."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``loose``: words and claims of the reply that nobody has said."""

    score: float
    fault: str
    loose: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judge:
    """``read``: probability by strategy of a text and the lines before it (``dialogue.evaluate.kinds``)."""

    read: Callable[[str, Sequence[tuple[bool, str]]], Mapping[Strategy, float]]

    def verdict(self, reply: str, kind: str, words: str, earlier: Sequence[str], finished: bool, talk: str) -> Verdict:
        """The better the higher; with a fault at most 0. ``talk``: what was said before ``words``."""
        found = fault(reply, "", Context(KINDS[kind], words, tuple(earlier), examples=examples()))
        count = len(words_of(reply))
        if found is not None or not finished or not 4 <= count <= 40 or reply.count("?") > 1 or reply[-1:] not in ".!?":
            return Verdict(-1.0, found.name if found else "FORM")
        if ("?" in reply) is not (kind == "ask") and kind not in ("chat", "greet", "goodbye"):
            return Verdict(-0.8, "QUESTION" if "?" in reply else "UNASKED")
        fits = bool(re.search(FORMS.get(kind, ""), reply, re.IGNORECASE))
        fits = fits and not (kind in _NOT and re.search(_NOT[kind], reply, re.IGNORECASE))
        said = f"{talk} {words}"
        new, large = loose(reply, said), bold(reply, said)
        price = 0.12 * max(0, len(new) - _NEW.get(kind, 1)) + 0.35 * (len(large) + len(hard(new)))
        chance = self.read(reply, [(True, words)])[KINDS[kind]]
        score = chance + 0.5 * fits + 0.25 * _to_the_point(reply, said) - price - 0.02 * max(0, count - 22)
        return Verdict(score, "", (*new, *large))


def _to_the_point(reply: str, said: str) -> float:
    """Up to 1: whether the reply takes up words of the last things said."""
    near = {stem(word) for word in words_of(said)[-60:] if word not in SMALL}
    return min(len({stem(word) for word in words_of(reply)} & near), 2) / 2
