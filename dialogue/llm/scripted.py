"""A language model that says given lines: for tests, rehearsals and demonstrations without weights."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from warmline.dialogue.llm.base import Decoding, Prompt
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.clock import Clock, LoopClock
from warmline.speech.runtime.errors import LanguageModelError


@dataclass(frozen=True, slots=True)
class Line:
    """One reply. ``first_s`` passes before the first piece (a word and its space), ``piece_s`` before each next one.

    ``dies_after``: raise LanguageModelError after that many pieces. ``stalls_after``: say nothing more after that
    many pieces until the model's own time-out.
    """

    text: str
    first_s: float = 0.0
    piece_s: float = 0.0
    dies_after: int | None = None
    stalls_after: int | None = None


@dataclass(frozen=True, slots=True)
class ScriptedConfig:
    """``lines``: said in order, then from the first again. ``stall_timeout_s``: when a stall becomes an error.
    ``kept``: how many of the last prompts are remembered."""

    lines: tuple[Line | str, ...] = ("I hear you, and I am listening.",)
    stall_timeout_s: float = 5.0
    kept: int = 50
    clock: Clock = field(default_factory=LoopClock)


class ScriptedModel:
    """``prompts`` and ``decodings`` keep what the last calls of generate were given, ``read`` what those of prefill
    were."""

    def __init__(self, config: ScriptedConfig | None = None) -> None:
        self._config = config or ScriptedConfig()
        self.prompts: list[Prompt] = []
        self.decodings: list[Decoding] = []
        self.read: list[Prompt] = []
        self._calls = 0

    async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
        if cancel.is_set:
            return 0
        before = self.read[-1].messages[-1].text if self.read and self.read[-1].messages else ""
        self.read.append(prompt)
        del self.read[: -self._config.kept]
        now = prompt.messages[-1].text if prompt.messages else ""
        grown = now[len(before) :] if now.startswith(before) else now
        return len(grown.split())

    async def generate(self, prompt: Prompt, decoding: Decoding, cancel: CancelFlag) -> AsyncGenerator[str, None]:
        lines = self._config.lines
        line = lines[self._calls % len(lines)]
        self._calls += 1
        line = Line(line) if isinstance(line, str) else line
        self.prompts.append(prompt)
        self.decodings.append(decoding)
        del self.prompts[: -self._config.kept], self.decodings[: -self._config.kept]
        pieces = re.findall(r"\S+\s*|\s+", line.text)[: decoding.max_tokens]
        for index in range(len(pieces) + 1):
            if index == line.dies_after:
                raise LanguageModelError("the scripted model died, as its script says")
            if index == line.stalls_after:
                await self._pause(self._config.stall_timeout_s, cancel)
                if cancel.is_set:
                    return
                raise LanguageModelError("the scripted model stalled, as its script says")
            if index == len(pieces):
                return
            await self._pause(line.first_s if index == 0 else line.piece_s, cancel)
            if cancel.is_set:
                return
            piece, stopped = _until_stop(pieces[index], decoding.stop)
            if piece:
                yield piece
            if stopped:
                return

    async def _pause(self, seconds_s: float, cancel: CancelFlag) -> None:
        clock = self._config.clock
        end_s = clock.now_s() + seconds_s
        while not cancel.is_set and clock.now_s() < end_s:
            await clock.sleep_until(min(end_s, clock.now_s() + 0.02))

    async def close(self) -> None:
        """Nothing to free."""


def _until_stop(piece: str, stops: tuple[str, ...]) -> tuple[str, bool]:
    found = [piece.index(stop) for stop in stops if stop in piece]
    return (piece[: min(found)], True) if found else (piece, False)
