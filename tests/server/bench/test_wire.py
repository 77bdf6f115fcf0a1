"""Callers on real sockets: their turns answered, our frames heard, a busy server and a lost one told apart."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import numpy as np
import pytest
from page_visit import Server, with_calls

from warmline.server import cli
from warmline.server.bench.people import STEP, Person, Repertoire, repertoire
from warmline.server.bench.wire_load import Ready, framed, hold
from warmline.speech.types import SAMPLE_RATE, samples_of


@pytest.fixture(scope="module")
def things() -> Repertoire:
    time = np.arange(samples_of(1.0)) / SAMPLE_RATE
    return repertoire([np.pad(0.3 * np.sin(2 * np.pi * 200.0 * time), (1_600, 1_600)).astype(np.float32)], [])


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    server = Server(with_calls(2))
    url = urlsplit(server.begin())
    try:
        yield str(url.hostname), int(url.port or 0)
    finally:
        server.stop()


def test_callers_are_answered_and_one_too_many_is_refused(address: tuple[str, int], things: Repertoire) -> None:
    wired = hold([address], [Person(things, 0.6, seed) for seed in range(3)], things, 12.0)
    assert wired.ended == {"busy": 1}
    assert not wired.held, "somebody was refused"
    assert wired.told["ready"] == 2
    assert wired.told["error"] == 0
    tallies = [tally for tally in wired.tallies if tally.v2v_ms or tally.cut_off]
    assert len(tallies) == 2, "both whom there was a place for were answered"
    assert {"asr", "llm_first_segment", "voice"} <= set(wired.stages_ms)
    assert wired.payload()["client_cpu"]


def test_a_repertoire_is_sent_as_it_is_spoken(things: Repertoire) -> None:
    person, again, ready = Person(things, 0.6, 1), Person(things, 0.6, 1), Ready(things)
    for _ in range(600):
        frame, spoken = ready.at(*person.step()), again.speak()
        assert len(frame) == 8 + 2 * STEP
        assert np.abs(np.frombuffer(frame[8:], "<i2") / 32768.0 - spoken).max() < 1e-4


def test_frames_of_every_length_say_how_long_they_are() -> None:
    assert framed(1, b"x" * 125)[:2] == b"\x81\xfd"
    assert framed(2, b"x" * 126)[:4] == b"\x82\xfe\x00\x7e"


@pytest.mark.parametrize("wrong", [["--calls", "0"], ["--servers", "0"], ["--minutes", "0"], ["--talk-share", "2"]])
def test_what_cannot_be_measured_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "wire", *wrong]) == 2
    assert wrong[0] in capsys.readouterr().err
