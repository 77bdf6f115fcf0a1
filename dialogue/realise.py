"""A plan becomes spoken words: prompt, language model, segmenter and checks. Nothing is yielded unchecked.

Says the first clause as early as it is safe. A faulty piece is written once more; what fails again is replaced by a
sentence of ours that is marked as such. It chooses nothing: strategy, tone and risk are decided before it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from warmline.dialogue.checks import Context, Fault, fault
from warmline.dialogue.languages import asks, ended, joined, of, scaled
from warmline.dialogue.llm.base import Decoding, LanguageModel
from warmline.dialogue.prompt import wording
from warmline.dialogue.prompt.cue import kind
from warmline.dialogue.prompt.render import closed, examples
from warmline.dialogue.segment import Segment, Segmenter
from warmline.dialogue.speakable import speakable, words_of
from warmline.dialogue.types import Plan, ReplySegment, RiskLevel, Strategy, Turn, TurnId
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import LanguageModelError

MAX_WORDS = 45
MAX_SENTENCES = 3
ATTEMPTS = 2
"""Times the model may write: once, and one repair."""

_ENOUGH = {
    Strategy.REFLECTION: 8,
    Strategy.RESTATEMENT: 8,
    Strategy.QUESTION: 25,
    Strategy.AFFIRMATION: 12,
    Strategy.SELF_DISCLOSURE: 12,
    Strategy.SUGGESTION: 16,
    Strategy.INFORMATION: 16,
    Strategy.OTHER: 16,
}
"""Words after which a reply ends with its sentence: a small model's next sentence drifts into advice."""

_TEMPERATURES = (0.35, 0.7)
"""Of the first try and of the repair: a small model is most to the point when it is least inventive."""

_STOPS = ("\n", "[", "User:", "Caller:")
_MAX_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Ask:
    """One reply to be written. ``least``: the guard looks at it as if the risk were at least this."""

    id: TurnId
    text: str
    tags: ParalinguisticTags
    plan: Plan
    turns: tuple[Turn, ...] = ()
    language: str = "en"
    least: RiskLevel = RiskLevel.L0

    @property
    def earlier(self) -> tuple[str, ...]:
        return tuple(turn.heard for turn in self.turns if turn.heard.strip())


@dataclass(slots=True)
class _Reply:
    """What was yielded so far. ``faults`` keeps what the checks found, without words."""

    ask: Ask
    said: str = ""
    index: int = 0
    sentences: int = 0
    over: bool = False
    lead: str = ""
    faults: list[Fault] = field(default_factory=list)

    def piece(self, text: str, ends: bool, last: bool, source: str = "model") -> ReplySegment:
        segment = ReplySegment(
            self.ask.id, self.index, text, self.ask.plan.style, last, source, language=self.ask.language
        )
        self.said = joined((self.said, text))
        self.index += 1
        self.sentences += ends
        self.over = last
        return segment

    @property
    def unasked(self) -> bool:
        """A question was planned, and its sentence is not there yet."""
        return self.ask.plan.strategy is Strategy.QUESTION and not self.sentences

    @property
    def move(self) -> Strategy:
        """What the sentence that is being written is for."""
        plan = self.ask.plan
        return plan.then if plan.then is not None and self.sentences else plan.strategy

    @property
    def enough(self) -> bool:
        count = len(words_of(self.said))
        if self.ask.plan.then is not None and self.sentences < 2:
            return asks(self.said)
        enough = scaled(_ENOUGH[self.ask.plan.strategy], self.ask.language)
        return self.sentences >= MAX_SENTENCES or asks(self.said) or count >= enough


