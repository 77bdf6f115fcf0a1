"""Many machines: how many a number of calls needs, what a lost zone does to the rest, and what an hour of a call costs.

Measured costs are of the machine that ``bench load`` ran on; everything else is an assumption and named as one. Every
machine of a kind is alike and holds its calls for itself, so a sample of them stands for all.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

from warmline.server.bench.costs import Costs
from warmline.server.bench.machine import Machine
from warmline.server.report import percentile

WARM_S: Final = 20.0
MOST_A_MACHINE: Final = 64


@dataclass(frozen=True, slots=True)
class Assumed:
    """What nobody measured here. Prices in any one currency. ``gpu_*``: of a stack with vLLM and a batched Whisper on
    one GPU: ``first_ms`` of a reply's first clause alone, ``step`` what each further reply that is written at once adds
    to that, as a share (none waits for a place: what computes elsewhere takes none); ``asr_ms`` a decode alone,
    ``asr_more`` what each further window in its batch adds, as a share; ``window_ms`` for which a batch is gathered;
    ``calls_cpu`` calls whose audio one machine's processor holds."""

    machine_price_h: float = 0.08
    gpu_price_h: float = 2.0
    reconnect_s: float = 5.0
    limit_ms: float = 1500.0
    gpu_first_ms: float = 120.0
    gpu_step: float = 0.02
    gpu_asr_ms: float = 40.0
    gpu_asr_more: float = 0.15
    gpu_window_ms: float = 20.0
    gpu_calls_cpu: float = 200.0

    def rows(self) -> list[tuple[str, float]]:
        return [(item.name, getattr(self, item.name)) for item in fields(self)]


@dataclass(frozen=True, slots=True)
class Plan:
    """``p95`` while all zones stand, ``failed_p95`` in the minute after one was lost; ``refused``: calls for which
    there was no place then; ``batch_ms``: the delay that gathering batches adds, where there are any."""

    kind: str
    calls: int
    a_machine: int
    machines: int
    p50: float
    p95: float
    failed_p95: float
    refused: int
    batch_ms: float
    price_per_call_h: float


@dataclass(frozen=True, slots=True)
class Met:
    """What callers met: ``delays_ms`` of all answers; ``gaps_ms``: each time that our voice ran dry inside one."""

    delays_ms: tuple[float, ...]
    gaps_ms: tuple[float, ...]

    @property
    def p95(self) -> float:
        return percentile(self.delays_ms, 95)


def met(costs: Costs, calls: int, seeds: Sequence[int], seconds_s: float = 300.0) -> Met:
    """By the callers of machines with so many calls each."""
    machines = [Machine(costs, seed).run(calls, seconds_s) for seed in seeds]
    delays = tuple(ms for machine in machines for at_s, ms in machine.delays if at_s > WARM_S)
    return Met(delays, tuple(ms for machine in machines for at_s, ms in machine.gaps if at_s > WARM_S))


def most_calls(costs: Costs, limit_ms: float, seeds: Sequence[int]) -> int:
    """Calls that one machine holds within the limit; 0 where it does not even hold one."""
    calls = 0
    while calls < MOST_A_MACHINE and met(costs, calls + 1, seeds).p95 <= limit_ms:
        calls += 1
    return calls


def embedded(costs: Costs, calls: int, zones: int, fails: bool, assumed: Assumed, sample: int) -> Plan | None:
    """Machines like the measured one, so many that the loss of a zone leaves room for its calls; None where one of
    them holds no call in time."""
    seeds = range(sample)
    most = most_calls(costs, assumed.limit_ms, seeds)
    if not most:
        return None
    usual = max(1, math.floor(most * (zones - 1) / zones)) if fails else most
    machines = _machines(calls, usual, most, zones, fails)
    usual_ms = met(costs, usual, seeds).delays_ms
    failed_p95, refused = math.nan, 0
    if fails:
        left = machines - math.ceil(machines / zones)
        refused = max(0, calls - left * most)
        share = min(most, calls / max(1, left)) - usual
        at_s = 120.0
        after = [
            ms
            for seed in seeds
            for when_s, ms in Machine(costs, seed).run(
                usual, at_s + 60.0, _rounded(share, seed), at_s + assumed.reconnect_s
            ).delays
            if when_s > at_s
        ]  # fmt: skip
        failed_p95 = percentile(after, 95)
    price = machines * assumed.machine_price_h / calls
    p50, worst = percentile(usual_ms, 50), percentile(usual_ms, 95)
    return Plan("embedded", calls, usual, machines, p50, worst, failed_p95, refused, 0.0, price)


