"""eval coherence: a voice that follows its plan scores, one that does not scores nothing, and leaps cost."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from warmline.dialogue.types import Style
from warmline.server.bench import coherence
from warmline.server.bench.sentences import SENTENCES
from warmline.server.cli import main
from warmline.tts.voice.tone import ToneConfig, ToneVoice

VOICE = ToneVoice(ToneConfig())


def test_talks_are_the_same_every_time_and_cover_the_scale() -> None:
    turns = list(coherence.talks(SENTENCES, 50, 7))
    assert turns == list(coherence.talks(SENTENCES, 50, 7))
    assert len(turns) == 50
    volumes = [turn.style.volume for turn in turns]
    assert min(volumes) < -0.4
    assert max(volumes) > -0.2


def test_a_voice_that_follows_scores_and_a_styleless_one_does_not() -> None:
    turns = list(coherence.talks(SENTENCES, 12, 7))
    ours, none = coherence.judged(VOICE, turns), coherence.judged(VOICE, turns, styled=False)
    assert ours.by_axis["volume"] == pytest.approx(1.0, abs=0.05)
    assert ours.coherence > 0.8
    assert none.coherence == 0.0


def test_leaps_between_turns_cost() -> None:
    (turn, *_) = coherence.talks(SENTENCES, 1, 7)
    leaping = [replace(turn, style=Style(volume=value)) for value in (-1.0, 1.0, -1.0, 1.0)]
    assert coherence.judged(VOICE, leaping).smooth < 1.0


def test_the_command_prints_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "coherence", "--turns", "6", "--voice", "tone", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["n"] == 6
    assert told["coherence"] > told["styleless"]["coherence"]
    assert main(["eval", "coherence", "--turns", "1"]) == 2
