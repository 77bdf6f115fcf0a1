"""The whole recipe on one machine from a prepared folder, by the clock: write, keep the best, tune on these and on our
own replies (rejection sampling), write again, prefer the best to the worst; and write for moments kept apart.

Reads a folder by :mod:`prepare` (a GGUF file, lessons and moments in its tokens) and needs no tokeniser.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from warmline.dialogue.evaluate.kinds import kinds
from warmline.dialogue.kinds.model import checker
from warmline.dialogue.training import base_model, sift
from warmline.dialogue.training.adapter import save
from warmline.dialogue.training.chat import Lesson
from warmline.dialogue.training.gguf_file import GgufModel
from warmline.dialogue.training.judge import Judge
from warmline.dialogue.training.prefer import prefer
from warmline.dialogue.training.report import Shown, figures
from warmline.dialogue.training.sift import Judged
from warmline.dialogue.training.tune import Recipe, adapted, learn, perplexity
from warmline.dialogue.training.vocabulary import Vocabulary
from warmline.dialogue.training.write import Manner, write

Tell = Callable[[str], None]
SHOWS = ("plain", "begun")


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds for each part; what is not done by then is left out and said. ``each``: replies to a moment. ``steps``,
    ``moments``, ``layers``: at most so many, for a trial. ``good``: how often the best replies are learnt; each
    pair is seen ``prefer_epochs`` times."""

    write_s: float = 60.0
    tune_s: float = 110.0
    prefer_s: float = 70.0
    show_s: float = 20.0
    each: int = 8
    rows: int = 512
    good: int = 2
    prefer_rate: float = 3e-5
    prefer_epochs: int = 2
    steps: int | None = None
    moments: int | None = None
    layers: int | None = None
    recipe: Recipe = Recipe(rate=1.5e-4)  # noqa: RUF009 (frozen)


class _Run:
    """One run's model, data and report."""

    def __init__(self, folder: Path, out: Path, budget: Budget, device: str, note: Tell) -> None:
        self.began = time.monotonic()
        self.budget, self.device, self.out, self._note = budget, device, out, note
        self.data = json.loads((folder / "data.json").read_text(encoding="utf-8"))
        model = GgufModel(folder / "model.gguf")
        self.vocabulary = Vocabulary(model.tokens)
        self.judge = Judge(checker().read)  # what measures must not be what rewards
        network = base_model.load(model, device, layers=budget.layers)
        size = sum(weights.numel() for weights in network.parameters()) / 1e9
        self.network = adapted(network, budget.recipe)
        self.say(f"{len(model.tokens)} tokens, {size:.2f} B weights on {device}")
        self.ends = (model.specials["<|im_end|>"], model.specials["<|endoftext|>"])
        self.valid = [Lesson(*row) for row in self.data["valid"]]
        self.report: dict[str, Any] = {"recipe": asdict(budget.recipe), "perplexity": {}, "figures": {}, "judged": []}
        self.shown: list[Shown] = []

    def say(self, text: str) -> None:
        self._note(f"[{time.monotonic() - self.began:6.1f} s] {text}")

    def written(self, moments: Sequence[dict[str, Any]], left_s: Callable[[], float]) -> list[list[Judged]]:
        manner = Manner(temperature=0.9, ends=self.ends)
        prompts = [one["ids"] for one in moments]
        found = write(
            self.network, prompts, manner, self.device, each=self.budget.each, rows=self.budget.rows, left_s=left_s
        )
        rows = sift.judged(moments, found, self.vocabulary.text, self.judge, manner.tokens)
        self.report["judged"].append(sift.tally(rows))
        self.say(f"wrote {self.report['judged'][-1]}")
        return rows

    def show(self, name: str) -> None:
        """Replies to the moments kept apart, their figures and the perplexity of our own replies."""
        self.report["perplexity"][name] = perplexity(
            self.network, self.valid, self.device, self.budget.recipe.batch_tokens
        )
        for way in SHOWS:
            moments = self.data[way][: self.budget.moments]
            manner = Manner(ends=self.ends)
            found = write(
                self.network, [one["ids"] for one in moments], manner, self.device, left_s=until(self.budget.show_s)
            )
            rows = sift.judged(moments, found, self.vocabulary.text, self.judge, manner.tokens)
            self.shown += [
                Shown(name, way, one["kind"], one["words"], row[0].text, row[0].verdict.fault, row[0].verdict.loose)
                for one, row in zip(moments, rows, strict=True)
                if row
            ]
        self.report["figures"][name] = figures([one for one in self.shown if one.by == name], kinds().best)
        self.say(f"{name}: perplexity {self.report['perplexity'][name]:.2f}, {self.report['figures'][name]}")
        self.write_report()

    def write_report(self) -> None:
        self.report["samples"] = [asdict(one) for one in self.shown]
        self.report["seconds"] = time.monotonic() - self.began
        (self.out / "report.json").write_text(json.dumps(self.report, ensure_ascii=False), encoding="utf-8")


def until(seconds_s: float) -> Callable[[], float]:
    end = time.monotonic() + seconds_s
    return lambda: end - time.monotonic()


def run(folder: Path, out: Path, budget: Budget, device: str, note: Tell) -> dict[str, Any]:
    """Adapters (tuned.gguf, preferred.gguf) and report.json into ``out``."""
    torch.set_float32_matmul_precision("high")
    out.mkdir(parents=True, exist_ok=True)
    job = _Run(folder, out, budget, device, note)
    first, second = (moments[: budget.moments] for moments in job.data["rounds"])
    job.show("base")
    best = sift.lessons(first, job.written(first, until(budget.write_s)), job.ends[0])
    job.say(f"{len(best)} of the model's own replies are good enough to learn")
    epochs = [[Lesson(*row) for row in epoch] for epoch in job.data["epochs"]]
    # the best replies are learnt in the first rounds of our own, not in all
    plan = [[*own, *(best if at < budget.good else [])] for at, own in enumerate(epochs)]
    recipe, left_s = budget.recipe, until(budget.tune_s)
    job.report["losses"] = learn(
        job.network, lambda epoch: plan[epoch % len(plan)], recipe, device, left_s, job.say, budget.steps
    )
    save(job.network, recipe, out / "tuned.gguf")
    job.show("tuned")
    pairs = sift.pairs(second, job.written(second, until(budget.write_s)), job.ends[0])
    job.report["pairs"] = len(pairs)
    job.say(f"{len(pairs)} pairs")
    if pairs:
        job.report["right"] = prefer(
            job.network, pairs, device, until(budget.prefer_s), job.say,
            rate=budget.prefer_rate, epochs=budget.prefer_epochs,
        )  # fmt: skip
        save(job.network, recipe, out / "preferred.gguf")
        job.show("preferred")
    job.write_report()
    job.say("done")
    return job.report
