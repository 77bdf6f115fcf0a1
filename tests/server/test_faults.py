"""Faults of the stream are told, but not fifty times a second."""

from __future__ import annotations

from warmline.server.faults import FaultReport
from warmline.speech.audio import faults as f
from warmline.speech.types import samples_of as s


def test_one_of_a_kind_in_ten_seconds_with_how_many_it_stands_for() -> None:
    report = FaultReport()
    told = [report.note(f.Gap(s(0.02 * n), 320)) for n in range(1500)]
    events = [event for event in told if event is not None]
    assert [event.count for event in events] == [1, 500, 500]
    assert [event.at for event in events] == [0, s(10.0), s(20.0)]


def test_another_kind_is_told_at_once() -> None:
    report = FaultReport()
    assert report.note(f.Gap(0, 320)) is not None
    told = report.note(f.RateChanged(320, 16_000, 8_000))
    assert told is not None
    assert told.kind == "RateChanged"
    assert "8000" in told.what
