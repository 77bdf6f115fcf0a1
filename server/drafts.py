"""The reply to a turn, prepared in the pause: final words, tags, plan, the model's segments; and the pause's score.

What it finds out it tells the floor, which decides. Runs beside the call; a draft that is dropped leaves no trace."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np

from warmline.dialogue import floor as f
from warmline.dialogue.echo import may_be_answer, without_echo
from warmline.dialogue.strategy.context import said_before
from warmline.dialogue.types import Plan, ReplySegment, Risk, TurnId
from warmline.emotion.types import ParalinguisticTags, crying_until
from warmline.server import events as e
from warmline.server.acquaintance import Acquaintance
from warmline.server.call_care import CallCare
from warmline.server.hearing import Hearing, TurnAudio
from warmline.server.mouth import Mouth
from warmline.server.parts import Parts
from warmline.server.remembering import Remembering
from warmline.server.reply import Answered, Reply
from warmline.server.risk_reading import RiskReading
from warmline.speech.asr.base import Hypothesis
from warmline.speech.runtime.ahead import ahead
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import Lane
from warmline.speech.turn.patience import wait
from warmline.speech.types import AudioChunk, EncoderFeatures, Samples, Utterance, samples_of, seconds_of

T = TypeVar("T")

SECOND_LOOK: Final = samples_of(0.4)
"""Silence after which a pause is scored a second time."""


class Drafts:
    """``tell`` takes what the floor must know; ``pausing`` says whether it still waits in a pause. ``reader``: who is
    asked before a reply rests on doubt alone; None where nobody is."""

    def __init__(
        self,
        parts: Parts,
        care: CallCare,
        hearing: Hearing,
        mouth: Mouth,
        caller: Acquaintance,
        observer: e.Observer,
        tell: Callable[[f.Event], None],
        pausing: Callable[[], bool],
        memory: Remembering,
        reader: RiskReading | None = None,
    ) -> None:
        self._parts = parts
        self._care = care
        self._hearing = hearing
        self._mouth = mouth
        self._caller = caller
        self._learnt = 0
        self._observer = observer
        self._tell = tell
        self._pausing = pausing
        self._memory = memory
        self._reader = reader
        self._tags: ParalinguisticTags | None = None
        self._answering: TurnAudio | None = None

    async def draft(
        self, reply: Reply, turn: TurnAudio, audio: AudioChunk, end: int
    ) -> AsyncGenerator[ReplySegment, None]:
        """The source of a reply to ``turn``, whose voice ended at ``end``; nothing where no words were said."""
        with reply.trace.stage("asr"):
            heard, score = await self._final(end, lambda: self._heard(turn, audio, reply.cancel, end))
        if score is not None:
            turn.score = score
        heard = self._without_us(turn, heard)
        turn.words, turn.worded = heard.text, True
        utterance = self._hearing.utterance(turn, audio, heard)
        if not heard.text or await self._final(end, lambda: self._is_somebody_else(heard.text, audio.samples)):
            await self._nothing_heard(turn, utterance)
            return
        self._hearing.note_caller(turn)
        self._set_wait(turn)
        with reply.trace.stage("emotion"):
            tags = await self._final(end, lambda: self.tag(utterance))
        self._tags = tags
        self._tell_crying(tags)
        self._set_wait(turn)
        async with aclosing(self._answer(reply, utterance, tags, turn, end)) as segments:
            async for segment in segments:
                yield segment

    async def written(self, reply: Reply, turn: TurnId, text: str) -> AsyncGenerator[ReplySegment, None]:
        """The source of a reply to words that were written: there is nothing to hear in them."""
        audio = AudioChunk(np.zeros(0, np.float32), start=self._hearing.now)
        tags = ParalinguisticTags.unknown((audio.start, audio.end))
        async with aclosing(self._answer(reply, Utterance(turn, text, (), audio, ""), tags)) as segments:
            async for segment in segments:
                yield segment

    def _final(self, end: int, job: Callable[[], T]) -> Awaitable[T]:
        """A step towards the reply to a voice that ended at ``end``: whoever has been silent longest goes first, and
        so the steps of one draft are not held up by the next one's."""
        return self._parts.compute.run(Lane.FINAL, job, in_s=-seconds_of(self._hearing.now - end))

    async def _answer(
        self,
        reply: Reply,
        utterance: Utterance,
        tags: ParalinguisticTags,
        turn: TurnAudio | None = None,
        end: int | None = None,
    ) -> AsyncGenerator[ReplySegment, None]:
        """Plan, and what the model writes. ``turn``: the one that was heard, None where it was written."""
        with reply.trace.stage("plan"):
            since = self._hearing.now if end is None else end
            plan = await self._final(since, lambda: self._plan(utterance, tags))
        if plan.risk.doubtful and self._reader is not None:
            with reply.trace.stage("reader"):
                risk = await self._reader.weighed(utterance.text, plan.risk, reply.cancel)
            if risk != plan.risk:
                plan = await self._final(since, lambda: self._plan(utterance, tags, risk))
        current = self._hearing.current
        plan = self._memory.planned(plan, current.memory if current and current.turn == utterance.id else ())
        utterance = replace(utterance, language=plan.language)
        reply.answered = Answered(utterance, tags, plan)
        self._observer(e.Planned(utterance.id, utterance.text, tags, plan))
        first = self._care.first(self._mouth.turns, utterance.text, plan)
        if first is not None:
            yield replace(first, turn=reply.id)
            if first.last:
                return
        async with aclosing(ahead(self._written(reply, utterance, tags, plan, turn))) as segments:
            async for segment in segments:
                yield segment if first is None else replace(segment, index=segment.index + 1)

    async def _written(
        self, reply: Reply, utterance: Utterance, tags: ParalinguisticTags, plan: Plan, turn: TurnAudio | None
    ) -> AsyncGenerator[ReplySegment, None]:
        """What the model writes, for as long as it writes, not until all of it was spoken."""
        turns, clock = self._mouth.turns, reply.trace.clock
        written = self._parts.supporter.reply(reply.id, utterance, tags, plan, turns, reply.cancel)
        spoken = self._memory.spoken(plan, utterance.text, turns, reply.id, written)
        begun_s = clock.now_s()
        self._answering = turn
        async with aclosing(spoken) as segments:
            async for segment in segments:
                if segment.index == 0:
                    reply.trace.add("llm_first_segment", (clock.now_s() - begun_s) * 1000.0)
                yield segment
        reply.trace.add("llm", (clock.now_s() - begun_s) * 1000.0)

    def slack_s(self) -> float:
        """In how many seconds the person will wait for more of the reply than is there; less than 0 where they do."""
        reply, turn = self._mouth.reply, self._answering
        if reply is None:
            return 0.0
        due_s = 0.0 if turn is None or turn.over is None else seconds_of(turn.over - self._hearing.now)
        if not reply.ready:
            return due_s
        return reply.unheard_s if reply.released else max(0.0, due_s) + reply.unheard_s

    def _plan(self, utterance: Utterance, tags: ParalinguisticTags, risk: Risk | None = None) -> Plan:
        """Blocking. ``risk``: as it was read, where the screen was in doubt."""
        return self._parts.supporter.assess(utterance.text, tags, self._mouth.turns, utterance.language, risk)

    def _heard(
        self, turn: TurnAudio, audio: AudioChunk, cancel: CancelFlag, end: int
    ) -> tuple[Hypothesis, float | None]:
        """The final words, and the score of the pause where the detector reads their features; blocking."""
        heard = turn.transcriber.final(audio, cancel, end)
        detector = self._parts.turn
        if not detector.reads_features:
            return heard, None
        return heard, detector.score(_covered(audio, heard.features), heard.features)

    def _is_somebody_else(self, text: str, samples: Samples) -> bool:
        """Words of danger are answered whosever voice they seem to be in; blocking."""
        return self._caller.is_somebody_else(samples) and not self._parts.supporter.hears_risk(text)

    def tag(self, utterance: Utterance) -> ParalinguisticTags:
        """How it was said, where the person lets us read it; blocking."""
        if not self._care.may_read(self._mouth.turns, utterance.text):
            return ParalinguisticTags.unknown((utterance.audio.start, utterance.audio.end))
        return self._parts.tagger.tag(utterance, said_before(self._mouth.turns))

    async def score(self, turn: TurnAudio, audio: AudioChunk) -> None:
        """Is the person done, by the sound of it? Nothing for a detector that waits for the words' features."""
        if self._parts.turn.reads_features:
            turn.scored_again = True
            return
        pause = turn.pauses
        score = await self._parts.compute.run(Lane.VOICE, lambda: self._parts.turn.score(audio.samples))
        if turn.pauses == pause:
            turn.score = score
            self._set_wait(turn)

    async def learn_caller(self) -> None:
        """The last turn was the caller's, and is over: this is how they sound."""
        turn = self._hearing.current
        if turn is None or turn.turn == self._learnt:
            return
        self._learnt = turn.turn
        spans = self._hearing.voiced(turn, self._hearing.now)
        if spans:
            audio = self._hearing.audio(turn, spans[-1][1])
            await self._parts.compute.run(Lane.BACKGROUND, lambda: self._caller.learn(audio.samples))

    def look_again(self, turn: TurnAudio, since: int) -> AudioChunk | None:
        """The audio to score once more when a pause has lasted: what follows a voice says much about whether it was
        done. None when that is not yet, or was already."""
        if turn.scored_again or self._hearing.now - since < SECOND_LOOK:
            return None
        turn.scored_again = True
        return self._hearing.audio(turn, self._hearing.now)

    def _set_wait(self, turn: TurnAudio) -> None:
        """Tell the floor how long to wait: once the pause is scored and its words are known, and again with its tags.
        However late a busy machine knows the words, the floor waits: sound alone would cut off who says "because"."""
        if turn.score is None or not turn.worded or self._hearing.current is not turn or not self._pausing():
            return
        manner = self._hearing.manner(turn, self._mouth.turns, self._tags, self._mouth.cut_early)
        samples = wait(turn.score, turn.words, manner)
        if not turn.scored_again:
            samples = max(samples, SECOND_LOOK + samples_of(0.15))
        turn.over = turn.ended + samples
        self._observer(e.TurnScored(turn.turn, turn.score, samples))
        self._tell(f.TurnScored(turn.turn, samples))

    def _without_us(self, turn: TurnAudio, heard: Hypothesis) -> Hypothesis:
        """A turn that opens while our voice may still come back is rid of it."""
        ours = self._mouth.ours_at(turn.onset)
        text = without_echo(heard.text, ours)
        if not text and may_be_answer(heard.text, ours) and self._parts.supporter.hears_risk(heard.text):
            return heard
        if text == heard.text:
            return heard
        left = len(text.split())
        words = heard.words[-left:] if left else ()  # an echo comes first, the person after it
        return replace(heard, text=text, words=words)

    async def _nothing_heard(self, turn: TurnAudio, utterance: Utterance) -> None:
        """No words; but were these sobs?"""
        tags = await self._parts.compute.run(Lane.FINAL, lambda: self.tag(utterance))
        self._tell_crying(tags)
        self._tell(f.NothingHeard(turn.turn))

    def _tell_crying(self, tags: ParalinguisticTags) -> None:
        until = crying_until(tags.events)
        if until is not None:
            self._tell(f.CryingHeard(until))


def _covered(audio: AudioChunk, features: EncoderFeatures | None) -> Samples:
    """The audio up to where the features end: a decode from just before the pause may serve for it."""
    if features is None:
        return audio.samples
    end = features.start + round(len(features.frames) / features.rate_hz * audio.sample_rate)
    return audio.samples[: max(0, end - audio.start)]
