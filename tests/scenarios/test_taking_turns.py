"""Whole calls on virtual time: who cries, who goes on as we begin, whose voice it was, and what was only our echo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tests.scenarios.rehearsal import Rehearsal
from tests.sounds import voice
from warmline.dialogue import floor as f
from warmline.dialogue.types import Outcome
from warmline.emotion.events.sounds import Sound
from warmline.emotion.types import ParalinguisticTags, VocalEvent
from warmline.server import events as e
from warmline.speech.diarize.backends import DIARISERS
from warmline.speech.types import Samples, Utterance, samples_of

LONG = ("One two three four five six seven eight nine ten eleven twelve.", "I see, tell me more?")


@dataclass
class Sobs:
    """A tagger that hears a sob in whatever holds no words."""

    def tag(self, utterance: Utterance, before: Sequence[tuple[bool, str]] = ()) -> ParalinguisticTags:
        span = (utterance.audio.start, utterance.audio.end)
        sob = () if utterance.text else (VocalEvent("cry", utterance.audio.start, utterance.audio.end, 0.9),)
        return replace(ParalinguisticTags.unknown(span), events=sob)

    def close(self) -> None:
        """Nothing to free."""


@dataclass
class Hears:
    """What a stretch of sound is taken for."""

    found: Sound

    def sound(self, samples: Samples) -> Sound:
        return self.found


def actions(call: Rehearsal) -> list[str]:
    return [event.action for event in call.seen if isinstance(event, e.Overlap)]


def ended(call: Rehearsal) -> list[e.ReplyEnded]:
    return [event for event in call.seen if isinstance(event, e.ReplyEnded)]


def notices(call: Rehearsal) -> list[str]:
    return [event.text for event in call.seen if isinstance(event, e.ReplyText) and event.source == "notice"]


def test_who_cries_is_kept_company_in_silence() -> None:
    sobs = ", ".join(f"{at}-{at + 0.8}" for at in range(8, 26, 3))
    call = Rehearsal(speech=f"0.5-2.5, {sobs}", words="0.5-2.5 I lost my mother", tagger=Sobs())
    call.play(26.0)
    assert call.conversation is not None
    assert call.conversation.phase is f.Phase.ENDED
    assert notices(call) == [], "nobody is asked to speak"
    assert len(ended(call)) == 1


def test_after_long_crying_one_soft_line_says_that_we_are_there() -> None:
    sobs = ", ".join(f"{at}-{at + 0.6}" for at in range(8, 60, 4))
    call = Rehearsal(speech=f"0.5-2.5, {sobs}", words="0.5-2.5 I lost my mother", tagger=Sobs())
    call.play(60.0)
    assert notices(call) == ["I'm here with you."]


def test_without_consent_no_crying_is_inferred() -> None:
    sobs = ", ".join(f"{at}-{at + 0.6}" for at in range(8, 60, 4))
    call = Rehearsal(speech=f"0.5-2.5, {sobs}", words="0.5-2.5 I lost my mother", tagger=Sobs(), read_tone=False)
    call.play(60.0)
    assert "I'm here with you." not in notices(call)


def test_going_on_as_we_begin_is_the_same_turn_and_our_reply_was_never_said() -> None:
    first = Rehearsal(speech="0.5-2.0", words="0.5-2.0 I lost my job", says=LONG)
    first.play(6.0)
    (began,) = [event.at for event in first.seen if isinstance(event, e.ReplyBegan)]
    at = began / 16_000 + 0.15
    call = Rehearsal(
        speech=f"0.5-2.0, {at:.2f}-{at + 2:.2f}",
        words=f"0.5-2.0 I lost my job; {at:.2f}-{at + 2:.2f} and then my flat as well",
        says=LONG,
    )
    call.play(14.0)
    assert actions(call) == ["duck", "hold", "withdraw"]
    (only,) = ended(call)
    assert only.words == "I lost my job and then my flat as well"
    assert only.outcome is Outcome.SPOKEN
    assert call.conversation is not None
    assert len(call.conversation.turns) == 1


def test_a_sob_over_our_reply_lets_us_go_on_afterwards() -> None:
    call = Rehearsal(
        speech="0.5-2.0, 4.0-5.5", words="0.5-2.0 I lost my job", says=LONG, sounds=Hears(Sound(0.1, "cry", 0.9))
    )
    call.play(14.0)
    assert actions(call) == ["duck", "hold", "restore"]
    restored = [event.why for event in call.seen if isinstance(event, e.Overlap) and event.action == "restore"]
    assert restored == ["a sob"]
    assert ended(call)[0].heard == ended(call)[0].planned


def planned() -> tuple[list[str], float]:
    """The words of our reply to a lost job, and when it ends, in seconds."""
    call = Rehearsal(speech="0.5-2.0", words="0.5-2.0 I lost my job", says=LONG)
    call.play(14.0)
    return ended(call)[0].planned.split(), ended(call)[0].at / 16_000


def test_our_own_echo_over_our_reply_takes_no_floor() -> None:
    ours, _ = planned()
    words = f"0.5-2.0 I lost my job; 4.0-5.0 {' '.join(ours[2:6])}"
    call = Rehearsal(speech="0.5-2.0, 4.0-5.0", words=words, says=LONG)
    call.play(14.0)
    assert "cancel" not in actions(call)
    assert len(ended(call)) == 1


def test_our_own_echo_just_after_our_reply_is_no_turn_but_what_they_add_is() -> None:
    ours, end = planned()
    tail = " ".join(ours[-3:])
    span = f"{end + 0.1:.2f}-{end + 1.0:.2f}"
    call = Rehearsal(speech=f"0.5-2.0, {span}", words=f"0.5-2.0 I lost my job; {span} {tail}", says=LONG)
    call.play(20.0)
    assert len(ended(call)) == 1, "nobody said anything"
    span = f"{end + 0.1:.2f}-{end + 2.0:.2f}"
    more = f"0.5-2.0 I lost my job; {span} {tail} it was the shop"
    call = Rehearsal(speech=f"0.5-2.0, {span}", words=more, says=LONG)
    call.play(20.0)
    assert ended(call)[1].words == "it was the shop"


def test_another_voice_over_our_reply_does_not_stop_us() -> None:
    audio = np.zeros(samples_of(16.0), np.float32)
    for at_s, f0_hz, length_s in ((0.5, 120.0, 4.0), (9.5, 300.0, 2.0)):
        audio[samples_of(at_s) : samples_of(at_s + length_s)] = voice(f0_hz, length_s)
    call = Rehearsal(
        speech="0.5-4.5, 9.5-11.5",
        words="0.5-4.5 I lost my job and nobody knows; 9.5-11.5 and now the weather for tomorrow",
        says=(LONG[1], LONG[0]),
        audio=audio,
        diariser=DIARISERS.create("scripted", {}),
    )
    call.play(16.0)
    assert [one.words for one in ended(call)] == ["I lost my job and nobody knows"], "nor is it answered"
    known = Rehearsal(speech=call.speech, words=call.words, says=call.says, audio=audio)
    known.play(16.0)
    assert len(ended(known)) == 2, "without a speaker check it is"


def test_words_of_danger_are_answered_whosever_voice_it_seems_to_be() -> None:
    audio = np.zeros(samples_of(20.0), np.float32)
    for at_s, f0_hz, length_s in ((0.5, 120.0, 4.0), (9.5, 300.0, 2.0)):
        audio[samples_of(at_s) : samples_of(at_s + length_s)] = voice(f0_hz, length_s)
    call = Rehearsal(
        speech="0.5-4.5, 9.5-11.5",
        words="0.5-4.5 I lost my job and nobody knows; 9.5-11.5 I want to kill myself tonight",
        says=(LONG[1], LONG[0]),
        audio=audio,
        diariser=DIARISERS.create("scripted", {}),
    )
    call.play(20.0)
    assert [one.words for one in ended(call)][1:] == ["I want to kill myself tonight"]


def test_words_of_danger_in_a_sob_over_our_reply_stop_us() -> None:
    call = Rehearsal(
        speech="0.5-2.0, 4.0-5.5",
        words="0.5-2.0 I lost my job; 4.0-5.5 I want to die",
        says=LONG,
        sounds=Hears(Sound(0.1, "cry", 0.9)),
    )
    call.play(20.0)
    assert "cancel" in actions(call)
    assert ended(call)[-1].words == "I want to die"


def test_without_consent_a_sob_over_our_reply_is_only_no_voice() -> None:
    call = Rehearsal(
        speech="0.5-2.0, 4.0-5.5",
        words="0.5-2.0 I lost my job",
        says=LONG,
        sounds=Hears(Sound(0.1, "cry", 0.9)),
        read_tone=False,
    )
    call.play(14.0)
    why = [event.why for event in call.seen if isinstance(event, e.Overlap) and event.action == "restore"]
    assert why == ["no voice"]


def test_a_frozen_judge_does_not_hold_us_for_ever() -> None:
    """The recogniser dies on what is said over our reply: trouble is told, and the reply goes on."""

    class Dies:
        def sound(self, samples: Samples) -> Sound:
            raise OSError("the model is gone")

    call = Rehearsal(speech="0.5-2.0, 4.0-4.3", words="0.5-2.0 I lost my job; 4.0-4.3 mm-hm", says=LONG, sounds=Dies())
    call.play(16.0)
    assert actions(call) == ["duck", "hold", "restore"]
    assert any(isinstance(event, e.Trouble) and "OSError" in event.what for event in call.seen)
    assert ended(call)[0].heard == ended(call)[0].planned
