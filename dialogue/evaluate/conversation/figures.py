"""What some talks come to, in figures: how they ended, how seekers were left, what was done when. Pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from warmline.dialogue.evaluate.conversation.talk import COMPLETED, CRASHED, FALLBACK, STUCK, Exchange, Talk
from warmline.speech.asr.normalise import words_of
from warmline.speech.asr.scoring import errors

ASKS: Final = 1
"""The screen's level from which on a line counts as a sign of risk."""


@dataclass(frozen=True, slots=True)
class Figures:
    """``completed``: share of the talks begun. ``before``, ``after``: mean intensity of all talks, whatever their end.
    ``by_stage``: shares of what replies did (by our judge), by stage of the plan; ``planned``: of what was planned.
    ``curve``: mean intensity after each reply. ``heard_wer`` and ``caught_wer``: word errors of our ears on the seeker
    and of the seeker's on us, nan in text. ``why``: what moved seekers, by how often."""

    talks: int
    completed: float
    stuck: int
    crashed: int
    before: float
    after: float
    trust_before: float
    trust_after: float
    opened: float
    replies: int
    words_a_turn: float
    questions_a_turn: float
    early_advice: float
    met: float
    repeats: float
    hurts: int
    claims: int
    cut_ins: int
    risk: int
    by_protocol: int
    fell_back: float
    first_ms: tuple[float, ...]
    heard_wer: float
    caught_wer: float
    by_stage: dict[str, dict[str, float]]
    planned: dict[str, dict[str, float]]
    curve: tuple[float, ...]
    why: dict[str, int]
    ends: tuple[str, ...]


def figures(talks: Sequence[Talk]) -> Figures:
    """The figures of some talks, of which there must be at least one."""
    rows = [one for talk in talks for one in talk.exchanges]
    said = [one for one in rows if one.words]
    aloud = [one for talk in talks if talk.mode == "spoken" for one in talk.exchanges]
    return Figures(
        talks=len(talks),
        completed=_share([talk.ended == COMPLETED for talk in talks]),
        stuck=sum(talk.ended == STUCK for talk in talks),
        crashed=sum(talk.ended == CRASHED for talk in talks),
        before=statistics.fmean(talk.begun.intensity for talk in talks),
        after=statistics.fmean(talk.after.intensity for talk in talks),
        trust_before=statistics.fmean(talk.begun.trust for talk in talks),
        trust_after=statistics.fmean(talk.after.trust for talk in talks),
        opened=_share([talk.after.opened > 0 for talk in talks]),
        replies=len(said),
        words_a_turn=statistics.fmean(one.words for one in said) if said else 0.0,
        questions_a_turn=statistics.fmean(one.questions for one in said) if said else 0.0,
        early_advice=_share([one.early for one in said]),
        met=statistics.fmean(one.meets for one in said) if said else 0.0,
        repeats=_share([one.repeats for one in said]),
        hurts=sum(one.hurts for one in said),
        claims=sum(one.claims for one in said),
        cut_ins=sum(one.cut_in for one in rows),
        risk=sum(one.risk >= ASKS for one in rows),
        by_protocol=sum(one.by == "protocol" for one in rows),
        fell_back=_share([one.by == FALLBACK for one in rows]),
        first_ms=tuple(one.first_ms for one in rows if one.first_ms is not None),
        heard_wer=_errors([(one.said, one.heard) for one in aloud]),
        caught_wer=_errors([(one.reply, one.caught) for one in aloud]),
        by_stage=_by_stage(said, lambda one: one.kind),
        planned=_by_stage(said, lambda one: one.strategy),
        curve=_curve(talks),
        why=dict(Counter(why for one in rows for why in one.why).most_common()),
        ends=tuple(f"{talk.name}: {talk.ended}, {talk.why}" for talk in talks if talk.ended != COMPLETED),
    )


def _by_stage(rows: Sequence[Exchange], named: Callable[[Exchange], str]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for stage in dict.fromkeys(one.stage for one in rows if one.stage):
        kinds = Counter(named(one) for one in rows if one.stage == stage)
        total = sum(kinds.values())
        found[stage] = {name: round(count / total, 4) for name, count in kinds.most_common()}
    return found


def _curve(talks: Sequence[Talk]) -> tuple[float, ...]:
    """Mean intensity at the start and after each reply, over the talks that came so far."""
    longest = max((len(talk.exchanges) for talk in talks), default=0)
    means = [statistics.fmean(talk.begun.intensity for talk in talks)]
    for at in range(longest):
        means.append(statistics.fmean(t.exchanges[at].after.intensity for t in talks if len(t.exchanges) > at))
    return tuple(round(value, 4) for value in means)


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


def _errors(pairs: Sequence[tuple[str, str]]) -> float:
    """Word errors over the words said, nan without any."""
    counted = [errors(words_of(said), words_of(heard)) for said, heard in pairs]
    words = sum(len(words_of(said)) for said, _ in pairs)
    return sum(one.edits for one in counted) / words if words else float("nan")
