"""A bar on stderr while a person waits: one moving line on a terminal, a line every quarter elsewhere."""

from __future__ import annotations

import sys
from typing import TextIO


class Bar:
    """Counts bytes toward ``total``. Silent for less than ``quiet`` bytes, which are there before one can read."""

    def __init__(self, label: str, total: int, stream: TextIO | None = None, quiet: int = 20_000_000) -> None:
        self._label = label
        self._total = max(total, 1)
        self._stream = stream if stream is not None else sys.stderr
        self._shown = -1
        self._done = 0
        self._quiet = total < quiet

    def advance(self, size: int) -> None:
        """``size`` more bytes are done."""
        self._done += size
        percent = min(100, 100 * self._done // self._total)
        if self._quiet or percent == self._shown:
            return
        if self._stream.isatty():
            bar = "#" * (percent // 4)
            end = "\n" if percent == 100 else ""
            self._stream.write(f"\r{self._label} [{bar:<25}] {percent:3d}%{end}")
        elif percent // 25 > self._shown // 25 or percent == 100:
            self._stream.write(f"{self._label} {percent}%\n")
        self._stream.flush()
        self._shown = percent

    def say(self, line: str) -> None:
        """One line beside the bar."""
        self._stream.write(f"{line}\n")
        self._stream.flush()
