"""The recipe of what names the kind of a harmful sentence: sentences of ours by thought, folds by thought, card.

Whether a sentence is harmful the screen's encoder says (``screen_recipe.py``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from warmline.dialogue.safety.guard_model import encoder_sum
from warmline.dialogue.safety.risk_reader import RiskReader
from warmline.dialogue.safety.sense import Sense, dump
from warmline.dialogue.safety.training.fit import Strengths, fit, packed, tabled, unseen
from warmline.dialogue.safety.training.replies import sentences
from warmline.dialogue.safety.training.samples import Sample


@dataclass(frozen=True, slots=True)
class FittedGuard:
    """The model, and a line for the card about what was measured of it on thoughts that it had not seen."""

    model: Sense
    found: tuple[str, ...]


def guard_samples() -> list[Sample]:
    """The harmful sentences, with a yes or no for each kind."""
    harmful = [one for one in sentences() if one.label == "unsafe"]
    kinds = sorted({one.kind for one in harmful})
    return [
        Sample(
            one.text,
            {name: one.kind == name for name in kinds},
            crc32(one.thought.encode()),
            kind=one.kind,
            language=one.language,
        )
        for one in harmful
    ]


def train_guard(encoder: RiskReader | None, note: Callable[[str], None]) -> FittedGuard:
    """Fit the model that names the kind."""
    samples = guard_samples()
    labels = tuple(samples[0].answers)
    note(f"reading {len(samples)} sentences")
    table = tabled(samples, encoder)
    guessed = unseen(table, samples, labels, Strengths(), note)
    right = [labels[int(row.argmax())] == one.kind for row, one in zip(guessed, samples, strict=True)]
    line = f"- the kind is right for {np.mean(right):.2f} of {len(right)} harmful sentences, of {len(labels)} kinds"
    note(line)
    weights = fit(table, samples, labels, Strengths(), np.arange(len(samples)))
    return FittedGuard(packed(table, weights, labels, dict.fromkeys(labels, 0.5)), (line,))


def write_guard(fitted: FittedGuard, out: Path, command: str) -> None:
    """guard.npz, files.json and CARD.md. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    data = dump(fitted.model)
    (out / "guard.npz").write_bytes(data)
    sums = {"guard.npz": hashlib.sha256(data).hexdigest(), "encoder": encoder_sum()}
    (out / "files.json").write_text(json.dumps(sums, indent=1) + "\n", encoding="utf-8")
    (out / "CARD.md").write_text(_CARD.format(command=command, found="\n".join(fitted.found)), encoding="utf-8")


_CARD = """# The guard's model

`guard.npz` names the kind of a sentence that must not be said, which decides what is said in its place. Whether it must
not be said the screen's encoder decides (`dialogue/safety/weights`). Logistic regressions over hashed runs of letters
and words (int8), and over the encoder's row. `files.json` names the encoder by its sum: another one needs another
guard.npz.

**Data.** The harmful sentences of our own writing (`dialogue/safety/training`, `guarded*.tsv` and `segments.tsv`), by
thought, in four languages. No sentence names a method.

**Made by** `{command}`, on two cores in some minutes. Measured in folds by thought, no model asked about a thought of
which it had seen a wording (but the encoder had learnt from most of them that they are harmful, not of which kind):

{found}
"""
