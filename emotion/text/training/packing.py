"""Base weights made small for the way to another machine: rows as int8 with a scale each, rare words left out.

A run that starts from packed weights differs from one that starts from the originals by the rounding of a start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.generic]]


def pack(state: Mapping[str, NDArray[np.float32]], used: Iterable[int] | None = None) -> Arrays:
    """``used``: the rows of the word embeddings to keep (None for all); the list is kept with them."""
    packed: Arrays = {}
    for name, value in state.items():
        array = value.astype(np.float32)
        if "word_embeddings" in name and used is not None:
            rows = np.array(sorted(used), np.int32)
            array, packed["used"] = array[rows], rows
        if array.ndim == 2 and array.shape[0] > 2:
            scale = np.maximum(np.abs(array).max(axis=1), 1e-12) / 127.0
            packed[name] = np.round(array / scale[:, None]).astype(np.int8)
            packed[f"{name}@"] = scale.astype(np.float32)
        else:
            packed[name] = array.astype(np.float16)
    return packed
