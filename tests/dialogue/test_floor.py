"""The floor as stories: what happens when people speak, pause, go on, interrupt, murmur, or say nothing."""

from warmline.dialogue import floor as f
from warmline.dialogue.overlap import Verdict
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


def judged(onset_s: float, end_s: float, verdict: Verdict) -> f.OverlapJudged:
    return f.OverlapJudged(s(onset_s), s(end_s), verdict)


def test_barge_in_ducks_holds_is_judged_and_cancels() -> None:
    floor, said = play(
        [VoiceStarted(s(3.0), s(3.03)), f.Tick(s(3.05)), f.Tick(s(3.1)), f.Tick(s(3.4)), f.Tick(s(3.5))], answered()
    )
    assert said == [f.Duck(), f.Hold(), f.JudgeOverlap(s(3.0), s(3.4), paused=False)]
    floor, said = play([judged(3.0, 3.4, Verdict.SPEECH)], floor)
    assert said == [f.CancelReply(1), f.OpenTurn(2, s(3.0))]
    assert (floor.phase, floor.turn) == (f.Phase.HEARING, 2)


def test_a_long_voice_that_nobody_could_judge_takes_the_floor() -> None:
    _, said = play([VoiceStarted(s(3.0), s(3.03)), f.Tick(s(5.6))], answered())
    assert said[-2:] == [f.CancelReply(1), f.OpenTurn(2, s(3.0))]


def test_a_backchannel_is_judged_and_the_reply_goes_on() -> None:
    floor, said = play(
        [
            VoiceStarted(s(3.0), s(3.1)),
            VoicePaused(s(3.0), s(3.3), s(3.4)),
            judged(3.0, 3.3, Verdict.BACKCHANNEL),
        ],
        answered(),
    )
    assert said == [f.Duck(), f.Hold(), f.JudgeOverlap(s(3.0), s(3.3), paused=True), f.Restore()]
    assert floor.phase is f.Phase.REPLYING


def test_a_backchannel_that_grows_into_speech_takes_the_floor() -> None:
    _, said = play(
        [
            VoiceStarted(s(3.0), s(3.03)),
            f.Tick(s(3.45)),
            judged(3.0, 3.4, Verdict.BACKCHANNEL),
            f.Tick(s(3.85)),
            judged(3.0, 3.8, Verdict.SPEECH),
        ],
        answered(),
    )
    assert f.Restore() not in said
    assert said[-2:] == [f.CancelReply(1), f.OpenTurn(2, s(3.0))]


def test_several_backchannels_in_a_row_let_us_go_on() -> None:
    floor = answered()
    for at_s in (3.0, 3.6, 4.2):
        floor, said = play(
            [
                VoiceStarted(s(at_s), s(at_s + 0.03)),
                VoicePaused(s(at_s), s(at_s + 0.25), s(at_s + 0.32)),
                judged(at_s, at_s + 0.25, Verdict.BACKCHANNEL),
            ],
            floor,
        )
        assert said[-1] == f.Restore()
    run = [
        VoiceStarted(s(5.0), s(5.03)),
        VoicePaused(s(5.0), s(5.3), s(5.36)),
        VoiceStarted(s(5.4), s(5.43)),
        f.Tick(s(5.6)),
        VoicePaused(s(5.4), s(5.7), s(5.76)),
        judged(5.0, 5.3, Verdict.BACKCHANNEL),  # of the first alone: late, and not the whole
    ]
    floor, said = play(run, floor)
    assert f.Restore() not in said
    floor, said = play([judged(5.0, 5.7, Verdict.BACKCHANNEL)], floor)
    assert said == [f.Restore()]


def test_a_sob_is_waited_out_in_silence_however_long() -> None:
    floor = answered()
    floor, said = play([VoiceStarted(s(3.0), s(3.03))], floor)
    for tenth in range(34, 90, 4):
        floor, more = play([f.Tick(s(tenth / 10)), judged(3.0, tenth / 10, Verdict.SOB)], floor)
        said += more
    assert {type(command) for command in said} == {f.Duck, f.Hold, f.JudgeOverlap}
    floor, said = play([VoicePaused(s(3.0), s(8.8), s(8.9)), judged(3.0, 8.8, Verdict.SOB)], floor)
    assert said[-1] == f.Restore()


