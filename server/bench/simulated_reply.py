"""A reply in a simulation: pieces that a model writes one after the other, and a voice that says them.

Pure; seconds of a simulated machine's clock. It knows neither when it may be written nor when it is thrown away.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from typing import Final

from warmline.server.bench.costs import Costs

MOST_FIRST: Final = 0.9
"""Of the time to write a reply of several pieces, the first takes so much at most."""


@dataclass(frozen=True, slots=True)
class Piece:
    """``work_s``: to write it, alone; ``voice_s``: to say it."""

    work_s: float
    voice_s: float


class SimulatedReply:
    """The reply to a pause that began at ``ended_s`` and is over at ``due_s``, before which it does not sound;
    ``answers``: it is over then, and the caller does not go on. ``opening_s``: of a clause of ours, 0 for none;
    ``pieces``: still to be written. ``over``: thrown away."""

    def __init__(
        self, ended_s: float, due_s: float, answers: bool, opening_s: float = 0.0, pieces: tuple[Piece, ...] = ()
    ) -> None:
        self.ended_s, self.due_s, self.answers = ended_s, due_s, answers
        self.opening_s = opening_s
        self.pieces = deque(pieces)
        self.over = False
        self._lasts_s: float | None = None  # the moment until which the voice made so far lasts

    @property
    def voiced(self) -> bool:
        """Is there any voice yet?"""
        return self._lasts_s is not None

    def slack_s(self, now_s: float) -> float:
        """In how many seconds the caller will wait for more than is there; less than 0 where they do already."""
        return (self.due_s if self._lasts_s is None else self._lasts_s) - now_s

    def say(self, voice_s: float, now_s: float) -> float:
        """So much more of the voice is there. For how long it had run dry until now, in seconds."""
        lasts_s = max(self.due_s, now_s) if self._lasts_s is None else self._lasts_s
        dry_s = max(0.0, now_s - lasts_s)
        self._lasts_s = lasts_s + dry_s + voice_s
        return dry_s


def drawn(costs: Costs, draw: random.Random, ended_s: float, due_s: float, answers: bool) -> SimulatedReply:
    """A reply as long as replies were measured to be, about: what is longer to write is longer to say."""
    opens = draw.random() < costs.opened
    count = max(1, whole_number(costs.pieces, draw))
    longer = spread(draw)
    written_s = longer * costs.written_ms / 1000.0
    voice_s = longer * max(0.0, costs.spoken_s - costs.opened * costs.opening_s) / count
    first_s = min(longer * costs.first_ms / 1000.0, MOST_FIRST * written_s) if count > 1 else written_s
    rest = Piece((written_s - first_s) / max(1, count - 1), voice_s)
    pieces = (Piece(first_s, voice_s), *(rest for _ in range(count - 1)))
    return SimulatedReply(ended_s, due_s, answers, costs.opening_s if opens else 0.0, pieces)


def spread(draw: random.Random) -> float:
    """A factor around 1: half of it is fixed, the rest exponential, as the lengths of decodes and replies are."""
    return 0.5 + draw.expovariate(2.0)


def whole_number(mean: float, draw: random.Random) -> int:
    """A whole number whose mean is ``mean``."""
    whole = int(mean)
    return whole + (draw.random() < mean - whole)
