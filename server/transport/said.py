"""One entry of the transcript of a call, as it is told again to who comes back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of the transcript: ``who`` is "person" or "warmline"; of ours ``text`` is what was heard of
    ``planned``."""

    turn: int
    who: str
    text: str
    planned: str = ""
