"""Lay a recording out in time: words, prosody, emotion with its doubt, and vocal events.

  warmline analyse demos/audio/job.wav
  warmline analyse call.mp3 --plot call.png                      level, pitch, emotion and words, drawn
  warmline analyse monday.wav friday.wav --json > timelines.json
  warmline analyse talk.wav --set diarize.backend=embedded       two people, each against their own usual

Takes any audio file that FFmpeg reads, up to an hour. Emotion is inferred and may be wrong; where the voice does not
tell, no label is given. What is heard besides words, and how well: docs/events.md. --plot writes PNG or SVG and needs
pip install "warmline[plots]"; of several recordings each gets a drawing of its own, call-monday.png.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from warmline.emotion.events.detector import EventDetector
from warmline.emotion.tagger.backends import TAGGERS
from warmline.server import wiring
from warmline.server.analysis import plot
from warmline.server.analysis.read import Ears, read
from warmline.server.analysis.timeline import Timeline, plain, table
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.report import emit, progress
from warmline.server.settings import Settings
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.audio.files import read_audio
from warmline.speech.diarize.backends import DIARISERS
from warmline.speech.vad.backends import VADS


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="recordings")
    parser.add_argument("--plot", type=Path, metavar="OUT.png|svg", help="draw the timeline")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if args.plot is not None:
        plot.require(args.plot)
    first = read_audio(args.files[0])  # a wrong file is told before the models load
    settings = settings_of(args)
    wiring.use_cache(settings)
    timelines: list[Timeline] = []
    with ExitStack() as stack:
        ears = _ears(settings, stack)
        for number, path in enumerate(args.files):
            audio = first if number == 0 else read_audio(path)
            timelines.append(read(ears, audio, str(path), progress))
            if args.plot is not None:
                target = _target(args.plot, path, len(args.files))
                plot.draw(timelines[-1], target)
                progress(f"drawn: {target}")
    shown = "\n\n".join(table(timeline) for timeline in timelines)
    emit({"files": [plain(timeline) for timeline in timelines]}, len(timelines), shown, as_json=args.json)
    return 0


def _ears(settings: Settings, stack: ExitStack) -> Ears:
    VADS.create(settings.vad.backend, settings.vad.options).close()
    progress("loading models ...")
    recogniser = RECOGNISERS.create(settings.asr.backend, settings.asr.options)
    stack.callback(recogniser.close)
    tagger = TAGGERS.create(settings.tagger.backend, settings.tagger.options)
    stack.callback(tagger.close)
    diariser = DIARISERS.create(settings.diarize.backend, settings.diarize.options)
    stack.callback(diariser.close)
    return Ears(
        vad=lambda: VADS.create(settings.vad.backend, settings.vad.options),
        recogniser=recogniser,
        tagger=tagger,
        events=EventDetector(),
        diariser=diariser,
    )


def _target(plot_path: Path, recording: Path, count: int) -> Path:
    if count == 1:
        return plot_path
    return plot_path.with_name(f"{plot_path.stem}-{recording.stem}{plot_path.suffix}")
