"""Callers made of recordings, and whole calls with many of them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from warmline.dialogue.types import NEUTRAL, ReplySegment
from warmline.server import cli
from warmline.server.bench.costs import load
from warmline.server.bench.load import Loaded
from warmline.server.bench.meter import Metered
from warmline.server.bench.people import STEP, STEP_S, Person, Repertoire, Tally, repertoire
from warmline.server.bench.spoken import Listened, Spoken
from warmline.speech.runtime.cores import Inline, Lane
from warmline.speech.types import SAMPLE_RATE, Samples, samples_of
from warmline.tts.voice.backends import VOICES

OURS = np.full(480, 0.1, np.float32)


def _voice(seconds_s: float) -> Samples:
    time = np.arange(samples_of(seconds_s)) / SAMPLE_RATE
    return np.pad(0.2 * np.sin(2 * np.pi * 200.0 * time), (4_800, 6_400)).astype(np.float32)


@pytest.fixture(scope="module")
def things() -> Repertoire:
    return repertoire([_voice(2.0), _voice(3.0)], [_voice(0.7)])


def _lived(
    person: Person, seconds_s: float, answer_after_s: float | None, answer_s: float = 2.0, yields: bool = True
) -> list[bool]:
    """A call in which we answer so long after the caller's last voice, and fall silent when they speak; which steps
    held their voice."""
    loud: list[bool] = []
    quiet_s, ours_until_s = math.inf, -1.0
    for _ in range(round(seconds_s / STEP_S)):
        piece = person.speak()
        assert piece.shape == (STEP,)
        loud.append(float(np.abs(piece).max()) > 0.05)
        was_s, quiet_s = quiet_s, 0.0 if loud[-1] else quiet_s + STEP_S
        if answer_after_s is not None and was_s < answer_after_s <= quiet_s:
            ours_until_s = person.now_s + answer_s
        if yields and loud[-1]:
            ours_until_s = -1.0
        if person.now_s < ours_until_s:
            person.hear(OURS, person.now_s)
    return loud


def test_a_caller_keeps_to_their_share_of_talk_and_measures_the_answers(things: Repertoire) -> None:
    person = Person(things, share=0.4, seed=3)
    loud = _lived(person, 300.0, answer_after_s=1.0)
    assert np.mean(loud) == pytest.approx(0.4, abs=0.06)
    tally = person.tally
    assert tally.turns > 20
    assert tally.unanswered == 0
    assert tally.v2v_ms
    assert all(950.0 <= ms <= 1050.0 for ms in tally.v2v_ms)


def test_late_answers_are_as_late_as_the_wall_says(things: Repertoire) -> None:
    person = Person(things, share=0.4, seed=3)
    while not person.tally.turns:
        person.speak()
    person.hear(OURS, person.now_s + 5.0)
    assert person.tally.v2v_ms[0] == pytest.approx(5000.0, abs=60.0)


def test_a_reply_that_begins_in_a_pause_inside_a_turn_is_a_cut_off(things: Repertoire) -> None:
    person = Person(things, share=0.4, seed=3)
    _lived(person, 120.0, answer_after_s=0.2)
    assert person.tally.cut_off >= 2, "joined turns pause for at least 0.4 s"
    assert person.tally.cut_off <= person.tally.pauses <= 0.4 * person.tally.turns


def test_callers_speak_into_some_replies_and_tell_when_we_fell_silent(things: Repertoire) -> None:
    person = Person(things, share=0.4, seed=3)
    _lived(person, 300.0, answer_after_s=0.6, answer_s=3.0, yields=False)
    assert person.tally.into >= 3
    assert len(person.tally.silenced_ms) == person.tally.into
    assert max(person.tally.silenced_ms) > 500.0, "this one never yields"


def test_no_answer_is_waited_for_and_counted(things: Repertoire) -> None:
    person = Person(things, share=0.4, seed=3)
    _lived(person, 120.0, answer_after_s=None)
    assert person.tally.unanswered >= 3
    assert not person.tally.v2v_ms


def test_callers_with_the_same_seed_are_the_same_and_others_are_not(things: Repertoire) -> None:
    one, same, other = (_lived(Person(things, 0.4, seed), 60.0, 0.9) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_a_silent_recording_is_nothing_to_say() -> None:
    with pytest.raises(ValueError, match="silent"):
        repertoire([np.zeros(16_000, np.float32)], [])
    with pytest.raises(ValueError, match="at least one"):
        repertoire([], [])


def test_calls_are_held_when_nothing_is_lost_and_answers_are_in_time() -> None:
    good = Loaded(1, seconds_s=10.0, tallies=[Tally(v2v_ms=[700.0] * 20)])
    assert good.held
    assert not Loaded(1, seconds_s=10.0, tallies=[Tally(v2v_ms=[700.0] * 9 + [1900.0] * 2)]).held
    for bad in (Loaded(1, refused=1), Loaded(1, dropped=1), Loaded(1, failed=1), Loaded(1, troubles={"x": 1})):
        bad.tallies = good.tallies
        assert not bad.held


@pytest.mark.skipif(not Path("demos/audio").is_dir(), reason="runs from a checkout")
def test_many_calls_with_the_fakes_are_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "costs.json"
    more = ["--set", "server.max_calls=3", "--costs", str(path)]
    assert cli.main(["bench", "load", "--calls", "2,4", "--minutes", "0.2", "--fakes", "--json", *more]) == 0
    out = json.loads(capsys.readouterr().out)
    assert {"n", "version", "hardware", "calls", "v2v_ms", "underruns", "refused", "rss_mib", "cpu"} <= out.keys()
    assert [row["calls"] for row in out["runs"]] == [2, 4]
    assert (out["refused"], out["held"]) == (1, False)
    assert out["answers"] > 0
    costs = load(path)
    assert costs.measured[1].answers == out["answers"]
    assert costs.spoken_s > costs.opening_s
    assert (out["dropped_frames"], out["troubles"]) == (0, {})


def _said(voice: Listened, turn: int, index: int, source: str, last: bool = False, words: int = 4) -> None:
    text = " ".join(["word"] * words)
    for _ in voice.speak(ReplySegment(turn, index, text, NEUTRAL, last, source)):
        pass


def test_a_whole_reply_is_counted_by_what_was_ours_and_what_was_written() -> None:
    spoken: list[Spoken] = []
    voice = Listened(VOICES.create("tone", {}), spoken)
    _said(voice, 1, 0, "opening")
    assert spoken == []
    _said(voice, 1, 1, "model", words=8)
    _said(voice, 1, 2, "model", last=True)
    _said(voice, 2, 0, "opening")  # thrown away
    _said(voice, 3, 0, "fallback", last=True)
    _said(voice, 4, 0, "protocol", last=True)
    _said(voice, 5, 0, "notice", last=True)
    first, second = spoken
    assert first.opening_s > 0.0
    assert first.written_s > 2 * first.opening_s
    assert first.pieces == 2
    assert first.first_ms is not None
    assert (second.opening_s, second.pieces, second.first_ms) == (0.0, 1, None)
    assert second.written_s == pytest.approx(first.opening_s, abs=0.1), "as many words"


@pytest.mark.parametrize("words", [["--calls", "0"], ["--calls", "two"], ["--talk-share", "2"], ["--minutes", "0"]])
def test_wrong_usage_is_one_clear_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "load", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1


async def test_jobs_that_begin_while_a_language_model_writes_are_counted_apart() -> None:
    metered = Metered(Inline())
    await metered.run(Lane.FINAL, lambda: None)
    async with metered.writing():
        await metered.run(Lane.FINAL, lambda: None)
        await metered.run(Lane.VOICE, lambda: None)
    await metered.run(Lane.FINAL, lambda: None)
    assert {name: used.jobs for name, used in metered.lanes.items()} == {"final": 3, "writer": 1, "voice": 1}
    assert {name: used.jobs for name, used in metered.beside.items()} == {"final": 1, "voice": 1}
