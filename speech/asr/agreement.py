"""LocalAgreement-2: a word is stable once two decodes in a row, of ever more audio, agree on everything up to it.

Pure. Stable words are append-only whatever the decodes say. It knows nothing about audio or time.
Source: Liu et al., "Low-latency sequence-to-sequence speech recognition" (2020); Macháček et al., "Turning Whisper
into real-time transcription system" (2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Words = tuple[str, ...]

HELD = 1
"""Words at the end of a decode that are not yet trusted."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """``stable``: words that will not change, as first agreed on. ``tail``: the rest of the last decode."""

    stable: Words = ()
    tail: Words = ()

    @property
    def words(self) -> Words:
        return self.stable + self.tail

    def heard(self, words: Sequence[str]) -> Agreement:
        """After one more decode of the whole. Words are compared without case and punctuation; where the decode
        contradicts stable words, those stay, and what it has after its best match for them becomes the tail. The last
        :data:`HELD` words never become stable: they end where the audio happened to end."""
        tail = tuple(words)[matched(self.stable, words) :]
        agreed = 0
        while agreed < min(len(tail) - HELD, len(self.tail)) and bare(tail[agreed]) == bare(self.tail[agreed]):
            agreed += 1
        return Agreement(self.stable + tail[:agreed], tail[agreed:])

    def split(self, words: Sequence[str]) -> tuple[Words, Agreement]:
        """Cut where ``words``, a last decode of only the first part of the audio, end: the words of that part, stable
        ones as they are, and what is already known of the rest."""
        if len(self.stable) <= len(words):
            return self.stable + tuple(words)[matched(self.stable, words) :], Agreement()
        at = matched(words, self.stable)
        return self.stable[:at], Agreement(self.stable[at:])


def bare(word: str) -> str:
    """A word as it is compared: lower case, letters and digits only; a word of punctuation alone stays itself."""
    kept = "".join(letter for letter in word.lower() if letter.isalnum())
    return kept or word


def matched(known: Sequence[str], words: Sequence[str]) -> int:
    """How many of ``words`` say what ``known`` says: the length of the prefix with the least edit distance to it, and
    of several the one nearest to the length of ``known``."""
    old, new = [bare(word) for word in known], [bare(word) for word in words]
    if new[: len(old)] == old:
        return len(old)
    costs = list(range(len(new) + 1))
    for i, one in enumerate(old, 1):
        before, costs = costs, [i]
        for j, other in enumerate(new, 1):
            costs.append(min(before[j] + 1, costs[-1] + 1, before[j - 1] + (one != other)))
    return min(range(len(costs)), key=lambda j: (costs[j], abs(j - len(old))))
