"""Many machines: how many a number of calls needs, what a lost zone does to the rest, and what an hour of a call costs.

Measured costs are of the machine that ``bench load`` ran on. What a GPU takes was measured part by part on one H100
(``MEASURED_ON``), never a whole call there; everything else is an assumption and named as one. Every machine of a kind
is alike and holds its calls for itself, so a sample of them stands for all.
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


MEASURED_ON: Final = "one H100, part by part, vLLM 0.24.0, random weights of the published shapes: docs/gpu.md"

MEASURED: Final = ("gpu_first_ms", "gpu_step", "gpu_reply_ms", "gpu_reply_step", "gpu_asr_ms", "gpu_asr_more")
"""The figures of ``Assumed`` that come from there; nobody measured the others here."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a plan takes besides the costs file. Prices in any one currency.

    Measured on one H100, in one run, with random weights (``MEASURED_ON``). Of vLLM with Qwen2.5-7B's shape:
    ``gpu_first_ms`` until a reply's first clause of 12 tokens, alone, ``gpu_step`` what each further conversation at
    work adds to that, as a share (a line through the figures of 4 to 64 at once, off by 14% at most; none waits for a
    place: what computes elsewhere takes none); ``gpu_reply_ms`` for which a conversation is at work for a reply of 40
    tokens, alone, its reading ahead included, ``gpu_reply_step`` what each further one adds to that (off by 14%).
    Of our transformers recogniser with distil-large-v3's shape, for 4 s of talk: ``gpu_asr_ms`` a decode alone,
    ``gpu_asr_more`` what each further window in its batch adds, as a share (up to 32, off by 21%). CTranslate2, which
    the gpu profile names, was not measured.

    Assumed: prices; ``gpu_window_ms`` for which a batch is gathered; ``gpu_calls_cpu`` calls whose audio one machine's
    processor holds; that a recogniser is slowed by writers beside it as a writer is."""

    machine_price_h: float = 0.08
    gpu_price_h: float = 2.0
    reconnect_s: float = 5.0
    limit_ms: float = 1500.0
    gpu_first_ms: float = 112.0
    gpu_step: float = 0.058
    gpu_reply_ms: float = 330.0
    gpu_reply_step: float = 0.0386
    gpu_asr_ms: float = 64.0
    gpu_asr_more: float = 0.212
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
    """Machines with one GPU each, whose recogniser and language model work in batches: parts that were measured one by
    one (``Assumed``), put together by assumption. None where one holds no ten calls in time."""
    most = 0
    for many in range(10, 2_000, 10):
        if math.isinf(at_work(_replies_a_s(costs, many), assumed)):
            break
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


def at_work(replies_a_s: float, assumed: Assumed) -> float:
    """Conversations that the GPU reads or writes for at once, in the mean; inf where they only pile up. Each stays for
    ``gpu_reply_ms``, longer by ``gpu_reply_step`` for each beside it, and so many more come meanwhile (Little's law):
    ``n = replies_a_s * reply_s * (1 + step * n)``."""
    alone = replies_a_s * assumed.gpu_reply_ms / 1000.0
    left = 1.0 - assumed.gpu_reply_step * alone
    return alone / left if left > 0.0 else math.inf


def _batched(costs: Costs, calls: int, assumed: Assumed, seed: int) -> tuple[list[float], list[float]]:
    """Delays of answers on one GPU, and what of each was spent waiting for a batch, in ms. Decodes arrive at random:
    those of partials, drafts and ends alike; a batch takes what waits when the GPU is free, and it is busy with
    replies for the rest; ``at_work`` must be finite."""
    draw = random.Random(seed)
    rate = _replies_a_s(costs, calls) + calls * costs.partial.a_turn / costs.turn_s
    slow = 1.0 + assumed.gpu_step * at_work(_replies_a_s(costs, calls), assumed)
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


def _replies_a_s(costs: Costs, calls: int) -> float:
    """Replies that so many callers cause in a second, drafts that are thrown away among them."""
    return calls * max(1.0, costs.drafts) / costs.turn_s


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
