"""A long call, or calls that come and go, and what they cost: memory over the stream's time, errors, and whether the
stream clock stays true.

The line is read 20 ms at a time and our voice is pulled in step, as a transport does, but nothing is recorded: what
grows here grows in the call. By default time is virtual (an hour in a minute or so); the line's script is a life of
turns, long pauses, murmurs and interruptions, or nothing but the line's own noise.
"""

from __future__ import annotations

import itertools
import math
import resource
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from warmline.dialogue.types import Outcome
from warmline.server import events as e
from warmline.server.conversation import Conversation
from warmline.server.parts import Parts
from warmline.server.settings import CallSettings
from warmline.speech.runtime.clock import Clock
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, samples_of
from warmline.speech.vad.base import FRAME
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

STEP: Final = samples_of(0.02)
OUT_STEP: Final = STEP * VOICE_RATE // SAMPLE_RATE
ROUND_S: Final = 15.0
"""One turn of the script, and the time in which it is answered."""

WARM_UP_S: Final = 330.0
"""Until then a call fills what is bounded: five minutes of audio above all."""

NOISE_DB: Final = -75.0

_LINES: Final = (
    "I have been lying awake most of this week",
    "my sister has not called since the spring",
    "it got worse when the shop closed down",
    "yesterday I walked along the river for hours",
    "I do not know whom I could ask for help",
    "the evenings are the hardest part of it all",
    "we used to laugh about such things at home",
)


@dataclass(frozen=True, slots=True)
class Script:
    """Who speaks when, in seconds, and which words; in the form of the scripted backends."""

    spans: tuple[tuple[float, float, str], ...]

    @property
    def speech(self) -> str:
        return ", ".join(f"{start:.2f}-{end:.2f}" for start, end, _ in self.spans)

    @property
    def words(self) -> str:
        return "; ".join(f"{start:.2f}-{end:.2f} {text}" for start, end, text in self.spans if text)


def script(minutes: float) -> Script:
    """Turns of four seconds, every third with a pause inside, every fourth with a murmur over our reply, every fifth
    with an interruption, every sixth with a cough afterwards."""
    spans: list[tuple[float, float, str]] = []
    for number in range(int(minutes * 60.0 / ROUND_S)):
        at = number * ROUND_S
        said = _LINES[number % len(_LINES)]
        if number % 3 == 0:
            spans += [(at + 0.5, at + 2.0, said + " because"), (at + 2.9, at + 4.5, "that is how it is")]
        else:
            spans.append((at + 0.5, at + 4.5, said))
        if number % 4 == 0:
            spans.append((at + 6.6, at + 6.9, "mm-hm"))
        if number % 5 == 0:
            spans.append((at + 7.4, at + 8.9, "wait that is not it"))
        if number % 6 == 0:
            spans.append((at + 13.0, at + 13.3, ""))
    return Script(tuple(sorted(spans)))


@dataclass(slots=True)
class Line:
    """What the caller's microphone gives: noise, and ``voice`` where the script has somebody speak; or ``recordings``
    with gaps of five seconds. ``steps``: how many 20 ms; ``each``: of one call, after which the script begins again,
    0 for all of them."""

    steps: int
    script: Script | None = None
    recordings: Sequence[Samples] = ()
    seed: int = 7
    each: int = 0

    @property
    def of_call(self) -> int:
        """Steps of one call."""
        return self.each or self.steps

    def __iter__(self) -> Iterator[Samples]:
        rng = np.random.default_rng(self.seed)
        level = 10.0 ** (NOISE_DB / 20.0)
        talk = self._played() if self.recordings else self._hummed()
        for _ in range(self.steps):
            yield next(talk) + rng.normal(0.0, level, STEP).astype(np.float32)

    def _hummed(self) -> Iterator[Samples]:
        """A hum with syllables, for detectors of loudness and for none but those."""
        time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
        second = 0.2 * (0.6 + 0.4 * np.sin(2 * math.pi * 4.0 * time)) * np.sin(2 * math.pi * 160.0 * time)
        hum, silence = second.astype(np.float32).reshape(-1, STEP), np.zeros(STEP, np.float32)
        while True:
            spans = iter(self.script.spans if self.script is not None else ())
            span = next(spans, None)
            for step in range(self.of_call):
                at_s = step * STEP / SAMPLE_RATE
                while span is not None and span[1] <= at_s:
                    span = next(spans, None)
                yield hum[step % len(hum)] if span is not None and span[0] <= at_s else silence

    def _played(self) -> Iterator[Samples]:
        gap = np.zeros(samples_of(5.0), np.float32)
        for recording in itertools.cycle(self.recordings):
            whole = np.concatenate((recording, gap))
            for start in range(0, len(whole) - STEP + 1, STEP):
                yield whole[start : start + STEP]


