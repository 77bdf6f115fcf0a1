"""From decisions to figures. Pure.

A *cut-off* is an answer that begins inside a turn: it is charged to the pause it falls into, or to the pause before it
where it falls into speech. The *response delay* is the time from the last voiced sample of a turn to the answer. A
turn without an answer within the scene is a *missed end*.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from warmline.server import events as e
from warmline.server.bench.turns.pauses import Answers, Heard
from warmline.server.bench.turns.scenes import OverlapScene, TurnScene
from warmline.server.bench.turns.stage import GAVE_UP, STEP, Played
from warmline.server.report import percentile
from warmline.speech.types import seconds_of

DUCKED = 0.5
BAR_KINDS = frozenset({"backchannel", "cough", "sob", "breath"})
"""Sounds of a listener: taking one for an interruption is what the bar counts."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Of all turns: ``cut`` of ``pauses`` were answered; ``cut_turns`` of ``turns`` had an answer inside; ``missed``
    got none at the end. ``delays_ms``: of the turns that were answered at their end."""

    cut: int
    pauses: int
    cut_turns: int
    missed: int
    turns: int
    delays_ms: tuple[float, ...]

    @property
    def cutoff_rate(self) -> float:
        return self.cut / self.pauses if self.pauses else float("nan")

    def payload(self) -> dict[str, object]:
        return {
            "cutoff_rate": self.cutoff_rate,
            "cut_turn_rate": self.cut_turns / max(1, self.turns),
            "missed_ends": self.missed / max(1, self.turns),
            "delay_ms": {
                "p50": percentile(self.delays_ms, 50),
                "p95": percentile(self.delays_ms, 95),
                "mean": sum(self.delays_ms) / len(self.delays_ms) if self.delays_ms else float("nan"),
            },
        }


def timing(all_heard: Sequence[Heard], answers: Answers) -> Timing:
    """The figures of one system over all scenes."""
    cut = pauses = cut_turns = missed = 0
    delays: list[float] = []
    for heard in all_heard:
        at = answers(heard)
        hit = cut_pauses(heard.scene, at)
        cut, pauses, cut_turns = cut + len(hit), pauses + len(heard.scene.pauses), cut_turns + bool(hit)
        late = [one for one in at if one >= heard.scene.end]
        if late:
            delays.append(1000.0 * seconds_of(late[0] - heard.scene.end))
        else:
            missed += 1
    return Timing(cut, pauses, cut_turns, missed, len(all_heard), tuple(delays))


def cut_pauses(scene: TurnScene, answers: Sequence[int]) -> frozenset[int]:
    """The places of the pauses that were answered."""
    starts = [pause.start for pause in scene.pauses]
    early = (one for one in answers if one < scene.end)
    return frozenset(max(0, bisect.bisect_right(starts, one) - 1) for one in early if starts)


def at_delay(curve: Sequence[Timing], delay_ms: float) -> float:
    """The cut-off rate of a system where its median delay is ``delay_ms``, linear between the points of its curve;
    nan outside of it."""
    points = sorted((percentile(one.delays_ms, 50), one.cutoff_rate) for one in curve if one.delays_ms)
    for (low, low_rate), (high, high_rate) in itertools.pairwise(points):
        if low <= delay_ms <= high:
            part = (delay_ms - low) / (high - low) if high > low else 0.0
            return low_rate + part * (high_rate - low_rate)
    return float("nan")


@dataclass(frozen=True, slots=True)
class Overlapped:
    """What became of one overlap: ``cancelled`` and when; times from the onset of the caller's sound until we were
    6 dB lower and until we were silent, None where that never came."""

    scene: OverlapScene
    cancelled_ms: float | None
    duck_ms: float | None
    silence_ms: float | None

    @property
    def wrong(self) -> bool:
        return (self.cancelled_ms is not None) != self.scene.takes_floor


def overlapped(scene: OverlapScene, played: Played) -> Overlapped:
    cancels = [one.at for one in played.noted if isinstance(one.event, e.Overlap) and one.event.action in GAVE_UP]
    return Overlapped(
        scene,
        1000.0 * seconds_of(cancels[0] - scene.onset) if cancels else None,
        _first_below(played.gain, scene.onset, DUCKED),
        _first_below(played.gain, scene.onset, 0.0),
    )


def _first_below(gain: Sequence[float], onset: int, limit: float) -> float | None:
    """Milliseconds from ``onset`` until the gain, known at the end of each step, is at or below ``limit``."""
    for step in range(onset // STEP, len(gain)):
        if gain[step] <= limit:
            return 1000.0 * seconds_of((step + 1) * STEP - onset)
    return None


def rate(found: Sequence[Overlapped]) -> float:
    """How many of them went wrong, as a fraction; nan for none."""
    return sum(one.wrong for one in found) / len(found) if found else float("nan")


def overlaps(found: Sequence[Overlapped]) -> dict[str, object]:
    """The figures over all overlaps, by the keys of the contract and more."""
    real = [one for one in found if one.scene.takes_floor]
    listener = [one for one in found if one.scene.kind in BAR_KINDS]
    kinds = sorted({one.scene.kind for one in found})
    ducks = [one.duck_ms for one in real if one.duck_ms is not None]
    silences = [one.silence_ms for one in real if one.silence_ms is not None]
    cancels = [one.cancelled_ms for one in real if one.cancelled_ms is not None]
    return {
        "false_barge_rate": rate(listener),
        "missed_barge_rate": rate(real),
        "overlaps": {
            kind: {
                "n": len(those),
                "wrong": rate(those),
                "lowered": sum(one.duck_ms is not None for one in those) / len(those),
            }
            for kind in kinds
            for those in [[one for one in found if one.scene.kind == kind]]
        },
        "duck_ms": {"p50": percentile(ducks, 50), "p95": percentile(ducks, 95)},
        "silence_ms": {"p50": percentile(silences, 50), "p95": percentile(silences, 95)},
        "cancel_ms": {"p50": percentile(cancels, 50), "p95": percentile(cancels, 95)},
    }
