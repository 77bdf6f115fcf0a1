"""The sound card, with a library in the place of PortAudio: how blocks go through and every way it can fail."""

from __future__ import annotations

import importlib
import logging
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from warmline.speech.audio.device import Device, Duplex, devices
from warmline.speech.runtime.errors import DeviceError, MissingExtra
from warmline.speech.types import Samples


class PortAudioError(Exception):
    pass


class FakeStream:
    def __init__(self, library: FakeLibrary, options: dict[str, Any]) -> None:
        self.library = library
        self.options = options
        self.latency = (0.010, 0.025)
        self.running = self.closed = False

    def start(self) -> None:
        if self.library.refuses_to_start:
            raise PortAudioError("Device unavailable [PaErrorCode -9985]")
        self.running = True

    def close(self) -> None:
        if self.running:
            self.options["finished_callback"]()
        self.running, self.closed = False, True

    def unplug(self) -> None:
        self.running = False
        self.options["finished_callback"]()

    def block(self, heard: Samples, status: str = "") -> Samples:
        """One call of the card's thread."""
        played = np.full((len(heard), 1), 9.0, np.float32)
        self.options["callback"](heard.reshape(-1, 1), played, len(heard), None, status)
        return played[:, 0]


class FakeLibrary:
    """As much of sounddevice as is used."""

    PortAudioError = PortAudioError

    def __init__(self, rates: tuple[int, ...] = (48_000,), cards: bool = True) -> None:
        self.rates = rates
        self.refuses_to_start = False
        self.streams: list[FakeStream] = []
        self.cards = cards

    def query_devices(self) -> list[dict[str, object]]:
        names = [("HDMI", 0, 2), ("USB Headset", 1, 2), ("Built-in Mic", 2, 0)] if self.cards else []
        return [{"name": name, "max_input_channels": i, "max_output_channels": o} for name, i, o in names]

    def Stream(self, **options: Any) -> FakeStream:  # noqa: N802 - its name in sounddevice
        if options["samplerate"] not in self.rates:
            raise PortAudioError("Invalid sample rate [PaErrorCode -9997]")
        self.streams.append(FakeStream(self, options))
        return self.streams[-1]


def started(
    exchange: Callable[[Samples], Samples], ended: Callable[[], None] = lambda: None
) -> tuple[Duplex, FakeStream]:
    library = FakeLibrary()
    duplex = Duplex(library=library)
    duplex.start(exchange, ended)
    return duplex, library.streams[0]


def test_one_mono_stream_of_10_ms_blocks() -> None:
    library = FakeLibrary()
    with Duplex(library=library) as duplex:
        options = library.streams[0].options
        assert (duplex.rate, options["blocksize"], options["channels"], options["dtype"]) == (48_000, 480, 1, "float32")
        assert options["device"] == (None, None)
        assert duplex.latency_s == pytest.approx(0.025)
        assert duplex.echo_delay_s == pytest.approx(0.035)
        assert np.all(library.streams[0].block(np.zeros(480, np.float32)) == 0.0)  # silence before the call begins
    assert library.streams[0].closed


def test_what_is_heard_goes_in_and_what_is_given_is_played() -> None:
    heard: list[Samples] = []

    def exchange(samples: Samples) -> Samples:
        heard.append(samples)
        return samples * np.float32(-0.5)

    _, stream = started(exchange)
    block = np.linspace(-1, 1, 480, dtype=np.float32)
    assert np.allclose(stream.block(block), block * -0.5)
    stream.block(block * 0)
    assert np.array_equal(heard[0], block)  # a copy: the card reuses its memory
    assert len(heard) == 2


def test_what_is_no_audio_reaches_neither_side() -> None:
    seen: list[Samples] = []

    def exchange(samples: Samples) -> Samples:
        seen.append(samples)
        return np.array([math.nan, 5.0, -5.0, 0.1], np.float32)

    _, stream = started(exchange)
    played = stream.block(np.array([math.inf, 2.0, -0.5, math.nan], np.float32))
    assert list(seen[0]) == [0.0, 1.0, -0.5, 0.0]
    assert played == pytest.approx([0.0, 1.0, -1.0, 0.1])


def test_a_failing_exchange_is_silence_and_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def exchange(samples: Samples) -> Samples:
        raise RuntimeError("on purpose")

    duplex, stream = started(exchange)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            assert np.all(stream.block(np.ones(480, np.float32)) == 0.0)
    assert duplex.trouble == 3
    assert len(caplog.records) == 1


def test_trouble_that_the_card_reports_is_counted() -> None:
    duplex, stream = started(lambda samples: samples)
    stream.block(np.zeros(480, np.float32), status="input overflow")
    stream.block(np.zeros(480, np.float32))
    assert duplex.trouble == 1


def test_an_unplugged_card_is_told_once_and_a_closed_one_is_not() -> None:
    told: list[str] = []
    _, stream = started(lambda samples: samples, lambda: told.append("ended"))
    stream.unplug()
    assert told == ["ended"]
    duplex, stream = started(lambda samples: samples, lambda: told.append("ended"))
    duplex.close()
    assert stream.closed
    assert told == ["ended"]


def test_a_card_that_runs_at_another_rate() -> None:
    library = FakeLibrary(rates=(16_000,))
    assert Duplex(library=library).rate == 16_000
    assert library.streams[0].options["blocksize"] == 160


@pytest.mark.parametrize(
    ("microphone", "loudspeaker", "chosen"),
    [("1", "0", (1, 0)), ("USB Headset", "usb", (1, 1)), ("built-in", None, (2, None))],
)
def test_devices_are_chosen_by_number_name_or_part_of_it(
    microphone: str | None, loudspeaker: str | None, chosen: tuple[int | None, int | None]
) -> None:
    library = FakeLibrary()
    Duplex(microphone, loudspeaker, library=library)
    assert library.streams[0].options["device"] == chosen


def test_devices_are_listed() -> None:
    assert devices(FakeLibrary())[1] == Device(1, "USB Headset", 1, 2)


def failed(library: FakeLibrary, microphone: str | None = None, loudspeaker: str | None = None) -> str:
    with pytest.raises(DeviceError) as caught:
        Duplex(microphone, loudspeaker, library=library)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_no_device_at_all() -> None:
    assert failed(FakeLibrary(cards=False)) == (
        "there is no microphone on this machine: connect one, or talk without one: warmline talk --text"
    )


def test_a_device_that_is_not_there_or_cannot_do_it_lists_those_that_can() -> None:
    assert failed(FakeLibrary(), "Blue") == "there is no microphone 'Blue'; there are: 1 USB Headset; 2 Built-in Mic"
    assert failed(FakeLibrary(), "HDMI").startswith("there is no microphone 'HDMI'; ")
    assert failed(FakeLibrary(), None, "2") == "there is no loudspeaker '2'; there are: 0 HDMI; 1 USB Headset"


def test_a_card_that_cannot_be_opened_or_started() -> None:
    assert "could not be opened (Invalid sample rate" in failed(FakeLibrary(rates=()))
    library = FakeLibrary()
    library.refuses_to_start = True
    with Duplex(library=library) as duplex, pytest.raises(DeviceError, match="does not start"):
        duplex.start(lambda samples: samples, lambda: None)


def test_without_the_package_or_without_portaudio_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MissingExtra, match=r'pip install "warmline\[microphone\]"'):
        Duplex()
    genuine = importlib.import_module

    def without_portaudio(name: str, package: str | None = None) -> object:
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return genuine(name, package)

    monkeypatch.setattr("importlib.import_module", without_portaudio)
    with pytest.raises(DeviceError, match="apt-get install libportaudio2"):
        Duplex()
