"""The protocol as a function of the call so far: it is replayed over the exchanges that were really spoken.

So a draft that is thrown away leaves no trace, and nothing has to be remembered beside the turns.
"""

from __future__ import annotations

from warmline.dialogue.safety.protocol import Protocol, ProtocolState
from warmline.dialogue.types import Risk, Turn


class ReplayedProtocol:
    """``country``: two-letter code of the caller's country, "" when unknown."""

    def __init__(self, country: str = "") -> None:
        self._protocol = Protocol()
        self._country = country

    def sentences(self, turns: tuple[Turn, ...], text: str, risk: Risk) -> tuple[str, ...]:
        """What the protocol says now; () where there is nothing to say beyond the planner's own reply."""
        state = ProtocolState(country=self._country)
        for turn in turns:
            if turn.heard:
                state, _ = self._protocol.next(state, turn.plan.risk, turn.user.text)
        return self._protocol.next(state, risk, text)[1]
