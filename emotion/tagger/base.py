"""The protocol of taggers: an utterance in, paralinguistic tags out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from warmline.emotion.types import ParalinguisticTags
from warmline.speech.types import Utterance


class Tagger(Protocol):
    """Hears how. Blocking; called on a worker thread; holds no state between utterances."""

    def tag(self, utterance: Utterance, before: Sequence[tuple[bool, str]] = ()) -> ParalinguisticTags:
        """Never raises on odd audio (silence, noise, 0.1 s): it abstains instead.

        ``before``: the last lines of the call, oldest first, as (by the person, text), for reading the words.
        """
        ...

    def close(self) -> None: ...
