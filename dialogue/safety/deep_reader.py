"""A second reading of what the screen is in doubt about: by the embedded language model, with an adapter that was
taught to answer with one digit, the level.

It takes some tenths of a second of all cores. Where a reply would rest on doubt it is asked before, and may overrule
what was found or raise the level (:func:`weighed`). Where there is a little doubt it is asked when nobody waits: the
reply has been made by then, and what it finds counts from the next turn on; it raises and never lowers
(:func:`raised`). Where the language model is another one (a server, transformers, your own file) there is no
such reader. How the adapter is trained: ``training/deep.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from warmline.dialogue.llm.base import LanguageModel, Rates
from warmline.dialogue.llm.template import plain
from warmline.dialogue.safety.open_question import AGAIN, EXPLAINED, OVERRULED, less_plainly, vague
from warmline.dialogue.safety.reading import written
from warmline.dialogue.types import Plan, Risk, RiskLevel
from warmline.speech.runtime.cancel import CancelFlag

CALLER, REPLY = "Caller", "Reply"
"""Whose words are read: how grave they are, or whether they must not be said (1, else 0)."""

DIGITS = ("0", "1", "2", "3")
"""The answers, by level. Each is one token."""

CUTS = (0.97, 0.97, 0.95)
"""From which probability of level 1, 2 and 3 or above each counts. Settled on the sentences of ours that the adapter
did not learn (part VALID): asked about all of them, it raises 2.4% of the harmless ones, 0.8 and 0.2% to levels 2 and
3, and finds 84% of those at risk, 79 and 85% at those levels."""

HARMLESS = {RiskLevel.L2: 0.05, RiskLevel.L3: 0.02}
"""Below this probability of any risk what was found without a rule at levels 2 and 3 is overruled. How it was settled,
and what it costs: ``docs/safety_screen.md``."""

HEARD = {RiskLevel.L1: 0.05, RiskLevel.L2: 0.02, RiskLevel.L3: 0.02}
"""The same for what rules heard, which need more to be overruled."""

TOGETHER = 2.75
"""Where no rule speaks and no more than level 1 was found, there is risk from this sum on of the log odds that the
screen's encoder gives it and those that the reader does: two that err apart and are equally good (a logistic regression
on both gives 0.41 and 0.37)."""

ANSWERED = 0.0
"""The same for an answer to our open question: that was asked because there was a hint."""

PLAIN = 0.99
"""From this probability of level 2 and above what the encoder finds at level 2 is asked about directly, else openly
first: so 11 of 22 explicit lines by other hands are which no rule finds, and 24 of 303 lines of our calm calls."""

LATER = "deep reader"
"""In the name of evidence that was not known when the turn was answered."""

MOST = 60
"""Words that are read at most, the last ones: a word takes about 20 ms."""


@dataclass(frozen=True, slots=True)
class DeepReader:
    """``doubt``: the likeliest kind of risk in a text (of some language), where it should be read, or None; it blocks
    for some milliseconds."""

    model: Rates
    doubt: Callable[[str, str], str | None]
    cuts: tuple[float, float, float] = CUTS

    async def levels(self, text: str, cancel: CancelFlag) -> tuple[float, ...]:
        """How likely each level is; () where ``cancel`` was set before it was known. Raises LanguageModelError."""
        return await self.model.rate(question(text), DIGITS, cancel)

    async def weighed(self, text: str, risk: Risk, cancel: CancelFlag) -> Risk:
        """A doubtful ``risk`` once its words were read, as it was where ``cancel`` was set. Raises
        LanguageModelError."""
        levels = await self.levels(text, cancel)
        return weighed(risk, levels, self.cuts) if levels else risk


def of_model(model: LanguageModel, doubt: Callable[[str, str], str | None]) -> DeepReader | None:
    """The reader by this language model, None where it has none."""
    return DeepReader(model, doubt) if isinstance(model, Rates) and model.rates else None


def question(text: str, of: str = CALLER) -> str:
    """The prompt for a turn, or for a sentence of a reply. The digit follows at once."""
    return f"{of}: {' '.join(plain(written(text)).split()[-MOST:])}\n=>"


def found(levels: tuple[float, ...], kind: str, cuts: tuple[float, float, float]) -> Risk:
    """The highest level whose probability, of it or above, passes its cut-off, and all below it theirs. ``kind``: as
    evidence names it before a colon, "" for the person's own danger."""
    level = _level(levels, cuts)
    if not level:
        return Risk()
    name = f"{LATER} ({sum(levels[1:]):.2f})"
    return Risk(level, (f"{kind}: {name}" if kind else name,))


