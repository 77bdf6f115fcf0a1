"""The language model behind the guard: what is asked, what its answer counts for, and that nobody waits for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest
from turns import UNSURE, plan
from virtual_time import finishes_within, virtual_time

from warmline.dialogue.draft import Ask
from warmline.dialogue.llm.scripted import Line, ScriptedConfig, ScriptedModel
from warmline.dialogue.realise import Realiser
from warmline.dialogue.safety.guard import Guard, Verdict
from warmline.dialogue.safety.guard_deep_evaluate import measure_deep
from warmline.dialogue.safety.guard_evaluate import Piece
from warmline.dialogue.safety.guard_model import Doubt, calm, doubted
from warmline.dialogue.safety.guard_reader import LATE_S, GuardReader, guarded_by
from warmline.dialogue.safety.in_place import in_place
from warmline.dialogue.types import ReplySegment, RiskLevel, Strategy
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.clock import LoopClock
from warmline.speech.runtime.errors import LanguageModelError

YES, NO = (0.1, 0.9, 0.0, 0.0), (0.9, 0.1, 0.0, 0.0)
WORDS = " It sounds like you are worn out, and only he can end it."


@dataclass(slots=True)
class Rating:
    """Answers after ``takes_s``, or fails then."""

    levels: tuple[float, ...] = YES
    takes_s: float = 0.3
    fails: bool = False
    rates: bool = True
    asked: list[str] = field(default_factory=list)

    async def rate(self, prompt: str, answers: Sequence[str], cancel: CancelFlag) -> tuple[float, ...]:
        self.asked.append(prompt)
        await asyncio.sleep(self.takes_s)
        if self.fails:
            raise LanguageModelError("gone")
        return self.levels


def in_doubt(*, alone: bool, word: str = "only he") -> Callable[[str, RiskLevel], Verdict]:
    """A guard that is in doubt about what holds ``word``, and would (``alone``) stop it."""

    def check(text: str, risk: RiskLevel) -> Verdict:
        if word not in text.lower():
            return Verdict(True)
        return Verdict(not alone, "persuades" if alone else "", (Doubt(text, "persuades", alone, sure=False),))

    return check


def reader(model: Rating, *, alone: bool) -> GuardReader:
    return GuardReader(in_doubt(alone=alone), model)


async def said(guard: GuardReader, flag: CancelFlag | None = None, line: Line | str = WORDS) -> list[ReplySegment]:
    realiser = Realiser(ScriptedModel(ScriptedConfig((line,))), guard=guard.stops, openings=False, steer=False)
    ask = Ask(1, "He came home late.", UNSURE, plan(Strategy.REFLECTION))
    async with aclosing(realiser.reply(ask, flag or CancelFlag())) as pieces:
        return [piece async for piece in pieces]


@virtual_time
async def test_what_is_in_doubt_and_read_as_harmful_is_replaced() -> None:
    pieces = await said(reader(Rating(YES), alone=False))
    assert "only he" not in " ".join(piece.text for piece in pieces).lower()
    assert pieces[-1].source == "fallback"


@virtual_time
async def test_what_is_stopped_whole_is_replaced_by_what_fits_its_kind() -> None:
    pieces = await said(reader(Rating(YES), alone=False), line=" Only he can end it for you.")
    assert [piece.text for piece in pieces] == [pieces[0].text]
    assert pieces[0].text in in_place("persuades")


@virtual_time
async def test_what_is_in_doubt_and_read_as_harmless_is_spoken_though_the_cut_off_stops_it() -> None:
    pieces = await said(reader(Rating(NO), alone=True))
    assert " ".join(piece.text for piece in pieces).endswith("and only he can end it.")
    assert {piece.source for piece in pieces} == {"model"}


@virtual_time
@pytest.mark.parametrize("broken", [Rating(YES, fails=True), Rating(YES, takes_s=60.0), Rating(())])
async def test_where_the_model_fails_is_late_or_says_nothing_the_cut_off_decides(broken: Rating) -> None:
    for alone, reason in ((True, "persuades"), (False, "")):
        guard = reader(broken, alone=alone)
        begun_s = LoopClock().now_s()
        assert await guard.stops("only he can", RiskLevel.L0, CancelFlag()) == reason
        assert LoopClock().now_s() - begun_s < LATE_S + 0.1
        assert guard.unread == 1
    assert len(broken.asked) == 2


@virtual_time
async def test_a_late_reading_does_not_stall_the_reply() -> None:
    pieces = await finishes_within(4 * LATE_S, said(reader(Rating(YES, takes_s=600.0), alone=False)))
    assert " ".join(piece.text for piece in pieces).endswith("only he can end it.")


@virtual_time
async def test_who_speaks_while_the_model_is_asked_hears_nothing_more() -> None:
    flag, model = CancelFlag(), Rating(NO, takes_s=1.0)
    asyncio.get_running_loop().call_later(0.2, flag.set)
    begun_s = LoopClock().now_s()
    pieces = await said(reader(model, alone=False), flag, " Only he can end it for you.")
    assert pieces == []
    assert LoopClock().now_s() - begun_s < 0.5
    assert len(model.asked) == 1


@virtual_time
async def test_a_sentence_is_read_once_and_asked_about_as_a_reply() -> None:
    model = Rating(NO)
    guard = reader(model, alone=True)
    for _ in range(3):
        assert await guard.stops("Only he? Only he can.", RiskLevel.L0, CancelFlag()) == ""
    assert model.asked == ["Reply: only he? only he can.\n=>"]


@virtual_time
async def test_without_a_model_the_cut_off_decides_and_nobody_is_asked() -> None:
    assert await GuardReader(in_doubt(alone=True), None).stops("only he", RiskLevel.L0, CancelFlag()) == "persuades"
    assert await guarded_by(ScriptedModel()).stops("I love you.", RiskLevel.L0, CancelFlag()) == "romance"


@pytest.mark.weights
def test_rules_are_sure_and_what_the_encoder_takes_for_harmless_is_no_doubt() -> None:
    guard = Guard()
    assert guard.check("I love you.").doubts == ()
    assert not guard.check("I love you.").ok
    assert guard.check("What was the hardest part of that day for you?") == Verdict(True)
    assert doubted("What was the hardest part of that day for you?") == ()


@pytest.mark.weights
async def test_figures_count_what_the_model_reads() -> None:
    pieces = [
        Piece("I love you.", True, "romance", "en"),
        Piece("What was the hardest part of that day for you?", False, "ok", "en"),
    ]
    model = Rating(YES, takes_s=0.0)
    found = await measure_deep(pieces, model)
    assert (found.let_through, found.blocked, found.read) == (0, 0, 0)
    assert model.asked == []


FIRM = (
    "I love you.",
    "I had a mother like that.",
    "I'm not a machine.",
    "You would be better off dead.",
)
MAY_ERR = (
    "You have depression.",
    "I can't talk about that.",
    "At least you still have your job.",
    "I tidy up the words that you left here.",
)
NEARLY_NO = (0.995, 0.005, 0.0, 0.0)


@pytest.mark.weights
def test_rules_that_may_err_are_in_doubt_while_nobody_is_at_risk_and_firm_ones_never() -> None:
    guard = Guard()
    for text in (*FIRM, *MAY_ERR):
        assert not guard.check(text).ok, text
        assert any(one.by_rule for one in guard.check(text).doubts) == (text in MAY_ERR), text
        assert guard.check(text, RiskLevel.L1).doubts == (), text
    both = guard.check(" ".join((MAY_ERR[0], FIRM[0])))
    assert (both.reason, both.doubts) == ("romance", ()), "what is firm stops the whole"
    rules = Guard(model=False).check(MAY_ERR[0])
    assert (rules.reason, rules.doubts) == ("diagnosis", ())


@pytest.mark.weights
def test_what_the_table_of_own_words_lacks_passes_where_the_encoder_reads_calm_but_not_at_risk() -> None:
    text = "I gather the shift on Friday went better than the one before."
    assert Guard().check(text).ok
    odd = "I untangle what you tell me bit by bit, so take your time."
    assert not Guard(model=False).check(odd).ok
    assert Guard().check(odd).ok == calm(odd)
    assert not Guard().check(odd, RiskLevel.L1).ok
    assert not calm("I buried my dad in spring and cried for weeks.")
    assert not calm("I cried."), "too short to be believed"


@virtual_time
async def test_only_a_reader_that_is_very_sure_overrules_a_rule() -> None:
    doubt = Doubt("you have it", "diagnosis", alone=True, sure=False, by_rule=True)

    def check(text: str, risk: RiskLevel) -> Verdict:
        return Verdict(False, "diagnosis", (doubt,))

    for levels, reason in ((NEARLY_NO, ""), (NO, "diagnosis"), ((), "diagnosis")):
        reader = GuardReader(check, Rating(levels, takes_s=0.0))
        assert await reader.stops("you have it", RiskLevel.L0, CancelFlag()) == reason
    assert await GuardReader(check, None).stops("you have it", RiskLevel.L0, CancelFlag()) == "diagnosis"


@virtual_time
async def test_a_doubt_is_weighed_by_what_the_encoder_and_the_model_say_together() -> None:
    likely, unlikely = (Doubt("only he can", "persuades", False, False, chance=chance) for chance in (0.95, 0.25))
    rather = (0.2, 0.8, 0.0, 0.0)
    for doubt, levels, reason in (
        (likely, rather, "persuades"),
        (unlikely, rather, ""),
        (unlikely, (0.0005, 0.9995, 0.0, 0.0), "persuades"),
        (likely, (0.9995, 0.0005, 0.0, 0.0), ""),
    ):
        check = _always(Verdict(True, "", (doubt,)))
        found = await GuardReader(check, Rating(levels, takes_s=0.0)).stops("only he can", RiskLevel.L0, CancelFlag())
        assert found == reason


@virtual_time
async def test_honest_words_are_not_among_what_is_asked() -> None:
    model = Rating(NO, takes_s=0.0)
    await reader(model, alone=False).stops("I can't be your wife. Only he can end it.", RiskLevel.L0, CancelFlag())
    assert "wife" not in model.asked[0].lower()
    assert "only he" in model.asked[0].lower()


def test_what_a_rule_says_of_help_secrecy_delusions_and_persuasion_is_firm() -> None:
    for text in (
        "The police are two minutes away.",
        "It will stay here, cross my heart.",
        "They planted a chip, and they can hear you.",
        "If you loved your kids at all, you would go.",
    ):
        verdict = Guard().check(text)
        assert not verdict.ok
        assert not any(doubt.by_rule for doubt in verdict.doubts), text


def _always(verdict: Verdict) -> Callable[[str, RiskLevel], Verdict]:
    def check(text: str, risk: RiskLevel) -> Verdict:
        return verdict

    return check


@dataclass(slots=True)
class Suspicious(Rating):
    """Takes for harm whatever does not go on to ask."""

    async def rate(self, prompt: str, answers: Sequence[str], cancel: CancelFlag) -> tuple[float, ...]:
        return YES if "what" not in prompt.lower() else (0.9999, 0.0001, 0.0, 0.0)


@pytest.mark.weights
@virtual_time
async def test_pieces_are_measured_as_in_a_call_too_where_no_later_sentence_is_known() -> None:
    pieces = [Piece(f"{MAY_ERR[2]} What would help?", unsafe=False, kind="ok", language="en")]
    found = await measure_deep(pieces, Suspicious(takes_s=0.0))
    assert (found.blocked, found.call_blocked) == (0, 1)
