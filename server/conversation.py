"""The driver of one call: audio frames become events, the floor answers with commands, and this executes them.

It decides nothing itself: taking turns is :mod:`warmline.dialogue.floor`, waiting is
:mod:`warmline.speech.turn.patience`, judging an overlap is :mod:`warmline.dialogue.overlap`. What hears is
:mod:`~warmline.server.hearing` and :mod:`~warmline.server.partials`, what prepares a reply
:mod:`~warmline.server.drafts`, what speaks it :mod:`~warmline.server.mouth`, what listens over it
:mod:`~warmline.server.overhearing`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from warmline.dialogue import floor as f
from warmline.dialogue.llm.taking_turns import TakesTurns
from warmline.dialogue.prompt.wording import table
from warmline.dialogue.types import NEUTRAL, Outcome, Style, Turn, TurnId
from warmline.server import events as e
from warmline.server.acquaintance import Acquaintance
from warmline.server.backchannels import Backchannels
from warmline.server.call_care import CallCare
from warmline.server.coming_back import ComingBack
from warmline.server.drafts import Drafts
from warmline.server.faults import FaultReport
from warmline.server.hearing import Hearing
from warmline.server.mouth import Mouth
from warmline.server.overhearing import Overhearing
from warmline.server.partials import Partials
from warmline.server.parts import Parts
from warmline.server.remembering import Remembering, without_memory
from warmline.server.risk_reading import RiskReading
from warmline.server.second_reading import SecondReading
from warmline.server.settings import CallSettings
from warmline.server.side_tasks import SideTasks
from warmline.server.store.record import NOTHING, Keeping
from warmline.server.store.records import Ended
from warmline.speech.audio.faults import Fault
from warmline.speech.audio.framing import Framer
from warmline.speech.audio.intake import Intake
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import Lane
from warmline.speech.runtime.errors import StorageError
from warmline.speech.runtime.weakly import weakly
from warmline.speech.turn.endpoint import Endpoint, EndpointRules, VoicePaused
from warmline.speech.turn.endpoint import step as endpoint_step
from warmline.speech.types import AudioChunk, samples_of
from warmline.speech.vad.base import FRAME
from warmline.tts.playout import Playout
from warmline.tts.voice.paced import Paced

ENDPOINT: Final = EndpointRules()
ENDPOINT_OVER_REPLY: Final = EndpointRules(on=0.2, off=0.15, start=FRAME)
"""Over our own reply one frame that may be voiced is enough: ducking is undone in a moment, talking on over somebody is
not."""

GENTLE: Final = Style(warmth=0.6, pace=-0.4, pitch=-0.2, range=-0.2, volume=-0.2, breath=0.2)


MOST_WRITTEN: Final = 20
"""Written messages that wait for their turn."""


class Conversation:
    """One call. Feed :meth:`run` with audio; pull the answer from :attr:`playout`; watch through ``observer``."""

    def __init__(self, parts: Parts, settings: CallSettings, observer: e.Observer, playout: Playout) -> None:
        supporter = parts.supporter.in_country(settings.country) if settings.country else parts.supporter
        # hung up at the end of the call: what is closed then must be this call's seat, not the model of all calls
        compute, slack_s = parts.compute, weakly(self._slack_s)
        parts = replace(parts, supporter=supporter.for_call(lambda seat: TakesTurns(seat, compute, slack_s)))
        if settings.speed != 1.0:
            parts = replace(parts, voice=Paced(parts.voice, settings.speed))
        self._parts = parts
        self._settings = settings
        self._vad = parts.vad()
        self._intake = Intake()
        self._faults = FaultReport()
        self._framer = Framer(FRAME, clean=True)  # the intake has mended it
        self._endpoint = Endpoint()
        self._hearing = Hearing(parts.recogniser, settings.expected)
        # the parts know this call weakly, and it lets go of its observer: when it is over, all of it is freed at once
        self._relay = observer = e.Relay(observer)
        clock, apply = weakly(self._now), weakly(self._apply)
        self._tasks = SideTasks(observer)
        self._care = CallCare(parts, settings, observer, self._tasks.spawn, clock)
        self._observer = observer = self._care.observer
        self._memory = Remembering(parts.sentences)
        self._written: tuple[str, ...] = ()
        self._mouth = Mouth(parts, observer, playout, clock, weakly(self._ended))
        self._back = ComingBack(self._mouth)
        self._asked: tuple[int, tuple[str, ...], tuple[str, ...]] = (0, (), ())
        self._caller = Acquaintance(parts.diariser, settings.read_tone and not self._care.notices.asks)
        reading = None if parts.deep is None else RiskReading(parts.deep, parts.compute, observer)
        self._drafts = Drafts(
            parts,
            self._care,
            self._hearing,
            self._mouth,
            self._caller,
            observer,
            apply,
            weakly(self._pausing),
            self._memory,
            reading,
        )
        self._partials = Partials(
            parts, self._hearing, self._mouth, self._tasks, observer, self._drafts.tag, self._memory
        )
        self._overhearing = Overhearing(
            parts, self._hearing, self._mouth, self._caller, apply, read_tone=weakly(self._may_read)
        )
        self._backchannels = Backchannels(
            parts,
            self._hearing,
            self._mouth,
            observer,
            on=settings.backchannels and settings.read_tone and not self._care.notices.asks,
        )
        self._second = SecondReading(reading, self._mouth, observer, self._tasks.spawn)
        self._floor = f.Floor(rules=f.FloorRules(check_in_after=samples_of(settings.check_in_s)))

    def _slack_s(self) -> float:
        return self._drafts.slack_s()

    @property
    def playout(self) -> Playout:
        return self._mouth.playout

    @playout.setter
    def playout(self, playout: Playout) -> None:
        """Before the call begins: by a transport that knows its device's latency."""
        self._mouth.playout = playout

    @property
    def turns(self) -> tuple[Turn, ...]:
        return self._mouth.turns

    @property
    def idle(self) -> bool:
        """Is nobody speaking, and nothing being prepared?"""
        return self._floor.phase in (f.Phase.LISTENING, f.Phase.HOLDING)

    @property
    def phase(self) -> f.Phase:
        return self._floor.phase

    @property
    def now(self) -> int:
        """The stream clock: samples heard since the call began."""
        return self._hearing.now

    def _now(self) -> int:
        return self._hearing.now

    async def run(self, source: AsyncIterator[AudioChunk]) -> None:
        """Hold the call until ``source`` ends (hang-up). Whatever audio comes is mended, and told as a StreamFault.
        Raises only what the source raises."""
        self._memory.begin(await self._recorded())
        try:
            async with self._tasks.group:
                if self._settings.greeting:
                    self._apply(f.CallBegan())
                async for chunk in source:
                    taken = self._intake.push(chunk.samples, chunk.sample_rate, at=chunk.start)
                    await self._take_in(taken.chunks, taken.faults)
                rest = self._intake.flush()
                await self._take_in(rest.chunks, rest.faults)
                self._care.hung_up()
                self._apply(f.HangUp())
                self._partials.stop()
                self._second.stop()
        finally:
            self._vad.close()
            await self._parts.supporter.hang_up()
            self._memory.hung_up(self._unanswered)
            self._observer(e.CallOver(self.now))
            self._relay.close()

    def recall(self, turns: tuple[Turn, ...]) -> None:
        """Before :meth:`run`: go on with a call in which these exchanges were had elsewhere. What was agreed in them
        holds, because that is read off them."""
        self._mouth.turns = turns
        self._floor = replace(self._floor, turn=max((turn.id for turn in turns), default=0), met=bool(turns))

    def write(self, text: str) -> None:
        """The person writes ``text`` instead of saying it. It is answered, aloud, as soon as nobody speaks; a reply of
        ours that can be heard is cut short. Of much that is written at once the last :data:`MOST_WRITTEN` count."""
        self._written = (*self._written, text)[-MOST_WRITTEN:]

    def stop_reply(self) -> None:
        """Say no more of the reply that is being prepared or spoken."""
        self._apply(f.Stopped(self.now))

    def tell(self, name: str) -> None:
        """Say our own sentence of this name at the next quiet moment, in the language of the call."""
        self._care.announce = (*self._care.announce, self._own(name, 1))

    def away(self, lost: int = 0) -> None:
        """The person's connection is lost: be silent, and keep all, until :meth:`returned`. The last ``lost`` samples
        that were pulled from the playout did not arrive."""
        self._partials.stop()
        reply, (id, written, announced) = self._mouth.reply, self._asked
        if reply is not None and reply.id == id and self._floor.phase is f.Phase.RELEASED:
            self._written = (*written, *self._written)[-MOST_WRITTEN:]
            self._care.announce = (*announced, *self._care.announce)
        unheard, impatient = self._back.leaving(lost), self._mouth.cut_early
        self._apply(f.Away(self.now, unheard))
        self._mouth.cut_early = impatient  # it was not the person who cut us short
        voice = self._endpoint
        if voice.onset is not None:
            self._hearing.note_voice(voice.onset, voice.last_voiced)
        # Whoever speaks on at once has spoken since then: no word may be lost between two connections.
        self._endpoint = Endpoint(candidate=voice.candidate if voice.onset is None else voice.onset)

    def returned(self, playout: Playout) -> None:
        """They are connected again, and hear us by ``playout``."""
        self._mouth.playout = playout
        self._apply(f.Returned(self.now))

    def _ended(self, ended: Ended) -> None:
        self._memory.ended(ended, self._mouth.turns)
        if self._memory.forgotten:
            self._mouth.turns = without_memory(self._mouth.turns)
        self._care.ended(self._mouth.turns)
        self._tasks.spawn(self._memory.learn(self._parts.compute), "memory")

    @property
    def _unanswered(self) -> str:
        """What the person said last, where no reply was made to it."""
        turn = self._hearing.current
        answered = {one.id for one in self._mouth.turns}
        return "" if turn is None or turn.turn in answered else turn.words

    def _may_read(self) -> bool:
        return self._care.may_read(self._mouth.turns)

    async def _recorded(self) -> Keeping:
        """The record of this call; a store that fails costs the record, not the call."""
        if self._parts.keeper is None:
            return NOTHING
        try:
            record = await self._parts.keeper.begin(self._settings)
        except StorageError as error:
            self._observer(e.Trouble(f"nothing of this call is kept: {error}"))
            return NOTHING
        if record.link:
            self._observer(e.ReportReady(record.link))
        return record

    # --- events in ------------------------------------------------------------------------------------------------

    async def _take_in(self, chunks: tuple[AudioChunk, ...], faults: tuple[Fault, ...]) -> None:
        for fault in faults:
            told = self._faults.note(fault)
            if told is not None:
                self._observer(told)
        for chunk in chunks:
            for frame in self._framer.push(chunk.samples):
                await self._heard(frame)

    async def _heard(self, frame: AudioChunk) -> None:
        vad = self._vad
        if vad.instant:
            score = vad.score(frame.samples)
        else:
            score = await self._parts.compute.run(Lane.LIVE, lambda: vad.score(frame.samples))
        score = self._backchannels.score(score, frame)
        self._hearing.append(frame)
        rules = ENDPOINT_OVER_REPLY if self._floor.phase in f.OVER_REPLY else ENDPOINT
        self._endpoint, voice_events = endpoint_step(self._endpoint, score, frame.start, frame.end, rules)
        for event in voice_events:
            if isinstance(event, VoicePaused):
                self._hearing.note_voice(event.onset, event.end)
            self._apply(event)
        self._watch_reply()
        self._second.tick()
        self._look_again()
        self._apply(f.Tick(frame.end))
        self._backchannels.maybe(self._floor)
        self._care.tick()
        if self._written or self._second.urgent or (self._care.announce and self.idle):
            self._apply(f.Typed(self.now))
        self._maybe_partial()

    def _watch_reply(self) -> None:
        began = self._mouth.began()
        if began is not None:
            self._apply(f.ReplyAudible(began, self.now))
        id = self._mouth.reply.id if self._mouth.reply is not None else 0
        finished = self._mouth.finished()
        if finished is not None:
            self._backchannels.replied()
            turn, outcome = finished
            self._back.ended(id, outcome)
            if outcome is Outcome.SPOKEN:
                self._tasks.spawn(self._partials.read_ahead("", CancelFlag()), "read-ahead")
                self._tasks.spawn(self._drafts.learn_caller(), "voiceprint")
            self._apply(f.ReplyFinished(turn, self.now))

    def _look_again(self) -> None:
        turn = self._hearing.current
        if turn is None or not self._pausing():
            return
        audio = self._drafts.look_again(turn, self._floor.since)
        if audio is not None:
            self._tasks.spawn(self._drafts.score(turn, audio), "score")

    def _pausing(self) -> bool:
        return self._floor.phase is f.Phase.PAUSING

    def _maybe_partial(self) -> None:
        turn = self._hearing.current
        voiced = self._endpoint.speaking and self._endpoint.last_voiced == self.now
        if turn is not None and voiced and self._floor.phase is f.Phase.HEARING:
            self._partials.maybe(turn)

    def _apply(self, event: f.Event) -> None:
        self._floor, commands = f.step(self._floor, event)
        why = event.verdict.value if isinstance(event, f.OverlapJudged) else ""
        for command in commands:
            self._execute(command, why)

    # --- commands out ---------------------------------------------------------------------------------------------

    def _execute(self, command: f.Command, why: str) -> None:
        match command:
            case f.OpenTurn(turn, onset):
                self._hearing.open(turn, onset)
                self._observer(e.TurnBegan(turn, onset))
            case f.StartDraft(turn, end):
                self._start_draft(turn, end)
            case f.DiscardDraft(turn):
                self._discard(turn)
            case f.Release():
                self._mouth.release()
            case f.Answer(turn):
                self._answer(turn)
            case f.JudgeOverlap():
                if self._overhearing.wants(command):
                    self._tasks.spawn(self._overhearing.judge(command), "judge")
            case f.Greet(turn):
                self._mouth.say(turn, self._care.notices.greeting, NEUTRAL, self._tasks.group)
            case f.CheckIn(turn, count):
                text = f"{self._care.due(self.turns, self._language)} {self._own('check_ins', count)}".strip()
                self._mouth.say(turn, text, GENTLE, self._tasks.group)
            case f.Presence(turn, count):
                self._mouth.say(turn, self._own("presences", count), GENTLE, self._tasks.group)
            case f.WelcomeBack(turn, broken):
                welcome = self._mouth.say(turn, self._back.words(broken, self._language), GENTLE, self._tasks.group)
                self._back.speaks(welcome.id)
            case _:
                self._over_reply(command, why)

    @property
    def _language(self) -> str:
        return self.turns[-1].plan.language if self.turns else self._settings.tongues[0]

    def _own(self, name: str, count: int) -> str:
        """A sentence that nobody asked for, in the language of the call; ``count`` from 1."""
        language = self._language
        rows = table("call", language)[name]
        return rows[(count - 1) % len(rows)]

    def _over_reply(self, command: f.Command, why: str) -> None:
        """What a voice over our reply does to it."""
        match command:
            case f.Duck():
                self.playout.duck()
                self._observer(e.Overlap("duck", self.now))
            case f.Hold():
                self.playout.hold()
                self._observer(e.Overlap("hold", self.now))
            case f.Restore():
                self.playout.restore()
                self._observer(e.Overlap("restore", self.now, why))
            case f.CancelReply():
                self._observer(e.Overlap("cancel", self.now, why))
                self._mouth.drop(Outcome.CUT)
            case f.Withdraw(turn):
                self._observer(e.Overlap("withdraw", self.now, why))
                self._discard(turn)

    def _start_draft(self, turn_id: TurnId, end: int) -> None:
        turn = self._hearing.current
        if turn is None or turn.turn != turn_id:
            self._apply(f.NothingHeard(turn_id))  # it was written, and waits
            return
        self._partials.stop()
        turn.pause(end)
        self._observer(e.DraftStarted(turn_id, end, self.now))
        audio = self._hearing.audio(turn, self.now)
        self._tasks.spawn(self._backchannels.listen(turn, end), "backchannel")
        self._mouth.begin(turn_id, lambda reply: self._drafts.draft(reply, turn, audio, end), self._tasks.group)
        self._tasks.spawn(self._drafts.score(turn, audio), "score")

    def _answer(self, turn: TurnId) -> None:
        if not self._second.answered() and self._care.announce:
            announced, self._care.announce = self._care.announce, ()
            reply = self._mouth.say(turn, " ".join(announced), GENTLE, self._tasks.group)
            self._asked = (reply.id, (), announced)
            return
        written, self._written = self._written, ()
        text = " ".join(written)
        reply = self._mouth.begin(turn, lambda reply: self._drafts.written(reply, turn, text), self._tasks.group)
        self._asked = (reply.id, written, ())
        self._mouth.release()

    def _discard(self, turn: TurnId) -> None:
        self._observer(e.DraftDiscarded(turn, self.now))
        self._mouth.drop(Outcome.DISCARDED)
