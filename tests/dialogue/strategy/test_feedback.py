"""Marks read from files, foreseen, weighed in: on made-up talks where the answer is known."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from warmline.dialogue.strategy.context import Context, Line
from warmline.dialogue.strategy.evaluate import gains
from warmline.dialogue.strategy.examples import STRATEGIES, Example
from warmline.dialogue.strategy.feedback import FEATURES, Feedback, Lookahead, features, load, save, shipped
from warmline.dialogue.strategy.feedback_evaluate import best_auc, constant, foreseen, predicted, rank_correlation
from warmline.dialogue.strategy.marks import Marked, read_marks
from warmline.dialogue.strategy.planner import Planner, PlanningState
from warmline.dialogue.strategy.training.feedback_fit import FeedbackRecipe, choose, fit_marks, ridge
from warmline.dialogue.types import Strategy
from warmline.server.cli import main
from warmline.speech.runtime.errors import CorruptWeights, MissingWeights, UnreadableInput

S = Strategy
START = Context((Line("I lost my job"),), 0)


def talk(seed: int, liked: Strategy = S.REFLECTION, replies: int = 6) -> dict[str, object]:
    """A talk whose person marks ``liked`` with 5 and anything else with 3, more or less."""
    chance = random.Random(seed)
    dialog: list[dict[str, object]] = [{"speaker": "seeker", "text": "I lost my job"}]
    for at in range(replies):
        strategy = chance.choice(STRATEGIES)
        mark = 5 if strategy is liked else 3
        dialog.append({"speaker": "supporter", "text": f"reply {at}", "strategy": strategy.value})
        dialog.append({"speaker": "seeker", "text": f"and then {at}", "feedback": str(mark)})
    return {"dialog": dialog}


def write(path: Path, talks: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in talks), encoding="utf-8")
    return path


def test_marks_are_the_next_ones_and_only_earlier_ones_are_known(tmp_path: Path) -> None:
    dialog = [
        {"speaker": "seeker", "text": "hi"},
        {"speaker": "supporter", "text": "a", "strategy": "Question"},
        {"speaker": "seeker", "text": "b", "feedback": None},
        {"speaker": "supporter", "text": "c", "strategy": "Providing Suggestions or Information"},
        {"speaker": "seeker", "text": "d", "feedback": "4"},
        {"speaker": "supporter", "text": "e", "strategy": "Information"},
        {"speaker": "seeker", "text": "f", "feedback": "2"},
        {"speaker": "supporter", "text": "never marked", "strategy": "Question"},
    ]
    found = read_marks(write(tmp_path / "a.jsonl", [{"dialog": dialog}]))
    assert [(one.strategy, one.mark, one.before) for one in found] == [
        (S.QUESTION, 4, ()),
        (S.SUGGESTION, 4, ()),
        (S.INFORMATION, 2, (4,)),
    ]
    assert found[2].context.past == (S.QUESTION, S.SUGGESTION)


def test_surveys_and_the_form_of_failed_talks_are_read(tmp_path: Path) -> None:
    surveyed = {
        "survey": {"seeker": {"empathy": "5", "relevance": "4"}},
        "dialog": [{"speaker": "seeker", "text": "hi"}, {"speaker": "supporter", "text": "a", "strategy": "Question"}],
    }
    (one,) = read_marks(write(tmp_path / "s.jsonl", [surveyed]))
    assert (one.mark, one.survey, one.before) == (4.5, True, ())
    failed = [
        {
            "dialog": [
                {"speaker": "speaker", "annotation": {}, "content": "hi\n"},
                {"speaker": "listener", "annotation": {"strategy": "Questions"}, "content": "yes?"},
                {"speaker": "speaker", "annotation": {"feedback": "1"}, "content": "no\n"},
            ]
        }
    ]
    path = tmp_path / "f.json"
    path.write_text(json.dumps(failed), encoding="utf-8")
    (other,) = read_marks(path)
    assert (other.strategy, other.mark, other.survey) == (S.QUESTION, 1, False)


def test_a_table_tells_no_earlier_marks(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        'Dialogue_History,Strategy_History,Next_Strategy,Feedback\n"<START>",[-1],2,5\n'
        '"<START> </s> Hi? </s> Hello","[-1, 2, -1]",0,4\n',
        encoding="utf-8",
    )
    assert [(one.strategy, one.mark, one.before) for one in read_marks(path)] == [
        (S.QUESTION, 5, ()),
        (S.REFLECTION, 4, ()),
    ]


@pytest.mark.parametrize("text", ["", "nonsense", '{"dialog": []}', '{"dialog": [{"speaker": "seeker"}]}', "[1]"])
def test_files_without_marks_are_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableInput):
        read_marks(path)
    assert main(["eval", "feedback", str(path)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_what_people_like_is_learnt_and_foreseen(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [talk(seed) for seed in range(60)])
    model = fit_marks(read_marks(path), FeedbackRecipe(penalty=1.0))
    expected = model.expected(START)
    assert max(expected, key=lambda strategy: expected[strategy]) is S.REFLECTION
    other = read_marks(write(tmp_path / "b.jsonl", [talk(seed) for seed in range(100, 130)]))
    blind = foreseen(other, predicted(model, other, known=False), resamples=50)
    assert blind.spearman > 0.5
    assert blind.ci_spearman[0] <= blind.spearman <= blind.ci_spearman[1]
    assert blind.mae < foreseen(other, constant(other), resamples=50).mae


def test_a_strength_is_taken_only_where_it_helps() -> None:
    chance = random.Random(1)
    examples = [
        Example(Context((Line("one of many"),), 4, (S.QUESTION,) * 4), chance.choice(STRATEGIES), number // 6)
        for number in range(240)
    ]
    flat = Feedback(np.zeros(FEATURES, np.float32), 4.0)
    model, chosen = choose(flat, examples)
    assert (model.strength, chosen.strength) == (0.0, 0.0)
    assert all(gain.value == 0.0 for gain in chosen.gains.values())


def test_the_lookahead_moves_the_choice_towards_what_is_liked() -> None:
    class Even:
        def scores(self, context: Context) -> np.ndarray:
            return np.zeros(8, np.float32)

        def distribution(self, context: Context) -> dict[Strategy, float]:
            return dict.fromkeys(Strategy, 1 / 8)

    liked = np.zeros(FEATURES, np.float32)
    liked[6 + STRATEGIES.index(S.AFFIRMATION)] = 1.0
    ahead = Lookahead(Even(), Feedback(liked, 3.0), 2.0)
    shares = ahead.distribution(START)
    assert shares[S.AFFIRMATION] == pytest.approx(np.e**2 / (np.e**2 + 7))
    assert sum(shares.values()) == pytest.approx(1.0)
    assert int(ahead.scores(START).argmax()) == STRATEGIES.index(S.AFFIRMATION)


def test_the_planner_tells_what_it_expects_and_uses_a_strength() -> None:
    plain = Planner().plan(PlanningState((), "I lost my job"))
    assert set(plain.expected) == set(Strategy)
    assert all(1.0 <= mark <= 5.0 for mark in plain.expected.values())
    liked = np.zeros(FEATURES, np.float32)
    liked[6 + STRATEGIES.index(S.AFFIRMATION)] = 1.0
    eager = Planner(feedback=Feedback(liked, 3.0, strength=20.0)).plan(PlanningState((), "I lost my job"))
    assert eager.strategy is S.AFFIRMATION
    assert shipped().strength == 0.0, "the shipped lookahead did not help on held-out talks: it weighs nothing"


def test_weights_come_back_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    model = Feedback(np.arange(FEATURES, dtype=np.float32), 4.5, 0.5)
    save(model, tmp_path / "f.npz")
    found = load(tmp_path / "f.npz")
    assert (found.bias, found.strength) == (4.5, 0.5)
    assert np.array_equal(found.weights, model.weights)
    with pytest.raises(MissingWeights):
        load(tmp_path / "none.npz")
    (tmp_path / "bad.npz").write_bytes(b"no")
    with pytest.raises(CorruptWeights):
        load(tmp_path / "bad.npz")
    np.savez(tmp_path / "other.npz", weights=np.zeros(3), bias=0.0, strength=0.0)
    with pytest.raises(CorruptWeights):
        load(tmp_path / "other.npz")


def test_features_know_marks_progress_and_repetition() -> None:
    late = Context((), 12, (S.QUESTION,))
    assert features(START, S.QUESTION).shape == (FEATURES,)
    assert features(late, S.QUESTION)[-1] == 1.0
    assert features(late, S.REFLECTION)[-1] == 0.0
    assert list(features(START, S.QUESTION, (3, 5))[:4]) == [1.0, 1.0, 0.0, 0.25]
    assert not features(START, S.QUESTION)[:4].any()


def test_figures_on_cases_with_known_answers() -> None:
    up = np.arange(10.0)
    assert rank_correlation(up, up**3) == pytest.approx(1.0)
    assert rank_correlation(up, -up) == pytest.approx(-1.0)
    assert rank_correlation(up, np.ones(10)) == 0.0
    given = np.array([5.0, 5.0, 3.0, 4.0])
    assert best_auc(given, np.array([4.0, 5.0, 1.0, 2.0])) == 1.0
    assert best_auc(given, np.ones(4)) == 0.5
    assert best_auc(np.full(3, 5.0), up[:3]) == 0.5
    rows = np.random.default_rng(0).normal(size=(200, 3))
    found, bias = ridge(rows, rows @ np.array([1.0, -2.0, 0.5]) + 4.0, np.ones(200), 1e-6)
    assert found == pytest.approx([1.0, -2.0, 0.5], abs=1e-4)
    assert bias == pytest.approx(4.0, abs=1e-4)


def test_a_gain_is_paired_and_zero_where_nothing_changed() -> None:
    gold = np.arange(80) % 8
    groups = np.arange(80) // 8
    same = gains(gold, gold, gold, groups, resamples=20)
    assert all((gain.value, gain.low, gain.high) == (0.0, 0.0, 0.0) for gain in same.values())
    worse = np.where(np.arange(80) % 4 == 0, 0, gold)
    better = gains(gold, worse, gold, groups, resamples=50)
    assert better["accuracy"].value == pytest.approx(float((gold != worse).mean()))
    assert better["macro_f1"].low > 0.0


def test_the_commands_train_and_measure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = write(tmp_path / "train.jsonl", [talk(seed) for seed in range(40)])
    valid = write(tmp_path / "valid.jsonl", [talk(seed) for seed in range(50, 60)])
    out = tmp_path / "out"
    assert main(["train", "feedback", str(train), "--valid", str(valid), "--out", str(out)]) == 0
    assert "Spearman" in (out / "FEEDBACK.md").read_text(encoding="utf-8")
    capsys.readouterr()
    argv = ["eval", "feedback", str(valid), "--weights", str(out / "feedback.npz"), "--resamples", "20"]
    assert main([*argv, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["foreseen"]) == {"constant", "last", "as_in_a_call", "marks_known"}
    assert found["lookahead"]["1"]["gain"]["macro_f1"].keys() == {"value", "low", "high"}
    assert found["n"] == 60
    assert main([*argv, "--strength", "0.5"]) == 0
    assert "lookahead of strength 0.5" in capsys.readouterr().out
    assert main([*argv, "--strength", "-1"]) == 2


def test_survey_marks_weigh_less() -> None:
    told = [Marked(START, S.QUESTION, 1.0, (), 0), Marked(START, S.QUESTION, 5.0, (), 1, survey=True)]
    light, heavy = (fit_marks(told * 20, FeedbackRecipe(survey_weight=share)) for share in (0.01, 1.0))
    assert light.bias != heavy.bias
