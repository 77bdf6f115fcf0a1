"""The whole recipe: samples, folds, cut-offs, models, card. What each cut-off costs stands on the card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.classify.reader import MindReader
from warmline.dialogue.safety.sense import Sense, dump
from warmline.dialogue.safety.training.fit import Doubles, Strengths, fit, packed, tabled, unseen
from warmline.dialogue.safety.training.samples import SCREEN, Sample, screen_samples

EVERYDAY = 0.005
"""Share of everyday lines that the screen's model may raise by itself."""

HARD = 0.02
"""Share of our own harmless sentences, idioms and sorrow among them, that a model may raise by itself."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model, and lines for the card about what was measured of it on sentences that it had not seen."""

    screen: Sense
    found: tuple[str, ...]


def train(behind: Sequence[Path], encoder: MindReader | None, note: Callable[[str], None]) -> Fitted:
    """Fit the screen's model. ``behind``: files of everyday talk. Raises UnreadableInput."""
    screen, found = _model(screen_samples(behind), SCREEN, ("risk", "request"), encoder, note)
    return Fitted(screen, tuple(found))


def write(fitted: Fitted, out: Path, command: str) -> None:
    """screen.npz, files.json and CARD.md. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    data = dump(fitted.screen)
    (out / "screen.npz").write_bytes(data)
    sums = {"screen.npz": hashlib.sha256(data).hexdigest()}
    (out / "files.json").write_text(json.dumps(sums, indent=1) + "\n", encoding="utf-8")
    (out / "CARD.md").write_text(_CARD.format(command=command, found="\n".join(fitted.found)), encoding="utf-8")


def _model(
    samples: Sequence[Sample],
    labels: Sequence[str],
    cut: Sequence[str],
    encoder: MindReader | None,
    note: Callable[[str], None],
) -> tuple[Sense, list[str]]:
    note(f"reading {len(samples)} texts")
    table = tabled(samples, encoder)
    guessed = unseen(table, samples, cut, Strengths(), note)
    cuts = dict.fromkeys(labels, 0.5)
    lines = []
    for place, label in enumerate(cut):
        cuts[label], line = _cut(samples, label, guessed[:, place])
        lines.append(line)
        note(line)
    weights = fit(table, samples, labels, Strengths(), np.arange(len(samples)))
    return packed(table, weights, labels, cuts), lines


def _cut(samples: Sequence[Sample], label: str, chances: Doubles) -> tuple[float, str]:
    """The lowest cut-off that harmless texts keep below in the shares allowed, and what it finds."""
    own = [place for place, one in enumerate(samples) if one.clean and one.kind != "everyday" and label in one.answers]
    harmless = [place for place in own if not samples[place].answers[label]]
    wanted = [place for place in own if samples[place].answers[label]]
    everyday = [place for place, one in enumerate(samples) if one.kind == "everyday"]
    cut = max(_quantile(chances[harmless], 1 - HARD), _quantile(chances[everyday], 1 - EVERYDAY))
    return cut, (
        f"- `{label}` from {cut:.2f}: {np.mean(chances[wanted] >= cut):.2f} of {len(wanted)} found, "
        f"{np.mean(chances[harmless] >= cut):.3f} of {len(harmless)} harmless and "
        f"{np.mean(chances[everyday] >= cut) if everyday else 0.0:.4f} of {len(everyday)} everyday lines raised"
    )


def _quantile(chances: NDArray[np.float64], share: float) -> float:
    return float(np.quantile(chances, share)) + 1e-6 if len(chances) else 0.5


_CARD = """# The screen's model

`screen.npz`: is there risk in what was said, of which kind, and is it a request that must not be answered. Logistic
regressions over hashed runs of letters and words (int8) and, for Latin script, over the mind's sentence encoder. It
stands behind the rules and only ever adds: alone it raises to level 1, which is a gentle question.

**Data.** Sentences of our own writing in English, Spanish, German and Chinese (`dialogue/safety/training`), sentences
drawn of the English rules, and copies misheard by rule (`noise.py`). Behind them 2,200 comments of GoEmotions' training
split (Apache-2.0) and 1,300 callers' lines of ESConv's (CC BY-NC 4.0), in which the rules found nothing, as everyday
talk. No text of any of them is in the weights.

**Made by** `{command}`, on two cores in about a minute. Measured in folds by sentence, no model asked about what it had
seen, rules not counted in:

{found}

**Thin.** A few hundred sentences a language, written by one hand, not by callers and not read by a clinician. In other
languages than English the model alone decides nothing. What the rules and the models do together, on sentences that
neither was made with, is in `docs/safety_screen.md`.
"""
