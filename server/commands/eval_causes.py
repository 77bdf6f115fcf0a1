"""Measure which lines of a dialogue are found to carry the cause of an emotion.

FILE is dialogues in RECCON's form (.json). For every utterance with an emotion, each line up to it is a pair that is
causal or not; the emotion is told, as in RECCON's task. Lines too far back to be read count as found not causal.

  warmline eval causes reccon_dd_valid.json --json
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from warmline.emotion.text import reader
from warmline.emotion.text.corpora import read_reccon
from warmline.emotion.text.evaluate import f1_by_class
from warmline.server.report import emit, percentile, progress
from warmline.speech.runtime.errors import UnreadableInput


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="dialogues with causes (.json)")
    parser.add_argument("--hide-emotion", action="store_true", help="do not tell which emotion it is, as in a call")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    model = reader.shipped()
    found: list[bool] = []
    truth: list[bool] = []
    took: list[float] = []
    targets = [
        (talk, place)
        for talk in read_reccon(args.file)
        for place, said in enumerate(talk)
        if said.emotion not in (None, "neutral")
    ]
    if not targets:
        raise UnreadableInput(f"{args.file} holds no utterance with an emotion")
    for count, (talk, place) in enumerate(targets, 1):
        began = time.perf_counter()
        chances, _ = model.lines(talk, place, "" if args.hide_emotion else str(talk[place].emotion))
        took.append(1000.0 * (time.perf_counter() - began))
        found += [back < len(chances) and bool(chances[back] >= model.cause_cut) for back in range(place + 1)]
        truth += [place - back in talk[place].causes for back in range(place + 1)]
        if count % 500 == 0:
            progress(f"{count} of {len(targets)}")
    claimed, gold = np.array(found), np.array(truth)
    f1 = f1_by_class(np.stack([~claimed, claimed], axis=1), np.stack([~gold, gold], axis=1))
    payload = {
        "positive_f1": float(f1[1]),
        "negative_f1": float(f1[0]),
        "macro_f1": float(f1.mean()),
        "utterances": len(targets),
        "emotion_told": not args.hide_emotion,
        "ms_p95": percentile(took, 95),
    }
    text = (
        f"{len(targets)} utterances with an emotion, {len(gold)} pairs\n"
        f"  positive-F1 {f1[1]:.3f}   negative-F1 {f1[0]:.3f}   macro-F1 {f1.mean():.3f}"
        f"   p95 {percentile(took, 95):.1f} ms"
    )
    emit(payload, len(gold), text, as_json=args.json)
    return 0
