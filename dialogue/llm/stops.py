"""Text as it grows, cut at the first stop string; what may be the beginning of one is held back. Pure."""

from __future__ import annotations

from collections.abc import Sequence


class Cut:
    """Feed it the whole text so far, each time; it gives what is new and safe. ``over`` once a stop was met."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._given = 0
        self.over = False

    def grown(self, text: str, last: bool = False) -> str:
        """``last``: no more will come, so nothing is held back."""
        if self.over:
            return ""
        found = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        self.over = bool(found)
        end = min(found) if found else len(text) - (0 if last else self._held(text))
        piece = text[self._given : end]
        self._given = max(self._given, end)
        return piece

    def _held(self, text: str) -> int:
        """Characters at the end that a stop may begin with, or that are not whole yet."""
        if text.endswith("\ufffd"):
            return len(text) - len(text.rstrip("\ufffd"))
        return max(
            (size for stop in self._stops for size in range(1, len(stop)) if text.endswith(stop[:size])), default=0
        )
