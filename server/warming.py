"""The first work of every model, before anybody calls: as much at once as calls will ask of it.

The first run of a model is several times slower than the next, and what a model allocates for its largest input stays
with the process. So both are had here, where nobody waits and an operator sees the memory that calls need. Does not
know how much that is.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from warmline.dialogue.prompt.wording import line
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import NEUTRAL, ReplySegment
from warmline.emotion.tagger.base import Tagger
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.asr.base import Batching, Recogniser
from warmline.speech.audio.resample import resampled
from warmline.speech.runtime.clock import WallClock
from warmline.speech.runtime.cores import MEET
from warmline.speech.turn.base import TurnDetector
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, Utterance, samples_of
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.base import Voice

SENTENCES: Final = (8, 20, 45)
"""Words of the sentences that the voice says: no reply of ours has longer ones."""

PATIENCE_S: Final = 1.0
"""A voice that has taken so long says no longer sentence: it is none for this machine, or loads as it speaks."""

HEARD: Final = samples_of(9.0)
"""Audio of one call in a batch; with the room after it that is the shortest window of Whisper, the usual one."""

PASSAGE: Final = 120
"""Words of a turn, beyond which the planner's models read no more."""


def ears_and_voice(
    recogniser: Recogniser, tagger: Tagger, turn: TurnDetector, voice: Voice, language: str = "en"
) -> None:
    """Let the voice speak, and recognition hear as many calls at once as ever meet; blocking, a second or two."""
    noise = np.random.default_rng(0).normal(0.0, 0.05, HEARD).astype(np.float32)
    said = _said(voice, language)
    audio = AudioChunk(noise[: samples_of(2.0)])
    heard = recogniser.decode(audio)
    tagger.tag(Utterance(0, heard.text, heard.words, audio, speech=((0, len(audio.samples)),), features=heard.features))
    turn.score(audio.samples, heard.features)
    if isinstance(recogniser, Batching):
        voiced = 0.2 * noise
        voiced[: len(said)] += said[:HEARD]
        recogniser.decode_many([AudioChunk(voiced)] * MEET)


def planning(supporter: Supporter, language: str = "en") -> None:
    """Let the small models that screen and plan read the longest turn that they take; blocking, some 100 ms."""
    supporter.assess(_words(PASSAGE, language), ParalinguisticTags.unknown(), ())


def _said(voice: Voice, language: str) -> Samples:
    """The last of what the voice says, float32[n] at 16 kHz."""
    clock = WallClock()
    begun_s, last = clock.now_s(), np.zeros(0, np.float32)
    for words in SENTENCES:
        segment = ReplySegment(0, 0, f"{_words(words, language)}.", NEUTRAL, True, "fallback", language=language)
        last = np.concatenate([chunk.audio for chunk in voice.speak(segment)] or [last])
        if clock.now_s() - begun_s > PATIENCE_S:
            break
    return resampled(AudioChunk(last, VOICE_RATE), SAMPLE_RATE).samples


def _words(count: int, language: str) -> str:
    """So many words of one sentence, of our own: those of the apology, over and over. Of a language that is written
    without spaces, so many characters."""
    said = "".join(sign for sign in line("call", "apology", (), language) if sign.isalnum() or sign in " '’")
    parts, between = (said.split(), " ") if " " in said else (list(said), "")
    return between.join((parts * -(-count // len(parts)))[:count])
