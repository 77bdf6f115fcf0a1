"""Mu-law and A-law, the codecs of the telephone (ITU-T G.711), by tables over whole arrays.

Knows nothing about rates: both are normally used at 8 kHz, one byte a sample.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from warmline.speech.audio.pcm import Pcm16, from_pcm16, to_pcm16
from warmline.speech.types import Samples

_BIAS = 0x84
_CLIP = 32635


def encode_mulaw(samples: Samples) -> bytes:
    """Float32[n] in [-1, 1] as n bytes of mu-law."""
    return _encoded(samples, _mulaw_codes())


def decode_mulaw(data: bytes) -> Samples:
    """Mu-law bytes as float32[n] in [-1, 1]."""
    return from_pcm16(_mulaw_values()[np.frombuffer(data, np.uint8)])


def encode_alaw(samples: Samples) -> bytes:
    """Float32[n] in [-1, 1] as n bytes of A-law."""
    return _encoded(samples, _alaw_codes())


def decode_alaw(data: bytes) -> Samples:
    """A-law bytes as float32[n] in [-1, 1]."""
    return from_pcm16(_alaw_values()[np.frombuffer(data, np.uint8)])


def _encoded(samples: Samples, codes: NDArray[np.uint8]) -> bytes:
    return codes[to_pcm16(samples).view(np.uint16)].tobytes()


@cache
def _mulaw_values() -> Pcm16:
    """The 16-bit value of each of the 256 codes."""
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4 & 7).astype(np.int32), (code & 15).astype(np.int32)
    magnitude = ((mantissa << 3) + _BIAS << exponent) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


@cache
def _mulaw_codes() -> NDArray[np.uint8]:
    """The code of each 16-bit value, indexed by the value read as unsigned."""
    value = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(value), _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = magnitude >> (exponent + 3) & 15
    sign = np.where(value < 0, 0x80, 0)
    codes: NDArray[np.uint8] = (~(sign | exponent << 4 | mantissa) & 0xFF).astype(np.uint8)
    return codes


@cache
def _alaw_values() -> Pcm16:
    code = np.arange(256, dtype=np.uint8) ^ np.uint8(0x55)
    exponent, mantissa = (code >> 4 & 7).astype(np.int32), (code & 15).astype(np.int32)
    linear = (mantissa << 4) + 8
    magnitude = np.where(exponent == 0, linear, linear + 0x100 << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


@cache
def _alaw_codes() -> NDArray[np.uint8]:
    value = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.where(value < 0, -value - 1, value) >> 3  # 12 bits; ones' complement keeps both halves alike
    exponent = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    mantissa = magnitude >> np.maximum(exponent, 1) & 15
    sign = np.where(value < 0, 0, 0x80)
    codes: NDArray[np.uint8] = ((sign | exponent << 4 | mantissa) ^ 0x55).astype(np.uint8)
    return codes
