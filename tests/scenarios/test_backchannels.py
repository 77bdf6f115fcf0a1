"""A listener's sounds in whole calls on virtual time: they come in a pause, change nothing, and give way."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from tests.scenarios.rehearsal import Rehearsal
from warmline.dialogue.types import Outcome
from warmline.server import events as e
from warmline.speech.types import SAMPLE_RATE, Samples
from warmline.tts.types import VOICE_RATE

CALL = Rehearsal(
    speech="24.5-28.5, 30.3-32.0",
    words="24.5-28.5 I have not told them because; 30.3-32.0 I am so ashamed",
    scores="0.05, 0.05, 0.95, 0.95",
    backchannels=True,
)


def voice(*spans: tuple[float, float], seconds_s: float = 40.0, level: float = 0.2) -> Samples:
    """A hum in each span, at 210 Hz and falling to 160 at its end: a cue."""
    audio = np.random.default_rng(1).normal(0.0, 1e-4, round(seconds_s * SAMPLE_RATE))
    for start_s, end_s in spans:
        at = np.arange(round((end_s - start_s) * SAMPLE_RATE)) / SAMPLE_RATE
        hertz = np.where(at < end_s - start_s - 0.4, 210.0, 160.0)
        phase = 2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE
        begin = round(start_s * SAMPLE_RATE)
        audio[begin : begin + len(at)] += level * sum(np.sin(number * phase) / number for number in range(1, 6))
    return audio.astype(np.float32)


SPOKEN = voice((24.5, 28.5), (30.3, 32.0))


def told(call: Rehearsal, audio: Samples = SPOKEN) -> tuple[Rehearsal, Samples]:
    """The call, played, and what was heard of us."""
    call = replace(call, audio=audio, seen=[])
    return call, call.play(40.0).reply


def murmured_s(call: Rehearsal) -> list[float]:
    return [event.at / SAMPLE_RATE for event in call.of(e.Murmured) if isinstance(event, e.Murmured)]


def loud(reply: Samples, start_s: float, end_s: float) -> float:
    return float(np.abs(reply[round(start_s * VOICE_RATE) : round(end_s * VOICE_RATE)]).max())


def test_it_sounds_in_the_pause_and_the_call_goes_on_as_without_it() -> None:
    (without, silent), (with_it, heard) = told(replace(CALL, backchannels=False)), told(CALL)
    (at,) = murmured_s(with_it)
    assert 28.9 < at < 29.3
    assert loud(heard, 29.0, 29.8) > 0.01
    assert loud(silent, 0.0, 31.0) == 0.0
    same = [
        [event for event in call.seen if not isinstance(event, e.Murmured | e.ReplyEnded)]
        for call in (without, with_it)
    ]
    assert same[0] == same[1], "the floor does not see it"
    (ended,) = with_it.of(e.ReplyEnded)
    assert isinstance(ended, e.ReplyEnded)
    assert ended.outcome is Outcome.SPOKEN
    assert "Mm" not in ended.heard


def test_without_consent_to_read_the_voice_there_is_none() -> None:
    call, heard = told(replace(CALL, read_tone=False))
    assert murmured_s(call) == []
    assert loud(heard, 0.0, 31.0) == 0.0


def test_words_of_danger_are_not_met_with_a_sound() -> None:
    call, heard = told(replace(CALL, words="24.5-28.5 I want to end my life; 30.3-32.0 I am so ashamed"))
    assert murmured_s(call) == []
    assert loud(heard, 0.0, 31.0) == 0.0


def test_who_goes_on_ends_it() -> None:
    speech, audio = "24.5-28.5, 29.2-32.0", voice((24.5, 28.5), (29.2, 32.0))
    call, heard = told(replace(CALL, speech=speech, words=CALL.words.replace("30.3", "29.2")), audio)
    (at,) = murmured_s(call)
    assert at < 29.2
    assert loud(heard, 28.9, 29.2) > 0.01
    assert loud(heard, 29.3, 31.5) == 0.0


def test_our_own_echo_is_no_voice() -> None:
    """A detector that hears a voice while our sound lasts, 30 dB below the caller's: the pause goes on."""
    echo = SPOKEN + voice((29.05, 29.4), level=0.006)
    call, _ = told(replace(CALL, speech="24.5-28.5, 29.05-29.4, 30.3-32.0"), echo)
    assert len(murmured_s(call)) == 1
    begun = [event.at / SAMPLE_RATE for event in call.of(e.DraftDiscarded) if isinstance(event, e.DraftDiscarded)]
    assert not [at for at in begun if 28.6 < at < 30.2]


def test_they_are_rare() -> None:
    spans = [(24.5 + 6 * number, 28.5 + 6 * number) for number in range(8)]
    speech = ", ".join(f"{start}-{end}" for start, end in spans)
    words = "; ".join(f"{start}-{end} and then they said it" for start, end in spans)
    call = replace(
        CALL, speech=speech, words=words, scores=", ".join(["0.05"] * 40), audio=voice(*spans, seconds_s=80.0)
    )
    call = replace(call, seen=[])
    call.play(80.0)
    times = murmured_s(call)
    assert len(times) >= 2
    assert min(after - before for before, after in pairwise(times)) >= 22.0