class Realiser:
    """``guard`` is the safety guard's word on a piece, at the risk that the caller is in: True lets it pass. ``seed``
    makes the writing repeatable.
    ``openings``: whether a clause of ours is spoken while the model reads. ``steer``: whether the model is given the
    first words of the planned kind of reply; a model tuned to the plans needs none.

    ``faults`` lists what the checks stopped in the last reply: for measuring, never words."""

    def __init__(
        self,
        llm: LanguageModel,
        guard: Callable[[str, RiskLevel], bool] = lambda text, risk: True,
        seed: int | None = None,
        *,
        openings: bool = True,
        steer: bool = True,
    ) -> None:
        self._llm = llm
        self._openings = openings
        self._steer = steer
        self._guard = guard
        self._seed = seed
        self.faults: tuple[Fault, ...] = ()

    async def reply(self, ask: Ask, cancel: CancelFlag) -> AsyncGenerator[ReplySegment, None]:
        """The pieces of one reply; the last one is marked. Consume inside ``aclosing``: closing stops the model.

        The first is often an opening clause of ours, at once. Never raises for what a model does: then it ends with a
        sentence of ours. Ends early when ``cancel`` is set."""
        reply = _Reply(ask)
        try:
            opening = wording.opening(kind(ask.plan), ask.earlier, ask.text, ask.language)
            if opening.lead and self._openings and not cancel.is_set:
                reply.lead = opening.lead
                yield reply.piece(opening.lead, False, False, "opening")
            for attempt in range(ATTEMPTS):
                steer = opening.steer if self._steer and reply.said == reply.lead else ""
                async with aclosing(self._write(reply, steer, attempt, cancel)) as pieces:
                    async for piece in pieces:
                        yield piece
                if cancel.is_set or reply.over:
                    return
                if ended(reply.said):
                    break
            yield reply.piece(_rescue(reply), True, True, "fallback")
        finally:
            self.faults = tuple(reply.faults)

    async def _write(
        self, reply: _Reply, steer: str, attempt: int, cancel: CancelFlag
    ) -> AsyncGenerator[ReplySegment, None]:
        """One try: goes on after what was said already, ends at the first fault or when the model fails."""
        # a question is checked whole: only its end shows that it is one
        early = reply.index <= 1 and reply.ask.plan.strategy is not Strategy.QUESTION
        segmenter = Segmenter(early, reply.ask.language)
        waiting = segmenter.feed(steer)
        try:
            async with aclosing(self._texts(reply, steer, attempt, cancel)) as texts:
                async for text in texts:
                    waiting += segmenter.feed(text)
                    while waiting:
                        segment = self._passed(reply, waiting.pop(0), False)
                        if segment is None:
                            return
                        yield segment
                        if segment.last:
                            return
        except LanguageModelError:
            return
        if cancel.is_set:
            return
        waiting += segmenter.finish()
        while waiting:
            piece = waiting.pop(0)
            segment = self._passed(reply, piece if waiting else _ended(piece, reply.ask.language), not waiting)
            if segment is None:
                return
            yield segment
            if segment.last:
                return

    async def _texts(self, reply: _Reply, steer: str, attempt: int, cancel: CancelFlag) -> AsyncGenerator[str, None]:
        """What the model writes, from the first piece on that has words in it. Raises LanguageModelError where it
        writes nothing that can be spoken."""
        ask = reply.ask
        start = joined((reply.said, steer))
        prompt = closed(ask.turns, ask.text, ask.plan, ask.tags, start)
        held, begun = "", False
        async with aclosing(self._llm.generate(prompt, self._decoding(ask, attempt), cancel)) as texts:
            async for text in texts:
                held += f" {text}" if start and not begun and not held and _needs_space(text) else text
                begun = begun or bool(words_of(speakable(held)))
                if begun:
                    yield held
                    held = ""
        if not begun and not cancel.is_set:
            reply.faults.append(Fault.NONSENSE)
            raise LanguageModelError("the language model wrote nothing that can be spoken")

    def _passed(self, reply: _Reply, piece: Segment, last: bool) -> ReplySegment | None:
        """The piece as a segment, or None if it may not be said."""
        ask = reply.ask
        context = Context(reply.move, ask.text, ask.earlier, ask.language, examples(ask.language))
        found = fault(piece.text, reply.said, context)
        if found is None and not self._guard(f"{reply.said} {piece.text}".strip(), max(ask.plan.risk.level, ask.least)):
            found = Fault.UNSAFE
        if found is None and len(words_of(f"{reply.said} {piece.text}")) > scaled(MAX_WORDS, ask.language):
            found = Fault.LONG
        if found is None and piece.ends and reply.unasked and not asks(piece.text):
            found = Fault.UNASKED
        if found is None and last and reply.said == reply.lead and len(words_of(piece.text)) < 2:
            found = Fault.NONSENSE
        if found is not None:
            reply.faults.append(found)
            return None
        segment = reply.piece(piece.text, piece.ends, last)
        if not last and piece.ends and reply.enough:
            reply.over = True
            return replace(segment, last=True)
        return segment

    def _decoding(self, ask: Ask, attempt: int) -> Decoding:
        seed = None if self._seed is None else self._seed + ask.id * ATTEMPTS + attempt
        return Decoding(_MAX_TOKENS, _TEMPERATURES[attempt], repeat_penalty=1.0, stop=_STOPS, seed=seed)


def _needs_space(text: str) -> bool:
    """Does the model's first piece begin a word without a space before it? Chinese has none."""
    return text[:1].isalnum() and ord(text[0]) < 0x2E80


def _rescue(reply: _Reply) -> str:
    """A last piece of ours for a reply that the model did not finish."""
    ask = reply.ask
    if reply.said == reply.lead:
        return wording.fallback(kind(ask.plan), reply.lead, ask.earlier, ask.language)
    return wording.closing(reply.said, ask.earlier, ask.language)


def _ended(piece: Segment, language: str) -> Segment:
    """The last piece ends with a mark, so that the voice falls."""
    if ended(piece.text) or piece.text[-1] in '"”“':
        return piece
    return Segment(piece.text.rstrip(",;:-–— ，；：、") + of(language).end, True)
