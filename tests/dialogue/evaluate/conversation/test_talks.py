"""Talks in text: held, kept, judged, compared; what fails is counted."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from conversation_cards import CARD, ear, exchange, talk
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.evaluate.conversation.figures import figures
from warmline.dialogue.evaluate.conversation.judges import DIMENSIONS, RULES, Judge
from warmline.dialogue.evaluate.conversation.llm_judge import Unread, parsed, prompt, reachable, scores
from warmline.dialogue.evaluate.conversation.paired import compare, interval
from warmline.dialogue.evaluate.conversation.panel import key, people, seated, verdicts
from warmline.dialogue.evaluate.conversation.plain import SPARE, SYSTEM, PlainSupporter, without_planner
from warmline.dialogue.evaluate.conversation.rehearsal import Ruled, Setting
from warmline.dialogue.evaluate.conversation.rehearsal import talk as hold
from warmline.dialogue.evaluate.conversation.seeker import RuleSeeker
from warmline.dialogue.evaluate.conversation.state import State
from warmline.dialogue.evaluate.conversation.talk import Talk, keep, kept, read
from warmline.dialogue.llm.scripted import Line, ScriptedConfig, ScriptedModel
from warmline.dialogue.safety.guard_reader import guarded_by
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import NEUTRAL, ReplySegment
from warmline.speech.runtime.errors import UnreadableInput

PLANNER = Planner()


def supporter(*lines: str | Line) -> Supporter:
    model = ScriptedModel(ScriptedConfig(lines or ("a lot to carry after that.", "What was the worst of it?")))
    return Supporter(PLANNER, Screen(), model, seed=1, openings=False)


async def held(side: Supporter, turns: int = 3, longest_s: float = 20.0) -> Talk:
    seeker = Ruled(RuleSeeker(CARD, 0, ear()))
    return await hold(side, seeker, CARD, 0, Setting("warmline", turns, "rules", "Hello.", longest_s))


async def test_a_talk_is_held_to_its_end_and_kept(tmp_path: Path) -> None:
    found = await held(supporter())
    assert (found.ended, len(found.exchanges), found.mode) == ("completed", 3, "text")
    assert all(one.reply and one.stage and one.kind and one.words for one in found.exchanges)
    assert found.exchanges[0].before == found.begun
    assert found.after == found.exchanges[-1].after
    keep(found, tmp_path)
    assert kept(tmp_path) == {"mara-0": found}


async def test_a_reply_that_never_comes_is_stuck_and_an_error_a_crash() -> None:
    class Silent(Supporter):
        async def reply(self, *_: object) -> AsyncGenerator[ReplySegment, None]:  # type: ignore[override]
            await asyncio.sleep(60.0)
            yield ReplySegment(1, 0, "", None, True)  # type: ignore[arg-type]

    class Broken(Supporter):
        async def reply(self, *_: object) -> AsyncGenerator[ReplySegment, None]:  # type: ignore[override]
            raise RuntimeError("no words of the caller")
            yield

    model = ScriptedModel()
    stuck = await held(Silent(PLANNER, Screen(), model), longest_s=0.2)
    crashed = await held(Broken(PLANNER, Screen(), model))
    assert (stuck.ended, stuck.why) == ("stuck", "no reply to line 1 within 0 s")
    assert (crashed.ended, crashed.why) == ("crashed", "line 1: RuntimeError")
    counted = figures([stuck, crashed, await held(supporter())])
    assert (counted.talks, counted.stuck, counted.crashed) == (3, 1, 1)
    assert counted.completed == pytest.approx(1 / 3)
    assert len(counted.ends) == 2


async def test_replies_that_the_model_did_not_write_are_counted_beside_the_completed_talks() -> None:
    class Spare(Supporter):
        async def reply(self, *_: object) -> AsyncGenerator[ReplySegment, None]:  # type: ignore[override]
            yield ReplySegment(1, 0, "As I hear it,", NEUTRAL, False, "opening")
            yield ReplySegment(1, 1, "this matters.", NEUTRAL, True, "fallback")

    found = await held(Spare(PLANNER, Screen(), ScriptedModel()))
    assert [one.by for one in found.exchanges] == ["fallback"] * 3
    assert figures([found]).fell_back == 1.0
    assert figures([await held(supporter(), turns=1)]).fell_back == 0.0


async def test_without_the_planner_the_same_model_gets_one_instruction() -> None:
    model = ScriptedModel(
        ScriptedConfig(("I'm sorry you lost it. What happened then?", "I feel sad too, I was fired once."))
    )
    first = Supporter(PLANNER, Screen(), model, seed=1)
    plain = without_planner(first, model, guarded_by(model).stops, 1)
    assert isinstance(plain, PlainSupporter)
    assert not isinstance(first, PlainSupporter)
    found = await held(plain, turns=2)
    assert found.exchanges[0].reply == "I'm sorry you lost it. What happened then?"
    assert found.exchanges[1].reply == SPARE  # a claimed life is stopped by the same guard
    assert model.prompts[0].messages[0].text == SYSTEM
    assert [message.role for message in model.prompts[1].messages] == ["system", "user", "assistant", "user"]


async def test_without_the_planner_danger_is_met_by_the_protocol() -> None:
    model = ScriptedModel()
    plain = without_planner(Supporter(PLANNER, Screen(), model, seed=1), model, guarded_by(model).stops, 1)
    said = "I want to kill myself tonight."
    found = await held(plain, turns=1)
    assert found.exchanges[0].by == "model"
    from warmline.dialogue.evaluate.conversation import rehearsal
    from warmline.dialogue.evaluate.conversation.seeker import Line as Said

    turn, pieces, _ = await rehearsal._answered(plain, Said(said, "sad", 5.0), ())
    assert {piece.source for piece in pieces} == {"protocol"}
    assert turn.plan.risk.level >= 2


def test_what_is_no_talk_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"exchanges": 3}')
    with pytest.raises(UnreadableInput, match="no talk"):
        kept(tmp_path)
    assert kept(tmp_path / "none") == {}
    with pytest.raises(UnreadableInput):
        read(tmp_path / "missing.json")


def test_figures_of_talks() -> None:
    low = State(2.0, 0.6, 0.1, opened=1)
    rows = (exchange(low, early=True, questions=2, risk=2, by="protocol"), exchange(low, "QUESTION", first_ms=900.0))
    found = figures([talk(exchanges=rows), talk(card="b", fall=0.5)])
    assert (found.before, found.after) == (4.0, pytest.approx(2.75))
    assert (found.early_advice, found.questions_a_turn) == (0.25, 0.5)
    assert (found.risk, found.by_protocol, found.opened) == (1, 1, 0.5)
    assert found.by_stage["exploration"] == {"REFLECTION": 0.75, "QUESTION": 0.25}
    assert found.curve == (4.0, pytest.approx(2.875), pytest.approx(2.75))
    assert math.isnan(found.heard_wer)
    aloud = talk(mode="spoken", exchanges=(exchange(low, said="I lost my job", heard="I lost a job"),))
    assert figures([aloud]).heard_wer == pytest.approx(0.25)


@given(st.floats(-1.0, 3.0), st.integers(1, 6))
def test_judges_keep_to_the_scale(fall: float, turns: int) -> None:
    for judge in RULES:
        given_scores = judge.scores(talk(fall=fall, turns=turns))
        assert set(given_scores) <= set(DIMENSIONS)
        assert all(0.0 <= score <= 4.0 for score in given_scores.values())


def test_judges_tell_a_good_talk_from_a_bad_one() -> None:
    end = State(2.0, 0.7, 0.1, opened=2)
    met = {"meets": 0.9, "why": ("felt understood",), "words": 12}
    good = [exchange(end, "REFLECTION", reply=f"You lost it, and {at}.", **met) for at in range(3)]
    good.append(exchange(end, "QUESTION", code="question", questions=1, meets=0.6, words=9))
    worse = State(4.8, 0.05, 0.7)
    bad = [exchange(worse, "SUGGESTION", meets=0.0, early=True, hurts=True, claims=True, repeats=True, words=60,
                    reply="Buck up", questions=2, why=("a reflection that missed them",))] * 4  # fmt: skip
    for judge in RULES:
        one = judge.scores(talk(exchanges=tuple(good), turns=4))
        two = judge.scores(talk(exchanges=tuple(bad), turns=4))
        assert one["overall"] > two["overall"]
        assert one["empathy"] > two["empathy"]


def test_no_score_without_agreement() -> None:
    talks = [talk(card=str(at), fall=at / 2.0) for at in range(4)]
    flat = Judge("flat", 1.0, "says two", lambda one: {"safety": 2.0, "fluency": 2.0})
    fall = Judge("fall", 3.0, "by the fall", lambda one: {"empathy": 4.0 * min(1.0, one.fall), "safety": 2.0})
    near = Judge("near", 1.0, "nearly so", lambda one: {"empathy": 3.5 * min(1.0, one.fall)})
    found = {one.dimension: one for one in verdicts([seated(each, talks) for each in (flat, fall, near)], talks)}
    assert set(found) == {"fluency", "empathy", "safety"}
    assert found["fluency"].score is None
    assert "one judge" in found["fluency"].why
    assert found["safety"].score is None
    assert "same score" in found["safety"].why
    assert found["empathy"].score == pytest.approx((3.0 * 2.5 + 3.5 * 2.5 / 4.0) / 4.0, abs=1e-3)
    assert found["empathy"].kappa > 0.8
    assert found["empathy"].strength == "almost perfect"
    few = verdicts([seated(fall, talks[:2]), seated(near, talks[:2])], talks[:2])
    assert few[0].score is None


def test_people_are_judges_too(tmp_path: Path) -> None:
    one = talk()
    rows = {key(one): {"empathy": "3", "odd": "1", "skill": "nine", "comment": "kind"}}
    (tmp_path / "r.json").write_text(json.dumps({"rater": "kb", "ratings": rows}))
    (seat,) = people([tmp_path / "r.json"])
    assert (seat.name, seat.scores[key(one)]) == ("person kb", {"empathy": 3.0})
    (tmp_path / "bad.json").write_text("[]")
    with pytest.raises(UnreadableInput, match="no ratings"):
        people([tmp_path / "bad.json"])


async def test_a_model_judges_or_is_counted_out() -> None:
    whole = "\n".join(f"{name}: {at % 5}" for at, name in enumerate(DIMENSIONS))
    found = await scores(talk(), ScriptedModel(ScriptedConfig((whole,))))
    assert found["fluency"] == 0.0
    assert len(found) == len(DIMENSIONS)
    with pytest.raises(Unread):
        await scores(talk(), ScriptedModel(ScriptedConfig(("They were all very kind.",))))
    assert "died" in await reachable(ScriptedModel(ScriptedConfig((Line("x", dies_after=0),))))
    assert await reachable(ScriptedModel(ScriptedConfig(("yes",)))) == ""
    assert parsed("empathy = 3, SKILL: 5, warmth: 2, overall: **4**") == {"empathy": 3.0, "overall": 4.0}
    assert len(prompt(talk(turns=900)).messages[1].text) < 9000


def test_pairs_are_compared_with_an_interval() -> None:
    ours = {f"{card}-0": talk(card=card, fall=1.0 + 0.1 * at) for at, card in enumerate("abcdef")}
    theirs = {f"{card}-0": talk(card=card, fall=0.5, system="planner-off") for card in "abcde"}
    theirs["f-0"] = talk(card="f", fall=3.0, ended="stuck")
    found = compare(ours, theirs)
    assert found is not None
    assert (found.n, found.cards, found.better, found.worse) == (5, 5, 5, 0)
    assert found.difference == pytest.approx(0.7)
    assert 0.5 < found.low < found.difference < found.high < 0.9
    assert compare(ours, {}) is None


def test_an_interval_draws_whole_cards() -> None:
    values = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    assert interval(values, list("aaabbb")) == (0.0, 1.0)
    low, high = interval(values, list("abcdef"))
    assert 0.0 <= low < 0.5 < high <= 1.0
    assert all(math.isnan(value) for value in interval(values, ["a"] * 6))
