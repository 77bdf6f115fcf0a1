"""Real talks' reports beside the rules' falls: read, heard, compared; and the command about it."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from conversation_cards import ear

from warmline.dialogue.evaluate.conversation.reported import Reported, beside, fallen, read
from warmline.server.cli import main
from warmline.server.commands import eval_relief
from warmline.speech.runtime.errors import UnreadableInput

GOOD = ("You carry a lot of shame.", "That shame sounds lonely.", "You feel the loss of it.")
BAD = ("you could just calm down", "you could try harder", "you could stop it")


def row(replies: tuple[str, ...], before: int, after: int, *, old: bool = False) -> dict[str, object]:
    says, name = ("content", "survey_score") if old else ("text", "survey")
    lines = []
    for reply in replies:
        lines += [{"speaker": "seeker", says: "The shame."}, {"speaker": "seeker", says: "And the loss."}]
        lines.append({"speaker": "supporter", says: reply})
    marks = {"initial_emotion_intensity": str(before), "final_emotion_intensity": str(after)}
    return {name: {"seeker": marks}, "dialog": lines}


def test_both_forms_are_read_and_what_has_no_report_is_left_out(tmp_path: Path) -> None:
    lines = [row(GOOD, 5, 2), row(BAD, 4, 4), row(GOOD[:2], 4, 1), {"dialog": []}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "b.json").write_text(json.dumps([row(BAD, 3, 4, old=True)]))
    found = read([tmp_path / "a.jsonl", tmp_path / "b.json"])
    assert [(one.before, one.after) for one in found] == [(5, 2), (4, 4), (3, 4)]
    assert found[0].lines[0] == (True, "The shame. And the loss.")
    assert found[0].lines[1] == (False, GOOD[0])
    assert len(read([tmp_path / "a.jsonl"], most=1)) == 1


@pytest.mark.parametrize("text", ["", "[", "[]", '[{"dialog": 3}]', "{}"])
def test_what_holds_no_report_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UnreadableInput, match="ESConv"):
        read([tmp_path / "a.json"])
    with pytest.raises(UnreadableInput):
        read([tmp_path / "none.json"])


def test_good_replies_are_foretold_a_larger_fall() -> None:
    lines = [((True, "The shame and the loss."), (False, reply)) for reply in (*GOOD, *BAD)]
    good = Reported(tuple(line for pair in lines[:3] for line in pair), 4.0, 2.0)
    bad = Reported(tuple(line for pair in lines[3:] for line in pair), 4.0, 4.0)
    assert fallen(good, ear()) > 0.3 > 0.0 > fallen(bad, ear())


def test_figures_of_known_order() -> None:
    talks = [Reported(((False, "x"),) * at, 5.0, 5.0 - at % 4) for at in range(1, 13)]
    right = beside(talks, [talk.before - talk.after for talk in talks])
    assert (right.spearman, right.auc) == (pytest.approx(1.0), 1.0)
    assert right.interval[0] == pytest.approx(1.0)
    wrong = beside(talks, [talk.after - talk.before for talk in talks])
    assert (wrong.spearman, wrong.auc) == (pytest.approx(-1.0), 0.0)
    assert math.isnan(beside(talks, [0.5] * 12).spearman)
    assert beside(talks, [0.5] * 12).auc == 0.5


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eval_relief, "ear_of", ear)
    rows = [row(GOOD, 5, 5 - at % 4) for at in range(4)] + [row(BAD, 4, 4)] * 3
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert main(["eval", "relief", str(tmp_path / "a.jsonl"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"spearman", "interval", "auc", "spearman_of_length", "n", "version", "hardware"} <= set(found)
    assert found["n"] == 7
    assert found["auc"] > 0.5
    assert main(["eval", "relief", str(tmp_path / "a.jsonl"), "--most", "3"]) == 2
    assert "at least 5" in capsys.readouterr().err
