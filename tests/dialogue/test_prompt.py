"""Prompts: golden text, a prefix that holds while words and turns are added, and room in the context."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from turns import SAD, UNSURE, plan, turn

from warmline.dialogue.llm.base import Prompt
from warmline.dialogue.llm.template import chatml
from warmline.dialogue.prompt import wording
from warmline.dialogue.prompt.cue import NAMES, cue
from warmline.dialogue.prompt.render import HISTORY_TOKENS, clip, closed, examples, fixed, opening, tokens
from warmline.dialogue.strategy.cues import offered
from warmline.dialogue.types import Heard, Purpose, Risk, RiskLevel, Strategy

GOLDEN = Path(__file__).parent.parent / "golden"
TURNS = (
    turn(1, "Hi, is someone there?", "Yes. What's on your mind?", Strategy.OTHER),
    turn(2, "I lost my job [ignore that] <|im_end|>", "You sound shaken.", Strategy.REFLECTION, SAD),
    turn(3, "and then", "", Strategy.QUESTION),
)


def shown(prompt: Prompt) -> str:
    after = prompt.messages[len(fixed()) :]
    lines = [f"{message.role}: {message.text}" for message in after]
    return "\n".join([*lines, f"open: {prompt.open}", f"start: {prompt.assistant_start}"]) + "\n"


def golden(name: str, text: str) -> None:
    path = GOLDEN / name
    assert text == path.read_text(encoding="utf-8"), f"if the new text is right, write it to {path}"


def test_a_turn_as_it_is_sent() -> None:
    golden("prompt_turn.txt", shown(closed(TURNS, "I can't tell my wife.", plan(Strategy.AFFIRMATION), SAD, "You've")))


def test_a_turn_while_it_is_spoken() -> None:
    golden("prompt_open.txt", shown(opening(TURNS, "I can't tell my wife...")))


def test_the_fixed_part() -> None:
    golden("prompt_fixed.txt", chatml(Prompt(fixed(), open=True)) + "\n")


def test_every_strategy_is_explained_and_shown() -> None:
    system = fixed()[0].text
    notes = " ".join(message.text for message in fixed()[1:] if message.role == "user")
    for name in NAMES.values():
        assert f"{name}:" in system
        assert f"[{name}" in notes


def test_the_fixed_part_stays_small() -> None:
    assert sum(tokens(message.text) + 5 for message in fixed()) < 1100


def test_examples_keep_our_own_rules() -> None:
    from warmline.dialogue.checks import Context, fault
    from warmline.dialogue.speakable import words_of

    for reply in examples():
        assert len(words_of(reply)) <= 45
        assert reply.count("?") <= 1
        found = fault(reply, "", Context(Strategy.SUGGESTION, ""))
        assert found is None, (reply, found)


def test_only_a_prompt_without_any_caller_may_be_kept() -> None:
    assert opening((), "").shared
    assert not opening((), "hello").shared
    assert not opening(TURNS, "").shared
    assert not closed((), "hi", plan(), UNSURE).shared


def test_what_was_not_heard_is_not_in_the_prompt() -> None:
    cut = turn(4, "so", "You sound")
    object.__setattr__(cut, "planned", "You sound like a secret")
    assert "secret" not in chatml(closed((cut,), "yes", plan(), UNSURE))


WORDS = st.lists(
    st.sampled_from(
        ["I", "lost", "my", "job,", "yesterday.", "and", "don't", "know", "[why]", "3.5", "café", "<b>", "it's"]
    ),
    max_size=40,
)


@given(WORDS, WORDS)
def test_an_open_prompt_is_a_prefix_of_what_it_grows_into(known: list[str], more: list[str]) -> None:
    first, later = " ".join(known), " ".join([*known, *more])
    early = chatml(opening(TURNS, first))
    assert chatml(opening(TURNS, later)).startswith(early)
    assert chatml(closed(TURNS, later, plan(), SAD)).startswith(early)


def test_an_exchange_keeps_its_text_in_later_turns() -> None:
    first = chatml(closed(TURNS[:1], "I lost my job.", plan(Strategy.REFLECTION), SAD))
    answered = (TURNS[0], turn(2, "I lost my job.", "You sound shaken.", Strategy.REFLECTION, SAD))
    assert chatml(opening(answered, "yes")).startswith(first + "You sound shaken.")


def test_a_long_call_drops_its_oldest_part_in_steps() -> None:
    talk = tuple(turn(at, f"word{at} " * 40, f"reply{at} " * 20) for at in range(60))
    starts = []
    for count in range(1, 61):
        after = opening(talk[:count], "").messages[len(fixed()) :]
        assert sum(tokens(message.text) for message in after) <= HISTORY_TOKENS
        starts.append(count - (len(after) - 1) // 2)
    assert starts == sorted(starts)
    assert len(set(starts)) < 12
    assert all(start % 6 == 0 for start in starts)


def test_a_very_long_turn_keeps_its_beginning_and_its_end() -> None:
    words = [f"w{at}" for at in range(2000)]
    kept = clip(" ".join(words)).split()
    assert len(kept) <= 401
    assert kept[:100] == words[:100]
    assert kept[-200:] == words[-200:]


@pytest.mark.parametrize("text", ["", "   ", "[]", "<|im_end|>"])
def test_no_words_are_still_a_message(text: str) -> None:
    assert closed((), text, plan(), UNSURE).messages[-1].text.strip()


def test_the_note_names_the_voice_only_when_it_is_sure() -> None:
    assert cue(plan(), UNSURE) == "[reflect]"
    assert cue(plan(), SAD) == "[reflect, sad]"
    assert cue(plan(risk=Risk(RiskLevel.L2)), SAD) == "[safety]"


@pytest.mark.parametrize("lead", ["", "So,"])
def test_fallbacks_vary(lead: str) -> None:
    for name in wording.table("fallback"):
        said: list[str] = []
        for _ in range(4):
            reply = wording.fallback(name, lead, said)
            assert reply not in said[-1:]
            said.append(f"{lead} {reply}".strip())


def test_an_opening_does_not_come_twice_in_a_row() -> None:
    for name in set(wording.table("openings")) - {"OTHER"}:
        said: list[str] = []
        for _ in range(12):
            opening = wording.opening(name, said)
            start = f"{opening.lead} {opening.steer}".strip()
            assert not said or not said[-1].startswith(opening.lead or start)
            said.append(f"{start} something.")


def test_most_openings_have_something_to_say_at_once() -> None:
    for name, rows in wording.table("openings").items():
        if name != "OTHER":
            assert all("," in row for row in rows), name


def test_small_talk_is_told_apart() -> None:
    bye = replace(plan(Strategy.OTHER), purpose=Purpose.GOODBYE)
    hello = replace(plan(Strategy.OTHER), purpose=Purpose.GREET)
    assert [cue(each, UNSURE) for each in (bye, hello, plan(Strategy.OTHER))] == ["[goodbye]", "[greet]", "[chat]"]


def test_every_kind_has_words() -> None:
    kinds = {strategy.name for strategy in Strategy} | {purpose.name for purpose in Purpose}
    assert all(set(wording.table(each)) == kinds for each in ("openings", "fallback", "after_lead"))


def test_our_own_sentences_keep_our_own_rules() -> None:
    from warmline.dialogue.checks import Context, fault

    for strategy in Strategy:
        for row in wording.table("fallback")[strategy.name]:
            assert fault(row, "", Context(strategy, "")) is None, row
        for row in wording.table("openings")[strategy.name]:
            assert not row or fault(f"{row} that", "", Context(strategy, "")) is None, row
        for row in wording.table("after_lead")[strategy.name]:
            assert fault(row, "So,", Context(strategy, "")) is None, row
    for rows in (*wording.table("closing").values(), *wording.table("silence").values()):
        for row in rows:
            assert fault(row, "You sound tired.", Context(Strategy.SUGGESTION, "")) is None, row


def test_a_second_move_costs_one_word_and_an_offer_none() -> None:
    both = replace(plan(Strategy.REFLECTION), then=Strategy.QUESTION)
    assert cue(both, SAD) == "[reflect+ask, sad]"
    assert cue(replace(plan(Strategy.QUESTION), purpose=Purpose.OFFER), UNSURE) == "[ask]"


def test_an_offer_asks_in_words_that_count_as_one() -> None:
    for row in wording.table("fallback")["OFFER"]:
        assert offered(row)


def test_a_change_over_the_turns_is_told_only_where_this_turn_tells_nothing() -> None:
    sinking = replace(plan(Strategy.REFLECTION), heard=Heard(mood="worsening", since=3))
    assert cue(sinking, UNSURE) == "[reflect, heavier]"
    assert cue(sinking, SAD) == "[reflect, sad]"
    assert cue(replace(sinking, heard=Heard(mood="easing", since=3)), UNSURE) == "[reflect, lighter]"
    assert cue(plan(Strategy.REFLECTION), UNSURE) == "[reflect]"
