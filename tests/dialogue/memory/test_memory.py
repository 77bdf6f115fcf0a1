"""Memories: which sentences become one, who and when they are about, and which comes to mind."""

from __future__ import annotations

import datetime as dt
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.calls import heard_as, plan_of, turn
from warmline.dialogue.memory.evaluate import read, remembered
from warmline.dialogue.memory.items import Item, ItemKind, Mood, Vector, content_of, item_of
from warmline.dialogue.memory.making import items_of, sentences, set_right
from warmline.dialogue.memory.people import NOBODY, cast_of
from warmline.dialogue.memory.recall import Index, Weights
from warmline.dialogue.memory.replaced import over, set_aside
from warmline.dialogue.memory.sentences import SIZE
from warmline.dialogue.memory.timeline import day_of, resolve, tells_of_the_past, worth_a_word
from warmline.dialogue.seeker.corrections import Correction
from warmline.dialogue.seeker.extract import facts_in
from warmline.dialogue.types import Risk, RiskLevel

MONDAY = dt.date(2026, 3, 2)
DAY_S = 86_400.0


class Words:
    """Meaning by common words: each word turns the vector its own way."""

    def vector(self, text: str) -> Vector:
        total = np.zeros(SIZE, np.float32)
        for word in text.lower().replace(".", " ").replace(",", " ").split():
            total += np.random.default_rng(zlib.crc32(word.encode())).normal(size=SIZE).astype(np.float32)
        return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), np.float32)


EMBED = Words()


def item(text: str, at: float = 0.0, mood: Mood = Mood(), **rest: object) -> Item:  # noqa: B008
    return replace(Item(ItemKind.FACT, text, "c", 1, at, EMBED.vector(text), mood), **rest)  # type: ignore[arg-type]


def made(text: str, *, risk: RiskLevel = RiskLevel.L0, at: float = 0.0) -> tuple[Item, ...]:
    one = turn(1, text, "I see.", plan_of(risk=Risk(risk)))
    return items_of(one, 1, "c", at, EMBED)[0]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            "Hello. My sister Ana hasn't called me since Monday. Thank you.",
            ["My sister Ana hasn't called me since Monday."],
        ),
        ("I don't know what to say.", []),
        ("Can you hear me all right?", []),
        ("Yes. Okay.", []),
        ("Please remember that for me.", []),
        ("I lost my job, what should I do now?", ["I lost my job, what should I do now?"]),
        ("", []),
    ],
)
def test_what_tells_something_is_kept_as_it_was_said(text: str, kept: list[str]) -> None:
    assert [one.text for one in made(text)] == kept


@pytest.mark.parametrize("risk", [RiskLevel.L1, RiskLevel.L2, RiskLevel.L3])
def test_nothing_is_made_of_a_turn_at_risk(risk: RiskLevel) -> None:
    assert made("I told my sister Ana that I want to be gone.", risk=risk) == ()


def test_a_memory_knows_its_kind_its_day_and_its_mood() -> None:
    one = replace(turn(1, "The exam is on Friday.", "I see.", plan_of(intensity=3.5)), tags=heard_as(-0.5, 0.4))
    (found,), _ = items_of(one, 1, "c", dt.datetime(2026, 3, 2, tzinfo=dt.UTC).timestamp(), EMBED)
    assert (found.kind, found.due, found.facts) == (ItemKind.EVENT, "2026-03-06", ("event: exam (friday)",))
    assert found.mood == Mood(-0.5, 0.4, 0.7, 3.5)
    assert made("Running helps me a lot.")[0].kind is ItemKind.HELPED


@given(st.text(max_size=400))
def test_any_text_makes_memories_of_its_own_words(text: str) -> None:
    plain = " ".join(text.replace("’", "'").split())
    for sentence in sentences(text):
        assert sentence in plain


@given(
    st.lists(st.floats(-1, 1), min_size=3, max_size=3),
    st.text(),
    st.sampled_from(list(ItemKind)),
    st.integers(1, 99),
)
def test_what_is_written_down_comes_back(mood: list[float], text: str, kind: ItemKind, turn_: int) -> None:
    old = Item(kind, text, "c", turn_, 5.0, EMBED.vector("a b"), Mood(*(round(one, 4) for one in mood)), ("age: 3",))
    row = {"kind": kind.value, "call": "c", "turn": turn_, "at": 5.0, "id": 0}
    new = item_of(row, content_of(old))
    assert replace(new, vector=old.vector) == old or np.allclose(new.vector, old.vector, atol=1e-3)
    assert (new.text, new.mood, new.facts) == (old.text, old.mood, old.facts)


def test_what_is_taken_back_is_set_right() -> None:
    items = made("I talked to my sister Ana about it.")
    ((old, new),) = set_right(items, Correction("my sister", "my cousin"), EMBED)
    assert old == items[0]
    assert new.text == "I talked to my cousin Ana about it."
    assert new.facts == ("person: cousin Ana",)
    assert set_right(items, Correction("my brother", "my cousin"), EMBED) == ()


# --- who --------------------------------------------------------------------------------------------------------------


def test_a_name_stands_for_its_relation() -> None:
    cast = NOBODY.with_facts(facts_in("My sister Ana called."))
    assert cast.plain("Ana hurt me.") == "my sister Ana hurt me."
    assert cast.plain("She hurt me.") == "my sister: She hurt me."
    assert cast.plain("My sister Ana hurt me.") == "My sister Ana hurt me."
    assert NOBODY.plain("Ana hurt me.") == "Ana hurt me."


def test_names_are_known_from_memories() -> None:
    assert (
        cast_of(made("My best friend Tom moved away from here.")).plain("I rang Tom.") == "I rang my best friend Tom."
    )


