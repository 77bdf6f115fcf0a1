"""The trained prior: its files, its figures and its recipe."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from warmline.dialogue.strategy.context import Context, Line
from warmline.dialogue.strategy.evaluate import confusion, interval, measure, measure_plans, per_class, preferences
from warmline.dialogue.strategy.examples import STRATEGIES, Example, read
from warmline.dialogue.strategy.features import BUCKETS, bucket, sparse, tokens
from warmline.dialogue.strategy.model import SHIPPED, StrategyModel, load, save
from warmline.dialogue.strategy.planner import Planner, PlanningState
from warmline.dialogue.strategy.training.fit import Recipe, balancing, fit
from warmline.dialogue.types import Plan, Strategy
from warmline.server.cli import main
from warmline.speech.runtime.errors import CorruptWeights, MissingWeights, UnreadableInput, UsageError

WORDS = {strategy: f"w{place}x sign{chr(97 + place)}" for place, strategy in enumerate(STRATEGIES)}


def dialogues(path: Path, count: int, seed: int = 0) -> Path:
    """Invented dialogues in which the person's words give the next strategy away."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8") as file:
        for _ in range(count):
            lines = []
            for _ in range(8):
                strategy = chance.choice(STRATEGIES)
                lines.append({"speaker": "seeker", "text": WORDS[strategy]})
                lines.append({"speaker": "supporter", "text": "yes", "strategy": strategy.value})
            file.write(json.dumps({"dialog": lines}) + "\n")
    return path


def test_the_order_of_strategies_is_the_order_of_label_ids() -> None:
    assert [strategy.name for strategy in STRATEGIES] == [
        "REFLECTION",
        "SELF_DISCLOSURE",
        "QUESTION",
        "AFFIRMATION",
        "SUGGESTION",
        "RESTATEMENT",
        "INFORMATION",
        "OTHER",
    ]


def test_hashing_is_the_same_everywhere() -> None:
    assert bucket("person:alone") == 16277
    assert tokens("I’m NOT ok, 3 times?") == ["i'm", "not", "ok", "3", "times", "?"]


def test_features_are_bounded_and_normed() -> None:
    context = Context((Line("I lost my job"), Line("When?", Strategy.QUESTION), Line("last week " * 500)), 1)
    where, value = sparse(context)
    assert where.min() >= 0
    assert where.max() < BUCKETS
    assert value.max() <= 1.0


def test_a_context_knows_who_said_what() -> None:
    context = Context((Line("a"), Line("b", Strategy.QUESTION), Line("c"), Line("d")), 1)
    assert context.pending == ("c", "d")
    assert context.last_support == "b"
    assert context.earlier == "a"


def test_the_recipe_learns_what_can_be_learnt(tmp_path: Path) -> None:
    model = fit(read(dialogues(tmp_path / "train.jsonl", 40)), Recipe(strength=1.0, folds=3))
    figures = measure(model, read(dialogues(tmp_path / "valid.jsonl", 10, seed=1)), resamples=50)
    assert figures.macro_f1 > 0.9
    assert figures.bias < 0.3
    assert figures.ci_macro_f1[0] <= figures.macro_f1 <= figures.ci_macro_f1[1] + 1e-9


def test_the_recipe_is_repeatable(tmp_path: Path) -> None:
    examples = read(dialogues(tmp_path / "train.jsonl", 12))
    one, two = fit(examples, Recipe(folds=2)), fit(examples, Recipe(folds=2))
    assert np.array_equal(one.weights, two.weights)
    assert np.array_equal(one.offset, two.offset)


