"""What the next reply is for: the model's distribution, the stage, the distress and the rules, as one readable Plan.

Pure once the weights are loaded: the same state gives the same plan. It may be called on a partial utterance while
the person speaks, and again at the end. It does not screen for risk (it is told) and writes no words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from warmline.dialogue.seeker.causes import cause_in, shipped_reader
from warmline.dialogue.strategy.blend import Prior, prior
from warmline.dialogue.strategy.context import context_of, said_before
from warmline.dialogue.strategy.cues import Cues, agrees, cues, declines, offered
from warmline.dialogue.strategy.intensity import Intensity, estimate
from warmline.dialogue.strategy.policy import EARLY, HIGH, TRUSTED, Facts, decide
from warmline.dialogue.strategy.stage import step
from warmline.dialogue.strategy.tone import tone
from warmline.dialogue.types import Plan, Purpose, Risk, RiskLevel, Strategy, SupportStage, Turn
from warmline.emotion.types import ParalinguisticTags

CONSENT_TURNS = 2
"""Earlier replies for which a wish for ideas still holds."""


@dataclass(frozen=True, slots=True)
class PlanningState:
    """What a plan is made from. ``turns``: past exchanges, oldest first. ``text``: the person's words now, perhaps
    unfinished. ``tags`` and ``risk`` are of these words."""

    turns: tuple[Turn, ...]
    text: str
    tags: ParalinguisticTags = field(default_factory=ParalinguisticTags.unknown)
    risk: Risk = field(default_factory=Risk)


class Planner:
    """Chooses the strategy of the next reply. ``weights``: a file by ``warmline train strategy``; None for the "
    "shipped."""

    def __init__(self, weights: Path | None = None, *, model: Prior | None = None) -> None:
        self._model = prior(weights) if model is None else model
        self._reader = shipped_reader()

    def plan(self, state: PlanningState) -> Plan:
        """The plan of the next reply; blocking, a few milliseconds; never raises on odd text."""
        heard = tuple(turn for turn in state.turns if turn.heard.strip())
        cue = cues(state.text)
        past = tuple((turn.plan.stage, turn.plan.intensity) for turn in heard)
        intensity = estimate(state.text, state.tags, [value for _, value in past])
        cause = cause_in(said_before(heard), state.text, self._reader) or next(
            (turn.plan.cause for turn in reversed(heard) if turn.plan.cause), ""
        )
        consent = consented(heard, state.text, cue)
        stage = step(past, intensity.value, cause_known=bool(cause), wants_advice=consent)
        facts = Facts(
            index=len(heard),
            stage=stage.stage,
            intensity=intensity.value,
            cues=cue,
            tags=state.tags,
            risk=fresh(state.risk),
            consent=consent,
            used=tuple(turn.plan.strategy for turn in heard),
        )
        verdict = decide(self._model.distribution(context_of(state.turns, state.text)), facts)
        best = verdict.best
        return Plan(
            stage=stage.stage,
            strategy=best,
            distribution=MappingProxyType(dict(verdict.distribution)),
            intensity=intensity.value,
            cause=cause,
            style=tone(best, intensity.value, state.tags, heard[-1].plan.style if heard else None),
            why=(_felt(intensity, state.tags), stage.why, *verdict.why, *_extra(best, facts)),
            risk=state.risk,
            purpose=_purpose(best, facts),
        )


def fresh(risk: Risk) -> RiskLevel:
    """The level the rules go by: a slight sign of earlier that was asked about, or not renewed, no longer holds "
    "back."""
    renewed = any(not name.startswith(("earlier", "checked")) for name in risk.evidence)
    return risk.level if renewed or risk.level >= RiskLevel.L2 else RiskLevel.L0


def consented(heard: tuple[Turn, ...], text: str, cue: Cues) -> bool:
    """Whether ideas are welcome: asked for now or within the last replies, or agreed to when we offered; a "
    "refusal ends it."""
    if cue.refuses_advice:
        return False
    last = heard[-1].heard if heard else ""
    if cue.wants_advice or (offered(last) and agrees(text)):
        return True
    if offered(last) and declines(text):
        return False
    recent = heard[-CONSENT_TURNS:]
    for place, turn in enumerate(reversed(recent)):
        earlier = cues(turn.user.text)
        if earlier.refuses_advice:
            return False
        before = len(heard) - place - 2
        asked = before >= 0 and offered(heard[before].heard)
        if earlier.wants_advice or (asked and agrees(turn.user.text)):
            return True
    return False


def _felt(intensity: Intensity, tags: ParalinguisticTags) -> str:
    """The first reason of every plan: how distressed, and from what that was read."""
    voice = "voice not used" if intensity.voice is None else f"voice {intensity.voice:.1f}"
    label = f", sounds {tags.label}" if tags.label is not None and tags.confidence >= TRUSTED else ""
    return f"distress {intensity.value:.1f} of 5 (words {intensity.words:.1f}, {voice}{label})"


def _purpose(best: Strategy, facts: Facts) -> Purpose | None:
    """What small talk is for. Thanks in the middle of a talk are no goodbye."""
    if best is not Strategy.OTHER:
        return None
    if facts.cues.farewell and facts.index > 0:
        return Purpose.GOODBYE
    return Purpose.GREET if facts.cues.greeting and facts.index < 2 else None


def _extra(best: Strategy, facts: Facts) -> tuple[str, ...]:
    """Notes for whoever writes the words."""
    if best is Strategy.SELF_DISCLOSURE:
        return ("no life is claimed: say what many people find",)
    if best is Strategy.QUESTION and facts.cues.wants_advice and facts.index < EARLY:
        return ("ask what they have tried so far",)
    if (
        best is Strategy.QUESTION
        and facts.stage is SupportStage.ACTION
        and not facts.consent
        and facts.intensity < HIGH
    ):
        return ("ask first whether ideas are wanted",)
    if best is Strategy.QUESTION and facts.risk >= RiskLevel.L1:
        return ("ask openly how safe they feel",)
    return ()
