"""How well the shipped emotion head hears: recall, calibration and abstention on a labelled corpus.

  warmline eval emotion labels.tsv recordings.tar.xz                 every label that occurs
  warmline eval emotion labels.tsv recordings/ --classes 4 --baseline   also against each caller's usual sound
  warmline eval emotion labels.tsv recordings/ --telephone --snr 10 --plot confusion.svg

LABELS is a tab-separated table with the columns file, emotion, speaker, gender; AUDIO is the folder or tar (of any
codec) with the recordings. Labels that mean none of ours are counted and left out: see LABEL_OF in
emotion/training/corpora.py. --baseline takes each speaker's clips in an order drawn by their names, as turns of a call.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from warmline.emotion.head import Head
from warmline.emotion.head_file import load, shipped
from warmline.emotion.training.corpora import Clip, Corpus, read_corpus
from warmline.emotion.training.encode import Encoder
from warmline.emotion.training.evaluate import Figures, Scored, classes_of, figures, score
from warmline.emotion.training.features import Change, Rows, Source, extract
from warmline.server.commands.confusion import svg
from warmline.server.commands.harder import add_harder, harder_of, harder_payload
from warmline.server.report import emit, progress
from warmline.speech.audio.degrade import Harder
from warmline.speech.runtime.errors import MissingWeights, StorageError, UnreadableInput, UsageError
from warmline.speech.types import Samples


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("labels", type=Path, metavar="LABELS.tsv")
    parser.add_argument("audio", type=Path, metavar="AUDIO", help="folder or tar of recordings")
    parser.add_argument("--classes", type=int, choices=(4, 8), default=8, help="4: angry, happy, sad, neutral")
    parser.add_argument("--baseline", action="store_true", help="also against each caller's usual sound so far")
    parser.add_argument("--encoder", default="whisper-tiny.en", help="the ear whose head is measured")
    parser.add_argument("--head", type=Path, help="a head of your own instead of the shipped one")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the confusions")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=int, help="about this many clips, spread over the table")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    add_harder(parser)


def run(args: argparse.Namespace) -> int:
    if args.plot is not None and args.plot.suffix.lower() != ".svg":
        raise UsageError(f"--plot writes SVG: give a name that ends in .svg, not {args.plot.name}")
    harder = harder_of(args)
    corpus = read_corpus(args.labels, args.audio, args.limit)
    head = _head(args.head, args.encoder)
    encoder = Encoder(head.encoder, args.threads)
    rows = extract(corpus, Source(encoder, change=worse_line(harder), stride=head.stride), tell=progress)
    skipped = _told(corpus, rows)
    classes = classes_of(rows.clips, args.classes)
    if len(classes) < 2:
        raise UnreadableInput(f"{args.labels} has fewer than two of the classes that are scored: {', '.join(classes)}")
    scored = score(head, rows)
    found = figures(scored, classes)
    payload = {
        **plain(found),
        "abstained": abstained(scored, head),
        "encoder": head.encoder,
        **harder_payload(args, harder),
        "left_out": corpus.left_out,
        "unknown_labels": dict(corpus.unknown),
        "unreadable": skipped,
    }
    lines = [table(corpus.name, found)]
    if args.baseline:
        usual = figures(score(head, rows, own_terms=True), classes)
        payload["with_baseline"] = plain(usual)
        lines.append(table(f"{corpus.name}, against each caller's usual sound so far", usual))
    if args.plot is not None:
        _draw(args.plot, found, corpus.name)
    emit(payload, found.n, "\n".join(lines), as_json=args.json)
    return 0


def _told(corpus: Corpus, rows: Rows) -> int:
    """Say what was left out; returns how many recordings could not be read."""
    if corpus.unknown:
        named = ", ".join(f"{label} ({count})" for label, count in list(corpus.unknown.items())[:12])
        progress(f"{corpus.left_out} clips have labels that mean none of ours and are left out: {named}")
    skipped = len(corpus.clips) - len(rows.clips)
    if skipped:
        progress(f"{skipped} of {len(corpus.clips)} recordings are missing or cannot be decoded")
    return skipped


def _draw(path: Path, found: Figures, name: str) -> None:
    try:
        path.write_text(svg(found.classes, found.confusion, f"{name}: {found.n} clips, UAR {found.uar:.3f}"))
    except OSError as error:
        raise StorageError(f"the drawing cannot be written to {path}: {error}") from error
    progress(f"wrote {path}")


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
        "by_speaker": dict(found.by_speaker),
        "coverage": dict(found.coverage),
        "confusion": [list(row) for row in found.confusion],
    }


def table(name: str, found: Figures) -> str:
    """The figures for people."""
    recalls = "  ".join(f"{label} {value:.2f}" for label, value in found.recall.items())
    genders = "  ".join(f"{gender} {value:.3f}" for gender, value in found.by_gender.items())
    kept = "  ".join(f"{share} {value:.3f}" for share, value in found.coverage.items())
    speakers = sorted(found.by_speaker.values())
    worst = f"{speakers[0]:.3f} to {speakers[-1]:.3f} over {len(speakers)} speakers" if speakers else "none"
    return (
        f"{name}: {found.n} clips, {len(found.classes)} classes\n"
        f"  UAR {found.uar:.3f}   WA {found.wa:.3f}   ECE {found.ece:.3f}   "
        f"gain at 70% coverage {found.gain_at_70:+.3f}   arousal AUC {found.arousal_auc:.3f}\n"
        f"  recall: {recalls}\n  UAR by gender: {genders}   by speaker: {worst}\n"
        f"  accuracy by share answered: {kept}"
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


def worse_line(harder: Harder) -> Change | None:
    """What the line does to each clip, the same at each run; None for a clean line."""
    if not harder.changes:
        return None

    def change(samples: Samples, clip: Clip) -> Samples:
        return harder.apply(samples, clip.file)

    return change
