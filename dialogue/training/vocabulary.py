"""Tokens as text without a tokeniser: GPT-2's way of writing bytes, undone. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def _letters() -> dict[str, int]:
    """Which letter stands for which byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(byte): byte for byte in plain}
    others = [byte for byte in range(256) if byte not in plain]
    return table | {chr(256 + at): byte for at, byte in enumerate(others)}


class Vocabulary:
    """``tokens``: the vocabulary as GGUF files hold it, by id."""

    def __init__(self, tokens: Sequence[str]) -> None:
        letters = _letters()
        self._bytes = [bytes(letters[char] for char in token if char in letters) for token in tokens]

    def text(self, ids: Sequence[int]) -> str:
        return b"".join(self._bytes[at] for at in ids).decode("utf-8", errors="replace").strip()
