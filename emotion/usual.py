"""A caller's usual sound: a running mean over what was heard of them so far, and what is said in their own terms.

Pure and causal: an utterance is read against those before it, never against itself or later ones. The mean is held
towards that of the training data as if :data:`PRIOR` utterances like it had been heard, so that the first turns change
little. It does not know what the person felt meanwhile: somebody who is sad throughout comes to count as usual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmline.emotion.head import Floats

PRIOR = 4.0


@dataclass(frozen=True, slots=True)
class Usual:
    """``count`` utterances heard; ``offset``: float32[inputs], the sum of their rows less the training mean."""

    count: int
    offset: Floats

    @classmethod
    def nobody(cls, inputs: int) -> Usual:
        """Of a caller who was not heard yet."""
        return cls(0, np.zeros(inputs, np.float32))

    def after(self, row: Floats, mean: Floats) -> Usual:
        """With one utterance more; values of ``row`` that were not measured count as the training mean."""
        return Usual(self.count + 1, self.offset + np.where(np.isfinite(row), row - mean, np.float32(0.0)))

    @property
    def shift(self) -> Floats:
        """float32[inputs] to take off a row (the first places off the frames) to have it in the caller's own terms."""
        return np.asarray(self.offset / (self.count + PRIOR), np.float32)
