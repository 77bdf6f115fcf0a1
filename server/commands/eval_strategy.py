"""Measure the strategy planner against annotated conversations.

FILE is a turn table (.csv with Dialogue_History, Strategy_History, Next_Strategy) or dialogues (.jsonl with "dialog":
a list of {"speaker", "text", "strategy"}). Measured is the model's own distribution, before the rules on distress and
consent; with --plans the plan that a call would follow, rules and all, which is not meant to do as ESConv's supporters
did (no advice unasked) but should have no favourite either. With --said it is the classifier that tells which strategy
an utterance is, as drafts are judged by.

  warmline eval strategy valid_turns.csv --json
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

import numpy as np

from warmline.dialogue.classify.acts import acts
from warmline.dialogue.classify.corpora import read_strategies
from warmline.dialogue.strategy.blend import prior
from warmline.dialogue.strategy.evaluate import Figures, measure, measure_plans
from warmline.dialogue.strategy.examples import read
from warmline.dialogue.strategy.model import load
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.types import Strategy
from warmline.emotion.text.evaluate import single
from warmline.server.report import emit, progress


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="annotated turns (.csv) or dialogues (.jsonl)")
    parser.add_argument("--weights", type=Path, default=None, help="weights to measure (default: the shipped ones)")
    parser.add_argument("--resamples", type=int, default=1000, help="bootstrap resamples for the interval")
    parser.add_argument("--said", action="store_true", help="which strategy each utterance is, not which comes next")
    parser.add_argument("--plans", action="store_true", help="whole plans, with the rules, not the model alone")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    if args.said:
        return _said(args)
    examples = read(args.file)
    if args.plans:
        figures = measure_plans(Planner(args.weights), examples, resamples=args.resamples)
    else:
        figures = measure(prior(args.weights), examples, resamples=args.resamples)
    baseline = measure(load(), examples, resamples=1)
    payload = {
        "accuracy": figures.accuracy,
        "macro_f1": figures.macro_f1,
        "weighted_f1": figures.weighted_f1,
        "bias": figures.bias,
        "ci_macro_f1": list(figures.ci_macro_f1),
        "ms_p95": figures.ms_p95,
        "baseline": {
            "name": "the shipped linear model",
            "accuracy": baseline.accuracy,
            "macro_f1": baseline.macro_f1,
            "weighted_f1": baseline.weighted_f1,
            "bias": baseline.bias,
        },
        "classes": {one.name: asdict(one) for one in figures.classes},
    }
    emit(payload, figures.n, table(figures, baseline), as_json=args.json)
    return 0


def table(figures: Figures, baseline: Figures) -> str:
    """The figures for people."""
    low, high = figures.ci_macro_f1
    lines = [
        f"{figures.n} turns",
        f"accuracy     {figures.accuracy:.3f}",
        f"macro-F1     {figures.macro_f1:.3f}   95% interval {low:.3f} to {high:.3f}, by dialogue",
        f"weighted-F1  {figures.weighted_f1:.3f}",
        f"bias B       {figures.bias:.3f}   0 means no favourite strategy",
        f"time p95     {figures.ms_p95:.2f} ms",
        f"linear model alone: accuracy {baseline.accuracy:.3f}, macro-F1 {baseline.macro_f1:.3f}, weighted-F1 "
        f"{baseline.weighted_f1:.3f}, B {baseline.bias:.3f}",
        "",
        f"{'strategy':<18}{'precision':>10}{'recall':>8}{'F1':>7}{'gold':>7}{'predicted':>11}{'preference':>12}",
    ]
    lines += [
        f"{one.name:<18}{one.precision:>10.2f}{one.recall:>8.2f}{one.f1:>7.2f}{one.gold:>7}{one.predicted:>11}"
        f"{one.preference:>12.2f}"
        for one in figures.classes
    ]
    return "\n".join(lines)


def _said(args: argparse.Namespace) -> int:
    """The classifier of utterances, against the annotators."""
    model, names = acts(), tuple(strategy.name for strategy in Strategy)
    utterances = read_strategies(args.file)
    chances = []
    for count, one in enumerate(utterances, 1):
        found = model.read(one.text, one.before)
        chances.append([found[strategy] for strategy in Strategy])
        if count % 1000 == 0:
            progress(f"{count} of {len(utterances)}")
    truth = np.array([names.index(one.label) for one in utterances], np.int64)
    figures = single(np.array(chances, np.float32), truth)
    payload = {
        "accuracy": figures.accuracy,
        "macro_f1": figures.macro_f1,
        "weighted_f1": figures.weighted_f1,
        "ece": figures.ece,
        "classes": {name.lower(): f1 for name, f1 in zip(names, figures.f1, strict=True)},
    }
    by_class = "  ".join(f"{name.lower()} {f1:.2f}" for name, f1 in zip(names, figures.f1, strict=True))
    text = (
        f"{figures.n} utterances: accuracy {figures.accuracy:.3f}   macro-F1 {figures.macro_f1:.3f}   "
        f"weighted-F1 {figures.weighted_f1:.3f}   ECE {figures.ece:.3f}\n  F1: {by_class}"
    )
    emit(payload, figures.n, text, as_json=args.json)
    return 0
