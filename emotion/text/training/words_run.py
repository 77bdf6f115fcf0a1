"""One run of the emotion room's text recipe, from corpora to files and card. torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warmline.emotion.text import reader
from warmline.emotion.text.corpora import MELD, read_comments, read_meld, read_reccon
from warmline.emotion.text.evaluate import multi, single
from warmline.emotion.text.heads import sigmoid
from warmline.emotion.text.training import assemble, recipe, schooling
from warmline.emotion.text.training.loop import predict
from warmline.emotion.text.training.network import Base, read_base
from warmline.emotion.text.training.samples import Task
from warmline.emotion.words import EMOTIONS
from warmline.speech.runtime.errors import UnreadableInput

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job:
    """``base`` and ``teacher``: folders of weights. ``steps``: most steps a task, for a trial."""

    base: Path
    teacher: Path | None
    steps: int | None
    device: str


def make(texts: recipe.Texts, job: Job, out: Path, valid: Sequence[Path], tell: Tell) -> None:
    """Train, calibrate, export, measure and write everything to ``out``."""
    school = schooling.School()
    base = _base(job.base)
    tasks = recipe.tasks(base.pieces, texts, teacher=False)
    soft: schooling.Given = {}
    if job.teacher is not None:
        large = _base(job.teacher)
        lessons = recipe.tasks(large.pieces, texts, teacher=True)
        soft = schooling.taught(large, _cut(lessons, job.steps), school, job.device, tell)
    else:
        tasks = recipe.without_unlabelled(tasks)
    tasks = _cut(tasks, job.steps)
    model = schooling.students(base, tasks, soft, school, job.device, tell)
    unseen_by, unseen = schooling.witness(base, tasks, soft, school, job.device, tell)
    held = {}
    for task in tasks:
        some = [task.samples[at] for at in unseen[task.name]]
        scores = predict(unseen_by, base, task, some, job.device)
        held[task.name] = (
            np.concatenate(scores),
            np.concatenate([one.target for one in some if one.target is not None]),
        )
    state = {key: value.float().cpu().numpy() for key, value in model.state_dict().items()}
    words = {key: value.numpy() for key, value in base.state.items()}
    vocabulary = sorted(base.pieces.tokenizer.get_vocab().items(), key=lambda item: item[1])
    assemble.write_files(assemble.words_files(state, words, [piece for piece, _ in vocabulary], held), out)
    (out / "CARD.md").write_text(card(out, texts, valid), encoding="utf-8")


def card(out: Path, texts: recipe.Texts, valid: Sequence[Path]) -> str:
    """The card, with figures of the exported files on ``valid``."""
    lines = [figure_line(reader.load(out), path) for path in valid]
    return "\n".join(
        [
            "# Weights of the text encoder",
            "",
            f"Six layers of 384, int8. Data: {sum(map(len, texts.meld)):,} utterances in MELD's form, "
            f"{len(texts.comments):,} comments, {len(texts.reccon):,} dialogues with causes, {len(texts.loose):,} "
            "dialogues without labels.",
            "",
            *lines,
            "",
            "Made by `warmline train words`. Not for judging people.",
            "",
        ]
    )


def figure_line(model: reader.Reader, path: Path) -> str:
    """One line of figures on a file in any of the three forms."""
    if path.suffix.lower() == ".json":
        return f"- `{path.name}`: {len(read_reccon(path))} dialogues; measure with `warmline eval causes`"
    if path.suffix.lower() == ".csv":
        talks = read_meld(path)
        chances = np.array([model.emotion(talk, place) for talk in talks for place in range(len(talk))])
        truth = np.array([MELD.index(str(said.emotion)) for talk in talks for said in talk])
        found = single(chances, truth)
    else:
        comments = read_comments(path)
        chances = sigmoid(np.array([model.comment_scores(one.text) for one in comments]))
        gold = np.array([[index in one.labels for index in range(len(EMOTIONS))] for one in comments])
        found = multi(chances, chances >= model.cuts, gold)
    return (
        f"- `{path.name}`: n {found.n}, weighted-F1 {found.weighted_f1:.3f}, macro-F1 {found.macro_f1:.3f}, "
        f"ECE {found.ece:.3f}"
    )


def _base(folder: Path) -> Base:
    try:
        return read_base(folder)
    except (OSError, KeyError, ValueError) as error:
        raise UnreadableInput(
            f"{folder} holds no model to start from: config.json, model.safetensors, tokenizer.json ({error})"
        ) from error


def _cut(tasks: list[Task], steps: int | None) -> list[Task]:
    return tasks if steps is None else recipe.shortened(tasks, steps)