def test_a_television_does_not_hold_the_floor() -> None:
    floor, said = play(
        [VoiceStarted(s(3.0), s(3.03)), f.Tick(s(3.9)), judged(3.0, 3.8, Verdict.OTHER), f.Tick(s(6.0))], answered()
    )
    assert floor.phase is f.Phase.OVERHEARING
    assert f.Restore() in said
    assert f.CancelReply(1) not in said
    floor, said = play([judged(3.0, 5.9, Verdict.SPEECH)], floor)
    assert said == [f.CancelReply(1), f.OpenTurn(2, s(3.0))], "the caller speaks over the television after all"


def test_after_an_echo_the_next_voice_is_judged_before_it_lowers_us() -> None:
    over = [VoiceStarted(s(3.0), s(3.03)), VoicePaused(s(3.0), s(3.6), s(3.7)), judged(3.0, 3.6, Verdict.ECHO)]
    floor, _ = play(over, answered())
    floor, said = play([VoiceStarted(s(4.0), s(4.03)), f.Tick(s(4.3)), f.Tick(s(4.45))], floor)
    assert said == [f.JudgeOverlap(s(4.0), s(4.4), paused=False)]
    floor, said = play([judged(4.0, 4.4, Verdict.SPEECH)], floor)
    assert said[0] == f.CancelReply(1)
    assert not floor.wary, "a caller who interrupts is trusted again"


def test_going_on_just_as_we_begin_takes_our_reply_back() -> None:
    floor, said = play([VoiceStarted(s(2.2), s(2.23)), f.Tick(s(2.65))], answered(at_s=2.0))
    assert said == [f.Duck(), f.Hold(), f.JudgeOverlap(s(2.2), s(2.6), paused=False)]
    floor, said = play([judged(2.2, 2.6, Verdict.SPEECH)], floor)
    assert said == [f.Withdraw(1)]
    assert (floor.phase, floor.turn) == (f.Phase.HEARING, 1), "the same turn goes on"
    floor, said = play([VoicePaused(s(2.2), s(4.0), s(4.1))], floor)
    assert said == [f.StartDraft(1, s(4.0))]


def test_a_nod_just_as_we_begin_lets_us_go_on() -> None:
    _, said = play(
        [
            VoiceStarted(s(2.1), s(2.13)),
            VoicePaused(s(2.1), s(2.4), s(2.5)),
            judged(2.1, 2.4, Verdict.BACKCHANNEL),
        ],
        answered(at_s=2.0),
    )
    assert said[-1] == f.Restore()


def test_when_both_begin_at_once_we_give_way() -> None:
    floor, said = play([VoiceStarted(s(1.95), s(2.05))], answered(at_s=2.0))
    assert said == [f.Duck(), f.Hold()]
    _, said = play([f.Tick(s(2.4)), judged(1.95, 2.35, Verdict.SPEECH)], floor)
    assert said[-1] == f.Withdraw(1)


def test_a_check_in_that_meets_their_first_word_is_taken_back() -> None:
    floor, _ = play([f.ReplyFinished(1, s(5.0)), f.Tick(s(40)), f.ReplyAudible(2, s(40.2))], answered())
    _, said = play([VoiceStarted(s(40.3), s(40.33)), f.Tick(s(40.7)), judged(40.3, 40.7, Verdict.SPEECH)], floor)
    assert said[-2:] == [f.Withdraw(2), f.OpenTurn(3, s(40.3))]


