"""The safety network in torch: layers of an encoder and one row of yes or no questions, trained within a time.

Word embeddings stay as they are, and the lowest layers, or with a ``rank`` all of them beside what is added to them
(LoRA, Hu et al. 2021). What is kept is the mean of the weights along the way, the late ones counting most (Polyak
averaging with decay). In bfloat16 on a device that has it; there a step of 32 texts takes about 0.2 s of two cores with
six layers. Knows nothing of files.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from warmline.dialogue.safety.additions import MOST, PRODUCTS
from warmline.dialogue.safety.risk_reader import LABELS
from warmline.dialogue.safety.training.batches import batches
from warmline.dialogue.safety.training.screen_samples import Heard
from warmline.dialogue.safety.training.start import HEADS, Start
from warmline.emotion.text.tokens import Pieces

Floats = NDArray[np.float32]
_WEIGHTS = {"risk": 2.0, "two": 1.0, "three": 1.0, "request": 1.5, "harmful": 2.0}
"""Share of each label in the loss; the kinds 0.5 each."""


@dataclass(frozen=True, slots=True)
class Schooling:
    """``rate``: highest learning rate of the layers; ``head_rate``: of the head; ``steps`` of ``batch`` texts or
    ``seconds``, whichever ends first: the rate falls with the further of both. ``everyday``: lines a pass.
    ``frozen``: lowest layers that learn nothing. ``rank``: of what is added to every layer, which then learns nothing
    else; 0 for the layers themselves. ``decay``: of the mean of the weights, a step. ``device``: torch's. ``workers``:
    processes that make batches, 0 for none beside this one."""

    rate: float = 2e-4
    head_rate: float = 1e-3
    steps: int = 8000
    seconds: float = 3000.0
    batch: int = 32
    everyday: int = 1000
    frozen: int = 3
    rank: int = 0
    decay: float = 0.998
    seed: int = 1
    device: str = "cpu"
    workers: int = 0


class Added(nn.Module):
    """A linear map that stays as it is, and what is added to it: ``b @ a``. It computes as the graph that ships does:
    weights in 7 bits, what is given in 8."""

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.a = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, given: Tensor) -> Tensor:
        with torch.autocast(given.device.type, enabled=False):
            weight = self.base.weight + self.b @ self.a
            with torch.no_grad():
                step = weight.abs().amax(1, keepdim=True).clamp(min=1e-9) / MOST
                lost = torch.round(weight / step) * step - weight
        return functional.linear(_rounded(given), weight + lost, self.base.bias)


def _rounded(given: Tensor) -> Tensor:
    """float32[B, L, D] in 8 bits a text; gradients pass as if nothing had been done."""
    with torch.no_grad():
        low, high = given.amin((1, 2), keepdim=True).clamp(max=0.0), given.amax((1, 2), keepdim=True).clamp(min=0.0)
        step = ((high - low) / 255.0).clamp(min=1e-9).float()
        zero = torch.round(-low.float() / step)
        near = ((torch.round(given.float() / step) + zero).clamp(0, 255) - zero) * step
    return given + (near.to(given.dtype) - given).detach()


class Network(nn.Module):
    """Scores float32[B, len(LABELS)] on [first state; mean]."""

    def __init__(self, start: Start, school: Schooling) -> None:
        from transformers import BertConfig, BertModel

        super().__init__()
        rows, width = start.state["embeddings.word_embeddings.weight"].shape
        shape = BertConfig(
            vocab_size=rows,
            hidden_size=width,
            num_hidden_layers=start.layers,
            num_attention_heads=HEADS,
            intermediate_size=1536,
            max_position_embeddings=len(start.state["embeddings.position_embeddings.weight"]),
        )
        self.tower = BertModel(shape, add_pooling_layer=False)
        state = {name: torch.from_numpy(np.array(value)) for name, value in start.state.items()}
        missing, unexpected = self.tower.load_state_dict(state, strict=False)
        if [name for name in (*missing, *unexpected) if "position_ids" not in name]:
            raise ValueError(f"the start does not fit: {missing[:3]} {unexpected[:3]}")
        for part in (self.tower.embeddings, *self.tower.encoder.layer[: school.frozen]):
            part.requires_grad_(False)
        if school.rank:
            self.tower.requires_grad_(False)
            for layer in self.tower.encoder.layer:
                for name in (one for maps in PRODUCTS.values() for one in maps):
                    above, _, own = name.rpartition(".")
                    setattr(layer.get_submodule(above), own, Added(layer.get_submodule(name), school.rank))
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
    """A network trained on ``learnt``."""
    torch.manual_seed(school.seed)
    model = Network(start, school).train().to(school.device)
    mean = copy.deepcopy(model).eval()
    groups = [
        {"params": [one for one in model.tower.parameters() if one.requires_grad], "top": school.rate},
        {"params": list(model.head.parameters()), "top": school.head_rate},
    ]
    optimiser = torch.optim.AdamW(groups, lr=school.rate, weight_decay=0.01)
    weights = torch.tensor([_WEIGHTS.get(label, 0.5) for label in LABELS], device=school.device)
    made = batches(pieces, learnt, school.batch, school.everyday, school.seed, school.workers)
    began, total = time.monotonic(), torch.zeros((), device=school.device)
    for step in range(1, school.steps + 1):
        gone = max(step / school.steps, (time.monotonic() - began) / school.seconds)
        if gone > 1.0:
            break
        for group in optimiser.param_groups:
            group["lr"] = group["top"] * min(1.0, step / 60) * max(0.02, 1.0 - gone)
        ids, mask, truth, known = (torch.from_numpy(part).to(school.device) for part in next(made))
        with torch.autocast(school.device, torch.bfloat16, enabled=_has_bfloat16(school.device)):
            scores = model(ids, mask)
        loss = functional.binary_cross_entropy_with_logits(scores.float(), truth, reduction="none")
        loss = (loss * known * weights).sum() / len(ids)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        _follow(mean, model, min(school.decay, step / (step + 50)))
        total += loss.detach()
        if step % 100 == 0:
            note(f"step {step}, loss {float(total) / 100:.2f}, {time.monotonic() - began:.0f} s")
            total.zero_()
    made.close()
    return mean.cpu()


def _has_bfloat16(device: str) -> bool:
    """Whether it computes faster in it: a processor without its own instructions is a hundred times slower."""
    return device != "cpu" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _follow(mean: Network, model: Network, decay: float) -> None:
    with torch.no_grad():
        for kept, now in zip(mean.parameters(), model.parameters(), strict=True):
            if now.requires_grad:
                kept.lerp_(now, 1.0 - decay)


def state_of(model: Network) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """The layers' weights under Hugging Face's names, and the head's ``weight`` and ``bias``. What was added stands
    under the name of its map, as ``NAME.a`` and ``NAME.b``."""
    state = {name: value.detach().float().numpy() for name, value in model.state_dict().items()}
    tower = {name.removeprefix("tower."): value for name, value in state.items() if name.startswith("tower.")}
    return tower, {"weight": state["head.weight"], "bias": state["head.bias"]}
