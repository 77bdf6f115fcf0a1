"""Measure the codes of motivational interviewing given to a counsellor's utterances.

FILE is a table in AnnoMI's form (.csv with transcript_id, interlocutor, utterance_text, main_therapist_behaviour).
Utterances that the shipped model was trained on are scored by the model of the training's five folds (by transcript)
that was not trained on them; all others by the shipped model. How many of each is reported.

  warmline eval mi annomi_dev.csv --json
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from warmline.dialogue.classify.acts import softmax
from warmline.dialogue.classify.codes import codes
from warmline.dialogue.classify.corpora import CODES, read_codes
from warmline.emotion.text.evaluate import single
from warmline.server.report import emit, progress


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="annotated counselling talks (.csv)")
    parser.add_argument("--shipped", action="store_true", help="score everything by the shipped model, seen or not")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    model = codes()
    utterances = read_codes(args.file)
    chances, seen = [], 0
    for count, one in enumerate(utterances, 1):
        kept = None if args.shipped else model.unseen(one.text, one.before)
        seen += kept is not None
        chances.append(softmax(model.scores(one.text, one.before) if kept is None else kept).astype(np.float32))
        if count % 1000 == 0:
            progress(f"{count} of {len(utterances)}")
    truth = np.array([CODES.index(one.label) for one in utterances], np.int64)
    figures = single(np.array(chances), truth)
    payload = {
        "macro_f1": figures.macro_f1,
        "accuracy": figures.accuracy,
        "weighted_f1": figures.weighted_f1,
        "ece": figures.ece,
        "f1": dict(zip(CODES, figures.f1, strict=True)),
        "by_fold_models": seen,
        "by_shipped_model": figures.n - seen,
    }
    by_code = "  ".join(f"{name} {f1:.2f}" for name, f1 in zip(CODES, figures.f1, strict=True))
    text = (
        f"{figures.n} utterances: {seen} were trained on and are scored out of fold, "
        f"{figures.n - seen} by the shipped model\n"
        f"  macro-F1 {figures.macro_f1:.3f}   accuracy {figures.accuracy:.3f}   ECE {figures.ece:.3f}\n  F1: {by_code}"
    )
    emit(payload, figures.n, text, as_json=args.json)
    return 0
