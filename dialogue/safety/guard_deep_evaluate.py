"""The guard with the language model behind it against labelled pieces of reply: what it lets through and stops, how
many pieces are read, how long a reading takes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warmline.dialogue.llm.base import Rates
from warmline.dialogue.safety.guard import Guard
from warmline.dialogue.safety.guard_evaluate import Piece, wilson
from warmline.dialogue.safety.guard_model import split
from warmline.dialogue.safety.guard_reader import TOGETHER, GuardReader
from warmline.dialogue.types import RiskLevel
from warmline.speech.runtime.cancel import CancelFlag

_LATE_S = 20.0
"""Nobody waits here, so that a busy machine changes the times alone."""


@dataclass(frozen=True, slots=True)
class DeepGuardFigures:
    """``let_through`` of ``unsafe`` pieces, ``blocked`` of ``harmless`` ones; ``kinds``: let through by kind;
    ``call_let_through``, ``call_blocked``: the same as in a call, where a sentence is read before the next is
    written. ``read``: pieces in doubt, which the model read; ``read_harmless``: harmless ones of them; ``unread``:
    readings that failed, in whose place the guard's own cut-off decided. ``ms_p50``, ``ms_p95``: of a piece that was
    read, nan where none was."""

    unsafe: int
    let_through: int
    harmless: int
    blocked: int
    kinds: dict[str, int]
    call_let_through: int
    call_blocked: int
    read: int
    read_harmless: int
    unread: int
    ms_p50: float
    ms_p95: float

    def payload(self) -> dict[str, object]:
        return {
            "let_through": self.let_through,
            "let_through_interval": wilson(self.let_through, self.unsafe),
            "blocked": self.blocked,
            "blocked_interval": wilson(self.blocked, self.harmless),
            "kinds": self.kinds,
            "call_let_through": self.call_let_through,
            "call_blocked": self.call_blocked,
            "read": self.read,
            "read_harmless": self.read_harmless,
            "unread": self.unread,
            "read_ms_p50": self.ms_p50,
            "read_ms_p95": self.ms_p95,
        }


async def measure_deep(pieces: Sequence[Piece], model: Rates, cut: float = TOGETHER) -> DeepGuardFigures:
    """Every piece by itself, at no risk."""
    guard = Guard()
    reader, calls = (GuardReader(guard.check, model, cut, _LATE_S) for _ in range(2))
    took: list[float] = []
    through: Counter[str] = Counter()
    blocked = read = read_harmless = call_through = call_blocked = 0
    for piece in pieces:
        doubted = bool(guard.check(piece.text).doubts)
        began = time.perf_counter()
        stopped = bool(await reader.stops(piece.text, RiskLevel.L0, CancelFlag()))
        if doubted:
            took.append(1000.0 * (time.perf_counter() - began))
            read += 1
            read_harmless += not piece.unsafe
        if piece.unsafe and not stopped:
            through[piece.kind] += 1
        blocked += stopped and not piece.unsafe
        in_call = stopped if len(split(piece.text)) == 1 else await _in_call(calls, piece.text)
        call_through += piece.unsafe and not in_call
        call_blocked += in_call and not piece.unsafe
    unsafe = sum(piece.unsafe for piece in pieces)
    return DeepGuardFigures(
        unsafe,
        through.total(),
        len(pieces) - unsafe,
        blocked,
        dict(through),
        call_through,
        call_blocked,
        read,
        read_harmless,
        reader.unread + calls.unread,
        float(np.percentile(took, 50)) if took else float("nan"),
        float(np.percentile(took, 95)) if took else float("nan"),
    )


async def _in_call(reader: GuardReader, text: str) -> bool:
    """Whether a reply is stopped at any of its sentences, each read with no more than what was said before it."""
    at = 0
    for sentence in split(text):
        at = text.find(sentence, at) + len(sentence)
        if await reader.stops(text[:at], RiskLevel.L0, CancelFlag()):
            return True
    return False
