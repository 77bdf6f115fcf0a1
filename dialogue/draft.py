"""One reply while it is written: what was asked for, what was said of it so far, and by which plan. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from warmline.dialogue.checks import Fault
from warmline.dialogue.languages import asks, ended, joined, scaled
from warmline.dialogue.prompt import wording
from warmline.dialogue.prompt.cue import kind
from warmline.dialogue.safety.in_place import in_place
from warmline.dialogue.segment import Segment
from warmline.dialogue.speakable import words_of
from warmline.dialogue.types import Plan, ReplySegment, RiskLevel, Strategy, Turn, TurnId
from warmline.emotion.types import ParalinguisticTags

MAX_SENTENCES = 3

_ENOUGH = {
    Strategy.REFLECTION: 8,
    Strategy.RESTATEMENT: 8,
    Strategy.QUESTION: 25,
    Strategy.AFFIRMATION: 8,
    Strategy.SELF_DISCLOSURE: 8,
    Strategy.SUGGESTION: 12,
    Strategy.INFORMATION: 12,
    Strategy.OTHER: 16,
}
"""Words after which a reply ends with its sentence: a small model's next sentence drifts into advice."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One reply to be written. ``least``: the guard looks at it as if the risk were at least this."""

    id: TurnId
    text: str
    tags: ParalinguisticTags
    plan: Plan
    turns: tuple[Turn, ...] = ()
    language: str = "en"
    least: RiskLevel = RiskLevel.L0

    @property
    def earlier(self) -> tuple[str, ...]:
        return tuple(turn.heard for turn in self.turns if turn.heard.strip())


@dataclass(slots=True)
class Draft:
    """What was yielded so far. ``plan``: that of the try. ``shown``: what was said does what is planned. ``faults``
    keeps what the checks found, without words. ``stopped``: the kind of harm in the last piece, where that was why."""

    ask: Ask
    plan: Plan
    shown: bool
    said: str = ""
    index: int = 0
    sentences: int = 0
    over: bool = False
    lead: str = ""
    faults: list[Fault] = field(default_factory=list)
    stopped: str = ""

    def piece(self, text: str, ends: bool, last: bool, source: str = "model") -> ReplySegment:
        changed = self.plan if self.plan is not self.ask.plan else None
        segment = ReplySegment(
            self.ask.id, self.index, text, self.plan.style, last, source, language=self.ask.language, plan=changed
        )
        self.said = joined((self.said, text))
        self.index += 1
        self.sentences += ends
        self.over = last
        return segment

    @property
    def unasked(self) -> bool:
        """A question was planned, and its sentence is not there yet."""
        return self.plan.strategy is Strategy.QUESTION and not self.sentences

    @property
    def move(self) -> Strategy:
        """What the sentence that is being written is for."""
        plan = self.plan
        return plan.then if plan.then is not None and self.sentences else plan.strategy

    @property
    def enough(self) -> bool:
        count = len(words_of(self.said))
        if self.plan.then is not None and self.sentences < 2:
            return asks(self.said)
        enough = scaled(_ENOUGH[self.plan.strategy], self.ask.language)
        return self.sentences >= MAX_SENTENCES or asks(self.said) or count >= enough

    def replan(self) -> bool:
        """The planner's second choice becomes the plan, if there is one that may follow what was said already."""
        plan = self.ask.plan
        if plan.strategy in (Strategy.QUESTION, Strategy.OTHER):
            return False  # nothing else follows "Can I ask,"
        others = {
            one: chance for one, chance in plan.distribution.items() if one not in (plan.strategy, Strategy.OTHER)
        }
        second = max(others, key=lambda one: others[one], default=plan.strategy)
        if others.get(second, 0.0) <= 0.0:
            return False
        why = f"planned anew: no draft was a good {plan.strategy.name.lower()}, so the second choice"
        self.plan = replace(plan, strategy=second, then=None, why=(*plan.why, why))
        return True

    def rescue(self) -> str:
        """A last piece of ours for a reply that the model did not finish."""
        ask = self.ask
        if self.stopped and (fitting := self._in_place()):
            return fitting
        if self.said == self.lead:
            return wording.fallback(kind(ask.plan), self.lead, ask.earlier, ask.language)
        if self.plan.then is not None and ended(self.said) and not asks(self.said):
            return wording.fallback(self.plan.then.name, "", ask.earlier, ask.language)
        return wording.closing(self.said, ask.earlier, ask.language)

    def _in_place(self) -> str:
        """What fits where a piece was stopped by the guard; "" where nothing of ours goes on from what was said."""
        ask = self.ask
        if not self.said or (ended(self.said) and not asks(self.said)):
            form = "whole"
        elif self.said == self.lead:
            form = "ask" if ask.plan.strategy is Strategy.QUESTION else "after"
        else:
            return ""
        rows = in_place(self.stopped, ask.language, form)
        return wording.fresh(tuple(rows), ask.earlier) if rows else ""


def whole(waiting: Sequence[Segment]) -> list[Segment]:
    """Clauses that wait for the end of their sentence go on with what comes next."""
    found: list[Segment] = []
    for piece in waiting:
        goes_on = bool(found) and not found[-1].ends
        found.append(Segment(joined((found.pop().text, piece.text)), piece.ends) if goes_on else piece)
    return found
