"""ONNX sessions as this project wants them: few threads that do not spin while they wait for each other.

On two shared cores a spinning thread takes the time of whoever has work. Knows nothing about the graphs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from warmline.speech.runtime.errors import CorruptWeights


def session(path: Path, threads: int = 1) -> Any:
    """An ``onnxruntime.InferenceSession`` on the CPU. Raises CorruptWeights if the file cannot be loaded as a graph."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base below this
        raise CorruptWeights(
            f"{path} cannot be loaded as an ONNX model ({type(error).__name__}): give another path, "
            "or take the pinned weights with: warmline weights fetch"
        ) from error
