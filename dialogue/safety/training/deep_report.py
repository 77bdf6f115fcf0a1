"""How well the language model's reader tells risk from none, and what must not be said from the rest, on texts that it
did not learn; and its card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.safety.deep_reader import CALLER, REPLY
from warmline.dialogue.safety.training.deep_samples import of
from warmline.dialogue.safety.training.screen_samples import EVERYDAY, Heard
from warmline.dialogue.safety.training.thoughts import HELD, VALID

ALARMS = 0.03
"""Share of harmless texts that a cut-off may raise."""


def area(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """The chance that a text with risk scores above one without (AUC, ties by half); nan where a side is missing."""
    if truth.all() or not truth.any():
        return float("nan")
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    hits = int(truth.sum())
    return float((ranks[truth].sum() - hits * (hits + 1) / 2) / (hits * (len(truth) - hits)))


def cut_for(risk: NDArray[np.float64], truth: NDArray[np.bool_], alarms: float = ALARMS) -> float:
    """The lowest cut-off from which at most ``alarms`` of the harmless are raised."""
    return float(np.quantile(risk[~truth], 1 - alarms, method="higher")) + 1e-6


def lines(texts: Sequence[Heard], levels: NDArray[np.float64]) -> Iterator[str]:
    """``levels``: float64[N, 4], probability of each level. The cut-offs come from valid, and are used on held too."""
    theirs = np.array([of(one) == CALLER for one in texts])
    for whose, mine in ((CALLER, theirs), (REPLY, ~theirs)):
        if mine.any():
            chosen = [one for one, here in zip(texts, mine, strict=True) if here]
            yield from (f"{whose.lower()}, {line}" for line in _lines(chosen, levels[mine], graded=whose == CALLER))


def _lines(texts: Sequence[Heard], levels: NDArray[np.float64], *, graded: bool) -> Iterator[str]:
    risk = 1.0 - levels[:, 0]
    truth = np.array([one.level > 0 for one in texts])
    part = np.array([one.part for one in texts])
    kind = np.array([one.kind for one in texts])
    language = np.array([one.language for one in texts])
    calm = VALID in part[~truth]
    cut = cut_for(risk[part == VALID], truth[part == VALID]) if calm else 0.5
    yield f"cut-off {cut:.4f} from valid"
    for name in (VALID, HELD):
        here = part == name
        if not here.any():
            continue
        yield _line(name, here, risk, truth, cut)
        ours = here & (kind != EVERYDAY)
        if graded:
            yield _line(f"{name}, ours alone", ours, risk, truth, cut)
        for spoken in sorted(set(language[here])):
            yield _line(f"{name} {spoken}", ours & (language == spoken), risk, truth, cut)
        for sort in sorted(set(kind[here & truth])):
            yield _line(f"{name} {sort}", here & (~truth | (kind == sort)), risk, truth, cut)
        for sort in sorted(set(kind[here & ~truth])):
            only = here & ~truth & (kind == sort)
            yield f"{name} {sort}: raised {float((risk[only] >= cut).mean()):.3f} of {int(only.sum())}"
        for level in (2, 3) if graded else ():
            true = np.array([one.level >= level for one in texts])
            yield f"{name}: AUC of level >= {level} {area(levels[here, level:].sum(1), true[here]):.3f}"


def _line(name: str, here: NDArray[np.bool_], risk: NDArray[np.float64], truth: NDArray[np.bool_], cut: float) -> str:
    hits, alarms = risk[here & truth] >= cut, risk[here & ~truth] >= cut
    found = f"found {hits.mean():.3f} of {len(hits)}" if len(hits) else "none to find"
    raised = f"raised {alarms.mean():.3f} of {len(alarms)}" if len(alarms) else "none harmless"
    return f"{name}: AUC {area(risk[here], truth[here]):.3f}, {found}, {raised}"


def write(out: Path, name: str, texts: Sequence[Heard], levels: NDArray[np.float64], command: str) -> tuple[str, ...]:
    """files.json and CARD.md for the adapter ``name`` in ``out``, and deep_scores.npz, from which cut-offs are chosen;
    the figures, in lines. Raises OSError."""
    np.savez_compressed(
        out / "deep_scores.npz",
        text=[one.text for one in texts],
        part=[one.part for one in texts],
        kind=[one.kind for one in texts],
        language=[one.language for one in texts],
        level=[one.level for one in texts],
        levels=levels.astype(np.float32),
    )
    found = tuple(lines(texts, levels))
    digest = hashlib.sha256((out / name).read_bytes()).hexdigest()
    listed = json.dumps({name.removesuffix(".gguf"): digest}, indent=1)
    (out / "files.json").write_text(f"{listed}\n", encoding="utf-8")
    table = "\n".join(f"- {line}" for line in found)
    (out / "CARD.md").write_text(_CARD.format(command=command, found=table), encoding="utf-8")
    return found


_CARD = """# The reader of risk in the language model

`risk-reader.gguf`: a low-rank adapter (rank 8 on the four maps of attention in all 28 layers, half precision) for the
4-bit GGUF of Qwen2.5-Coder-1.5B-Instruct (Apache-2.0). With it the model answers with one digit: to a turn of a caller
the level 0-3, to a sentence of a reply 1 where it must not be said. It is applied to these two questions alone: no
reply is written with it.

**Data.** What callers say, and what replies say and must not, of our own writing in four languages
(`dialogue/safety/training`), by thought, all hands of it language models; each text is changed anew in each pass
(callers': fillers, other talk beside it, words lost and misheard by rule; replies': after a first clause of ours, or
without its end). Beside it as everyday talk of callers, with less weight, 2,200 comments of GoEmotions (Apache-2.0),
2,200 callers' lines of ESConv (CC BY-NC 4.0) and 800 lines of MELD (GPL-3.0), in which the rules found nothing. No text
of them is in the weights. Research and non-commercial use.

**Made by** `{command}`
on one H100. Cross-entropy over the four digits; a head that names the kind was trained beside it and thrown away.

**Figures**, by torch on the same 4-bit numbers, on whole thoughts that it did not learn; `valid` gives the cut-off at
3% of harmless ones raised or stopped, `held` chose nothing:

{found}

**Thin.** The hands that wrote what was learnt wrote most of what it was measured on; no caller did, no clinician read
it, and no native speaker the Spanish, German and Chinese. What it adds to the screen: `docs/safety_screen.md`.
"""
