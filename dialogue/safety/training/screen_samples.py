"""What the screen's model learns from: sentences of our own writing, and, where files are given, lines of everyday
talk in which nobody is in danger; and how each of them is changed anew every time it is read.

``said.tsv`` and the thoughts: what callers say, level 0-3. ``calls.tsv``: lines of whole calls. ``requests.tsv`` and
the thoughts that are asked of us: safe or unsafe. ``replies.py``: sentences of replies, harmful or not.
"""

from __future__ import annotations

import math
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

from warmline.dialogue.safety.folded import is_han
from warmline.dialogue.safety.noise import noisy
from warmline.dialogue.safety.risk_reader import KINDS as RISKS
from warmline.dialogue.safety.risk_reader import LABELS
from warmline.dialogue.safety.training import calls, replies, thoughts
from warmline.dialogue.safety.training.samples import requests, said
from warmline.dialogue.safety.training.thoughts import TRAIN, VALID, Wording
from warmline.speech.runtime.errors import UnreadableInput

KINDS: Mapping[str, str] = {
    **dict.fromkeys(("explicit", "indirect", "coded", "retracted", "means_question", "self_harm"), "self"),
    "third_party": "other",
    "harm_to_others": "harm",
    "abuse": "abuse",
    **dict.fromkeys(("medical", "overdose"), "medical"),
    "eating": "eating",
    **dict.fromkeys(("psychosis", "mania"), "mind"),
}
"""The kind that each kind of row is of for the screen."""

EVERYDAY = "everyday"
CALL = "call"
"""The kind of a harmless line of a call: harder than everyday talk, so no cut-off is bound by it."""

REPLY = "reply"
"""How the kinds of sentences of replies begin."""

ALIKE = 0.6
"""Share of words in common from which a sentence of ``said.tsv`` is taken for one that is held apart: left out."""

_LESS = 0.4
"""Weight of a line of everyday talk beside a sentence of ours."""

_NOTHING: Mapping[str, bool] = dict.fromkeys(LABELS, False)

_FILLERS = {
    "en": ("um", "well", "you know", "honestly", "i mean", "like", "so", "okay", "yeah", "i guess", "look", "right"),
    "es": ("pues", "bueno", "mira", "es que", "eh", "no sé"),
    "de": ("also", "naja", "ähm", "ehrlich gesagt", "weißt du", "ja"),
    "zh": ("嗯", "那个", "其实", "说实话"),
}
_RATES = (0.06, 0.1, 0.16)


@dataclass(frozen=True, slots=True)
class Heard:
    """``answers``: yes or no by label; a label that is not there is not learnt from this text. ``part``: train, valid
    or held. ``level``: 0-3, -1 where there is none. ``unsafe``: of a request."""

    text: str
    answers: Mapping[str, bool]
    part: str
    kind: str
    language: str = "en"
    level: int = -1
    unsafe: bool = False
    weight: float = 1.0


def samples(behind: Sequence[Path] = ()) -> list[Heard]:
    """Everything the model learns from, and what is held apart. ``behind``: files of everyday talk, a line each, text
    up to the first tab; lines that the rules find risk in must be left out before. Raises UnreadableInput."""
    found = [_said(one) for one in thoughts.said()]
    found += [_asked(one) for one in thoughts.asked()]
    apart: dict[int, list[frozenset[str]]] = defaultdict(list)
    for one in thoughts.wordings():
        if one.part != TRAIN and not one.apart:
            words = _words(one.text)
            apart[len(words)].append(words)

    def new(rows: Sequence[Mapping[str, str]]) -> Iterator[Wording]:
        for row in rows:
            words = _words(row["text"])
            near = range(math.ceil(ALIKE * len(words)), int(len(words) / ALIKE) + 1)
            if not any(_alike(words, other) for size in near for other in apart.get(size, ())):
                yield Wording(row["text"], row["label"], row["kind"], row["language"], "")

    found += [replace(_said(one), part=TRAIN) for one in new(said())]
    found += [replace(_asked(one), part=TRAIN) for one in new(requests())]
    found += [
        Heard(one.text, {"harmful": one.label == "unsafe"}, one.part, f"{REPLY}: {one.kind}", one.language)
        for one in replies.sentences()
    ]
    found += [_in_call(one) for one in calls.lines() if one.plain]
    return [*found, *map(_everyday, _lines(behind))]


def changed(sample: Heard, around: Sequence[str], chance: random.Random) -> str:
    """The text as it may be heard another time: with a filler, beside a line of other talk, with words lost, misheard,
    or as a recogniser writes it. ``around``: lines of other talk; English is joined with one, now and then."""
    text, language = sample.text, sample.language
    if sample.kind.startswith(REPLY):
        return text
    if chance.random() < 0.15:
        text = f"{chance.choice(_FILLERS[language])}{'' if language == 'zh' else ' '}{text}"
    if language == "en" and around and sample.level >= 0 and chance.random() < 0.15:
        other = " ".join(chance.choice(around).split()[:14])
        text = f"{other} {text}" if chance.random() < 0.5 else f"{text} {other}"
    if language != "zh" and len(text.split()) > 5 and chance.random() < 0.25:
        text = " ".join(word for word in text.split() if chance.random() > 0.08)
    way = chance.random()
    if way < 0.45:
        return noisy(text, chance.choice(_RATES), chance, language) or text
    return re.sub(r"[.,!?;:]", "", text) if way < 0.7 else text


def _in_call(one: calls.Line) -> Heard:
    """A line of a call that says the same by itself."""
    if not one.level:
        return Heard(one.text, _NOTHING, one.part, CALL, one.language, level=0, weight=_LESS)
    told = _said(Wording(one.text, str(one.level), one.kind, one.language, one.talk))
    return replace(told, part=one.part)


def _said(one: Wording) -> Heard:
    level = int(one.label)
    answers = {"risk": level > 0, "two": level > 1, "three": level > 2, "request": one.kind == "means_question"}
    answers |= {name: level > 0 and KINDS.get(one.kind) == name for name in RISKS}
    return Heard(one.text, answers, one.part, one.kind, one.language, level)


def _asked(one: Wording) -> Heard:
    unsafe = one.label == "unsafe"
    answers = {"request": True} if unsafe else dict.fromkeys(LABELS, False)
    if unsafe and one.kind in {"self_harm", "eating"}:
        answers |= {"risk": True, "two": True}
    return Heard(one.text, answers, one.part, f"asks: {one.kind}", one.language, unsafe=unsafe)


def _everyday(line: str) -> Heard:
    part = VALID if crc32(line.encode()) % 5 == 0 else TRAIN
    return Heard(line, _NOTHING, part, EVERYDAY, level=0, weight=_LESS)


def _words(text: str) -> frozenset[str]:
    """Its words; the signs of a text without spaces."""
    return frozenset(text if is_han(text) else text.lower().split())


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= ALIKE * len(one | other)


def _lines(files: Sequence[Path]) -> Iterator[str]:
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableInput(f"cannot read {path}: give a text file with a line an utterance") from error
        yield from (line.split("\t")[0].strip() for line in text.splitlines() if line.strip())