def gpu(costs: Costs, calls: int, zones: int, fails: bool, assumed: Assumed, seed: int = 0) -> Plan | None:
    """Machines with one GPU each, whose recogniser and language model work in batches: every figure but how callers
    talk, and the wait of one alone, is assumed."""
    most = 0
    for many in range(10, 2_000, 10):
        if percentile(_batched(costs, many, assumed, seed)[0], 95) > assumed.limit_ms:
            break
        most = many
    if not most:
        return None
    usual = max(1, math.floor(most * (zones - 1) / zones)) if fails else most
    machines = _machines(calls, usual, most, zones, fails)
    delays, waits = _batched(costs, usual, assumed, seed)
    after = _batched(costs, most, assumed, seed)[0] if fails else [math.nan]
    left = machines - math.ceil(machines / zones)
    hosts = machines * math.ceil(usual / assumed.gpu_calls_cpu)
    price = (machines * assumed.gpu_price_h + hosts * assumed.machine_price_h) / calls
    refused = max(0, calls - left * most) if fails else 0
    p50, worst, failed = percentile(delays, 50), percentile(delays, 95), percentile(after, 95)
    return Plan("gpu", calls, usual, machines, p50, worst, failed, refused, percentile(waits, 95), price)


def _batched(costs: Costs, calls: int, assumed: Assumed, seed: int) -> tuple[list[float], list[float]]:
    """Delays of answers on one GPU, and what of each was spent waiting for a batch, in ms. Decodes arrive at random:
    those of partials, drafts and ends alike; a batch takes what waits when the GPU is free, and it is busy with
    replies for the rest. A whole reply is as many times longer to write than its first piece as was measured."""
    draw = random.Random(seed)
    finals = max(1.0, costs.drafts)
    rate = calls * (costs.partial.a_turn + finals) / costs.turn_s
    whole_ms = assumed.gpu_first_ms * max(1.0, costs.written_ms / costs.first_ms if costs.first_ms else 1.0)
    writing = calls * finals / costs.turn_s * whole_ms / 1000.0
    slow = 1.0 + assumed.gpu_step * writing
    at_s, free_s, delays, waits = 0.0, 0.0, list[float](), list[float]()
    while at_s < 60.0:
        at_s += draw.expovariate(rate)
        arrived = [at_s]
        starts_s = max(free_s, at_s + assumed.gpu_window_ms / 1000.0)
        while (next_s := arrived[-1] + draw.expovariate(rate)) <= starts_s:
            arrived.append(next_s)
        at_s = arrived[-1]
        free_s = starts_s + assumed.gpu_asr_ms / 1000.0 * (1.0 + assumed.gpu_asr_more * (len(arrived) - 1)) * slow
        for one_s in arrived:
            waits.append((starts_s - one_s) * 1000.0)
            ready_ms = (free_s - one_s) * 1000.0 + 100.0 + assumed.gpu_first_ms * slow
            delays.append(max(draw.choice(costs.base_ms), ready_ms))
    return delays, waits


def _machines(calls: int, usual: int, most: int, zones: int, fails: bool) -> int:
    """Machines for the calls at ``usual`` each; if a zone may fail, the rest must take them at ``most`` each."""
    machines = math.ceil(calls / usual)
    while fails and (machines - math.ceil(machines / zones)) * most < calls:
        machines += 1
    return machines


def _rounded(share: float, seed: int) -> int:
    """A whole number of calls, whose mean over the machines is ``share``."""
    whole = math.floor(share)
    return max(0, whole + (random.Random(seed).random() < share - whole))
