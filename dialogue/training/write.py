"""Replies written by the network: many rows at once, what the prompts share read once. Heavy: torch."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from warmline.dialogue.training.tune import padded, read


@dataclass(frozen=True, slots=True)
class Manner:
    """How to write. ``temperature`` 0: the likeliest token each time. ``tokens``: at most so many."""

    temperature: float = 0.0
    top_p: float = 0.95
    tokens: int = 48
    ends: tuple[int, ...] = ()


def write(
    network: Any,
    prompts: Sequence[Sequence[int]],
    manner: Manner,
    device: str,
    *,
    each: int = 1,
    rows: int = 256,
    left_s: Callable[[], float] = lambda: math.inf,
) -> list[list[list[int]]]:
    """``each`` replies to every prompt, in tokens without the end; fewer prompts are answered when time is over."""
    network.eval()
    model = network.get_base_model() if hasattr(network, "get_base_model") else network
    order = sorted(range(len(prompts)), key=lambda at: len(prompts[at]))
    found: dict[int, list[list[int]]] = {}
    step = max(1, rows // each)
    for start in range(0, len(order), step):
        if left_s() <= 0:
            break
        chosen = order[start : start + step]
        with torch.no_grad(), torch.autocast(device, dtype=torch.bfloat16):
            written = _written(model, [prompts[at] for at in chosen], manner, device, each)
        for at, row in enumerate(written):
            cut = next((place for place, token in enumerate(row) if token in manner.ends), len(row))
            found.setdefault(chosen[at // each], []).append(row[:cut])
    return [found.get(at, []) for at in range(len(prompts))]


def _written(model: Any, prompts: Sequence[Sequence[int]], manner: Manner, device: str, each: int) -> list[list[int]]:
    shared = common(prompts)
    kept = read(model, prompts[0][:shared], len(prompts), device)
    ids, mask = padded([prompt[shared:] for prompt in prompts], 0, device, left=True)
    places = shared + (mask.cumsum(1) - 1).clamp(min=0)
    mask = torch.cat([torch.ones(len(prompts), shared, dtype=mask.dtype, device=device), mask], 1)
    out = model(
        input_ids=ids, attention_mask=mask, position_ids=places, past_key_values=kept, use_cache=True, logits_to_keep=1
    )
    kept, scores = out.past_key_values, out.logits[:, -1]
    if each > 1:
        kept.batch_repeat_interleave(each)
        scores, mask, places = (part.repeat_interleave(each, 0) for part in (scores, mask, places))
    place = places[:, -1:]
    ends = torch.tensor(manner.ends, device=device)
    written, done = [], torch.zeros(len(scores), dtype=torch.bool, device=device)
    for _ in range(manner.tokens):
        token = _next(scores.float(), manner)
        written.append(token)
        done |= torch.isin(token, ends)
        if bool(done.all()):
            break
        place = place + 1
        mask = torch.cat([mask, torch.ones_like(mask[:, :1])], 1)
        out = model(
            input_ids=token[:, None], attention_mask=mask, position_ids=place, past_key_values=kept, use_cache=True
        )
        scores = out.logits[:, -1]
    rows: list[list[int]] = torch.stack(written, 1).tolist()
    return rows


def common(prompts: Sequence[Sequence[int]]) -> int:
    """How many first tokens all prompts share; the last token of none is counted."""
    same = itertools.takewhile(lambda column: len(set(column)) == 1, zip(*prompts, strict=False))
    return min(sum(1 for _ in same), min(len(prompt) for prompt in prompts) - 1)


def _next(scores: torch.Tensor, manner: Manner) -> torch.Tensor:
    if manner.temperature <= 0:
        return scores.argmax(-1)
    chances = torch.softmax(scores / manner.temperature, -1)
    ranked, order = chances.sort(-1, descending=True)
    ranked[ranked.cumsum(-1) - ranked > manner.top_p] = 0.0
    return order.gather(-1, torch.multinomial(ranked, 1)).squeeze(-1)
