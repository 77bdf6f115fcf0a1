"""Many calls at once: how long callers wait, what is lost, and what a call costs, by the number of calls.

  warmline bench load --calls 4                          the settings of a call, four callers for a minute
  warmline bench load --calls 1,2,3,4,6 my/*.wav         a table by number of calls, with your recordings
  warmline bench load --calls 200 --fakes                stand-ins for every model: what the house itself costs

Callers speak recordings (default: demos/audio) in real time, a share of the time; every fourth turn joins two with a
pause inside, and into every sixth reply they speak (overlaps/stop.wav, or what --into names).

v2v_ms       last voiced sample of the caller to first audible sample of the reply, by the wall
cut_off      replies that began while the caller was not done; pauses: inside turns, in which that can happen
underruns    moments at which our voice ran dry inside a reply; gap_ms: for how long
held         whether nothing was lost, refused or failed and p95 is at most 1500 ms
cpu          cores used, of those the machine has; lag_ms: how late the event loop came to the callers' frames
"""

from __future__ import annotations

import argparse
import asyncio
import math
from pathlib import Path

from warmline.server import report, wiring
from warmline.server.bench import costs
from warmline.server.bench.load import Loaded, load
from warmline.server.bench.people import Person, Repertoire, repertoire
from warmline.server.commands.common import add_settings, note, settings_of
from warmline.server.hosting import Admission
from warmline.server.settings import Settings
from warmline.speech.audio.files import read_audio
from warmline.speech.runtime.clock import WallClock
from warmline.speech.runtime.errors import UsageError

DEMOS = Path("demos/audio")
INTO = Path("demos/audio/overlaps/stop.wav")
MOST_CALLS, MOST_MINUTES = 2_000, 24 * 60.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "recordings", nargs="*", type=Path, metavar="WAV", help="what callers say; default: demos/audio"
    )
    parser.add_argument("--calls", default="1", metavar="N[,N...]", help="calls at once, one run each (default 1)")
    parser.add_argument("--minutes", type=float, default=1.0, help="length of each run (default 1)")
    parser.add_argument("--talk-share", type=float, default=0.4, help="of the time a caller speaks (default 0.4)")
    parser.add_argument("--into", type=Path, metavar="WAV", help="what they say into a reply")
    parser.add_argument("--fakes", action="store_true", help="stand-ins for ears, tagger, language model and voice")
    parser.add_argument("--costs", type=Path, metavar="FILE", help="write what a call costs, for bench simulate")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object: the last run, all in runs")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    counts = _counts(args.calls)
    if not 0.05 <= args.minutes <= MOST_MINUTES:
        raise UsageError(f"--minutes is from 0.05 to {MOST_MINUTES:.0f}, not {args.minutes:g}")
    if not 0.05 <= args.talk_share <= 0.8:
        raise UsageError(f"--talk-share is from 0.05 to 0.8, not {args.talk_share:g}")
    defaults = ["call.seed=1", "call.greeting=", f"server.max_calls={max(counts)}"]
    settings = settings_of(args, *defaults, *(stand_ins(args.minutes) if args.fakes else ()))
    runs = asyncio.run(_runs(args, settings, counts, _things(args)))
    if args.costs is not None:
        costs.save(costs.fitted(runs), args.costs)
    rows = [one.payload() for one in runs]
    payload = rows[-1] | {"mib_per_further_call": _slope(runs), "runs": rows} | _asked(args)
    report.emit(payload, sum(len(one.tallies) for one in runs), _table(rows, payload), as_json=args.json)
    return 0


def stand_ins(minutes: float) -> tuple[str, ...]:
    """The fakes of every kind; the recogniser hears a word every 0.4 s, whatever is said."""
    words = "; ".join(f"{at * 4.0:.1f}-{at * 4.0 + 4.0:.1f} {_LINE}" for at in range(round(minutes * 15.0) + 15))
    return (
        "vad.backend=energy",
        "turn.backend=vad_only",
        "turn.probability=0.9",
        "asr.backend=scripted",
        f'asr.script="{words}"',
        "tagger.backend=scripted",
        "llm.backend=scripted",
        "llm.kept=1",
        "voice.backend=tone",
        'spare_voice.backend=""',
    )


