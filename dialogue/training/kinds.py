"""Fit the two readers of our own replies (dialogue/kinds): the judge for measuring, the checker for calls.

Both learn from replies of our model that a person labelled (dialogue/evaluate/replies.tsv), from our own examples and
talks, and from those lines of a corpus that pass our rules. Each row teaches one of the two only, and measures the
other: labelled replies go by situation, the rest by turns. Needs scikit-learn.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Literal

import numpy as np

from warmline.dialogue.classify.reader import shipped
from warmline.dialogue.kinds.model import BUCKETS, FACTS, Floats, Kinds, buckets, dense
from warmline.dialogue.training.talk import KINDS, Exchange, Talk, corpus, own_examples, own_talks
from warmline.dialogue.types import Strategy

Part = Literal["judge", "checker"]
PARTS: tuple[Part, ...] = ("judge", "checker")

WEIGHTS = {"labelled": 2.0, "written": 0.2, "corpus": 0.2}
"""How much one row counts: a reply of our model's, one of our own writing, a line of the corpus."""

SCALE, FACTS_SCALE = 0.1, 0.6
"""Size of the encoder's numbers, and of the plain facts, beside the hashed words': the smaller, the less trusted."""


@dataclass(frozen=True, slots=True)
class Row:
    """``words``: the caller's line. ``also``: a second kind that the reply is as well, where a person saw one.
    ``steered``: the model was given first words of the planned kind."""

    source: str
    part: Part
    words: str
    reply: str
    strategy: Strategy
    also: Strategy | None = None
    situation: str = ""
    steered: bool = True


@dataclass(frozen=True, slots=True)
class Fitted:
    """One reader. Rates are on labelled replies in situations it has not seen. ``lenient``: a reply's second kind
    counts as right, too; ``steered`` and ``free``: of replies with given first words, and without.
    ``by_class``: strategy -> (share of its replies that are found, how many)."""

    kinds: Kinds
    learnt: int
    tested: int
    accuracy: float
    lenient: float
    steered: float
    free: float
    by_class: dict[str, tuple[float, int]]


def labelled() -> list[Row]:
    """Replies of our model with the kind a person read in them."""
    text = files("warmline.dialogue.evaluate").joinpath("replies.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    return [
        Row(
            "labelled",
            "judge" if row["part"] == "judge" else "checker",
            row["words"],
            row["reply"],
            KINDS[row["kind"]],
            KINDS[row["also"]] if row["also"] else None,
            row["situation"],
            row["made"] == "steered",
        )
        for row in rows
    ]


def rows_of(train: Path) -> list[Row]:
    """Everything there is to learn from. Raises UnreadableInput for a file that is no corpus."""
    return [
        *labelled(),
        *_turned("written", [*own_examples(), *own_talks(), *_borders()]),
        *_turned("corpus", corpus(train)),
    ]


