"""A second reading of a turn in which the screen found nothing but is in doubt: by the embedded language model, with an
adapter that was taught to answer with one digit, the level.

It takes some tenths of a second of all cores, so it is asked where nobody waits: the reply to the turn has been made by
then, and what it finds counts from the next turn on. It raises and never lowers. Where the language model is another
one (a server, transformers, your own file) there is no such reader. How the adapter is trained: ``training/deep.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from warmline.dialogue.llm.base import LanguageModel, Rates
from warmline.dialogue.llm.template import plain
from warmline.dialogue.safety.reading import written
from warmline.dialogue.types import Plan, Risk, RiskLevel
from warmline.speech.runtime.cancel import CancelFlag

CALLER, REPLY = "Caller", "Reply"
"""Whose words are read: how grave they are, or whether they must not be said (1, else 0)."""

DIGITS = ("0", "1", "2", "3")
"""The answers, by level. Each is one token."""

CUTS = (0.97, 0.97, 0.95)
"""From which probability of level 1, 2 and 3 or above each counts. Settled on the sentences of ours that the adapter
did not learn (part VALID): asked about all of them, it raises 2.4% of the harmless ones, 0.8 and 0.1% to levels 2 and
3, and finds 83% of those at risk, 79 and 83% at those levels."""

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

    async def read(self, text: str, kind: str, cancel: CancelFlag) -> Risk | None:
        """The risk in a text; None where ``cancel`` was set before it was known. Raises LanguageModelError."""
        levels = await self.model.rate(question(text), DIGITS, cancel)
        if not levels:
            return None
        return found(levels, kind, self.cuts)


def of_model(model: LanguageModel, doubt: Callable[[str, str], str | None]) -> DeepReader | None:
    """The reader by this language model, None where it has none."""
    return DeepReader(model, doubt) if isinstance(model, Rates) and model.rates else None


def question(text: str, of: str = CALLER) -> str:
    """The prompt for a turn, or for a sentence of a reply. The digit follows at once."""
    return f"{of}: {' '.join(plain(written(text)).split()[-MOST:])}\n=>"


def found(levels: tuple[float, ...], kind: str, cuts: tuple[float, float, float]) -> Risk:
    """The highest level whose probability, of it or above, passes its cut-off, and all below it theirs. ``kind``: as
    evidence names it before a colon, "" for the person's own danger."""
    level = 0
    for at, cut in enumerate(cuts, 1):
        if sum(levels[at:]) < cut:
            break
        level = at
    if not level:
        return Risk()
    name = f"{LATER} ({sum(levels[1:]):.2f})"
    return Risk(RiskLevel(level), (f"{kind}: {name}" if kind else name,))


def raised(plan: Plan, risk: Risk, *, own: bool) -> Plan:
    """A plan that was made before ``risk`` was read in the words it answers, or (not ``own``) in earlier ones. Where
    something was found already, that stands."""
    if plan.risk.level:
        return plan
    evidence = risk.evidence if own else tuple(f"earlier in the call ({name})" for name in risk.evidence)
    return replace(plan, risk=replace(plan.risk, level=risk.level, evidence=evidence))


def known_when_answered(risk: Risk) -> Risk:
    """The risk without what was read later: a turn is read again only where nothing was found in it."""
    return Risk(request=risk.request) if any(LATER in name for name in risk.evidence) else risk
