"""Word error rate: the least number of words to change, drop and add, over the words of the reference. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Errors:
    """``changed`` + ``dropped`` + ``added`` edits turn the reference of ``words`` words into the transcript."""

    changed: int = 0
    dropped: int = 0
    added: int = 0
    words: int = 0

    @property
    def edits(self) -> int:
        return self.changed + self.dropped + self.added

    @property
    def rate(self) -> float:
        """Fraction of the reference's words; nan for no reference words."""
        return self.edits / self.words if self.words else float("nan")


def errors(reference: Sequence[str], transcript: Sequence[str]) -> Errors:
    """Levenshtein's distance over words, split by kind; of equally short edits one with most words kept in place."""
    row = [Errors(added=j) for j in range(len(transcript) + 1)]
    for i, said in enumerate(reference, 1):
        above, row = row, [Errors(dropped=i)]
        for j, heard in enumerate(transcript, 1):
            diagonal, up, left = above[j - 1], above[j], row[-1]
            if said == heard:
                row.append(diagonal)
                continue
            ways = (
                Errors(diagonal.changed + 1, diagonal.dropped, diagonal.added),
                Errors(up.changed, up.dropped + 1, up.added),
                Errors(left.changed, left.dropped, left.added + 1),
            )
            row.append(min(ways, key=lambda way: way.edits))
    last = row[-1]
    return Errors(last.changed, last.dropped, last.added, len(reference))


def total(each: Iterable[Errors]) -> Errors:
    """All edits over all reference words: long utterances count for more, as usual."""
    parts = tuple(each)
    return Errors(
        sum(part.changed for part in parts),
        sum(part.dropped for part in parts),
        sum(part.added for part in parts),
        sum(part.words for part in parts),
    )
