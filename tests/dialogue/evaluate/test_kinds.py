"""The judge of our own replies: verified, and right where a reply is plain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from warmline.dialogue.evaluate.kinds import kinds
from warmline.dialogue.types import Strategy
from warmline.server.cli import main


@pytest.mark.parametrize(
    ("reply", "strategy"),
    [
        ("What happened when he came home?", Strategy.QUESTION),
        ("Many people find that the first week is the hardest.", Strategy.SELF_DISCLOSURE),
        ("Maybe you could write down one sentence tonight, if you like.", Strategy.SUGGESTION),
        ("You seem hurt and afraid.", Strategy.REFLECTION),
    ],
)
def test_plain_replies_are_told_apart(reply: str, strategy: Strategy) -> None:
    assert kinds().best(reply) is strategy
    assert abs(sum(kinds().read(reply).values()) - 1.0) < 1e-6


@pytest.mark.parametrize("text", ["", "?", "你好", "a" * 5000])
def test_odd_text_is_judged_without_an_error(text: str) -> None:
    assert kinds().best(text) in Strategy


def test_the_recipe_writes_weights_a_card_and_a_digest(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    line = {"speaker": "supporter", "text": "what do you miss most about him?", "strategy": "Question"}
    dialog = [{"speaker": "seeker", "text": "my dog died"}, line]
    (tmp_path / "talks.jsonl").write_text((json.dumps({"dialog": dialog}) + "\n") * 8, encoding="utf-8")
    out = tmp_path / "out"
    assert main(["train", "kinds", str(tmp_path / "talks.jsonl"), "--out", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == {"kinds.npz", "files.json", "CARD.md"}
    assert "judged unseen" in (out / "CARD.md").read_text(encoding="utf-8")
