"""The safety network in torch: layers of an encoder and one row of yes or no questions, trained within a time.

Word embeddings and the lowest layers stay as they are; what is kept is the mean of the weights along the way, the
late ones counting most (Polyak averaging with decay). In bfloat16 on a CPU that has it a step of 32 texts takes about
0.2 s of two cores with six layers. Every text is changed anew each time it is read (``changed``). Knows nothing of
files.
"""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from warmline.dialogue.safety.reading import END, PAD, START, packed
from warmline.dialogue.safety.risk_reader import LABELS
from warmline.dialogue.safety.training.screen_samples import EVERYDAY, Heard, changed
from warmline.dialogue.safety.training.start import Start
from warmline.emotion.text.tokens import Pieces

Floats = NDArray[np.float32]
_WEIGHTS = {"risk": 2.0, "two": 1.0, "three": 1.0, "request": 1.5, "harmful": 2.0}
"""Share of each label in the loss; the kinds 0.5 each."""


@dataclass(frozen=True, slots=True)
class Schooling:
    """``rate``: highest learning rate of the layers; ``head_rate``: of the head; ``steps`` of ``batch`` texts or
    ``seconds``, whichever ends first: the rate falls with the further of both. ``everyday``: lines a pass.
    ``frozen``: lowest layers that learn nothing. ``decay``: of the mean of the weights, a step."""

    rate: float = 2e-4
    head_rate: float = 1e-3
    steps: int = 8000
    seconds: float = 3000.0
    batch: int = 32
    everyday: int = 1000
    frozen: int = 3
    decay: float = 0.998
    seed: int = 1


class Network(nn.Module):
    """Scores float32[B, len(LABELS)] on [first state; mean]."""

    def __init__(self, start: Start, frozen: int) -> None:
        from transformers import BertConfig, BertModel

        super().__init__()
        rows, width = start.state["embeddings.word_embeddings.weight"].shape
        shape = BertConfig(
            vocab_size=rows,
            hidden_size=width,
            num_hidden_layers=start.layers,
            num_attention_heads=12,
            intermediate_size=1536,
        )
        self.tower = BertModel(shape, add_pooling_layer=False)
        state = {name: torch.from_numpy(value) for name, value in start.state.items()}
        missing, unexpected = self.tower.load_state_dict(state, strict=False)
        if [name for name in (*missing, *unexpected) if "position_ids" not in name]:
            raise ValueError(f"the start does not fit: {missing[:3]} {unexpected[:3]}")
        for part in (self.tower.embeddings, *self.tower.encoder.layer[:frozen]):
            part.requires_grad_(False)
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(2 * width, len(LABELS))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        hidden = self.tower(input_ids=ids, attention_mask=mask).last_hidden_state
        known = mask[..., None].to(hidden.dtype)
        mean = (hidden * known).sum(1) / known.sum(1)
        scores: Tensor = self.head(self.drop(torch.cat([hidden[:, 0], mean], dim=1)))
        return scores


def train(
    start: Start, pieces: Pieces, learnt: Sequence[Heard], school: Schooling, note: Callable[[str], None]
) -> Network:
    """A network trained on ``learnt``. About five minutes of two free cores."""
    torch.manual_seed(school.seed)
    model = Network(start, school.frozen).train()
    mean = copy.deepcopy(model).eval()
    groups = [
        {"params": [one for one in model.tower.parameters() if one.requires_grad], "top": school.rate},
        {"params": list(model.head.parameters()), "top": school.head_rate},
    ]
    optimiser = torch.optim.AdamW(groups, lr=school.rate, weight_decay=0.01)
    weights = torch.tensor([_WEIGHTS.get(label, 0.5) for label in LABELS])
    batches, began, total = _batches(pieces, learnt, school), time.monotonic(), 0.0
    for step in range(1, school.steps + 1):
        gone = max(step / school.steps, (time.monotonic() - began) / school.seconds)
        if gone > 1.0:
            break
        for group in optimiser.param_groups:
            group["lr"] = group["top"] * min(1.0, step / 60) * max(0.02, 1.0 - gone)
        chosen, ids, mask = next(batches)
        truth = torch.tensor([[float(one.answers.get(label, False)) for label in LABELS] for one in chosen])
        known = torch.tensor([[one.weight * (label in one.answers) for label in LABELS] for one in chosen])
        with torch.autocast("cpu", torch.bfloat16):
            scores = model(ids, mask)
        loss = functional.binary_cross_entropy_with_logits(scores.float(), truth, reduction="none")
        loss = (loss * known * weights).sum() / len(chosen)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        _follow(mean, model, min(school.decay, step / (step + 50)))
        total += float(loss.detach())
        if step % 100 == 0:
            note(f"step {step}, loss {total / 100:.2f}, {time.monotonic() - began:.0f} s")
            total = 0.0
    return mean


def _follow(mean: Network, model: Network, decay: float) -> None:
    with torch.no_grad():
        for kept, now in zip(mean.parameters(), model.parameters(), strict=True):
            if now.requires_grad:
                kept.lerp_(now, 1.0 - decay)


def state_of(model: Network) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """The layers' weights under Hugging Face's names, and the head's ``weight`` and ``bias``."""
    state = {name: value.detach().float().numpy() for name, value in model.state_dict().items()}
    tower = {name.removeprefix("tower."): value for name, value in state.items() if name.startswith("tower.")}
    return tower, {"weight": state["head.weight"], "bias": state["head.bias"]}


def _batches(
    pieces: Pieces, learnt: Sequence[Heard], school: Schooling
) -> Iterator[tuple[list[Heard], Tensor, Tensor]]:
    """Without end: a pass is every sentence of ours and some everyday lines, texts of like length together."""
    chance = random.Random(school.seed)
    ours = [one for one in learnt if one.kind != EVERYDAY]
    behind = [one for one in learnt if one.kind == EVERYDAY]
    around = [one.text for one in behind]
    while True:
        every = [*ours, *chance.sample(behind, min(len(behind), school.everyday))]
        chance.shuffle(every)
        for place in range(0, len(every), 20 * school.batch):
            part = every[place : place + 20 * school.batch]
            read = [(list(packed(pieces, changed(one, around, chance)).ids), one) for one in part]
            read.sort(key=lambda pair: len(pair[0]))
            groups = [read[at : at + school.batch] for at in range(0, len(read), school.batch)]
            chance.shuffle(groups)
            for group in groups:
                yield [one for _, one in group], *_padded([ids for ids, _ in group])


def _padded(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    longest = max(map(len, rows))
    assert all(row[0] == START and row[-1] == END for row in rows)
    ids = torch.tensor([[*row, *[PAD] * (longest - len(row))] for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return ids, mask
