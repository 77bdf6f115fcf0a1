"""Figures for Prometheus at ``/metrics``: calls, turns, times, faults. Never a word of anybody's, never who calls."""

from __future__ import annotations

from collections import deque
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from warmline.server import events as e
from warmline.speech.runtime.clock import Clock
from warmline.speech.types import seconds_of

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
TICK_S: Final = 0.1
LATELY: Final = 10
_DELAYS: Final = (0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0)
_STAGES: Final = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


class Metrics:
    """One registry of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        made = self.registry
        self._calls = Gauge("warmline_calls", "Calls running now", registry=made)
        self._ended = Counter("warmline_calls_ended_total", "Calls by why they ended", ["reason"], registry=made)
        self._replies = Counter("warmline_replies_total", "Our replies by how they ended", ["outcome"], registry=made)
        self._answer = Histogram(
            "warmline_answer_seconds", "From the end of a turn to the first sound of the reply", registry=made,
            buckets=_DELAYS,
        )  # fmt: skip
        self._stages = Histogram(
            "warmline_stage_seconds", "Time of a stage of one reply", ["stage"], registry=made, buckets=_STAGES
        )
        self._overlaps = Counter("warmline_overlaps_total", "What a voice over ours led to", ["action"], registry=made)
        self._risks = Counter("warmline_risk_turns_total", "Turns by level of risk", ["level"], registry=made)
        self._faults = Counter("warmline_stream_faults_total", "Faults of incoming audio", ["kind"], registry=made)
        self._troubles = Counter("warmline_troubles_total", "Failures that were dealt with", registry=made)
        self.lag_s = 0.0
        """How late the loop woke, worst of the last second."""
        self._lag = Histogram(
            "warmline_loop_lag_seconds", "How late the event loop wakes", registry=made,
            buckets=(0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5),
        )  # fmt: skip

    def text(self) -> bytes:
        """All figures, in Prometheus' text format."""
        return generate_latest(self.registry)

    def begun(self) -> None:
        self._calls.inc()

    def ended(self, reason: str) -> None:
        self._calls.dec()
        self._ended.labels(reason).inc()

    def refused(self) -> None:
        """A call for which there was no place."""
        self._ended.labels("busy").inc()

    def watched(self, observer: e.Observer) -> e.Observer:
        """``observer`` of one call, with its figures counted."""
        pauses: dict[int, int] = {}

        def watch(event: e.CallEvent) -> None:
            self._count(event, pauses)
            observer(event)

        return watch

    def _count(self, event: e.CallEvent, pauses: dict[int, int]) -> None:
        match event:
            case e.DraftStarted(turn, end):
                pauses.clear()
                pauses[turn] = end
            case e.ReplyBegan(turn, at) if turn in pauses:
                self._answer.observe(seconds_of(max(0, at - pauses.pop(turn))))
            case e.ReplyEnded():
                self._replies.labels(event.outcome.name.lower()).inc()
                for stage, ms in event.stages_ms.items():
                    self._stages.labels(stage).observe(ms / 1000.0)
            case e.Planned():
                self._risks.labels(event.plan.risk.level.name).inc()
            case e.Overlap(action):
                self._overlaps.labels(action).inc()
            case e.StreamFault(kind, _, _, count):
                self._faults.labels(kind).inc(count)
            case e.Trouble():
                self._troubles.inc()

    async def watch_loop(self, clock: Clock) -> None:
        """Until cancelled: how late the loop wakes, ten times a second. What blocks it blocks every call."""
        lately: deque[float] = deque(maxlen=LATELY)
        while True:
            due_s = clock.now_s() + TICK_S
            await clock.sleep_until(due_s)
            lately.append(max(0.0, clock.now_s() - due_s))
            self._lag.observe(lately[-1])
            self.lag_s = max(lately)
