"""Audio files of every kind a person may give, and the line each bad one gets."""

from __future__ import annotations

import errno
import logging
import os
import struct
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from warmline.speech.audio.files import iter_audio, read_audio, write_text, write_wav
from warmline.speech.runtime.errors import StorageError, UnreadableInput
from warmline.speech.types import Samples


def tone(seconds_s: float, rate: int = 16_000, hz: float = 440.0, amplitude: float = 0.5) -> Samples:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds_s * rate)) / rate)).astype(np.float32)


def encode(path: Path, codec: str, rate: int, channels: int, seconds_s: float = 1.0) -> None:
    """A tone in any container and codec; the right channel is silent when there are two."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate, layout="stereo" if channels == 2 else "mono")
        data = np.zeros((channels, round(seconds_s * rate)), np.float32)
        data[0] = tone(seconds_s, rate)
        frame = av.AudioFrame.from_ndarray(data, format="fltp", layout="stereo" if channels == 2 else "mono")
        frame.sample_rate = rate
        frame.time_base = Fraction(1, rate)
        fifo = av.AudioFifo()
        fifo.write(frame)
        size = stream.codec_context.frame_size or 1024
        to_format = av.AudioResampler(format=stream.codec_context.format, layout=frame.layout, rate=rate)
        while (piece := fifo.read(size, partial=True)) is not None:
            for converted in to_format.resample(piece):
                out.mux(stream.encode(converted))
        out.mux(stream.encode(None))


def strength(samples: Samples, hz: float) -> float:
    """Amplitude of one tone, away from the edges."""
    inner = samples[1600:-1600].astype(np.float64)
    phase = np.exp(-2j * np.pi * hz * np.arange(len(inner)) / 16_000)
    return float(2 * np.abs(np.mean(inner * phase)))


@pytest.mark.parametrize(
    ("name", "codec", "rate", "channels", "amplitude"),
    [
        ("a.wav", "pcm_s16le", 16_000, 1, 0.5),
        ("a.wav", "pcm_s16le", 44_100, 2, 0.25),
        ("a.wav", "pcm_f32le", 48_000, 1, 0.5),
        ("a.wav", "pcm_mulaw", 8_000, 1, 0.5),
        ("a.flac", "flac", 44_100, 2, 0.25),
        ("a.ogg", "libopus", 48_000, 1, 0.5),
        ("a.webm", "libopus", 48_000, 1, 0.5),
        ("a.mp3", "libmp3lame", 44_100, 2, 0.25),
        ("a.m4a", "aac", 44_100, 1, 0.5),
    ],
)
def test_any_container_rate_and_number_of_channels(
    tmp_path: Path, name: str, codec: str, rate: int, channels: int, amplitude: float
) -> None:
    encode(tmp_path / name, codec, rate, channels)
    audio = read_audio(tmp_path / name)
    assert (audio.sample_rate, audio.start, audio.samples.dtype, audio.samples.ndim) == (16_000, 0, np.float32, 1)
    assert audio.duration_s == pytest.approx(1.0, abs=0.1)
    assert strength(audio.samples, 440) == pytest.approx(amplitude, rel=0.15)


def test_our_own_wav_comes_back_exactly(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(1.0), 16_000)
    assert np.abs(read_audio(tmp_path / "a.wav").samples - tone(1.0)).max() <= 0.5 / 32768 + 1e-7
    with wave.open(str(tmp_path / "a.wav")) as opened:
        assert opened.getparams()[:4] == (1, 2, 16_000, 16_000)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.parametrize("samples", [np.zeros(16_000, np.float32), np.clip(tone(1.0, amplitude=4.0), -1, 1)])
def test_silence_and_clipped_audio_are_audio(tmp_path: Path, samples: Samples) -> None:
    write_wav(tmp_path / "a.wav", samples, 16_000)
    assert len(read_audio(tmp_path / "a.wav").samples) == 16_000


@pytest.mark.parametrize("frame", [100, 1024, 16_000, 100_000])
def test_pieces_join_to_the_whole(tmp_path: Path, frame: int) -> None:
    encode(tmp_path / "a.flac", "flac", 44_100, 1, seconds_s=1.3)
    whole = read_audio(tmp_path / "a.flac").samples
    pieces = list(iter_audio(tmp_path / "a.flac", frame=frame))
    assert all(len(piece) == frame for piece in pieces[:-1])
    assert 0 < len(pieces[-1]) <= frame
    assert np.array_equal(np.concatenate(pieces), whole)


def refused(path: Path, **limits: float) -> str:
    with pytest.raises(UnreadableInput) as caught:
        read_audio(path, **limits)
    line = str(caught.value)
    assert "\n" not in line
    assert str(path) in line
    assert caught.value.exit_status == 2
    return line


def test_missing_folder_and_empty(tmp_path: Path) -> None:
    assert "there is no file" in refused(tmp_path / "no.wav")
    assert "is a folder" in refused(tmp_path)
    (tmp_path / "empty.wav").write_bytes(b"")
    assert "is empty" in refused(tmp_path / "empty.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    assert "no regular file" in refused(tmp_path / "pipe.wav")


@pytest.mark.parametrize(
    "data",
    [b"these are words, and no audio\n" * 50, bytes(10_000), np.random.default_rng(1).bytes(20_000), b"RIFF", b"OggS"],
)
def test_what_is_no_audio(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    line = refused(path)
    assert "no audio" in line
    assert "give a recording" in line


def test_a_picture_has_no_audio_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with av.open(str(path), "w", format="image2") as out:
        stream = out.add_stream("png", rate=1)
        stream.width = stream.height = 16
        stream.pix_fmt = "rgb24"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")))
        out.mux(stream.encode(None))
    assert "has no audio in it" in refused(path)


def test_a_wav_header_without_samples(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.zeros(0, np.float32), 16_000)
    assert "no audio" in refused(tmp_path / "a.wav")


def test_too_short_says_how_short(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(0.1), 16_000)
    line = refused(tmp_path / "a.wav")
    assert "is 0.10 s long" in line
    assert "at least 0.2 s" in line
    assert len(read_audio(tmp_path / "a.wav", shortest_s=0.05).samples) == 1600


def test_too_long_is_refused_by_what_the_file_tells(tmp_path: Path) -> None:
    """Two hours of silence in a sparse file: nothing of it is decoded."""
    path, size = tmp_path / "long.wav", 2 * 3600 * 16_000 * 2
    write_wav(path, np.zeros(16, np.float32), 16_000)
    header = bytearray(path.read_bytes()[:44])
    header[4:8], header[40:44] = struct.pack("<I", size + 36), struct.pack("<I", size)
    with path.open("wb") as out:
        out.write(header)
        out.truncate(44 + size)
    assert "is 7,200 s long and the limit is 3,600 s" in refused(path)
    pieces = iter_audio(path, frame=16_000)
    assert len(next(pieces)) == 16_000  # without a limit it streams
    pieces.close()  # type: ignore[attr-defined]


def test_a_header_that_exaggerates_is_not_believed(tmp_path: Path) -> None:
    """A WAV written to a pipe claims the greatest length there is."""
    path = tmp_path / "piped.wav"
    write_wav(path, tone(1.0), 16_000)
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = b"\xf0\xff\xff\x7f"
    path.write_bytes(data)
    assert len(read_audio(path).samples) == 16_000


def test_too_long_is_noticed_while_decoding_where_the_file_does_not_tell(tmp_path: Path) -> None:
    path = tmp_path / "stream.aac"
    encode(path, "aac", 16_000, 1, seconds_s=5.0)
    assert "the limit is 2 s" in refused(path, limit_s=2.0)


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [("a.flac", "flac", 16_000), ("a.mp3", "libmp3lame", 16_000), ("a.webm", "libopus", 48_000)],
)
def test_a_damaged_middle_is_left_out_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, codec: str, rate: int
) -> None:
    path = tmp_path / name
    encode(path, codec, rate, 1, seconds_s=4.0)
    with caplog.at_level(logging.WARNING):
        read_audio(path)
        assert caplog.text == ""
        data = bytearray(path.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 400] = np.random.default_rng(3).bytes(400)
        path.write_bytes(data)
        audio = read_audio(path)
    assert 1.5 < audio.duration_s < 4.1
    assert "is damaged" in caplog.text


def test_a_truncated_file_gives_what_is_there_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.ogg"
    encode(path, "libopus", 48_000, 1, seconds_s=4.0)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert 1.0 < read_audio(path).duration_s < 3.0
    path = tmp_path / "a.flac"
    encode(path, "flac", 16_000, 1, seconds_s=4.0)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with caplog.at_level(logging.WARNING):
        assert 1.0 < read_audio(path).duration_s < 3.0
    assert "is damaged" in caplog.text


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, tone(1.0), 16_000)

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("av.open", refuse)
    assert "may not be read" in refused(path)


def test_writing_where_one_cannot(tmp_path: Path) -> None:
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "file").write_bytes(b"x")
    for place in (tmp_path / "file" / "a.wav", tmp_path / "folder.wav"):
        with pytest.raises(StorageError, match="could not be written"):
            write_wav(place, tone(0.1), 16_000)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.wav"]


def test_a_missing_folder_is_made_and_channels_are_kept(tmp_path: Path) -> None:
    write_wav(tmp_path / "new" / "a.wav", np.stack([tone(0.5), -tone(0.5)], axis=1), 16_000)
    with wave.open(str(tmp_path / "new" / "a.wav")) as opened:
        assert opened.getparams()[:4] == (2, 2, 16_000, 8_000)
    assert np.abs(read_audio(tmp_path / "new" / "a.wav").samples).max() <= 1 / 32768


def test_text_is_written_whole(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b.txt", "naïve\n")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "naïve\n".encode()


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, tone(0.5), 16_000)
    before = path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match=r"No space left on device\): make room"):
        write_wav(path, tone(1.0), 16_000)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the always-full device is Linux's")
def test_a_full_device_is_an_error_and_stays_a_device() -> None:
    with pytest.raises(StorageError, match="No space left"):
        write_wav("/dev/full", tone(0.1), 16_000)
    assert Path("/dev/full").is_char_device()


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "a.wav").symlink_to(tmp_path / "real" / "b.wav")
    write_wav(tmp_path / "a.wav", tone(0.5), 16_000)
    assert (tmp_path / "a.wav").is_symlink()
    assert (tmp_path / "real" / "b.wav").is_file()
