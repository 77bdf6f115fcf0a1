"""The card that goes beside the feedback weights."""

from __future__ import annotations

from collections.abc import Sequence

from warmline.dialogue.strategy.feedback import FEATURES, STRATEGIES, Feedback
from warmline.dialogue.strategy.feedback_evaluate import Foreseen
from warmline.dialogue.strategy.marks import Marked
from warmline.dialogue.strategy.training.feedback_fit import Chosen

_CARD = """\
# Feedback weights (`feedback.npz`)

**What.** A linear model of {features} inputs (marks so far, how far the talk is, the strategy by itself, early and
late) that foretells the mark of 1-5 that a person gives the next reply. numpy reads it.

**For.** The lookahead of the plan: what mark each strategy may expect. It stands in every plan's chain; it weighs in
the choice with strength {strength:g}{nil}.
**Not for.** Judging a person, a supporter or a call; any clinical use.

**Data.** {as_they_went:,} replies marked as the talk went, {surveyed:,} with the survey of their whole talk: the ESConv
training split (Liu et al. 2021) and, where given, FailedESConv (talks that went badly), CC BY-NC 4.0. Research and
non-commercial use. No text is in the weights.

**Made by**

    {command}

**Figures** on {n:,} marked replies of other talks:

| | accuracy | MAE | Spearman | 95% | AUC of a 5 | 95% |
|---|---|---|---|---|---|---|
| as in a call (no mark known) | {blind} |
| earlier marks of the talk known | {told} |

Macro-F1 that each strength gains on held-out training talks (points, 95% interval by dialogue):

| strength | gain |
|---|---|
{gains}

Expected mark against the mean of the eight, early in a talk and late:

| strategy | early | late |
|---|---|---|
{effects}

**Thin.** What strategy is used moves a mark by some hundredths to a third of a point, and not the same way in every set
of talks; who the person is moves it far more. Marks are of crowd workers who were paid to talk.
"""


def card(
    model: Feedback, chosen: Chosen, blind: Foreseen, told: Foreseen, *, marked: Sequence[Marked], command: str
) -> str:
    """The card as Markdown; ``command`` is what a person types to make the weights again."""
    own = model.weights[6:30].reshape(3, len(STRATEGIES)).astype(float)
    early, late = own[0] + own[1], own[0] + own[2]
    effects = "\n".join(
        f"| {strategy.name.lower()} | {early[at] - early.mean():+.2f} | {late[at] - late.mean():+.2f} |"
        for at, strategy in enumerate(STRATEGIES)
    )
    gains = "\n".join(
        f"| {strength:g} | {100 * gain.value:+.2f} ({100 * gain.low:+.2f} to {100 * gain.high:+.2f}) |"
        for strength, gain in chosen.gains.items()
    )
    surveyed = sum(one.survey for one in marked)
    return _CARD.format(
        features=FEATURES,
        strength=model.strength,
        nil="" if model.strength else ": no strength helped on held-out talks, so plans are chosen without it",
        as_they_went=len(marked) - surveyed,
        surveyed=surveyed,
        command=command,
        n=blind.n,
        blind=_row(blind),
        told=_row(told),
        gains=gains,
        effects=effects,
    )


def _row(found: Foreseen) -> str:
    (low, high), (low_auc, high_auc) = found.ci_spearman, found.ci_auc
    return (
        f"{found.accuracy:.3f} | {found.mae:.3f} | {found.spearman:.3f} | {low:.3f} to {high:.3f} | {found.auc:.3f} | "
        f"{low_auc:.3f} to {high_auc:.3f}"
    )
