"""A last resort for languages without a better voice: the program espeak-ng, where the machine has it.

It is a program of its own (GPL), started for each sentence; nothing of it is shipped or linked. It sounds like a robot
and can show no tone, so an operator has to choose it. Rate and volume can be set. Word ends are estimated from the
lengths of the words, because the program does not tell them. The words go to it through a pipe, never on its command
line.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.signal import resample_poly

from warmline.dialogue.languages import ENDS
from warmline.dialogue.speakable import speakable
from warmline.dialogue.types import ReplySegment
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import SettingsError, VoiceError
from warmline.speech.types import Samples
from warmline.tts.level import faded, levelled, silence, speech_span
from warmline.tts.styling import Controls, controls_of, pause_after_s
from warmline.tts.types import VOICE_RATE, SpokenChunk, SpokenWord
from warmline.tts.voice.base import Capabilities

VARIANTS: Final = {"en": "en-us", "es": "es-419", "de": "de", "zh": "cmn"}
"""The program's name for the variant of each language."""

TIMEOUT_S: Final = 10.0
_SENTENCE = re.compile(rf"[^{re.escape(ENDS)}]+[{re.escape(ENDS)}]*[\"”’“』」)]*")
_WORD = re.compile(r"[\u3400-\u9fff][，。！？；：、…]*|[^\s\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class EspeakConfig:
    """``program``: its name or path. ``words_per_minute``: the neutral rate."""

    program: str = "espeak-ng"
    words_per_minute: int = 150


class EspeakVoice:
    """Speaks sentence by sentence in the language of the segment. Raises SettingsError where the program is missing."""

    def __init__(self, config: EspeakConfig) -> None:
        found = shutil.which(config.program)
        if found is None:
            raise SettingsError(
                f"there is no program {config.program!r} on this machine: install espeak-ng (on Debian: "
                "apt-get install espeak-ng), or set another voice"
            )
        self._program = found
        self._config = config

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(frozenset({"pace", "volume"}), frozenset(VARIANTS), streams=True)

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        variant = VARIANTS.get(segment.language)
        if variant is None:
            raise VoiceError(f"this voice does not speak {segment.language!r}: it speaks {', '.join(VARIANTS)}")
        controls = controls_of(segment.style)
        parts = [part.strip() for part in _SENTENCE.findall(speakable(segment.text)) if _sayable(part)]
        for place, text in enumerate(parts):
            if cancel:
                cancel.check()
            audio = self._sentence(text, variant, controls)
            if not len(audio):
                continue
            last = segment.last and place + 1 == len(parts)
            pause = silence(0.0 if last else pause_after_s(text.translate(_NARROW), controls))
            yield SpokenChunk(segment.turn, segment.index, np.concatenate([audio, pause]), _words(text, len(audio)))

    def close(self) -> None:
        """Nothing is held open."""

    def _sentence(self, text: str, variant: str, controls: Controls) -> Samples:
        rate = round(self._config.words_per_minute * controls.speed)
        command = [self._program, "-v", variant, "-s", str(rate), "--stdin", "--stdout", "-b", "1"]
        try:
            done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=TIMEOUT_S, check=True)
            with wave.open(io.BytesIO(done.stdout)) as file:
                hertz = file.getframerate()
            # the header of a stream does not know its length
            pcm = np.frombuffer(done.stdout[44 : 44 + (len(done.stdout) - 44) // 2 * 2], np.int16)
        except (OSError, subprocess.SubprocessError, wave.Error, EOFError) as error:
            raise VoiceError(f"espeak-ng failed ({type(error).__name__}): try espeak-ng -v {variant}") from error
        speech = resample_poly(pcm.astype(np.float32) / 32768.0, VOICE_RATE // 150, hertz // 150).astype(np.float32)
        start, stop = speech_span(speech)
        return faded(levelled(speech[start:stop], controls.gain_db)) if stop > start else speech[:0]


_NARROW = str.maketrans("。！？，；：", ".!?,;:")


def _sayable(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _words(text: str, samples: int) -> tuple[SpokenWord, ...]:
    """The words with their ends, spread over the audio by their lengths."""
    words = [word for word in _WORD.findall(text) if _sayable(word)]
    ends = np.cumsum([len(word) + 1 for word in words])
    return tuple(
        SpokenWord(word, round(samples * end / ends[-1])) for word, end in zip(words, ends.tolist(), strict=True)
    )
