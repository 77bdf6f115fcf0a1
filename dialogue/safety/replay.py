"""The protocol as a function of the call so far: it is replayed over the exchanges that were really spoken.

So a draft that is thrown away leaves no trace, and nothing has to be remembered beside the turns. What was cut off
before its end counts as not said: the step is taken again, in other words.
"""

from __future__ import annotations

from dataclasses import replace

from warmline.dialogue.safety.answers import plainly
from warmline.dialogue.safety.asks import UNHEARD, asked
from warmline.dialogue.safety.deep_reader import known_when_answered
from warmline.dialogue.safety.helplines import Directory
from warmline.dialogue.safety.protocol import Protocol, ProtocolState, Response
from warmline.dialogue.safety.protocol_state import path_of
from warmline.dialogue.types import Risk, Turn


class ReplayedProtocol:
    """``country``: two-letter code of the caller's country, "" when unknown. ``directory``: the helplines to name."""

    def __init__(self, country: str = "", directory: Directory | None = None) -> None:
        self._protocol = Protocol(directory)
        self._country = country

    def in_country(self, country: str) -> ReplayedProtocol:
        """The same protocol for a caller in that country."""
        return ReplayedProtocol(country, self._protocol.directory)

    def respond(self, turns: tuple[Turn, ...], text: str, risk: Risk, language: str = "en") -> Response:
        """What the protocol says now; no sentence where the planner's own reply is right."""
        return self._protocol.next(self.state(turns), risk, text, language)[1]

    def state(self, turns: tuple[Turn, ...]) -> ProtocolState:
        """Where the protocol stands after these exchanges."""
        state = ProtocolState(country=self._country)
        for turn in turns:
            if turn.heard:
                risk = known_when_answered(turn.plan.risk)
                after, response = self._protocol.next(state, risk, turn.user.text, turn.plan.language)
                state = kept(state, after, response, turn.heard)
                if risk is not turn.plan.risk:
                    state = replace(state, path=path_of(state, turn.plan.risk))
        return state


def kept(before: ProtocolState, after: ProtocolState, response: Response, heard: str) -> ProtocolState:
    """The state once ``heard`` of a response reached the person: a step whose last sentence did not is not taken."""
    if not response.sentences:
        return after
    words = plainly(heard)
    last = plainly(response.sentences[-1])
    there = " ".join(last[: max(1, len(last) - UNHEARD)]) in " ".join(words)
    if there:
        return after
    said = {sentence for sentence in response.sentences if " ".join(plainly(sentence)) in " ".join(words)}
    return replace(
        after, done=before.done, asked=before.asked, said=before.said | said, pending=asked(heard), eased=False
    )
