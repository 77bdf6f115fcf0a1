"""A plan as plain values and back: what is kept with a call, sent to a page, and explained afterwards.

Versioned. A record of an older version, or one whose worded keys were not kept, is read as far as it goes; figures are
rounded by whoever stores them. ``cause`` and ``memory`` hold the person's own words, nothing else does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from types import MappingProxyType
from typing import Final, TypeVar

from warmline.dialogue.types import Heard, Plan, Purpose, Risk, RiskLevel, Strategy, Style, SupportStage
from warmline.speech.runtime.errors import UnreadableInput

VERSION: Final = 1

Kind = TypeVar("Kind", Strategy, Purpose)


def record(plan: Plan) -> dict[str, object]:
    """The plan as JSON can hold it; :func:`plan_of` reads it back."""
    return {
        "version": VERSION,
        "strategy": plan.strategy.value,
        "then": None if plan.then is None else plan.then.value,
        "purpose": None if plan.purpose is None else plan.purpose.value,
        "stage": plan.stage.value,
        "intensity": plan.intensity,
        "cause": plan.cause,
        "risk": plan.risk.level.name,
        "evidence": list(plan.risk.evidence),
        "heard": asdict(plan.heard),
        "why": list(plan.why),
        "distribution": _shares(plan.distribution),
        "expected": _shares(plan.expected),
        "memory": list(plan.memory),
        "style": asdict(plan.style),
        "language": plan.language,
    }


def plan_of(kept: Mapping[str, object]) -> Plan:
    """The plan of a record. Raises UnreadableInput for one of a newer version, or that is none."""
    version = kept.get("version", VERSION)
    if not isinstance(version, int) or version > VERSION:
        raise UnreadableInput(f"this plan was kept by a newer Warmline (format {version}): update to read it")
    try:
        return _read(kept)
    except (KeyError, ValueError, TypeError) as error:
        raise UnreadableInput(f"this is no plan as Warmline keeps it: {error}") from error


def _read(kept: Mapping[str, object]) -> Plan:
    return Plan(
        stage=SupportStage(kept["stage"]),
        strategy=Strategy(kept["strategy"]),
        distribution=_strategies(kept["distribution"]),
        intensity=_number(kept["intensity"]),
        cause=str(kept.get("cause", "")),
        style=Style(**_figures(kept.get("style", {}), Style)),
        why=_texts(kept.get("why", ())),
        risk=Risk(RiskLevel[str(kept.get("risk", "L0"))], _texts(kept.get("evidence", ()))),
        then=_maybe(Strategy, kept.get("then")),
        purpose=_maybe(Purpose, kept.get("purpose")),
        heard=_heard(kept.get("heard", {})),
        expected=_strategies(kept.get("expected", {})),
        memory=_texts(kept.get("memory", ())),
        language=str(kept.get("language", "en")),
    )


def _heard(kept: object) -> Heard:
    if not isinstance(kept, Mapping):
        raise ValueError("'heard' is no table")
    voice = kept.get("voice")
    return Heard(
        words=_number(kept.get("words", Heard().words)),
        voice=None if voice is None else _number(voice),
        manner=str(kept.get("manner", "")),
        disagree=bool(kept.get("disagree", False)),
        mood=str(kept.get("mood", "")),
        since=int(_number(kept.get("since", 0))),
    )


def _shares(shares: Mapping[Strategy, float]) -> dict[str, float]:
    return {strategy.value: share for strategy, share in shares.items()}


def _strategies(kept: object) -> Mapping[Strategy, float]:
    if not isinstance(kept, Mapping):
        raise ValueError("shares by strategy are no table")
    return MappingProxyType({Strategy(name): _number(share) for name, share in kept.items()})


def _figures(kept: object, kind: type[Style]) -> dict[str, float]:
    if not isinstance(kept, Mapping):
        raise ValueError("'style' is no table")
    return {item.name: _number(kept[item.name]) for item in fields(kind) if item.name in kept}


def _maybe(kind: type[Kind], value: object) -> Kind | None:
    return None if value is None else kind(value)


def _texts(kept: object) -> tuple[str, ...]:
    if not isinstance(kept, list | tuple):
        raise ValueError("a list was expected")
    return tuple(str(item) for item in kept)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{type(value).__name__} where a number was expected")
    return float(value)
