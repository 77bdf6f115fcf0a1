"""The sound card: microphone and loudspeaker as one stream of 10 ms blocks, through PortAudio (``sounddevice``).

One duplex stream, so that what is heard and what is played are on one clock. Knows nothing about echo or calls.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from warmline.speech.audio.pcm import cleaned
from warmline.speech.runtime.errors import DeviceError, MissingExtra
from warmline.speech.types import Samples

_log = logging.getLogger(__name__)

RATES = (48_000, 24_000, 16_000)
"""Rates to try, in order: the first is what almost every card runs at."""

WITHOUT_CARD = "or talk without one: warmline talk --text"

Exchange = Callable[[Samples], Samples]
"""Takes what was heard, float32[n]; gives what to play, float32[n]. Called on the card's thread: it must not wait."""


@dataclass(frozen=True, slots=True)
class Device:
    """One device of the machine: ``number`` or ``name`` chooses it; channels it can record and play."""

    number: int
    name: str
    inputs: int
    outputs: int


class Duplex:
    """Both ends of the sound card, mono, in blocks of 10 ms. Use as a context manager.

    ``microphone``, ``loudspeaker``: by name (or a part of it) or number; None for the system's own. ``trouble`` counts
    blocks that the card reported as late, lost or made up, and blocks in which the exchange failed.
    Raises MissingExtra, DeviceError (no PortAudio, no such device, device busy).
    """

    def __init__(
        self, microphone: str | None = None, loudspeaker: str | None = None, *, library: Any | None = None
    ) -> None:
        self._library = library if library is not None else _library()
        self._exchange: Exchange | None = None
        self._ended: Callable[[], None] | None = None
        self._closing = False
        self._failed = False
        self.trouble = 0
        found = devices(self._library)
        chosen = (_chosen(found, microphone, "microphone"), _chosen(found, loudspeaker, "loudspeaker"))
        self.rate, self._stream = self._open(chosen)

    @property
    def latency_s(self) -> float:
        """How long a sample given to the loudspeaker takes until it is heard, as the driver says."""
        return float(self._stream.latency[1])

    @property
    def echo_delay_s(self) -> float:
        """How long after a sample was given to the loudspeaker its echo can be in what the microphone gives."""
        return float(sum(self._stream.latency))

    def start(self, exchange: Exchange, ended: Callable[[], None]) -> None:
        """Begin to call ``exchange`` every 10 ms. ``ended`` is called once, from the card's thread, if the card stops
        by itself. Raises DeviceError."""
        self._exchange, self._ended = exchange, ended
        try:
            self._stream.start()
        except self._library.PortAudioError as error:
            raise DeviceError(f"the sound card does not start ({_reason(error)}): try again, {WITHOUT_CARD}") from error

    def close(self) -> None:
        """Stop and free the card; nothing is called afterwards."""
        self._closing = True
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, chosen: tuple[int | None, int | None]) -> tuple[int, Any]:
        failure: Exception | None = None
        for rate in RATES:
            try:
                stream = self._library.Stream(
                    samplerate=rate,
                    blocksize=rate // 100,
                    device=chosen,
                    channels=1,
                    dtype="float32",
                    latency="low",
                    callback=self._called,
                    finished_callback=self._finished,
                )
            except (self._library.PortAudioError, ValueError) as error:
                failure = failure or error
            else:
                return rate, stream
        raise DeviceError(
            f"the sound card could not be opened ({_reason(failure)}): close what else uses it, choose another with "
            f"--microphone and --loudspeaker, {WITHOUT_CARD}"
        ) from failure

    def _called(self, heard: Any, played: Any, count: int, times: object, status: object) -> None:
        """On the card's thread. A failure is silence and a count, for an exception here would kill the stream."""
        if status:
            self.trouble += 1
        if self._exchange is None:
            played.fill(0.0)
            return
        try:
            played[:, 0] = cleaned(self._exchange(cleaned(heard[:, 0].copy())[0]))[0]
        except Exception:  # noqa: BLE001 - the boundary of the card's own thread
            played.fill(0.0)
            self.trouble += 1
            if not self._failed:
                self._failed = True
                _log.exception("a block of the sound card could not be processed; it was played as silence")

    def _finished(self) -> None:
        if not self._closing and self._ended is not None:
            self._ended()


def devices(library: Any | None = None) -> tuple[Device, ...]:
    """All devices of this machine. Raises MissingExtra, DeviceError."""
    found = (library if library is not None else _library()).query_devices()
    return tuple(
        Device(number, str(one["name"]), int(one["max_input_channels"]), int(one["max_output_channels"]))
        for number, one in enumerate(found)
    )


def _chosen(found: tuple[Device, ...], wanted: str | None, kind: str) -> int | None:
    """The number of the wanted device; None leaves the choice to the system."""
    usable = [device for device in found if (device.inputs if kind == "microphone" else device.outputs) > 0]
    if not usable:
        raise DeviceError(f"there is no {kind} on this machine: connect one, {WITHOUT_CARD}")
    if wanted is None:
        return None
    exact = [device for device in usable if wanted in (str(device.number), device.name)]
    alike = exact or [device for device in usable if wanted.lower() in device.name.lower()]
    if not alike:
        names = "; ".join(f"{device.number} {device.name}" for device in usable)
        raise DeviceError(f"there is no {kind} {wanted!r}; there are: {names}")
    return alike[0].number


def _reason(error: Exception | None) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _library() -> Any:
    try:
        return importlib.import_module("sounddevice")
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f'the microphone needs the package {error.name!r}: pip install "warmline[microphone]"'
        ) from error
    except OSError as error:
        raise DeviceError(
            "the PortAudio library is not installed: apt-get install libportaudio2 (Debian, Ubuntu) or "
            f"brew install portaudio (macOS), {WITHOUT_CARD}"
        ) from error
