"""A plan becomes words: limits, repairs, and what a person hears when the model fails."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

import pytest
from turns import UNSURE, plan, turn
from virtual_time import virtual_time

from warmline.dialogue.checks import Fault
from warmline.dialogue.draft import Ask
from warmline.dialogue.llm.scripted import Line, ScriptedConfig, ScriptedModel
from warmline.dialogue.prompt import wording
from warmline.dialogue.realise import MAX_WORDS, Harm, Realiser
from warmline.dialogue.safety.in_place import in_place
from warmline.dialogue.speakable import words_of
from warmline.dialogue.types import ReplySegment, Risk, RiskLevel, Strategy, Turn
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.clock import LoopClock

PERSON = "I lost my job last week and I can't tell my wife."
LEAD = wording.opening("REFLECTION", (), PERSON)


def ask(strategy: Strategy = Strategy.REFLECTION, turns: tuple[Turn, ...] = (), language: str = "en") -> Ask:
    return Ask(len(turns) + 1, PERSON, UNSURE, plan(strategy), turns, language)


async def reply(*lines: Line | str, about: Ask | None = None, **kinds: bool) -> tuple[list[ReplySegment], Realiser]:
    realiser = Realiser(ScriptedModel(ScriptedConfig(lines)))
    async with aclosing(realiser.reply(about or ask(), CancelFlag())) as pieces:
        found = [piece async for piece in pieces]
    assert [piece.last for piece in found] == [False] * (len(found) - 1) + [True]
    assert [piece.index for piece in found] == list(range(len(found)))
    assert len(words_of(" ".join(piece.text for piece in found))) <= MAX_WORDS
    assert " ".join(piece.text for piece in found).count("?") <= 1
    return found, realiser


def stopping(kind: str, word: str = "", risks: list[RiskLevel] | None = None) -> Harm:
    """A guard that stops what holds ``word`` and puts down the ``risks`` that it was asked at."""

    async def guard(said: str, risk: RiskLevel, cancel: CancelFlag) -> str:
        if risks is not None:
            risks.append(risk)
        return kind if word in said else ""

    return guard


def text(pieces: list[ReplySegment]) -> str:
    return " ".join(piece.text for piece in pieces)


@virtual_time
async def test_the_opening_is_ours_and_the_rest_is_the_models() -> None:
    pieces, _ = await reply(" ashamed, and alone with it.")
    assert text(pieces) == f"{LEAD.lead} {LEAD.steer} ashamed, and alone with it."
    assert [piece.source for piece in pieces] == ["opening", "model", "model"]


@virtual_time
async def test_without_openings_every_word_is_the_models() -> None:
    realiser = Realiser(ScriptedModel(ScriptedConfig((" ashamed, and alone with it.",))), openings=False)
    async with aclosing(realiser.reply(ask(), CancelFlag())) as pieces:
        found = [piece async for piece in pieces]
    assert {piece.source for piece in found} == {"model"}
    assert not text(found).startswith(LEAD.lead)


@virtual_time
async def test_the_opening_waits_for_nothing_and_the_next_clause_not_for_its_sentence() -> None:
    line = Line(" ashamed, and alone with it every day.", first_s=10.0, piece_s=1.0)
    realiser = Realiser(ScriptedModel(ScriptedConfig((line,))))
    clock = LoopClock()
    async with aclosing(realiser.reply(ask(), CancelFlag())) as pieces:
        begun_s = clock.now_s()
        first = await anext(pieces)
        assert clock.now_s() == begun_s
        second = await anext(pieces)
        assert clock.now_s() - begun_s < 13.0
    assert (first.text, first.last) == (LEAD.lead, False)
    assert (second.text, second.last) == (f"{LEAD.steer} ashamed,", False)


@virtual_time
async def test_it_ends_with_its_sentence_once_there_is_enough() -> None:
    pieces, _ = await reply(" ashamed of it, and quite alone with all of that. Next you should call her.")
    assert text(pieces).endswith("all of that.")


@virtual_time
async def test_one_question_ends_it() -> None:
    pieces, _ = await reply(" makes it so hard? And what else? And then?", about=ask(Strategy.QUESTION))
    assert text(pieces).endswith("so hard?")


@virtual_time
async def test_a_planned_question_is_asked() -> None:
    pieces, realiser = await reply(" you did is good.", " weighs on you most?", about=ask(Strategy.QUESTION))
    assert text(pieces).endswith("weighs on you most?")
    assert realiser.faults == (Fault.UNASKED,)
    pieces, _ = await reply(" you did is good.", about=ask(Strategy.QUESTION))
    assert text(pieces).endswith("?")
    assert pieces[-1].source == "fallback"


@virtual_time
async def test_a_fault_is_repaired_once() -> None:
    pieces, realiser = await reply(" like you should tell her.", " scared of her answer.")
    assert text(pieces).endswith("scared of her answer.")
    assert realiser.faults == (Fault.ADVICE,)
    assert {piece.source for piece in pieces} == {"opening", "model"}


@virtual_time
async def test_a_fault_in_the_middle_goes_on_from_what_was_said() -> None:
    pieces, _ = await reply(" ashamed, but you should tell her.", " and that is lonely.")
    assert text(pieces).endswith("ashamed, and that is lonely.")


@pytest.mark.parametrize(
    "line",
    [
        "",
        '{"role": "assistant", "content": "x"}',
        "我明白你的感受，你可以和我说说。",
        " like you should try to rest.",
        "I lost my father too.",
        "\n\n",
        "[reflect]",
        "🙂🙂🙂",
        Line(" worn", dies_after=0),
        Line(" worn", stalls_after=0),
    ],
)
@virtual_time
async def test_what_fails_twice_becomes_a_marked_sentence_of_ours(line: Line | str) -> None:
    pieces, _ = await reply(line)
    assert pieces[-1].source == "fallback"
    assert text(pieces) == f"{LEAD.lead} {wording.fallback('REFLECTION', LEAD.lead, ())}"


@virtual_time
async def test_a_model_that_dies_in_a_sentence_is_finished_kindly() -> None:
    pieces, _ = await reply(Line(" ashamed, and alone", dies_after=2), Line("", dies_after=0))
    assert [piece.source for piece in pieces] == ["opening", "model", "fallback"]
    assert text(pieces).endswith(wording.closing("x,", ()))


@virtual_time
async def test_a_model_that_stalls_after_a_sentence_keeps_what_was_said() -> None:
    pieces, _ = await reply(Line(" cope. It is a", stalls_after=3), about=ask(Strategy.SUGGESTION))
    assert pieces[1].text.endswith("cope.")
    assert pieces[-1].source == "fallback"


@virtual_time
async def test_a_second_move_that_fails_is_a_question_of_ours() -> None:
    about = ask()
    about = replace(about, plan=replace(about.plan, then=Strategy.QUESTION))
    pieces, _ = await reply(" ashamed of it. I lost my father too.", " I lost my father too.", about=about)
    assert pieces[-1].source == "fallback"
    assert pieces[-1].text in wording.table("fallback")["QUESTION"]


@virtual_time
async def test_a_flood_of_words_is_cut() -> None:
    pieces, _ = await reply(" " + "so very tired of all " * 60)
    assert len(words_of(text(pieces))) <= MAX_WORDS


@virtual_time
async def test_the_guard_has_the_last_word() -> None:
    realiser = Realiser(ScriptedModel(ScriptedConfig((" low today.",))), guard=stopping("diagnosis", "low"))
    async with aclosing(realiser.reply(ask(), CancelFlag())) as pieces:
        found = [piece async for piece in pieces]
    assert [piece.source for piece in found] == ["opening", "fallback"]
    assert found[-1].text in in_place("diagnosis", form="after")
    assert set(realiser.faults) == {Fault.UNSAFE}


@virtual_time
async def test_what_was_stopped_is_replaced_by_another_sentence_the_next_time() -> None:
    realiser = Realiser(ScriptedModel(ScriptedConfig((" low today.",))), guard=stopping("medication"), openings=False)
    about, said = ask(), []
    for number in range(4):
        async with aclosing(realiser.reply(replace(about, id=number), CancelFlag())) as pieces:
            said.append(" ".join([piece.text async for piece in pieces]))
        about = replace(about, turns=(*about.turns, turn(number, "and then?", said[-1])))
    assert set(said) <= set(in_place("medication"))
    assert all(one != other for one, other in itertools.pairwise(said))


@virtual_time
async def test_the_guard_is_asked_at_the_callers_risk() -> None:
    asked: list[RiskLevel] = []
    realiser = Realiser(ScriptedModel(ScriptedConfig((" low today.",))), guard=stopping("", risks=asked))
    about = ask()
    at_risk = replace(about, plan=replace(about.plan, risk=Risk(RiskLevel.L1)))
    async with aclosing(realiser.reply(at_risk, CancelFlag())) as pieces:
        assert [piece async for piece in pieces]
    assert set(asked) == {RiskLevel.L1}


@virtual_time
async def test_a_cancelled_reply_ends_without_a_word() -> None:
    flag = CancelFlag()
    flag.set()
    realiser = Realiser(ScriptedModel())
    async with aclosing(realiser.reply(ask(), flag)) as pieces:
        assert [piece async for piece in pieces] == []


@virtual_time
async def test_what_was_said_before_is_not_said_again() -> None:
    before = (turn(1, "hi", "You sound ashamed of it all."),)
    again = f"{wording.opening('REFLECTION', ('You sound ashamed of it all.',))} worn. You sound ashamed of it all."
    pieces, _ = await reply(again.removeprefix("It seems like"), about=ask(turns=before))
    assert "ashamed of it all" not in text(pieces)


@virtual_time
async def test_thirty_replies_of_a_broken_model_never_come_twice_in_a_row() -> None:
    turns: tuple[Turn, ...] = ()
    for at in range(30):
        pieces, _ = await reply("", about=ask(turns=turns))
        assert not turns or text(pieces) != turns[-1].heard
        turns = (*turns, turn(at + 1, PERSON, text(pieces)))


@virtual_time
async def test_a_second_move_follows_the_first_sentence_and_a_question_ends_it() -> None:
    both = replace(ask(), plan=replace(plan(Strategy.REFLECTION), then=Strategy.QUESTION))
    written = " ashamed of it, and quite alone with all of that. What weighs on you most? And since when?"
    pieces, _ = await reply(written, about=both)
    assert text(pieces).endswith("all of that. What weighs on you most?")
    pieces, realiser = await reply(" ashamed. You should call her.", " What would help?", about=both)
    assert Fault.ADVICE in realiser.faults
    assert "should" not in text(pieces)


@virtual_time
async def test_advice_may_come_second_where_it_was_planned_and_never_first() -> None:
    both = replace(ask(), plan=replace(plan(Strategy.REFLECTION), then=Strategy.SUGGESTION))
    pieces, _ = await reply(" ashamed of all that. You could try to write it down.", about=both)
    assert text(pieces).endswith("write it down.")
    pieces, realiser = await reply(" like you should try to write it down.", " ashamed of it.", about=both)
    assert realiser.faults[0] is Fault.ADVICE


def seen(**words: Strategy) -> Callable[[str, Sequence[tuple[bool, str]]], dict[Strategy, float]]:
    """A check that knows what a text does by a word in it; of anything else it is unsure."""

    def read(text: str, before: Sequence[tuple[bool, str]]) -> dict[Strategy, float]:
        assert before == [(True, PERSON)]
        kind = next((kind for word, kind in words.items() if word in text), None)
        return {each: (0.9 if each is kind else 0.01) if kind else 0.125 for each in Strategy}

    return read


async def checked(*lines: str, about: Ask | None = None, **words: Strategy) -> tuple[list[ReplySegment], Realiser]:
    realiser = Realiser(ScriptedModel(ScriptedConfig(lines)), check=seen(**words))
    async with aclosing(realiser.reply(about or ask(), CancelFlag())) as pieces:
        return [piece async for piece in pieces], realiser


@virtual_time
async def test_a_first_sentence_off_the_plan_is_written_once_more() -> None:
    pieces, realiser = await checked(
        " like many do.", " ashamed of it.", many=Strategy.SELF_DISCLOSURE, ashamed=Strategy.REFLECTION
    )
    assert text(pieces).endswith("ashamed of it.")
    assert realiser.faults == (Fault.OFF_PLAN,)
    assert all(piece.plan is None for piece in pieces)


@virtual_time
async def test_a_second_choice_is_planned_openly() -> None:
    about = ask()
    plan = replace(about.plan, distribution={Strategy.REFLECTION: 0.6, Strategy.AFFIRMATION: 0.3, Strategy.OTHER: 0.1})
    pieces, realiser = await checked(
        " like many do.",
        " like many do.",
        " something so hard to say.",
        about=replace(about, plan=plan),
        many=Strategy.SELF_DISCLOSURE,
        hard=Strategy.AFFIRMATION,
    )
    assert realiser.faults == (Fault.OFF_PLAN, Fault.OFF_PLAN)
    assert [piece.source for piece in pieces] == ["opening", "model"]
    changed = pieces[-1].plan
    assert changed is not None
    assert changed.strategy is Strategy.AFFIRMATION
    assert changed.why[:-1] == plan.why
    assert "second choice" in changed.why[-1]


@virtual_time
async def test_where_nothing_fits_the_first_plan_stands_and_the_sentence_is_marked() -> None:
    pieces, realiser = await checked(" like many do.", many=Strategy.OTHER)
    assert pieces[-1].source == "fallback"
    assert text(pieces) == f"{LEAD.lead} {wording.fallback('REFLECTION', LEAD.lead, ())}"
    assert pieces[-1].plan is None
    assert len(realiser.faults) >= 2


@virtual_time
async def test_a_clause_is_spoken_before_its_sentence_only_where_it_shows_the_plan() -> None:
    sure, _ = await checked(" ashamed, and alone with it.", ashamed=Strategy.REFLECTION)
    assert [piece.text for piece in sure][1:] == [f"{LEAD.steer} ashamed,", "and alone with it."]
    held, _ = await checked(" tired, and ashamed of it.", ashamed=Strategy.REFLECTION)
    assert [piece.text for piece in held][1:] == [f"{LEAD.steer} tired, and ashamed of it."]


@virtual_time
async def test_a_clause_that_waits_is_read_once_not_at_every_token() -> None:
    asked: list[str] = []
    know = seen(ashamed=Strategy.REFLECTION)

    def read(text: str, before: Sequence[tuple[bool, str]]) -> dict[Strategy, float]:
        asked.append(text)
        return know(text, before)

    line = Line(" tired, and after all these long weeks ashamed of it.", piece_s=0.1)
    realiser = Realiser(ScriptedModel(ScriptedConfig((line,))), check=read)
    async with aclosing(realiser.reply(ask(), CancelFlag())) as pieces:
        assert [piece async for piece in pieces][-1].text.endswith("ashamed of it.")
    assert len(asked) == 2


@virtual_time
async def test_a_language_that_the_check_cannot_read_is_left_alone() -> None:
    pieces, realiser = await checked(" como muchos.", about=ask(language="es"), muchos=Strategy.SELF_DISCLOSURE)
    assert Fault.OFF_PLAN not in realiser.faults
    assert pieces
