"""Preferences on the model's own replies: write several, judge them by rules, prefer the good (DPO, Rafailov et al.
2023; turn-level pairs after CSO, Zhao et al. 2025, with best-of-n in place of tree search).

Heavy: torch. The reference is the network with its adapters off or a frozen copy of what they were.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from warmline.dialogue.training.chat import Lesson
from warmline.dialogue.training.tune import log_likelihood, padded


@dataclass(frozen=True, slots=True)
class Pair:
    good: Lesson
    bad: Lesson


def write(
    network: Any,
    prompts: Sequence[Sequence[int]],
    ends: Sequence[int],
    device: str,
    *,
    each: int = 1,
    temperature: float = 0.0,
    tokens: int = 56,
    rows: int = 256,
    left_s: Callable[[], float] = lambda: math.inf,
) -> list[list[list[int]]]:
    """``each`` replies to every prompt, in tokens without the end; fewer prompts are answered when time is over."""
    network.eval()
    order = sorted(range(len(prompts)), key=lambda at: len(prompts[at]))
    found: dict[int, list[list[int]]] = {}
    step = max(1, rows // each)
    model = network.get_base_model() if hasattr(network, "get_base_model") else network
    for start in range(0, len(order), step):
        if left_s() <= 0:
            break
        chosen = order[start : start + step]
        ids, mask = padded([prompts[at] for at in chosen], 0, device, left=True)
        with torch.no_grad(), torch.autocast(device, dtype=torch.bfloat16):
            out = model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=tokens,
                do_sample=temperature > 0,
                temperature=temperature if temperature > 0 else None,
                top_p=0.95 if temperature > 0 else None,
                top_k=0 if temperature > 0 else None,
                num_return_sequences=each,
                eos_token_id=list(ends),
                pad_token_id=ends[0],
            )
        for at, row in enumerate(out[:, ids.shape[1] :].tolist()):
            cut = next((place for place, token in enumerate(row) if token in ends), len(row))
            found.setdefault(chosen[at // each], []).append(row[:cut])
    return [found.get(at, []) for at in range(len(prompts))]


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
