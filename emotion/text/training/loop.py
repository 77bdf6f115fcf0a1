"""The training loop: steps of all tasks in a random order, each step one task; and scores over samples.

The rate falls with the share of the steps done or of the time spent, whichever is further, so that a run ends tidily
within its time. With a teacher's scores the loss is a mixture of the labels' and the teacher's.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from warmline.emotion.text.training.network import Base, Reader, collate
from warmline.emotion.text.training.samples import LINES, MULTI, SINGLE, Floats, Sample, Task

Soft = Mapping[str, Sequence[Floats | None]]
"""A teacher's scores by task, for each sample (None where it has none)."""


@dataclass(frozen=True, slots=True)
class Schooling:
    """``rate``: highest learning rate; ``trust``: share of the teacher in the loss; ``seconds``: most time to take."""

    rate: float = 1.5e-4
    decay: float = 0.01
    warm: float = 0.06
    trust: float = 0.7
    seconds: float = 3600.0
    drop: float = 0.1
    seed: int = 1


def train(
    base: Base,
    tasks: list[Task],
    school: Schooling,
    soft: Soft | None = None,
    device: str = "cpu",
    tell: Callable[[str], None] = print,
) -> Reader:
    torch.manual_seed(school.seed)
    rng = np.random.default_rng(school.seed)
    model = Reader(base, tasks, school.drop).to(device)
    plan = [(place, chosen) for place, task in enumerate(tasks) for chosen in _batches(task, rng)]
    rng.shuffle(plan)
    optimiser = torch.optim.AdamW(_groups(model, school), lr=school.rate, fused=device != "cpu")
    began = time.monotonic()
    model.train()
    for step, (place, chosen) in enumerate(plan):
        gone = max(step / len(plan), (time.monotonic() - began) / school.seconds)
        if gone >= 1.0:
            break
        for group in optimiser.param_groups:
            group["lr"] = (
                group["top"]
                * min(1.0, gone / school.warm if school.warm else 1.0)
                * 0.5
                * (1 + math.cos(math.pi * gone))
            )
        task = tasks[place]
        given = soft.get(task.name) if soft else None
        batch = collate(
            [task.samples[i] for i in chosen], base.remap, device, [given[i] if given else None for i in chosen]
        )
        with torch.autocast("cuda" if device != "cpu" else "cpu", torch.bfloat16, enabled=device != "cpu"):
            scores, tokens = model(batch, task.name)
        loss = loss_of(
            scores.float(), None if tokens is None else tokens.float(), batch, task.kind, school.trust if given else 0.0
        )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step % 200 == 0:
            tell(
                f"step {step} of {len(plan)} {task.name} loss {float(loss.detach()):.3f}, "
                f"{time.monotonic() - began:.0f} s"
            )
    model.eval()
    return model


def loss_of(scores: Tensor, tokens: Tensor | None, batch: dict[str, Tensor], kind: str, trust: float) -> Tensor:
    known, taught = batch["known"], batch["soft_known"]
    if kind == SINGLE:
        logs = torch.log_softmax(scores, dim=-1)
        hard = -(batch["target"] * logs).sum(-1)
        gentle = -(torch.softmax(batch["teacher"], dim=-1) * logs).sum(-1)
    else:
        hard = functional.binary_cross_entropy_with_logits(scores, batch["target"], reduction="none").sum(-1)
        gentle = functional.binary_cross_entropy_with_logits(
            scores, torch.sigmoid(batch["teacher"]), reduction="none"
        ).sum(-1)
        if kind == MULTI:
            hard, gentle = hard / 4.0, gentle / 4.0
    share = trust * taught
    share = torch.where(known > 0, share, taught)
    each = (1.0 - share) * known * hard + share * gentle
    loss = each.sum() / torch.clamp(((known + taught) > 0).sum(), min=1)
    if tokens is not None and kind == LINES:
        wrong = functional.binary_cross_entropy_with_logits(tokens, batch["inside"], reduction="none")
        loss = loss + 0.5 * (wrong * batch["mask"]).sum() / batch["mask"].sum()
    return loss


def predict(
    model: Reader, base: Base, task: Task, samples: Sequence[Sample], device: str = "cpu", batch: int = 256
) -> list[Floats]:
    """Scores float32[S, K] of every sample."""
    order = sorted(range(len(samples)), key=lambda place: len(samples[place].packed.ids))
    found: list[Floats] = [np.zeros((1, 1), np.float32)] * len(samples)
    with torch.no_grad():
        for at in range(0, len(order), batch):
            chosen = order[at : at + batch]
            rows = collate([samples[i] for i in chosen], base.remap, device, [None] * len(chosen))
            with torch.autocast("cuda" if device != "cpu" else "cpu", torch.bfloat16, enabled=device != "cpu"):
                scores = model(rows, task.name)[0].float().cpu().numpy()
            for row, place in enumerate(chosen):
                found[place] = scores[row, : len(samples[place].facts)]
    return found


def _groups(model: Reader, school: Schooling) -> list[dict[str, object]]:
    bare: list[Any] = []
    decayed: list[Any] = []
    heads: list[Any] = []
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            (heads if "heads" in name else bare if weight.ndim < 2 else decayed).append(weight)
    return [
        {"params": decayed, "weight_decay": school.decay, "top": school.rate},
        {"params": bare, "weight_decay": 0.0, "top": school.rate},
        {"params": heads, "weight_decay": school.decay, "top": max(school.rate, 5e-4)},
    ]


def _batches(task: Task, rng: np.random.Generator) -> list[list[int]]:
    """Places of samples for every step, near alike in length, over all passes."""
    steps: list[list[int]] = []
    wanted = round(task.passes * len(task.samples) / task.batch)
    while len(steps) < wanted:
        order = rng.permutation(len(task.samples))
        for at in range(0, len(order), 32 * task.batch):
            chunk = sorted(order[at : at + 32 * task.batch].tolist(), key=lambda i: len(task.samples[i].packed.ids))
            cut = [chunk[i : i + task.batch] for i in range(0, len(chunk), task.batch)]
            rng.shuffle(cut)
            steps += [one for one in cut if len(one) > 1]
    return steps[: max(1, wanted)]
