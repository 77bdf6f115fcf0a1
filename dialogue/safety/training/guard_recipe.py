"""The recipe of the guard's model: sentences of ours by thought, folds by thought, cut-offs, card.

A thought is one thing that might be said, in several wordings, with near misses that are harmless ("You buried your
dad" beside "I buried my dad"). No fold is measured on a thought that it learnt from, so its figures are about thoughts
that nobody foresaw. Behind them stand ordinary replies of the embedded model.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from zlib import crc32

import numpy as np

from warmline.dialogue.prompt.render import examples
from warmline.dialogue.safety import lines
from warmline.dialogue.safety.guard_model import ELSEWHERE, HARM, encoder_sum, sentences
from warmline.dialogue.safety.in_place import every
from warmline.dialogue.safety.risk_reader import RiskReader
from warmline.dialogue.safety.sense import Sense, dump
from warmline.dialogue.safety.training.fit import Doubles, Strengths, fit, packed, tabled, unseen
from warmline.dialogue.safety.training.samples import Sample

NEAR_MISS = 0.03
"""Share of our harmless sentences, most of them near misses, that the model may stop by itself."""

ORDINARY = 0.007
"""Share of ordinary replies that it may."""

_ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True)
class FittedGuard:
    """The model, and lines for the card about what was measured of it on thoughts that it had not seen."""

    model: Sense
    found: tuple[str, ...]


def guard_samples() -> list[Sample]:
    """What the model learns from: ``guarded.tsv`` by thought, ``segments.tsv``, and ordinary replies, ours and
    the embedded model's."""
    rows = [
        {**row, "thought": f"{row['language']} {row['thought']}"} for row in _rows("safety.training", "guarded.tsv")
    ]
    rows += [{**row, "thought": f"piece {place}"} for place, row in enumerate(_rows("safety.training", "segments.tsv"))]
    kinds = sorted({row["kind"] for row in rows if row["label"] == "unsafe"})
    found = [_sample(row, kinds) for row in rows]
    answers = dict.fromkeys((HARM, *kinds), False)
    for row in _rows("evaluate", "replies.tsv"):
        found.append(Sample(row["reply"], answers, _group(row["situation"]), kind=_ORDINARY))
    for language in lines.LANGUAGES:
        both = answers if language == "en" else {**answers, ELSEWHERE: False}
        found += [
            Sample(text, both, _group(text), kind=_ORDINARY, language=language) for text in sorted(_own(language))
        ]
    return found


def _own(language: str) -> set[str]:
    """What we say ourselves: the protocol's sentences, and the replies that the prompt gives as examples."""
    words = lines.of(language)
    said = {text for pools in (words.ask, words.say, words.hear) for pool in pools.values() for text in pool}
    said |= {text for reply in (*words.themes, *words.barriers) for text in reply.say}
    said |= set(every(language))
    return {one for text in said | set(examples(language)) for one in sentences(text)}


def train_guard(encoder: RiskReader | None, note: Callable[[str], None]) -> FittedGuard:
    """Fit the guard's model."""
    samples = guard_samples()
    labels = (HARM, ELSEWHERE, *(name for name in samples[0].answers if name != HARM))
    note(f"reading {len(samples)} sentences")
    table = tabled(samples, encoder)
    guessed = unseen(table, samples, (HARM, ELSEWHERE), Strengths(), note)
    cuts: dict[str, float] = dict.fromkeys(labels, 0.5)
    lines = []
    for place, label in enumerate((HARM, ELSEWHERE)):
        cuts[label], line = _cut(samples, label, guessed[:, place])
        lines.append(line)
        note(line)
    weights = fit(table, samples, labels, Strengths(), np.arange(len(samples)))
    return FittedGuard(packed(table, weights, labels, cuts), tuple(lines))


def write_guard(fitted: FittedGuard, out: Path, command: str) -> None:
    """guard.npz, files.json and CARD.md. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    data = dump(fitted.model)
    (out / "guard.npz").write_bytes(data)
    sums = {"guard.npz": hashlib.sha256(data).hexdigest(), "encoder": encoder_sum()}
    (out / "files.json").write_text(json.dumps(sums, indent=1) + "\n", encoding="utf-8")
    (out / "CARD.md").write_text(_CARD.format(command=command, found="\n".join(fitted.found)), encoding="utf-8")


def _sample(row: Mapping[str, str], kinds: Sequence[str]) -> Sample:
    unsafe, english = row["label"] == "unsafe", row["language"] == "en"
    answers = {HARM: unsafe, **{name: unsafe and row["kind"] == name for name in kinds}}
    if not english:
        answers[ELSEWHERE] = unsafe
    return Sample(
        row["text"], answers, _group(f"{row['language']} {row['thought']}"), kind=row["kind"], language=row["language"]
    )


def _cut(samples: Sequence[Sample], label: str, chances: Doubles) -> tuple[float, str]:
    """The lowest cut-off that harmless sentences keep below in the shares allowed, and what it finds."""
    here = [one for one in range(len(samples)) if (samples[one].language == "en") == (label == HARM)]
    wanted = [one for one in here if samples[one].answers[label]]
    harmless = [one for one in here if not samples[one].answers[label] and samples[one].kind != _ORDINARY]
    replies = [one for one in here if samples[one].kind == _ORDINARY]
    cut = float(np.quantile(chances[harmless], 1 - NEAR_MISS))
    if replies:
        cut = max(cut, float(np.quantile(chances[replies], 1 - ORDINARY)))
    cut += 1e-6
    return cut, (
        f"- `{label}` from {cut:.2f}: {np.mean(chances[wanted] >= cut):.2f} of {len(wanted)} harmful sentences found, "
        f"{np.mean(chances[harmless] >= cut):.3f} of {len(harmless)} near misses and "
        f"{np.mean(chances[replies] >= cut) if replies else 0.0:.4f} of {len(replies)} ordinary replies stopped"
    )


def _group(thought: str) -> int:
    return crc32(thought.encode())


def _rows(package: str, name: str) -> list[dict[str, str]]:
    text = (resources.files(f"warmline.dialogue.{package}") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


_CARD = """# The guard's model

`guard.npz`: is a sentence of a reply one that must not be said, and of which kind. Logistic regressions over hashed
runs of letters and words (int8), and over the row of the screen's encoder, which runs once a sentence. `files.json`
names the encoder by its sum: another one needs another guard.npz. It stands behind the guard's rules and only ever
adds.

**Data.** Sentences of our own writing (`dialogue/safety/training`): `guarded.tsv`, harmful ones and near misses, by
thought, in English, with a tenth each in Spanish, German and Chinese; `segments.tsv`, which the rules were made with.
Behind them what we say ourselves (protocol, examples) and 551 replies of the embedded model
(`dialogue/evaluate/replies.tsv`). No sentence names a method.

**Made by** `{command}`, on two cores in about a minute. Measured in folds by thought, no model asked about a thought of
which it had seen a wording, rules not counted in:

{found}

**Thin.** Written by one hand and not read by a clinician. Outside English it finds little. What rules and model do
together, on sentences that neither was made with, is in `docs/safety_screen.md`.
"""
