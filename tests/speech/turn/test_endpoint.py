"""The endpoint: hysteresis, and events at the right samples."""

from hypothesis import given
from hypothesis import strategies as st

from warmline.speech.turn.endpoint import Endpoint, EndpointRules, VoicePaused, VoiceStarted, step

FRAME = 512
RULES = EndpointRules()


def play(scores: list[float]) -> list[VoiceStarted | VoicePaused]:
    state, events = Endpoint(), []
    for number, score in enumerate(scores):
        state, new = step(state, score, number * FRAME, (number + 1) * FRAME, RULES)
        events += new
    return events


def test_a_voice_starts_where_it_began_and_pauses_where_it_ended() -> None:
    events = play([0.0] * 3 + [0.9] * 10 + [0.0] * 5)
    assert events == [
        VoiceStarted(onset=3 * FRAME, at=5 * FRAME),
        VoicePaused(onset=3 * FRAME, end=13 * FRAME, at=15 * FRAME),
    ]


def test_one_loud_frame_is_no_voice() -> None:
    assert play([0.0, 0.9, 0.0, 0.0, 0.9, 0.0]) == []


def test_a_weak_syllable_does_not_split_a_word() -> None:
    events = play([0.9] * 5 + [0.4] * 6 + [0.9] * 5)
    assert [type(event) for event in events] == [VoiceStarted]


def test_a_pause_is_told_within_about_a_tenth_of_a_second() -> None:
    events = play([0.9] * 5 + [0.1] * 4)
    assert isinstance(events[-1], VoicePaused)
    assert events[-1].at - events[-1].end <= 0.1 * 16_000


@given(st.lists(st.floats(0.0, 1.0), max_size=200))
def test_starts_and_pauses_alternate_and_move_forward(scores: list[float]) -> None:
    events = play(scores)
    for number, event in enumerate(events):
        assert isinstance(event, VoiceStarted if number % 2 == 0 else VoicePaused)
        if isinstance(event, VoicePaused):
            assert event.onset < event.end < event.at
    times = [event.at for event in events]
    assert times == sorted(times)
