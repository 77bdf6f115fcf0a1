"""The floor as stories: what happens when people speak, pause, go on, interrupt, murmur, or say nothing."""

from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue import floor as f
from warmline.speech.turn.endpoint import VoicePaused, VoiceStarted
from warmline.speech.types import samples_of as s


def play(events: list[f.Event], floor: f.Floor | None = None) -> tuple[f.Floor, list[f.Command]]:
    floor = floor or f.Floor()
    said: list[f.Command] = []
    for event in events:
        floor, commands = f.step(floor, event)
        said += commands
    return floor, said


def answered(at_s: float = 2.0) -> f.Floor:
    """A floor on which our reply to turn 1 is being heard."""
    floor, _ = play(
        [
            VoiceStarted(s(0.5), s(0.6)),
            VoicePaused(s(0.5), s(1.5), s(1.6)),
            f.TurnScored(1, s(0.4)),
            f.Tick(s(1.9)),
            f.ReplyAudible(1, s(at_s)),
        ]
    )
    assert floor.phase is f.Phase.REPLYING
    return floor


def test_a_turn_is_drafted_at_the_pause_and_released_when_waited_for() -> None:
    floor, said = play(
        [
            VoiceStarted(s(0.5), s(0.6)),
            VoicePaused(s(0.5), s(1.5), s(1.6)),
            f.TurnScored(1, s(0.4)),
            f.Tick(s(1.8)),
            f.Tick(s(1.91)),
        ]
    )
    assert said == [f.OpenTurn(1, s(0.5)), f.StartDraft(1, s(1.5)), f.Release(1)]
    assert floor.phase is f.Phase.RELEASED


def test_a_person_who_goes_on_is_never_cut_and_the_draft_is_discarded() -> None:
    floor, said = play(
        [
            VoiceStarted(0, s(0.1)),
            VoicePaused(0, s(1.0), s(1.1)),
            f.TurnScored(1, s(1.5)),
            f.Tick(s(2.0)),
            VoiceStarted(s(2.1), s(2.2)),
            VoicePaused(s(2.1), s(3.0), s(3.1)),
        ]
    )
    assert said == [f.OpenTurn(1, 0), f.StartDraft(1, s(1.0)), f.DiscardDraft(1), f.StartDraft(1, s(3.0))]
    assert floor.phase is f.Phase.PAUSING
    assert floor.wait is None, "the old pause's wait must not count for the new one"


def test_going_on_after_release_but_before_any_sound_is_the_same_turn() -> None:
    floor, said = play(
        [
            VoiceStarted(0, s(0.1)),
            VoicePaused(0, s(1.0), s(1.1)),
            f.TurnScored(1, s(0.4)),
            f.Tick(s(1.5)),
            VoiceStarted(s(1.6), s(1.7)),
        ]
    )
    assert said[-2:] == [f.Release(1), f.DiscardDraft(1)]
    assert (floor.phase, floor.turn) == (f.Phase.HEARING, 1)


def test_an_unscored_pause_ends_all_the_same() -> None:
    _, said = play([VoiceStarted(0, s(0.1)), VoicePaused(0, s(1.0), s(1.1)), f.Tick(s(5.1))])
    assert said[-1] == f.Release(1)


def test_barge_in_ducks_holds_and_cancels() -> None:
    floor, said = play(
        [VoiceStarted(s(3.0), s(3.1)), f.Tick(s(3.12)), f.Tick(s(3.2)), f.Tick(s(3.5)), f.Tick(s(3.95))], answered()
    )
    assert said == [f.Duck(), f.Hold(), f.CancelReply(1), f.OpenTurn(2, s(3.0))]
    assert (floor.phase, floor.turn) == (f.Phase.HEARING, 2)


def test_a_backchannel_is_judged_and_the_reply_goes_on() -> None:
    floor, said = play(
        [
            VoiceStarted(s(3.0), s(3.1)),
            VoicePaused(s(3.0), s(3.3), s(3.4)),
            f.OverlapJudged(takes_floor=False),
        ],
        answered(),
    )
    assert said == [f.Duck(), f.Hold(), f.JudgeOverlap(s(3.0), s(3.3)), f.Restore()]
    assert floor.phase is f.Phase.REPLYING


def test_a_blip_lowers_us_for_a_moment_and_is_not_even_judged() -> None:
    floor, said = play([VoiceStarted(s(3.0), s(3.03)), VoicePaused(s(3.0), s(3.03), s(3.13))], answered())
    assert said == [f.Duck(), f.Restore()]
    assert floor.phase is f.Phase.REPLYING


def test_a_short_stop_takes_the_floor_and_is_answered() -> None:
    floor, said = play(
        [
            VoiceStarted(s(3.0), s(3.1)),
            f.Tick(s(3.2)),
            VoicePaused(s(3.0), s(3.4), s(3.5)),
            f.OverlapJudged(takes_floor=True),
        ],
        answered(),
    )
    assert said[-3:] == [f.CancelReply(1), f.OpenTurn(2, s(3.0)), f.StartDraft(2, s(3.4))]
    assert (floor.phase, floor.since) == (f.Phase.PAUSING, s(3.4))


