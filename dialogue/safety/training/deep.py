"""The embedded language model taught to read: a low-rank adapter that answers with one digit, to a caller's turn with
the level of risk, to a sentence of a reply with 1 where it must not be said. Both are learnt together.

Learnt are the attention's four maps in every layer, by cross-entropy over the four digits at the last place; beside it
a head that is thrown away names the kind, so that the layers tell kinds apart. Texts are right-padded and read without
a mask: attention looks back alone. Heavy: torch, transformers, peft; a GPU. Knows no cut-off.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from peft import LoraConfig, get_peft_model
from torch.nn import functional

from warmline.dialogue.safety.deep_reader import DIGITS, question
from warmline.dialogue.safety.training.deep_samples import gathered, of, told
from warmline.dialogue.safety.training.screen_samples import Heard
from warmline.dialogue.safety.training.thoughts import TRAIN
from warmline.dialogue.training import adapter, base_model
from warmline.dialogue.training.gguf_file import GgufModel
from warmline.dialogue.training.tune import Recipe

Note = Callable[[str], None]
Row = tuple[list[int], Heard]

_ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
_KIND_SHARE = 0.2
"""Share of the thrown-away head in the loss."""
_VOCABULARY_SHARE = 0.1
"""Share of the loss that keeps the digits likelier than all other tokens."""
_TOLD = 25
"""Steps between two notes."""


@dataclass(frozen=True, slots=True)
class Deep:
    """``passes`` over the texts, or ``seconds`` of learning, whichever ends first: the rate falls to zero with the
    further of both. ``batch``: texts a step. ``layers``: only the first so many, and ``most``: of so many texts (for
    tests); None and 0 for all."""

    passes: int = 8
    seconds: float = 225.0
    batch: int = 128
    rate: float = 7e-4
    recipe: Recipe = field(default_factory=lambda: Recipe(rank=8, alpha=16, dropout=0.05, seed=1))
    layers: int | None = None
    most: int = 0


@dataclass(frozen=True, slots=True)
class Read:
    """Texts that were not learnt from and what the reader makes of them: float64[N, 4]."""

    texts: Sequence[Heard]
    levels: NDArray[np.float64]


def learn(base: Path, everyday: Sequence[Path], school: Deep, out: Path, note: Note) -> Read:
    """Train, write the adapter to ``out``, and read what was held apart. Raises UnreadableInput, OSError."""
    began = time.monotonic()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with multiprocessing.get_context("fork").Pool() as pool:
        waiting = pool.apply_async(gathered, (everyday,))
        model = GgufModel(base)
        tokenizer = model.tokenizer()
        every = _fewer(waiting.get(), school)
        waited = [pool.apply_async(told, (every, 1000 * school.recipe.seed + at)) for at in range(school.passes)]
        note(
            f"{len(every)} texts, {sum(one.part == TRAIN for one in every)} to learn, {time.monotonic() - began:.0f} s"
        )
        network = base_model.load(model, device, torch.bfloat16, school.layers)
        note(f"the model is there, {time.monotonic() - began:.0f} s")
        rows = [_encoded(tokenizer, one.get()) for one in waited]
        note(f"{len(rows)} passes are told, {time.monotonic() - began:.0f} s")
    tuned = _tuned(network, school)
    digits = [tokenizer.token_to_id(digit) for digit in DIGITS]
    _train(tuned, rows, digits, device, school, note)
    adapter.save(tuned, school.recipe, out)
    apart = [one for one in every if one.part != TRAIN]
    levels = read(tuned, _encoded(tokenizer, [(one.text, one) for one in apart]), digits, device)
    note(f"read {len(apart)} texts that were not learnt, {time.monotonic() - began:.0f} s")
    return Read(apart, levels)


def read(network: Any, rows: Sequence[Row], digits: Sequence[int], device: str) -> NDArray[np.float64]:
    """The probability of each level: float64[len(rows), 4]."""
    network.eval()
    order = sorted(range(len(rows)), key=lambda at: len(rows[at][0]))
    levels = np.zeros((len(rows), len(digits)))
    with torch.no_grad():
        for place in range(0, len(order), 256):
            chosen = order[place : place + 256]
            _, logits = _answers(network, [rows[at][0] for at in chosen], device)
            levels[chosen] = logits[:, digits].float().softmax(-1).double().cpu().numpy()
    return levels


def _fewer(every: list[Heard], school: Deep) -> list[Heard]:
    return random.Random(0).sample(every, school.most) if school.most else every


def _encoded(tokenizer: Any, texts: Sequence[tuple[str, Heard]]) -> list[Row]:
    asked = tokenizer.encode_batch([question(text, of(one)) for text, one in texts])
    return [(encoded.ids, one) for encoded, (_, one) in zip(asked, texts, strict=True)]


def _tuned(network: Any, school: Deep) -> Any:
    torch.manual_seed(school.recipe.seed)
    return get_peft_model(
        network,
        LoraConfig(
            r=school.recipe.rank,
            lora_alpha=school.recipe.alpha,
            lora_dropout=school.recipe.dropout,
            target_modules=list(_ATTENTION),
            task_type="CAUSAL_LM",
        ),
    )


def _train(
    network: Any, rows: Sequence[Sequence[Row]], digits: Sequence[int], device: str, school: Deep, note: Note
) -> None:
    kinds = sorted({one.kind for _, one in rows[0]})
    width = network.get_base_model().config.hidden_size
    head = torch.nn.Linear(width, len(kinds)).to(device)
    learnt = [weight for weight in network.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW([*learnt, *head.parameters()], lr=school.rate, weight_decay=0.0)
    steps = sum(-(-len(part) // school.batch) for part in rows)
    network.train()
    began, total = time.monotonic(), torch.zeros((), device=device)
    for step, batch in enumerate(_batches(rows, school), 1):
        gone = max(step / steps, (time.monotonic() - began) / school.seconds)
        if gone > 1.0:
            break
        for group in optimiser.param_groups:
            group["lr"] = school.rate * min(1.0, step / 30) * (1.0 - gone)
        last, logits = _answers(network, [ids for ids, _ in batch], device)
        loss = _loss(logits.float(), head(last.float()), [one for _, one in batch], digits, kinds)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimiser.step()
        total = total + loss.detach()
        if step % _TOLD == 0:
            note(f"step {step} of {steps}, loss {float(total) / _TOLD:.3f}, {time.monotonic() - began:.0f} s")
            total = torch.zeros((), device=device)


def _answers(network: Any, rows: Sequence[Sequence[int]], device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The state at each row's last token, and the logits of what would follow it."""
    base = network.get_base_model()
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows]).to(device)
    ends = torch.tensor([len(row) - 1 for row in rows]).to(device)
    with torch.autocast(device, dtype=torch.bfloat16):
        hidden = base.model(input_ids=ids, use_cache=False).last_hidden_state
        last = hidden[torch.arange(len(rows), device=device), ends]
        return last, base.lm_head(last)


def _loss(
    logits: torch.Tensor, kind: torch.Tensor, chosen: Sequence[Heard], digits: Sequence[int], kinds: Sequence[str]
) -> torch.Tensor:
    device = logits.device
    weight = torch.tensor([one.weight for one in chosen], device=device)
    level = functional.cross_entropy(
        logits[:, digits], torch.tensor([one.level for one in chosen], device=device), reduction="none"
    )
    which = functional.cross_entropy(
        kind, torch.tensor([kinds.index(one.kind) for one in chosen], device=device), reduction="none"
    )
    other = logits.logsumexp(-1) - logits[:, digits].logsumexp(-1)
    return (weight * (level + _KIND_SHARE * which + _VOCABULARY_SHARE * other)).mean()


def _batches(rows: Sequence[Sequence[Row]], school: Deep) -> Iterator[list[Row]]:
    """A pass after the other, texts of like length together."""
    draw = random.Random(school.recipe.seed)
    for part in rows:
        mixed = sorted(part, key=lambda row: len(row[0]) * (1 + 0.2 * draw.random()))
        groups = [mixed[at : at + school.batch] for at in range(0, len(mixed), school.batch)]
        draw.shuffle(groups)
        yield from groups
