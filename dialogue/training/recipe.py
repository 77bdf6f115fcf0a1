"""The whole recipe on one machine from a prepared folder: tune, write, judge, prefer, write again; all by the clock.

Reads a folder by :mod:`prepare` (a GGUF file, lessons and prompts in its tokens) and needs no tokeniser.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from warmline.dialogue.evaluate.kinds import kinds
from warmline.dialogue.training import base_model
from warmline.dialogue.training.adapter import save
from warmline.dialogue.training.chat import Lesson
from warmline.dialogue.training.gguf_file import GgufModel
from warmline.dialogue.training.judge import Judge
from warmline.dialogue.training.prefer import Pair, prefer, write
from warmline.dialogue.training.tune import Recipe, adapted, learn, perplexity
from warmline.dialogue.training.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds for each part; what is not done by then is left out and said."""

    tune_s: float = 110.0
    write_s: float = 60.0
    prefer_s: float = 60.0
    show_s: float = 60.0
    steps: int | None = None
    contexts: int | None = None
    each: int = 6
    layers: int | None = None
    recipe: Recipe = Recipe()  # noqa: RUF009 (frozen)


def run(folder: Path, out: Path, budget: Budget, device: str, note: Callable[[str], None]) -> dict[str, Any]:
    began = time.monotonic()

    def say(text: str) -> None:
        note(f"[{time.monotonic() - began:6.1f} s] {text}")

    def until(seconds_s: float) -> Callable[[], float]:
        end = time.monotonic() + seconds_s
        return lambda: end - time.monotonic()

    torch.set_float32_matmul_precision("high")
    out.mkdir(parents=True, exist_ok=True)
    data = json.loads((folder / "data.json").read_text(encoding="utf-8"))
    model = GgufModel(folder / "model.gguf")
    vocabulary = Vocabulary(model.tokens)
    judge = Judge(kinds().read)
    network = base_model.load(model, device, layers=budget.layers)
    say(f"{len(model.tokens)} tokens, {sum(p.numel() for p in network.parameters()) / 1e9:.2f} B weights on {device}")
    ends = [model.specials["<|im_end|>"], model.specials["<|endoftext|>"]]
    lessons = [[Lesson(ids, [bool(flag) for flag in flags]) for ids, flags in epoch] for epoch in data["epochs"]]
    valid = [Lesson(ids, [bool(flag) for flag in flags]) for ids, flags in data["valid"]]
    report: dict[str, Any] = {"recipe": asdict(budget.recipe), "device": device, "samples": data["shows"]}

    def show(name: str, key: str) -> None:
        chosen = data["shows"][: budget.contexts]
        written = write(network, [one[key] for one in chosen], ends, device, rows=128, left_s=until(budget.show_s))
        for one, replies in zip(chosen, written, strict=True):
            one[name] = vocabulary.text(replies[0]) if replies else None
        say(f"wrote as {name}")

    tokens = budget.recipe.batch_tokens
    report["perplexity"] = {}
    network = adapted(network, budget.recipe)
    report["perplexity"]["base"] = perplexity(network, valid, device, tokens)
    say(f"perplexity of the base {report['perplexity']['base']:.2f}")
    show("base", "full")
    report["losses"] = learn(
        network,
        lambda epoch: lessons[epoch % len(lessons)],
        budget.recipe,
        device,
        until(budget.tune_s),
        say,
        budget.steps,
    )
    report["perplexity"]["tuned"] = perplexity(network, valid, device, tokens)
    say(f"perplexity tuned {report['perplexity']['tuned']:.2f}")
    save(network, budget.recipe, out / "tuned.gguf")
    show("tuned", "bare")
    show("tuned_full", "full")
    _write_report(out, report)
    contexts = data["contexts"][: budget.contexts]
    written = write(
        network, [one["ids"] for one in contexts], ends, device, each=budget.each, temperature=0.9, rows=480,
        left_s=until(budget.write_s),
    )  # fmt: skip
    pairs, tally = _pairs(contexts, written, vocabulary, judge, ends[0])
    report["pairs"], report["judged"] = len(pairs), tally
    say(f"{sum(len(rows) for rows in written)} replies, {len(pairs)} pairs; {tally}")
    if pairs:
        report["right"] = prefer(network, pairs, device, until(budget.prefer_s), say)
        report["perplexity"]["preferred"] = perplexity(network, valid, device, tokens)
        say(f"perplexity preferred {report['perplexity']['preferred']:.2f}")
        save(network, budget.recipe, out / "preferred.gguf")
        show("preferred", "bare")
    report["seconds"] = time.monotonic() - began
    _write_report(out, report)
    say("done")
    return report


def _pairs(
    contexts: list[dict[str, Any]], written: list[list[list[int]]], vocabulary: Vocabulary, judge: Judge, end: int
) -> tuple[list[Pair], dict[str, Any]]:
    """The best and the worst reply of each context, where the best is without fault and clearly better."""
    draw = random.Random(0)
    pairs: list[Pair] = []
    faults: dict[str, int] = {}
    bests: list[float] = []
    firsts: list[float] = []
    for one, replies in zip(contexts, written, strict=True):
        if not replies:
            continue
        judged = []
        for ids in replies:
            verdict = judge.verdict(vocabulary.text(ids), one["kind"], one["words"], one["earlier"], len(ids) < 56)
            judged.append((verdict.score, ids))
            faults[verdict.fault or "none"] = faults.get(verdict.fault or "none", 0) + 1
        firsts.append(judged[0][0])
        judged.sort(key=lambda item: item[0])
        bests.append(judged[-1][0])
        best, worst = judged[-1], judged[0]
        if best[0] > 0.5 and best[0] - worst[0] > 0.3:
            made = [
                Lesson([*one["ids"], *ids, end], [False] * len(one["ids"]) + [True] * (len(ids) + 1))
                for _, ids in (best, worst)
            ]
            pairs.append(Pair(*made))
    draw.shuffle(pairs)
    return pairs, {"faults": faults, "mean_first": _mean(firsts), "mean_best": _mean(bests)}


def _mean(values: list[float]) -> float:
    return sum(values) / max(len(values), 1)


def _write_report(out: Path, report: dict[str, Any]) -> None:
    slim = {
        **report,
        "samples": [{k: v for k, v in one.items() if k not in ("full", "bare")} for one in report["samples"]],
    }
    (out / "report.json").write_text(json.dumps(slim, ensure_ascii=False), encoding="utf-8")
