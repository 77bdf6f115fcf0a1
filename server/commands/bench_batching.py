"""Recognition of several calls in one batch against one call at a time, on the same cores and the same recordings.

  warmline bench batching                        four recordings of demos/audio
  warmline bench batching my/*.wav --calls 2

A round decodes one window of each call, first one at a time, then all as calls of a service whose decodes wait at once
do (a thread each, one batch), and so on in turns, so that what else the machine does falls on both. How often decodes
of real calls wait at once, this does not tell.

gain_wall    time of one at a time by time in a batch, medians over rounds; gain_cpu the same of processor time
same_words   whether both hear the same
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from warmline.server import report, wiring
from warmline.server.commands.common import add_settings, settings_of
from warmline.speech.asr.base import Hypothesis, Recogniser
from warmline.speech.asr.faster_whisper import FasterWhisper, FasterWhisperConfig
from warmline.speech.asr.shared import shared
from warmline.speech.audio.files import read_audio
from warmline.speech.runtime.errors import UsageError
from warmline.speech.runtime.party import Party
from warmline.speech.types import AudioChunk, samples_of

DEMOS = Path("demos/audio")
WINDOW = samples_of(9.0)
"""With the room that is left after the audio this fits the shortest window."""


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
    ears = shared(FasterWhisper(config))
    pieces = [AudioChunk(read_audio(path).samples[:WINDOW]) for path in paths[: args.calls]]
    payload = measured(ears, pieces, args.rounds)
    ears.close()
    lines = [
        f"{key:<16}{value:.3g}" if isinstance(value, float) else f"{key:<16}{value}" for key, value in payload.items()
    ]
    report.emit(payload, args.rounds, "\n".join([*lines, report.hardware()]), as_json=args.json)
    return 0


def measured(ears: Recogniser, pieces: Sequence[AudioChunk], rounds: int) -> dict[str, object]:
    """Both ways in turns, after a round that only warms up."""
    alone: list[tuple[float, float]] = []
    batched: list[tuple[float, float]] = []
    same = True
    for number in range(rounds + 1):
        one_by_one, spent = _timed(lambda: [ears.decode(piece) for piece in pieces])
        at_once, spent_at_once = _timed(lambda: _together(ears, pieces))
        same = same and [heard.text for heard in one_by_one] == [heard.text for heard in at_once]
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


def _together(ears: Recogniser, pieces: Sequence[AudioChunk]) -> list[Hypothesis]:
    """Each on a thread of its own, in one party."""
    party = Party(len(pieces))
    with ThreadPoolExecutor(len(pieces)) as pool:
        jobs = [pool.submit(party.guest(partial(ears.decode, piece))) for piece in pieces]
        return [job.result() for job in jobs]


def _timed(work: Callable[[], list[Hypothesis]]) -> tuple[list[Hypothesis], tuple[float, float]]:
    """What ``work`` gave, and its seconds by the wall and of the processor."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    out = work()
    return out, (time.perf_counter() - wall_s, time.process_time() - cpu_s)
