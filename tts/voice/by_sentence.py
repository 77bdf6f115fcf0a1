"""A segment spoken sentence by sentence, by a voice that makes whole sentences at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from warmline.dialogue.types import ReplySegment
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import Samples
from warmline.tts.level import silence
from warmline.tts.spoken_text import said_words, sentences
from warmline.tts.styling import Controls, controls_of, pause_after_s
from warmline.tts.types import SaidWord, SpokenChunk, SpokenWord

Sentence = Callable[[tuple[SaidWord, ...], Controls], tuple[Samples, tuple[SpokenWord, ...]]]
"""Audio at VOICE_RATE and its words with their ends; no words where nothing could be said."""


def by_sentence(segment: ReplySegment, cancel: CancelFlag | None, sentence: Sentence) -> Iterator[SpokenChunk]:
    """One chunk a sentence, each but the turn's last with the pause that follows it. Raises Cancelled."""
    controls = controls_of(segment.style)
    parts = tuple(sentences(said_words(segment.text)))
    for place, words in enumerate(parts):
        if cancel:
            cancel.check()
        audio, spoken = sentence(words, controls)
        if not spoken:
            continue
        last = segment.last and place + 1 == len(parts)
        pause_s = 0.0 if last else pause_after_s(words[-1].said, controls)
        yield SpokenChunk(segment.turn, segment.index, np.concatenate([audio, silence(pause_s)]), spoken)
