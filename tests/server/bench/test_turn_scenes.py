"""Scenes hold what they say they hold, and the arithmetic over decisions is right."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.speech.turn.test_cuts import buzz, quiet
from warmline.server import events as e
from warmline.server.bench.turns import clips, pauses, scenes, score
from warmline.server.bench.turns.clips import Clip, Supply
from warmline.server.bench.turns.pauses import Heard, Look, Silence
from warmline.server.bench.turns.plot import svg
from warmline.server.bench.turns.scenes import OverlapScene, Pause, TurnScene
from warmline.server.bench.turns.stage import Noted, Played
from warmline.speech.audio.files import write_wav
from warmline.speech.runtime.errors import UnreadableInput
from warmline.speech.turn.cuts import Cut
from warmline.speech.types import samples_of

S = 16_000
CLIP = Clip(
    "one",
    np.concatenate([buzz(1.2), quiet(0.04), buzz(1.2), quiet(0.4), buzz(1.2)]),
    (Cut(samples_of(1.2), samples_of(1.24), 1), Cut(samples_of(2.44), samples_of(2.84), 2)),
)
WORD = Clip("word", buzz(0.3))
SUPPLY = Supply((CLIP,), (CLIP,), (WORD,), (WORD,), (CLIP,), (CLIP,), (), np.zeros(10, np.float32))


def test_the_same_seed_gives_the_same_scenes() -> None:
    first, again = scenes.turn_scenes(SUPPLY, 12, 3), scenes.turn_scenes(SUPPLY, 12, 3)
    assert all(np.array_equal(one.audio, other.audio) for one, other in zip(first, again, strict=True))
    assert [one.pauses for one in first] == [one.pauses for one in again]
    other = scenes.turn_scenes(SUPPLY, 12, 4)
    assert any(one.pauses != another.pauses for one, another in zip(first, other, strict=True))


@pytest.mark.parametrize("seed", range(8))
def test_pauses_are_silent_where_they_are_said_to_be_and_the_turn_ends_where_it_says(seed: int) -> None:
    scene = scenes.turn_scene(CLIP, "plain", SUPPLY, np.random.default_rng(seed))
    assert scene.pauses
    for pause in scene.pauses:
        assert samples_of(0.3) - 320 <= pause.end - pause.start <= samples_of(2.5) + 320
        assert float(np.abs(scene.audio[pause.start + 200 : pause.end - 200]).max()) < 0.01
        assert float(np.abs(scene.audio[pause.start - 800 : pause.start - 200]).max()) > 0.1
        assert float(np.abs(scene.audio[pause.end + 200 : pause.end + 800]).max()) > 0.1
    assert float(np.abs(scene.audio[scene.end - 800 : scene.end - 200]).max()) > 0.1
    assert float(np.abs(scene.audio[scene.end + 200 :]).max()) < 0.01
    assert len(scene.audio) - scene.end >= scenes.TAIL


def test_the_clips_own_pause_is_listed_where_it_was_left() -> None:
    listed = [scenes.turn_scene(CLIP, "plain", SUPPLY, np.random.default_rng(seed)).pauses for seed in range(20)]
    assert all(any(pause.own for pause in found) for found in listed)


def test_kinds_come_in_their_shares() -> None:
    found = Counter(scene.kind for scene in scenes.overlap_scenes(SUPPLY, 100, 1))
    assert sum(found.values()) == 100
    assert set(found) == {kind for kind, _ in scenes.OVERLAPS}
    assert 32 <= found["interruption"] <= 36
    few = scenes.overlap_scenes(SUPPLY, 3, 1)
    assert len(few) == 3


def test_only_interruptions_are_to_stop_us() -> None:
    for scene in scenes.overlap_scenes(SUPPLY, 40, 1):
        assert scene.takes_floor == (scene.kind == "interruption")
        assert np.isfinite(scene.audio).all()
        assert scene.end <= len(scene.audio)


def turn(*at: float, end: float = 6.0) -> TurnScene:
    inner = tuple(Pause(samples_of(start), samples_of(start + 1.0), False) for start in at)
    return TurnScene("t", "plain", np.zeros(samples_of(11.0), np.float32), inner, samples_of(end))


def test_an_early_answer_is_charged_to_its_pause_once() -> None:
    scene = turn(1.0, 3.0)
    assert score.cut_pauses(scene, [samples_of(1.5), samples_of(2.2)]) == {0}
    assert score.cut_pauses(scene, [samples_of(3.9)]) == {1}
    assert score.cut_pauses(scene, [samples_of(0.5)]) == {0}
    assert score.cut_pauses(scene, [samples_of(6.0)]) == frozenset()


def test_rates_delays_and_missed_ends() -> None:
    all_heard = [Heard(turn(1.0, 3.0), (), (), ()), Heard(turn(1.0), (), (), ())]
    answers = {id(all_heard[0]): [samples_of(1.4), samples_of(6.7)], id(all_heard[1]): [samples_of(1.2)]}
    found = score.timing(all_heard, lambda one: answers[id(one)])
    assert (found.cut, found.pauses, found.cut_turns, found.missed, found.turns) == (2, 3, 2, 1, 2)
    assert found.delays_ms == (pytest.approx(700.0),)
    assert found.payload()["missed_ends"] == 0.5


def test_the_fixed_wait_and_smart_turn_answer_as_they_would() -> None:
    silences = (
        Silence(S, S + 1024, samples_of(1.5), 0.9),
        Silence(samples_of(2.0), samples_of(2.064), samples_of(4.0), 0.2),
        Silence(samples_of(6.0), samples_of(6.064), samples_of(11.0), 0.2),
    )
    heard = Heard(turn(1.0, 2.0), silences, (), ())
    assert pauses.fixed(heard, samples_of(0.7)) == [samples_of(2.7), samples_of(6.7)]
    assert pauses.smart_turn(heard) == [samples_of(1.2), samples_of(9.2)]
    assert pauses.smart_turn(heard, above=0.1)[1:] == [samples_of(2.2), samples_of(6.2)]


def test_longer_patience_answers_later_and_less_often() -> None:
    looks = (Look(samples_of(1.2), samples_of(1.0)), Look(samples_of(1.5), samples_of(0.6)))
    heard = Heard(turn(1.0), (), ((S, samples_of(1.9), looks), (samples_of(6.0), samples_of(11.0), looks)), (S,))
    assert pauses.ours(heard) == [S]
    assert pauses.ours(heard, 0.9)[0] == samples_of(1.54)
    assert pauses.ours(heard, 2.0) == [samples_of(7.2)]


def test_a_look_that_comes_late_answers_when_it_comes() -> None:
    late = (Look(samples_of(2.0), samples_of(0.3)),)
    assert pauses.ours(Heard(turn(1.0), (), ((S, samples_of(3.0), late),), ()), 0.5) == [samples_of(2.0)]


def played(gain: list[float], *cancels: float) -> Played:
    return Played(tuple(Noted(e.Overlap("cancel", 0), samples_of(at)) for at in cancels), tuple(gain))


def over(kind: str) -> OverlapScene:
    return OverlapScene(kind, kind, np.zeros(S, np.float32), 1600, 8000, kind == "interruption", -45.0, CLIP.samples)


def test_times_count_from_the_onset_and_rates_from_what_was_meant() -> None:
    gain = [1.0] * 8 + [0.13] * 4 + [0.0] * 40
    good = score.overlapped(over("interruption"), played(gain, 0.5))
    assert (good.duck_ms, good.silence_ms, good.cancelled_ms) == (80.0, 160.0, pytest.approx(400.0))
    missed = score.overlapped(over("interruption"), played([1.0] * 50))
    false = score.overlapped(over("cough"), played(gain, 0.5))
    kept = score.overlapped(over("backchannel"), played(gain))
    figures = score.overlaps([good, missed, false, kept])
    assert figures["missed_barge_rate"] == 0.5
    assert figures["false_barge_rate"] == 0.5


def test_the_rate_at_a_delay_lies_on_the_curve() -> None:
    def point(delay: float, cut: int) -> score.Timing:
        return score.Timing(cut, 10, cut, 0, 10, (delay,))

    assert score.at_delay([point(400.0, 6), point(800.0, 2)], 600.0) == pytest.approx(0.4)
    assert math.isnan(score.at_delay([point(400.0, 6)], 900.0))


def test_the_drawing_has_a_line_and_a_dot_for_each_system() -> None:
    drawn = svg({"ours": [(400.0, 0.3), (900.0, 0.1)]}, {"ours": (700.0, 0.2)}, "a < b")
    assert drawn.count("<polyline") == 1
    assert drawn.count("<circle") == 1
    assert "a &lt; b" in drawn


def test_a_folder_of_recordings_is_read_and_a_broken_off_transcript_left_out(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_wav(tmp_path / f"{name}.wav", np.concatenate([quiet(0.2), buzz(1.5), quiet(0.3)]), S)
    found = clips.recorded(tmp_path, 10, np.random.default_rng(0))
    assert len(found) == 3
    assert all(abs(len(clip.samples) - samples_of(1.52)) < 400 for clip in found)
    rows = ('{"file": "a.wav", "text": "It ended."}', '{"file": "b.wav", "text": "He went to the"}')
    (tmp_path / "manifest.jsonl").write_text("\n".join((*rows, '{"file": "c.wav"}')), encoding="utf-8")
    assert {clip.name for clip in clips.recorded(tmp_path, 10, np.random.default_rng(0))} == {"a.wav#0", "c.wav#0"}


def test_folders_that_cannot_be_used_say_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no folder"):
        clips.recorded(tmp_path / "none", 3, np.random.default_rng(0))
    with pytest.raises(UnreadableInput, match="fewer than two"):
        clips.recorded(tmp_path, 3, np.random.default_rng(0))
    with pytest.raises(UnreadableInput, match="no sound"):
        clips.sounds(tmp_path)
