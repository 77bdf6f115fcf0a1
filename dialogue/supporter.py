"""One turn, from what was heard to what is said: screen, plan, then the safety protocol's words or the model's.

Keeps nothing between calls: all it knows of a conversation is in ``turns``, so a draft that is thrown away leaves no
trace. It does not know when to speak, how the words sound, or whether they were heard.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Protocol

from warmline.dialogue.draft import Ask
from warmline.dialogue.llm.base import LanguageModel
from warmline.dialogue.prompt import wording
from warmline.dialogue.prompt.render import opening
from warmline.dialogue.realise import Check, Realiser
from warmline.dialogue.safety import lines, minors
from warmline.dialogue.safety.guard import Guard
from warmline.dialogue.safety.protocol import Response, segments
from warmline.dialogue.safety.replay import ReplayedProtocol
from warmline.dialogue.speakable import words_of
from warmline.dialogue.strategy.planner import Planner, PlanningState
from warmline.dialogue.types import Plan, ReplySegment, Risk, RiskLevel, Turn, TurnId
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import Utterance


class RiskScreen(Protocol):
    """Finds signs of risk in words, in what came before, and in the voice."""

    def assess(self, text: str, history: tuple[Turn, ...] = (), tags: ParalinguisticTags | None = None) -> Risk: ...


class SafetyProtocol(Protocol):
    """What is said at risk. A function of the turns alone."""

    def respond(self, turns: tuple[Turn, ...], text: str, risk: Risk, language: str = "en") -> Response: ...


class Supporter:
    """``country``: two-letter code of the caller's country, "" when unknown; the default protocol names its helplines.
    ``guard`` passes or stops each generated piece at the caller's risk, by default the safety guard.
    ``seed`` makes generated replies repeatable. ``openings``: whether a reply may open with a clause of ours that is
    spoken while the model reads. ``steer``: whether the model is given the first words of the planned kind of reply.
    ``check``: what tells the kind of a draft's first sentence, None for no check."""

    def __init__(
        self,
        planner: Planner,
        screen: RiskScreen,
        llm: LanguageModel,
        protocol: SafetyProtocol | None = None,
        *,
        country: str = "",
        guard: Callable[[str, RiskLevel], bool] | None = None,
        seed: int | None = None,
        openings: bool = True,
        steer: bool = True,
        check: Check | None = None,
    ) -> None:
        self._planner = planner
        self._screen = screen
        self._llm = llm
        self._protocol = protocol or ReplayedProtocol(country)
        self.realiser = Realiser(llm, guard or Guard().passes, seed, openings=openings, steer=steer, check=check)

    def assess(self, text: str, tags: ParalinguisticTags, turns: tuple[Turn, ...]) -> Plan:
        """What the reply is for; blocking, a few milliseconds."""
        risk = self._screen.assess(text, turns, tags)
        return self._planner.plan(PlanningState(turns, text, tags, risk))

    def hears_risk(self, text: str) -> bool:
        """Do these words alone say that somebody may be in danger? Then they are listened to, whoever seems to have
        said them and however faintly. Blocking, a millisecond or two."""
        return self._screen.assess(text).level >= RiskLevel.L1

    async def prepare(self, turns: tuple[Turn, ...], partial: str, cancel: CancelFlag) -> int:
        """Let the model read what is known while the person still speaks. Returns the tokens newly read.

        Raises LanguageModelError."""
        return await self._llm.prefill(opening(turns, partial), cancel)

    async def reply(
        self,
        id: TurnId,
        utterance: Utterance,
        tags: ParalinguisticTags,
        plan: Plan,
        turns: tuple[Turn, ...],
        cancel: CancelFlag,
    ) -> AsyncGenerator[ReplySegment, None]:
        """The reply in pieces, the last one marked. Consume inside ``aclosing``. At risk the protocol speaks, and the
        model only where the protocol yields; where nothing was said there is a short line of ours."""
        response = self._protocol.respond(turns, utterance.text, plan.risk, utterance.language)
        if plan.risk.level >= RiskLevel.L2 and not response.sentences and not response.yields:
            response = Response(lines.of(utterance.language).say["stay"][:1])
        ask = Ask(id, utterance.text, tags, plan, turns, utterance.language, least=self._least(turns, utterance.text))
        if not response.sentences and (truth := wording.human(utterance.text, ask.earlier)):
            response = Response((truth,))
        if response.sentences:
            for piece in segments(id, response):
                if cancel.is_set:
                    return
                yield piece
            return
        if not words_of(utterance.text):
            yield ReplySegment(id, 0, wording.silence(ask.earlier), plan.style, True, "fallback")
            return
        async with aclosing(self.realiser.reply(ask, cancel)) as pieces:
            async for piece in pieces:
                yield piece

    @staticmethod
    def _least(turns: tuple[Turn, ...], text: str) -> RiskLevel:
        """The least risk at which the guard looks: a young person is guarded more strictly."""
        return minors.policy(minors.known((*(turn.user.text for turn in turns), text))).guarded_as
