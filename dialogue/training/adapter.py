"""Trained adapters as a GGUF file that llama.cpp applies to the model they were made for.

The names and shapes are llama.cpp's (convert_lora_to_gguf.py): `blk.N.attn_q.weight.lora_a` is [rank, in], `.lora_b` is
[out, rank], both half precision. Heavy: torch tensors in, gguf out.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from warmline.dialogue.training.base_model import PROJECTIONS
from warmline.dialogue.training.tune import Recipe

_NAME = re.compile(r"layers\.(\d+)\.\w+\.(\w+_proj)\.lora_([AB])\.")


def save(network: Any, recipe: Recipe, path: Path) -> None:
    """Write the adapters of a peft model."""
    from gguf import GGUFWriter

    path.parent.mkdir(parents=True, exist_ok=True)
    writer = GGUFWriter(path, "qwen2")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_string("general.name", "warmline support adapter")
    writer.add_float32("adapter.lora.alpha", float(recipe.alpha))
    for name, weight in network.named_parameters():
        found = _NAME.search(name)
        if found is None or not weight.requires_grad:
            continue
        layer, projection, side = found.groups()
        values = weight.detach().float().cpu().numpy().astype(np.float16)
        writer.add_tensor(
            f"blk.{layer}.{PROJECTIONS[projection]}.weight.lora_{side.lower()}", np.ascontiguousarray(values)
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