@dataclass(slots=True)
class Soaked:
    """What was seen. ``rss``: (seconds of stream, MiB). ``calls``: how many were held. ``drift``: samples sent and not
    on the stream clock, beyond the frame that is being filled. ``late_s``: how far the line lagged behind its clock,
    worst case."""

    rss: list[tuple[float, float]] = field(default_factory=list)
    calls: int = 0
    events: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    sent: int = 0
    drift: int = 0
    late_s: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)

    def __call__(self, event: e.CallEvent) -> None:
        self.events[type(event).__name__] += 1
        match event:
            case e.Trouble(what):
                self._failed(what)
            case e.StreamFault(_, what):
                self._failed(f"the line: {what}")
            case e.ReplyEnded(outcome=outcome):
                self.outcomes[outcome.name.lower()] += 1
                if outcome is Outcome.FAILED:
                    self._failed("a reply failed")

    def _failed(self, what: str) -> None:
        if len(self.errors) < 1000:
            self.errors.append(what)

    def payload(self) -> dict[str, object]:
        kept = settled(self.rss)
        return {
            "rss_slope_mib_per_h": slope_per_h(kept),
            "rss_slope_last_half_mib_per_h": slope_per_h(last_half(self.rss)),
            "rss_warm_up_mib": kept[0][1] - self.rss[0][1] if kept else math.nan,
            "rss_settled_mib": kept[-1][1] - kept[0][1] if kept else math.nan,
            "rss_most_mib": max((size for _, size in self.rss), default=math.nan),
            "rss_mib": self.rss[-1][1] if self.rss else math.nan,
            "rss_first_mib": self.rss[0][1] if self.rss else math.nan,
            "calls_held": self.calls,
            "errors": len(self.errors),
            "clock_drift_samples": self.drift,
            "minutes": self.sent / SAMPLE_RATE / 60.0,
            "late_ms": self.late_s * 1000.0,
            "replies": dict(self.outcomes),
            "events": dict(self.events),
        }


@dataclass(slots=True)
class _Watch:
    """Keeps the line to its clock and looks at the memory every ``every_s``."""

    seen: Soaked
    clock: Clock
    begun_s: float
    tell: Callable[[str], None]
    every_s: float
    sampled_s: float = -math.inf

    async def until(self, step: int) -> None:
        """The moment of ``step``."""
        at_s, seen = step * STEP / SAMPLE_RATE, self.seen
        await self.clock.sleep_until(self.begun_s + at_s)
        seen.late_s = max(seen.late_s, self.clock.now_s() - self.begun_s - at_s)
        if at_s - self.sampled_s >= self.every_s:
            self.sampled_s = at_s
            seen.rss.append((at_s, rss_mib()))
            if round(at_s) % 300 == 0:
                self.tell(f"{at_s / 60.0:.0f} minutes: {seen.rss[-1][1]:.1f} MiB, {len(seen.errors)} errors")


async def soak(
    parts: Parts, settings: CallSettings, line: Line, clock: Clock, tell: Callable[[str], None], every_s: float = 30.0
) -> Soaked:
    """Hold one call over the whole line or, where the line says how long each is, one after the other. Never raises for
    what a call does: that is an error in the result."""
    seen = Soaked()
    watch, steps = _Watch(seen, clock, clock.now_s(), tell, every_s), enumerate(line)
    for _ in range(0, line.steps, line.of_call):
        await _call(parts, settings, itertools.islice(steps, line.of_call), watch)
    return seen


async def _call(parts: Parts, settings: CallSettings, steps: Iterator[tuple[int, Samples]], watch: _Watch) -> None:
    """One call over these steps. All that it held is let go of at its end: nothing here outlives it."""
    seen, sent = watch.seen, 0
    conversation = Conversation(parts, settings, seen, Playout())

    async def source() -> AsyncIterator[AudioChunk]:
        nonlocal sent
        for step, samples in steps:
            await watch.until(step)
            conversation.playout.pull(OUT_STEP)
            yield AudioChunk(samples, start=sent)
            sent += STEP

    try:
        await conversation.run(source())
    except Exception as error:  # noqa: BLE001 - what the call raises is what is measured
        seen.errors.append(f"the call ended ({type(error).__name__})")
        for _ in steps:
            """The rest of this call is not said."""
    seen.calls += 1
    seen.sent += sent
    seen.drift += sent // FRAME * FRAME - conversation.now


def together(seen: Sequence[Soaked]) -> Soaked:
    """What several calls at once saw, as one: sums, the worst lateness, the memory of the process they share.

    ``seen`` holds at least one."""
    whole = Soaked(rss=seen[0].rss, sent=seen[0].sent)
    for one in seen:
        whole.calls += one.calls
        whole.events.update(one.events)
        whole.outcomes.update(one.outcomes)
        whole.errors += one.errors
        whole.drift += abs(one.drift)
        whole.late_s = max(whole.late_s, one.late_s)
    return whole


def settled(rss: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """What was measured after the warm-up or, in a run too short for it, in the second half."""
    if not rss:
        return []
    if rss[-1][0] < 1.5 * WARM_UP_S:
        return last_half(rss)
    return [point for point in rss if point[0] >= WARM_UP_S]


def last_half(rss: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """What was measured in the second half of the time: of a process that levels off late, its slope is the less."""
    return [point for point in rss if point[0] >= rss[-1][0] / 2.0]


def slope_per_h(points: Sequence[tuple[float, float]]) -> float:
    """The median of the slopes of all pairs, an hour of stream (Theil 1950, Sen 1968): a few jumps move it little."""
    slopes = [
        (after[1] - before[1]) / (after[0] - before[0]) * 3600.0
        for before, after in itertools.combinations(points, 2)
        if after[0] > before[0]
    ]
    return float(np.median(slopes)) if slopes else math.nan


def rss_mib() -> float:
    """Resident memory now; nan where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return math.nan
    return pages * resource.getpagesize() / 2**20
