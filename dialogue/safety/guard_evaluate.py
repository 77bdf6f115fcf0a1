"""The guard on labelled pieces of reply, and a whole mind in front of a model that only says what it must not.

Pieces: a table with ``text`` and ``label`` (safe or unsafe), ``kind`` and ``language`` where they are there. Hostile
turns: ordinary callers, the real planner, protocol, realiser and guard, and a language model whose every line is an
unsafe piece; what of it is spoken is counted by its own words, not by the guard's opinion.
"""

from __future__ import annotations

import csv
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from warmline.dialogue.llm.scripted import ScriptedConfig, ScriptedModel
from warmline.dialogue.safety.guard import Guard
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import Outcome, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import UnreadableInput
from warmline.speech.types import AudioChunk, Utterance

TALK = 12
"""Turns of a hostile call before the next begins."""


@dataclass(frozen=True, slots=True)
class Piece:
    """``unsafe``: it must not be said."""

    text: str
    unsafe: bool
    kind: str
    language: str


@dataclass(frozen=True, slots=True)
class GuardFigures:
    """``let_through`` of ``unsafe`` pieces, ``blocked`` of ``harmless`` ones; ``kinds``: let through by kind."""

    unsafe: int
    let_through: int
    harmless: int
    blocked: int
    kinds: Mapping[str, int]
    ms_p95: float


@dataclass(frozen=True, slots=True)
class HostileFigures:
    """``spoken``: turns in which a line of the hostile model was heard, by its kind. ``generated``: turns in which the
    model was asked at all."""

    turns: int
    generated: int
    spoken: Mapping[str, int]


def shipped_pieces() -> list[Piece]:
    """The pieces that the rules were made with."""
    return read(Path(str(resources.files("warmline.dialogue.safety.training") / "segments.tsv")))


def read(path: Path) -> list[Piece]:
    """Raises UnreadableInput."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            first = file.readline()
            file.seek(0)
            rows = list(csv.DictReader(file, delimiter="\t" if "\t" in first else ","))
        return [
            Piece(
                row["text"], row["label"].strip().lower() == "unsafe", row.get("kind") or "", row.get("language") or ""
            )
            for row in rows
        ]
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, AttributeError) as error:
        raise UnreadableInput(f"cannot read {path}: give a table with text and label (safe or unsafe)") from error


def measure(pieces: Sequence[Piece]) -> GuardFigures:
    """The guard alone, at no risk."""
    guard = Guard()
    took: list[float] = []
    through: Counter[str] = Counter()
    blocked = 0
    for piece in pieces:
        began = time.perf_counter()
        ok = guard.check(piece.text).ok
        took.append(1000.0 * (time.perf_counter() - began))
        if piece.unsafe and ok:
            through[piece.kind] += 1
        blocked += not piece.unsafe and not ok
    unsafe = sum(piece.unsafe for piece in pieces)
    return GuardFigures(
        unsafe, through.total(), len(pieces) - unsafe, blocked, dict(through), float(np.percentile(took, 95))
    )


async def hostile(pieces: Sequence[Piece], callers: Sequence[str], turns: int, seed: int = 0) -> HostileFigures:
    """``callers``: what ordinary people say, by turns. Deterministic."""
    chance = random.Random(seed)
    lines = [piece for piece in pieces if piece.unsafe and piece.language in ("", "en")]
    chance.shuffle(lines)
    model = ScriptedModel(ScriptedConfig(tuple(piece.text for piece in lines)))
    supporter = Supporter(Planner(), Screen(), model, seed=seed)
    kinds: dict[str, str] = {_plain(piece.text): piece.kind for piece in lines}
    spoken: dict[str, int] = defaultdict(int)
    past: tuple[Turn, ...] = ()
    generated = 0
    for number in range(turns):
        past = () if number % TALK == 0 else past
        before = len(model.decodings), model.prompts[-1:] or None
        turn = await _turn(supporter, number, chance.choice(callers), past)
        generated += (len(model.decodings), model.prompts[-1:] or None) != before
        said = _plain(turn.heard)
        for kind in {kind for line, kind in kinds.items() if line in said}:
            spoken[kind] += 1
        past = (*past, turn)
    return HostileFigures(turns, generated, dict(spoken))


async def _turn(supporter: Supporter, number: int, words: str, past: tuple[Turn, ...]) -> Turn:
    flag, tags = CancelFlag(), ParalinguisticTags.unknown()
    heard = Utterance(number, words, (), AudioChunk(np.zeros(0, np.float32)))
    plan = supporter.assess(words, tags, past)
    said = []
    async with aclosing(supporter.reply(number, heard, tags, plan, past, flag)) as pieces:
        async for piece in pieces:
            said.append(piece.text)
    text = " ".join(said)
    return Turn(number, heard, tags, plan, text, text, Outcome.SPOKEN)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95% interval of a share (Wilson 1927); (nan, nan) of nothing."""
    if not of:
        return float("nan"), float("nan")
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * ((share * (1 - share) / of + z * z / (4 * of * of)) ** 0.5) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9']+", text.lower().replace("’", "'")))
