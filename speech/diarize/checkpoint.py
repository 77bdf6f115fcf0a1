"""Weights out of a PyTorch checkpoint in its old, unzipped format, without PyTorch and without running its pickles.

A pickle can name any function to be called while it is read; here only what rebuilds a tensor is known, and anything
else ends the reading. The format (``torch.save`` up to 1.5): four pickles (a magic number, a version, the sizes of the
writer's integers, the object, whose tensors are references), the list of storages, then each storage's length and raw
numbers. Knows nothing about what the weights are for.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from warmline.speech.runtime.errors import CorruptWeights

MAGIC: Final = 0x1950A86A20F9469CFC6C
MOST_NUMBERS: Final = 100_000_000

_KINDS: Final[Mapping[str, str]] = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a class of storage is called, in place of the class."""

    dtype: str


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    dtype: str
    numbers: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


def tensors(path: Path, under: str) -> dict[str, NDArray[Any]]:
    """The tensors of the mapping called ``under`` in the checkpoint, by name. Raises CorruptWeights for anything that
    is no such file, or that wants more than tensors."""
    try:
        with path.open("rb") as opened:
            found = _tensors(opened, under)
    except OSError as error:
        raise CorruptWeights(f"{path} cannot be read ({error.strerror})") from error
    except Exception as error:  # whatever a damaged pickle raises: it may be anything
        raise CorruptWeights(f"{path} is no PyTorch checkpoint that can be read safely: {error}") from error
    return found


def _tensors(opened: io.BufferedReader, under: str) -> dict[str, NDArray[Any]]:
    if _Reader(opened).load() != MAGIC:
        raise ValueError("it lacks the magic number of the old format")
    _Reader(opened).load()
    _Reader(opened).load()
    whole = _Reader(opened).load()
    keys = _Reader(opened).load()
    found: dict[str, _Tensor] = {name: value for name, value in whole[under].items() if isinstance(value, _Tensor)}
    kinds = {tensor.storage.key: tensor.storage for tensor in _all_tensors(whole)}
    data = {str(key): _numbers(opened, kinds[str(key)]) for key in keys}
    return {name: _view(data[tensor.storage.key], tensor) for name, tensor in found.items()}


def _all_tensors(value: object) -> list[_Tensor]:
    if isinstance(value, _Tensor):
        return [value]
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return [tensor for item in items for tensor in _all_tensors(item)]


def _numbers(opened: io.BufferedReader, storage: _Storage) -> NDArray[Any]:
    (count,) = struct.unpack("<q", opened.read(8))
    if count != storage.numbers or not 0 <= count <= MOST_NUMBERS:
        raise ValueError("a storage is not as long as it was announced")
    kind = np.dtype(storage.dtype)
    raw = opened.read(count * kind.itemsize)
    return np.frombuffer(raw, kind, count)


def _view(data: NDArray[Any], tensor: _Tensor) -> NDArray[Any]:
    last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.stride, strict=True))
    if min((tensor.offset, *tensor.stride, *tensor.shape), default=0) < 0 or last >= len(data):
        raise ValueError("a tensor lies outside its storage")
    size = data.dtype.itemsize
    strides = tuple(step * size for step in tensor.stride)
    return np.lib.stride_tricks.as_strided(data[tensor.offset :], tensor.shape, strides, writeable=False).copy()


def _rebuilt(storage: _Storage, offset: int, shape: tuple[int, ...], stride: tuple[int, ...], *_: object) -> _Tensor:
    return _Tensor(storage, int(offset), tuple(map(int, shape)), tuple(map(int, stride)))


class _Reader(pickle.Unpickler):
    """Knows how to rebuild tensors, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Callable[..., object] | type | _Kind] = {
            ("torch._utils", "_rebuild_tensor_v2"): _rebuilt,
            ("torch._utils", "_rebuild_parameter"): lambda tensor, *_: tensor,
            ("collections", "OrderedDict"): OrderedDict,
            **{("torch", kind): _Kind(dtype) for kind, dtype in _KINDS.items()},
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"it wants {module}.{name}, which no weights need")
        return known[module, name]

    def persistent_load(self, pid: Any) -> _Storage:
        """A reference to a storage: ("storage", its class, its key, the device, its length, a view)."""
        tag, kind, key, _, numbers, view = pid
        if tag != "storage" or not isinstance(kind, _Kind) or view is not None:
            raise pickle.UnpicklingError("it refers to something that is no storage")
        return _Storage(str(key), kind.dtype, int(numbers))
