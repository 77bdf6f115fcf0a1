"""The screen and the second reading together against labelled utterances: what both find, what it costs, how long."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warmline.dialogue.safety.deep_reader import DeepReader
from warmline.dialogue.safety.evaluate import Labelled, SafetyFigures, figures
from warmline.dialogue.safety.screen import Screen
from warmline.speech.runtime.cancel import CancelFlag


@dataclass(frozen=True, slots=True)
class DeepFigures:
    """``both``: the screen's figures with what the second reading found counted in. ``read``: share of the texts that
    were read a second time; ``read_harmless``: of the harmless ones. ``ms_p50``, ``ms_p95``: of one reading, nan where
    nothing was read."""

    both: SafetyFigures
    read: float
    read_harmless: float
    ms_p50: float
    ms_p95: float

    def payload(self) -> dict[str, object]:
        return {
            "recall": self.both.recall,
            "exact": self.both.exact,
            "found": self.both.found,
            "kinds": self.both.kinds,
            "false_alarm_rate": self.both.false_alarm_rate,
            "read": self.read,
            "read_harmless": self.read_harmless,
            "read_ms_p50": self.ms_p50,
            "read_ms_p95": self.ms_p95,
        }


async def measure_deep(items: Sequence[Labelled], reader: DeepReader) -> DeepFigures:
    """Screen every text by itself, and read those in doubt a second time, as a call does. Raises LanguageModelError."""
    screen = Screen()
    screened: list[float] = []
    took: list[float] = []
    read: list[bool] = []
    seen: list[tuple[Labelled, int, bool]] = []
    for item in items:
        began = time.perf_counter()
        risk = screen.assess(item.text, language=item.language)
        screened.append(1000.0 * (time.perf_counter() - began))
        kind = None if risk.level else reader.doubt(item.text, item.language)
        read.append(kind is not None)
        level = int(risk.level)
        if kind is not None:
            began = time.perf_counter()
            later = await reader.read(item.text, kind, CancelFlag())
            took.append(1000.0 * (time.perf_counter() - began))
            level = max(level, 0 if later is None else int(later.level))
        seen.append((item, level, bool(risk.request)))
    harmless = [got for got, item in zip(read, items, strict=True) if item.level == 0]
    return DeepFigures(
        both=figures(len(items), seen, screened),
        read=float(np.mean(read)),
        read_harmless=float(np.mean(harmless)) if harmless else float("nan"),
        ms_p50=float(np.percentile(took, 50)) if took else float("nan"),
        ms_p95=float(np.percentile(took, 95)) if took else float("nan"),
    )
