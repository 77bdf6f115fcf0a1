"""Quantised GGUF tensors as torch numbers: Q4_K, Q6_K and plain floats on any device, the rest through numpy.

The block layouts are ggml's (ggml-quants.c: block_q4_K, block_q6_K); equal to `gguf.dequantize` bit for bit in float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch


def expand(tensor: Any, device: str = "cpu") -> torch.Tensor:
    """A tensor of a `gguf.GGUFReader` as float32 [out, in] (or [n])."""
    shape = tuple(int(size) for size in reversed(tensor.shape))
    name = tensor.tensor_type.name
    if name in ("Q4_K", "Q6_K"):
        size = 144 if name == "Q4_K" else 210
        raw = torch.from_numpy(np.array(tensor.data, copy=True).reshape(-1, size)).to(device)
        return (_q4_k(raw) if name == "Q4_K" else _q6_k(raw)).reshape(shape)
    from gguf import dequantize

    return torch.from_numpy(np.array(dequantize(tensor.data, tensor.tensor_type))).reshape(shape).to(device)


def _half(raw: torch.Tensor) -> torch.Tensor:
    return raw.contiguous().view(torch.float16).float()


def _q4_k(raw: torch.Tensor) -> torch.Tensor:
    """Super-blocks of 256: scale and minimum as halves, 8 six-bit scales and minima in 12 bytes, 128 of nibbles."""
    d, low = _half(raw[:, 0:2]), _half(raw[:, 2:4])
    packed = raw[:, 4:16].reshape(-1, 3, 4)
    first, second, third = packed[:, 0], packed[:, 1], packed[:, 2]
    scale = torch.cat([first & 0x3F, (third & 0x0F) | ((first >> 2) & 0x30)], dim=-1)
    minimum = torch.cat([second & 0x3F, (third >> 4) | ((second >> 2) & 0x30)], dim=-1)
    nibbles = raw[:, 16:].reshape(-1, 4, 1, 32)
    values = torch.cat([nibbles & 0x0F, nibbles >> 4], dim=2).reshape(-1, 8, 32)
    return ((d * scale.float()).unsqueeze(-1) * values.float() - (low * minimum.float()).unsqueeze(-1)).reshape(-1)


def _q6_k(raw: torch.Tensor) -> torch.Tensor:
    """Super-blocks of 256: 128 bytes of low nibbles, 64 of high pairs, 16 signed scales, one half."""
    low, high = raw[:, :128].reshape(-1, 2, 1, 64), raw[:, 128:192].reshape(-1, 2, 1, 32)
    scales = raw[:, 192:208].contiguous().view(torch.int8).float()
    d = _half(raw[:, 208:210])
    nibbles = torch.cat([low & 0x0F, low >> 4], dim=2).reshape(-1, 8, 32)
    pairs = torch.cat([(high >> shift) & 0x03 for shift in (0, 2, 4, 6)], dim=2).reshape(-1, 8, 32)
    values = (nibbles | (pairs << 4)).to(torch.int16).float() - 32.0
    return ((d * scales).unsqueeze(-1) * values.reshape(-1, 16, 16)).reshape(-1)
