"""The listener's bench: talks are what they say they are, and sounds are set against speech, pauses and turn starts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from warmline.server.bench import backchannels as bench
from warmline.server.bench.backchannels import Placed, Talk, Told
from warmline.server.bench.turns.clips import Clip, Supply
from warmline.server.cli import main
from warmline.speech.turn.cuts import Cut
from warmline.speech.types import samples_of as s

TALK = Talk("a", np.zeros(s(20.0), np.float32), ((0, s(1)), (s(5), s(6)), (s(9), s(13)), (s(18), s(20))), (s(1), s(13)))


def told(start_s: float, end_s: float) -> Told:
    return Told(s(start_s), s(end_s), "Mhm.")


@pytest.mark.parametrize(
    ("sound", "inside", "over_s", "start"),
    [
        (told(3.0, 3.4), True, 0.4, False),
        (told(5.2, 5.6), False, 0.0, False),
        (told(5.8, 6.2), False, 0.2, False),
        (told(12.9, 13.05), False, 0.05, True),
        (told(19.9, 20.0), False, 0.0, False),
    ],
)
def test_a_sound_is_set_against_what_the_person_said(sound: Told, inside: bool, over_s: float, start: bool) -> None:
    placed = bench.placed(sound, TALK)
    assert placed.inside is inside
    assert placed.over == pytest.approx(s(over_s), abs=1)
    assert not placed.over or inside or placed.start is start


def test_the_tally_counts_what_is_noticed_apart_from_what_is_met() -> None:
    met = [bench.placed(sound, TALK) for sound in (told(5.2, 5.6), told(5.8, 6.2), told(12.9, 13.05), told(12.9, 13.3))]
    found = bench.tally([TALK], [met])
    assert (found.sounds, found.inside, found.turn_starts) == (4, 0, 2)
    assert (found.over_starts, found.noticed_starts) == (2, 1)
    assert (found.going_on, found.noticed_going_on) == (1, 1)
    assert found.most_in_a_minute == 4


def test_a_talk_lists_every_silence_and_every_turn_start() -> None:
    rng = np.random.default_rng(3)
    voice = (0.2 * np.sin(np.arange(s(3.0)) / 20.0)).astype(np.float32)
    breaks = tuple(Cut(s(at_s), s(at_s), words) for words, at_s in ((3, 1.0), (6, 2.0)))
    clip = Clip("x", voice, breaks, room=np.zeros(s(0.5), np.float32))
    supply = Supply((clip,), (), (), (), (), (), (), np.zeros(0, np.float32))
    talk = bench.talk("x", [clip, clip], supply, 1.0, rng)
    loud = np.abs(talk.audio) > 0.01
    for start, end in talk.silent:
        assert not loud[start + s(0.06) : end - s(0.06)].any()
    for start in talk.starts:
        assert loud[start : start + s(0.1)].any()
        assert any(end == start and end - begin >= s(2.9) for begin, end in talk.silent)
    assert len(talk.silent) > len(talk.starts) > 2


def test_inside_a_word_counts_as_inside_only() -> None:
    inside = Placed(told(3.0, 3.4), True, s(0.4), False)
    assert bench.tally([TALK], [[inside]]).going_on == 0


def test_the_command_says_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "backchannels", str(tmp_path), "--minutes", "0"]) == 2
    assert main(["eval", "backchannels", str(tmp_path / "none"), "--minutes", "1"]) == 2
    assert "folder" in capsys.readouterr().err
