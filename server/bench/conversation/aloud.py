"""A whole talk aloud: the seeker speaks into the real audio path of a call, and hears our reply with ears of their own.

Conversation, voice activity, recognition, end of turn, emotion, plan, language model, safety and voice are those of a
call. A reply that does not come within :data:`PATIENCE_S` is stuck, an exception is a crash; both are the talk's end
and are counted. The seeker waits for the end of a reply before speaking: interruptions by the caller are measured
elsewhere (``warmline bench load``).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np

from warmline.dialogue.evaluate.conversation.cards import Card
from warmline.dialogue.evaluate.conversation.rehearsal import Seeker, Setting, finished
from warmline.dialogue.evaluate.conversation.seeker import Line, Told
from warmline.dialogue.evaluate.conversation.state import State
from warmline.dialogue.evaluate.conversation.talk import COMPLETED, CRASHED, STUCK, Exchange, Talk, judged, spoken_by
from warmline.server import events as e
from warmline.server.bench.conversation.seeker_voice import SeekerVoice
from warmline.server.bench.latency import Watch
from warmline.server.bench.measure import first_audible_s, voiced
from warmline.server.conversation import Conversation
from warmline.server.parts import Parts
from warmline.server.settings import CallSettings
from warmline.server.transport.caller import Line as Spoken
from warmline.server.transport.caller import OpenLine, silence_of
from warmline.speech.asr.base import Recogniser
from warmline.speech.audio.resample import resampled
from warmline.speech.runtime.clock import Clock, LoopClock
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, seconds_of
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

T = TypeVar("T")

PATIENCE_S: Final = 24.0
"""Seconds on the call's clock for a reply: less than the silence after which a call asks whether they are there."""

LONGEST_S: Final = 900.0
"""Real seconds for a whole talk."""

AFTER_S: Final = 0.7
NOISE_DB: Final = -75.0


@dataclass(frozen=True, slots=True)
class Ends:
    """Both ends of the line. ``ear``: what the seeker hears with. ``line``: what the line does to our voice."""

    parts: Parts
    call: CallSettings
    voice: SeekerVoice
    ear: Recogniser
    line: Callable[[Samples], Samples] = lambda samples: samples
    noise_db: float = NOISE_DB
    patience_s: float = PATIENCE_S
    longest_s: float = LONGEST_S


class Stuck(Exception):
    """No reply came; the message says where."""


async def talk(ends: Ends, seeker: Seeker, card: Card, seed: int, setting: Setting) -> Talk:
    """Hold the talk. Never raises for what the call does: that is how the talk ended. Best run on a loop that skips."""
    begun, began_s = seeker.rules.state, time.monotonic()
    done: list[Exchange] = []
    ended, why = COMPLETED, ""
    watch = Watch()
    held = asyncio.ensure_future(_call(ends, seeker, setting, done, watch))
    try:
        with _limited(held, ends.longest_s):
            await held
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        ended, why = STUCK, f"line {len(done) + 1}: the call took longer than {ends.longest_s:.0f} s"
    except BaseExceptionGroup as group:
        if group.split(Exception)[1] is not None:
            raise
        ended, why = _end(group, len(done))
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends this talk and is counted
        ended, why = CRASHED, f"line {len(done) + 1}: {type(error).__name__}"
    if ended == COMPLETED and (troubles := [one.what for one in watch.seen if isinstance(one, e.Trouble)]):
        why = f"{len(troubles)} troubles on the way: {troubles[0]}"
    return finished(setting, card, seed, "spoken", begun, done, (ended, why), began_s)


def _end(group: BaseExceptionGroup[BaseException], done: int) -> tuple[str, str]:
    """How a call ended that raised."""
    stuck, others = group.split(Stuck)
    if others is None and stuck is not None:
        return STUCK, str(_first(stuck))
    return CRASHED, f"line {done + 1}: {type(_first(others or group)).__name__}"


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


async def _call(ends: Ends, seeker: Seeker, setting: Setting, done: list[Exchange], watch: Watch) -> None:
    conversation = Conversation(ends.parts, ends.call, watch, Playout())
    clock = LoopClock()
    line = OpenLine(conversation, clock, ends.noise_db)
    async with asyncio.TaskGroup() as group:
        group.create_task(conversation.run(line.source()))
        try:
            if ends.call.greeting:
                await line.wait_for_turn(_wait(ends))
            said = await _thinking(line, clock, seeker.opens())
            while len(done) < setting.turns:
                one, told = await _exchange(ends, seeker, line, said, watch, clock)
                done.append(one)
                if len(done) < setting.turns:
                    said = await _thinking(line, clock, seeker.says(told, one.caught))
        finally:
            await line.hang_up()


