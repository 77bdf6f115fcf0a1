"""All vocal events of a stretch of audio and its words: pauses, fillers, repairs, cries, laughs, coughs, whispers.

Sounds need the weights of the audio tagger ("yamnet"); without them everything else is still told, and
:attr:`EventDetector.hears_sounds` says so. It holds no state between stretches and never raises on odd audio.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.events.audio_tagger import CLASSES, AudioTagger, AudioTaggerConfig
from warmline.emotion.events.pauses import filled_pauses, long_pauses, repairs
from warmline.emotion.events.sounds import NOTHING, Sound, sound, sound_events
from warmline.emotion.events.voice import whisper
from warmline.emotion.pitch import Frames, analyse
from warmline.emotion.prosody import speech_frames
from warmline.emotion.types import VocalEvent
from warmline.speech.runtime.errors import MissingWeights
from warmline.speech.types import Samples, Word

_log = logging.getLogger(__name__)


class EventDetector:
    """``sounds``: also listen for cries, laughs and coughs. Raises CorruptWeights when built; weights that were never
    fetched are only told in the log, because a call can do without."""

    def __init__(self, sounds: bool = True, config: AudioTaggerConfig | None = None) -> None:
        self._tagger = _tagger(config) if sounds else None

    @property
    def hears_sounds(self) -> bool:
        return self._tagger is not None

    def detect(self, samples: Samples, start: int = 0, words: Sequence[Word] = ()) -> tuple[VocalEvent, ...]:
        """Events of float32[n] at 16 kHz whose first sample lies at stream index ``start``, by time."""
        frames = analyse(samples)
        return self.detect_in(samples, frames, speech_frames(frames), start, words)

    def detect_in(
        self, samples: Samples, frames: Frames, spoken: NDArray[np.bool_], start: int, words: Sequence[Word] = ()
    ) -> tuple[VocalEvent, ...]:
        """The same where the audio was analysed already; ``spoken``: bool[T], the frames that carry speech."""
        scores = self._scores(samples)
        found = (
            *long_pauses(spoken, start),
            *filled_pauses(words),
            *repairs(words),
            *sound_events(scores, start, start + len(samples)),
            *whisper(frames, spoken, start, sound(scores).speech),
        )
        return tuple(sorted(found, key=lambda event: (event.start, event.kind)))

    def sound(self, samples: Samples) -> Sound:
        """What a short stretch was: speech, or a cry, a laugh, a cough, a breath. Costs half a millisecond for each
        half second; blocking. Claims nothing without the weights."""
        return sound(self._scores(samples)) if self._tagger is not None else NOTHING

    def _scores(self, samples: Samples) -> NDArray[np.float32]:
        return self._tagger.scores(samples) if self._tagger is not None else np.zeros((0, CLASSES), np.float32)


def _tagger(config: AudioTaggerConfig | None) -> AudioTagger | None:
    try:
        return AudioTagger(config)
    except MissingWeights as error:
        _log.warning("cries, laughs and coughs are not heard: %s", error)
        return None
