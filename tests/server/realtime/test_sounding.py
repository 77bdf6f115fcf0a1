"""When our voice is told to begin and to stop, as somebody who looks now and then sees it."""

from __future__ import annotations

from warmline.server.transport.realtime.sounding import Event, Sounding


def short(events: list[Event]) -> list[tuple[str, object]]:
    return [(str(event["type"]).removeprefix("output_audio_buffer."), event["response_id"]) for event in events]


def test_a_reply_is_told_once_when_it_begins_and_once_when_it_stops() -> None:
    sounding = Sounding()
    looks = [(False, "one"), (True, "one"), (True, "one"), (False, "one"), (False, "")]
    told = [short(sounding.look(*look)) for look in looks]
    assert told == [[], [("started", "one")], [], [("stopped", "one")], []]


def test_a_tail_that_belongs_to_no_response_is_not_told() -> None:
    sounding = Sounding()
    assert sounding.look(True, "") == []


def test_one_that_follows_between_two_looks_is_told_as_another() -> None:
    sounding = Sounding()
    sounding.look(True, "one")
    assert short(sounding.look(True, "two")) == [("stopped", "one"), ("started", "two")]


def test_a_reply_whose_last_sound_outlives_its_response_stops_when_it_is_silent() -> None:
    sounding = Sounding()
    sounding.look(True, "one")
    assert sounding.look(True, "") == []
    assert short(sounding.look(False, "")) == [("stopped", "one")]


def test_a_cut_one_is_cleared_and_does_not_stop_again() -> None:
    sounding = Sounding()
    assert sounding.cut() == []
    sounding.look(True, "one")
    assert short(sounding.cut()) == [("cleared", "one")]
    assert sounding.look(False, "") == []
