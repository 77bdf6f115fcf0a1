"""Voice-to-voice delay on the real-time path, read off the recorded audio: last voiced sample of the caller to the
first audible sample of the reply. One fresh call a recording; the models stay warm, as in a running service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from warmline.server import events as e
from warmline.server.bench.measure import first_audible_s, first_below_s, longest_gap_s, voiced
from warmline.server.conversation import Conversation
from warmline.server.parts import Parts
from warmline.server.report import percentile
from warmline.server.settings import CallSettings
from warmline.server.transport.caller import STEP_S, Caller, Line, Recording
from warmline.speech.types import SAMPLE_RATE, Samples
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

INNER_PAUSE_S = 0.4
DUCKED = 0.5
"""A gain of one half, 6 dB down, is audibly lower."""


@dataclass(slots=True)
class Watch:
    """An observer that keeps what the measurement needs."""

    seen: list[e.CallEvent] = field(default_factory=list)

    def __call__(self, event: e.CallEvent) -> None:
        self.seen.append(event)

    def count(self, kind: type) -> int:
        return sum(isinstance(event, kind) for event in self.seen)


@dataclass(frozen=True, slots=True)
class Measured:
    """One recording. ``v2v_ms`` is None when no reply came or when it came early (``cut_off``)."""

    name: str
    v2v_ms: float | None
    inner_pause_s: float
    cut_off: bool
    ready_at_release: bool
    drafts: int
    discarded: int
    stages_ms: dict[str, float]
    words: str
    reply: str


@dataclass(frozen=True, slots=True)
class Yielded:
    """One interruption: milliseconds from the caller's onset until we were lower, and until we were silent."""

    duck_ms: float | None
    silence_ms: float | None


async def turn(parts: Parts, settings: CallSettings, name: str, audio: Samples) -> Measured:
    """Play one recording as a whole call and measure it."""
    watch = Watch()
    conversation = Conversation(parts, replace(settings, greeting=""), watch, Playout())
    recording = await Caller((Line(audio, after_s=0.6),)).call(conversation)
    return _measured(name, audio, recording, watch)


def _measured(name: str, audio: Samples, recording: Recording, watch: Watch) -> Measured:
    spans = voiced(audio, SAMPLE_RATE)
    start_s = recording.lines[0].start_s
    last_s = start_s + spans[-1][1]
    heard_s = first_audible_s(recording.reply, VOICE_RATE, start_s)
    early = heard_s is not None and heard_s < last_s
    released = [event for event in watch.seen if isinstance(event, e.ReplyReleased)]
    ended = [event for event in watch.seen if isinstance(event, e.ReplyEnded)]
    return Measured(
        name=name,
        v2v_ms=None if heard_s is None or early else (heard_s - last_s) * 1000.0,
        inner_pause_s=longest_gap_s(spans),
        cut_off=early,
        ready_at_release=bool(released) and released[-1].ready,
        drafts=watch.count(e.DraftStarted),
        discarded=watch.count(e.DraftDiscarded),
        stages_ms=_stages(watch, ended),
        words=ended[-1].words if ended else "",
        reply=ended[-1].heard if ended else "",
    )


def _stages(watch: Watch, ended: list[e.ReplyEnded]) -> dict[str, float]:
    stages = dict(ended[-1].stages_ms) if ended else {}
    drafts = [event for event in watch.seen if isinstance(event, e.DraftStarted)]
    released = [event for event in watch.seen if isinstance(event, e.ReplyReleased)]
    if drafts:
        stages["pause_noticed"] = (drafts[-1].at - drafts[-1].end) * 1000.0 / SAMPLE_RATE
    if drafts and released:
        stages["turn_end_decided"] = (released[-1].at - drafts[-1].end) * 1000.0 / SAMPLE_RATE
    return stages


