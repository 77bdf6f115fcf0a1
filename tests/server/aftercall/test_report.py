"""The report of a call as data and in every written form: what is in it, and what is left for who may not read."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.calls import heard_as, plan_of, turn
from tests.dialogue.memory.test_memory import item
from warmline.dialogue.types import Outcome, Risk, RiskLevel
from warmline.server.aftercall import written
from warmline.server.aftercall.formats import made
from warmline.server.aftercall.moments import LOOKED_INTO, RISK
from warmline.server.aftercall.report import Report, report_of, withheld
from warmline.server.store.records import Ended, Passage, StoredCall, StoredTurn
from warmline.server.transcript import turn_of

CALL = StoredCall("c" * 32, "ada", "en", 1_764_000_000.0, 1_764_000_060.0, words=True)
SECRET = "zanzibarine"


def kept(
    number: int,
    valence: float = 0.0,
    sure: float = 0.9,
    risk: int = 0,
    distress: float = 2.0,
    user: str = f"I lost my {SECRET}.",
    planned: str = "That hurts. What was it like?",
    heard: str | None = None,
    disagree: bool = False,
) -> StoredTurn:
    """An exchange as the store gives it back, of 10 s each."""
    began = 10.0 * number
    reply = planned if heard is None else heard
    plan = plan_of(intensity=distress, risk=Risk(RiskLevel(risk)), cause=SECRET)
    one = replace(turn(number, user, reply, plan), planned=planned)
    one = replace(one, tags=heard_as(valence, 0.1, sure, disagree=disagree, events=("cry",) if risk else ()))
    one = replace(one, outcome=Outcome.SPOKEN if heard is None else Outcome.CUT)
    said = tuple(Passage(word, began + place, began + place + 0.8) for place, word in enumerate(user.split()[:4]))
    marks = (Passage(reply, began + 5.0, began + 7.0),) if reply else ()
    return replace(turn_of(Ended(one, began + 8.0, {}, ("model",), said, marks), number), began_s=began)


def report(*turns: StoredTurn, notes: int = 0) -> Report:
    items = [item(f"Note {SECRET}.", call=CALL.id, turn=1) for _ in range(notes)]
    return report_of(CALL, turns, [*items, item("Of another call.", call="d" * 32)])


def kinds(found: Report) -> list[tuple[int, str]]:
    return [(moment.turn, moment.kind) for moment in found.moments]


def test_only_a_rise_of_risk_is_a_moment() -> None:
    found = report(kept(1), kept(2, risk=1), kept(3, risk=1), kept(4, risk=2), kept(5, risk=1))
    assert kinds(found) == [(2, "risk"), (4, "risk")]
    assert found.risk == 2


def test_what_was_looked_into_is_told_as_that_and_hides_no_later_sign() -> None:
    def hinted(number: int, risk: int) -> StoredTurn:
        one = kept(number, risk=risk)
        return replace(one, plan={**one.plan, "evidence": ["reads like it (0.71)"]})

    found = report(kept(1), hinted(2, 2), kept(3), hinted(4, 1))
    assert kinds(found) == [(2, "risk"), (4, "risk")]
    assert [moment.text for moment in found.moments] == [LOOKED_INTO, RISK[1]]
    after_more = report(kept(1, risk=1), hinted(2, 2))
    assert [moment.text for moment in after_more.moments] == [RISK[1], RISK[2]]


def test_a_change_of_mood_is_told_where_it_began_and_only_if_it_lasts() -> None:
    low, high = [-0.7] * 4, [0.6] * 4
    found = report(*(kept(number, value) for number, value in enumerate([*low, *high], 1)))
    assert kinds(found) == [(5, "change")]
    assert "lighter" in found.moments[0].text
    jittery = report(*(kept(number, value) for number, value in enumerate([0.1, -0.1] * 4, 1)))
    assert kinds(jittery) == []


def test_a_voice_that_was_not_read_has_no_mood() -> None:
    found = report(*(kept(number, -0.9, sure=0.0) for number in range(1, 6)))
    assert kinds(found) == []
    assert {one.feeling.mood for one in found.exchanges if one.feeling} == {0.0}
    assert written.mood(found.exchanges[0]) == ""


def test_the_heaviest_turn_what_was_mixed_and_what_was_remembered_are_moments() -> None:
    found = report(kept(1, distress=2.0), kept(2, distress=4.2), kept(3, distress=4.0, disagree=True), notes=2)
    assert kinds(found) == [(1, "remembered"), (2, "heavy"), (3, "mixed")]
    assert "2 things you said were remembered" in found.moments[0].text
    assert [note.text for note in found.notes] == [f"Note {SECRET}."] * 2


def test_what_was_cut_off_is_told_apart_from_what_was_heard() -> None:
    (one,) = report(kept(1, heard="That hurts.")).exchanges
    assert (one.heard, one.unheard) == ("That hurts.", "What was it like?")
    assert "[not heard: What was it like?]" in written.text(report(kept(1, heard="That hurts.")))


def test_who_may_not_read_gets_times_and_risk_and_no_word_or_feeling() -> None:
    bare = withheld(report(kept(1), kept(2, -0.9, risk=2, distress=4.5), notes=1))
    told = json.dumps(asdict(bare))
    assert SECRET not in told
    assert "That hurts" not in told
    assert "cry" not in told
    assert bare.withheld
    assert [(one.risk, one.began_s, one.feeling, one.why) for one in bare.exchanges] == [
        (0, 10.0, None, ()),
        (2, 20.0, None, ()),
    ]
    assert kinds(bare) == [(2, "risk")]
    assert [mark.end_s for mark in bare.exchanges[0].marks] == [17.0]
    for form in ("txt", "vtt", "json"):
        assert SECRET.encode() not in made(bare, form)


def test_captions_are_timed_to_what_was_said_and_heard() -> None:
    cues = made(report(kept(1, user="My sister hurt me.", heard="That hurts.")), "vtt").decode()
    assert cues == (
        "WEBVTT\n\n"
        "00:00:10.000 --> 00:00:13.800\nYou: My sister hurt me.\n\n"
        "00:00:15.000 --> 00:00:17.000\nWarmline: That hurts.\n"
    )


def test_captions_say_what_they_leave_out() -> None:
    typed = replace(kept(2), said=(), marks=())
    cues = made(report(kept(1), typed), "vtt").decode()
    assert cues.startswith("WEBVTT\n\nNOTE 1 of 2 exchanges")
    assert cues.count("-->") == 2


def test_the_text_tells_the_call_and_that_feelings_are_guesses() -> None:
    told = written.text(report(kept(1, -0.5), kept(2, risk=1), notes=1))
    assert "2025-11-24 16:00 UTC, 1:00" in told
    assert written.DOUBT in told
    assert "2 x Reflection of feelings" in told
    assert "  0:10  You: I lost my" in told
    assert "[cry, distress 2.0 of 5]" in told


def test_a_call_that_broke_off_or_runs_says_so() -> None:
    for running, says in ((True, "0:18 so far"), (False, "0:18, then it broke off")):
        found = report_of(replace(CALL, ended=None), [kept(1)], running=running)
        assert says in written.text(found)


def test_an_empty_call_has_a_report() -> None:
    found = report()
    assert "nothing" in written.text(found)
    assert made(found, "vtt") == b"WEBVTT\n\n"


@given(st.text(), st.text(), st.floats(-1, 1), st.floats(0, 1))
def test_whatever_was_said_can_be_written(user: str, heard: str, valence: float, sure: float) -> None:
    found = report(kept(1, valence, sure, user=user, planned=heard), notes=1)
    assert json.loads(made(found, "json"))["exchanges"][0]["user"] == user
    assert made(found, "txt")
    cues = made(found, "vtt").decode()
    assert cues.count("-->") <= len(user.split()) + 1
    assert "<" not in cues.replace("&lt;", "")


@pytest.mark.parametrize(("at_s", "told"), [(0.0, "0:00"), (61.9, "1:01"), (3_725.0, "1:02:05"), (-1.0, "0:00")])
def test_clock(at_s: float, told: str) -> None:
    assert written.clock(at_s) == told
