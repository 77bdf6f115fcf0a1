"""Talks -> a folder to train from: a GGUF file with only the tokens that occur, lessons and prompts in them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from warmline.dialogue.llm.base import Message
from warmline.dialogue.training.chat import Encoder, Lesson, prompt_of, shown
from warmline.dialogue.training.gguf_file import GgufModel, kept_tokens, pruned
from warmline.dialogue.training.talk import Exchange, Talk, corpus, own_examples, own_talks

VOICES = ("", "", "", "sad", "sad", "afraid", "angry", "upset", "hiding")
_PLANNED = ("reflect", "restate", "ask", "affirm", "normalise", "suggest", "inform")


def folder(
    gguf: Path,
    train: Path,
    valid: Path,
    out: Path,
    note: Callable[[str], None],
    *,
    epochs: int = 3,
    contexts: int = 640,
    shows: int = 112,
    seed: int = 0,
    more_texts: Sequence[str] = (),
) -> None:
    """Write model.gguf and data.json into ``out``. ``contexts``: moments to write for when preferring; ``shows``: those
    whose replies are kept for reading; ``more_texts``: whose tokens are kept besides. Raises UnreadableInput."""
    out.mkdir(parents=True, exist_ok=True)
    draw = random.Random(seed)
    model = GgufModel(gguf)
    encoder = Encoder(model.tokenizer())
    bank, talks, theirs, held = own_examples(), own_talks(), corpus(train), corpus(valid)
    draw.shuffle(bank)
    apart, bank = bank[:24], bank[24:]
    lessons = [_epoch(encoder, bank, talks, theirs, draw) for _ in range(epochs)]
    wanted = _contexts(theirs, contexts, draw)
    valid_rows = _contexts(held, shows, draw)
    checked = [encoder.lesson(talk, (), draw, 0.0) for talk in apart]
    data: dict[str, Any] = {
        "epochs": [[[one.ids, [int(flag) for flag in one.learn]] for one in epoch] for epoch in lessons],
        "valid": [[one.ids, [int(flag) for flag in one.learn]] for one in checked],
        "contexts": [_row(talk, encoder.prompt(prompt_of(talk, ()))) for talk in wanted],
        "shows": [
            {**_row(talk), "bare": encoder.prompt(prompt_of(talk, ())), "full": encoder.prompt(prompt_of(talk))}
            for talk in valid_rows
        ],
    }
    rows = [
        *(row for epoch in data["epochs"] for row, _ in epoch), *(row for row, _ in data["valid"]),
        *(one["ids"] for one in data["contexts"]), *(one[key] for one in data["shows"] for key in ("bare", "full")),
    ]  # fmt: skip
    used = {token for row in rows for token in row}
    texts = [part for talk in (*theirs, *held) for one in talk for part in (one.words, one.reply)]
    keep = sorted(used | set(kept_tokens(model, [*texts, *more_texts])))
    place = {token: at for at, token in enumerate(keep)}
    for row in rows:
        row[:] = [place[token] for token in row]
    learnt = sum(sum(flags) for _, flags in data["epochs"][0])
    note(f"{len(keep)} tokens kept; an epoch has {len(lessons[0])} lessons, {learnt} tokens to learn")
    (out / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    pruned(model, keep, out / "model.gguf")


def _row(talk: Talk, ids: list[int] | None = None) -> dict[str, Any]:
    last = talk[-1]
    row: dict[str, Any] = {
        "kind": last.kind, "voice": last.voice, "words": last.words,
        "history": [[one.words, one.reply] for one in talk[:-1]], "earlier": [one.reply for one in talk[:-1]],
    }  # fmt: skip
    return row if ids is None else {**row, "ids": ids}


def _epoch(
    encoder: Encoder, bank: Sequence[Talk], talks: Sequence[Talk], theirs: Sequence[Talk], draw: random.Random
) -> list[Lesson]:
    """Our own examples alone and after another's talk, our own talks, and the corpus's talks that teach something."""
    made = [_lesson(encoder, talk, bank, draw) for talk in bank]
    made += [
        _lesson(encoder, (*_past(theirs, draw), *talk), bank, draw) for talk in draw.sample(list(bank), len(bank) // 2)
    ]
    made += [_lesson(encoder, talk, bank, draw) for talk in talks for _ in range(2)]
    made += [
        _lesson(encoder, _cut(_voiced(talk, draw)), bank, draw) for talk in theirs if any(one.learn for one in talk)
    ]
    return made


def _lesson(encoder: Encoder, talk: Talk, bank: Sequence[Talk], draw: random.Random) -> Lesson:
    """Half without examples before it, a quarter with the product's, a quarter with a few others."""
    chance = draw.random()
    examples: Sequence[Message] | None = ()
    if chance < 0.25:
        examples = None
    elif chance < 0.5:
        others = [one for one in bank if one[-1].reply != talk[-1].reply]
        examples = shown(draw.sample(others, draw.randint(4, 8)))
    return encoder.lesson(talk, examples, draw, 0.35)


def _past(theirs: Sequence[Talk], draw: random.Random) -> Talk:
    """A few exchanges of another talk as history, nothing of it learnt."""
    talk = draw.choice(theirs)
    return tuple(replace(one, learn=False) for one in talk[: draw.randint(1, 3)])


def _cut(talk: Talk) -> Talk:
    last = max(at for at, one in enumerate(talk) if one.learn)
    return talk[max(0, last - 9) : last + 1]


def _voiced(talk: Talk, draw: random.Random) -> Talk:
    return tuple(replace(one, voice=draw.choice(VOICES)) for one in talk)


def _contexts(talks: Sequence[Talk], count: int, draw: random.Random) -> list[Talk]:
    """Moments of talks with a plan drawn evenly: no advice early, replies of earlier turns as they were."""
    made: list[Talk] = []
    pool = [talk for talk in talks if len(talk) > 3]
    while len(made) < count:
        talk = draw.choice(pool)
        at = draw.randrange(0, min(len(talk) - 1, 12))
        if not 4 <= len(talk[at].words.split()) <= 80:
            continue
        kind = _PLANNED[len(made) % len(_PLANNED)]
        past = _voiced(talk[max(0, at - 4) : at], draw)
        made.append((*past, Exchange(talk[at].words, kind, draw.choice(VOICES), "", False)))
    return made