async def interruption(
    parts: Parts, settings: CallSettings, audio: Samples, stop: Samples, after_s: float
) -> Yielded | None:
    """Interrupt a running reply and measure how fast it yields; None if it was over before."""
    watch = Watch()
    conversation = Conversation(parts, replace(settings, greeting=""), watch, Playout())
    lines = (Line(audio, after_s=0.6), Line(stop, interrupts=True, after_s=after_s))
    recording = await Caller(lines).call(conversation)
    if len(recording.lines) < 2 or not watch.count(e.Overlap):
        return None
    onset_s = recording.lines[1].start_s + voiced(stop, SAMPLE_RATE)[0][0]
    duck_s = first_below_s(recording.gain, STEP_S, onset_s, DUCKED)
    silence_s = first_below_s(recording.gain, STEP_S, onset_s, 0.0)
    return Yielded(
        None if duck_s is None else (duck_s - onset_s) * 1000.0,
        None if silence_s is None else (silence_s - onset_s) * 1000.0,
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything measured; ``missing`` counts recordings that got no reply."""

    turns: tuple[Measured, ...]
    yields: tuple[Yielded, ...]

    def payload(self) -> dict[str, object]:
        """The keys of the contract (docs: commands), and more."""
        delays = [one.v2v_ms for one in self.turns if one.v2v_ms is not None]
        paused = [one for one in self.turns if one.inner_pause_s >= INNER_PAUSE_S]
        stages = {name for one in self.turns for name in one.stages_ms}
        median = {name: percentile(self._of(name), 50) for name in sorted(stages)}
        ducks = [one.duck_ms for one in self.yields if one.duck_ms is not None]
        silences = [one.silence_ms for one in self.yields if one.silence_ms is not None]
        answered = [one for one in self.turns if one.v2v_ms is not None]
        return {
            "v2v_ms": {"p50": percentile(delays, 50), "p95": percentile(delays, 95)},
            "stages_ms": median,
            "cutoff_rate": _share([one.cut_off for one in paused]),
            "cutoffs": sum(one.cut_off for one in self.turns),
            "with_inner_pause": len(paused),
            "draft_hit_rate": _share([one.ready_at_release for one in answered]),
            "drafts": sum(one.drafts for one in self.turns),
            "drafts_discarded": sum(one.discarded for one in self.turns),
            "missing": len(self.turns) - len(answered) - sum(one.cut_off for one in self.turns),
            "emotion_over_asr": median.get("emotion", 0.0) / median["asr"] if median.get("asr") else 0.0,
            "barge_in_ms": {"duck_p95": percentile(ducks, 95), "silence_p95": percentile(silences, 95)},
            "barge_ins": len(self.yields),
        }

    def _of(self, stage: str) -> list[float]:
        return [one.stages_ms[stage] for one in self.turns if stage in one.stages_ms]


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


async def bench(
    parts: Parts,
    settings: CallSettings,
    recordings: list[tuple[str, Samples]],
    *,
    rounds: int,
    barge_ins: int,
    note: Callable[[str], None],
) -> Summary:
    """Measure every recording ``rounds`` times, then ``barge_ins`` interruptions."""
    turns: list[Measured] = []
    for number in range(rounds):
        for name, audio in recordings:
            one = await turn(parts, settings, name, audio)
            delay = "cut off" if one.cut_off else "no reply" if one.v2v_ms is None else f"{one.v2v_ms:.0f} ms"
            note(f"{number + 1}/{rounds} {name}: {delay}")
            turns.append(one)
    yields: list[Yielded] = []
    for number in range(barge_ins):
        _, audio = recordings[number % len(recordings)]
        _, stop = recordings[(number + 1) % len(recordings)]
        one_yield = await interruption(parts, settings, audio, stop, 0.7 + 0.13 * (number % 5))
        if one_yield is not None:
            note(f"barge-in {number + 1}/{barge_ins}: lower {one_yield.duck_ms} ms, silent {one_yield.silence_ms} ms")
            yields.append(one_yield)
    return Summary(tuple(turns), tuple(yields))
