"""The judge of what our replies do, for measuring and for preferring replies in training; never used in a call.

The same model as the checker of drafts (dialogue/kinds) with weights of its own: no labelled reply taught both, so a
reply that fooled the checker need not fool the judge, though both read with one encoder. Its errors are on its card.
"""

from __future__ import annotations

import functools

from warmline.dialogue.kinds.model import Kinds, load
from warmline.emotion.text.reader import shipped_folder


@functools.cache
def kinds() -> Kinds:
    """The shipped judge. Raises MissingWeights or CorruptWeights."""
    return load(shipped_folder("warmline.dialogue.evaluate.weights"), "kinds.npz")
