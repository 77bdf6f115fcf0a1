"""What an utterance does: the shipped classifier on sentences of our own, and its parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.classify.acts import acts
from warmline.dialogue.classify.corpora import CODES, Utterance, read_codes, read_strategies
from warmline.dialogue.classify.linear import dump, parse
from warmline.dialogue.classify.training.linear_fit import fit, levelled
from warmline.dialogue.types import Strategy
from warmline.speech.runtime.errors import CorruptWeights, UnreadableInput


@pytest.mark.parametrize(
    ("text", "strategy"),
    [
        ("How long have you been feeling this way?", Strategy.QUESTION),
        ("What happened after that?", Strategy.QUESTION),
        ("Maybe you could try going for a walk in the evenings.", Strategy.SUGGESTION),
        ("You are very welcome, have a good day, bye", Strategy.OTHER),
        ("You are so strong and I am sure you will get through this.", Strategy.AFFIRMATION),
    ],
)
def test_plain_cases(text, strategy):
    assert acts().best(text) is strategy


@given(st.text(max_size=200), st.lists(st.tuples(st.booleans(), st.text(max_size=40)), max_size=3))
def test_any_text_is_answered(text, before):
    found = acts().read(text, before)
    assert set(found) == set(Strategy)
    assert sum(found.values()) == pytest.approx(1.0)


def test_the_recipe_learns_and_its_file_reads_back():
    some = [
        Utterance("what is it?", (), "question", "1"),
        Utterance("you feel low", (), "reflection", "2"),
        Utterance("right", (), "other", "3"),
    ] * 4
    model = fit(some, ("question", "reflection", "other"), strength=30.0)
    again = parse(dump(model))
    assert again.scores("what is it?").argmax() == 0
    assert again.scores("you feel low").argmax() == 1


def test_levelling_takes_a_frequent_label_down_and_nothing_else():
    some = [Utterance("you feel low", (), "reflection", "1")] * 9 + [Utterance("what is it?", (), "question", "2")]
    model = fit(some, ("question", "reflection"))
    level = levelled(model, some, 1.0)
    assert level.bias[0] - model.bias[0] == pytest.approx(np.log(9.0) / 2, abs=1e-5)
    assert (level.weights == model.weights).all()
    assert (levelled(model, some, 0.0).bias == model.bias).all()


def test_damaged_weights_are_named():
    with pytest.raises(CorruptWeights, match="install"):
        parse(b"no npz")


def test_corpora_are_read_with_the_lines_before(tmp_path):
    talks = tmp_path / "talks.jsonl"
    talks.write_text(
        '{"dialog": [{"speaker": "seeker", "text": "hi"}, '
        '{"speaker": "supporter", "text": "why?", "strategy": "Question"}]}\n'
    )
    (one,) = read_strategies(talks)
    assert (one.text, one.before, one.label) == ("why?", ((True, "hi"),), "QUESTION")
    table = tmp_path / "codes.csv"
    table.write_text(
        "transcript_id,interlocutor,utterance_text,main_therapist_behaviour\n"
        "1,client,I drink,n/a\n1,therapist,You drink,reflection\n2,therapist,Why?,question\n"
    )
    codes = read_codes(table)
    assert [one.label for one in codes] == ["reflection", "question"]
    assert codes[0].before == ((True, "I drink"),)
    assert codes[1].before == ()
    assert set(CODES) >= {one.label for one in codes}


@pytest.mark.parametrize(
    ("name", "read"), [("a.csv", read_codes), ("a.csv", read_strategies), ("a.jsonl", read_strategies)]
)
def test_what_is_no_corpus_is_named(tmp_path, name, read):
    (tmp_path / name).write_text("nonsense\n1\n")
    with pytest.raises(UnreadableInput, match=name):
        read(tmp_path / name)
