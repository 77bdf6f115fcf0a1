"""Low-rank additions to the layers of the safety encoder (LoRA, Hu et al. 2021), put into its int8 graph on load.

What the layers learnt later ships beside the graph, a tenth of its size: the graph that runs is as fast as without.
Weights are expanded, added to and rounded to 7 bits in 8 again. Knows nothing of texts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from warmline.speech.runtime.errors import CorruptWeights

Floats = NDArray[np.float32]
PRODUCTS: Mapping[str, tuple[str, ...]] = {
    "qkv": ("attention.self.query", "attention.self.key", "attention.self.value"),
    "out": ("attention.output.dense",),
    "up": ("intermediate.dense",),
    "down": ("output.dense",),
}
"""The products of a layer of the graph, and the linear maps of Hugging Face's BertModel that each holds, side by side.
"""

MOST = 64.0
"""Largest number of a weight of 7 bits."""


def places(graph: bytes, weights: Mapping[str, tuple[NDArray[np.int8], Floats]]) -> Mapping[str, NDArray[np.int64]]:
    """Where in the file each product's weights and scales lie. ``weights``: int8[in, out] and float32[out] by product.
    ValueError for a graph that does not hold them just once."""
    found = {}
    for name, parts in weights.items():
        raw = [np.ascontiguousarray(part).tobytes() for part in parts]
        if any(graph.count(one) != 1 for one in raw):
            raise ValueError(f"the graph does not hold the weights of {name} once")
        found[name] = np.array([graph.index(one) for one in raw], np.int64)
    return found


def added(graph: bytes, arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """The graph with the additions in its weights. ``arrays``: by product ``NAME.at`` as :func:`places` gives it, and
    for each map in it ``NAME.K.a`` [rank, in] and ``NAME.K.b`` [out, rank]. Raises CorruptWeights."""
    made = bytearray(graph)
    try:
        for name in (key.removesuffix(".at") for key in arrays if key.endswith(".at")):
            maps = sorted({key.split(".")[2] for key in arrays if key.startswith(f"{name}.") and key.endswith(".a")})
            more = [
                arrays[f"{name}.{one}.b"].astype(np.float32) @ arrays[f"{name}.{one}.a"].astype(np.float32)
                for one in maps
            ]
            _put(made, arrays[f"{name}.at"], np.concatenate(more).T)
    except (KeyError, IndexError, ValueError) as error:
        raise CorruptWeights(f"the additions do not fit the encoder ({error}): install warmline again") from error
    return bytes(made)


def _put(graph: bytearray, at: NDArray[np.generic], more: Floats) -> None:
    """``more``: float32[in, out]."""
    weight_at, scale_at = int(at[0]), int(at[1])
    scale = np.frombuffer(graph, np.float32, more.shape[1], scale_at)
    plain = np.frombuffer(graph, np.int8, more.size, weight_at).reshape(more.shape) * scale + more
    scale = np.maximum(np.abs(plain).max(axis=0), 1e-9) / MOST
    graph[weight_at : weight_at + more.size] = np.round(plain / scale).astype(np.int8).tobytes()
    graph[scale_at : scale_at + 4 * more.shape[1]] = scale.astype(np.float32).tobytes()
