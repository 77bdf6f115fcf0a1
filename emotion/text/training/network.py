"""The network in torch: a BERT-like tower and one linear head a task on [first state; mean of the line; facts].

The tower's word embeddings stay as they are (frozen), so that several towers can share one table. Base weights are
read from a Hugging Face folder (config.json, model.safetensors or our packed npz, tokenizer.json).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from warmline.emotion.text.tokens import Pieces, Special
from warmline.emotion.text.training.samples import LINES, Sample, Task


@dataclass(frozen=True, slots=True)
class Base:
    """Where a run starts from. ``remap``: new id of each id of the vocabulary, where the table was pruned."""

    kind: str
    state: dict[str, Tensor]
    pieces: Pieces
    remap: dict[int, int] | None


def tokenizer_of(path: Path, kind: str) -> Pieces:
    from tokenizers import Tokenizer

    tokenizer: Any = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    first, last = ("<s>", "</s>") if kind == "mpnet" else ("[CLS]", "[SEP]")
    return Pieces(tokenizer, Special(int(tokenizer.token_to_id(first)), int(tokenizer.token_to_id(last))))


def read_base(folder: Path, kind: str = "") -> Base:
    """Base weights of a Hugging Face folder (model.safetensors, tokenizer.json, config.json), or, where ``kind`` is
    given, of KIND*.npz and KIND_tokenizer.json as :func:`warmline.emotion.text.training.packing.pack` writes them."""
    if not kind:
        from safetensors.torch import load_file

        kind = str(json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"])
        state = {key: value.float() for key, value in load_file(folder / "model.safetensors").items()}
        state = {key: value for key, value in state.items() if "pooler" not in key and "position_ids" not in key}
        return Base(kind, state, tokenizer_of(folder / "tokenizer.json", kind), None)
    return _packed(folder, kind)


def _packed(folder: Path, kind: str) -> Base:
    state: dict[str, Tensor] = {}
    remap = None
    for path in sorted(folder.glob(f"{kind}*.npz")):
        with np.load(path) as arrays:
            for key in arrays.files:
                if key == "used":
                    remap = {int(old): new for new, old in enumerate(arrays[key])}
                elif not key.endswith("@"):
                    value = arrays[key].astype(np.float32)
                    scale = arrays[key + "@"][:, None] if key + "@" in arrays.files else 1.0
                    state[key] = torch.from_numpy(value * scale)
    return Base(kind, state, tokenizer_of(folder / f"{kind}_tokenizer.json", kind), remap)


def tower(base: Base) -> nn.Module:
    """The encoder with the base's weights."""
    rows = base.state["embeddings.word_embeddings.weight"].shape[0]
    if base.kind == "mpnet":
        from transformers import MPNetConfig, MPNetModel

        shape = MPNetConfig(vocab_size=rows, max_position_embeddings=514, layer_norm_eps=1e-5)
        model: nn.Module = MPNetModel(shape, add_pooling_layer=False)
    else:
        from transformers import BertConfig, BertModel

        shape = BertConfig(
            vocab_size=rows, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536
        )
        model = BertModel(shape, add_pooling_layer=False)
    missing, unexpected = model.load_state_dict(base.state, strict=False)
    left = [key for key in (*missing, *unexpected) if "position_ids" not in key]
    if left:
        raise ValueError(f"the base weights do not fit: {left[:4]}")
    model.get_input_embeddings().weight.requires_grad_(False)
    return model


