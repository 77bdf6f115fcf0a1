"""From which probabilities the language model's reader overrules a hint, and from which it raises: tried on the scores
that its training leaves, for the screen as it ships.

The scores are a file of arrays: ``text``, ``part``, ``kind``, ``language``, ``level`` [N] and ``levels`` [N, 4], the
probability of each level. The part VALID chooses, HELD is measured. Where settling the screen left the scores of
heads that did not know a text beside them, both readers are also weighed against each other (:func:`together`). The
cut-offs themselves stand in :mod:`warmline.dialogue.safety.deep_reader`; this changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from warmline.dialogue.safety.deep_reader import found, log_odds, weighed
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.safety.training.screen_samples import EVERYDAY, REPLY
from warmline.dialogue.safety.training.thoughts import HELD, VALID
from warmline.dialogue.types import Risk, RiskLevel
from warmline.speech.runtime.errors import UnreadableInput

HARMLESS = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Cut-offs below which hints may be overruled."""

LATER = (0.95, 0.97, 0.98, 0.99, 0.995)
"""Cut-offs from which what is read later may raise."""

ASKED, SUMS = 0.1, (1.5, 2.0, 2.5, 2.75, 3.0, 4.0)
"""From which probability by the encoder a text counts as one in doubt, and sums of both log odds that are tried."""

LOST = 0.01
"""Share of what was found that may be overruled."""

NEVER = frozenset({"explicit", "means_question", "medical", "overdose"})
"""Kinds of which nothing that was found should be overruled."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One text: its true ``level``, the screen's ``risk``, whether it is in ``doubt``, and the reader's ``levels``."""

    part: str
    kind: str
    level: int
    risk: Risk
    doubt: bool
    levels: tuple[float, ...]


def scored(path: Path) -> list[Scored]:
    """Every text of a caller in a file of scores, screened. Raises UnreadableInput."""
    try:
        with np.load(path, allow_pickle=False) as file:
            names = ("text", "language", "part", "kind", "level", "levels")
            columns = [file[name].tolist() for name in names]
    except (OSError, KeyError, ValueError, BadZipFile) as error:
        raise UnreadableInput(f"cannot read {path}: give the deep_scores.npz that training the reader left") from error
    screen = Screen()
    return [
        Scored(
            part,
            kind,
            level,
            screen.assess(text, language=language),
            screen.doubt(text, language) is not None,
            tuple(levels),
        )
        for text, language, part, kind, level, levels in zip(*columns, strict=True)
        if not kind.startswith(REPLY)
    ]


def lines(every: Sequence[Scored]) -> Iterator[str]:
    """Both tables, and the cut-offs that VALID allows."""
    for part in (VALID, HELD):
        ours = [one for one in every if one.part == part and one.kind != EVERYDAY]
        everyday = [one for one in every if one.part == part and one.kind == EVERYDAY]
        yield from _known(part, ours, everyday)
        yield from _overruled(ours)
        yield from _later(part, ours, everyday)
    ours = [one for one in every if one.part == VALID and one.kind != EVERYDAY]
    for level in (RiskLevel.L1, RiskLevel.L2):
        yield f"level {int(level)}: overruled below {chosen(ours, level):g}"


def together(deep: Path, unseen: Path) -> Iterator[str]:
    """What each reader's log odds weigh in a logistic regression on both, and what sums of the two cost, on texts that
    neither learnt. Raises UnreadableInput."""
    try:
        with np.load(deep, allow_pickle=False) as file, np.load(unseen, allow_pickle=False) as other:
            score = dict(zip(other["text"].tolist(), other["score"].tolist(), strict=True))
            rows = zip(file["text"].tolist(), file["level"].tolist(), file["levels"].tolist(), strict=True)
            found = [
                (score[text], log_odds(sum(levels[1:])), level > 0) for text, level, levels in rows if text in score
            ]
    except (OSError, KeyError, ValueError, BadZipFile) as error:
        raise UnreadableInput(
            f"cannot read {deep} and {unseen}: settle the screen first (--part screen --cuts)"
        ) from error
    table = np.array([(encoder, reader, 1.0) for encoder, reader, _ in found if encoder > log_odds(ASKED)])
    truth = np.array([risk for encoder, _, risk in found if encoder > log_odds(ASKED)])

    def loss(theta: NDArray[np.float64]) -> float:
        return float(np.logaddexp(0.0, np.where(truth, -1.0, 1.0) * (table @ theta)).mean())

    weights = scipy.optimize.minimize(loss, np.zeros(3)).x
    yield f"{len(table)} texts in doubt: the encoder weighs {weights[0]:.2f}, the reader {weights[1]:.2f}"
    for least in SUMS:
        raised = table[:, 0] + table[:, 1] >= least
        yield f"sum from {least:<6g}{raised[truth].mean():.3f} found   {raised[~truth].mean():.4f} raised"


