"""A connection that is lost and comes back, for the floor: what is dropped, what is said, what is still owed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue import floor as f
from warmline.dialogue.overlap import Verdict
from warmline.speech.turn.endpoint import VoicePaused, VoiceStarted
from warmline.speech.types import samples_of as s

VOICE = VoiceStarted(s(1.0), s(1.03))
PAUSE = VoicePaused(s(1.0), s(2.0), s(2.1))
SPOKEN = (VOICE, PAUSE, f.Tick(s(6.0)), f.ReplyAudible(1, s(6.1)))


def after(*events: f.Event) -> tuple[f.Floor, f.Commands]:
    """The state, and what the last event ordered."""
    floor, commands = f.Floor(), ()
    for event in events:
        floor, commands = f.step(floor, event)
    return floor, commands


@pytest.mark.parametrize(
    ("before", "dropped", "said"),
    [
        ((VOICE,), (), f.WelcomeBack(1, f.Broken.SPEAKING)),
        ((VOICE, PAUSE), (f.DiscardDraft(1),), f.WelcomeBack(1, f.Broken.ANSWER)),
        (SPOKEN[:3], (f.DiscardDraft(1),), f.WelcomeBack(1, f.Broken.ANSWER)),
        (SPOKEN, (f.CancelReply(1),), f.WelcomeBack(2, f.Broken.REPLY)),
        ((*SPOKEN, f.ReplyFinished(1, s(8.0))), (), f.WelcomeBack(2, f.Broken.QUIET)),
        ((f.CallBegan(),), (f.DiscardDraft(0),), f.Greet(0)),
        ((f.CallBegan(), f.ReplyAudible(0, s(0.1))), (f.CancelReply(0),), f.WelcomeBack(1, f.Broken.REPLY)),
    ],
)
def test_what_was_going_on_is_dropped_and_gone_on_with(
    before: tuple[f.Event, ...], dropped: f.Commands, said: f.Command
) -> None:
    assert after(*before, f.Away(s(9.0)))[1] == dropped
    assert after(*before, f.Away(s(9.0)), f.Tick(s(99.0)))[1] == (), "nothing falls due while they are away"
    assert after(*before, f.Away(s(9.0)), f.Returned(s(9.0)))[1] == (said,)


def test_nothing_is_said_on_return_where_nothing_had_been_said() -> None:
    floor, commands = after(f.CallBegan(), f.ReplyFinished(0, s(3.0)), f.Away(s(4.0)), f.Returned(s(4.0)))
    assert (floor.phase, commands) == (f.Phase.LISTENING, ())


def test_the_end_of_a_reply_that_did_not_arrive_counts_as_cut() -> None:
    done = (*SPOKEN, f.ReplyFinished(1, s(8.0)))
    assert after(*done, f.Away(s(8.2), unheard=True), f.Returned(s(8.2)))[1] == (f.WelcomeBack(2, f.Broken.REPLY),)


def test_after_the_welcome_a_turn_that_was_broken_off_stands_as_in_a_pause_and_is_answered() -> None:
    back = (VOICE, f.Away(s(2.0)), f.Returned(s(2.0)), f.ReplyAudible(1, s(2.1)))
    floor, commands = after(*back, f.ReplyFinished(1, s(4.0)))
    assert (floor.phase, floor.turn, commands) == (f.Phase.PAUSING, 1, (f.StartDraft(1, s(2.0)),))
    assert f.step(floor, f.Tick(s(8.1)))[1] == (f.Release(1),)


@pytest.mark.parametrize("audible", [False, True])
def test_who_speaks_into_the_welcome_goes_on_with_the_turn_that_was_broken_off(audible: bool) -> None:
    heard: tuple[f.Event, ...] = (f.ReplyAudible(1, s(2.1)),) if audible else ()
    again = VoiceStarted(s(3.0), s(3.03))
    judged = (f.Tick(s(3.2)), f.OverlapJudged(s(3.0), s(3.5), Verdict.SPEECH)) if audible else ()
    floor, commands = after(VOICE, f.Away(s(2.0)), f.Returned(s(2.0)), *heard, again, *judged)
    assert (floor.phase, floor.turn) == (f.Phase.HEARING, 1)
    assert not any(isinstance(command, f.OpenTurn) for command in commands)


def test_a_second_loss_during_the_welcome_forgets_nothing() -> None:
    for heard in ((), (f.ReplyAudible(1, s(2.1)),)):
        again = (VOICE, f.Away(s(2.0)), f.Returned(s(2.0)), *heard, f.Away(s(3.0)), f.Returned(s(3.0)))
        assert after(*again)[1] == (f.WelcomeBack(1, f.Broken.SPEAKING),)


def test_a_check_in_that_is_lost_later_brings_back_nothing_old() -> None:
    cut = (*SPOKEN, f.Away(s(7.0)), f.Returned(s(7.0)), f.ReplyFinished(2, s(9.0)))
    checked = (*cut, f.Tick(s(40.0)), f.Away(s(40.1)), f.Returned(s(40.1)))
    assert after(*checked)[1] == (f.WelcomeBack(4, f.Broken.QUIET),)


@given(st.integers(0, s(2.0)))
def test_a_long_voice_over_ours_is_a_turn_of_theirs_and_a_short_one_none(voiced: int) -> None:
    over = VoiceStarted(s(7.0), s(7.03))
    floor, commands = after(*SPOKEN, over, f.Away(s(7.0) + voiced))
    assert f.CancelReply(1) in commands
    theirs = voiced >= floor.rules.likely_speech
    assert floor.broken is (f.Broken.SPEAKING if theirs else f.Broken.REPLY)
    assert (f.OpenTurn(2, s(7.0)) in commands) == theirs
