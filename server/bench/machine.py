"""One machine in a discrete-event simulation: calls that talk, and the jobs they ask of cores that take turns.

Who may begin, and who gives their place to whom, is decided by the rules of :mod:`warmline.speech.runtime.cores`
themselves. A caller pauses as was measured; each pause drafts a reply, which is thrown away where they go on. Two
writers share each pass over the weights; a recognition beside a writer is as much slower as was measured, and takes
that from the writer. Pure; virtual time; knows no model, only how long each job would take alone. Giving a place up and
coming back costs nothing here (it costs a token or two), and nobody speaks into a reply.
"""

from __future__ import annotations

import heapq
import itertools
import random
from dataclasses import dataclass
from typing import Final

from warmline.server.bench.costs import Costs
from warmline.server.bench.pauses import Pause
from warmline.server.bench.simulated_reply import SimulatedReply, drawn, spread, whole_number
from warmline.speech.runtime.cores import EARLY_S, MEET, WRITERS, Lane, gives_way, may_begin

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
class _Job:
    """``left_s``: of its work, for a writer of the piece that it is at. ``reply``: what it is for."""

    lane: Lane
    call: int
    left_s: float
    due_s: float
    reply: SimulatedReply | None = None

    @property
    def dropped(self) -> bool:
        return self.reply is not None and self.reply.over


class Machine:
    """One of them. ``delays``: (when, milliseconds) of every answer so far; ``gaps``: of every time that our voice ran
    dry inside one."""

    def __init__(self, costs: Costs, seed: int = 0) -> None:
        self.costs = costs
        self.delays: list[tuple[float, float]] = []
        self.gaps: list[tuple[float, float]] = []
        self._random, self._order = random.Random(seed), itertools.count()
        self._now_s = 0.0
        self._calls = 0
        self._events: list[tuple[float, int, int, _Job | SimulatedReply | None]] = []
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

    def _at(self, when_s: float, call: int, what: _Job | SimulatedReply | None) -> None:
        heapq.heappush(self._events, (when_s, next(self._order), call, what))

    def _happen(self, call: int, what: _Job | SimulatedReply | None) -> None:
        if isinstance(what, _Job):
            self._ask(what)
        elif isinstance(what, SimulatedReply):
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
            if job.lane is Lane.WRITER and job.reply is not None:
                self._written(job, job.reply)
                continue
            self._running.remove(job)
            self._pending.discard((job.call, job.lane))
            if job.reply is not None:
                self._planned(job.call, job.reply)

    def _planned(self, call: int, reply: SimulatedReply) -> None:
        """The final jobs are done: a clause of ours is there at once, the model's words when they are written."""
        if reply.opening_s:
            self._say(reply, reply.opening_s)
        self._ask(_Job(Lane.WRITER, call, reply.pieces[0].work_s, reply.due_s, reply))

    def _written(self, job: _Job, reply: SimulatedReply) -> None:
        """A piece is: its writer goes on with the next one."""
        self._say(reply, reply.pieces.popleft().voice_s)
        if reply.pieces:
            job.left_s = reply.pieces[0].work_s
        else:
            self._running.remove(job)

    def _say(self, reply: SimulatedReply, voice_s: float) -> None:
        voiced, there_s = reply.voiced, self._now_s + self.costs.voice.mean_ms / 1000.0
        dry_s = reply.say(voice_s, there_s)
        if not reply.answers:
            return
        if not voiced:
            ready_ms = (there_s - reply.ended_s) * 1000.0
            self.delays.append((self._now_s, max(self._random.choice(self.costs.base_ms), ready_ms)))
        elif dry_s:
            self.gaps.append((self._now_s, dry_s * 1000.0))

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
            writing = [one for one in self._running if one.lane in _WRITES]
            in_s = due_s - self._now_s
            if may_begin(lane, in_s, len(self._running) - len(writing), len(writing), WRITERS):
                heapq.heappop(self._waiting)
                self._begin(job)
                continue
            slacks_s = [None if one.reply is None else one.reply.slack_s(self._now_s) for one in writing]
            furthest = gives_way(lane, in_s, slacks_s, WRITERS)
            if furthest is None:
                return
            self._stand_back(writing[furthest])

    def _begin(self, job: _Job) -> None:
        if job.lane is Lane.WRITER:
            for reader in [one for one in self._running if one.lane is Lane.READER]:
                self._stand_back(reader)
        elif job.lane is Lane.PARTIAL:
            self._meet(job)
        self._running.append(job)

    def _stand_back(self, job: _Job) -> None:
        """It gives its place up and asks for one again; a reply by when its voice will have run dry."""
        self._running.remove(job)
        if job.reply is not None:
            job.due_s = self._now_s + job.reply.slack_s(self._now_s)
            self._look_at(job.due_s - EARLY_S)
        heapq.heappush(self._waiting, (job.lane, job.due_s, next(self._order), job))

    def _look_at(self, when_s: float) -> None:
        """What was early is due then: look again who may begin."""
        self._at(when_s + 1e-6, -1, None)

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
            count = whole_number(used.a_turn, draw)
            for at in range(count):
                when_s = self._now_s + speaks_s * (at + 1) / (count + 1)
                self._at(when_s, call, _Job(lane, call, self._work_s(used.mean_ms), when_s))
        for early in range(whole_number(costs.drafts - 1.0, draw)):
            self.pause(call, self._now_s + speaks_s * draw.uniform(0.1, 0.9) + early * 1e-3, draw.choice(self._inner))
        self.pause(call, self._now_s + speaks_s, draw.choice(self._last))
        self._at(self._now_s + turn_s, call, None)

    def pause(self, call: int, ended_s: float, pause: Pause) -> None:
        """The caller falls silent at ``ended_s``, and goes on or waits as in ``pause``."""
        costs = self.costs
        wait_s = LONGEST_S if pause.wait_s is None else pause.wait_s
        reply = drawn(costs, self._random, ended_s, ended_s + wait_s, pause.gone_on_s is None)
        # the final jobs of one draft are one piece of work
        chain_s = self._work_s(costs.final.mean_ms * costs.final.a_turn / costs.drafts)
        noticed_s = ended_s + NOTICED_S
        self._at(noticed_s, call, _Job(Lane.FINAL, call, chain_s, ended_s, reply))
        if wait_s > EARLY_S:
            self._look_at(reply.due_s - EARLY_S)
        if pause.gone_on_s is not None:
            self._at(max(noticed_s, ended_s + pause.gone_on_s), call, reply)

    def _work_s(self, mean_ms: float) -> float:
        return max(1e-6, mean_ms / 1000.0 * spread(self._random))
