"""Writes a call as a stereo file: the caller left, the reply right, on one clock."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from warmline.server.transport.caller import Recording
from warmline.speech.audio.files import write_wav
from warmline.speech.audio.resample import resampled
from warmline.speech.types import AudioChunk
from warmline.tts.types import VOICE_RATE


def write_stereo(path: Path, recording: Recording) -> None:
    """16-bit stereo at VOICE_RATE. Raises StorageError."""
    caller = resampled(AudioChunk(recording.caller), VOICE_RATE).samples
    length = max(len(caller), len(recording.reply))
    both = np.zeros((length, 2), np.float32)
    both[: len(caller), 0] = caller
    both[: len(recording.reply), 1] = recording.reply
    write_wav(path, both, VOICE_RATE)
