"""Long calls, or calls that come and go: does memory grow, does anything fail, does the stream clock stay true?

  warmline bench soak --minutes 60 --silence           an hour of a quiet line, in a minute or so
  warmline bench soak --minutes 60 --speech            an hour of talk: turns, murmurs, interruptions, coughs
  warmline bench soak --minutes 480 --each 24          eight hours of calls that come and go, in about ten minutes
  warmline bench soak --minutes 10 --speech --real-time    with the models of a call, at the speed of a call
  warmline bench soak --minutes 30 --real-time --calls 3   the same with three calls in one process

Time is virtual unless --real-time is given, and then stand-ins take the place of the models; any of them can be a real
one (--set vad.backend=silero --set asr.backend=faster_whisper). With --real-time the settings of a call count, and
recordings are played (default: demos/audio).

rss_slope_mib_per_h    growth of resident memory, the median of all slopes after 5.5 minutes (or the second half)
rss_warm_up_mib        how much it had grown by then since the first call began, and how much it grew from then to the
                       end (rss_settled_mib); rss_slope_last_half_mib_per_h: the slope of the second half alone
errors                 what went wrong: a failed reply or task, a fault of the line, an exception
clock_drift_samples    samples that were sent and are not on the stream clock
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from warmline.server import report, wiring
from warmline.server.bench import soak, virtual_time
from warmline.server.bench.soak import Line, Soaked
from warmline.server.commands.common import add_settings, note, settings_of
from warmline.server.settings import Settings
from warmline.speech.audio.files import read_audio
from warmline.speech.runtime.clock import LoopClock, WallClock
from warmline.speech.runtime.cores import Inline
from warmline.speech.runtime.errors import UsageError

DEMOS = Path("demos/audio")
STEPS_A_MINUTE = 3_000
MOST_MINUTES = 24 * 60.0
MOST_CALLS = 100
SEED = 7


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recordings", nargs="*", type=Path, metavar="WAV", help="what the caller says, over and over")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (default 60)")
    parser.add_argument("--each", type=float, metavar="M", help="minutes of one call (default: one call, all the time)")
    parser.add_argument("--calls", type=int, default=1, help="calls at once in one process (default 1)")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--silence", action="store_true", help="a line on which nobody speaks")
    kind.add_argument("--speech", action="store_true", help="a line full of talk (the default)")
    parser.add_argument("--real-time", action="store_true", help="with the models of a call, at its speed")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if not 0.1 <= args.minutes <= MOST_MINUTES:
        raise UsageError(f"--minutes is from 0.1 to {MOST_MINUTES:.0f}, not {args.minutes:g}")
    if not 1 <= args.calls <= MOST_CALLS:
        raise UsageError(f"--calls is from 1 to {MOST_CALLS}, not {args.calls}")
    if args.each is not None and not 0.1 <= args.each <= args.minutes:
        raise UsageError(f"--each is from 0.1 to --minutes ({args.minutes:g}), not {args.each:g}")
    script = soak.script(args.each or args.minutes)
    settings = settings_of(args, "call.seed=1", "call.greeting=", *(() if args.real_time else _stand_ins(script)))
    lines = [_line(args, settings, script, place) for place in range(args.calls)]
    seen = _held(_calls(args, settings, lines), args.real_time)
    kind = {"line": "silence" if args.silence else "speech", "real_time": args.real_time, "calls": args.calls}
    payload = seen.payload() | kind
    report.emit(payload, lines[0].steps, _table(payload, seen), as_json=args.json)
    return 0


def _held(call: Coroutine[Any, Any, Soaked], real_time: bool) -> Soaked:
    return asyncio.run(call) if real_time else virtual_time.run(call)


async def _calls(args: argparse.Namespace, settings: Settings, lines: list[Line]) -> Soaked:
    async with wiring.parts(settings, note) as built:
        parts = built if args.real_time else replace(built, compute=Inline())
        clock = WallClock() if args.real_time else LoopClock()
        tell = [report.progress, *[lambda _: None] * (len(lines) - 1)]
        held = [soak.soak(parts, settings.call, line, clock, told) for line, told in zip(lines, tell, strict=True)]
        return soak.together(await asyncio.gather(*held))


def _stand_ins(script: soak.Script) -> tuple[str, ...]:
    """The fakes of every kind, on one script."""
    return (
        "vad.backend=energy",
        "turn.backend=vad_only",
        "asr.backend=scripted",
        f'asr.script="{script.words}"',
        "tagger.backend=scripted",
        "llm.backend=scripted",
        "llm.kept=1",
        "voice.backend=tone",
        'spare_voice.backend=""',
    )


def _line(args: argparse.Namespace, settings: Settings, script: soak.Script, place: int) -> Line:
    """The line of the call at ``place``: its noise is its own, and its caller begins with another recording."""
    steps, each = round(args.minutes * STEPS_A_MINUTE), round((args.each or 0.0) * STEPS_A_MINUTE)
    if args.silence:
        if args.recordings:
            raise UsageError("--silence plays no recordings: leave them out, or leave it out")
        return Line(steps, seed=SEED + place, each=each)
    if not args.recordings and settings.asr.backend == "scripted":
        return Line(steps, script, seed=SEED + place, each=each)
    paths = args.recordings or sorted(DEMOS.glob("*.wav"))
    if not paths:
        raise UsageError(f"no recordings: name some, or run from a checkout that has {DEMOS}")
    first = place % len(paths)
    said = [read_audio(path).samples for path in (*paths[first:], *paths[:first])]
    return Line(steps, recordings=said, seed=SEED + place, each=each)


def _table(payload: dict[str, object], seen: Soaked) -> str:
    shown = {key: f"{value:.3g}" if isinstance(value, float) else value for key, value in payload.items()}
    lines = [f"{key:<31}{value}" for key, value in shown.items()]
    lines += [f"  {what}" for what in dict.fromkeys(seen.errors)]
    return "\n".join([*lines, f"{'hardware':<31}{report.hardware()}"])
