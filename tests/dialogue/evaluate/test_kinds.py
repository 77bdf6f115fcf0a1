"""The readers of our own replies: verified, right where a reply is plain, and taught by different rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from warmline.dialogue.evaluate.kinds import kinds
from warmline.dialogue.evaluate.seeker import read_situations, situations
from warmline.dialogue.kinds.model import Kinds, checker, facts
from warmline.dialogue.training.kinds import labelled
from warmline.dialogue.types import Strategy
from warmline.server.cli import main

PRACTICE = Path(__file__).parents[3] / "dialogue" / "evaluate" / "practice.toml"
BEFORE = [(True, "He came home late again and never said a word.")]


@pytest.fixture(params=["judge", "checker"])
def reader(request: pytest.FixtureRequest) -> Kinds:
    return kinds() if request.param == "judge" else checker()


@pytest.mark.parametrize(
    ("reply", "strategy"),
    [
        ("What happened when he came home?", Strategy.QUESTION),
        ("Many people feel left alone when that happens.", Strategy.SELF_DISCLOSURE),
        ("Maybe you could write down one sentence tonight, if you like.", Strategy.SUGGESTION),
        ("You seem hurt and afraid.", Strategy.REFLECTION),
        ("You've kept going through all of it, and that takes strength.", Strategy.AFFIRMATION),
        ("In other words, he was late once more and kept silent.", Strategy.RESTATEMENT),
    ],
)
def test_plain_replies_are_told_apart(reader: Kinds, reply: str, strategy: Strategy) -> None:
    assert reader.best(reply, BEFORE) is strategy
    assert abs(sum(reader.read(reply, BEFORE).values()) - 1.0) < 1e-6


@pytest.mark.parametrize("text", ["", "?", "你好", "a" * 5000])
def test_odd_text_is_read_without_an_error(reader: Kinds, text: str) -> None:
    assert reader.best(text) in Strategy
    assert reader.best(text, [(True, text)]) in Strategy


def test_what_is_taken_from_the_caller_is_seen() -> None:
    taken, own = (facts(text, BEFORE) for text in ("He came home late, silent.", "You feel alone."))
    assert taken[0] > own[0]
    assert own[3] > taken[3]


def test_judge_and_checker_were_taught_by_different_situations() -> None:
    rows = labelled()
    parts = {part: {row.situation for row in rows if row.part == part} for part in ("judge", "checker")}
    assert all(len(found) >= 5 for found in parts.values())
    assert parts["judge"].isdisjoint(parts["checker"])
    assert {row.strategy for row in rows} == set(Strategy)
    practised = {situation.name for situation in read_situations(PRACTICE)}
    assert set().union(*parts.values()) <= practised
    assert practised.isdisjoint(situation.name for situation in situations())


def test_the_recipe_writes_weights_a_card_and_a_digest_of_both(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    line = {"speaker": "supporter", "text": "what do you miss most about him?", "strategy": "Question"}
    dialog = [{"speaker": "seeker", "text": "my dog died"}, line]
    (tmp_path / "talks.jsonl").write_text((json.dumps({"dialog": dialog}) + "\n") * 8, encoding="utf-8")
    out = tmp_path / "out"
    assert main(["train", "kinds", str(tmp_path / "talks.jsonl"), "--out", str(out)]) == 0
    for part, name in (("judge", "kinds.npz"), ("checker", "checker.npz")):
        assert {path.name for path in (out / part).iterdir()} == {name, "files.json", "CARD.md"}
        assert "all unseen: accuracy" in (out / part / "CARD.md").read_text(encoding="utf-8")
