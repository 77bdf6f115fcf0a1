"""Cards are read or refused clearly; a seeker tells the card as their own, never twice, and is moved by the rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conversation_cards import CARD, READING, ear, write
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.evaluate.conversation.cards import Card, read
from warmline.dialogue.evaluate.conversation.heard import plain_ear
from warmline.dialogue.evaluate.conversation.played import PlayedSeeker, brief
from warmline.dialogue.evaluate.conversation.seeker import RuleSeeker, emotion_of
from warmline.dialogue.evaluate.conversation.state import State, early, moved
from warmline.dialogue.evaluate.conversation.telling import facts, in_first_person
from warmline.dialogue.llm.scripted import Line as Scripted
from warmline.dialogue.llm.scripted import ScriptedConfig, ScriptedModel
from warmline.dialogue.types import Strategy
from warmline.speech.runtime.errors import UnreadableInput

CALM = State(4.0, 0.4, 0.1)
QUESTION = replace(READING, kind=Strategy.QUESTION, questions=1, open=True)
ADVICE = replace(READING, kind=Strategy.SUGGESTION, advice=True)


def test_cards_are_read(tmp_path: Path) -> None:
    mara, other = read(write(tmp_path / "cards.json"))
    assert (mara.id, mara.gender, mara.occupation, mara.age) == ("mara", "female", "Baker", "41")
    assert (other.id, other.age, other.gender) == ("7", "", "male")
    assert [card.id for card in read(tmp_path / "cards.json", ["7"])] == ["7"]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "no cards"),
        ({"id": 1}, "no cards"),
        ([{"card": "Problem: My dog died on Monday."}], "lacks id"),
        ([{"id": 1, "card": ""}], "empty"),
        ([{"id": 1, "card": "Age: 3\nGender: male"}], "says nothing after 'Problem:'"),
        ([{"id": 1, "card": "Problem: Not mentioned"}], "says nothing after 'Problem:'"),
        ([{"id": 1, "card": "Problem: ?? !! .."}], "too little"),
        ([{"id": 1, "card": "Problem: Ella ha perdido su trabajo y no sabe cómo decírselo a su marido."}], "English"),
        ([{"id": 1, "card": "Problem: My dog died."}] * 2, "two cards"),
        ([{"id": 1, "card": "Problem: My dog died.", "hidden": 3}], "hidden"),
    ],
)
def test_bad_cards_say_what_is_wrong(tmp_path: Path, rows: object, says: str) -> None:
    with pytest.raises(UnreadableInput, match=says):
        read(write(tmp_path / "cards.json", rows))


def test_no_file_no_json_no_such_card(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="cannot read"):
        read(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("[{")
    with pytest.raises(UnreadableInput, match="no JSON"):
        read(tmp_path / "bad.json")
    with pytest.raises(UnreadableInput, match="no card 9"):
        read(write(tmp_path / "cards.json"), ["9"])


@pytest.mark.parametrize(
    ("gender", "third", "first"),
    [
        (
            "female",
            "The seeker is afraid that her husband left her for good",
            "I am afraid that my husband left me for good.",
        ),
        ("male", "He has lost his job and wants to hide it", "I have lost my job and want to hide it."),
        ("", "They are tired of their work", "I am tired of my work."),
        ("", "Struggling with guilt about a friend", "I'm struggling with guilt about a friend."),
        ("", "Recently laid off", "I was laid off recently."),
        ("", "Difficulty finding work", "It's mostly difficulty finding work."),
        ("male", "Wife asked for a divorce", "My wife asked for a divorce."),
    ],
)
def test_a_card_is_told_in_the_first_person(gender: str, third: str, first: str) -> None:
    assert in_first_person(third, gender) == first


def test_facts_are_short_and_of_the_card() -> None:
    told = facts(CARD)
    assert len(told) == 3
    assert "my daughter's savings" in told[-1]
    assert all("seeker" not in piece and " her " not in f" {piece} " for piece in told)


WORDS = ("Shame", "Losing it", "Four in the morning", "Hiding it", "May", "The bakery", "Home", "That")
REPLIES = ["What hurts most?", "You carry so much shame.", "you could rest", "", "It takes strength."]


@given(st.lists(st.sampled_from(REPLIES), min_size=12, max_size=24), st.integers(0, 5))
def test_no_line_comes_twice_and_the_same_seed_gives_the_same_talk(replies: list[str], seed: int) -> None:
    talks = []
    for _ in range(2):
        seeker = RuleSeeker(CARD, seed, ear())
        lines = [seeker.opens().text]
        for reply in replies:
            lines.append(seeker.says(seeker.hears(reply)).text)
            assert 1.0 <= seeker.state.intensity <= 5.0
            assert 0.0 <= seeker.state.trust <= 1.0
            assert 0.0 <= seeker.state.resistance <= 1.0
        talks.append(lines)
    assert talks[0] == talks[1]
    assert len(set(talks[0])) == len(talks[0])


def test_what_is_hidden_comes_with_trust_alone() -> None:
    warm, cold = (RuleSeeker(CARD, 1, ear(near=near)) for near in (True, False))
    for seeker in (warm, cold):
        seeker.opens()
    shown = [warm.says(warm.hears(f"{word} sounds heavy, and lonely with it.")) for word in WORDS]
    hard = [cold.says(cold.hears(f"Well, you could look for work, number {at}.")) for at in range(8)]
    revealed = next(line for line in shown if line.reveals)
    assert "savings" in revealed.text
    assert not any(line.reveals or "savings" in line.text for line in hard)
    assert warm.state.intensity < cold.state.intensity


def test_replies_move_as_the_rules_say() -> None:
    met = moved(CALM, [], READING)
    missed = moved(CALM, [], replace(READING, meets=0.0))
    assert met.state.intensity < CALM.intensity == missed.state.intensity
    assert met.state.trust > CALM.trust > missed.state.trust
    assert moved(CALM, [], replace(QUESTION, questions=3)).state.trust < CALM.trust
    assert moved(CALM, [QUESTION] * 2, QUESTION).state.trust < moved(CALM, [READING] * 2, QUESTION).state.trust
    assert moved(CALM, [], replace(READING, hurts=True)).state.trust < CALM.trust
    assert moved(CALM, [], replace(READING, words=0)).state.intensity > CALM.intensity
    assert moved(CALM, [], replace(READING, parrots=True)).state.intensity == CALM.intensity


def test_advice_helps_when_it_is_time() -> None:
    trusting = replace(CALM, trust=0.7)
    assert early(CALM, [], ADVICE)
    assert early(trusting, [READING], ADVICE)
    assert not early(trusting, [READING] * 4, ADVICE)
    assert not early(replace(CALM, asked=True), [], ADVICE)
    assert moved(CALM, [], ADVICE).state.intensity > CALM.intensity
    assert moved(trusting, [READING] * 4, ADVICE).state.intensity < trusting.intensity


@given(st.floats(1.0, 5.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_who_trusts_more_takes_in_no_less(intensity: float, less: float, more: float, resistance: float) -> None:
    low, high = sorted((less, more))
    one, two = (moved(State(intensity, trust, resistance), [], READING).state for trust in (low, high))
    assert two.intensity <= one.intensity + 1e-9


def test_replies_are_read_by_the_shipped_readers() -> None:
    found = plain_ear()
    said = "My boss passed me over for the promotion, after all those extra shifts."
    met = found.read("It hurts to be passed over for that promotion after so many extra shifts.", said)
    assert met.meets > 0.5
    assert not met.advice
    assert met.questions == 0
    advice = found.read("You should just talk to your boss and calm down.", said)
    assert advice.advice
    assert advice.hurts
    offer = found.read("Would it help to think about what you could try next?", said)
    assert offer.offers
    assert not offer.advice
    assert found.read("", said).words == 0


def test_the_emotion_of_a_card() -> None:
    assert emotion_of("Nervous and worried about the exam") == "fearful"
    assert emotion_of("Frustrated with an unfair boss") == "angry"
    assert emotion_of("It rains") == "sad"


async def test_a_model_words_the_lines_and_the_rules_step_in() -> None:
    good, helper = "I lost the bakery and I can't say it at home.", "I hear you, how can I help you today?"
    model = ScriptedModel(ScriptedConfig((good, helper, Scripted("x", dies_after=0))))
    seeker = PlayedSeeker(CARD, 0, ear(), model)
    assert (await seeker.opens()).text == good
    for reply in ("You feel ashamed.", "That sounds heavy."):
        told = seeker.hears(reply)
        line = await seeker.says(told, reply)
        assert line.text not in (good, helper)
    assert (seeker.own, seeker.ruled) == (1, 2)
    assert "method of harm" in brief(Card("x", "Lost a job in May."))
