"""An ONNX file as a session with one more output: the durations that a voice computes inside and does not give out.

A serialised protobuf message may be appended to another of its kind, and repeated fields then join; so a tensor becomes
an output by adding a few bytes to the file's bytes, without the onnx package.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warmline.speech.runtime.errors import CorruptWeights, StorageError, VoiceError


def session_with_output(path: Path, tensor: str, threads: int = 1) -> Any:
    """An onnxruntime session of the model at ``path`` whose last output is its inner ``tensor``.

    Raises StorageError (unreadable file), CorruptWeights (no such model, or it has no such tensor).
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        model = path.read_bytes()
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror}") from error
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(model + _output(tensor), options, providers=["CPUExecutionProvider"])
    except _runtime_errors() as error:
        raise CorruptWeights(
            f"{path.name} is not the model it should be ({type(error).__name__}): run warmline weights verify"
        ) from error


def outputs(session: Any, feed: Mapping[str, Any]) -> list[Any]:
    """Every output of ``session`` for ``feed``. Raises VoiceError."""
    try:
        return list(session.run(None, dict(feed)))
    except _runtime_errors() as error:
        raise VoiceError(f"the voice's network failed ({type(error).__name__}): choose another voice") from error


def _runtime_errors() -> tuple[type[Exception], ...]:
    """onnxruntime's own errors, which share no base but Exception; and what its binding raises."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = [item for item in vars(state).values() if isinstance(item, type) and issubclass(item, Exception)]
    return (*own, RuntimeError, ValueError)


def _output(tensor: str) -> bytes:
    """ModelProto{graph(7){output(12){name(1)}}} as bytes."""
    return _field(7, _field(12, _field(1, tensor.encode())))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
