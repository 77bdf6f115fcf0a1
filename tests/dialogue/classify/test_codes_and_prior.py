"""Codes of motivational interviewing, and the planner's mixed prior."""

import numpy as np
import pytest

from warmline.dialogue.classify.codes import codes, key, parse_known
from warmline.dialogue.classify.training.assemble import stack
from warmline.dialogue.strategy.blend import Blend, log_softmax, prior
from warmline.dialogue.strategy.context import Context, Line
from warmline.dialogue.strategy.history import history
from warmline.dialogue.strategy.model import load
from warmline.dialogue.types import Strategy
from warmline.emotion.text.heads import LinearHead
from warmline.speech.runtime.errors import CorruptWeights

START = Context((), 0)
LATER = Context(
    (Line("I lost my job"), Line("When was that?", Strategy.QUESTION), Line("last week, thank you for asking")),
    6,
    (Strategy.OTHER, *(Strategy.QUESTION,) * 5),
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("How do you feel about cutting down?", "question"),
        ("So you are worried about what the drinking does to your kids.", "reflection"),
        ("Okay.", "other"),
    ],
)
def test_plain_codes(text, code):
    found = codes().read(text, ((True, "I drink more than I should, and the kids see it."),))
    assert max(found, key=lambda name: found[name]) == code
    assert sum(found.values()) == pytest.approx(1.0)


def test_kept_scores_belong_to_an_utterance_in_its_place():
    assert key("Okay.", ((True, "a"),)) != key("Okay.", ((True, "b"),))
    assert codes().unseen("no therapist ever said this to anybody", ()) is None
    with pytest.raises(CorruptWeights, match="install"):
        parse_known(b"nothing")


def test_the_shipped_prior_is_the_mixture_and_a_distribution():
    mixture = prior()
    assert isinstance(mixture, Blend)
    for context in (START, LATER):
        found = mixture.distribution(context)
        assert set(found) == set(Strategy)
        assert sum(found.values()) == pytest.approx(1.0, abs=1e-5)
    assert mixture.distribution(START)[Strategy.QUESTION] > mixture.distribution(LATER)[Strategy.QUESTION]


def test_a_file_of_ones_own_is_the_linear_model_alone(tmp_path):
    from warmline.dialogue.strategy.model import save

    save(load(), tmp_path / "mine.npz")
    assert not isinstance(prior(tmp_path / "mine.npz"), Blend)


def test_history_reaches_beyond_the_window():
    same = Context(LATER.lines, LATER.index, (Strategy.SUGGESTION,) * 6)
    assert not np.array_equal(history(LATER), history(same))
    assert history(START).shape == history(LATER).shape


def test_the_small_layer_learns_which_part_to_trust():
    rng = np.random.default_rng(0)
    gold = rng.integers(0, 8, 1600)
    good = rng.normal(size=(1600, 8)).astype(np.float32) + 3.0 * np.eye(8, dtype=np.float32)[gold]
    noise = rng.normal(size=(1600, 8)).astype(np.float32)
    past = rng.normal(size=(1600, 5)).astype(np.float32)
    rows = np.concatenate([log_softmax(noise), log_softmax(good), past], axis=1)
    made = stack(rows, gold, np.arange(1600) % 5)
    layer = LinearHead(made["next_stack.weight"], made["next_stack.bias"], 1.0, made["next_stack.shift"])
    assert (layer.scores(rows).argmax(axis=1) == gold).mean() > 0.85
