"""Many calls at once in real time: callers of recordings on one side, whole calls on the other, between them the inbox
and the pacer of a WebSocket's call, without its socket.

Delays are by the wall: from the moment a caller's last voiced sample was due to the moment our first audible frame was
handed out, so a machine that falls behind cannot hide it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from warmline.dialogue.types import Outcome
from warmline.server import events as e
from warmline.server.bench.meter import Metered, Used, spent_since, threads_s
from warmline.server.bench.pauses import Pause, Pauses
from warmline.server.bench.people import STEP_S, Person, Tally
from warmline.server.bench.soak import rss_mib
from warmline.server.bench.spoken import Listened, Spoken
from warmline.server.conversation import Conversation
from warmline.server.hosting import Admission
from warmline.server.parts import Parts
from warmline.server.report import percentile
from warmline.server.settings import CallSettings
from warmline.server.transport.inbox import Inbox
from warmline.server.transport.pacer import LEAD_SAMPLES, Pacer
from warmline.speech.runtime.clock import Clock
from warmline.speech.types import SAMPLE_RATE, Samples
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

PHASES: Final = 20
"""The callers' steps lie this many ways within 20 ms."""

LIMIT_MS: Final = 1500.0
"""A delay beyond which an answer is late."""


@dataclass(slots=True)
class Loaded:
    """What N calls met. ``late_ms``: how late each of the callers' frames was handed in. ``beside``: of ``lanes``, what
    began while a language model wrote. ``pauses``: as the floor saw them. ``spoken``: replies that were made whole."""

    calls: int
    seconds_s: float = 0.0
    tallies: list[Tally] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    refused: int = 0
    gaps_ms: list[float] = field(default_factory=list)
    dropped: int = 0
    failed: int = 0
    troubles: dict[str, int] = field(default_factory=dict)
    cpu_s: float = 0.0
    threads_s: dict[str, float] = field(default_factory=dict)
    lanes: dict[str, Used] = field(default_factory=dict)
    beside: dict[str, Used] = field(default_factory=dict)
    pauses: list[Pause] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    stages_ms: dict[str, list[float]] = field(default_factory=dict)
    drafts: int = 0
    partials: int = 0
    rss_mib: float = 0.0

    def watch(self, event: e.CallEvent) -> None:
        """The observer of every call."""
        match event:
            case e.Trouble(what):
                self.troubles[what] = self.troubles.get(what, 0) + 1
            case e.DraftStarted():
                self.drafts += 1
            case e.PartialHeard():
                self.partials += 1
            case e.ReplyEnded():
                self.failed += event.outcome is Outcome.FAILED
                for stage, ms in event.stages_ms.items():
                    self.stages_ms.setdefault(stage, []).append(ms)

    @property
    def held(self) -> bool:
        """In real time: nothing lost, refused or failed, and nineteen of twenty answers in time."""
        return not (self.refused or self.dropped or self.failed or self.troubles) and self.v2v(95) <= LIMIT_MS

    def v2v(self, percent: float) -> float:
        return percentile([ms for tally in self.tallies for ms in tally.v2v_ms], percent)

    def payload(self) -> dict[str, object]:
        """The keys of the contract (docs: commands), and more."""
        sums = {key: sum(getattr(tally, key) for tally in self.tallies) for key in _SUMMED}
        silenced = [ms for tally in self.tallies for ms in tally.silenced_ms]
        return {
            "calls": self.calls,
            "held": self.held,
            "v2v_ms": {f"p{percent}": self.v2v(percent) for percent in (50, 95, 99)},
            "answers": sum(len(tally.v2v_ms) for tally in self.tallies),
            **sums,
            "silenced_ms": {"p50": percentile(silenced, 50), "p95": percentile(silenced, 95)},
            "underruns": len(self.gaps_ms),
            "gap_ms": {"p50": percentile(self.gaps_ms, 50), "p95": percentile(self.gaps_ms, 95)},
            "refused": self.refused,
            "dropped_frames": self.dropped,
            "failed_replies": self.failed,
            "troubles": self.troubles,
            "talk_share": sum(tally.spoken_s for tally in self.tallies) / max(1e-9, self.calls * self.seconds_s),
            "lag_ms": {f"p{percent}": percentile(self.late_ms, percent) for percent in (50, 95, 99, 100)},
            "cpu": self.cpu_s / max(1e-9, self.seconds_s),
            "cores_by_thread": {name: spent / self.seconds_s for name, spent in self.threads_s.items()},
            "lanes": {
                name: {
                    "a_second": used.jobs / self.seconds_s,
                    "mean_ms": 1000.0 * used.busy_s / max(1, used.jobs),
                    "wait_ms": 1000.0 * used.waited_s / max(1, used.jobs),
                    "busy": used.busy_s / self.seconds_s,
                }
                for name, used in self.lanes.items()
            },
            "stages_ms": {name: percentile(values, 50) for name, values in sorted(self.stages_ms.items())},
            "reply_s": percentile([one.opening_s + one.written_s for one in self.spoken], 50),
            "drafts": self.drafts,
            "partials": self.partials,
            "rss_mib": self.rss_mib,
        }