class Reader(nn.Module):
    """A tower with heads. ``forward`` gives the scores [B, S, K] of one task, and token scores [B, L] for lines."""

    def __init__(self, base: Base, tasks: list[Task], drop: float = 0.1) -> None:
        super().__init__()
        self.tower = tower(base)
        self.types = base.kind != "mpnet"
        width = int(self.tower.config.hidden_size)
        self.drop = nn.Dropout(drop)
        self.heads = nn.ModuleDict({task.name: nn.Linear(2 * width + task.facts, task.classes) for task in tasks})
        self.token_heads = nn.ModuleDict({task.name: nn.Linear(width, 1) for task in tasks if task.kind == LINES})

    def forward(self, batch: dict[str, Tensor], task: str) -> tuple[Tensor, Tensor | None]:
        more = {"token_type_ids": batch["types"]} if self.types else {}
        hidden = self.tower(input_ids=batch["ids"], attention_mask=batch["mask"], **more).last_hidden_state
        hidden = self.drop(hidden)
        lines = torch.bmm(batch["spans"].to(hidden.dtype), hidden)
        first = hidden[:, :1].expand(-1, lines.shape[1], -1)
        scores = self.heads[task](torch.cat([first, lines, batch["facts"].to(hidden.dtype)], dim=-1))
        tokens = self.token_heads[task](hidden)[..., 0] if task in self.token_heads else None
        return scores, tokens


def collate(samples: list[Sample], remap: dict[int, int] | None, device: str, soft: list[Any]) -> dict[str, Tensor]:
    """A batch. ``known`` [B, S]: 1 where a line has a target; ``soft_known`` the same for a teacher's scores."""
    length = -(-max(len(one.packed.ids) for one in samples) // 8) * 8
    lines = max(len(one.facts) for one in samples)
    count = len(samples)
    classes = next(
        (one.target.shape[1] for one in samples if one.target is not None),
        soft[0].shape[1] if soft[0] is not None else 1,
    )
    pad = 0 if remap is None else remap[1]
    ids, types, mask = (
        np.full((count, length), pad),
        np.zeros((count, length), np.int64),
        np.zeros((count, length), np.int64),
    )
    spans = np.zeros((count, lines, length), np.float32)
    facts = np.zeros((count, lines, samples[0].facts.shape[1]), np.float32)
    target, known = np.zeros((count, lines, classes), np.float32), np.zeros((count, lines), np.float32)
    teacher, soft_known = np.zeros((count, lines, classes), np.float32), np.zeros((count, lines), np.float32)
    inside = np.zeros((count, length), np.float32)
    for row, one in enumerate(samples):
        found = one.packed.ids if remap is None else [remap.get(item, remap[3]) for item in one.packed.ids]
        ids[row, : len(found)] = found
        types[row, : len(found)] = one.packed.types
        mask[row, : len(found)] = 1
        facts[row, : len(one.facts)] = one.facts
        for line, (start, end) in enumerate(one.packed.spans[: len(one.facts)]):
            spans[row, line, start:end] = 1.0 / (end - start)
        if one.target is not None:
            target[row, : len(one.target)], known[row, : len(one.target)] = one.target, 1.0
        if soft[row] is not None:
            teacher[row, : len(soft[row])], soft_known[row, : len(soft[row])] = soft[row], 1.0
        if one.inside is not None:
            inside[row, : len(one.inside)] = one.inside
    arrays = {
        "ids": ids,
        "types": types,
        "mask": mask,
        "spans": spans,
        "facts": facts,
        "target": target,
        "known": known,
        "teacher": teacher,
        "soft_known": soft_known,
        "inside": inside,
    }
    return {key: torch.from_numpy(value).to(device, non_blocking=True) for key, value in arrays.items()}


def write_state(model: Reader, path: Path) -> None:
    """Everything but the word embeddings, as float16."""
    kept = {
        key: value.detach().cpu().to(torch.float16).numpy()
        for key, value in model.state_dict().items()
        if "word_embeddings" not in key and "position_ids" not in key
    }
    np.savez(path, **kept)


def read_state(model: Reader, path: Path) -> None:
    with np.load(path) as arrays:
        state = {key: torch.from_numpy(arrays[key].astype(np.float32)) for key in arrays.files}
    _, unexpected = model.load_state_dict(state, strict=False)
    if unexpected:
        raise ValueError(f"{path} has other heads: {json.dumps(unexpected[:3])}")
