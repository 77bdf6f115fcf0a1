"""The call page in a real browser (headless Chromium): page opened to greeting heard, and voice to voice.

  warmline bench page                        a server of its own, the recordings in demos/audio, by WebRTC
  warmline bench page --way websocket --json
  warmline bench page --url http://127.0.0.1:8040/ my/*.wav

greeting_ms   page opened to the first sound of our greeting, the call begun by a click as soon as the page is ready;
              the first page is left out: the others find a warm server
v2v_ms        last voiced sample that the page's microphone gave to the first audible sample that the page plays
Beside `warmline bench latency` on the same machine this shows what browser, network stack and codec add.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warmline.server import report
from warmline.server.bench import page
from warmline.server.bench.chromium import executable
from warmline.server.commands.bench_latency import DEMOS
from warmline.server.commands.common import add_settings
from warmline.speech.audio.files import read_audio
from warmline.speech.runtime.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recordings", nargs="*", type=Path, metavar="WAV", help="default: demos/audio")
    parser.add_argument("--way", choices=("webrtc", "websocket"), default="webrtc", help="default webrtc")
    parser.add_argument("--url", help="a server that runs already (default: start one)")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    paths = args.recordings or sorted(DEMOS.glob("*.wav"))
    if not paths:
        raise UsageError(f"no recordings: name some, or run from a checkout that has {DEMOS}")
    if executable() is None:
        raise UsageError("there is no Chromium here: apt-get install chromium")
    recordings = [(path.stem, read_audio(path).samples) for path in paths]
    calls = []
    with _server(args) as url:
        for place, (name, audio) in enumerate(recordings, start=1):
            one = page.call(url, name, audio, args.way)
            report.progress(f"{place}/{len(recordings)} {name}: {_delay(one)}, greeting {one.greeting_ms} ms")
            calls.append(one)
    payload = summary(calls)
    report.emit(payload, len(calls), _table(calls, payload), as_json=args.json)
    return 0


def summary(calls: list[page.Call]) -> dict[str, object]:
    """The figures of the contract, and each call."""
    delays = [one.v2v_ms for one in calls if one.v2v_ms is not None]
    greetings = [one.greeting_ms for one in calls if one.greeting_ms is not None]
    warm = greetings[1:] or greetings
    return {
        "v2v_ms": {"p50": report.percentile(delays, 50), "p95": report.percentile(delays, 95)},
        "greeting_ms": {"p50": report.percentile(warm, 50), "p95": report.percentile(warm, 95)},
        "first_greeting_ms": greetings[0] if greetings else None,
        "cutoffs": sum(one.cut_off for one in calls),
        "missing": sum(one.v2v_ms is None and not one.cut_off for one in calls),
        "way": sorted({one.way for one in calls}),
        "calls": [
            {"name": one.name, "v2v_ms": one.v2v_ms, "cut_off": one.cut_off, "greeting_ms": one.greeting_ms}
            for one in calls
        ],
    }


def _delay(one: page.Call) -> str:
    return "cut off" if one.cut_off else "no reply" if one.v2v_ms is None else f"{one.v2v_ms:.0f} ms"


def _table(calls: list[page.Call], payload: dict[str, object]) -> str:
    lines = [f"{'recording':<20}{'way':<12}{'v2v':>10}{'greeting ms':>13}"]
    for one in calls:
        greeting = "-" if one.greeting_ms is None else f"{one.greeting_ms:.0f}"
        lines.append(f"{one.name:<20}{one.way:<12}{_delay(one):>10}{greeting:>13}")
    lines.append("")
    lines += [f"{key:<18}{value}" for key, value in payload.items() if key != "calls"]
    return "\n".join([*lines, f"{'hardware':<18}{report.hardware()}"])


@contextmanager
def _server(args: argparse.Namespace) -> Iterator[str]:
    """The address of the one that was named, or of a fresh one in a process of its own."""
    if args.url:
        yield args.url
        return
    given = [f"--set={one}" for one in args.sets]
    given += ["--config", str(args.config)] if args.config else []
    given += ["--profile", args.profile] if args.profile else []
    # A call may still be ending when the next page opens; and no draining at the end.
    own = ["--set=call.seed=1", "--set=server.max_calls=16", "--set=server.drain_s=0"]
    command = [sys.executable, "-m", "warmline.server.cli", "serve", "--port", "0", *own, *given]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = next((word for word in process.stdout.readline().split() if word.startswith("http")), None)
            if told is None:
                raise UsageError("the server did not start: see above")
            yield f"{told}/"
        finally:
            process.terminate()
