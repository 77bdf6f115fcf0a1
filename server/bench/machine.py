"""One machine in a discrete-event simulation: calls that talk, and the jobs they ask of cores that take turns.

Who may begin is decided by the rules of :mod:`warmline.speech.runtime.cores` themselves. A caller pauses as was
measured; each pause drafts a reply, which is thrown away where they go on. Two writers share each pass over the
weights; a recognition beside a writer is as much slower as was measured, and takes that from the writer. Pure; virtual
time; knows no model, only how long each job would take alone.
"""

from __future__ import annotations

import heapq
import itertools
import random
from dataclasses import dataclass
from typing import Final

from warmline.server.bench.costs import Costs
from warmline.server.bench.pauses import Pause
from warmline.speech.runtime.cores import EARLY_S, MEET, WRITERS, Lane, may_begin

NOTICED_S: Final = 0.1
"""A pause is noticed so long after the voice: the detector's rule, and the frame it falls into."""

LONGEST_S: Final = 4.0
"""A pause of which nothing is known is waited out so long, by the floor's rule."""

CORES: Final = 2
TOGETHER: Final = 1.3
"""Assumed: how much more two writers write together than in turns."""

BATCHED: Final = 0.5
"""What each further decode adds to a batch, as a share of one alone: four take 1.5 to 1.6 times less than one by one,
by ``bench batching``."""

_WRITES: Final = (Lane.WRITER, Lane.READER)


@dataclass(slots=True, eq=False)
class _Draft:
    """A reply to a pause. ``over``: thrown away."""

    ended_s: float
    due_s: float
    answers: bool
    over: bool = False


@dataclass(slots=True, eq=False)
class _Job:
    """``left_s``: of its work; ``then``: the job that follows; ``sounds``: the reply begins to sound when it begins
    ("begin") or ends ("end")."""

    lane: Lane
    call: int
    left_s: float
    due_s: float
    draft: _Draft | None = None
    then: _Job | None = None
    sounds: str = ""

    @property
    def dropped(self) -> bool:
        return self.draft is not None and self.draft.over