def test_too_little_to_learn_from_is_said(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text('{"dialog": [{"speaker": "supporter", "text": "hi", "strategy": "Others"}]}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="too little"):
        fit(read(path))


def test_balancing_evens_out_a_favourite() -> None:
    rng = np.random.default_rng(0)
    gold = rng.integers(0, 8, 2000)
    scores = rng.normal(size=(2000, 8))
    scores[:, 2] += 2.0
    offset = balancing(scores, gold)
    counts = np.bincount((scores + offset).argmax(axis=1), minlength=8)
    assert counts.max() < 1.4 * counts.min()


def test_saving_and_loading_keeps_the_choice(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    model = StrategyModel(rng.normal(size=(BUCKETS, 8)).astype(np.float32), np.zeros(8, np.float32))
    save(model, tmp_path / "w.npz")
    again = load(tmp_path / "w.npz")
    assert np.abs(again.weights - model.weights).max() < 0.05


def test_missing_and_broken_weights_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="train strategy"):
        load(tmp_path / "none.npz")
    broken = tmp_path / "broken.npz"
    broken.write_bytes(SHIPPED.read_bytes()[:1000])
    with pytest.raises(CorruptWeights):
        load(broken)
    small = tmp_path / "small.npz"
    np.savez(small, weights=np.zeros((4, 8), np.int8), scale=np.ones(8), offset=np.zeros(8))
    with pytest.raises(CorruptWeights, match="other features"):
        load(small)


def test_the_shipped_weights_are_small_and_load() -> None:
    assert SHIPPED.stat().st_size < 5_000_000
    odds = load().distribution(Context((Line("thank you, bye"),), 9))
    assert sum(odds.values()) == pytest.approx(1.0)
    assert max(odds, key=lambda strategy: odds[strategy]) is Strategy.OTHER


def test_a_perfect_guess_has_no_bias() -> None:
    gold = np.arange(80) % 8
    assert preferences(gold, gold).std() == 0.0
    assert per_class(confusion(gold, gold))[2].mean() == 1.0


def test_a_favourite_shows_as_bias() -> None:
    gold = np.arange(800) % 8
    guess = gold.copy()
    guess[::3] = 2
    assert preferences(gold, guess).std() > 0.3
    assert preferences(gold, guess).argmax() == 2


def test_the_interval_holds_the_score() -> None:
    rng = np.random.default_rng(2)
    gold = rng.integers(0, 8, 800)
    guess = np.where(rng.random(800) < 0.5, gold, rng.integers(0, 8, 800))
    low, high = interval(gold, guess, np.arange(800) // 10, 200, 0)
    assert low < per_class(confusion(gold, guess))[2].mean() < high


def test_turn_tables_are_read(tmp_path: Path) -> None:
    path = tmp_path / "turns.csv"
    path.write_text(
        "Dialogue_History,Strategy_History,Speaker_Turn,Gold_Standard,Next_Strategy,Feedback\n"
        '<START>,[-1],None,"Hi",2,5\n'
        '"<START> </s> Hi </s> I am sad","[-1, 2, -1]",None supporter seeker,"Why?",2,5\n'
        '<START>,[-1],None,"Hello",7,4\n',
        encoding="utf-8",
    )
    found = read(path)
    assert [example.dialogue for example in found] == [0, 0, 1]
    assert [example.context.index for example in found] == [0, 1, 0]
    assert found[1].context.last_support == "Hi"
    assert found[2].gold is Strategy.OTHER


@pytest.mark.parametrize("text", ["", "no,such,columns\n1,2,3\n", '{"dialog": 3}\n', "not json\n"])
def test_unreadable_files_are_named(tmp_path: Path, text: str) -> None:
    for name in ("x.csv", "x.jsonl"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UnreadableInput, match=name):
            read(path)
    with pytest.raises(UnreadableInput, match="cannot read"):
        read(tmp_path / "missing.csv")


def test_the_commands_train_and_measure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train, valid = dialogues(tmp_path / "train.jsonl", 15), dialogues(tmp_path / "valid.jsonl", 6, seed=3)
    out = tmp_path / "out"
    assert main(["train", "strategy", str(train), "--valid", str(valid), "--out", str(out)]) == 0
    assert "macro-F1" in (out / "CARD.md").read_text(encoding="utf-8")
    assert str(tmp_path) not in (out / "CARD.md").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["eval", "strategy", str(valid), "--weights", str(out / "strategy.npz"), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert {"accuracy", "macro_f1", "weighted_f1", "bias", "ci_macro_f1", "ms_p95", "n", "version", "hardware"} <= set(
        figures
    )
    assert main(["eval", "strategy", str(tmp_path / "missing.csv")]) == 2


def test_examples_are_values() -> None:
    assert Example(Context((), 0), Strategy.OTHER, 0) == Example(Context((), 0), Strategy.OTHER, 0)


def test_whole_plans_are_measured_over_what_was_really_done(tmp_path: Path) -> None:
    examples = read(dialogues(tmp_path / "valid.jsonl", 6, seed=1))
    seen: list[tuple[int, tuple[str, ...]]] = []

    class Watching(Planner):
        def plan(self, state: PlanningState) -> Plan:
            seen.append((len(state.turns), tuple(turn.plan.strategy.name for turn in state.turns)))
            return super().plan(state)

    figures = measure_plans(Watching(), examples, resamples=20)
    assert figures.n == len(examples) == len(seen)
    for example, (count, used) in zip(examples, seen, strict=True):
        assert count == example.context.index
        assert used == tuple(strategy.name for strategy in example.context.past)
    assert sum(one.predicted for one in figures.classes) == figures.n
