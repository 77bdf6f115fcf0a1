"""How well the shipped emotion head hears: recall, calibration and abstention on a labelled corpus.

LABELS is a tab-separated table with the columns file, emotion, speaker, gender; AUDIO is the folder or tar (of any
codec) with the recordings. Corpora whose labels are in another form: see LABEL_OF in emotion/training/corpora.py.
"""

from __future__ import annotations

import argparse
import zlib
from pathlib import Path

import numpy as np

from warmline.emotion.head import Head, load, shipped
from warmline.emotion.training.corpora import Clip, read_corpus
from warmline.emotion.training.encode import Encoder
from warmline.emotion.training.evaluate import Figures, Scored, classes_of, figures, score
from warmline.emotion.training.features import Change, Source, extract
from warmline.server.report import emit, progress
from warmline.speech.audio.degrade import add_noise, coloured_noise, telephone
from warmline.speech.runtime.errors import MissingWeights, UnreadableInput
from warmline.speech.types import Samples


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("labels", type=Path, metavar="LABELS.tsv")
    parser.add_argument("audio", type=Path, metavar="AUDIO", help="folder or tar of recordings")
    parser.add_argument("--classes", type=int, choices=(4, 8), default=8, help="4: angry, happy, sad, neutral")
    parser.add_argument("--telephone", action="store_true", help="through a mu-law line at 8 kHz")
    parser.add_argument("--snr", type=float, metavar="DB", help="add pink noise at this level below the speech")
    parser.add_argument("--encoder", default="whisper-tiny.en", help="the ear whose head is measured")
    parser.add_argument("--head", type=Path, help="a head of your own instead of the shipped one")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=int, help="about this many clips, spread over the table")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(args: argparse.Namespace) -> int:
    corpus = read_corpus(args.labels, args.audio, args.limit)
    head = _head(args.head, args.encoder)
    source = Source(Encoder(head.encoder, args.threads), change=worse_line(args.telephone, args.snr))
    rows = extract(corpus, source, tell=progress)
    skipped = len(corpus.clips) - len(rows.clips)
    if skipped:
        progress(f"{skipped} of {len(corpus.clips)} recordings are missing or cannot be decoded")
    scored = score(head, rows)
    classes = classes_of(rows.clips, args.classes)
    if len(classes) < 2:
        raise UnreadableInput(f"{args.labels} has fewer than two of the classes that are scored: {', '.join(classes)}")
    found = figures(scored, classes)
    payload = {
        **plain(found),
        "abstained": abstained(scored, head),
        "encoder": head.encoder,
        "telephone": args.telephone,
        "snr": args.snr,
        "left_out": corpus.left_out,
        "unreadable": skipped,
    }
    emit(payload, found.n, table(corpus.name, found), as_json=args.json)
    return 0


def plain(found: Figures) -> dict[str, object]:
    """Figures under the keys of the measuring commands."""
    return {
        "uar": found.uar,
        "wa": found.wa,
        "ece": found.ece,
        "gain_at_70": found.gain_at_70,
        "arousal_auc": found.arousal_auc,
        "classes": list(found.classes),
        "by_gender": dict(found.by_gender),
        "recall": dict(found.recall),
    }


def table(name: str, found: Figures) -> str:
    """The figures for people."""
    recalls = "  ".join(f"{label} {value:.2f}" for label, value in found.recall.items())
    genders = "  ".join(f"{gender} {value:.3f}" for gender, value in found.by_gender.items())
    return (
        f"{name}: {found.n} clips, {len(found.classes)} classes\n"
        f"  UAR {found.uar:.3f}   WA {found.wa:.3f}   ECE {found.ece:.3f}   "
        f"gain at 70% coverage {found.gain_at_70:+.3f}   arousal AUC {found.arousal_auc:.3f}\n"
        f"  recall: {recalls}\n  UAR by gender: {genders}"
    )


def abstained(scored: Scored, head: Head) -> float:
    """Share of clips for which the head claims no label."""
    return float((scored.logs.max(axis=1) < np.log(head.threshold)).mean()) if head.threshold > 0.0 else 0.0


def _head(path: Path | None, encoder: str) -> Head:
    head = load(path) if path else shipped(encoder)
    if head is None:
        raise MissingWeights(
            f"no emotion head ships for the encoder {encoder!r}: train one with `warmline train emotion --encoder`"
        )
    return head


def worse_line(by_telephone: bool, snr_db: float | None) -> Change | None:
    """What the line does to each clip, the same at each run; None for a clean line."""
    if not by_telephone and snr_db is None:
        return None

    def change(samples: Samples, clip: Clip) -> Samples:
        if snr_db is not None:
            noise = coloured_noise(len(samples), 1.0, np.random.default_rng(zlib.crc32(clip.file.encode())))
            samples = add_noise(samples, noise, snr_db)
        return telephone(samples) if by_telephone else samples

    return change
