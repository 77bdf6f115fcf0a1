"""The model card beside the end-of-turn weights: written by the run that made them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warmline.speech.turn.training.extract import Rows
from warmline.speech.turn.training.fit import Figure
from warmline.speech.turn.training.text_fit import TextFigures

LICENCES = {
    "ravdess": "RAVDESS (Livingstone and Russo 2018), acted English, CC BY-NC-SA 4.0",
    "nemo": "nEMO (Christop 2024), acted Polish, CC BY-NC-SA 4.0",
    "voice-hibari": "sentences spoken by the voice hibari (Apache-2.0)",
    "voice-piper": "sentences spoken by the voice Piper joe (MIT, data CC0)",
    "train.jsonl": "ESConv seekers (Liu et al. 2021), CC BY-NC 4.0",
    "sentences.txt": "sentences of ESConv seekers (Liu et al. 2021), CC BY-NC 4.0",
    "annomi_dev.csv": "AnnoMI clients (Wu et al. 2022)",
    "goemo_train.tsv": "GoEmotions comments (Demszky et al. 2020), Apache-2.0",
}

LIMITS = """\
RAVDESS has two sentences, so its figures say little beyond the voice. Speakers of a synthetic voice are the same voice
played slower or faster.

What they cannot know: nobody in the training speech really hesitated. Speech was broken off by us at gaps between
words, so a drawn-out last syllable, the mark of somebody who will go on, was hardly heard; an end is the end of a
recording. The words were learnt from writing, in English. Trained on data for research and non-commercial use: keep it
to that, or train on your own with the same command."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run measured. ``sentences``: the file that our voices read from, or ""; ``files``: name to (file, bytes,
    SHA-256)."""

    rows: Rows
    figures: Sequence[Figure]
    text: TextFigures
    texts: Sequence[str]
    sentences: str
    files: dict[str, tuple[str, int, str]]
    command: str


def card(report: Report) -> str:
    """The card as Markdown."""
    corpora = [str(name) for name in np.unique(report.rows.corpus)]
    counts = ", ".join(f"{name} {int((report.rows.corpus == name).sum()):,}" for name in corpora)
    listed = [
        f"- `{file}`, {size:,} bytes, SHA-256 `{sha256}`: {name}" for name, (file, size, sha256) in report.files.items()
    ]
    table = [f"| {one.corpus} | {one.name} | {one.n} | {one.auc:.3f} | {one.cut:.1%} |" for one in report.figures]
    return "\n".join(
        [
            "# Weights of the turn room",
            "",
            "Written by the recipe that made them: `speech/turn/training`.",
            "",
            *listed,
            "",
            f"Speech, examples: {counts}; {len(np.unique(report.rows.speaker))} speakers. "
            + "; ".join(LICENCES.get(name, f"{name} (your own)") for name in corpora)
            + (f". Spoken: {LICENCES.get(report.sentences, report.sentences)}." if report.sentences else "."),
            f"Text, {report.text.texts:,} turns: "
            + "; ".join(LICENCES.get(name, f"{name} (your own)") for name in report.texts)
            + f". On {report.text.n:,} held-out turns, half of them broken off: AUC {report.text.auc:.3f}.",
            "",
            f"Command: `{report.command}`.",
            "",
            "Speakers held out. *Cut*: pauses inside that would be taken for ends where four ends in five are known.",
            "",
            "| corpus | opinion | n | AUC | cut |",
            "|---|---|---|---|---|",
            *table,
            "",
            LIMITS,
            "",
        ]
    )


def write(folder: Path, text: str, files: dict[str, tuple[str, int, str]]) -> None:
    """The card, and heads.json, which the loaders verify against."""
    (folder / "CARD.md").write_text(text, encoding="utf-8")
    rows = {name: {"file": file, "sha256": sha256} for name, (file, _, sha256) in files.items()}
    (folder / "heads.json").write_text(json.dumps(rows, indent=2, sort_keys=True) + "\n", encoding="utf-8")
