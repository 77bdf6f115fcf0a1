"""The driver of one call: audio frames become events, the floor answers with commands, and this executes them.

It decides nothing itself: taking turns is :mod:`warmline.dialogue.floor`, waiting is
:mod:`warmline.speech.turn.patience`, judging an overlap is :mod:`warmline.dialogue.overlap`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from warmline.dialogue import floor as f
from warmline.dialogue.overlap import is_echo, takes_floor
from warmline.dialogue.types import NEUTRAL, Outcome, ReplySegment, Style, Turn, TurnId
from warmline.emotion.types import ParalinguisticTags
from warmline.server import events as e
from warmline.server.config import CallSettings
from warmline.server.hearing import Hearing, TurnAudio
from warmline.server.parts import Parts
from warmline.server.reply import Answered, Reply, Source, speak_text
from warmline.speech.asr.stream import next_partial
from warmline.speech.audio.framing import Framer
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.cores import Lane
from warmline.speech.runtime.errors import WarmlineError
from warmline.speech.turn.endpoint import Endpoint, EndpointRules, VoicePaused
from warmline.speech.turn.endpoint import step as endpoint_step
from warmline.speech.turn.patience import wait
from warmline.speech.types import AudioChunk, Utterance, samples_of
from warmline.speech.vad.base import FRAME
from warmline.tts.playout import Playout

READ_WORDS = 4
"""New words before the language model reads ahead again: what it reads just before a pause would delay that pause's
decode more than it saves."""

SECOND_LOOK = samples_of(0.4)
"""Silence after which a pause is scored a second time."""

YIELDING = (f.Phase.REPLYING, f.Phase.DUCKED, f.Phase.YIELDING)
OVER_REPLY = EndpointRules(start=FRAME)
"""Over our own reply one voiced frame is enough: ducking is undone in a moment, talking on over somebody is not."""

CUT_EARLY = 4
"""A reply cut within so many words probably began while the person was not done."""

CHECK_INS = ("I'm still here. Take all the time you need.", "I'm here whenever you want to go on.")
GENTLE = Style(warmth=0.6, pace=-0.4, pitch=-0.2, range=-0.2, volume=-0.2, breath=0.2)


class Conversation:
    """One call. Feed :meth:`run` with audio; pull the answer from :attr:`playout`; watch through ``observer``."""

    def __init__(self, parts: Parts, settings: CallSettings, observer: e.Observer, playout: Playout) -> None:
        self.playout = playout
        self.turns: tuple[Turn, ...] = ()
        self._parts = parts
        self._settings = settings
        self._observer = observer
        self._vad = parts.vad()
        self._framer = Framer(FRAME)
        self._hearing = Hearing(parts.recogniser)
        self._endpoint = Endpoint()
        rules = f.FloorRules(check_in_after=samples_of(settings.check_in_s))
        self._floor = f.Floor(rules=rules)
        self._reply: Reply | None = None
        self._reply_task: asyncio.Task[None] | None = None
        self._replies = 0
        self._audible = False
        self._partial: tuple[asyncio.Task[None], CancelFlag] | None = None
        self._tags: ParalinguisticTags | None = None
        self._group: asyncio.TaskGroup

    @property
    def idle(self) -> bool:
        """Is nobody speaking, and nothing being prepared?"""
        return self._floor.phase is f.Phase.LISTENING

    @property
    def phase(self) -> f.Phase:
        return self._floor.phase

    @property
    def now(self) -> int:
        return self._hearing.now

    async def run(self, source: AsyncIterator[AudioChunk]) -> None:
        """Hold the call until ``source`` ends (hang-up). Raises only what the source raises."""
        try:
            async with asyncio.TaskGroup() as self._group:
                if self._settings.greeting:
                    self._speak_own(0, self._settings.greeting, NEUTRAL)
                async for chunk in source:
                    for frame in self._framer.push(chunk.samples):
                        await self._heard(frame)
                self._apply(f.HangUp())
                self._stop_partial()
        finally:
            self._vad.close()

    # --- events in ------------------------------------------------------------------------------------------------

    async def _heard(self, frame: AudioChunk) -> None:
        score = await self._parts.compute.run(Lane.LIVE, lambda: self._vad.score(frame.samples))
        self._hearing.append(frame)
        rules = OVER_REPLY if self._floor.phase in YIELDING else EndpointRules()
        self._endpoint, voice_events = endpoint_step(self._endpoint, score, frame.start, frame.end, rules)
        for event in voice_events:
            if isinstance(event, VoicePaused):
                self._hearing.note_voice(event.onset, event.end)
            self._apply(event)
        self._watch_playout()
        self._look_again()
        self._apply(f.Tick(frame.end))
        self._maybe_partial()

    def _watch_playout(self) -> None:
        reply = self._reply
        if reply is None or not reply.released:
            return
        if not self._audible and self.playout.begun(reply.id):
            self._audible = True
            self._observer(e.ReplyBegan(reply.turn, self.now))
            self._apply(f.ReplyAudible(reply.turn, self.now))
        if reply.silent or reply.id in self.playout.finished():
            self._end_reply(Outcome.FAILED if reply.failed else Outcome.SPOKEN)
            self._apply(f.ReplyFinished(reply.turn, self.now))

    def _apply(self, event: f.Event) -> None:
        self._floor, commands = f.step(self._floor, event)
        for command in commands:
            self._execute(command)

    # --- commands out ---------------------------------------------------------------------------------------------

    def _execute(self, command: f.Command) -> None:
        match command:
            case f.OpenTurn(turn, onset):
                self._hearing.open(turn, onset)
            case f.StartDraft(turn, end):
                self._start_draft(turn, end)
            case f.DiscardDraft(turn):
                self._observer(e.DraftDiscarded(turn, self.now))
                self._drop_reply(Outcome.DISCARDED)
            case f.Release():
                self._release()
            case f.Duck():
                self.playout.duck()
                self._observer(e.Overlap("duck", self.now))
            case f.Hold():
                self.playout.hold()
                self._observer(e.Overlap("hold", self.now))
            case f.Restore():
                self.playout.restore()
                self._observer(e.Overlap("restore", self.now))
            case f.JudgeOverlap(onset, end):
                self._spawn(self._judge(onset, end), "judge")
            case f.CancelReply():
                self._observer(e.Overlap("cancel", self.now))
                self._drop_reply(Outcome.CUT)
            case f.CheckIn(turn, count):
                self._speak_own(turn, CHECK_INS[(count - 1) % len(CHECK_INS)], GENTLE)

    def _start_draft(self, turn_id: TurnId, end: int) -> None:
        turn = self._hearing.current
        if turn is None:
            return
        self._stop_partial()
        turn.score, turn.scored_again = None, False
        self._observer(e.DraftStarted(turn_id, end, self.now))
        audio = self._hearing.audio(turn, self.now)
        self._begin(turn_id, lambda reply: self._draft(reply, turn, audio, end))
        self._spawn(self._score(turn, audio), "score")

    def _begin(self, turn: TurnId, source: Source) -> Reply:
        self._drop_reply(Outcome.DISCARDED)
        self._replies += 1
        self._audible = False
        reply = Reply(self._replies, turn, source, self._parts, self.playout, self._observer)
        self._reply = reply
        self._reply_task = self._group.create_task(reply.run(), name=f"reply-{reply.id}")
        return reply

    def _release(self) -> None:
        reply = self._reply
        if reply is None:
            return
        self._observer(e.ReplyReleased(reply.turn, self.now, reply.ready))
        reply.release()

    def _speak_own(self, turn: TurnId, text: str, style: Style) -> None:
        """Say something nobody asked for, through the same floor as any reply."""
        segments = (ReplySegment(turn, 0, text, style, last=True, source="notice"),)
        reply = self._begin(turn, lambda reply: speak_text(reply, segments))
        self._floor = replace(self._floor, phase=f.Phase.RELEASED, own=True)
        reply.release()

    def _drop_reply(self, outcome: Outcome) -> None:
        reply, task = self._reply, self._reply_task
        if reply is None or task is None:
            return
        if outcome is Outcome.CUT and len(self.playout.heard(reply.id).split()) <= CUT_EARLY:
            self._hearing.cut_before += 1
        reply.stop()
        task.cancel()
        self.playout.drop(reply.id)
        self._end_reply(outcome)

    def _end_reply(self, outcome: Outcome) -> None:
        reply = self._reply
        self._reply = self._reply_task = None
        if reply is None or outcome is Outcome.DISCARDED:
            return
        record = reply.turn_record(outcome)
        words, heard = (record.user.text if record else ""), self.playout.heard(reply.id)
        stages_ms = dict(reply.trace.stages_ms)
        self._observer(e.ReplyEnded(reply.turn, words, reply.planned, heard, outcome, stages_ms, self.now))
        if record is None:
            return
        self.turns = (*self.turns, record)
        if outcome is Outcome.SPOKEN:
            self._spawn(self._read_ahead("", CancelFlag()), "read-ahead")

    # --- work -----------------------------------------------------------------------------------------------------

    async def _draft(
        self, reply: Reply, turn: TurnAudio, audio: AudioChunk, end: int
    ) -> AsyncGenerator[ReplySegment, None]:
        compute, parts = self._parts.compute, self._parts
        with reply.trace.stage("asr"):
            heard = await compute.run(Lane.FINAL, lambda: turn.transcriber.final(audio, reply.cancel, end))
        turn.words = heard.text
        self._set_wait(turn)
        if not heard.text:
            self._apply(f.NothingHeard(turn.turn))
            return
        utterance = self._hearing.utterance(turn, audio, heard)
        with reply.trace.stage("emotion"):
            tags = await compute.run(Lane.FINAL, lambda: self._tag(utterance))
        self._tags = tags
        with reply.trace.stage("plan"):
            plan = await compute.run(Lane.FINAL, lambda: parts.supporter.assess(heard.text, tags, self.turns))
        reply.answered = Answered(utterance, tags, plan)
        self._observer(e.Planned(turn.turn, heard.text, tags, plan))
        written = parts.supporter.reply(reply.id, utterance, tags, plan, self.turns, reply.cancel)
        begun_s = reply.trace.clock.now_s()
        async with compute.writing(), aclosing(written) as segments:
            async for segment in segments:
                if segment.index == 0:
                    reply.trace.add("llm_first_segment", (reply.trace.clock.now_s() - begun_s) * 1000.0)
                yield segment
        reply.trace.add("llm", (reply.trace.clock.now_s() - begun_s) * 1000.0)

    def _tag(self, utterance: Utterance) -> ParalinguisticTags:
        if not self._settings.read_tone:
            return ParalinguisticTags.unknown((utterance.audio.start, utterance.audio.end))
        return self._parts.tagger.tag(utterance)

    async def _score(self, turn: TurnAudio, audio: AudioChunk) -> None:
        score = await self._parts.compute.run(Lane.VOICE, lambda: self._parts.turn.score(audio.samples))
        if self._hearing.current is turn and self._floor.phase is f.Phase.PAUSING:
            turn.score = score
            self._set_wait(turn)

    def _look_again(self) -> None:
        """Score a pause once more when it has lasted: what follows a voice says much about whether it was done."""
        turn = self._hearing.current
        if turn is None or turn.scored_again or self._floor.phase is not f.Phase.PAUSING:
            return
        if self.now - self._floor.since >= SECOND_LOOK:
            turn.scored_again = True
            self._spawn(self._score(turn, self._hearing.audio(turn, self.now)), "score")

    def _set_wait(self, turn: TurnAudio) -> None:
        """Tell the floor how long to wait: once the pause is scored, and again when its words are known."""
        if turn.score is None or self._hearing.current is not turn or self._floor.phase is not f.Phase.PAUSING:
            return
        samples = wait(turn.score, turn.words, self._hearing.manner(turn, self.turns, self._tags))
        if not turn.scored_again:
            samples = max(samples, SECOND_LOOK + samples_of(0.15))
        self._observer(e.TurnScored(turn.turn, turn.score, samples))
        self._apply(f.TurnScored(turn.turn, samples))

    async def _judge(self, onset: int, end: int) -> None:
        probe = self._hearing.probe(onset)
        audio = self._hearing.audio(probe, self.now)
        heard = await self._parts.compute.run(Lane.FINAL, lambda: probe.transcriber.final(audio, None))
        ours = self._reply.planned if self._reply is not None else ""
        self._apply(f.OverlapJudged(takes_floor(heard.text, end - onset) and not is_echo(heard.text, ours)))

    def _maybe_partial(self) -> None:
        turn = self._hearing.current
        if turn is None or self._floor.phase is not f.Phase.HEARING or not self._endpoint.speaking:
            return
        due = self.now >= next_partial(turn.onset, turn.decoded_to) and self._endpoint.last_voiced == self.now
        if due and (self._partial is None or self._partial[0].done()):
            flag = CancelFlag()
            turn.decoded_to = self.now
            self._partial = (self._spawn(self._hear_partial(turn, flag), "partial"), flag)

    async def _hear_partial(self, turn: TurnAudio, flag: CancelFlag) -> None:
        audio = self._hearing.audio(turn, self.now)
        partial = await self._parts.compute.run(Lane.PARTIAL, lambda: turn.transcriber.partial(audio, flag))
        turn.words = partial.text
        self._observer(e.PartialHeard(turn.turn, partial.text))
        words = len(partial.text.split())
        if words - turn.read_words >= READ_WORDS:
            turn.read_words = words
            await self._read_ahead(partial.text, flag)

    async def _read_ahead(self, text: str, flag: CancelFlag) -> None:
        """Let the language model read what is already known, so that little is left when the turn ends."""
        async with self._parts.compute.writing():
            flag.check()
            await self._parts.supporter.prepare(self.turns, text, flag)

    def _stop_partial(self) -> None:
        if self._partial is not None:
            self._partial[1].set()

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """A side task of the call: when it fails the call goes on, and those who watch are told."""

        async def guarded() -> None:
            try:
                await work
            except Cancelled:
                pass
            except WarmlineError as error:
                self._observer(e.Trouble(f"{name}: {error}"))
            except Exception as error:  # noqa: BLE001 - a task boundary: one side task must not end the call
                self._observer(e.Trouble(f"{name} failed ({type(error).__name__})"))

        return self._group.create_task(guarded(), name=name)