# --- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "past", "day"),
    [
        ("friday", False, "2026-03-06"),
        ("friday", True, "2026-02-27"),
        ("monday", False, "2026-03-02"),
        ("next monday", False, "2026-03-09"),
        ("last monday", False, "2026-02-23"),
        ("tomorrow", False, "2026-03-03"),
        ("last night", True, "2026-03-01"),
        ("in two days", False, "2026-03-04"),
        ("two weeks ago", True, "2026-02-16"),
        ("a couple of days ago", True, "2026-02-28"),
        ("12 june", False, "2026-06-12"),
        ("12 january", False, "2027-01-12"),
        ("12 june", True, "2025-06-12"),
        ("next week", False, "2026-03-09"),
        ("march", False, "2026-03-15"),
        ("october", True, "2025-10-15"),
        ("31 february", False, None),
        ("spring", False, None),
        ("recent", False, None),
        ("in a while", False, None),
    ],
)
def test_days_are_counted_from_the_call(form: str, past: bool, day: str | None) -> None:
    found = resolve(form, MONDAY, past=past)
    assert (found.isoformat() if found else None) == day


@given(st.text(min_size=1, max_size=30), st.booleans())
def test_no_form_breaks_it(form: str, past: bool) -> None:
    found = resolve(form, MONDAY, past=past)
    assert found is None or abs((found - MONDAY).days) < 3_700


def test_the_past_is_told_by_its_verbs() -> None:
    assert tells_of_the_past("My dog died on Sunday.")
    assert not tells_of_the_past("The funeral is on Sunday.")


def test_an_event_that_has_come_is_worth_a_word() -> None:
    told = dt.datetime(2026, 3, 2, tzinfo=dt.UTC).timestamp()
    exam = item("The exam is on Friday.", told, due="2026-03-06")
    past = item("My dog died on Sunday.", told, due="2026-03-01")
    assert day_of(told) == MONDAY
    assert worth_a_word((exam, past), told + 7 * DAY_S, told) == exam
    assert worth_a_word((exam,), told + 3 * DAY_S, told) == exam  # it is tomorrow
    assert worth_a_word((exam,), told + 7 * DAY_S, told + 6 * DAY_S) is None  # there was a call after it
    assert worth_a_word((past,), told + 7 * DAY_S, told) is None
    assert worth_a_word((exam,), told + 60 * DAY_S, told) is None


# --- what comes to mind -----------------------------------------------------------------------------------------------


def test_the_nearest_in_meaning_comes_first_and_mood_decides_between_equals() -> None:
    sad, angry = Mood(-0.6, -0.5, 1.0), Mood(-0.6, 0.6, 1.0)
    items = (
        item("my sister forgot me again", mood=angry),
        item("my sister forgot me again", mood=sad),
        item("the exam is on friday"),
        item("baking bread helps me"),
    )
    index = Index(items)
    query = EMBED.vector("my sister forgot about me")
    assert index.find(query, sad, 0.0)[0].item is items[1]
    assert index.find(query, angry, 0.0)[0].item is items[0]
    assert index.find(EMBED.vector("friday exam"), angry, 0.0)[0].item is items[2]


def test_an_unsure_mood_does_not_count() -> None:
    assert Mood(1.0, 1.0, 0.0).near(Mood(1.0, 1.0, 1.0)) == 0.0
    assert Mood(1.0, 1.0, 1.0).near(Mood(1.0, 1.0, 1.0)) == 1.0
    assert Mood(1.0, 1.0, 1.0).near(Mood(-1.0, -1.0, 1.0)) == pytest.approx(0.0)


def test_of_equals_the_fresher_comes_first() -> None:
    items = (item("I sold the piano", 0.0), item("I sold the piano", 50 * DAY_S))
    found = Index(items, Weights(recent=0.05)).find(EMBED.vector("piano sold"), Mood(), 51 * DAY_S)
    assert found[0].item is items[1]


def test_nobody_remembers_nothing_and_no_summary_comes() -> None:
    assert Index().find(EMBED.vector("x"), Mood(), 0.0) == ()
    assert Index((item("all of it", kind=ItemKind.SUMMARY),)).find(EMBED.vector("all of it"), Mood(), 0.0) == ()


@given(
    st.lists(st.sampled_from(["sister", "exam", "bread", "piano", "dog", "boss"]), min_size=1, max_size=12),
    st.integers(1, 5),
)
def test_scores_fall_and_no_memory_comes_twice(words: list[str], most: int) -> None:
    items = tuple(item(f"{word} number {place}") for place, word in enumerate(words))
    found = Index(items).find(EMBED.vector(words[0]), Mood(), 0.0, most)
    assert len(found) == min(most, len(items))
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert len({id(one.item) for one in found}) == len(found)


def test_what_was_said_otherwise_since_no_longer_comes() -> None:
    old = made("I am a nurse, and I work nights.")[0]
    both = made("I live alone and I can't sleep.")[0]
    new = made("I live with my parents now.", at=40 * DAY_S)[0]
    other = made("I am a teacher at a school.", at=40 * DAY_S)[0]
    assert set_aside((old, both), new) == ()
    ((was, now),) = set_aside((old, both), other)
    assert (was, now.facts[-1]) == (old, "until: 1970-02-10")
    assert over(now)
    assert set_aside((now,), other) == ()
    assert Index((now,)).find(now.vector, Mood(), 0.0) == ()
    assert set_aside((other,), other) == ()


def test_our_simulated_callers_are_as_they_should_be() -> None:
    callers = read()
    assert len(callers) >= 5
    assert all(len(caller.calls) == 5 for caller in callers)
    assert sum(bool(query.wanted) for caller in callers for query in caller.queries) >= 100
    assert all(len(remembered(caller, EMBED)) >= 20 for caller in callers)
