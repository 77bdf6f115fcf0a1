"""LoRA adapters for the embedded language model: a GGUF file by path, or a shipped one by name. Knows no engine."""

from __future__ import annotations

import functools
import hashlib
import json
from importlib.resources import files
from pathlib import Path

from warmline.speech.runtime.errors import CorruptWeights, MissingWeights

_MAGIC = b"GGUF"


def located(adapter: str) -> Path | None:
    """The file of an adapter; None where none is wanted. A shipped one is checked against its SHA-256.

    Raises MissingWeights where there is no such file or name, CorruptWeights where it is damaged or no GGUF file."""
    if not adapter:
        return None
    if adapter in shipped():
        return _verified(adapter)
    path = Path(adapter).expanduser()
    if not path.is_file():
        known = ", ".join(shipped()) or "none"
        raise MissingWeights(
            f"there is no adapter {adapter}: give llm.adapter a GGUF file, or a shipped name ({known})"
        )
    with path.open("rb") as opened:
        if opened.read(4) != _MAGIC:
            raise CorruptWeights(f"{path} is no GGUF file: give llm.adapter a LoRA adapter in GGUF")
    return path


@functools.cache
def shipped() -> dict[str, str]:
    """Names of the shipped adapters and the SHA-256 of their files."""
    table = files("warmline.dialogue.llm.weights").joinpath("files.json")
    found: dict[str, str] = json.loads(table.read_text(encoding="utf-8"))
    return found


@functools.cache
def _verified(name: str) -> Path:
    path = Path(str(files("warmline.dialogue.llm.weights").joinpath(f"{name}.gguf")))
    try:
        with path.open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() == shipped()[name]:
                return path
    except OSError:
        pass
    raise CorruptWeights(f"the shipped adapter {name} is damaged: install warmline again")
