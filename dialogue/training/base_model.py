"""A GGUF file of the Qwen 2 family as a torch model, with the numbers that llama.cpp computes with.

Heavy: imports torch and transformers. Quantised weights are expanded, so 1.5B parameters take 3.1 GB in bfloat16.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from warmline.dialogue.training.gguf_file import GgufModel
from warmline.dialogue.training.quants import expand

_LAYER = {
    "attn_norm.weight": "input_layernorm.weight",
    "ffn_norm.weight": "post_attention_layernorm.weight",
    "attn_q.weight": "self_attn.q_proj.weight",
    "attn_q.bias": "self_attn.q_proj.bias",
    "attn_k.weight": "self_attn.k_proj.weight",
    "attn_k.bias": "self_attn.k_proj.bias",
    "attn_v.weight": "self_attn.v_proj.weight",
    "attn_v.bias": "self_attn.v_proj.bias",
    "attn_output.weight": "self_attn.o_proj.weight",
    "ffn_gate.weight": "mlp.gate_proj.weight",
    "ffn_up.weight": "mlp.up_proj.weight",
    "ffn_down.weight": "mlp.down_proj.weight",
}
PROJECTIONS = {
    torch_name.removesuffix(".weight").rpartition(".")[2]: gguf_name.removesuffix(".weight")
    for gguf_name, torch_name in _LAYER.items()
    if torch_name.endswith("_proj.weight")
}
"""The linear maps of a layer: their names in torch and in GGUF."""


def config(model: GgufModel, layers: int | None = None) -> Qwen2Config:
    """``layers``: only the first so many (for quick tests); None for all."""
    settings: dict[str, Any] = {
        "vocab_size": len(model.tokens),
        "hidden_size": int(model.field("qwen2.embedding_length")),
        "intermediate_size": int(model.field("qwen2.feed_forward_length")),
        "num_hidden_layers": layers or int(model.field("qwen2.block_count")),
        "num_attention_heads": int(model.field("qwen2.attention.head_count")),
        "num_key_value_heads": int(model.field("qwen2.attention.head_count_kv")),
        "max_position_embeddings": int(model.field("qwen2.context_length")),
        "rms_norm_eps": float(model.field("qwen2.attention.layer_norm_rms_epsilon")),
        "rope_parameters": {"rope_type": "default", "rope_theta": float(model.field("qwen2.rope.freq_base"))},
        "tie_word_embeddings": "output.weight" not in model.tensors,
        "use_sliding_window": False,
        "bos_token_id": None,
        "eos_token_id": None,
        "pad_token_id": None,
    }
    return Qwen2Config(**settings)


def load(
    model: GgufModel, device: str = "cpu", dtype: torch.dtype = torch.bfloat16, layers: int | None = None
) -> Qwen2ForCausalLM:
    """The torch model of a file, frozen."""
    settings = config(model, layers)
    with torch.device("meta"):
        network = Qwen2ForCausalLM(settings)
    state = {}
    for name, tensor in model.tensors.items():
        target = _name(name, settings.num_hidden_layers)
        if target:
            state[target] = expand(tensor, device).to(dtype)
    network.load_state_dict(state, strict=not settings.tie_word_embeddings, assign=True)
    if settings.tie_word_embeddings:
        network.tie_weights()
    # buffers of the positions are computed, not stored
    network.model.rotary_emb = type(network.model.rotary_emb)(settings).to(device)
    network.config._attn_implementation = "sdpa"
    return network.requires_grad_(False).eval()


def _name(name: str, layers: int) -> str:
    fixed = {
        "token_embd.weight": "model.embed_tokens.weight",
        "output.weight": "lm_head.weight",
        "output_norm.weight": "model.norm.weight",
    }
    if name in fixed:
        return fixed[name]
    _, number, rest = name.split(".", 2)
    return f"model.layers.{number}.{_LAYER[rest]}" if int(number) < layers else ""
