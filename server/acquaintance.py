"""The caller's voice as this call has come to know it, and whether another voice is theirs.

Only where the operator chose a diariser and the person lets their voice be read; a voiceprint lives as long as the
call, in memory. Somebody whom it takes for another is ignored a few times, never for good: it may be wrong."""

from __future__ import annotations

from typing import Final

from warmline.speech.diarize.base import Diariser
from warmline.speech.diarize.caller import Caller, Who, enrolled, judged
from warmline.speech.types import Samples

IGNORED_IN_A_ROW: Final = 3
"""After so many turns that were not the caller's the next is taken: perhaps the phone was handed on, or we err."""


class Acquaintance:
    """Blocking, a few milliseconds each; one at a time. Without a diariser nothing is ever known."""

    def __init__(self, diariser: Diariser | None, consent: bool) -> None:
        self._diariser = diariser if consent else None
        self._caller = Caller()
        self._ignored = 0

    def learn(self, audio: Samples) -> None:
        """A turn of the caller's was answered."""
        if self._diariser is not None:
            self._caller = enrolled(self._caller, self._diariser.voiceprint(audio), self._diariser)

    def probability(self, audio: Samples) -> float | None:
        """That this voice is the caller's; None where nothing can be said."""
        if self._diariser is None or self._caller.voice is None:
            return None
        evidence = judged(self._caller, self._diariser.voiceprint(audio), self._diariser)
        return None if evidence.score is None else evidence.probability

    def is_somebody_else(self, audio: Samples) -> bool:
        """Was this turn another's, so that it is not answered?"""
        if self._diariser is None or self._caller.voice is None:
            return False
        evidence = judged(self._caller, self._diariser.voiceprint(audio), self._diariser)
        if evidence.who is not Who.SOMEONE_ELSE or self._ignored >= IGNORED_IN_A_ROW:
            self._ignored = 0
            return False
        self._ignored += 1
        return True
