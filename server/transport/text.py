"""Texts of clients: JSON can hold halves of letters (lone surrogates) that no UTF-8 has, and nothing else can."""

from __future__ import annotations


def whole(text: str) -> str:
    """``text`` with each half of a letter replaced, so that it can be stored, sent and read by a model."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
