"""The book of calls, on a clock of the test's own."""

from __future__ import annotations

from dataclasses import dataclass

from warmline.server.cluster.book import ALIVE_S, KEPT_S, Beat, Book
from warmline.server.settings import CallSettings
from warmline.server.transport.elsewhere import Carried


@dataclass
class Time:
    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def call(id: str, *keys: str, unanswered: str = "") -> Carried:
    return Carried(id, keys, CallSettings(), unanswered=unanswered)


def test_a_call_is_taken_by_any_of_its_keys_and_is_then_the_taker_s() -> None:
    book = Book(Time())
    book.keep("a", call("1", "old", "new"))
    assert book.take("b", "wrong") is None
    taken = book.take("b", "old")
    assert taken is not None
    assert taken.id == "1"
    assert book.pages == {"1": "b"}
    assert book.beat("a", 9, ("1",)) == Beat(taken=("1",))
    assert book.beat("a", 9, ()) == Beat()


def test_who_has_lost_a_call_writes_and_erases_no_more_of_it() -> None:
    book = Book(Time())
    book.keep("a", call("1", "k"))
    book.take("b", "k")
    book.keep("a", call("1", "stolen"))
    book.drop("a", "1")
    assert book.take("c", "stolen") is None
    assert book.take("c", "k") is not None


def test_the_newest_word_counts_and_old_keys_end() -> None:
    book = Book(Time())
    book.keep("a", call("1", "k1"))
    book.keep("a", call("1", "k2", unanswered="I lost"))
    assert book.take("b", "k1") is None
    taken = book.take("b", "k2")
    assert taken is not None
    assert taken.unanswered == "I lost"


def test_a_call_that_is_over_is_forgotten() -> None:
    book = Book(Time())
    book.keep("a", call("1", "k"))
    book.drop("a", "1")
    assert book.take("b", "k") is None
    assert book.pages == {}


def test_a_book_that_began_anew_asks_for_what_it_does_not_know() -> None:
    book = Book(Time())
    assert book.beat("a", 9, ("1", "2")) == Beat(unknown=("1", "2"))
    book.keep("a", call("1", "k"))
    assert book.beat("a", 9, ("1", "2")) == Beat(unknown=("2",))


def test_words_of_a_gateway_that_is_gone_are_kept_a_minute_and_a_half_and_no_longer() -> None:
    time = Time()
    book = Book(time)
    book.keep("a", call("1", "k"))
    book.keep("b", call("2", "l"))
    time.now_s = KEPT_S
    book.beat("b", 9, ("2",))
    assert set(book.pages) == {"1", "2"}
    time.now_s = KEPT_S + 1
    book.beat("b", 9, ("2",))
    assert set(book.pages) == {"2"}
    assert book.take("b", "k") is None


def test_gateways_are_those_that_were_heard_of_lately() -> None:
    time = Time()
    book = Book(time)
    book.beat("a", 4, ("1",))
    time.now_s = 3.0
    book.beat("b", 8, ())
    assert [(one.name, one.calls, one.most, one.seen_s) for one in book.gateways()] == [
        ("a", 1, 4, 3.0),
        ("b", 0, 8, 0.0),
    ]
    time.now_s = 3.0 + ALIVE_S
    assert [one.name for one in book.gateways()] == ["b"]
