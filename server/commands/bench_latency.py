"""Voice-to-voice delay: plays recordings through the real-time path and reads the delay off what was recorded.

  warmline bench latency                     the recordings in demos/audio
  warmline bench latency my/*.wav --json     yours

v2v_ms            last voiced sample of the caller to first audible sample of the reply
cutoff_rate       replies begun during a pause inside an utterance, of the recordings that have such a pause (0.4 s)
draft_hit_rate    turns whose first audio was ready when the turn was judged to have ended
barge_in_ms       voice onset over our reply until we are 6 dB down, and until we are silent
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import time
from pathlib import Path

from warmline.server import report, wiring
from warmline.server.bench import latency
from warmline.server.bench.soak import rss_mib
from warmline.server.commands.common import add_settings, note, settings_of
from warmline.speech.audio.files import read_audio
from warmline.speech.runtime.errors import UsageError

DEMOS = Path("demos/audio")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recordings", nargs="*", type=Path, metavar="WAV", help="default: demos/audio")
    parser.add_argument("--rounds", type=int, default=1, help="how often each recording is played (default 1)")
    parser.add_argument("--barge-ins", type=int, default=6, help="how many interruptions (default 6)")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    paths = args.recordings or sorted(DEMOS.glob("*.wav"))
    if not paths:
        raise UsageError(f"no recordings: name some, or run from a checkout that has {DEMOS}")
    if args.rounds < 1 or args.barge_ins < 0:
        raise UsageError("--rounds is at least 1, --barge-ins at least 0")
    return asyncio.run(_run(args, paths))


async def _run(args: argparse.Namespace, paths: list[Path]) -> int:
    recordings = [(path.stem, read_audio(path).samples) for path in paths]
    settings = settings_of(args, "call.seed=1")
    async with wiring.parts(settings, note) as parts:
        ready_s = seconds_since_start()
        ready_mib = rss_mib()
        summary = await latency.bench(
            parts, settings.call, recordings, rounds=args.rounds, barge_ins=args.barge_ins, note=report.progress
        )
    payload = summary.payload() | {
        "rss_mib": peak_rss_mib(),
        "rss_ready_mib": ready_mib,
        "ready_s": ready_s,
        "turns": [
            {"name": one.name, "v2v_ms": one.v2v_ms, "cut_off": one.cut_off, "words": one.words, "reply": one.reply}
            for one in summary.turns
        ],
    }
    report.emit(payload, len(summary.turns), _table(payload, summary), as_json=args.json)
    return 0


def _table(payload: dict[str, object], summary: latency.Summary) -> str:
    lines = [f"{'recording':<24}{'v2v ms':>8}{'pause s':>9}{'drafts':>8}  reply"]
    for one in summary.turns:
        delay = "cut off" if one.cut_off else "-" if one.v2v_ms is None else f"{one.v2v_ms:.0f}"
        lines.append(f"{one.name:<24}{delay:>8}{one.inner_pause_s:>9.2f}{one.drafts:>8}  {one.reply[:70]}")
    lines.append("")
    lines += [f"{key:<18}{_short(value)}" for key, value in payload.items() if key != "turns"]
    return "\n".join([*lines, f"{'hardware':<18}{report.hardware()}"])


def _short(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(item)}" for key, item in value.items())
    return (
        f"{value:.3g}"
        if isinstance(value, float) and abs(value) < 10
        else f"{value:.0f}"
        if isinstance(value, float)
        else str(value)
    )


def peak_rss_mib() -> float:
    """The most memory that was ever resident."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def seconds_since_start() -> float:
    """Since this process was started, interpreter and imports included."""
    try:
        ticks = int(Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19])
    except OSError:
        return time.process_time()
    import os

    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
