"""Talks -> a folder to train from: a GGUF file with only the tokens that occur, lessons and moments in them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from warmline.dialogue.llm.base import Message
from warmline.dialogue.training.chat import Encoder, Lesson, shown
from warmline.dialogue.training.gguf_file import GgufModel, kept_tokens, pruned
from warmline.dialogue.training.moments import Moment, begun, of_corpus, of_ours
from warmline.dialogue.training.talk import Talk, corpus, own_examples, own_talks


@dataclass(frozen=True, slots=True)
class Sizes:
    """``epochs``: different rounds of lessons. ``moments``: to write for in each of the two rounds of writing, of a
    corpus and of ours. ``shows``: whose replies are kept for reading. ``apart``: talks of ours that are only shown."""

    epochs: int = 3
    moments: int = 288
    shows: int = 64
    apart: int = 6


def folder(
    gguf: Path,
    train: Path,
    valid: Path,
    out: Path,
    note: Callable[[str], None],
    sizes: Sizes = Sizes(),
    *,
    seed: int = 0,
    more_texts: Sequence[str] = (),
) -> None:
    """Write model.gguf and data.json into ``out``. ``more_texts``: whose tokens are kept besides. Raises
    UnreadableInput."""
    out.mkdir(parents=True, exist_ok=True)
    draw = random.Random(seed)
    model = GgufModel(gguf)
    encoder = Encoder(model.tokenizer())
    bank, talks, theirs, held = own_examples(), own_talks(), corpus(train), corpus(valid)
    draw.shuffle(bank)
    draw.shuffle(talks)
    apart, talks = talks[: sizes.apart], talks[sizes.apart :]
    epochs = [_epoch(encoder, bank, talks, theirs, draw) for _ in range(sizes.epochs)]
    shows = [*of_corpus(held, sizes.shows, draw), *of_ours(apart, sizes.shows, draw, as_written=True)]
    data: dict[str, Any] = {
        "epochs": [[_packed(one) for one in epoch] for epoch in epochs],
        "valid": [_packed(encoder.lesson(talk, None, draw, 0.0)) for talk in apart],
        "rounds": [_moments(encoder, bank, talks, theirs, sizes.moments, draw) for _ in range(2)],
        "plain": [one.row(encoder, None) for one in shows],
        "begun": [one.row(encoder, None) for one in begun(shows, draw, (1.0, 0.0))],
    }
    texts = [part for talk in (*theirs, *held) for one in talk for part in (one.words, one.reply)]
    ours = [part for talk in (*own_examples(), *own_talks()) for one in talk for part in (one.words, one.reply)]
    keep = _renumber(data, kept_tokens(model, [*texts, *ours, *more_texts]))
    learnt = sum(sum(one[1]) for one in data["epochs"][0])
    note(f"{len(keep)} tokens kept; an epoch has {len(epochs[0])} lessons, {learnt} tokens to learn")
    (out / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    pruned(model, keep, out / "model.gguf")


def _renumber(data: dict[str, Any], others: Sequence[int]) -> list[int]:
    """The tokens kept; ``data`` then holds their places among these."""
    rows = [
        *(one[0] for epoch in data["epochs"] for one in epoch),
        *(one[0] for one in data["valid"]),
        *(one["ids"] for moments in data["rounds"] for one in moments),
        *(one["ids"] for name in ("plain", "begun") for one in data[name]),
    ]
    keep = sorted({token for row in rows for token in row} | set(others))
    place = {token: at for at, token in enumerate(keep)}
    for row in rows:
        row[:] = [place[token] for token in row]
    return keep


def _packed(lesson: Lesson) -> list[Any]:
    return [lesson.ids, [int(flag) for flag in lesson.learn], lesson.shared]


def _moments(
    encoder: Encoder, bank: Sequence[Talk], talks: Sequence[Talk], theirs: Sequence[Talk], count: int,
    draw: random.Random,
) -> list[dict[str, Any]]:  # fmt: skip
    """Half of a corpus, a third of our talks, the rest of our single examples; one in six without the examples."""
    found: list[Moment] = [
        *of_corpus(theirs, count // 2, draw),
        *of_ours(talks, count // 3, draw),
        *of_ours(bank, count - count // 2 - count // 3, draw),
    ]
    return [one.row(encoder, () if draw.random() < 1 / 6 else None) for one in begun(found, draw)]


def _epoch(
    encoder: Encoder, bank: Sequence[Talk], talks: Sequence[Talk], theirs: Sequence[Talk], draw: random.Random
) -> list[Lesson]:
    """Our own examples alone, or after another's talk that is not learnt, and our own talks."""
    made = [_lesson(encoder, talk, bank, draw) for talk in talks]
    for talk in bank:
        past = draw.choice(theirs)[: draw.randint(1, 3)] if draw.random() < 0.3 else ()
        made.append(_lesson(encoder, (*(replace(one, learn=False) for one in past), *talk), bank, draw))
    return made


def _lesson(encoder: Encoder, talk: Talk, bank: Sequence[Talk], draw: random.Random) -> Lesson:
    """Most after the product's examples, some after none or after a few others."""
    chance = draw.random()
    examples: Sequence[Message] | None = None
    if chance < 0.1:
        examples = ()
    elif chance < 0.25:
        others = [one for one in bank if one[-1].reply != talk[-1].reply]
        examples = shown(draw.sample(others, draw.randint(4, 8)))
    return encoder.lesson(talk, examples, draw, 0.35)
