"""ONNX sessions as this project wants them: few threads that do not spin while they wait for each other.

On two shared cores a spinning thread takes the time of whoever has work. Knows nothing about the graphs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from warmline.speech.runtime.errors import CorruptWeights


def session(graph: Path | bytes, threads: int = 1) -> Any:
    """An ``onnxruntime.InferenceSession`` on the CPU, of a file or of its bytes. Raises CorruptWeights if it cannot be
    loaded as a graph."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(
            graph if isinstance(graph, bytes) else str(graph), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's errors share no base below this
        name = "the graph" if isinstance(graph, bytes) else graph
        raise CorruptWeights(
            f"{name} cannot be loaded as an ONNX model ({type(error).__name__}): give another path, "
            "or take the pinned weights with: warmline weights fetch"
        ) from error
