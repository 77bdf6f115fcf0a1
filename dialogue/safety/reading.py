"""Text as the safety encoder reads it: lower case, words for means of harm as tokens, in pieces of one vocabulary for
English, Spanish, German and Chinese.

The pieces are those of XLM-R that our languages use. Knows nothing about weights or what is looked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from warmline.dialogue.safety.folded import covered_run, placeholders
from warmline.dialogue.safety.means import covered
from warmline.emotion.text.tokens import Packed, Passage, Pieces, Room, Special

START, PAD, END, UNKNOWN = range(4)
"""The first ids of the vocabulary."""

ROOM = Room(first=94, total=96)
"""Most pieces of a text; of a longer one the first and the last 47 are read."""

_WORD = re.compile(r"[a-z0-9äöüßáéíóúñ]+(?:'[a-z]+)?")
_RUN = re.compile(r"[㐀-鿿]+")


def written(text: str) -> str:
    """The form that is read. Never raises."""
    plain = unicodedata.normalize("NFKC", placeholders(text)).lower().replace("’", "'").replace("‘", "'")
    plain = _WORD.sub(lambda match: covered(match[0]), plain)
    return " ".join(_RUN.sub(lambda match: covered_run(match[0]), plain).split())


def packed(pieces: Pieces, text: str) -> Packed:
    """A text as one sequence of at least three pieces."""
    return pieces.pack((Passage(written(text) or "."),), ROOM)


def unigrams(vocabulary: Sequence[str], chances: Sequence[float]) -> Pieces:
    """The tokenizer over ``vocabulary`` (its order gives the ids) with the log of each piece's chance."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.Unigram(list(zip(vocabulary, chances, strict=True)), UNKNOWN, False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return Pieces(tokenizer, Special(START, END))
