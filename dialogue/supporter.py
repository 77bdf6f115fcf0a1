"""One turn, from what was heard to what is said: screen, plan, then the safety protocol's words or the model's.

Keeps nothing between calls: all it knows of a conversation is in ``turns``, so a draft that is thrown away leaves no
trace. It does not know when to speak, how the words sound, or whether they were heard.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from warmline.dialogue.draft import Ask
from warmline.dialogue.languages import ENGLISH, LANGUAGES, length
from warmline.dialogue.llm.base import LanguageModel, seat_of
from warmline.dialogue.prompt import wording
from warmline.dialogue.prompt.render import opening
from warmline.dialogue.realise import Check, Harm, Realiser
from warmline.dialogue.safety import lines, minors
from warmline.dialogue.safety.deep_reader import DeepReader
from warmline.dialogue.safety.guard import Guard
from warmline.dialogue.safety.guard_reader import GuardReader
from warmline.dialogue.safety.instead import instead
from warmline.dialogue.safety.protocol import Response, segments
from warmline.dialogue.safety.replay import ReplayedProtocol
from warmline.dialogue.speakable import words_of
from warmline.dialogue.strategy.planner import Planner, PlanningState
from warmline.dialogue.tongue import Tongue
from warmline.dialogue.types import Plan, ReplySegment, Risk, RiskLevel, Turn, TurnId
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import LanguageModelError
from warmline.speech.types import Utterance

SURE_WORDS = 3
"""Words of an unfinished turn from which its language is looked for."""


class RiskScreen(Protocol):
    """Finds signs of risk in words, in what came before, and in the voice. One that reads more than English names its
    ``languages``."""

    def assess(
        self, text: str, history: tuple[Turn, ...] = (), tags: ParalinguisticTags | None = None, language: str = ""
    ) -> Risk: ...


class SafetyProtocol(Protocol):
    """What is said at risk. A function of the turns alone."""

    def respond(self, turns: tuple[Turn, ...], text: str, risk: Risk, language: str = "en") -> Response: ...


class Supporter:
    """``country``: two-letter code of the caller's country, "" when unknown; the default protocol names its helplines.
    ``guard`` names the kind of harm that a generated piece is at the caller's risk, by default the safety guard alone.
    ``seed`` makes generated replies repeatable. ``openings``: whether a reply may open with a clause of ours that is
    spoken while the model reads. ``steer``: whether the model is given the first words of the planned kind of reply.
    ``check``: what tells the kind of a draft's first sentence, None for no check. ``languages``: those that replies may
    be in, the one a call begins in first. ``aloud``: replies are spoken by a voice that knows these languages and no
    other. ``reader``: who reads doubtful words again in :meth:`planned`; a call has its own place for that."""

    def __init__(
        self,
        planner: Planner,
        screen: RiskScreen,
        llm: LanguageModel,
        protocol: SafetyProtocol | None = None,
        *,
        country: str = "",
        guard: Harm | None = None,
        seed: int | None = None,
        openings: bool = True,
        steer: bool = True,
        check: Check | None = None,
        languages: Sequence[str] = tuple(LANGUAGES),
        aloud: bool = False,
        reader: DeepReader | None = None,
    ) -> None:
        self._tongue = Tongue(tuple(languages), getattr(screen, "languages", frozenset((ENGLISH,))), aloud=aloud)
        self._begun = (0, self._tongue.start)
        self._planner = planner
        self._screen = screen
        self._reader = reader
        self._llm = llm
        self._protocol = protocol or ReplayedProtocol(country)
        self.realiser = Realiser(
            llm, guard or GuardReader(Guard().check, None).stops, seed, openings=openings, steer=steer, check=check
        )

    def in_country(self, country: str) -> Supporter:
        """The same for a caller in that country (two-letter code)."""
        if not isinstance(self._protocol, ReplayedProtocol):
            return self
        other = copy.copy(self)
        other._protocol = self._protocol.in_country(country)
        return other

    def for_call(self, taking_turns: Callable[[LanguageModel], LanguageModel] = lambda seat: seat) -> Supporter:
        """The same for one call, with a place of its own in the language model, as ``taking_turns`` gives it back;
        :meth:`hang_up` leaves it."""
        other = copy.copy(self)
        other._llm = taking_turns(seat_of(self._llm))
        other.realiser = self.realiser.seated(other._llm)
        return other

    async def hang_up(self) -> None:
        """The call is over, for a supporter of :meth:`for_call`."""
        await self._llm.close()

    def assess(
        self,
        text: str,
        tags: ParalinguisticTags,
        turns: tuple[Turn, ...],
        heard_as: str = "",
        risk: Risk | None = None,
    ) -> Plan:
        """What the reply is for, and in which language; blocking, a few milliseconds. ``heard_as``: the language that
        the recogniser took the words for. ``risk``: where more is known of it than the screen finds."""
        if risk is None:
            risk = self._screen.assess(text, turns, tags, heard_as)
        choice = self._tongue.choose(turns, text, heard_as)
        plan = self._planner.plan(PlanningState(turns, text, tags, risk, choice.language))
        return replace(plan, why=(*plan.why, choice.why)) if choice.why else plan

    async def planned(
        self, text: str, tags: ParalinguisticTags, turns: tuple[Turn, ...], cancel: CancelFlag, heard_as: str = ""
    ) -> Plan:
        """:meth:`assess` where nobody's voice waits: words that were doubtful are read again first, if there is a
        reader and it answers."""
        plan = await asyncio.to_thread(self.assess, text, tags, turns, heard_as)
        if self._reader is None or not plan.risk.doubtful:
            return plan
        try:
            risk = await self._reader.weighed(text, plan.risk, cancel)
        except LanguageModelError:
            return plan
        return plan if risk == plan.risk else await asyncio.to_thread(self.assess, text, tags, turns, heard_as, risk)

    def hears_risk(self, text: str) -> bool:
        """Do these words alone say that somebody may be in danger? Then they are listened to, whoever seems to have
        said them and however faintly. Blocking, a millisecond or two."""
        return self._screen.assess(text).level >= RiskLevel.L1

    async def read_fixed(self, language: str, cancel: CancelFlag) -> int:
        """Let the model read the part that no call changes; it may lie on the disk. Raises LanguageModelError."""
        return await self._llm.prefill(opening((), "", language), cancel)

    async def prepare(
        self, turns: tuple[Turn, ...], partial: str, cancel: CancelFlag, memory: tuple[str, ...] = ()
    ) -> int:
        """Let the model read what is known while the person still speaks; ``memory`` is what of earlier calls the plan
        will hold. Returns the tokens newly read.

        Where they have begun to speak another language, its fixed part first: that may lie on the disk. Raises
        LanguageModelError."""
        before = turns[-1].plan.language if turns else self._tongue.start
        language = self._tongue.choose(turns, partial).language if length(partial, before) >= SURE_WORDS else before
        read = 0
        if language != before and self._begun != (len(turns), language):
            self._begun = (len(turns), language)
            read = await self.read_fixed(language, cancel)
        return read + await self._llm.prefill(
            opening(turns, partial, language, memory if language == ENGLISH else ()), cancel
        )

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
        choice = self._tongue.choose(turns, utterance.text, utterance.language)
        utterance = replace(utterance, language=plan.language)
        response = self._protocol.respond(turns, utterance.text, plan.risk, utterance.language)
        if plan.risk.level >= RiskLevel.L2 and not response.sentences and not response.yields:
            response = Response(lines.of(utterance.language).say["stay"][:1])
        ask = Ask(id, utterance.text, tags, plan, turns, utterance.language, least=self._least(turns, utterance.text))
        if not response.sentences and plan.risk.request:
            response = Response((instead(plan.risk.request, ask.earlier, plan.language),))
        if not response.sentences and (truth := wording.human(utterance.text, ask.earlier, plan.language)):
            response = Response((truth,))
        if response.sentences:
            for piece in segments(id, response):
                if cancel.is_set:
                    return
                yield replace(piece, language=plan.language)
            return
        if not words_of(utterance.text):
            quiet = wording.silence(ask.earlier, plan.language)
            yield ReplySegment(id, 0, quiet, plan.style, True, "fallback", language=plan.language)
            return
        notices = self._tongue.notices(choice, plan, turns)
        for index, (text, language) in enumerate(notices):
            last = bool(choice.say) and index == len(notices) - 1
            yield ReplySegment(id, index, text, plan.style, last, "notice", language=language)
        if choice.say:
            return
        async with aclosing(self.realiser.reply(ask, cancel)) as pieces:
            async for piece in pieces:
                yield replace(piece, index=piece.index + len(notices))

    @staticmethod
    def _least(turns: tuple[Turn, ...], text: str) -> RiskLevel:
        """The least risk at which the guard looks: a young person is guarded more strictly."""
        return minors.policy(minors.known((*(turn.user.text for turn in turns), text))).guarded_as