def chosen(ours: Sequence[Scored], level: RiskLevel) -> float:
    """The highest of :data:`HARMLESS` that, of what rules heard loosely, overrules at most :data:`LOST` of what the
    screen finds at a level and nothing of the kinds that it must :data:`NEVER`; 0 where none does."""
    hits = [one for one in ours if one.level and one.risk.level is level]
    for cut in sorted(HARMLESS, reverse=True):
        lost = [one for one in hits if _loose(one) and _danger(one) < cut]
        if len(lost) <= LOST * len(hits) and not any(one.kind in NEVER for one in lost):
            return cut
    return 0.0


def _known(part: str, ours: Sequence[Scored], everyday: Sequence[Scored]) -> Iterator[str]:
    asked = _share([one.risk.doubtful for one in ours])
    yield f"{part}: {len(ours)} of ours, {asked:.3f} asked about before the reply, of everyday lines " + (
        f"{_share([one.risk.doubtful for one in everyday]):.3f}"
    )
    lost = [one for one in ours if one.level and one.risk.level and not _before(one).level]
    kinds = ", ".join(f"{kind} {count}" for kind, count in Counter(one.kind for one in lost).most_common())
    for name, stands in (("screen alone", lambda one: one.risk), ("before the reply", _before)):
        known = [bool(stands(one).level) for one in ours]
        plain = _share([bool(stands(one).level) for one in everyday])
        yield f"{name:<18}{_of(ours, known, risk=True):.3f} found   {_of(ours, known, risk=False):.4f} raised   " + (
            f"{plain:.4f} of everyday lines"
        )
    yield f"lost of what the screen found: {len(lost)}   {kinds}"


def _overruled(ours: Sequence[Scored]) -> Iterator[str]:
    """Of what rules heard loosely."""
    hints = [one for one in ours if _loose(one)]
    true, false = [one for one in hints if one.level], [one for one in hints if not one.level]
    for cut in HARMLESS:
        yield f"rules' hints overruled below {cut:<6g}" + ", ".join(
            f"{sum(_danger(one) < cut for one in some)} of {len(some)} {name}"
            for some, name in ((true, "true ones"), (false, "harmless ones"))
        )


def _later(part: str, ours: Sequence[Scored], everyday: Sequence[Scored]) -> Iterator[str]:
    yield f"{part}: with what is read later"
    yield "raised from   found   raised   of everyday lines"
    for cut in LATER:
        known = [_both(one, cut) for one in ours]
        plain = _share([_both(one, cut) for one in everyday])
        yield (f"{cut:<14g}{_of(ours, known, risk=True):.3f}   {_of(ours, known, risk=False):.4f}   {plain:.4f}")


def _both(one: Scored, cut: float) -> bool:
    """Whether a call raises it, before the reply or later."""
    if one.risk.doubtful:
        return bool(_before(one).level)
    return bool(one.risk.level) or (one.doubt and bool(found(one.levels, "", (cut, cut, cut)).level))


def _before(one: Scored) -> Risk:
    return weighed(one.risk, one.levels) if one.risk.doubtful else one.risk


def _loose(one: Scored) -> bool:
    return one.risk.doubtful and one.risk.sensed is None


def _danger(one: Scored) -> float:
    return float(sum(one.levels[1:]))


def _of(ours: Sequence[Scored], raised: Sequence[bool], *, risk: bool) -> float:
    return _share([hit for one, hit in zip(ours, raised, strict=True) if bool(one.level) is risk])


def _share(hits: Sequence[bool]) -> float:
    return float(np.mean(hits)) if hits else float("nan")
