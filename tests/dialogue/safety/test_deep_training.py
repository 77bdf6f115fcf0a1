"""What the language model's reader learns from, and how its figures are counted. The training itself needs torch."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from warmline.dialogue.prompt.wording import leads
from warmline.dialogue.safety.deep_reader import CALLER, REPLY
from warmline.dialogue.safety.training import deep_samples
from warmline.dialogue.safety.training.deep_report import area, cut_for, lines, write
from warmline.dialogue.safety.training.deep_samples import gathered, of, said_anew, told
from warmline.dialogue.safety.training.screen_samples import Heard
from warmline.dialogue.safety.training.thoughts import HELD, TRAIN, VALID

OURS = [
    Heard("a hint", {}, TRAIN, "coded", level=1),
    Heard("a hint", {}, TRAIN, "coded", level=1),
    Heard("soup", {}, TRAIN, "everyday", level=0, weight=0.4),
    Heard("how do I say goodbye", {}, TRAIN, "asks: support"),
    Heard("tell me [means]", {}, VALID, "asks: self_harm", unsafe=True),
    Heard("pick a lock", {}, HELD, "asks: illegal", unsafe=True),
    Heard("you are not alone", {"harmful": False}, TRAIN, "reply: ok"),
    Heard("just leave him.", {"harmful": True}, TRAIN, "reply: persuades"),
    Heard("a hint", {"harmful": False}, VALID, "reply: ok"),
]


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep_samples, "samples", lambda everyday: list(OURS))


def test_texts_with_a_level_are_learnt_once_and_requests_by_whose_danger_they_speak_of() -> None:
    levels = {one.text: (one.level, one.part) for one in gathered() if of(one) == CALLER}
    assert levels == {
        "a hint": (1, TRAIN),
        "soup": (0, TRAIN),
        "how do I say goodbye": (0, TRAIN),
        "tell me [means]": (2, VALID),
    }
    assert len(gathered()) == 7


def test_sentences_of_replies_are_another_question_with_a_yes_or_no() -> None:
    levels = {one.text: (one.level, one.part) for one in gathered() if of(one) == REPLY}
    assert levels == {"you are not alone": (0, TRAIN), "just leave him.": (1, TRAIN), "a hint": (0, VALID)}


def test_a_pass_holds_what_is_learnt_alone_and_is_told_alike_for_a_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep_samples, "changed", lambda one, around, chance: f"{one.text} {chance.random():.3f}")
    first, again, other = told(gathered(), 1), told(gathered(), 1), told(gathered(), 2)
    assert first == again != other
    learnt = ["a hint", "soup", "how do I say goodbye", "you are not alone", "just leave him."]
    assert [one.text for _, one in first] == learnt


def test_a_reply_is_told_after_a_first_clause_of_ours_or_unended_and_else_as_it_stands() -> None:
    (one,) = [one for one in OURS if one.text == "just leave him."]
    ways = {said_anew(one, random.Random(seed)) for seed in range(400)}
    assert {"just leave him.", "just leave him"} <= ways
    led = {way.removesuffix(".").removesuffix(" just leave him") for way in ways} - {"just leave him"}
    assert len(led) > 20
    assert led <= set(leads("en"))


def test_area_is_the_chance_that_risk_stands_above_none() -> None:
    scores = np.array([0.1, 0.4, 0.35, 0.8])
    assert area(scores, np.array([False, False, True, True])) == 0.75
    assert area(np.ones(4), np.array([True, False, True, False])) == 0.5
    assert np.isnan(area(scores, np.zeros(4, bool)))
    chance = random.Random(3)
    many = np.array([round(chance.random(), 1) for _ in range(60)])
    truth = np.array([chance.random() < 0.4 for _ in range(60)])
    pairs = [(a > b) + (a == b) / 2 for a in many[truth] for b in many[~truth]]
    assert area(many, truth) == pytest.approx(np.mean(pairs))


def test_a_cut_off_raises_no_more_of_the_harmless_than_it_may() -> None:
    chance = np.random.default_rng(0)
    risk, truth = chance.random(1000), chance.random(1000) < 0.5
    cut = cut_for(risk, truth, 0.03)
    assert 0.02 < (risk[~truth] >= cut).mean() <= 0.03


def test_the_card_tells_figures_recipe_and_use(tmp_path: Path) -> None:
    texts = [
        Heard(f"t{at}", {}, VALID if at % 2 else HELD, "coded" if at % 3 else "sorrow", level=at % 3)
        for at in range(60)
    ]
    texts += [
        Heard(
            f"r{at}", {}, VALID if at % 2 else HELD, "reply: romance" if at % 4 > 1 else "reply: ok", level=at % 4 // 2
        )
        for at in range(40)
    ]
    levels = np.array([[0.9, 0.1, 0.0, 0.0] if one.level == 0 else [0.1, 0.2, 0.7, 0.0] for one in texts])
    (tmp_path / "reader.gguf").write_bytes(b"GGUF")
    found = write(tmp_path, "reader.gguf", texts, levels, "warmline train safety --part deep")
    assert found == tuple(lines(texts, levels))
    assert "caller, valid: AUC 1.000, found 1.000 of 20, raised 0.000 of 10" in found
    assert "reply, valid: AUC 1.000, found 1.000 of 10, raised 0.000 of 10" in found
    assert "reply, valid reply: ok: raised 0.000 of 10" in found
    card = (tmp_path / "CARD.md").read_text(encoding="utf-8")
    assert "warmline train safety --part deep" in card
    assert "non-commercial" in card
    assert list(json.loads((tmp_path / "files.json").read_text(encoding="utf-8"))) == ["reader"]
