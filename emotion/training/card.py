"""The model card that lies beside every shipped weight: written by the run that made it, one section a weight."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from warmline.emotion.head import Head
from warmline.emotion.training.evaluate import FOUR, Figures, Heat, Scored, classes_of, figures
from warmline.emotion.training.features import Rows
from warmline.emotion.training.fit import Recipe

TITLE = "# Weights of the emotion room\n\nWritten by the recipes that made them; see `emotion/training`.\n"

LICENCES = {
    "ravdess": "RAVDESS (Livingstone and Russo 2018), acted English, CC BY-NC-SA 4.0",
    "nemo": "nEMO (Christop 2024), acted Polish, CC BY-NC-SA 4.0",
}

LIMITS = """\
What it cannot know: the speech is acted, by few speakers; real distress is quieter and mixed. Labels are what an actor
was asked to play. Classes were balanced, while callers are mostly neutral: probabilities of rare feelings are too high
on real calls. Children's voices, whispering and illness were never heard. Trained on data for research and
non-commercial use: keep it to that, or train on your own corpus with the same command. No diagnosis follows from it."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run measured. ``speakers``, ``corpora``, ``own_terms``: held-out clips, uncalibrated, the last against
    each speaker's usual sound; None where not measured. ``origin``: what else is to be said of where it came from."""

    data: Rows
    recipe: Recipe
    speakers: Scored
    corpora: Scored | None
    command: str
    own_terms: Scored | None = None
    origin: str = ""


def section(head: Head, sha256: str, size: int, report: Report) -> str:
    """The card of one head, as Markdown."""
    heat = Heat(head.temperature, head.caution)
    names = sorted({clip.corpus for clip in report.data.clips})
    recordings = int((report.data.variant == 0).sum())
    lines = [
        f"## {head.encoder}",
        "",
        f"Head on the output of `{head.encoder}` ({head.width} wide), joined with "
        f"{len(head.mean) - 2 * head.width} functionals; {len(head.members)} members on pooled rows, "
        f"{len(head.listeners)} on frames, {len(head.plain)} for strange sound; {size:,} bytes; "
        f"SHA-256 `{sha256}`.",
        "",
        "Data: " + "; ".join(LICENCES.get(name, f"{name} (your own corpus)") for name in names) + ". "
        f"{recordings:,} recordings, {len(report.data.clips) - recordings:,} changed copies (level, noise, room, "
        "telephone, speed).",
        "",
        f"Recipe: {report.recipe}. Command: `{report.command}`.",
        "",
        *((report.origin, "") if report.origin else ()),
        f"Temperature {head.temperature:.2f}, caution {head.caution:.1f}, no label below "
        f"{head.threshold:.2f}: chosen on held-out clips for at "
        f"most {report.recipe.risk:.0%} wrong labels among those claimed.",
        "",
        "| held out | corpus | classes | n | UAR | WA | ECE | gain at 70% | arousal AUC | women / men |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *_rows("speakers", report.speakers, heat),
        *(_rows("corpus", report.corpora, heat) if report.corpora else ()),
        *(_rows("corpus, in own terms", report.own_terms, heat) if report.own_terms else ()),
        "",
        LIMITS,
        "",
    ]
    return "\n".join(lines)


def write(path: Path, name: str, text: str) -> None:
    """Put the section called ``name`` into the card at ``path``, in place of an older one."""
    old = path.read_text(encoding="utf-8") if path.exists() else TITLE
    kept = [part for part in re.split(r"(?m)^(?=## )", old) if not part.startswith(f"## {name}\n")]
    path.write_text("".join([part.rstrip("\n") + "\n\n" for part in kept]) + text.rstrip("\n") + "\n", encoding="utf-8")


def list_weight(folder: Path, name: str, file: str, sha256: str) -> None:
    """Put a weight into ``folder``'s heads.json, which is what the loaders verify against."""
    listed = folder / "heads.json"
    rows = json.loads(listed.read_text(encoding="utf-8")) if listed.exists() else {}
    rows[name] = {"file": file, "sha256": sha256}
    listed.write_text(json.dumps(rows, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _rows(held: str, scored: Scored, heat: Heat) -> Sequence[str]:
    rows = []
    for corpus in sorted({clip.corpus for clip in scored.clips}):
        part = scored.tempered(heat).where(lambda clip, corpus=corpus: clip.corpus == corpus)  # type: ignore[misc]
        for classes in (classes_of(part.clips, 8), classes_of(part.clips, len(FOUR))):
            rows.append(_row(held, corpus, figures(part, classes)))
    return rows


def _row(held: str, corpus: str, found: Figures) -> str:
    genders = " / ".join(f"{found.by_gender[name]:.3f}" for name in sorted(found.by_gender))
    return (
        f"| {held} | {corpus} | {len(found.classes)} | {found.n} | {found.uar:.3f} | {found.wa:.3f} | "
        f"{found.ece:.3f} | {found.gain_at_70:+.3f} | {found.arousal_auc:.3f} | {genders} |"
    )
