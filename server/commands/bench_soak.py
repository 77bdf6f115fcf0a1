"""One long call: does memory grow, does anything fail, does the stream clock stay true?

  warmline bench soak --minutes 60 --silence           an hour of a quiet line, in a minute or so
  warmline bench soak --minutes 60 --speech            an hour of talk: turns, murmurs, interruptions, coughs
  warmline bench soak --minutes 10 --speech --real-time    with the models of a call, at the speed of a call

Time is virtual unless --real-time is given, and then stand-ins take the place of the models; any of them can be a real
one (--set vad.backend=silero --set asr.backend=faster_whisper). With --real-time the settings of a call count, and
recordings are played (default: demos/audio).

rss_slope_mib_per_h    growth of resident memory, the median of all slopes after 5.5 minutes (or the second half)
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


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recordings", nargs="*", type=Path, metavar="WAV", help="what the caller says, over and over")
    parser.add_argument("--minutes", type=float, default=60.0, help="length of the call (default 60)")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--silence", action="store_true", help="a line on which nobody speaks")
    kind.add_argument("--speech", action="store_true", help="a line full of talk (the default)")
    parser.add_argument("--real-time", action="store_true", help="with the models of a call, at its speed")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if not 0.1 <= args.minutes <= MOST_MINUTES:
        raise UsageError(f"--minutes is from 0.1 to {MOST_MINUTES:.0f}, not {args.minutes:g}")
    script = soak.script(args.minutes)
    settings = settings_of(args, "call.seed=1", "call.greeting=", *(() if args.real_time else _stand_ins(script)))
    line = _line(args, settings, script)
    seen = _held(_call(args, settings, line), args.real_time)
    payload = seen.payload() | {"line": "silence" if args.silence else "speech", "real_time": args.real_time}
    report.emit(payload, line.steps, _table(payload, seen), as_json=args.json)
    return 0


def _held(call: Coroutine[Any, Any, Soaked], real_time: bool) -> Soaked:
    return asyncio.run(call) if real_time else virtual_time.run(call)


async def _call(args: argparse.Namespace, settings: Settings, line: Line) -> Soaked:
    async with wiring.parts(settings, note) as built:
        if args.real_time:
            return await soak.soak(built, settings.call, line, WallClock(), report.progress)
        return await soak.soak(replace(built, compute=Inline()), settings.call, line, LoopClock(), report.progress)


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


def _line(args: argparse.Namespace, settings: Settings, script: soak.Script) -> Line:
    steps = round(args.minutes * STEPS_A_MINUTE)
    if args.silence:
        if args.recordings:
            raise UsageError("--silence plays no recordings: leave them out, or leave it out")
        return Line(steps)
    if not args.recordings and settings.asr.backend == "scripted":
        return Line(steps, script)
    paths = args.recordings or sorted(DEMOS.glob("*.wav"))
    if not paths:
        raise UsageError(f"no recordings: name some, or run from a checkout that has {DEMOS}")
    return Line(steps, recordings=[read_audio(path).samples for path in paths])


def _table(payload: dict[str, object], seen: Soaked) -> str:
    shown = {key: f"{value:.3g}" if isinstance(value, float) else value for key, value in payload.items()}
    lines = [f"{key:<22}{value}" for key, value in shown.items()]
    lines += [f"  {what}" for what in dict.fromkeys(seen.errors)]
    return "\n".join([*lines, f"{'hardware':<22}{report.hardware()}"])
