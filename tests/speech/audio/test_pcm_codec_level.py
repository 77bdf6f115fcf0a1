"""Numbers of other kinds: 16-bit, mu-law, A-law, and how loud it is. FFmpeg's own tables are the reference."""

from __future__ import annotations

import math
from collections.abc import Callable

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from warmline.speech.audio import codec, level, pcm
from warmline.speech.types import Samples

ALL_CODES = bytes(range(256))

floats = arrays(np.float32, st.integers(0, 50), elements=st.floats(width=32))


def by_ffmpeg(name: str, data: bytes) -> np.ndarray:
    decoder = av.CodecContext.create(name, "r")
    decoder.sample_rate = 8000  # type: ignore[attr-defined]
    decoder.layout = "mono"  # type: ignore[attr-defined]
    frames = decoder.decode(av.Packet(data))
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


@pytest.mark.parametrize(("name", "decode"), [("pcm_mulaw", codec.decode_mulaw), ("pcm_alaw", codec.decode_alaw)])
def test_decoding_is_ffmpeg_s(name: str, decode: Callable[[bytes], Samples]) -> None:
    assert np.array_equal(pcm.to_pcm16(decode(ALL_CODES)), by_ffmpeg(name, ALL_CODES))


@pytest.mark.parametrize(
    ("encode", "decode", "twins"),
    [(codec.encode_mulaw, codec.decode_mulaw, {0x7F: 0xFF}), (codec.encode_alaw, codec.decode_alaw, {})],
)
def test_every_code_survives_a_round_trip(
    encode: Callable[[Samples], bytes], decode: Callable[[bytes], Samples], twins: dict[int, int]
) -> None:
    """Mu-law has two zeros; the negative one comes back as the positive one."""
    assert encode(decode(ALL_CODES)) == bytes(twins.get(code, code) for code in ALL_CODES)


@pytest.mark.parametrize(
    ("encode", "decode", "least"),
    [(codec.encode_mulaw, codec.decode_mulaw, 4 / 32768), (codec.encode_alaw, codec.decode_alaw, 16 / 32768)],
)
@given(samples=arrays(np.float32, 64, elements=st.floats(-0.96875, 0.96875, width=32)))
def test_the_error_is_that_of_logarithmic_quantisation(
    encode: Callable[[Samples], bytes], decode: Callable[[bytes], Samples], least: float, samples: Samples
) -> None:
    error = np.abs(decode(encode(samples)) - samples)
    assert np.all(error <= np.maximum((np.abs(samples) + 132 / 32768) / 32 + 1 / 32768, least))


@pytest.mark.parametrize(
    ("encode", "decode"), [(codec.encode_mulaw, codec.decode_mulaw), (codec.encode_alaw, codec.decode_alaw)]
)
def test_what_is_out_of_range_is_clipped_and_nan_is_silence(
    encode: Callable[[Samples], bytes], decode: Callable[[bytes], Samples]
) -> None:
    samples = np.array([9.0, -9.0, math.inf, -math.inf, math.nan], np.float32)
    out = decode(encode(samples))
    assert out[:4] == pytest.approx([0.98, -0.98, 0.98, -0.98], abs=0.02)
    assert abs(out[4]) < 0.001
    assert encode(np.zeros(0, np.float32)) == b""


@given(values=arrays(np.int16, st.integers(0, 100)))
def test_pcm16_round_trip_is_exact(values: pcm.Pcm16) -> None:
    assert np.array_equal(pcm.to_pcm16(pcm.from_pcm16(values)), values)


@given(samples=floats)
def test_cleaning_leaves_only_numbers_in_range(samples: Samples) -> None:
    out, count = pcm.cleaned(samples)
    assert np.all(np.abs(out) <= 1.0)
    assert out.dtype == np.float32
    assert count == sum(not abs(float(x)) <= 1.0 for x in samples)
    fine = np.abs(samples) <= 1.0
    assert np.array_equal(out[fine], samples[fine])
    assert np.all(out[np.isnan(samples)] == 0.0)