_LINE = "fine yes okay thanks good yes sure sad tired okay"
"""Wherever it is cut, a turn may have ended."""


def _counts(text: str) -> list[int]:
    try:
        counts = [int(word) for word in text.split(",")]
    except ValueError:
        counts = []
    if not counts or not all(1 <= count <= MOST_CALLS for count in counts):
        raise UsageError(f"--calls takes numbers from 1 to {MOST_CALLS} with commas between, not {text!r}")
    return counts


def _things(args: argparse.Namespace) -> Repertoire:
    paths = args.recordings or sorted(DEMOS.glob("*.wav"))
    if not paths:
        raise UsageError(f"no recordings: name some, or run from a checkout that has {DEMOS}")
    into = [args.into] if args.into else [INTO] if INTO.is_file() else []
    try:
        return repertoire([read_audio(path).samples for path in paths], [read_audio(path).samples for path in into])
    except ValueError as error:
        raise UsageError(f"a caller cannot say that: {error}") from error


async def _runs(args: argparse.Namespace, settings: Settings, counts: list[int], things: Repertoire) -> list[Loaded]:
    runs: list[Loaded] = []
    async with wiring.parts(settings, note) as parts:
        for count in counts:
            people = [Person(things, args.talk_share, seed) for seed in range(count)]
            admission = Admission(settings.server.max_calls)
            seconds_s = args.minutes * 60.0
            runs.append(await load(parts, settings.call, people, seconds_s, admission, WallClock(), report.progress))
    return runs


def _slope(runs: list[Loaded]) -> float:
    """MiB that each further call of a run takes, between the smallest and the largest run; nan for one run."""
    few, many = min(runs, key=lambda one: one.calls), max(runs, key=lambda one: one.calls)
    if few.calls == many.calls:
        return float("nan")
    return (many.rss_mib - few.rss_mib) / (many.calls - few.calls)


def _asked(args: argparse.Namespace) -> dict[str, object]:
    return {"minutes": args.minutes, "asked_talk_share": args.talk_share, "fakes": args.fakes}


_COLUMNS = (
    "calls",
    "p50",
    "p95",
    "p99",
    "answers",
    "pauses",
    "cut off",
    "none",
    "dry",
    "gap p95",
    "refused",
    "cpu",
    "lag p99",
    "MiB",
    "held",
)


def _table(rows: list[dict[str, object]], payload: dict[str, object]) -> str:
    lines = ["".join(f"{name:>9}" for name in _COLUMNS)]
    for row in rows:
        v2v, lag = _figures(row["v2v_ms"]), _figures(row["lag_ms"])
        cells = (row["calls"], *(f"{v2v[key]:.0f}" for key in ("p50", "p95", "p99")), row["answers"])
        met = (row[key] for key in ("pauses", "cut_off", "unanswered", "underruns"))
        gap_ms = _figures(row["gap_ms"])["p95"]
        gap = "-" if math.isnan(gap_ms) else f"{gap_ms:.0f}"
        more = (*met, gap, row["refused"], f"{row['cpu']:.2f}", f"{lag['p99']:.1f}")
        held = "yes" if row["held"] else "no"
        lines.append("".join(f"{cell!s:>9}" for cell in (*cells, *more, f"{row['rss_mib']:.0f}", held)))
    threads, lanes = _figures(payload["cores_by_thread"]), payload["lanes"]
    lines += ["", f"cores of the last run, by thread: {', '.join(f'{name} {s:.2f}' for name, s in threads.items())}"]
    assert isinstance(lanes, dict)
    for name, lane in lanes.items():
        lines.append("  " + f"{name:<12}" + ", ".join(f"{key} {value:.2f}" for key, value in lane.items()))
    troubles = payload["troubles"]
    assert isinstance(troubles, dict)
    lines += [f"trouble: {what} ({count})" for what, count in troubles.items()]
    lines += [f"memory of a further call: {payload['mib_per_further_call']:.1f} MiB", report.hardware()]
    return "\n".join(lines)


def _figures(value: object) -> dict[str, float]:
    assert isinstance(value, dict)
    return value