def test_without_a_verdict_the_length_decides_and_nothing_hangs() -> None:
    short = [VoiceStarted(s(3.0), s(3.03)), VoicePaused(s(3.0), s(3.4), s(3.5)), f.Tick(s(5.5))]
    _, said = play(short, answered())
    assert said[-1] == f.Restore()
    long = [VoiceStarted(s(3.0), s(3.03)), VoicePaused(s(3.0), s(4.2), s(4.3)), f.Tick(s(6.3))]
    _, said = play(long, answered())
    assert said[-3:] == [f.CancelReply(1), f.OpenTurn(2, s(3.0)), f.StartDraft(2, s(4.2))]


def test_a_word_too_short_to_be_heard_is_given_time_to_go_on() -> None:
    over = [VoiceStarted(s(3.0), s(3.03)), VoicePaused(s(3.0), s(3.3), s(3.36)), judged(3.0, 3.3, Verdict.UNSURE)]
    floor, said = play([*over, f.Tick(s(3.8))], answered())
    assert f.Restore() not in said, "we stay silent a little longer"
    assert play([f.Tick(s(3.95))], floor)[1] == [f.Restore()]
    went_on = [VoiceStarted(s(3.7), s(3.73)), f.Tick(s(4.15)), judged(3.0, 4.1, Verdict.SPEECH)]
    assert play(went_on, floor)[1][-1] == f.OpenTurn(2, s(3.0)), "and both together are the turn"


def test_one_noise_does_not_make_us_deaf_but_a_second_makes_us_wary() -> None:
    floor = answered()
    for at_s, wary in ((3.0, False), (4.0, True)):
        over = [VoiceStarted(s(at_s), s(at_s + 0.03)), VoicePaused(s(at_s), s(at_s + 0.3), s(at_s + 0.36))]
        floor, said = play([*over, judged(at_s, at_s + 0.3, Verdict.NOISE)], floor)
        assert said[0] == f.Duck()
        assert floor.wary is wary


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
            judged(3.0, 3.4, Verdict.SPEECH),
        ],
        answered(),
    )
    assert said[-3:] == [f.CancelReply(1), f.OpenTurn(2, s(3.0)), f.StartDraft(2, s(3.4))]
    assert (floor.phase, floor.since) == (f.Phase.PAUSING, s(3.4))


def test_a_judgement_that_comes_after_they_went_on_is_ignored_unless_it_is_speech() -> None:
    over = [VoiceStarted(s(3.0), s(3.1)), VoicePaused(s(3.0), s(3.3), s(3.4)), VoiceStarted(s(3.5), s(3.6))]
    floor, _ = play(over, answered())
    assert play([judged(3.0, 3.3, Verdict.BACKCHANNEL)], floor)[1] == []
    assert play([judged(2.0, 2.3, Verdict.SPEECH)], floor)[1] == [], "of an older voice"
    assert play([judged(3.0, 3.3, Verdict.SPEECH)], floor)[1] == [f.CancelReply(1), f.OpenTurn(2, s(3.0))]


def test_a_reply_that_ends_under_a_voice_leaves_them_the_floor_and_was_not_cut() -> None:
    floor, said = play([VoiceStarted(s(3.0), s(3.1)), f.ReplyFinished(1, s(3.15))], answered())
    assert said == [f.Duck(), f.Restore(), f.OpenTurn(2, s(3.0))]
    assert floor.phase is f.Phase.HEARING


def test_a_reply_that_ends_while_the_voice_is_judged_hangs_nowhere() -> None:
    over = [VoiceStarted(s(3.0), s(3.1)), VoicePaused(s(3.0), s(3.4), s(3.5)), f.ReplyFinished(1, s(3.55))]
    floor, said = play(over, answered())
    assert said[-3:] == [f.Restore(), f.OpenTurn(2, s(3.0)), f.StartDraft(2, s(3.4))]
    assert floor.phase is f.Phase.PAUSING


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


def test_the_greeting_is_said_once_and_silence_after_it_is_met() -> None:
    floor, said = play([f.CallBegan(), f.CallBegan(), f.ReplyAudible(0, s(0.1)), f.ReplyFinished(0, s(4.0))])
    assert said == [f.Greet(0)]
    assert play([f.Tick(s(28))], floor)[1] == []
    assert play([f.Tick(s(29.1))], floor)[1] == [f.CheckIn(1, 1)]


