"""Measure what is read off the words alone: emotion of the text.

FILE is a table in MELD's form (.csv with Utterance, Speaker, Emotion, Dialogue_ID; every utterance is read with the
lines before it) or in GoEmotions' form (.tsv without header: text, label ids, any).

  warmline eval words meld_dev.csv --json
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from warmline.emotion.text import reader
from warmline.emotion.text.corpora import MELD, read_comments, read_meld
from warmline.emotion.text.evaluate import Figures, multi, single
from warmline.emotion.words import EMOTIONS
from warmline.emotion.words_in_context import read_in_context
from warmline.server.report import emit, percentile, progress
from warmline.speech.runtime.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="MELD's table (.csv) or GoEmotions' (.tsv)")
    parser.add_argument("--limit", type=int, metavar="N", help="the first N texts (of MELD: utterances) only")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    if args.limit is not None and args.limit < 1:
        raise UsageError("--limit must be 1 or more")
    took: list[float] = []
    spoken = args.file.suffix.lower() == ".csv"
    figures = (_spoken if spoken else _comments)(args.file, args.limit, took)
    names = MELD if spoken else EMOTIONS
    payload = {
        "form": "meld" if spoken else "goemotions",
        "weighted_f1": figures.weighted_f1,
        "macro_f1": figures.macro_f1,
        "accuracy": figures.accuracy,
        "ece": figures.ece,
        "ms_p95": percentile(took, 95),
        "f1": dict(zip(names, figures.f1, strict=True)),
    }
    emit(payload, figures.n, table(figures, names, percentile(took, 95)), as_json=args.json)
    return 0


def table(figures: Figures, names: tuple[str, ...], ms_p95: float) -> str:
    """The figures for people."""
    by_class = "  ".join(f"{name} {f1:.2f}" for name, f1 in zip(names, figures.f1, strict=True))
    return (
        f"{figures.n} texts, {len(names)} emotions\n"
        f"  weighted-F1 {figures.weighted_f1:.3f}   macro-F1 {figures.macro_f1:.3f}   accuracy {figures.accuracy:.3f}"
        f"   ECE {figures.ece:.3f}   p95 {ms_p95:.1f} ms a text\n  F1: {by_class}"
    )


def _spoken(path: Path, limit: int | None, took: list[float]) -> Figures:
    model = reader.shipped()
    every = [(talk, place) for talk in read_meld(path) for place in range(len(talk))][:limit]
    chances = []
    for count, (talk, place) in enumerate(every, 1):
        began = time.perf_counter()
        chances.append(model.emotion(talk, place))
        took.append(1000.0 * (time.perf_counter() - began))
        _tell(count, len(every))
    truth = np.array([MELD.index(str(talk[place].emotion)) for talk, place in every], np.int64)
    return single(np.array(chances), truth)


def _comments(path: Path, limit: int | None, took: list[float]) -> Figures:
    model = read_in_context()
    comments = read_comments(path)[:limit]
    chances = []
    for count, comment in enumerate(comments, 1):
        began = time.perf_counter()
        chances.append(model.comment(comment.text))
        took.append(1000.0 * (time.perf_counter() - began))
        _tell(count, len(comments))
    truth = np.array([[index in one.labels for index in range(len(EMOTIONS))] for one in comments])
    found = np.array(chances)
    return multi(found, found >= model.cuts, truth)


def _tell(count: int, total: int) -> None:
    if count % 1000 == 0:
        progress(f"{count} of {total}")
