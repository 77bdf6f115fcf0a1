"""Measure the flag for a voice that says one thing and words that say another.

Recordings of LABELS AUDIO (as for `warmline eval emotion`) are paired with sentences of ours whose side is known: a
sad or angry voice with plain or bright words, and a happy voice with dark words, disagree; a sad or angry voice with
dark words, a happy one with bright words and a plain one with plain words do not. The words spoken in the recordings
play no part. Speakers that the shipped head was trained on flatter it: give a head trained without them by --head.

  warmline eval disagreement ravdess_labels.tsv ravdess.tar.xz --pairs 400
"""

from __future__ import annotations

import argparse
from pathlib import Path
from types import MappingProxyType

import numpy as np

from warmline.emotion.circumplex import place
from warmline.emotion.fusion import disagree, disagreement
from warmline.emotion.head_file import load, shipped
from warmline.emotion.text.evaluate import calibration_error
from warmline.emotion.training.corpora import read_corpus
from warmline.emotion.training.disagreement import auc, pairs, sentences
from warmline.emotion.training.encode import Encoder
from warmline.emotion.training.evaluate import Scored, score
from warmline.emotion.training.features import Source, extract
from warmline.emotion.types import LABELS, ParalinguisticTags
from warmline.emotion.words_in_context import read_in_context
from warmline.server.report import emit, progress
from warmline.speech.runtime.errors import MissingWeights, UnreadableInput, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("labels", type=Path, metavar="LABELS.tsv")
    parser.add_argument("audio", type=Path, metavar="AUDIO", help="folder or tar of recordings")
    parser.add_argument("--pairs", type=int, default=400, help="at most how many pairs (default 400)")
    parser.add_argument("--encoder", default="whisper-tiny.en", help="the ear whose head is used")
    parser.add_argument("--head", type=Path, help="a head of your own instead of the shipped one")
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="keep the pooled rows there between runs")
    parser.add_argument("--limit", type=int, help="about this many clips, spread over the table")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    if args.pairs < 2:
        raise UsageError("--pairs must be 2 or more")
    head = load(args.head) if args.head else shipped(args.encoder)
    if head is None:
        raise MissingWeights(f"no emotion head ships for the encoder {args.encoder!r}: name another with --encoder")
    corpus = read_corpus(args.labels, args.audio, args.limit)
    rows = extract(corpus, Source(Encoder(head.encoder, args.threads), stride=head.stride), args.cache, progress)
    scored = score(head, rows)
    said = sentences()
    drawn = pairs(scored.clips, said, args.pairs, args.seed)
    if len({pair.disagrees for pair in drawn}) < 2:
        raise UnreadableInput(f"{args.labels} has too few sad, angry, happy or neutral recordings to make pairs of")
    words = read_in_context()
    read = [words.read(one.text) for one in said]
    voices = [_tags(scored, pair.clip, head.threshold) for pair in drawn]
    chances = np.array([disagreement(tags, read[pair.sentence]) for tags, pair in zip(voices, drawn, strict=True)])
    raised = np.array([disagree(tags, read[pair.sentence]) for tags, pair in zip(voices, drawn, strict=True)])
    truth = np.array([pair.disagrees for pair in drawn])
    payload = {
        "auc": auc(chances, truth),
        "ece": calibration_error(np.maximum(chances, 1 - chances), (chances >= 0.5) == truth),
        "raised": {"when_they_disagree": float(raised[truth].mean()), "when_they_agree": float(raised[~truth].mean())},
        "disagreeing": int(truth.sum()),
        "encoder": head.encoder,
    }
    text = (
        f"{len(drawn)} pairs of voice and words, {truth.sum()} of which disagree\n"
        f"  AUC {payload['auc']:.3f}   ECE {payload['ece']:.3f}\n"
        f"  flag raised where they disagree {raised[truth].mean():.3f}, where they agree {raised[~truth].mean():.3f}"
    )
    emit(payload, len(drawn), text, as_json=args.json)
    return 0


def _tags(scored: Scored, at: int, threshold: float) -> ParalinguisticTags:
    """What the tagger would say of one clip, voice only."""
    labels = MappingProxyType(dict(zip(LABELS, np.exp(scored.logs[at]).astype(float).tolist(), strict=True)))
    top = max(labels, key=lambda label: labels[label])
    where = place(labels)
    return ParalinguisticTags(
        where.valence,
        float(scored.arousal[at]),
        where.dominance,
        labels,
        labels[top],
        (0, 0),
        label=top if labels[top] >= threshold else None,
    )
