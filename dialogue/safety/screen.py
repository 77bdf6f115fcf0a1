"""A screen for risk in what was said: levels 0-3 after the C-SSRS screener, each with the evidence for it.

Three readers, and the highest wins: rules over recognised words in four languages, answers to our own questions, and
for English a small trained model, which by itself raises to level 1 only and lets a misheard text be read again as it
may have been meant. The call so far and, lightly, the voice weigh in. It errs on the side of asking. It is a screen,
never a diagnosis, and no score of it is shown to a person. It cannot see what is not said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from warmline.dialogue.safety.asks import Ask, asked, calmer, cleared, raised
from warmline.dialogue.safety.mishearing import mended
from warmline.dialogue.safety.patterns import TABLES, patterns
from warmline.dialogue.safety.requests import is_asking, kind_of, request_rules
from warmline.dialogue.safety.rules import Sign, is_english, signs
from warmline.dialogue.safety.sense import Sense, shipped
from warmline.dialogue.types import Risk, RiskLevel, Turn
from warmline.emotion.types import ParalinguisticTags

_SOBS = frozenset({"sob", "sobbing", "cry", "crying"})
_KINDS = ("self", "other", "harm", "abuse", "medical", "eating", "mind")
_OWN = frozenset({"self", "eating", "mind"})
"""Kinds of the person's own danger, which the protocol needs no other path for."""

_SURE = 0.9
"""From this probability the model alone takes a request for one that must not be answered."""

_DOUBT = 0.4
"""Share of the model's cut-off from which a text is read again as it may have been meant, or with the turn before."""


class Screen:
    """Reads each turn of a person, and stable partials of it, for risk. Holds no state between calls. ``model``: the
    trained reader, by default the shipped one; ``rules_alone`` leaves it out. Raises CorruptWeights."""

    languages = frozenset(TABLES)

    def __init__(self, model: Sense | None = None, *, rules_alone: bool = False) -> None:
        self._model = None if rules_alone else model or shipped("screen")
        request_rules()
        for language in TABLES:
            patterns(language)

    def assess(
        self,
        text: str,
        history: tuple[Turn, ...] = (),
        tags: ParalinguisticTags | None = None,
        language: str = "",
    ) -> Risk:
        """The risk now. ``history``: past turns, oldest first, whose plans carry the risk found then. ``language``: of
        the words, "" when unknown.

        Evidence is rule names, each with its kind as a prefix when it is not about the person's own life, and the
        model's probability where it decided. Never raises.
        """
        before = history[-1].plan.risk if history else Risk()
        found = [*signs(text, language, before.level), *_from_answer(text, history)]
        request = kind_of(text)
        calm = all(sign.level is RiskLevel.L0 for sign in found)
        asking = not request and is_asking(text)
        if self._model is not None and (calm or asking) and language in ("", "en") and is_english(text):
            chances = self._model.read(text)
            if calm:
                found += self._sensed(text, history, chances)
            if asking and chances["request"] >= max(_SURE, self._model.cuts["request"]):
                request = "by its wording"
        level = max((sign.level for sign in found), default=RiskLevel.L0)
        names = [sign.name if sign.kind in _OWN else f"{sign.kind}: {sign.name}" for sign in found]
        if level is RiskLevel.L1 and tags is not None and (_breaking(tags) or _spent(tags, history)):
            level = RiskLevel.L2
            names.append("voice: breaking" if _breaking(tags) else "voice: flat after distress")
        level, carried = _carried(level, text, history, before)
        return Risk(level, tuple(dict.fromkeys([*names, *carried])), request)

    def _sensed(self, text: str, history: tuple[Turn, ...], chances: Mapping[str, float]) -> Iterator[Sign]:
        """What the model finds where no rule did: alone, in the words as they may have been meant, or in two turns."""
        assert self._model is not None
        cut, chance = self._model.cuts["risk"], chances["risk"]
        kind = max(_KINDS, key=lambda name: chances[name])
        if chance >= cut:
            yield Sign(RiskLevel.L1, f"reads like it ({chance:.2f})", kind)
            return
        if chance < _DOUBT * cut:
            return
        for sign in signs(mended(text), "en"):
            if sign.level > RiskLevel.L0:
                yield Sign(min(sign.level, RiskLevel.L2), f"misheard? {sign.name} ({chance:.2f})", sign.kind)
        if history and (both := self._model.read(f"{history[-1].user.text} {text}")["risk"]) >= cut:
            yield Sign(RiskLevel.L1, f"reads like it, over two turns ({both:.2f})", kind)


def _from_answer(text: str, history: tuple[Turn, ...]) -> Iterator[Sign]:
    """A sign in an answer to the question we asked last ("yes", "tonight")."""
    ask = asked(history[-1].heard) if history else None
    if ask is None:
        return
    level = raised(ask, text)
    if level > RiskLevel.L0:
        yield Sign(level, f"answer: {ask.name.lower()}")


def _carried(level: RiskLevel, text: str, history: tuple[Turn, ...], before: Risk) -> tuple[RiskLevel, tuple[str, ...]]:
    """The level with the call so far: it falls only by an explicit check, and never below L1 once a sign was "
    "there."""
    if before.level is RiskLevel.L0 or not history:
        return level, ()
    ask = asked(history[-1].heard)
    if ask is not None and before.level is RiskLevel.L3 and calmer(ask, text):
        return max(level, RiskLevel.L2), ("checked: safer for now",)
    if (
        ask is not None
        and before.level is RiskLevel.L2
        and (cleared(ask, text) or (ask is not Ask.SAFE and calmer(ask, text)))
    ):
        return max(level, RiskLevel.L1), ("checked: said no when asked",)
    if before.level > level:
        return before.level, ("earlier in the call",)
    return level, ()


def _breaking(tags: ParalinguisticTags) -> bool:
    """Whether the voice adds weight to a sign in the words: sobbing, or heard as clearly in pain."""
    if any(event.kind in _SOBS and event.confidence >= 0.6 for event in tags.events):
        return True
    return tags.confidence >= 0.6 and tags.valence <= -0.6


def _spent(tags: ParalinguisticTags, history: tuple[Turn, ...]) -> bool:
    """Whether the voice has gone flat after it was in distress."""
    flat = tags.confidence >= 0.6 and tags.arousal <= -0.5
    return flat and any(turn.tags.valence <= -0.5 and turn.tags.arousal >= 0.2 for turn in history[-4:])