def _borders() -> list[Talk]:
    """Plain replies of our own writing on the borders between kinds, each a talk of one exchange."""
    text = files("warmline.dialogue.evaluate").joinpath("borders.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    return [(Exchange(row["words"], row["kind"], "", row["reply"]),) for row in rows]


def fit(rows: Sequence[Row], part: Part, strength: float = 1.0) -> Fitted:
    """The reader of ``part``, measured on the labelled replies of the other part."""
    own = [row for row in rows if row.part == part]
    unseen = [row for row in rows if row.part != part and row.source == "labelled"]
    kinds = _fit(own, strength)
    found = [kinds.best(row.reply, [(True, row.words)]) for row in unseen]
    right = [one is row.strategy for one, row in zip(found, unseen, strict=True)]
    near = [one in (row.strategy, row.also) for one, row in zip(found, unseen, strict=True)]
    by_class = {
        strategy.name: (float(np.mean(hits)), len(hits))
        for strategy in Strategy
        if (hits := [ok for ok, row in zip(right, unseen, strict=True) if row.strategy is strategy])
    }
    given = [float(ok) for ok, row in zip(right, unseen, strict=True) if row.steered]
    own_way = [float(ok) for ok, row in zip(right, unseen, strict=True) if not row.steered]
    return Fitted(
        kinds,
        len(own),
        len(unseen),
        float(np.mean(right)),
        float(np.mean(near)),
        statistics.fmean(given or [0.0]),
        statistics.fmean(own_way or [0.0]),
        by_class,
    )


def write(fitted: Fitted, part: Part, out: Path, command: str) -> None:
    """The weights, files.json and CARD.md into ``out``."""
    name = "kinds.npz" if part == "judge" else "checker.npz"
    out.mkdir(parents=True, exist_ok=True)
    buffer = BytesIO()
    kinds = fitted.kinds
    np.savez_compressed(
        buffer,
        words=kinds.words.astype(np.float16),
        states=kinds.states.astype(np.float16),
        bias=kinds.bias,
        measured=np.asarray([fitted.accuracy, fitted.tested, fitted.steered]),
    )
    (out / name).write_bytes(buffer.getvalue())
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    (out / "files.json").write_text(json.dumps({name: digest}) + "\n", encoding="utf-8")
    (out / "CARD.md").write_text(_card(fitted, part, name, command), encoding="utf-8")


def _card(fitted: Fitted, part: Part, name: str, command: str) -> str:
    use = {
        "judge": "for `warmline eval realise` and for preferring replies in training; no call uses it",
        "checker": "checks the first sentence of a draft against its plan in a call",
    }[part]
    classes = ", ".join(f"{key.lower()} {rate:.2f} of {n}" for key, (rate, n) in fitted.by_class.items())
    other = "checker" if part == "judge" else "judge"
    return f"""# The {part} of our own replies (`{name}`)

Which of the eight strategies a reply of ours realises; {use}.
Multinomial logistic regression over {BUCKETS} hashed words and pairs, the states of the mind's text encoder and
how the reply stands to the caller's words (`dialogue/kinds/model.py`).

- Data, {fitted.learnt} rows: replies of the embedded model (plans spread evenly, steered and not) that one reader
  labelled without seeing the plan (`dialogue/evaluate/replies.tsv`; what the kinds mean: `replies.md`), replies of our
  own writing, and lines of ESConv's training split that pass our rules (Liu et al. 2021, CC BY-NC 4.0).
- The {part} and the {other} share the encoder and no row: labelled replies are split by situation.
- On the {fitted.tested} labelled replies in the {other}'s situations, all unseen: accuracy {fitted.accuracy:.3f}
  ({fitted.lenient:.3f} where a reply's second kind counts, too); {fitted.steered:.3f} on replies whose first words
  were given, as in a call, {fitted.free:.3f} on hotter ones written freely. By kind: {classes}.
- One reader labelled everything, and agrees with himself on 56 of 60 an hour later; no second one has read them.
- Made by `{command}`. Research and non-commercial use. English.
"""


def _turned(source: str, talks: Sequence[Talk]) -> list[Row]:
    """Lines of talks; whole talks go to the judge and the checker by turns."""
    return [
        Row(source, PARTS[at % 2], one.words, one.reply, KINDS[one.kind])
        for at, talk in enumerate(talks)
        for one in talk
        if one.learn
    ]


@functools.lru_cache(maxsize=20_000)
def _dense(reply: str, words: str) -> Floats:
    return dense(shipped(), reply, [(True, words)])


def _fit(rows: Sequence[Row], strength: float) -> Kinds:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    found = [buckets(row.reply) for row in rows]
    starts = np.cumsum([0, *(len(each) for each in found)])
    ones = np.ones(int(starts[-1]), np.float32)
    table = csr_matrix((ones, [at for each in found for at in each], starts), shape=(len(rows), BUCKETS))
    states = np.stack([_dense(row.reply, row.words) for row in rows])
    middle, spread = states.mean(axis=0), np.maximum(states.std(axis=0), 1e-3)
    scale = np.full(states.shape[1], SCALE, np.float32)
    scale[-FACTS:] = FACTS_SCALE
    scaled = scale * (states - middle) / spread
    order = list(Strategy)
    model: Any = LogisticRegression(C=strength, max_iter=2000, class_weight="balanced")
    model.fit(
        hstack([table, csr_matrix(scaled)]).tocsr(),
        [order.index(row.strategy) for row in rows],
        [WEIGHTS[row.source] for row in rows],
    )
    words, inner = np.zeros((len(order), BUCKETS), np.float32), np.zeros((len(order), states.shape[1]), np.float32)
    bias = np.full(len(order), -20.0, np.float32)
    words[model.classes_] = model.coef_[:, :BUCKETS]
    inner[model.classes_] = scale * model.coef_[:, BUCKETS:] / spread
    bias[model.classes_] = model.intercept_ - inner[model.classes_] @ middle
    return Kinds(words, inner, bias, shipped())