def _level(levels: tuple[float, ...], cuts: tuple[float, float, float]) -> RiskLevel:
    level = 0
    for at, cut in enumerate(cuts, 1):
        if sum(levels[at:]) < cut:
            break
        level = at
    return RiskLevel(level)


def weighed(risk: Risk, levels: tuple[float, ...], cuts: tuple[float, float, float] = CUTS) -> Risk:
    """A doubtful ``risk`` once the words were read, before they are answered: overruled where they are harmless after
    all, raised where they are not or graver than was found, else as it was."""
    danger = sum(levels[1:])
    if _harmless(risk, danger):
        if risk.sensed is not None and risk.sensed.answer is not None:
            return Risk(evidence=(EXPLAINED,), request=risk.request)
        names = (f"{OVERRULED} ({danger:.2f}): {name}" for name in risk.evidence)
        return Risk(evidence=tuple(names), request=risk.request)
    if sum(levels[2:]) < PLAIN:
        risk = replace(risk, evidence=less_plainly(risk.evidence))
    level = _level(levels, cuts)
    if risk.sensed is not None:
        own = risk.level if risk.sensed.answer is None else risk.sensed.answer
        level = _agreed(own, level)
        if own < risk.level:
            level = max(level, risk.level)
    if level == risk.level or (risk.sensed is None and level < risk.level):
        return risk
    name = f"{AGAIN} ({danger:.2f})"
    kind = risk.sensed.kind if risk.sensed is not None and not risk.level else ""
    return replace(risk, level=level, evidence=(*risk.evidence, f"{kind}: {name}" if kind else name))


def _agreed(one: RiskLevel, other: RiskLevel) -> RiskLevel:
    """The level where two models speak and no rule: the graver one, or, from level 2 on, one below it where they do not
    say the same. Of 858 doubtful plain lines of our calls 38 are at level 2 or 3 so, with the graver one 129; of 300
    true ones of those levels, ours and by other hands, 43 and 107."""
    graver = max(one, other, RiskLevel.L1)
    return graver if one == other or graver is RiskLevel.L1 else RiskLevel(graver - 1)


def _harmless(risk: Risk, danger: float) -> bool:
    """Whether what was found, or nothing, holds no risk. ``danger``: probability of any, by the reader."""
    if risk.sensed is None:
        return danger < HEARD.get(risk.level, 0.0)
    both = log_odds(risk.sensed.chance) + log_odds(danger)
    if risk.sensed.answer is not None:
        return both < ANSWERED and danger < HARMLESS.get(risk.sensed.answer, 1.0)
    return danger < HARMLESS[risk.level] if risk.level >= RiskLevel.L2 else both < TOGETHER


def log_odds(chance: float, fewest: float = 1e-4) -> float:
    """``fewest``: no reader is surer than that, one in ten thousand: between -9.2 and 9.2."""
    kept = min(max(chance, fewest), 1.0 - fewest)
    return math.log(kept / (1.0 - kept))


def raised(plan: Plan, risk: Risk, *, own: bool) -> Plan:
    """A plan that was made before ``risk`` was read in the words it answers, or (not ``own``) in earlier ones. What
    was found already stands; the level rises or stays."""
    if plan.risk.level >= risk.level and (own or not vague(plan.risk)):
        return plan
    more = risk.evidence if own else tuple(f"earlier in the call ({name})" for name in risk.evidence)
    answered = plan.risk.level if plan.risk.answered is None else plan.risk.answered
    evidence = (*plan.risk.evidence, *more)
    return replace(plan, risk=Risk(max(risk.level, plan.risk.level), evidence, plan.risk.request, answered=answered))


def known_when_answered(risk: Risk) -> Risk:
    """The risk without what was read later."""
    if risk.answered is None:
        return risk
    return Risk(risk.answered, tuple(name for name in risk.evidence if LATER not in name), risk.request)