def sine(amplitude: float, offset: float = 0.0) -> Samples:
    return (amplitude * np.sin(2 * np.pi * 100 * np.arange(16_000) / 16_000) + offset).astype(np.float32)


def test_levels() -> None:
    full = level.measure(sine(1.0))
    assert full.rms_dbfs == pytest.approx(-3.01, abs=0.01)
    assert full.peak_dbfs == pytest.approx(0.0, abs=0.01)
    assert level.measure(sine(0.1)).rms_dbfs == pytest.approx(-23.01, abs=0.01)
    assert level.measure(sine(0.1, offset=0.5)).rms_dbfs == pytest.approx(-23.01, abs=0.01)


def test_silence_and_clipping() -> None:
    for silence in (np.zeros(0, np.float32), np.zeros(100, np.float32), np.full(100, 0.25, np.float32), sine(0.0005)):
        assert level.measure(silence).silent
    assert not level.measure(sine(0.01)).silent
    assert level.measure(np.clip(sine(2.0), -1, 1)).is_clipped
    assert not level.measure(sine(0.9)).is_clipped
    assert level.measure(np.zeros(3, np.float32)).rms_dbfs == level.FLOOR_DBFS


def decisions(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Decision and output values of one sign as ITU-T G.711 tables 1a and 2a build them, in 16 bits: segments of 16
    steps, each twice as wide as the one before; an output lies in the middle of its step."""
    if name == "mulaw":
        steps, scale = [1, *[2] * 15, *(step for k in range(7) for step in [4 << k] * 16)], 4
    else:
        steps, scale = [*[2] * 32, *(step for k in range(6) for step in [4 << k] * 16)], 8
    edges = scale * np.cumsum([0, *steps])
    outputs = (edges[:-1] + edges[1:]) // 2
    if name == "mulaw":
        outputs[0] = 0
    return edges, outputs


@pytest.mark.parametrize(
    ("name", "encode", "decode"),
    [("mulaw", codec.encode_mulaw, codec.decode_mulaw), ("alaw", codec.encode_alaw, codec.decode_alaw)],
)
def test_all_16_bit_values_fall_between_the_decision_values_of_the_standard(
    name: str, encode: Callable[[Samples], bytes], decode: Callable[[bytes], Samples]
) -> None:
    """A value on a decision value may fall to either side. What was coded once is coded to the same bytes for ever."""
    edges, outputs = decisions(name)
    assert np.array_equal(np.unique(np.abs(pcm.to_pcm16(decode(ALL_CODES)).astype(np.int32))), outputs)
    values = np.arange(-32768, 32768).astype(np.int16)
    coded = encode(pcm.from_pcm16(values))
    heard = pcm.to_pcm16(decode(coded)).astype(np.int32)
    size = np.abs(values.astype(np.int32))
    step = np.clip(np.searchsorted(edges, size, "right") - 1, 0, len(outputs) - 1)
    below = np.where(size == edges[step], np.maximum(step - 1, 0), step)
    assert np.all((np.abs(heard) == outputs[step]) | (np.abs(heard) == outputs[below]))
    assert np.all((heard >= 0) == (values >= 0) | (heard == 0))
    assert encode(decode(coded)) == encode(pcm.from_pcm16(heard.astype(np.int16)))
    assert np.array_equal(pcm.to_pcm16(decode(encode(decode(coded)))), heard)


def test_the_ends_of_the_tables_are_those_of_the_standard() -> None:
    """Table 1a and 2a: the greatest values, in 16 bits, and the codes of silence and full scale."""
    assert pcm.to_pcm16(codec.decode_alaw(b"\xaa\x2a\xd5\x55")).tolist() == [32256, -32256, 8, -8]
    assert pcm.to_pcm16(codec.decode_mulaw(b"\x80\x00\xff\x7f")).tolist() == [32124, -32124, 0, 0]


def test_what_we_encode_ffmpeg_hears() -> None:
    samples = sine(0.7)[:8000]
    theirs = by_ffmpeg("pcm_mulaw", codec.encode_mulaw(samples)).astype(np.float32) / 32768
    assert np.abs(theirs - samples).max() < 0.03
