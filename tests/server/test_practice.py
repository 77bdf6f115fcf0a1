"""Practice from the first line to the feedback: in text by a script, aloud with recordings and fakes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from conversation_cards import ear, write

from warmline.dialogue.evaluate.conversation.coaching import replayed
from warmline.dialogue.evaluate.conversation.heard import Ear
from warmline.server.bench.conversation.practising import own_danger
from warmline.server.cli import main
from warmline.server.commands import practice
from warmline.speech.audio.files import write_wav
from warmline.speech.runtime.errors import DeviceError
from warmline.speech.types import SAMPLE_RATE

SAID = (
    "It sounds as if you carry so much shame about Friday.",
    "What is the worst moment of the day?",
    "you could try to rest more",
    "It takes strength to say so.",
)


@pytest.fixture(autouse=True)
def _readers(monkeypatch: pytest.MonkeyPatch) -> None:
    def small() -> Ear:
        return ear(near=True)

    monkeypatch.setattr(practice, "ear_of", small)


def types(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_a_whole_session_with_feedback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    types(monkeypatch, *SAID)
    kept = tmp_path / "session.md"
    assert main(["practice", "night", "--hints", "--transcript", str(kept)]) == 0
    out, err = capsys.readouterr()
    assert "simulation" in err
    assert "double shifts" in out
    for what in (
        "They felt understood.",
        "An open question",
        "An idea came before",
        "As a whole",
        "Replies with advice",
    ):
        assert what in out
    assert out.index("perhaps: Stay with how it is") < out.index("How it went")
    page = kept.read_text()
    assert page.count("**You:**") == len(SAID)
    assert "Perhaps: Stay with how it is" in page


def test_the_session_as_one_object(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    types(monkeypatch, *SAID)
    assert main(["practice", "night", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == len(SAID)
    assert [one["code"] for one in found["turns"]] == ["reflection", "question", "reflection", "reflection"]
    assert [one["kind"] for one in found["turns"]] == ["reflection", "question", "suggestion", "affirmation"]
    assert [one["reply"] for one in found["turns"]] == list(SAID)
    first, _, third, _ = (one["moved"] for one in found["turns"])
    assert first[0] < 0.0 < first[1]
    assert third[0] > 0.0 > third[1]
    assert (found["early_advice"], found["questions"], found["reflections"]) == (1, 1, 1)
    assert {"intensity", "trust", "summary", "opened_up", "card", "version", "hardware"} <= set(found)


def test_who_says_nothing_is_told_so_kindly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    types(monkeypatch)
    assert main(["practice", "exam"]) == 0
    assert "Come back whenever you like" in capsys.readouterr().out


def test_no_more_replies_than_wanted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    types(monkeypatch, *SAID)
    assert main(["practice", "promotion", "--turns", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 2


def test_danger_to_oneself_ends_the_part(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    types(monkeypatch, SAID[0], "I want to kill myself, actually.", SAID[1])
    assert main(["practice", "night"]) == 0
    out = capsys.readouterr().out
    assert "local emergency number" in out
    assert out.count("   you:") == 1
    assert own_danger("I want to die.")
    assert not own_danger("Are you thinking of killing yourself?")
    assert not own_danger("Have I understood that you want to die?")
    assert not own_danger("You said you want to die.")
    assert not own_danger("I hear that you want to die, and I'm glad you told me.")
    assert own_danger("I hear you, but I want to die myself.")


def test_a_card_of_one_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cards = str(write(tmp_path / "cards.json"))
    types(monkeypatch, SAID[0])
    assert main(["practice", cards, "--only", "7"]) == 0
    assert "exam" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["nobody"], "no card 'nobody'"),
        (["night", "--turns", "0"], "at least 1"),
        (["night", "--voice", "--hints"], "in text"),
        (["none.json"], "cannot read"),
    ],
)
def test_wrong_usage_says_so(args: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["practice", *args]) == 2
    assert says in capsys.readouterr().err


def test_without_a_microphone_it_says_so_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Missing:
        def __init__(self, *_: object) -> None:
            raise DeviceError("no microphone: plug one in, or name a device")

    monkeypatch.setattr("warmline.speech.audio.device.Duplex", Missing)
    assert main(["practice", "night", "--voice"]) == 4
    assert "no microphone" in capsys.readouterr().err


def test_the_same_replies_give_the_same_talk() -> None:
    card = practice.card_of("quiet-house", None)
    once, again = (replayed(card, 3, ear(near=True), SAID) for _ in range(2))
    assert once == again
    assert len(once[1].turns) == len(SAID)


def test_aloud_the_seeker_answers_what_was_heard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hum = 0.2 * np.sin(2 * np.pi * 160.0 * np.arange(3 * SAMPLE_RATE // 2) / SAMPLE_RATE)
    write_wav(tmp_path / "a.wav", hum.astype(np.float32), SAMPLE_RATE)
    heard = "; ".join(f"{at:.2f}-{at + 0.2:.2f} shame" for at in np.arange(0.0, 60.0, 0.25))
    fakes = ("vad.backend=energy", "turn.backend=vad_only", "asr.backend=scripted", f'asr.script="{heard}"',
             "tagger.backend=scripted", "voice.backend=tone", 'spare_voice.backend=""')  # fmt: skip
    args = [part for fake in fakes for part in ("--set", fake)]
    assert main(["practice", "night", "--input", str(tmp_path / "a.wav"), "--json", *args]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == 1
    assert found["turns"][0]["reply"].startswith("shame")
    assert "double shifts" in found["turns"][0]["line"]
