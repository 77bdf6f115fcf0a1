"""Recognition of several calls in one batch against one call at a time, on the same cores and the same recordings.

  warmline bench batching                        four recordings of demos/audio
  warmline bench batching my/*.wav --calls 2

A round decodes one window of each call, first one at a time, then all in one batch, and so on in turns, so that what
else the machine does falls on both. This measures the engine: calls do not share batches yet.

gain_wall    time of one at a time by time in a batch, medians over rounds; gain_cpu the same of processor time
same_words   whether both hear the same
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from warmline.server import report, wiring
from warmline.server.commands.common import add_settings, settings_of
from warmline.speech.asr.faster_whisper import FasterWhisperConfig
from warmline.speech.asr.whisper import Engine, Loading, Pass
from warmline.speech.audio.files import read_audio
from warmline.speech.runtime.errors import UsageError
from warmline.speech.types import Samples, samples_of

DEMOS = Path("demos/audio")
WINDOW = samples_of(10.0)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recordings", nargs="*", type=Path, metavar="WAV", help="default: demos/audio")
    parser.add_argument("--calls", type=int, default=4, help="calls in a batch (default 4)")
    parser.add_argument("--rounds", type=int, default=10, help="how often each way is measured (default 10)")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    paths = args.recordings or sorted(DEMOS.glob("*.wav"))
    if not 2 <= args.calls <= 64 or args.rounds < 1:
        raise UsageError("--calls is from 2 to 64, --rounds at least 1")
    if len(paths) < args.calls:
        raise UsageError(f"{args.calls} calls need as many recordings: name them, or run from a checkout with {DEMOS}")
    settings = settings_of(args)
    wiring.use_cache(settings)
    if settings.asr.backend != "faster_whisper":
        raise UsageError("only asr.backend=faster_whisper decodes in batches")
    config = FasterWhisperConfig(**settings.asr.options)  # type: ignore[arg-type]
    engine = Engine(Loading(config.model, config.language, config.languages, config.threads, config.compute_type))
    pieces = [read_audio(path).samples[:WINDOW] for path in paths[: args.calls]]
    payload = measured(engine, pieces, args.rounds)
    engine.close()
    lines = [
        f"{key:<16}{value:.3g}" if isinstance(value, float) else f"{key:<16}{value}" for key, value in payload.items()
    ]
    report.emit(payload, args.rounds, "\n".join([*lines, report.hardware()]), as_json=args.json)
    return 0


def measured(engine: Engine, pieces: Sequence[Samples], rounds: int) -> dict[str, object]:
    """Both ways in turns, after a round that only warms up."""
    alone: list[tuple[float, float]] = []
    batched: list[tuple[float, float]] = []
    same = True
    for number in range(rounds + 1):
        one_by_one, spent = _timed(lambda: [engine.run(piece, WINDOW) for piece in pieces])
        at_once, spent_at_once = _timed(lambda: engine.run_many(list(pieces), WINDOW))
        same = same and [heard.draft.text for heard in one_by_one] == [heard.draft.text for heard in at_once]
        if number:
            alone.append(spent)
            batched.append(spent_at_once)
    wall, wall_at_once, cpu, cpu_at_once = (
        statistics.median(spent[kind] for spent in spents) for kind in (0, 1) for spents in (alone, batched)
    )
    return {
        "calls": len(pieces),
        "gain_wall": wall / wall_at_once,
        "gain_cpu": cpu / cpu_at_once,
        "one_at_a_time_ms": wall * 1000.0,
        "batch_ms": wall_at_once * 1000.0,
        "same_words": same,
    }


def _timed(work: Callable[[], list[Pass]]) -> tuple[list[Pass], tuple[float, float]]:
    """What ``work`` gave, and its seconds by the wall and of the processor."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    out = work()
    return out, (time.perf_counter() - wall_s, time.process_time() - cpu_s)