_SUMMED = ("turns", "pauses", "cut_off", "unanswered", "into")


class _Call:
    """One caller's line: their frames in, ours out."""

    def __init__(self, parts: Parts, settings: CallSettings, person: Person, clock: Clock, loaded: Loaded) -> None:
        self.person = person
        self.playout = Playout(latency=LEAD_SAMPLES)
        self._clock = clock
        self._begun_s = clock.now_s()
        self._inbox = Inbox(SAMPLE_RATE)
        self._pacer = Pacer(self.playout, clock, self._heard, lambda: True)
        parts = replace(parts, voice=Listened(parts.voice, loaded.spoken))
        self._conversation = Conversation(parts, settings, self._watched(loaded), self.playout)

    @property
    def dropped(self) -> int:
        return self._inbox.channel.dropped

    async def step(self) -> None:
        """The caller's next 20 ms."""
        await self._inbox.put(self.person.speak())

    async def run(self) -> None:
        """Until the caller hangs up."""
        pacing = asyncio.create_task(self._pacer.run(), name="pace")
        try:
            await self._conversation.run(aiter(self._inbox.channel))
        finally:
            pacing.cancel()

    async def hang_up(self) -> None:
        await self._inbox.channel.close()

    def _heard(self, frame: Samples) -> None:
        self.person.hear(frame, self._clock.now_s() - self._begun_s)

    def _watched(self, loaded: Loaded) -> e.Observer:
        """As a line does: what a hold or a cancel means to what the client still has."""
        pauses = Pauses(loaded.pauses)

        def watch(event: e.CallEvent) -> None:
            match event:
                case e.Overlap("hold"):
                    self._pacer.hold()
                case e.Overlap("restore"):
                    self._pacer.restore()
                case e.Overlap("cancel" | "withdraw"):
                    self._pacer.cleared()
            loaded.watch(event)
            pauses(event)

        return watch


async def load(
    parts: Parts,
    settings: CallSettings,
    people: Sequence[Person],
    seconds_s: float,
    admission: Admission,
    clock: Clock,
    note: Callable[[str], None] = lambda _: None,
) -> Loaded:
    """Hold a call with each of ``people`` for ``seconds_s`` at once; those whom ``admission`` has no place for are
    refused."""
    compute = Metered(parts.compute)
    metered = replace(parts, compute=compute)
    loaded = Loaded(len(people), lanes=compute.lanes, beside=compute.beside)
    taken = [person for person in people if admission.take()]
    loaded.refused = len(people) - len(taken)
    calls = [_Call(metered, settings, person, clock, loaded) for person in taken]
    threads, cpu_s, begun_s = threads_s(), time.process_time(), clock.now_s()
    async with asyncio.TaskGroup() as group:
        for call in calls:
            group.create_task(call.run(), name="call")
        await _talk(calls, seconds_s, clock, loaded, note)
        loaded.seconds_s = clock.now_s() - begun_s
        loaded.cpu_s, loaded.threads_s = time.process_time() - cpu_s, spent_since(threads)
        loaded.rss_mib = rss_mib()
        for call in calls:
            await call.hang_up()
    for call in calls:
        admission.give_back()
        loaded.tallies.append(call.person.tally)
        loaded.gaps_ms += [1_000.0 * gap / VOICE_RATE for gap in call.playout.gaps]
        loaded.dropped += call.dropped
    return loaded


async def _talk(
    calls: Sequence[_Call], seconds_s: float, clock: Clock, loaded: Loaded, note: Callable[[str], None]
) -> None:
    """Every caller's frames at their moments."""
    phases = [calls[phase::PHASES] for phase in range(PHASES)]
    begun_s, steps = clock.now_s(), round(seconds_s / STEP_S)
    for step in range(steps):
        for phase, members in enumerate(phases):
            if not members:
                continue
            due_s = begun_s + (step + phase / PHASES) * STEP_S
            await clock.sleep_until(due_s)
            loaded.late_ms.append((clock.now_s() - due_s) * 1000.0)
            for call in members:
                await call.step()
        if step and step % round(10.0 / STEP_S) == 0:
            answers = [ms for call in calls for ms in call.person.tally.v2v_ms]
            told = f"{len(answers)} answers, p95 {percentile(answers, 95):.0f} ms" if answers else "no answer yet"
            note(f"{len(calls)} calls, {step * STEP_S:.0f} of {seconds_s:.0f} s: {told}")
