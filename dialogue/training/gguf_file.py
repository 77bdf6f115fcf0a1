"""A GGUF file read for training: its tokeniser, its tensors as numbers, and a copy with fewer tokens.

Knows the file format (ggml's `gguf` package) and the Qwen 2 names in it; does not know torch.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmline.speech.runtime.errors import UnreadableInput

SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How Qwen 2 splits text before its byte pairs are merged (llama.cpp's pre-tokeniser "qwen2")."""

_TABLES = ("token_embd.weight", "output.weight")


class GgufModel:
    """A GGUF file of the Qwen 2 family, mapped into memory. Raises UnreadableInput where it is none."""

    def __init__(self, path: Path) -> None:
        from gguf import GGUFReader

        try:
            self._reader = GGUFReader(path)
        except (OSError, ValueError, KeyError) as error:
            raise UnreadableInput(f"cannot read {path}: give a GGUF file of the Qwen 2 family") from error
        self.path = path
        if self.field("general.architecture") != "qwen2":
            raise UnreadableInput(f"{path.name} is a {self.field('general.architecture')} model, not qwen2")
        self.tensors: dict[str, Any] = {tensor.name: tensor for tensor in self._reader.tensors}

    def field(self, name: str) -> Any:
        """The value of a field; None where the file has none of that name."""
        found = self._reader.get_field(name)
        return None if found is None else found.contents()

    @functools.cached_property
    def tokens(self) -> list[str]:
        """The vocabulary as GPT-2 writes bytes, by id."""
        return [str(token) for token in self.field("tokenizer.ggml.tokens")]

    @functools.cached_property
    def specials(self) -> dict[str, int]:
        """Control tokens (<|im_start|> and the like) and their ids."""
        kinds = self.field("tokenizer.ggml.token_type")
        return {token: at for at, (token, kind) in enumerate(zip(self.tokens, kinds, strict=True)) if kind == 3}

    def numbers(self, name: str) -> NDArray[np.float32]:
        """A tensor as float32, row-major as torch has it: [out, in]."""
        from gguf import dequantize

        tensor = self.tensors[name]
        values: NDArray[np.float32] = dequantize(tensor.data, tensor.tensor_type)
        return values.reshape(tuple(int(size) for size in reversed(tensor.shape)))

    def tokenizer(self) -> Any:
        """A `tokenizers.Tokenizer` that splits text exactly as llama.cpp does with this file."""
        from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

        merges = [
            (left, right) for left, _, right in (str(one).partition(" ") for one in self.field("tokenizer.ggml.merges"))
        ]
        # the vocabulary ends in padding that no text gives, and holds the control tokens too
        vocabulary = {token: at for at, token in enumerate(self.tokens)}
        tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, fuse_unk=False, byte_fallback=False))
        tokenizer.normalizer = normalizers.NFC()
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(SPLIT), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.add_special_tokens([AddedToken(token, special=True) for token in self.specials])
        return tokenizer


def pruned(model: GgufModel, keep: Sequence[int], path: Path) -> None:
    """Write ``model`` with only the tokens ``keep`` (old ids, ascending): the new id is the place in ``keep``.

    Rows are copied as they are, still quantised. The copy has no merges: it serves training, not tokenising."""
    from gguf import GGUFWriter

    writer = GGUFWriter(path, "qwen2")
    writer.add_type("model")
    for name in (
        "qwen2.block_count",
        "qwen2.context_length",
        "qwen2.embedding_length",
        "qwen2.feed_forward_length",
        "qwen2.attention.head_count",
        "qwen2.attention.head_count_kv",
    ):
        writer.add_uint32(name, int(model.field(name)))
    for name in ("qwen2.rope.freq_base", "qwen2.attention.layer_norm_rms_epsilon"):
        writer.add_float32(name, float(model.field(name)))
    kinds = model.field("tokenizer.ggml.token_type")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([model.tokens[at] for at in keep])
    writer.add_token_types([int(kinds[at]) for at in keep])
    for name, tensor in model.tensors.items():
        data = np.ascontiguousarray(tensor.data[np.asarray(keep)] if name in _TABLES else tensor.data)
        writer.add_tensor(name, data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def kept_tokens(model: GgufModel, texts: Iterable[str], first: int = 12_000) -> list[int]:
    """The ids to keep for training on ``texts``: theirs, the ``first`` (byte pairs are numbered by frequency), and
    the control tokens."""
    tokenizer = model.tokenizer()
    found = set(range(min(first, len(model.tokens)))) | set(model.specials.values())
    for encoded in tokenizer.encode_batch(list(texts)):
        found.update(encoded.ids)
    return sorted(found)
