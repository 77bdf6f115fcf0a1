"""The recipe of the emotion room's text encoder: which tasks, how long, and what comes out.

Tasks: MELD's seven emotions in dialogue, the same seven on RECCON's dialogues (DailyDialog), GoEmotions' 28, and
the causes of RECCON, lines and words. Further dialogues without labels are read as the teachers read them.
A run takes minutes on a GPU and days on two cores: ``--steps`` shortens it for a trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from warmline.emotion.text.corpora import MELD, Comment, Talk, read_comments, read_meld, read_reccon
from warmline.emotion.text.tokens import Pieces
from warmline.emotion.text.training import samples as make
from warmline.emotion.text.training.samples import LINES, MULTI, SINGLE, Task
from warmline.emotion.words import EMOTIONS

LOOSE_TALK, LOOSE_TEXT = 14_000, 9_000
"""How many utterances without labels are read in dialogue and by themselves."""


@dataclass(frozen=True, slots=True)
class Texts:
    """``loose``: dialogues without labels."""

    meld: tuple[Talk, ...]
    reccon: tuple[Talk, ...]
    comments: tuple[Comment, ...]
    loose: tuple[Talk, ...] = ()


def read(meld: Path, reccon: Path, comments: Path, loose: Sequence[Talk] = ()) -> Texts:
    return Texts(tuple(read_meld(meld)), tuple(read_reccon(reccon)), tuple(read_comments(comments)), tuple(loose))


def tasks(pieces: Pieces, texts: Texts, *, teacher: bool) -> list[Task]:
    """The tasks of a teacher or a student; a student sees everything more often, in larger batches."""
    meld = make.emotions_of_talks(pieces, texts.meld, "m")
    daily = make.emotions_of_talks(pieces, texts.reccon, "d")
    comments = make.emotions_of_comments(pieces, texts.comments, "g")
    cause = make.causes_of_talks(pieces, texts.reccon, "d", hidden=0.25, seed=3)
    rng = np.random.default_rng(5)
    loose = make.emotions_of_talks(pieces, texts.loose, "u")
    some = [loose[at] for at in rng.permutation(len(loose))[:LOOSE_TALK]]
    lone = [line.text for talk in texts.loose for line in talk]
    lone = [lone[at] for at in rng.permutation(len(lone))[:LOOSE_TEXT]]
    lone += [line.text for talk in (*texts.meld, *texts.reccon) for line in talk]
    extra = make.emotions_of_comments(pieces, [Comment(text, ()) for text in lone], "u")
    passes = (4.0, 3.0, 2.2, 3.0) if teacher else (7.0, 6.0, 4.5, 7.0)
    batch = (32, 32, 64, 16) if teacher else (64, 64, 128, 32)
    made = (
        Task("meld", SINGLE, len(MELD), (*meld, *some)),
        Task("dd", SINGLE, len(MELD), tuple(daily)),
        Task("goemo", MULTI, len(EMOTIONS), (*comments, *extra)),
        Task("cause", LINES, 1, tuple(cause)),
    )
    return [replace(task, passes=p, batch=b) for task, p, b in zip(made, passes, batch, strict=True)]


def shortened(some: Sequence[Task], steps: int) -> list[Task]:
    """The tasks cut to about ``steps`` steps each, for a trial of the recipe."""
    return [replace(task, passes=min(task.passes, steps * task.batch / len(task.samples))) for task in some]


def without_unlabelled(some: Sequence[Task]) -> list[Task]:
    """For a run without teachers, which has no use for samples without a label."""
    return [replace(task, samples=tuple(one for one in task.samples if one.target is not None)) for task in some]
