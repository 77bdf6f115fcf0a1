"""Audio files: anything that FFmpeg's libraries can decode comes in, 16-bit WAV goes out."""

from __future__ import annotations

import io
import logging
import os
import threading
import wave
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from warmline.speech.audio.pcm import cleaned, to_pcm16
from warmline.speech.runtime.errors import StorageError, UnreadableInput
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, seconds_of

_log = logging.getLogger(__name__)

SHORTEST_S = 0.2
"""Shorter recordings hold no word."""

LIMIT_S = 3600.0
"""Longer recordings are refused unless the caller sets another limit: they would not fit in memory in good time."""

_KINDS = "wav, mp3, ogg, m4a ..."

_FAILURES = (av.FFmpegError, OSError, ValueError)


def read_audio(path: str | Path, *, limit_s: float = LIMIT_S, shortest_s: float = SHORTEST_S) -> AudioChunk:
    """The whole recording as mono float32 at 16 kHz, from any container, codec, rate and number of channels.

    Parts that are damaged are left out, with a warning in the log. Raises UnreadableInput: missing, a folder, empty,
    no audio in it, shorter than ``shortest_s``, longer than ``limit_s``.
    """
    pieces = list(iter_audio(path, limit_s=limit_s))
    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    if len(samples) == 0:
        raise UnreadableInput(f"{path} has no audio that can be decoded: give a recording with speech in it")
    if seconds_of(len(samples)) < shortest_s:
        raise UnreadableInput(
            f"{path} is {seconds_of(len(samples)):.2f} s long: give a recording of at least {shortest_s:g} s"
        )
    return AudioChunk(samples)


def iter_audio(path: str | Path, *, frame: int = SAMPLE_RATE, limit_s: float | None = None) -> Iterator[Samples]:
    """The recording in pieces of ``frame`` samples (the last may be shorter), mono float32 at 16 kHz; memory stays
    bounded whatever its length. Raises UnreadableInput, before the first piece wherever the file tells enough."""
    place = Path(path)
    _check_file(place)
    held: list[Samples] = []
    count = total = 0
    with _opened(place) as container:
        stream = _audio_of(place, container)
        told_s = _told_s(container, stream)
        if limit_s is not None and told_s > limit_s:
            raise UnreadableInput(_too_long(place, f"{told_s:,.0f} s", limit_s))
        losses = _Losses()
        for samples in _decoded(container, stream, losses):
            held.append(samples)
            count += len(samples)
            total += len(samples)
            if limit_s is not None and seconds_of(total) > limit_s:
                raise UnreadableInput(_too_long(place, f"more than {limit_s:,.0f} s", limit_s))
            if count >= frame:
                whole = np.concatenate(held)
                ready = len(whole) // frame * frame
                yield from np.split(whole[:ready], ready // frame)
                held, count = [whole[ready:]], len(whole) - ready
    losses.say(place, told_s, seconds_of(total))
    if count:
        yield np.concatenate(held)


def _check_file(path: Path) -> None:
    if not path.exists():
        raise UnreadableInput(f"there is no file {path}: check the path")
    if path.is_dir():
        raise UnreadableInput(f"{path} is a folder: give the recordings in it by name")
    if not path.is_file():
        raise UnreadableInput(f"{path} is no regular file: give a recording")
    if path.stat().st_size == 0:
        raise UnreadableInput(f"{path} is empty (0 bytes): record it again")


def _opened(path: Path) -> InputContainer:
    try:
        # A playlist must not make this process open anything but files.
        return av.open(str(path), "r", options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except PermissionError as error:
        raise UnreadableInput(f"{path} may not be read: give yourself permission to read it") from error
    except _FAILURES as error:
        raise UnreadableInput(f"{path} is no audio that can be read: give a recording ({_KINDS})") from error


def _audio_of(path: Path, container: InputContainer) -> AudioStream:
    streams = container.streams.audio
    if not streams or not streams[0].codec_context.sample_rate:
        raise UnreadableInput(f"{path} has no audio in it: give a recording ({_KINDS})")
    return streams[0]


def _told_s(container: InputContainer, stream: AudioStream) -> float:
    """The length that the container tells, 0 when it tells none. (Of a WAV that claims more than the file can hold,
    as one written to a pipe does, FFmpeg believes the file's size.)"""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration is not None else 0.0


def _too_long(path: Path, length: str, limit_s: float) -> str:
    return f"{path} is {length} long and the limit is {limit_s:,.0f} s: cut it into shorter recordings"


@dataclass(slots=True)
class _Losses:
    """What could not be decoded: refused packets, and gaps between the times that frames carry."""

    packets: int = 0
    frames: int = 0
    missing_s: float = 0.0
    _next_s: float | None = None

    def see(self, frame: AudioFrame) -> None:
        self.frames += 1
        if frame.pts is None or frame.time_base is None:
            return
        at_s = float(frame.pts * frame.time_base)
        if self._next_s is not None and at_s > self._next_s + 0.02:
            self.missing_s += at_s - self._next_s
        self._next_s = at_s + frame.samples / frame.sample_rate

    def say(self, path: Path, told_s: float, decoded_s: float) -> None:
        cut_off_s = told_s - decoded_s - self.missing_s
        if cut_off_s > 0.5:  # containers round, and codecs pad, by less
            self.missing_s += cut_off_s
        if decoded_s and (self.packets or self.missing_s):
            _log.warning(
                "%s is damaged: %.2f s were decoded, about %.2f s were left out", path, decoded_s, self.missing_s
            )


def _decoded(container: InputContainer, stream: AudioStream, losses: _Losses) -> Iterator[Samples]:
    """Everything that decodes, at 16 kHz mono; each damaged packet is left out."""
    kind: tuple[object, ...] | None = None
    resampler: AudioResampler | None = None
    for frame in _frames(container, stream, losses):
        losses.see(frame)
        frame.pts = None
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        if resampler is None or now != kind:
            if resampler is not None:
                yield from _mono(resampler.resample(None))
            resampler, kind = AudioResampler(format="fltp", rate=SAMPLE_RATE), now
        yield from _mono(resampler.resample(frame))
    if resampler is not None:
        yield from _mono(resampler.resample(None))


def _frames(container: InputContainer, stream: AudioStream, losses: _Losses) -> Iterator[AudioFrame]:
    packets = container.demux(stream)
    while losses.frames or losses.packets <= 100:  # a hundred bad packets and nothing good: it is no audio
        try:
            frames = next(packets).decode()
        except StopIteration:
            return
        except _FAILURES:
            losses.packets += 1
            continue
        yield from frames


def _mono(frames: list[AudioFrame]) -> Iterator[Samples]:
    """The mean of the channels. (FFmpeg's own mixing of floats adds them up to +3 dB, which clips.)"""
    for frame in frames:
        yield cleaned(frame.to_ndarray().mean(axis=0, dtype=np.float32))[0]


def write_wav(path: str | Path, samples: Samples, sample_rate: int) -> None:
    """Write float32[n], or float32[n, channels], as a 16-bit WAV: the whole file or nothing. Raises StorageError."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        out.setsampwidth(2)
        out.setframerate(sample_rate)
        out.writeframes(to_pcm16(samples.reshape(-1)).astype("<i2").tobytes())
    _write(Path(path), buffer.getvalue())


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text: the whole file or, on failure, nothing. Raises StorageError."""
    _write(Path(path), text.encode("utf-8"))


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_bytes(data)  # a device or a pipe must not be replaced by a file
        else:
            _replace(path.resolve(), data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"{path} could not be written ({reason}): make room or choose another place") from error


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with part.open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
