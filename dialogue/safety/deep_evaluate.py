"""The screen and the language model's reader together against labelled utterances: what a call finds before a turn is
answered and after, what it costs, how long it takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warmline.dialogue.safety.deep_reader import DeepReader, found, weighed
from warmline.dialogue.safety.evaluate import Labelled, SafetyFigures, Tell, figures
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.types import Risk, RiskLevel
from warmline.speech.runtime.cancel import CancelFlag


@dataclass(frozen=True, slots=True)
class DeepFigures:
    """``before``: what is known when a turn is answered, the doubtful read again; ``both``: with what is read later
    counted in. ``asked``: share of the texts that were read before; ``read``: later; ``_harmless``: of the harmless
    ones. ``ms_p50``, ``ms_p95``: of one reading, nan where nothing was read."""

    before: SafetyFigures
    both: SafetyFigures
    asked: float
    asked_harmless: float
    read: float
    read_harmless: float
    ms_p50: float
    ms_p95: float

    def payload(self) -> dict[str, object]:
        return {
            **_payload(self.both),
            "before": _payload(self.before),
            "asked": self.asked,
            "asked_harmless": self.asked_harmless,
            "read": self.read,
            "read_harmless": self.read_harmless,
            "read_ms_p50": self.ms_p50,
            "read_ms_p95": self.ms_p95,
        }


@dataclass(frozen=True, slots=True)
class Turned:
    """One text as a call takes it: the risk ``before`` the reply and ``after`` it, whether it was ``asked`` about
    before and ``read`` later."""

    before: Risk
    after: RiskLevel
    asked: bool
    read: bool


class Turns:
    """Texts as a call takes them, each by itself. ``took``: milliseconds of each reading."""

    def __init__(self, reader: DeepReader) -> None:
        self._reader = reader
        self.took: list[float] = []

    async def turn(self, risk: Risk, text: str, language: str) -> Turned:
        """Raises LanguageModelError."""
        if risk.doubtful:
            risk = weighed(risk, await self._levels(text), self._reader.cuts)
            return Turned(risk, risk.level, True, False)
        kind = None if risk.level > RiskLevel.L1 else self._reader.doubt(text, language)
        if kind is None:
            return Turned(risk, risk.level, False, False)
        later = found(await self._levels(text), kind, self._reader.cuts)
        return Turned(risk, max(risk.level, later.level), False, True)

    async def _levels(self, text: str) -> tuple[float, ...]:
        began = time.perf_counter()
        levels = await self._reader.levels(text, CancelFlag())
        self.took.append(1000.0 * (time.perf_counter() - began))
        return levels


async def measure_deep(items: Sequence[Labelled], reader: DeepReader, tell: Tell | None = None) -> DeepFigures:
    """Screen every text by itself and read it again where a call does. Raises LanguageModelError."""
    screen, turns = Screen(), Turns(reader)
    screened: list[float] = []
    seen: list[Turned] = []
    for item in items:
        began = time.perf_counter()
        risk = screen.assess(item.text, language=item.language)
        screened.append(1000.0 * (time.perf_counter() - began))
        seen.append(await turns.turn(risk, item.text, item.language))
        if tell is not None:
            tell(item, seen[-1].before)
    both = [(item, int(one.after), bool(one.before.request)) for item, one in zip(items, seen, strict=True)]
    before = [(item, int(one.before.level), bool(one.before.request)) for item, one in zip(items, seen, strict=True)]
    harmless = [one for item, one in zip(items, seen, strict=True) if item.level == 0]
    return DeepFigures(
        before=figures(len(items), before, screened),
        both=figures(len(items), both, screened),
        asked=_share([one.asked for one in seen]),
        asked_harmless=_share([one.asked for one in harmless]),
        read=_share([one.read for one in seen]),
        read_harmless=_share([one.read for one in harmless]),
        ms_p50=float(np.percentile(turns.took, 50)) if turns.took else float("nan"),
        ms_p95=float(np.percentile(turns.took, 95)) if turns.took else float("nan"),
    )


def _payload(found: SafetyFigures) -> dict[str, object]:
    return {
        "recall": found.recall,
        "exact": found.exact,
        "found": found.found,
        "kinds": found.kinds,
        "false_alarm_rate": found.false_alarm_rate,
    }


def _share(hits: Sequence[bool]) -> float:
    return float(np.mean(hits)) if hits else float("nan")