async def _exchange(
    ends: Ends, seeker: Seeker, line: OpenLine, said: Line, watch: Watch, clock: Clock
) -> tuple[Exchange, Told]:
    audio = await _thinking(line, clock, asyncio.to_thread(ends.voice.spoken, said))
    seen, began_step = len(watch.seen), len(line.tape.reply)
    await line.say(Spoken(audio))
    start_s, end_step = line.tape.lines[-1].start_s, len(line.tape.reply)
    await line.wait_for_turn(_wait(ends))
    events = watch.seen[seen:]
    ended = [event for event in events if isinstance(event, e.ReplyEnded) and event.words]
    if not ended:
        raise Stuck(f"no reply to {audio_s(audio):.1f} s of speech within {ends.patience_s:.0f} s")
    spans = voiced(audio, SAMPLE_RATE)
    last_s = spans[-1][1] if spans else audio_s(audio)
    since = np.concatenate(line.tape.reply[began_step:])
    first_s = first_audible_s(since, VOICE_RATE, last_s)
    before = seeker.rules.state
    caught = await _thinking(line, clock, asyncio.to_thread(_caught, ends, line.tape.reply[end_step:]))
    told = await _thinking(line, clock, asyncio.to_thread(seeker.hears, caught))
    cut_in = _cut_ins(events, start_s + last_s)
    # a reply that begins too early has no delay
    delay_ms = None if first_s is None or cut_in else round((first_s - last_s) * 1000.0, 1)
    return replace(_told(said, events, ended, told, before), caught=caught, first_ms=delay_ms, cut_in=cut_in), told


def _told(
    said: Line, events: Sequence[e.CallEvent], ended: Sequence[e.ReplyEnded], told: Told, before: State
) -> Exchange:
    """The exchange as the call's own events tell it."""
    turns = {one.turn for one in ended}
    plans = [event.plan for event in events if isinstance(event, e.Planned) and event.turn in turns]
    sources = [event.source for event in events if isinstance(event, e.ReplyText)]
    found = Exchange(
        said=said.text,
        heard=" ".join(one.words for one in ended),
        reply=" ".join(one.heard for one in ended if one.heard),
        caught="",
        label=said.label,
        before=before,
        after=told.moved.state,
        reveals=said.reveals,
        by=spoken_by(sources),
        **judged(told),
    )
    if not plans:
        return found
    plan = plans[-1]
    return replace(
        found,
        stage=plan.stage.value,
        strategy=plan.strategy.name,
        distress=plan.intensity,
        style=plan.style,
        risk=int(max(one.risk.level for one in plans)),
    )


def _cut_ins(events: Sequence[e.CallEvent], until_s: float) -> int:
    """Replies that began to sound before the seeker was done."""
    return sum(isinstance(event, e.ReplyBegan) and seconds_of(event.at) < until_s for event in events)


def _caught(ends: Ends, reply: Sequence[Samples]) -> str:
    """What the seeker makes out of our reply; blocking."""
    whole = np.concatenate([*reply, np.zeros(0, np.float32)])
    heard = ends.line(resampled(AudioChunk(whole, VOICE_RATE), SAMPLE_RATE).samples)
    return ends.ear.decode(AudioChunk(heard)).text


async def _thinking(line: OpenLine, clock: Clock, coming: Awaitable[T]) -> T:
    """The seeker thinks: the call's line stands still for as long as that takes."""
    began_s = clock.now_s()
    found = await coming
    line.stood_still(clock.now_s() - began_s)
    return found


def _wait(ends: Ends) -> Spoken:
    """Nothing to say, until a reply has been heard or patience is at its end."""
    return Spoken(silence_of(0.0), after_s=AFTER_S, patience_s=ends.patience_s)


def audio_s(samples: Samples) -> float:
    return len(samples) / SAMPLE_RATE


@contextmanager
def _limited(held: asyncio.Future[None], longest_s: float) -> Iterator[None]:
    """Cancel the call after so many real seconds, whatever its own clock says."""
    loop = asyncio.get_running_loop()
    timer = threading.Timer(longest_s, lambda: loop.call_soon_threadsafe(held.cancel))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
