"""A recording cut into passages and laid out in time, with scripted ears; and the drawing."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import noise, silence, syllables, voice

from warmline.emotion.events.detector import EventDetector
from warmline.emotion.tagger.backends import TAGGERS
from warmline.server import cli
from warmline.server.analysis import plot
from warmline.server.analysis.read import JOIN, LONGEST, Ears, grouped, read
from warmline.server.analysis.timeline import plain, table
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.audio.files import write_wav
from warmline.speech.diarize.backends import DIARISERS
from warmline.speech.runtime.errors import MissingExtra, StorageError, UsageError
from warmline.speech.types import AudioChunk
from warmline.speech.vad.backends import VADS

TALK = np.concatenate([silence(0.5), syllables(8), silence(2.0), syllables(8), silence(0.5)]).astype("f4")
SCRIPT = "0.6-2.4 I, um, I lost my job; 4.6-6.4 and it is fine"
FAKES = ("--set", "asr.backend=scripted", "--set", "vad.backend=energy", "--set", "tagger.backend=scripted")


def ears(script=SCRIPT, labels=("sad", ""), diariser="none"):
    return Ears(
        vad=lambda: VADS.create("energy", {}),
        recogniser=RECOGNISERS.create("scripted", {"script": script}),
        tagger=TAGGERS.create("scripted", {"labels": labels}),
        events=EventDetector(sounds=False),
        diariser=DIARISERS.create(diariser, {}),
    )


def test_passages_hold_their_words_and_tags_and_events_lie_in_time():
    timeline = read(ears(), AudioChunk(TALK), "call.wav")
    assert [passage.text for passage in timeline.passages] == ["I, um, I lost my job", "and it is fine"]
    assert [passage.tags.label for passage in timeline.passages] == ["sad", None]
    kinds = [event.kind for event in timeline.events]
    assert sorted(kinds) == ["filled pause", "long pause", "repair"]
    pause = timeline.events[kinds.index("long pause")]
    assert timeline.passages[0].start < pause.start < pause.end < timeline.passages[1].end
    assert timeline.passages[1].mood.valence < 0.0
    assert len(timeline.pitch_hz) == len(timeline.level_db) == len(TALK) // 160
    assert not timeline.hears_sounds


def test_two_people_are_held_each_against_their_own_usual():
    turns = [syllables(10, pitch) for pitch in (120, 240) * 5]
    talk = np.concatenate([np.concatenate([turn, silence(1.5)]) for turn in turns]).astype("f4")
    heard = replace(ears("", (), "scripted"), tagger=TAGGERS.create("encoder_probe", {"sounds": False}))
    apart = read(heard, AudioChunk(talk), "two.wav")
    assert [passage.speaker for passage in apart.passages] == [0, 1] * 5
    assert not any(word in passage.unusual for passage in apart.passages for word in ("higher", "lower"))
    assert "voice 2: " in table(apart)
    together = read(replace(heard, diariser=DIARISERS.create("none", {})), AudioChunk(talk), "two.wav")
    assert any("higher" in passage.unusual for passage in together.passages)
    assert "voice 1" not in table(together)


def test_the_table_says_what_was_heard_and_what_was_not():
    shown = table(read(ears(), AudioChunk(TALK), "call.wav"))
    assert '"and it is fine"' in shown
    assert "sad 80%" in shown
    assert "no clear emotion" in shown
    assert "[long pause" in shown
    assert "not listened for: warmline weights fetch yamnet" in shown
    assert "pitch" not in shown  # the scripted tagger measures nothing
    assert "no speech was found" in table(read(ears(), AudioChunk(silence(1.0)), "quiet.wav"))


@pytest.mark.parametrize(
    "samples",
    [silence(0.2), silence(3.0), noise(3.0), voice(150, 0.2), np.sign(voice(120, 3.0)), np.tile(syllables(16), 15)],
    ids=["0.2 s", "silence", "noise", "0.2 s voice", "clipped", "a minute"],
)
def test_odd_recordings_are_laid_out_without_claims(samples):
    timeline = read(
        replace(ears("", ()), tagger=TAGGERS.create("encoder_probe", {"sounds": False})), AudioChunk(samples), "x"
    )
    assert all(passage.tags.label is None for passage in timeline.passages)
    json.dumps(plain(timeline))
    assert table(timeline)


@given(st.lists(st.tuples(st.integers(1, 40_000), st.integers(1, 400_000)), max_size=20))
def test_grouping_keeps_every_span_in_order(steps):
    at, spans = 0, []
    for gap, length in steps:
        spans.append((at + gap, at + gap + length))
        at += gap + length
    groups = grouped(spans)
    assert [span for group in groups for span in group] == spans
    for group in groups:
        assert len(group) == 1 or group[-1][1] - group[0][0] <= LONGEST
        assert all(after[0] - before[1] < JOIN for before, after in itertools.pairwise(group))


@pytest.mark.parametrize(("suffix", "begins"), [("png", b"\x89PNG\r\n\x1a\n"), ("svg", b"<?xml")])
def test_a_plot_is_a_picture(tmp_path, suffix, begins):
    pytest.importorskip("matplotlib", reason="comes with the extra plots")
    timeline = read(ears("0.6-2.4 it cost $5 and $6"), AudioChunk(TALK), "call.wav")
    plot.draw(timeline, tmp_path / f"deep/call.{suffix}")
    assert (tmp_path / f"deep/call.{suffix}").read_bytes().startswith(begins)


def test_an_empty_recording_is_drawn_too(tmp_path):
    pytest.importorskip("matplotlib", reason="comes with the extra plots")
    plot.draw(read(ears(), AudioChunk(silence(0.2)), "x.wav"), tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 1000
    with pytest.raises(StorageError, match="cannot be written"):
        plot.draw(read(ears(), AudioChunk(silence(0.2)), "x.wav"), tmp_path / "x.png" / "y.png")


def test_a_missing_extra_and_a_wrong_suffix_are_told_before_models_load(tmp_path, monkeypatch, capsys):
    with pytest.raises(UsageError, match=r"\.png or \.svg"):
        plot.require(tmp_path / "x.gif")
    monkeypatch.setattr(plot, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"warmline\[plots\]"):
        plot.require(tmp_path / "x.png")
    write_wav(tmp_path / "talk.wav", TALK, 16_000)
    assert cli.main(["analyse", str(tmp_path / "talk.wav"), "--plot", str(tmp_path / "x.png")]) == 2
    assert "loading" not in capsys.readouterr().err


def test_the_command_prints_one_json_object_and_draws_each_file(tmp_path, capsys):
    pytest.importorskip("matplotlib", reason="comes with the extra plots")
    for name in ("monday", "friday"):
        write_wav(tmp_path / f"{name}.wav", TALK, 16_000)
    files = [str(tmp_path / f"{name}.wav") for name in ("monday", "friday")]
    script = ("--set", f'asr.script="{SCRIPT}"')
    assert cli.main(["analyse", *files, "--json", "--plot", str(tmp_path / "out.png"), *FAKES, *script]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == 2
    assert {"version", "hardware"} <= found.keys()
    first = found["files"][0]
    assert first["duration_s"] == pytest.approx(len(TALK) / 16_000)
    assert [word["text"] for word in first["passages"][1]["words"]] == ["and", "it", "is", "fine"]
    assert {event["kind"] for event in first["events"]} >= {"long pause", "filled pause"}
    assert (tmp_path / "out-monday.png").exists()
    assert (tmp_path / "out-friday.png").exists()


def test_the_command_refuses_what_is_no_audio(tmp_path, capsys):
    assert cli.main(["analyse", str(tmp_path / "nothing.wav")]) == 2
    (tmp_path / "text.wav").write_text("no audio at all")
    assert cli.main(["analyse", str(tmp_path / "text.wav")]) == 2
    assert capsys.readouterr().err.count("\n") == 2