def test_noises_do_not_earn_more_check_ins() -> None:
    floor, _ = play([f.ReplyFinished(1, s(5.0))], answered())
    checks = 0
    for second in range(6, 600):
        floor, said = play([f.Tick(s(second))], floor)
        for command in said:
            assert isinstance(command, f.CheckIn)
            checks += 1
            floor, _ = play([f.ReplyAudible(command.turn, s(second)), f.ReplyFinished(command.turn, s(second))], floor)
        if second % 60 == 0:
            cough = [VoiceStarted(s(second), s(second)), VoicePaused(s(second), s(second + 0.2), s(second + 0.3))]
            floor, _ = play(cough, floor)
            floor, _ = play([f.NothingHeard(floor.turn)], floor)
    assert checks == 2


def sobbing(floor: f.Floor, at_s: float) -> tuple[f.Floor, list[f.Command]]:
    """One sob without words: the detector of voices hears it, the recogniser hears nothing."""
    voice = [VoiceStarted(s(at_s), s(at_s + 0.06)), VoicePaused(s(at_s), s(at_s + 0.8), s(at_s + 0.9))]
    floor, said = play(voice, floor)
    floor, more = play([f.CryingHeard(s(at_s + 0.8)), f.NothingHeard(floor.turn)], floor)
    return floor, said + more


def test_crying_without_words_is_kept_company_and_not_checked_on() -> None:
    floor, _ = play([f.ReplyFinished(1, s(5.0))], answered())
    said: list[f.Command] = []
    for second in range(8, 120):
        floor, more = sobbing(floor, second) if second % 4 == 0 else play([f.Tick(s(second))], floor)
        said += more
        assert not any(isinstance(command, f.Release | f.CheckIn) for command in more)
        for command in more:
            if isinstance(command, f.Presence):
                floor, _ = play(
                    [f.ReplyAudible(command.turn, s(second)), f.ReplyFinished(command.turn, s(second + 0.5))], floor
                )
        assert floor.phase is f.Phase.HOLDING
    lines = [command for command in said if isinstance(command, f.Presence)]
    assert [command.count for command in lines] == [1, 2]
    floor, _ = play([f.Tick(s(170))], floor)
    assert floor.phase is f.Phase.LISTENING, "it is over, and silence is ordinary again"


def test_words_after_crying_are_a_turn_and_get_more_time() -> None:
    floor, _ = sobbing(f.Floor(), 1.0)
    assert floor.phase is f.Phase.HOLDING
    voice = [VoiceStarted(s(3.0), s(3.1)), VoicePaused(s(3.0), s(4.0), s(4.1)), f.CryingHeard(s(4.5))]
    floor, said = play([*voice, f.TurnScored(2, s(0.8)), f.Tick(s(7.4))], floor)
    assert f.Release(2) not in said
    _, said = play([f.Tick(s(7.6))], floor)
    assert said == [f.Release(2)]


def test_a_sob_that_no_detector_of_voices_hears_is_crying_too() -> None:
    floor, _ = play([f.ReplyFinished(1, s(5.0)), f.CryingHeard(s(9.0))], answered())
    assert floor.phase is f.Phase.HOLDING
    assert play([f.Tick(s(28))], floor)[1] == []


def test_hanging_up_drops_what_is_being_said() -> None:
    floor, said = play([f.HangUp()], answered())
    assert said == [f.CancelReply(1)]
    assert play([VoiceStarted(0, 1), f.Tick(s(100))], floor) == (floor, [])


def test_events_of_an_older_turn_change_nothing() -> None:
    floor = answered()
    for event in (f.TurnScored(0, 1), f.NothingHeard(0), f.ReplyAudible(0, 1), f.ReplyFinished(0, 1)):
        assert f.step(floor, event) == (floor, ())