def test_a_judgement_that_comes_after_they_went_on_is_ignored() -> None:
    floor, said = play(
        [
            VoiceStarted(s(3.0), s(3.1)),
            VoicePaused(s(3.0), s(3.3), s(3.4)),
            VoiceStarted(s(3.5), s(3.6)),
            f.OverlapJudged(takes_floor=False),
            f.Tick(s(4.0)),
        ],
        answered(),
    )
    assert f.Restore() not in said
    assert said[-2:] == [f.CancelReply(1), f.OpenTurn(2, s(3.0))]
    assert floor.phase is f.Phase.HEARING


def test_a_reply_that_ends_under_a_voice_leaves_them_the_floor() -> None:
    floor, said = play([VoiceStarted(s(3.0), s(3.1)), f.ReplyFinished(1, s(3.15))], answered())
    assert said[-1] == f.OpenTurn(2, s(3.0))
    assert floor.phase is f.Phase.HEARING


def test_a_cough_opens_no_conversation() -> None:
    floor, said = play([VoiceStarted(0, s(0.1)), VoicePaused(0, s(0.3), s(0.4)), f.NothingHeard(1), f.Tick(s(9))])
    assert said[-1] == f.DiscardDraft(1)
    assert floor.phase is f.Phase.LISTENING


def test_silence_after_a_reply_is_met_twice_and_then_left() -> None:
    floor, _ = play([f.ReplyFinished(1, s(5.0))], answered())
    said: list[f.Command] = []
    for second in range(5, 300):
        floor, commands = f.step(floor, f.Tick(s(second)))
        said += commands
        for command in commands:
            assert isinstance(command, f.CheckIn)
            floor, _ = play([f.ReplyAudible(command.turn, s(second)), f.ReplyFinished(command.turn, s(second))], floor)
    assert said == [f.CheckIn(2, 1), f.CheckIn(3, 2)]


def test_speaking_before_our_own_check_in_is_heard_opens_a_new_turn() -> None:
    floor, _ = play([f.ReplyFinished(1, s(5.0)), f.Tick(s(40))], answered())
    floor, said = play([VoiceStarted(s(40.1), s(40.2))], floor)
    assert said == [f.DiscardDraft(2), f.OpenTurn(3, s(40.1))]
    assert (floor.phase, floor.own) == (f.Phase.HEARING, False)


def test_hanging_up_drops_what_is_being_said() -> None:
    floor, said = play([f.HangUp()], answered())
    assert said == [f.CancelReply(1)]
    assert play([VoiceStarted(0, 1), f.Tick(s(100))], floor) == (floor, [])


def test_events_of_an_older_turn_change_nothing() -> None:
    floor = answered()
    for event in (f.TurnScored(0, 1), f.NothingHeard(0), f.ReplyAudible(0, 1), f.ReplyFinished(0, 1)):
        assert f.step(floor, event) == (floor, ())


EVENTS = st.one_of(
    st.builds(VoiceStarted, onset=st.just(0), at=st.just(0)),
    st.builds(VoicePaused, onset=st.just(0), end=st.just(0), at=st.just(0)),
    st.builds(f.TurnScored, turn=st.integers(0, 4), wait=st.just(s(0.4))),
    st.builds(f.NothingHeard, turn=st.integers(0, 4)),
    st.builds(f.ReplyAudible, turn=st.integers(0, 4), at=st.just(0)),
    st.builds(f.ReplyFinished, turn=st.integers(0, 4), at=st.just(0)),
    st.builds(f.OverlapJudged, takes_floor=st.booleans()),
    st.just(f.HangUp()),
)


def timed(event: f.Event, at: int) -> f.Event:
    match event:
        case VoiceStarted():
            return VoiceStarted(at, at + s(0.064))
        case VoicePaused():
            return VoicePaused(at, at + s(0.05), at + s(0.1))
    return event


@given(st.lists(EVENTS, max_size=60))
def test_whatever_happens_commands_make_sense(events: list[f.Event]) -> None:
    floor = f.Floor()
    released: set[int] = set()
    for number, event in enumerate(events):
        at = s(0.15 * number)
        for one in (timed(event, at), f.Tick(at + s(0.149))):
            floor, commands = f.step(floor, one)
            for command in commands:
                match command:
                    case f.Release(turn):
                        assert floor.phase is f.Phase.RELEASED
                        released.add(turn)
                    case f.CancelReply(turn) | f.DiscardDraft(turn):
                        assert turn <= floor.turn
                    case f.OpenTurn(turn, _):
                        assert turn == floor.turn
    if floor.phase is f.Phase.ENDED:
        assert f.step(floor, f.Tick(10**9)) == (floor, ())
