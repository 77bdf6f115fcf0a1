"""What a run of conversations came to: for people as a table, for programs as one JSON object."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from warmline.dialogue.evaluate.conversation.figures import Figures
from warmline.dialogue.evaluate.conversation.paired import Paired
from warmline.dialogue.evaluate.conversation.panel import Verdict
from warmline.dialogue.evaluate.conversation.talk import Talk
from warmline.server.report import percentile

WEAKNESS: Final = (
    "The judges are weak: formulas of ours over readings that err, or language models, which are kind to everything. "
    "They share readings, so they agree more than strangers would. A score is worth no more than its agreement."
)


@dataclass(frozen=True, slots=True)
class Result:
    """``theirs``: the talks of the other side, called ``name``. ``absent``: judges that gave nothing, and why.
    ``coherence``: of our tone, nan where not measured. ``left``: talks that were not held for want of time."""

    ours: tuple[Talk, ...]
    theirs: tuple[Talk, ...]
    name: str
    figures: Figures
    their_figures: Figures | None
    verdicts: tuple[Verdict, ...]
    their_verdicts: tuple[Verdict, ...]
    judges: tuple[tuple[str, float, str], ...]
    absent: tuple[str, ...]
    paired: Paired | None
    coherence: float
    left: int
    out: str


def payload(result: Result) -> dict[str, object]:
    """The keys of the contract (docs: commands), and more."""
    found = _side(result.figures, result.verdicts)
    found |= {"coherence": result.coherence, "left": result.left, "transcripts": result.out}
    found["judges"] = [{"name": name, "weight": weight, "view": view} for name, weight, view in result.judges]
    found["judges_absent"] = list(result.absent)
    found["judges_are_weak"] = WEAKNESS
    if result.their_figures is not None:
        found["against"] = {"name": result.name} | _side(result.their_figures, result.their_verdicts)
    if (paired := result.paired) is not None:
        found["paired"] = {
            "pairs": paired.n,
            "cards": paired.cards,
            "fall": paired.ours,
            "fall_against": paired.theirs,
            "difference": paired.difference,
            "interval": [paired.low, paired.high],
            "better": paired.better,
            "worse": paired.worse,
        }
    return found


def _side(one: Figures, verdicts: Sequence[Verdict]) -> dict[str, object]:
    return {
        "completed": one.completed,
        "stuck": one.stuck,
        "crashes": one.crashed,
        "talks": one.talks,
        "intensity": {"before": one.before, "after": one.after},
        "trust": {"before": one.trust_before, "after": one.trust_after},
        "opened_up": one.opened,
        "early_advice_rate": one.early_advice,
        "words_per_turn": one.words_a_turn,
        "questions_per_turn": one.questions_a_turn,
        "meets": one.met,
        "repeated": one.repeats,
        "hurtful": one.hurts,
        "claims": one.claims,
        "interruptions": one.cut_ins,
        "risk_events": one.risk,
        "by_protocol": one.by_protocol,
        "fell_back": one.fell_back,
        "first_ms": {"p50": percentile(one.first_ms, 50), "p95": percentile(one.first_ms, 95)},
        "heard_wer": one.heard_wer,
        "caught_wer": one.caught_wer,
        "realised_by_stage": one.by_stage,
        "planned_by_stage": one.planned,
        "intensity_by_turn": list(one.curve),
        "moved_by": one.why,
        "ends": list(one.ends),
        "agreement": {one.dimension: _agreed(one) for one in verdicts},
    }


def _agreed(one: Verdict) -> dict[str, object]:
    """A score and its agreement in one place, so that neither is read alone."""
    return {
        "score": one.score,
        "weighted_kappa": one.kappa,
        "icc": one.icc,
        "icc_of_mean": one.icc_mean,
        "agreement": one.strength,
        "judges": one.judges,
        "talks": one.talks,
        "by_judge": dict(one.by_judge),
        "not_shown": one.why,
    }


def table(result: Result) -> str:
    """The same for people."""
    ours, theirs = result.figures, result.their_figures
    lines = [f"{'':<26}{'warmline':>14}" + (f"{result.name[-20:]:>22}" if theirs else "")]
    for (name, mine), (_, other) in zip(rows(ours), rows(theirs or ours), strict=True):
        lines.append(f"{name:<26}{mine:>14}" + (f"{other:>22}" if theirs else ""))
    lines.append(f"{'tone coherence':<26}{_told(result.coherence):>14}")
    if result.paired is not None:
        lines += ["", paired_line(result.paired, result.name)]
    lines += ["", *_stages("what replies did, by stage", ours.by_stage)]
    lines += ["", f"{'0 to 4':<18}{'score':>6}{'other':>7}{'kappa':>8}{'ICC':>7}{'ICC k':>7}  agreement"]
    others = {one.dimension: one for one in result.their_verdicts}
    lines += [_verdict_line(one, others.get(one.dimension)) for one in result.verdicts]
    lines += ["", "judges: " + "; ".join(f"{name} ({weight:g}): {view}" for name, weight, view in result.judges)]
    lines += [f"  no scores by {what}" for what in result.absent]
    lines += [WEAKNESS, *(f"  {end}" for end in ours.ends)]
    if result.left:
        lines.append(f"{result.left} talks are left; the same command with --out {result.out} goes on")
    return "\n".join([*lines, f"talks: {result.out}"])


def paired_line(paired: Paired, name: str) -> str:
    """The paired comparison in a sentence."""
    sure = "more" if paired.low > 0.0 else "less" if paired.high < 0.0 else "not surely more or less"
    return (
        f"intensity falls by {paired.ours:.2f}, with {name} by {paired.theirs:.2f}: {paired.difference:+.2f} "
        f"(95%: {paired.low:+.2f} to {paired.high:+.2f}), {sure}; {paired.better} of {paired.n} pairs better, "
        f"{paired.worse} worse, {paired.cards} cards"
    )


def rows(one: Figures) -> list[tuple[str, str]]:
    """Names and figures of one side, for a table."""
    first = percentile(one.first_ms, 50), percentile(one.first_ms, 95)
    return [
        ("talks", f"{one.talks}"),
        ("completed", f"{one.completed:.0%}"),
        ("stuck / crashed", f"{one.stuck} / {one.crashed}"),
        ("intensity", f"{one.before:.2f} to {one.after:.2f}"),
        ("trust", f"{one.trust_before:.2f} to {one.trust_after:.2f}"),
        ("opened up", f"{one.opened:.0%}"),
        ("early advice", f"{one.early_advice:.1%}"),
        ("replies that meet (0-1)", f"{one.met:.2f}"),
        ("words a turn", f"{one.words_a_turn:.1f}"),
        ("questions a turn", f"{one.questions_a_turn:.2f}"),
        ("said before", f"{one.repeats:.1%}"),
        ("hurtful / claims", f"{one.hurts} / {one.claims}"),
        ("we cut in", f"{one.cut_ins}"),
        ("signs of risk / protocol", f"{one.risk} / {one.by_protocol}"),
        ("replies that the model did not write", f"{one.fell_back:.0%}"),
        ("first ms p50 / p95", "/".join(_told(value, 0) for value in first)),
        ("words misheard by us", _told(one.heard_wer)),
        ("words misheard of us", _told(one.caught_wer)),
    ]


def _verdict_line(one: Verdict, other: Verdict | None) -> str:
    if one.score is None:
        return f"{one.dimension:<18}{'':>6}  not shown: {one.why}"
    theirs = "" if other is None or other.score is None else f"{other.score:.2f}"
    figures = f"{_told(one.kappa):>8}{_told(one.icc):>7}{_told(one.icc_mean):>7}"
    return f"{one.dimension:<18}{one.score:>6.2f}{theirs:>7}{figures}  {one.strength}"


def _stages(title: str, rows: Mapping[str, Mapping[str, float]]) -> list[str]:
    lines = [title]
    for stage, shares in rows.items():
        lines.append(f"  {stage:<13}" + ", ".join(f"{name.lower()} {share:.0%}" for name, share in shares.items()))
    return lines


def _told(value: float, places: int = 2) -> str:
    return "-" if math.isnan(value) else f"{value:.{places}f}"
