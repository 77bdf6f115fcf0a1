"""The sentences of one turn, filled in: which variant, which number, whose line. Pure.

A number is said in figures slowly and twice, and shown on a card beside the voice. Only lines of the caller's own
country are ever named.
"""

from __future__ import annotations

from warmline.dialogue.safety.helplines import ANYWHERE, Care, Emergency, Helpline, name_spoken, place
from warmline.dialogue.safety.lines import Lines
from warmline.dialogue.safety.numbers import spoken
from warmline.dialogue.safety.openings import pick
from warmline.dialogue.safety.own_words import SafetyPlan
from warmline.dialogue.types import HelpCard

__all__ = ["HelpCard", "Sayings"]


class Sayings:
    """``care``: lines and emergency numbers of the caller's country. ``said``: what was spoken in this call already;
    ``start``: where this call begins in each pool."""

    def __init__(self, words: Lines, care: Care, said: frozenset[str], start: int, minor: bool) -> None:
        self.care = care
        self._words = words
        self._said = said
        self._start = start
        self._line = care.best(words.language, young=minor)

    def variant(self, pool: tuple[str, ...], again: int = 0) -> str:
        """One sentence of a pool that was not said yet; when all were, the one whose turn it is."""
        filled = tuple(self._filled(sentence) for sentence in pool)
        return pick(filled, self._said, self._start) or filled[(self._start + again) % len(filled)]

    def line(self, name: str, again: int = 0) -> str:
        """A statement by its name in ``Lines.say``."""
        return self.variant(self._words.say[name], again)

    def heard(self, name: str) -> str:
        """A sentence by its name in ``Lines.hear``."""
        return self.variant(self._words.hear[name])

    def helpline(self) -> tuple[str, ...]:
        """The line of the country, its number said twice; the directory of lines where there is none."""
        if self._line is None:
            return (self.line("no_line"),)
        return self.line("line"), self.line("line_again")

    def number_again(self) -> tuple[str, ...]:
        """The number once more, on request."""
        return self.line("line_repeat"), self.line("number_kept")

    def number_to_take(self, *, now: bool) -> tuple[str, ...]:
        """What nobody should go without."""
        if now:
            return (self.line("press"),)
        return self.helpline()[:1]

    def safety_plan(self, plan: SafetyPlan) -> tuple[str, ...]:
        """The person's own words, put together: at most three parts, in two breaths."""
        parts = [self._words.say[f"plan_{name}"][0].format(**{name: getattr(plan, name)}) for name in plan.parts[:3]]
        joined = ("" if self._words.language == "zh" else " ").join(parts)
        return self.line("plan_opening"), joined, self.line("plan_closing")

    def card(self) -> HelpCard:
        """What to show beside the voice, in figures."""
        line, emergency = self._line, self.care.emergency
        return HelpCard(
            country=self.care.country,
            name=line.name if line else ANYWHERE,
            number=line.number if line else "",
            website=line.website if line else f"https://{ANYWHERE}",
            hours=line.hours if line else "",
            emergency=emergency.medical if emergency else "",
            police=emergency.police if emergency else "",
            checked=line.checked.isoformat() if line else "",
            verified=bool(line and line.verified),
        )

    def _filled(self, sentence: str) -> str:
        if "{" not in sentence:
            return sentence
        line = self._line
        number = spoken(line.number, self._words.language) if line else ""
        filled = sentence.format(
            medical=self._emergency("medical"),
            police=self._emergency("police"),
            place=place(self.care.country),
            line=name_spoken(line, self._words.language) if line else "",
            hours=self._hours(line),
            number=number,
        )
        return filled[:1].upper() + filled[1:]

    def _hours(self, line: Helpline | None) -> str:
        if line is None:
            return ""
        return self._words.speech.always if line.always else line.hours

    def _emergency(self, kind: str) -> str:
        emergency: Emergency | None = self.care.emergency
        if emergency is None:
            return self._words.say["emergency_local"][0]
        return spoken(emergency.medical if kind == "medical" else emergency.police, self._words.language)
