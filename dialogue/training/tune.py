"""Low-rank adapters on a frozen model, learnt from lessons: only the marked tokens count (LoRA, Hu et al. 2021).

Heavy: torch and peft. Stops by epochs or by the clock that it is given, whichever comes first.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import DynamicCache

from warmline.dialogue.training.base_model import PROJECTIONS
from warmline.dialogue.training.chat import Lesson


@dataclass(frozen=True, slots=True)
class Recipe:
    """``batch_tokens``: padded tokens of a step, without what its lessons share. ``rate`` falls along a cosine after a
    short warm-up."""

    rank: int = 4
    alpha: int = 8
    dropout: float = 0.05
    rate: float = 2e-4
    epochs: float = 3.0
    batch_tokens: int = 8192
    seed: int = 0


def adapted(network: Any, recipe: Recipe) -> Any:
    """``network`` with fresh adapters on every projection: the only weights that learn."""
    torch.manual_seed(recipe.seed)
    settings = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules=list(PROJECTIONS),
        task_type="CAUSAL_LM",
    )
    return get_peft_model(network, settings)


def batches(lessons: Sequence[Lesson], tokens: int, draw: random.Random) -> Iterator[list[Lesson]]:
    """Lessons of one beginning and about one length together, the batches in random order."""
    order = sorted(lessons, key=lambda lesson: (lesson.shared, len(lesson.ids) + draw.random() * 64))
    made: list[list[Lesson]] = [[]]
    for lesson in order:
        longest = max([len(lesson.ids), *(len(one.ids) for one in made[-1])]) - lesson.shared
        other = made[-1] and made[-1][0].ids[: lesson.shared] != lesson.ids[: lesson.shared]
        if made[-1] and (other or longest * (len(made[-1]) + 1) > tokens):
            made.append([])
        made[-1].append(lesson)
    draw.shuffle(made)
    yield from made


def padded(
    rows: Sequence[Sequence[int]], fill: int, device: str, left: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows as one tensor and its attention mask."""
    longest = max(len(row) for row in rows)
    ids = torch.full((len(rows), longest), fill, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for at, row in enumerate(rows):
        place = slice(longest - len(row), longest) if left else slice(0, len(row))
        ids[at, place] = torch.tensor(row, dtype=torch.long)
        mask[at, place] = 1
    return ids.to(device), mask.to(device)


def read(network: Any, ids: Sequence[int], rows: int, device: str) -> DynamicCache | None:
    """What the network keeps of ``ids``, read once for ``rows`` rows that all begin with them; nothing is learnt by
    it. None for no ids."""
    if not ids:
        return None
    with torch.no_grad(), torch.autocast(device, dtype=torch.bfloat16):
        row = torch.tensor([list(ids)], device=device)
        kept: DynamicCache = network.model(input_ids=row, use_cache=True).past_key_values
    kept.batch_repeat_interleave(rows)
    return kept


def log_likelihood(network: Any, lessons: Sequence[Lesson], device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Per lesson: the sum of the log probabilities of its marked tokens, and how many they are. What the lessons share
    is read once and not learnt through."""
    base = network.get_base_model()
    shared = min(lesson.shared for lesson in lessons)
    kept = read(base, lessons[0].ids[:shared], len(lessons), device)
    ids, mask = padded([lesson.ids[shared:] for lesson in lessons], 0, device)
    learn, _ = padded([[int(flag) for flag in lesson.learn[shared:]] for lesson in lessons], 0, device)
    whole = torch.cat([torch.ones(len(lessons), shared, dtype=mask.dtype, device=device), mask], 1)
    with torch.autocast(device, dtype=torch.bfloat16):
        places = torch.arange(shared, shared + ids.shape[1], device=device).expand_as(ids)
        hidden = base.model(
            input_ids=ids, attention_mask=whole, position_ids=places, past_key_values=kept, use_cache=kept is not None
        ).last_hidden_state
        wanted = learn[:, 1:].bool()
        logits = base.lm_head(hidden[:, :-1][wanted])
    chosen = torch.log_softmax(logits.float(), -1).gather(-1, ids[:, 1:][wanted].unsqueeze(-1)).squeeze(-1)
    rows = torch.arange(len(lessons), device=device).unsqueeze(1).expand_as(wanted)[wanted]
    sums = torch.zeros(len(lessons), device=device).index_add(0, rows, chosen)
    return sums, wanted.sum(1)


def perplexity(network: Any, lessons: Sequence[Lesson], device: str, tokens: int) -> float:
    total, count = 0.0, 0
    network.eval()
    with torch.no_grad():
        for batch in batches(lessons, tokens, random.Random(0)):
            sums, counts = log_likelihood(network, batch, device)
            total, count = total + float(sums.sum()), count + int(counts.sum())
    return math.exp(-total / max(count, 1))


def learn(
    network: Any,
    lessons: Callable[[int], Sequence[Lesson]],
    recipe: Recipe,
    device: str,
    left_s: Callable[[], float],
    note: Callable[[str], None],
    most_steps: int | None = None,
) -> list[float]:
    """Supervised tuning. ``lessons``: those of an epoch (they may differ). ``left_s``: seconds left for it."""
    draw = random.Random(recipe.seed)
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=recipe.rate, weight_decay=0.0, betas=(0.9, 0.99))
    planned = [
        batch
        for epoch in range(math.ceil(recipe.epochs))
        for batch in batches(lessons(epoch), recipe.batch_tokens, draw)
    ]
    planned = planned[: most_steps or len(planned)]
    losses: list[float] = []
    network.train()
    for step, batch in enumerate(planned):
        if left_s() <= 0:
            note(f"the time is over after {step} of {len(planned)} steps")
            break
        part = step / max(len(planned), 1)
        rate = (
            recipe.rate
            * min(1.0, (step + 1) / max(1, len(planned) // 20))
            * (0.05 + 0.475 * (1 + math.cos(math.pi * part)))
        )
        for group in optimiser.param_groups:
            group["lr"] = rate
        sums, counts = log_likelihood(network, batch, device)
        loss = -sums.sum() / counts.sum().clamp(min=1)
        loss.backward()
        if torch.isfinite(torch.nn.utils.clip_grad_norm_(weights, 1.0)):
            optimiser.step()
        else:
            note("a step without finite gradient was left out")
        optimiser.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        if step % 20 == 0 or step + 1 == len(planned):
            note(f"step {step + 1} of {len(planned)}: loss {losses[-1]:.3f}")
    return losses
