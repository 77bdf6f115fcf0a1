"""One run of the mind's text recipe: teachers, students, folds, the mixture with the linear models, files. torch.

Tasks: which strategy comes next, which one an utterance is, and (where codes are given) AnnoMI's codes, which no
teacher sees, so that the codes' out-of-fold scores are clean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.classify import linear
from warmline.dialogue.classify.acts import LINEAR_SHARE
from warmline.dialogue.classify.corpora import CODES, Utterance
from warmline.dialogue.classify.training import linear_fit
from warmline.dialogue.classify.training import samples as make
from warmline.dialogue.classify.training.assemble import kept, mind_files, stack
from warmline.dialogue.strategy.blend import row
from warmline.dialogue.strategy.examples import STRATEGIES, Example
from warmline.dialogue.strategy.history import history
from warmline.dialogue.strategy.training import fit
from warmline.emotion.text.tokens import Pieces
from warmline.emotion.text.training import schooling
from warmline.emotion.text.training.assemble import write_files
from warmline.emotion.text.training.export import embeddings
from warmline.emotion.text.training.loop import predict
from warmline.emotion.text.training.network import Base, read_base
from warmline.emotion.text.training.recipe import shortened
from warmline.emotion.text.training.samples import SINGLE, Task, fold_of
from warmline.speech.runtime.errors import UnreadableInput

FOLDS = 5
LEVEL = 0.3
"""How much of the labels' frequencies is taken out of what utterances are told by (chosen on training folds: rare
strategies gain and accuracy does not lose)."""

NAMES = tuple(strategy.name for strategy in STRATEGIES)
Tell = Callable[[str], None]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Talks:
    """``codes`` may be empty: then no codes are learnt. ``others``: further utterances with their strategies, of talks
    whose next strategies are not learnt."""

    examples: Sequence[Example]
    utterances: Sequence[Utterance]
    codes: Sequence[Utterance]
    others: Sequence[Utterance] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """``base`` and ``teacher``: folders of weights. ``steps``: most steps a task, for a trial."""

    base: Path
    teacher: Path | None
    steps: int | None
    device: str


def tasks(pieces: Pieces, talks: Talks, *, teacher: bool) -> list[Task]:
    """The tasks of a teacher or a student."""
    batch = 32 if teacher else 64
    found = [
        Task(
            "next", SINGLE, len(NAMES), tuple(make.coming(pieces, talks.examples, "t")), 3.5 if teacher else 5.0, batch
        ),
        Task(
            "act",
            SINGLE,
            len(NAMES),
            (*make.done(pieces, talks.utterances, NAMES, "t"), *make.done(pieces, talks.others, NAMES, "x")),
            4.0 if teacher else 7.0,
            batch,
        ),
    ]
    if talks.codes and not teacher:
        found.append(Task("mi", SINGLE, len(CODES), tuple(make.done(pieces, talks.codes, CODES, "mi")), 7.0, batch))
    return found


def make_files(talks: Talks, job: Job, out: Path, tell: Tell) -> None:
    """Train everything and write it to ``out``."""
    school = schooling.School(holdout=FOLDS)
    base = _base(job.base)
    soft: schooling.Given = {}
    if job.teacher is not None:
        large = _base(job.teacher)
        soft = schooling.taught(
            large, _cut(tasks(large.pieces, talks, teacher=True), job.steps), school, job.device, tell
        )
    work = _cut(tasks(base.pieces, talks, teacher=False), job.steps)
    model = schooling.students(base, work, soft, school, job.device, tell)
    state = {key: value.float().cpu().numpy() for key, value in model.state_dict().items()}
    unseen = _unseen(base, work, soft, school, job.device, tell)
    parts = np.array([fold_of(f"t{one.dialogue}", FOLDS) for one in talks.examples])
    plain = fit.held_out(talks.examples, parts).astype(np.float32)
    past = np.array([history(one.context) for one in talks.examples])
    gold = np.array([STRATEGIES.index(one.gold) for one in talks.examples])
    files = mind_files(state, stack(row(plain, unseen["next"], past), gold, parts))
    acts = linear_fit.fit([*talks.utterances, *talks.others], NAMES, 0.5)
    files["acts.npz"] = linear.dump(linear_fit.levelled(acts, talks.utterances, LEVEL / LINEAR_SHARE))
    if talks.codes:
        files["codes.npz"] = linear.dump(linear_fit.fit(talks.codes, CODES))
        files["codes_unseen.npz"] = kept(talks.codes, _linear_codes(talks.codes), unseen["mi"])
    vocabulary = sorted(base.pieces.tokenizer.get_vocab().items(), key=lambda item: item[1])
    words = {key: value.numpy() for key, value in base.state.items()}
    files["embeddings.npz"] = embeddings(words, [piece for piece, _ in vocabulary])
    write_files(files, out)


def _unseen(
    base: Base, work: Sequence[Task], soft: schooling.Given, school: schooling.School, device: str, tell: Tell
) -> dict[str, Floats]:
    """Scores of every sample by a student that was not trained on its dialogue."""
    scores = {task.name: np.zeros((len(task.samples), task.classes), np.float32) for task in work}
    for fold in range(FOLDS):
        model, places = schooling.witness(base, work, soft, school, device, tell, fold)
        for task in work:
            found = predict(model, base, task, [task.samples[at] for at in places[task.name]], device)
            for at, rows in zip(places[task.name], found, strict=True):
                scores[task.name][at] = rows[0]
    return scores


def _linear_codes(codes: Sequence[Utterance]) -> Floats:
    """The linear model's scores of every utterance, by folds of transcripts."""
    parts = np.array([fold_of(f"mi{one.talk}", FOLDS) for one in codes])
    scores = np.zeros((len(codes), len(CODES)), np.float32)
    for part in np.unique(parts):
        model = linear_fit.fit([one for one, of in zip(codes, parts, strict=True) if of != part], CODES)
        for at in np.flatnonzero(parts == part).tolist():
            scores[at] = model.scores(codes[at].text, codes[at].before)
    return scores


def _base(folder: Path) -> Base:
    try:
        return read_base(folder)
    except (OSError, KeyError, ValueError) as error:
        raise UnreadableInput(
            f"{folder} holds no model to start from: config.json, model.safetensors, tokenizer.json ({error})"
        ) from error


def _cut(some: list[Task], steps: int | None) -> list[Task]:
    return some if steps is None else shortened(some, steps)
