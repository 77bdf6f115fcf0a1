"""Audio as it lies on a line: encodings and rates, to and from float32."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from warmline.speech.audio.codec import decode_alaw, decode_mulaw, encode_alaw, encode_mulaw
from warmline.speech.audio.pcm import from_pcm16, to_pcm16
from warmline.speech.types import Samples


@dataclass(frozen=True, slots=True)
class Format:
    """``decode``: bytes to float32 in [-1, 1); ``encode``: the way back, clipped. ``width``: bytes of a sample."""

    type: str
    rate: int
    decode: Callable[[bytes], Samples]
    encode: Callable[[Samples], bytes]
    width: int


def linear(rate: int) -> Format:
    """16 bits, little-endian."""
    return Format("audio/pcm", rate, _from_linear, _to_linear, 2)


PCMU: Final = Format("audio/pcmu", 8_000, decode_mulaw, encode_mulaw, 1)
PCMA: Final = Format("audio/pcma", 8_000, decode_alaw, encode_alaw, 1)


def _from_linear(data: bytes) -> Samples:
    return from_pcm16(np.frombuffer(data, "<i2").astype(np.int16))


def _to_linear(samples: Samples) -> bytes:
    return to_pcm16(samples).astype("<i2").tobytes()
