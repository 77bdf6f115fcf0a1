"""What the next reply is for: the model's distribution, the stage, the distress and the rules, as one readable Plan.

Pure once the weights are loaded: the same state gives the same plan. It may be called on a partial utterance while
the person speaks, and again at the end. It does not screen for risk (it is told) and writes no words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from warmline.dialogue.languages import ENGLISH, asks, length, of
from warmline.dialogue.seeker.causes import cause_in, shipped_reader
from warmline.dialogue.strategy.blend import Prior, prior
from warmline.dialogue.strategy.consent import Consent, consent
from warmline.dialogue.strategy.context import Context, context_of, said_before
from warmline.dialogue.strategy.cues import Cues, cues
from warmline.dialogue.strategy.facts import EARLY, TRUSTED, Facts
from warmline.dialogue.strategy.feedback import Feedback, Lookahead
from warmline.dialogue.strategy.feedback import shipped as shipped_feedback
from warmline.dialogue.strategy.intensity import Intensity, estimate
from warmline.dialogue.strategy.mix import mix
from warmline.dialogue.strategy.policy import decide
from warmline.dialogue.strategy.rules import SHORT_TURN
from warmline.dialogue.strategy.stage import step
from warmline.dialogue.strategy.tables import reason
from warmline.dialogue.strategy.tone import tone
from warmline.dialogue.strategy.voice import Voice, voice_of
from warmline.dialogue.types import Heard, Plan, Risk, RiskLevel, Strategy, SupportStage, Turn
from warmline.emotion.types import ParalinguisticTags


@dataclass(frozen=True, slots=True)
class PlanningState:
    """What a plan is made from. ``turns``: past exchanges, oldest first. ``text``: the person's words now, perhaps
    unfinished. ``tags`` and ``risk`` are of these words. ``language``: that of the reply, and so of the words."""

    turns: tuple[Turn, ...]
    text: str
    tags: ParalinguisticTags = field(default_factory=ParalinguisticTags.unknown)
    risk: Risk = field(default_factory=Risk)
    language: str = ENGLISH


class Planner:
    """Chooses the strategy of the next reply. ``weights``: a file by ``warmline train strategy``; None for the
    shipped. ``feedback``: foretells the person's mark; it weighs in the choice with its own strength, the shipped one
    with none since it did not help."""

    def __init__(
        self, weights: Path | None = None, *, model: Prior | None = None, feedback: Feedback | None = None
    ) -> None:
        chooser = prior(weights) if model is None else model
        self._feedback = shipped_feedback() if feedback is None else feedback
        ahead = self._feedback.strength
        self._model = Lookahead(chooser, self._feedback, ahead) if ahead > 0.0 else chooser
        self._reader = shipped_reader()

    def plan(self, state: PlanningState) -> Plan:
        """The plan of the next reply; blocking, a few milliseconds; never raises on odd text."""
        heard = tuple(turn for turn in state.turns if turn.heard.strip())
        cue, voice = cues(state.text, state.language), voice_of(state.turns, state.tags)
        past = tuple((turn.plan.stage, turn.plan.intensity) for turn in heard)
        intensity = estimate(state.text, state.tags, [value for _, value in past], voice.strain, state.language)
        named = self._cause(state, heard)
        known = next((turn.plan.cause for turn in reversed(heard) if turn.plan.cause), "")
        wish = consent(heard, state.text, cue, state.language)
        stage = step(
            past,
            intensity.value,
            cause_known=bool(named or known),
            wants_advice=wish.given,
            new_cause=bool(named) and named != known,
        )
        facts = _facts(state, heard, cue, voice, wish, stage.stage, intensity.value)
        context = context_of(state.turns, state.text)
        verdict = decide(self._prior(state, context, heard, facts), facts)
        return Plan(
            stage=stage.stage,
            strategy=verdict.best,
            distribution=MappingProxyType(dict(verdict.distribution)),
            intensity=intensity.value,
            cause=named or known,
            style=tone(verdict.best, intensity.value, state.tags, heard[-1].plan.style if heard else None),
            why=(
                _felt(intensity, state.tags, voice),
                *_read(state.language),
                stage.why,
                *verdict.why,
                *_extra(verdict.best, facts),
            ),
            risk=state.risk,
            then=verdict.then,
            purpose=verdict.purpose,
            heard=_heard(intensity, voice, state.tags),
            language=state.language,
            expected=self._feedback.expected(context) if state.language == ENGLISH else MappingProxyType({}),
        )

    def _prior(
        self, state: PlanningState, context: Context, heard: tuple[Turn, ...], facts: Facts
    ) -> Mapping[Strategy, float]:
        if state.language == ENGLISH:
            return self._model.distribution(context)
        return mix(facts.stage, [(turn.plan.stage, turn.plan.strategy) for turn in heard], facts.cues)

    def _cause(self, state: PlanningState, heard: tuple[Turn, ...]) -> str:
        if state.language == ENGLISH:
            return cause_in(said_before(heard), state.text, self._reader)
        return reason(state.text, state.language)


def _heard(intensity: Intensity, voice: Voice, tags: ParalinguisticTags) -> Heard:
    since = voice.mood.since if voice.change else 0
    return Heard(intensity.words, intensity.voice, voice.manner, tags.words_disagree, voice.change, since)


def _read(language: str) -> tuple[str, ...]:
    """What is to be known where the words were read by less than in English."""
    if language == ENGLISH:
        return ()
    return (f"the words are {of(language).english}: read by word tables, chosen by the usual mix of the stage",)


def _facts(
    state: PlanningState,
    heard: tuple[Turn, ...],
    cue: Cues,
    voice: Voice,
    wish: Consent,
    stage: SupportStage,
    intensity: float,
) -> Facts:
    return Facts(
        index=len(heard),
        stage=stage,
        intensity=intensity,
        cues=cue,
        tags=state.tags,
        risk=fresh(state.risk),
        consent=wish.given,
        used=tuple(turn.plan.strategy for turn in heard),
        then=tuple(_second(turn) for turn in heard),
        declined=wish.declined,
        offered=wish.since,
        short=bool(heard) and length(heard[-1].user.text, heard[-1].plan.language) <= SHORT_TURN,
        worsening=voice.change == "worsening",
        usual=voice.usual,
    )


def _second(turn: Turn) -> Strategy | None:
    """The second move of a reply; a question that nobody heard was not asked."""
    return None if turn.plan.then is Strategy.QUESTION and not asks(turn.heard) else turn.plan.then


def fresh(risk: Risk) -> RiskLevel:
    """The level the rules go by: a slight sign of earlier that was asked about, or not renewed, no longer holds
    back."""
    renewed = any(not name.startswith(("earlier", "checked")) for name in risk.evidence)
    return risk.level if renewed or risk.level >= RiskLevel.L2 else RiskLevel.L0


def _felt(intensity: Intensity, tags: ParalinguisticTags, voice: Voice) -> str:
    """The first reason of every plan: how distressed, and from what that was read."""
    used = "voice not used" if intensity.voice is None else f"voice {intensity.voice:.1f}"
    label = f", sounds {tags.label}" if tags.label is not None and tags.confidence >= TRUSTED else ""
    change = f", {voice.change} since turn {voice.mood.since}" if voice.change else ""
    return f"distress {intensity.value:.1f} of 5 (words {intensity.words:.1f}, {used}{label}{change})"


def _extra(best: Strategy, facts: Facts) -> tuple[str, ...]:
    """Notes for whoever writes the words."""
    if best is Strategy.SELF_DISCLOSURE:
        return ("no life is claimed: say what many people find",)
    if best is Strategy.QUESTION and facts.cues.wants_advice and facts.index < EARLY:
        return ("ask what they have tried so far",)
    if best is Strategy.QUESTION and facts.risk >= RiskLevel.L1:
        return ("ask openly how safe they feel",)
    return ()
