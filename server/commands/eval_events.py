"""Vocal events against labelled recordings: cries, laughs, coughs and whispers found, missed, and told in error.

  warmline eval events LABELS.tsv SOUNDS/
  warmline eval events LABELS.tsv SOUNDS.tar --telephone --json

LABELS is a tab-separated table with the columns file and event; more columns are ignored. Known events: cry, laugh,
cough (also sneeze), whisper and their common names; "speech" is speech; anything else is another sound, in which
nothing should be told.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
from pathlib import Path

from warmline.emotion.events.detector import EventDetector
from warmline.emotion.events.evaluate import MEANT, Scene, Score, scores, wordless
from warmline.emotion.training.corpora import Clip, Corpus, recordings
from warmline.server.commands.harder import add_harder, harder_of, harder_payload
from warmline.server.report import emit, progress
from warmline.speech.runtime.errors import MissingWeights, UnreadableInput
from warmline.speech.types import SAMPLE_RATE, Samples


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("labels", type=Path, metavar="LABELS.tsv")
    parser.add_argument("audio", type=Path, metavar="AUDIO", help="folder or tar of recordings")
    add_harder(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(args: argparse.Namespace) -> int:
    corpus = read_events(args.labels, args.audio)
    detector = EventDetector()
    if not detector.hears_sounds:
        raise MissingWeights("cries, laughs and coughs need the weights 'yamnet': warmline weights fetch yamnet")
    harder = harder_of(args)
    scenes: list[Scene] = []
    for clip, samples in recordings(corpus):
        scenes.append(_scene(detector, clip, harder.apply(samples, clip.file)))
        if len(scenes) % 100 == 0:
            progress(f"{len(scenes)} of {len(corpus.clips)} recordings")
    if not scenes:
        raise UnreadableInput(f"none of the recordings in {args.labels} is in {args.audio}, or none can be decoded")
    found, apart = scores(scenes), wordless(scenes)
    payload = {
        "events": {kind: dataclasses.asdict(score) for kind, score in found.items()},
        "wordless": apart,
        "missing": len(corpus.clips) - len(scenes),
        **harder_payload(args, harder),
    }
    emit(payload, len(scenes), table(found, apart, len(scenes)), as_json=args.json)
    return 0


def read_events(labels: Path, audio: Path) -> Corpus:
    """The table as a corpus whose labels are events. Raises UnreadableInput."""
    if not audio.exists():
        raise UnreadableInput(f"there is no folder or tar of recordings at {audio}")
    try:
        with labels.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            missing = [column for column in ("file", "event") if column not in (reader.fieldnames or ())]
            if missing:
                raise UnreadableInput(f"{labels} has no column {missing[0]!r}: a table with file and event is needed")
            rows = [(row["file"], (row["event"] or "").strip().lower()) for row in reader if row["file"]]
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInput(f"the table of labels {labels} cannot be read: {error}") from error
    if not rows:
        raise UnreadableInput(f"{labels} has no rows")
    return Corpus(labels.stem, tuple(Clip(file, event, "?", "?", labels.stem) for file, event in rows), audio, 0)


def table(found: dict[str, Score], apart: dict[str, float], count: int) -> str:
    """The figures for people."""
    lines = [f"{count} recordings", f"  {'event':<9}{'n':>5}{'recall':>9}{'precision':>11}{'false':>9}{'an hour':>9}"]
    for kind, score in found.items():
        lines.append(
            f"  {kind:<9}{score.n:>5}{score.recall:>9.3f}{score.precision:>11.3f}"
            f"{score.false_alarm_rate:>9.4f}{score.false_alarms_per_h:>9.1f}"
        )
    lines.append("  called wordless: " + ", ".join(f"{name} {share:.3f}" for name, share in apart.items()))
    return "\n".join(lines)


def _scene(detector: EventDetector, clip: Clip, samples: Samples) -> Scene:
    event = MEANT.get(clip.label, "")
    return Scene(
        event=event,
        speech=clip.label == "speech" or event == "whisper",
        found=frozenset(event.kind for event in detector.detect(samples)),
        wordless=detector.sound(samples).wordless,
        duration_s=len(samples) / SAMPLE_RATE,
    )
