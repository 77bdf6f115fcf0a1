"""Preferences on the model's own replies: of several, prefer the good (DPO, Rafailov et al. 2023; turn-level pairs
after CSO, Zhao et al. 2025, with best-of-n in place of tree search).

Heavy: torch. The reference is the network with its adapters off or a frozen copy of what they were.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import torch

from warmline.dialogue.training.chat import Pair
from warmline.dialogue.training.tune import log_likelihood


def prefer(
    network: Any,
    pairs: Sequence[Pair],
    device: str,
    left_s: Callable[[], float],
    note: Callable[[str], None],
    *,
    rate: float = 2e-5,
    beta: float = 0.1,
    anchor: float = 0.2,
    batch: int = 6,
    epochs: int = 1,
    seed: int = 0,
) -> list[float]:
    """Direct preference optimisation from where the network is now. ``anchor``: weight of the good reply's own
    likelihood, which keeps the model from drifting. Returns the margins' share that is right, by step."""
    draw = random.Random(seed)
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=rate, weight_decay=0.0)
    network.eval()  # no dropout: policy and reference must differ by their weights alone
    known: list[tuple[float, float]] = []
    with torch.no_grad():
        for start in range(0, len(pairs), 2 * batch):
            some = pairs[start : start + 2 * batch]
            sums, _ = log_likelihood(network, [*(p.good for p in some), *(p.bad for p in some)], device)
            known += zip(sums[: len(some)].tolist(), sums[len(some) :].tolist(), strict=True)
    right: list[float] = []
    plan = [at for _ in range(epochs) for at in draw.sample(range(len(pairs)), len(pairs))]
    for start in range(0, len(plan), batch):
        if left_s() <= 0:
            note(f"the time is over after {start} of {len(plan)} pairs")
            break
        chosen = plan[start : start + batch]
        some = [pairs[at] for at in chosen]
        sums, counts = log_likelihood(network, [*(p.good for p in some), *(p.bad for p in some)], device)
        before = torch.tensor([known[at] for at in chosen], device=device)
        good, bad = sums[: len(some)], sums[len(some) :]
        margin = (good - before[:, 0]) - (bad - before[:, 1])
        loss = (
            -torch.nn.functional.logsigmoid(beta * margin).mean()
            - anchor * (good / counts[: len(some)].clamp(min=1)).mean()
        )
        loss.backward()
        if torch.isfinite(torch.nn.utils.clip_grad_norm_(weights, 1.0)):
            optimiser.step()
        else:
            note("a step without finite gradient was left out")
        optimiser.zero_grad(set_to_none=True)
        right.append(float((margin.detach() > 0).float().mean()))
        if (start // batch) % 10 == 0:
            note(f"pair {start + len(some)} of {len(plan)}: loss {float(loss.detach()):.3f}, right {right[-1]:.2f}")
    return right