class Machine:
    """One of them. ``delays``: (when, milliseconds) of every answer so far."""

    def __init__(self, costs: Costs, seed: int = 0) -> None:
        self.costs = costs
        self.delays: list[tuple[float, float]] = []
        self._random, self._order = random.Random(seed), itertools.count()
        self._now_s = 0.0
        self._calls = 0
        self._events: list[tuple[float, int, int, _Job | _Draft | None]] = []
        self._waiting: list[tuple[Lane, float, int, _Job]] = []
        self._running: list[_Job] = []
        self._pending: set[tuple[int, Lane]] = set()
        self._last = [pause for pause in costs.pauses if pause.gone_on_s is None] or [Pause(0.5, None)]
        self._inner = [pause for pause in costs.pauses if pause.gone_on_s is not None] or [Pause(None, 0.3)]

    def run(self, calls: int, seconds_s: float, surged: int = 0, surge_at_s: float = 0.0) -> Machine:
        """Hold ``calls`` for ``seconds_s``, and ``surged`` more from ``surge_at_s`` on."""
        self._calls = calls + surged
        for call in range(calls + surged):
            begins_s = self._random.uniform(0.0, self.costs.turn_s) + (surge_at_s if call >= calls else 0.0)
            self._at(begins_s, call, None)
        while self._events or self._running:
            heavy_speed, write_speed = self._speeds()
            ends = (job.left_s / (write_speed if job.lane in _WRITES else heavy_speed) for job in self._running)
            done_s = min(ends, default=float("inf"))
            due_s = self._events[0][0] - self._now_s if self._events else float("inf")
            if min(done_s, due_s) + self._now_s > seconds_s:
                break
            self._pass(max(0.0, min(done_s, due_s)), heavy_speed, write_speed)
            if due_s <= done_s:
                self._happen(*heapq.heappop(self._events)[2:])
            self._admit()
        return self

    def _at(self, when_s: float, call: int, what: _Job | _Draft | None) -> None:
        heapq.heappush(self._events, (when_s, next(self._order), call, what))

    def _happen(self, call: int, what: _Job | _Draft | None) -> None:
        if isinstance(what, _Job):
            self._ask(what)
        elif isinstance(what, _Draft):
            what.over = True
            self._running = [job for job in self._running if job.lane not in _WRITES or not job.dropped]
        elif call >= 0:
            self._turn(call)

    def _speeds(self) -> tuple[float, float]:
        """Seconds of its own work that a heavy job, and each writer, does in a second."""
        costs = self.costs
        always = costs.loop_cores + costs.voice.a_turn * costs.voice.mean_ms / 1000.0 / costs.turn_s
        spare = max(0.1, 1.0 - self._calls * always / CORES)
        writers = sum(job.lane in _WRITES for job in self._running)
        each = 1.0 if writers < 2 else TOGETHER / writers
        if not writers or writers == len(self._running):
            return spare, spare * each
        return spare / costs.beside, spare * each * max(0.05, 1.0 - 1.0 / costs.beside)

    def _pass(self, seconds_s: float, heavy_speed: float, write_speed: float) -> None:
        self._now_s += seconds_s
        done = []
        for job in self._running:
            job.left_s -= seconds_s * (write_speed if job.lane in _WRITES else heavy_speed)
            if job.left_s <= 1e-9:
                done.append(job)
        for job in done:
            self._running.remove(job)
            self._pending.discard((job.call, job.lane))
            if job.sounds == "end":
                self._sounds(job)
            if job.then is not None:
                self._ask(job.then)

    def _sounds(self, job: _Job) -> None:
        if job.draft is not None and job.draft.answers:
            ready_ms = (self._now_s - job.draft.ended_s) * 1000.0 + self.costs.voice.mean_ms
            self.delays.append((self._now_s, max(self._random.choice(self.costs.base_ms), ready_ms)))

    def _ask(self, job: _Job) -> None:
        if job.lane in (Lane.READER, Lane.PARTIAL):
            if (job.call, job.lane) in self._pending:
                return  # one at a time: it is dropped
            self._pending.add((job.call, job.lane))
        if not job.dropped:
            heapq.heappush(self._waiting, (job.lane, job.due_s, next(self._order), job))

    def _admit(self) -> None:
        while self._waiting:
            lane, due_s, _, job = self._waiting[0]
            if job.dropped:
                heapq.heappop(self._waiting)
                continue
            writing = sum(one.lane in _WRITES for one in self._running)
            if not may_begin(lane, due_s - self._now_s, len(self._running) - writing, writing, WRITERS):
                return
            heapq.heappop(self._waiting)
            if lane is Lane.WRITER:
                self._give_way()
            elif lane is Lane.PARTIAL:
                self._meet(job)
            self._running.append(job)
            if job.sounds == "begin":
                self._sounds(job)

    def _give_way(self) -> None:
        for reader in [job for job in self._running if job.lane is Lane.READER]:
            self._running.remove(reader)
            heapq.heappush(self._waiting, (Lane.READER, reader.due_s, next(self._order), reader))

    def _meet(self, job: _Job) -> None:
        """Other partial decodes that wait go with this one."""
        met = [entry for entry in sorted(self._waiting) if entry[0] is Lane.PARTIAL][: MEET - 1]
        for entry in met:
            self._waiting.remove(entry)
            self._pending.discard((entry[3].call, Lane.PARTIAL))
        heapq.heapify(self._waiting)
        job.left_s *= 1.0 + BATCHED * len(met)

    def _turn(self, call: int) -> None:
        """The caller begins to speak: everything that this turn will ask for."""
        costs, draw = self.costs, self._random
        turn_s = costs.turn_s * draw.uniform(0.7, 1.3)
        speaks_s = turn_s * costs.talk_share
        for lane, used in ((Lane.PARTIAL, costs.partial), (Lane.READER, costs.reader)):
            count = _rounded(used.a_turn, draw)
            for at in range(count):
                when_s = self._now_s + speaks_s * (at + 1) / (count + 1)
                self._at(when_s, call, _Job(lane, call, self._work_s(used.mean_ms), when_s))
        for early in range(_rounded(costs.drafts - 1.0, draw)):
            self._pause(call, self._now_s + speaks_s * draw.uniform(0.1, 0.9) + early * 1e-3, draw.choice(self._inner))
        self._pause(call, self._now_s + speaks_s, draw.choice(self._last))
        self._at(self._now_s + turn_s, call, None)

    def _pause(self, call: int, ended_s: float, pause: Pause) -> None:
        wait_s = LONGEST_S if pause.wait_s is None else pause.wait_s
        draft = _Draft(ended_s, ended_s + wait_s, answers=pause.gone_on_s is None)
        noticed_s = ended_s + NOTICED_S
        self._at(noticed_s, call, self._drafting(call, draft))
        if pause.gone_on_s is not None:
            self._at(max(noticed_s, ended_s + pause.gone_on_s), call, draft)
        elif wait_s > EARLY_S:
            self._at(draft.due_s - EARLY_S, -1, None)  # what was early is due: look again who may begin

    def _drafting(self, call: int, draft: _Draft) -> _Job:
        """The final jobs of one draft as one piece of work, and what is written after them. A reply with a clause of
        ours sounds when it may be written, another one when its first piece is."""
        costs = self.costs
        chain_ms = costs.final.mean_ms * costs.final.a_turn / costs.drafts
        written_s = self._work_s(costs.written_ms)
        first_s = min(costs.first_ms / 1000.0, 0.9 * written_s)
        opened = self._random.random() < costs.opened or not first_s
        if opened:
            writes = _Job(Lane.WRITER, call, written_s, draft.due_s, draft, sounds="begin")
        else:
            # the rest goes on in the same place: it is due before all others
            rest = _Job(Lane.WRITER, call, written_s - first_s, -1.0, draft)
            writes = _Job(Lane.WRITER, call, first_s, draft.due_s, draft, rest, "end")
        return _Job(Lane.FINAL, call, self._work_s(chain_ms), draft.ended_s, draft, writes)

    def _work_s(self, mean_ms: float) -> float:
        """A length around the mean: half of it is fixed, the rest exponential, as decodes and replies are."""
        return max(1e-6, mean_ms / 1000.0 * (0.5 + self._random.expovariate(2.0)))


def _rounded(mean: float, draw: random.Random) -> int:
    """A whole number whose mean is ``mean``."""
    whole = int(mean)
    return whole + (draw.random() < mean - whole)
