"""From a trained network to what a call runs: word embeddings as int8 rows, and the layers as an int8 ONNX graph.

The graph is built op by op (no tracing): input ``embedded`` float32[1, L, D], the sum of word, position and type
embeddings before their normalisation; output ``hidden`` float32[1, L, D]. Weights are 7-bit in 8 (``reduce_range``),
because processors without VNNI saturate otherwise. Needs onnx.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
POSITIONS = 192
"""Rows of the position table that are kept: the longest sequence."""


def embeddings(state: Mapping[str, Floats], vocabulary: Sequence[str]) -> bytes:
    """The shared table as npz: ``words`` int8[V, D] with ``scale`` float32[V], ``vocabulary`` as UTF-8 lines."""
    words = state["embeddings.word_embeddings.weight"].astype(np.float32)
    scale = np.maximum(np.abs(words).max(axis=1), 1e-9) / 127.0
    file = BytesIO()
    np.savez_compressed(
        file,
        words=np.round(words / scale[:, None]).astype(np.int8),
        scale=scale.astype(np.float32),
        vocabulary=np.frombuffer("\n".join(vocabulary).encode(), np.uint8),
        allow_pickle=False,
    )
    return file.getvalue()


def graph(state: Mapping[str, Floats], heads: int = 12) -> bytes:
    """The quantised layers. ``state``: names as in Hugging Face's BertModel."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
        plain.write_bytes(_plain(state, heads).SerializeToString())
        quantize_dynamic(
            plain,
            small,
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul"],
        )
        return small.read_bytes()


def _plain(state: Mapping[str, Floats], heads: int) -> Any:
    """The float32 graph."""
    from onnx import TensorProto, checker, helper

    build = _Graph(state, heads)
    build.normalise("embedded", "embeddings.LayerNorm", "x0")
    layers = 1 + max(int(key.split(".")[2]) for key in state if key.startswith("encoder.layer."))
    for layer in range(layers):
        build.layer(layer, f"x{layer}", "hidden" if layer == layers - 1 else f"x{layer + 1}")
    width = state["embeddings.LayerNorm.weight"].shape[0]
    made = helper.make_graph(
        build.nodes,
        "encoder",
        [helper.make_tensor_value_info("embedded", TensorProto.FLOAT, [1, "length", width])],
        [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, [1, "length", width])],
        build.constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    checker.check_model(model)
    return model


class _Graph:
    """Nodes and constants of a graph under construction."""

    def __init__(self, state: Mapping[str, Floats], heads: int) -> None:
        self.state, self.heads = state, heads
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, **more: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=f"{kind}_{output}", **more))
        return output

    def normalise(self, source: str, name: str, output: str) -> None:
        scale = self.constant(f"{output}.scale", self._of(f"{name}.weight"))
        bias = self.constant(f"{output}.shift", self._of(f"{name}.bias"))
        self.node("LayerNormalization", [source, scale, bias], output, axis=-1, epsilon=1e-12)

    def dense(self, source: str, weight: Floats, bias: Floats, output: str) -> str:
        """``weight`` [in, out]."""
        product = self.node("MatMul", [source, self.constant(f"{output}.w", weight)], f"{output}.product")
        return self.node("Add", [product, self.constant(f"{output}.b", bias)], output)

    def layer(self, number: int, source: str, output: str) -> None:
        at, own = f"l{number}", f"encoder.layer.{number}"
        mixed = self._attention(source, f"{own}.attention.self", at)
        out = self._linear(mixed, f"{own}.attention.output.dense", f"{at}.out")
        self.node("Add", [out, source], f"{at}.sum")
        self.normalise(f"{at}.sum", f"{own}.attention.output.LayerNorm", f"{at}.mid")
        up = self._linear(f"{at}.mid", f"{own}.intermediate.dense", f"{at}.up")
        down = self._linear(self.node("Gelu", [up], f"{at}.gelu"), f"{own}.output.dense", f"{at}.down")
        self.node("Add", [down, f"{at}.mid"], f"{at}.sum2")
        self.normalise(f"{at}.sum2", f"{own}.output.LayerNorm", output)

    def _attention(self, source: str, own: str, at: str) -> str:
        width = self._of(f"{own}.query.bias").shape[0]
        size = width // self.heads
        root = np.float32(1.0 / np.sqrt(size))
        # The query is scaled in its weights; the three products are one.
        weight = np.concatenate(
            [
                self._of(f"{own}.query.weight").T * root,
                self._of(f"{own}.key.weight").T,
                self._of(f"{own}.value.weight").T,
            ],
            axis=1,
        )
        bias = np.concatenate(
            [self._of(f"{own}.query.bias") * root, self._of(f"{own}.key.bias"), self._of(f"{own}.value.bias")]
        )
        joined = self.dense(source, weight, bias, f"{at}.qkv")
        from onnx import helper

        self.nodes.append(
            helper.make_node("Split", [joined], [f"{at}.q", f"{at}.k", f"{at}.v"], axis=-1, num_outputs=3)
        )
        shape = self.constant(f"{at}.shape", np.array([1, -1, self.heads, size], np.int64))
        for part, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
            self.node("Reshape", [f"{at}.{part}", shape], f"{at}.{part}r")
            self.node("Transpose", [f"{at}.{part}r"], f"{at}.{part}t", perm=order)
        self.node("MatMul", [f"{at}.qt", f"{at}.kt"], f"{at}.scores")
        self.node("Softmax", [f"{at}.scores"], f"{at}.shares", axis=-1)
        self.node("MatMul", [f"{at}.shares", f"{at}.vt"], f"{at}.mixed")
        self.node("Transpose", [f"{at}.mixed"], f"{at}.back", perm=[0, 2, 1, 3])
        flat = self.constant(f"{at}.flat", np.array([1, -1, width], np.int64))
        return self.node("Reshape", [f"{at}.back", flat], f"{at}.heads")

    def _linear(self, source: str, name: str, output: str) -> str:
        return self.dense(source, self._of(f"{name}.weight").T, self._of(f"{name}.bias"), output)

    def _of(self, name: str) -> Floats:
        return self.state[name].astype(np.float32)
