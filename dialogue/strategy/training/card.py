"""The model card that goes beside the planner's weights."""

from __future__ import annotations

from warmline.dialogue.strategy.evaluate import Figures
from warmline.dialogue.strategy.training.fit import Recipe

_CARD = """\
# Strategy weights (`strategy.npz`)

**What.** Linear scores for the eight ESConv strategies over {buckets:,} hashed features of the last five lines
(words and word pairs by speaker, earlier strategies, how far the talk is); int8, one scale a strategy. numpy reads
them.

**For.** A prior over what a supporter would do next. Rules on distress, consent, bias and risk stand above it.
**Not for.** Any clinical use, any score of a person, any language but English.

**Data.** {turns:,} supporter turns of {dialogues:,} dialogues: the ESConv training split (Liu et al. 2021, CC BY-NC
4.0), by way of SALT-NLP/counseling-feedback. Research and non-commercial use; train your own with the command below.
No text of the data is in the weights: only sums over hashed grams.

**Made by**

    {command}

scikit-learn logistic regression, C = {recipe.strength}, seed {recipe.seed}; offsets from {recipe.folds}-fold scores,
balance {recipe.balance}.

**Figures** on {n:,} turns of the valid split (dialogues apart from the training ones), the model alone, without rules:

| accuracy | macro-F1 | 95% interval | weighted-F1 | bias B | p95 of one distribution |
|---|---|---|---|---|---|
| {f.accuracy:.3f} | {f.macro_f1:.3f} | {low:.3f}-{high:.3f} | {f.weighted_f1:.3f} | {f.bias:.2f} | {f.ms_p95:.2f} ms |

| strategy | precision | recall | F1 | gold | predicted | preference |
|---|---|---|---|---|---|---|
{rows}

**Thin.** Supporters in the data were crowd workers of 2020-21; what they chose is learnt, not what helps most.
Which of eight strategies comes next is only partly a matter of the text: people agree little, and so do all models.
"""


def card(figures: Figures, recipe: Recipe, *, turns: int, dialogues: int, buckets: int, command: str) -> str:
    """The card as Markdown; ``command`` is what a person types to make the weights again."""
    rows = "\n".join(
        f"| {one.name} | {one.precision:.2f} | {one.recall:.2f} | {one.f1:.2f} | {one.gold} | {one.predicted} "
        f"| {one.preference:.2f} |"
        for one in figures.classes
    )
    low, high = figures.ci_macro_f1
    return _CARD.format(
        f=figures,
        n=figures.n,
        low=low,
        high=high,
        rows=rows,
        recipe=recipe,
        turns=turns,
        dialogues=dialogues,
        buckets=buckets,
        command=command,
    )
