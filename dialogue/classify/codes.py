"""What a counsellor's utterance does in motivational interviewing: question, reflection, input or other.

For watching the balance of reflections and questions, of our own replies and of people's. The weights remember, for
the utterances that they were trained on, the scores of a model that was not (five folds by transcript), so that
measuring on the training file is honest: :meth:`Codes.unseen`.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.classify.acts import encoder, mixed, read_file, softmax
from warmline.dialogue.classify.corpora import CODES
from warmline.dialogue.classify.linear import Linear, parse
from warmline.dialogue.classify.reader import MindReader
from warmline.speech.runtime.errors import CorruptWeights

Before = Sequence[tuple[bool, str]]
Floats = NDArray[np.float32]
LINEAR_SHARE = 0.4
"""Share of the linear model in the scores, where the encoder is there."""


@dataclass(frozen=True, slots=True)
class Codes:
    """``encoder`` None where its weights are not to be had. ``known``: scores float32[4] of training utterances by
    models that were not trained on them, by :func:`key`."""

    linear: Linear
    encoder: MindReader | None
    known: Mapping[int, Floats]

    def read(self, text: str, before: Before = ()) -> Mapping[str, float]:
        """Probability by code, summing to 1."""
        found = softmax(self.scores(text, before))
        return MappingProxyType(dict(zip(CODES, found.tolist(), strict=True)))

    def scores(self, text: str, before: Before) -> Floats:
        """Log-odds up to a constant, float32[4]."""
        plain = self.linear.scores(text, before)
        if self.encoder is None:
            return plain
        return mixed(plain, self.encoder.done(text, before)[1], LINEAR_SHARE)

    def unseen(self, text: str, before: Before) -> Floats | None:
        """The scores of a model that never saw this utterance, if it is one of those trained on; else None."""
        return self.known.get(key(text, before))


def key(text: str, before: Before) -> int:
    """A number for an utterance in its place."""
    return zlib.crc32("\n".join([*(line for _, line in before), text]).encode())


@cache
def codes() -> Codes:
    """The shipped classifier, verified. Raises CorruptWeights; without the encoder's weights it is the linear one."""
    return Codes(parse(read_file("codes.npz")), encoder(), parse_known(read_file("codes_unseen.npz")))


def parse_known(data: bytes) -> Mapping[int, Floats]:
    """Raises CorruptWeights."""
    try:
        with np.load(BytesIO(data), allow_pickle=False) as stored:
            keys, scores = stored["keys"].tolist(), stored["scores"].astype(np.float32)
        return MappingProxyType(dict(zip(keys, scores, strict=True)))
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise CorruptWeights(f"the scores kept for codes are damaged ({error}): install warmline again") from error
