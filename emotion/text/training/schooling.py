"""The school of the text encoder: teachers by fold, a student that learns from labels and teachers, averaged seeds.

A teacher never grades what it was trained on: each of the teachers leaves out one fold of dialogues and scores that
fold (and whatever has no label), so the student sees doubt and not memory. Students of several seeds are averaged
weight by weight (Wortsman et al. 2022). Used by ``warmline train words`` and ``warmline train strategy``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from warmline.emotion.text.training.loop import Schooling, predict, train
from warmline.emotion.text.training.network import Base, Reader
from warmline.emotion.text.training.samples import Floats, Sample, Task, fold_of

Tell = Callable[[str], None]
Given = dict[str, list[Floats | None]]


TEACHER = Schooling(rate=4e-5, trust=0.0, seed=10)
STUDENT = Schooling(rate=2e-4, trust=0.6)


@dataclass(frozen=True, slots=True)
class School:
    """``folds``: teachers, each leaving one out. ``seeds``: students that are averaged. ``holdout``: one fold of so
    many is kept from a further student that serves calibration."""

    teacher: Schooling = TEACHER
    student: Schooling = STUDENT
    folds: int = 3
    seeds: tuple[int, ...] = (1, 2)
    holdout: int = 5


def taught(base: Base, tasks: Sequence[Task], school: School, device: str, tell: Tell) -> Given:
    """A teacher's scores for every sample of every task, from teachers that were not trained on it."""
    total: dict[str, list[Floats | None]] = {task.name: [None] * len(task.samples) for task in tasks}
    count = {task.name: np.zeros(len(task.samples)) for task in tasks}
    for fold in range(school.folds):
        tell(f"teacher {fold + 1} of {school.folds}")
        cut = [
            replace(task, samples=tuple(one for one in task.samples if _learnt(one, fold, school.folds)))
            for task in tasks
        ]
        model = train(base, cut, replace(school.teacher, seed=school.teacher.seed + fold), None, device, tell)
        for task in tasks:
            asked = [at for at, one in enumerate(task.samples) if not _learnt(one, fold, school.folds)]
            found = predict(model, base, task, [task.samples[at] for at in asked], device)
            for at, scores in zip(asked, found, strict=True):
                before = total[task.name][at]
                total[task.name][at] = scores if before is None else before + scores
                count[task.name][at] += 1
    return {
        name: [
            None if row is None else np.asarray(row / times, np.float32)
            for row, times in zip(rows, count[name], strict=True)
        ]
        for name, rows in total.items()
    }


def students(base: Base, tasks: Sequence[Task], soft: Given, school: School, device: str, tell: Tell) -> Reader:
    """The average of the students of all seeds, each trained on everything."""
    models = []
    for seed in school.seeds:
        tell(f"student of seed {seed}")
        models.append(train(base, list(tasks), replace(school.student, seed=seed), soft or None, device, tell))
    return averaged(models)


def witness(
    base: Base, tasks: Sequence[Task], soft: Given, school: School, device: str, tell: Tell, fold: int = 0
) -> tuple[Reader, dict[str, list[int]]]:
    """A student that never saw one fold in ``school.holdout``, and the places of the labelled samples it never saw: for
    temperatures, cuts and mixtures, which must not be chosen on what was learnt."""
    kept, unseen, cut_soft = [], {}, {}
    for task in tasks:
        inside = [
            at
            for at, one in enumerate(task.samples)
            if one.target is None or fold_of(one.group, school.holdout) != fold
        ]
        left = set(range(len(task.samples))) - set(inside)
        unseen[task.name] = sorted(left)
        kept.append(replace(task, samples=tuple(task.samples[at] for at in inside)))
        if task.name in soft:
            cut_soft[task.name] = [soft[task.name][at] for at in inside]
    tell(f"student without fold {fold}")
    model = train(base, kept, replace(school.student, seed=school.seeds[0]), cut_soft or None, device, tell)
    return model, unseen


def averaged(models: Sequence[Reader]) -> Reader:
    """The mean of the weights; the first model is changed and returned."""
    import torch

    with torch.no_grad():
        states = [model.state_dict() for model in models]
        mean = {
            key: torch.stack([state[key].float() for state in states]).mean(0).to(value.dtype)
            for key, value in states[0].items()
        }
        models[0].load_state_dict(mean)
    return models[0]


def _learnt(one: Sample, fold: int, folds: int) -> bool:
    """Whether the teacher of this fold is trained on the sample."""
    return one.target is not None and fold_of(one.group, folds) != fold
