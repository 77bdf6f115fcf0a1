"""One machine in a discrete-event simulation: calls that talk, and the jobs they ask of cores that take turns.

The rules are those of :mod:`warmline.speech.runtime.cores`: one heavy job at a time, final ones first, two writers at
most, readers and partials last. Work that runs at once shares the machine evenly, but for writers, which share each
pass over the weights. Pure; virtual time; knows no model, only how long each job would take alone.
"""

from __future__ import annotations

import heapq
import itertools
import random
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from warmline.server.bench.costs import Costs
from warmline.speech.runtime.cores import WRITERS

NOTICED_S: Final = 0.1
"""A pause is noticed so long after the voice: the detector's rule, and the frame it falls into."""

CORES: Final = 2
TOGETHER: Final = 1.3
"""Assumed: how much more two writers write together than in turns."""


class _Kind(IntEnum):
    FINAL = 0
    WRITER = 1
    READER = 2
    PARTIAL = 3


@dataclass(slots=True)
class _Job:
    """``left_s``: of its work; ``then``: jobs that follow; ``answers_s``: when the voice that it answers ended."""

    kind: _Kind
    call: int
    left_s: float
    then: tuple[_Job, ...] = ()
    answers_s: float | None = None


class Machine:
    """One of them. ``delays``: (when, milliseconds) of every answer so far."""

    def __init__(self, costs: Costs, seed: int = 0) -> None:
        self.costs = costs
        self.delays: list[tuple[float, float]] = []
        self._random, self._order = random.Random(seed), itertools.count()
        self._now_s = 0.0
        self._calls = 0
        self._events: list[tuple[float, int, int, _Job | None]] = []
        self._waiting: list[tuple[int, int, _Job]] = []
        self._running: list[_Job] = []
        self._pending: set[tuple[int, _Kind]] = set()

    def run(self, calls: int, seconds_s: float, surged: int = 0, surge_at_s: float = 0.0) -> Machine:
        """Hold ``calls`` for ``seconds_s``, and ``surged`` more from ``surge_at_s`` on."""
        self._calls = calls + surged
        for call in range(calls + surged):
            begins_s = self._random.uniform(0.0, self.costs.turn_s) + (surge_at_s if call >= calls else 0.0)
            self._at(begins_s, call, None)
        while self._events or self._running:
            done_s = min((job.left_s for job in self._running), default=float("inf")) / self._speed()
            due_s = self._events[0][0] - self._now_s if self._events else float("inf")
            if min(done_s, due_s) + self._now_s > seconds_s:
                break
            self._pass(min(done_s, due_s))
            if due_s <= done_s:
                _, _, call, job = heapq.heappop(self._events)
                self._turn(call) if job is None else self._ask(job)
            self._admit()
        return self

    def _at(self, when_s: float, call: int, job: _Job | None) -> None:
        heapq.heappush(self._events, (when_s, next(self._order), call, job))

    def _speed(self) -> float:
        """Seconds of each running job's own work in a second."""
        spare = max(0.1, 1.0 - self._calls * self.costs.loop_cores / CORES)
        writers = sum(job.kind in (_Kind.WRITER, _Kind.READER) for job in self._running)
        shares = max(1.0, len(self._running) - writers + (writers if writers < 2 else writers / TOGETHER))
        return spare / shares

    def _pass(self, seconds_s: float) -> None:
        speed = self._speed()
        self._now_s += seconds_s
        done = []
        for job in self._running:
            job.left_s -= seconds_s * speed
            if job.left_s <= 1e-9:
                done.append(job)
        for job in done:
            self._running.remove(job)
            self._pending.discard((job.call, job.kind))
            if job.answers_s is not None:
                self._answered(job.answers_s)
            for following in job.then:
                self._ask(following)

    def _answered(self, ended_s: float) -> None:
        ready_ms = (self._now_s - ended_s) * 1000.0 + self.costs.voice.mean_ms
        self.delays.append((self._now_s, max(self._random.choice(self.costs.base_ms), ready_ms)))

    def _ask(self, job: _Job) -> None:
        optional = job.kind in (_Kind.READER, _Kind.PARTIAL)
        if optional and (job.call, job.kind) in self._pending:
            return  # one at a time: it is dropped
        self._pending.add((job.call, job.kind))
        heapq.heappush(self._waiting, (job.kind, next(self._order), job))

    def _admit(self) -> None:
        while self._waiting:
            kind = self._waiting[0][2].kind
            heavy = any(job.kind in (_Kind.FINAL, _Kind.PARTIAL) for job in self._running)
            writing = sum(job.kind in (_Kind.WRITER, _Kind.READER) for job in self._running)
            most = WRITERS if kind is _Kind.WRITER else 1
            if heavy or (kind is not _Kind.FINAL and writing >= most):
                return
            self._running.append(heapq.heappop(self._waiting)[2])

    def _turn(self, call: int) -> None:
        """The caller begins to speak: everything that this turn will ask for."""
        costs, draw = self.costs, self._random
        turn_s = costs.turn_s * draw.uniform(0.7, 1.3)
        speaks_s = turn_s * costs.talk_share
        ended_s = self._now_s + speaks_s
        for kind, lane in ((_Kind.PARTIAL, costs.partial), (_Kind.READER, costs.reader)):
            count = _rounded(lane.a_turn, draw)
            for at in range(count):
                when_s = self._now_s + speaks_s * (at + 1) / (count + 1)
                self._at(when_s, call, _Job(kind, call, self._work_s(lane.mean_ms)))
        for early in range(_rounded(costs.drafts - 1.0, draw)):
            when_s = self._now_s + speaks_s * draw.uniform(0.3, 0.9) + early * 1e-3
            self._at(when_s, call, self._draft(call, None))
        self._at(ended_s + NOTICED_S, call, self._draft(call, ended_s))
        self._at(self._now_s + turn_s, call, None)

    def _draft(self, call: int, ended_s: float | None) -> _Job:
        """The final jobs of one draft as one piece of work, and what is written after them."""
        costs = self.costs
        chain_ms = costs.final.mean_ms * costs.final.a_turn / costs.drafts
        written_ms = costs.writer.mean_ms * costs.writer.a_turn / costs.drafts
        first_s = min(costs.first_ms, 0.9 * written_ms) / 1000.0
        opened = self._random.random() < costs.opened or not first_s
        rest = _Job(_Kind.WRITER, call, max(1e-6, self._work_s(written_ms) - (0.0 if opened else first_s)))
        then = rest if opened else _Job(_Kind.WRITER, call, first_s, (rest,), ended_s)
        return _Job(_Kind.FINAL, call, self._work_s(chain_ms), (then,), ended_s if opened else None)

    def _work_s(self, mean_ms: float) -> float:
        """A length around the mean: half of it is fixed, the rest exponential, as decodes and replies are."""
        return max(1e-6, mean_ms / 1000.0 * (0.5 + self._random.expovariate(2.0)))


def _rounded(mean: float, draw: random.Random) -> int:
    """A whole number whose mean is ``mean``."""
    whole = int(mean)
    return whole + (draw.random() < mean - whole)
