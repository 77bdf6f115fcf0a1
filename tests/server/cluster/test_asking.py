"""Asking a cluster: slow, dead, full, lying and mixed replicas, on a clock of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from warmline.server.cluster.asking import WIRE, Answer, Asking, Full, Lost, Patience, Reply
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.errors import BackendError


@dataclass
class Time:
    now_s: float = 0.0
    later: tuple[float, Callable[[], None]] | None = None

    def at(self, when_s: float, do: Callable[[], None]) -> None:
        self.later = (when_s, do)

    def __call__(self) -> float:
        if self.later is not None and self.now_s >= self.later[0]:
            self.later[1]()
        return self.now_s

    def sleep(self, for_s: float) -> None:
        self.now_s += for_s


@dataclass
class Replica:
    """Answers ``what`` after ``after_s``; raises it where it is an error."""

    time: Time
    what: object
    after_s: float = 0.0
    cancelled: bool = False
    asked_at: float = 0.0

    def result(self, within_s: float) -> Reply:
        ready = self.asked_at + self.after_s
        if ready > self.time.now_s + within_s:
            self.time.now_s += within_s
            raise TimeoutError
        self.time.now_s = max(self.time.now_s, ready)
        if isinstance(self.what, Exception):
            raise self.what
        return self.what if isinstance(self.what, Reply) else Reply(WIRE, self.what)

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Cluster:
    """Gives one replica after the other; an exception in the row is raised when asked."""

    time: Time
    row: list[Replica | Exception]
    asked: list[Replica] = field(default_factory=list)
    times: int = 0

    def ask(self, method: str, *arguments: object) -> Answer:
        self.times += 1
        one = self.row.pop(0) if len(self.row) > 1 else self.row[0]
        if isinstance(one, Exception):
            raise one
        one.asked_at = self.time.now_s
        self.asked.append(one)
        return one


def cluster(*row: tuple[object, float] | Exception) -> tuple[Time, Cluster, Callable[..., object]]:
    time = Time()
    replicas = [one if isinstance(one, Exception) else Replica(time, *one) for one in row]
    made = Cluster(time, replicas)
    asking = Asking("ears", made, Patience(budget_s=6.0, slow_s=1.0, most=4), time, time.sleep)
    return time, made, lambda **options: asking.answer("decode", "audio", **options)


def test_one_good_answer_is_enough() -> None:
    _, made, ask = cluster(("words", 0.1))
    assert ask() == "words"
    assert made.times == 1


def test_a_replica_that_dies_is_replaced_at_once() -> None:
    time, made, ask = cluster((Lost("ActorDiedError"), 0.1), ("words", 0.1))
    assert ask() == "words"
    assert made.times == 2
    assert time.now_s < 0.3


def test_a_slow_replica_gets_company_and_the_first_answer_counts() -> None:
    time, made, ask = cluster(("late", 5.0), ("words", 0.1))
    assert ask() == "words"
    assert time.now_s == pytest.approx(1.1, abs=0.1)
    assert made.asked[0].cancelled
    assert not made.asked[1].cancelled


def test_a_slow_replica_may_still_win() -> None:
    _, made, ask = cluster(("first", 1.5), ("second", 3.0))
    assert ask() == "first"
    assert made.asked[1].cancelled


def test_full_queues_are_tried_again_with_growing_waits_until_there_is_room() -> None:
    time, made, ask = cluster(Full(), Full(), Full(), ("words", 0.1))
    assert ask() == "words"
    assert made.times == 4
    assert 0.02 + 0.04 + 0.08 <= time.now_s < 0.5


def test_a_queue_that_says_only_later_that_it_is_full_costs_no_try() -> None:
    _, made, ask = cluster(*[(Full(), 0.0)] * 6, ("words", 0.1))
    assert ask() == "words"
    assert made.times == 7  # more than the four times that an answer may fail


def test_queues_that_stay_full_end_with_a_clear_error_within_the_budget() -> None:
    time, made, ask = cluster(Full())
    with pytest.raises(BackendError, match="ears did not answer: all of its replicas are full"):
        ask()
    assert time.now_s == pytest.approx(6.0, abs=3.0)
    assert made.times < 12  # it does not hammer


def test_a_replica_of_another_version_is_passed_over_during_an_upgrade() -> None:
    _, made, ask = cluster((Reply(WIRE + 1, "?"), 0.1), ("words", 0.1))
    assert ask() == "words"
    assert made.times == 2


def test_only_other_versions_is_an_error_that_says_so() -> None:
    _, made, ask = cluster((Reply(WIRE - 1, "?"), 0.1))
    with pytest.raises(BackendError, match=f"it speaks version {WIRE - 1} and we speak {WIRE}"):
        ask()
    assert made.times == 4


def test_nodes_that_only_fail_are_asked_a_few_times_and_no_more() -> None:
    time, made, ask = cluster((Lost("RecognitionError"), 0.0))
    with pytest.raises(BackendError, match="RecognitionError"):
        ask()
    assert made.times == 4
    assert time.now_s < 1.0


def test_who_never_answers_is_given_up_and_told_to_stop() -> None:
    time, made, ask = cluster(("never", 1e9))
    with pytest.raises(BackendError, match="no answer in time"):
        ask()
    assert 6.0 <= time.now_s < 6.2
    assert made.times == 4
    assert all(one.cancelled for one in made.asked)


def test_a_cancelled_question_stops_its_replicas() -> None:
    flag = CancelFlag()
    time, made, ask = cluster(("late", 5.0))
    time.at(0.5, flag.set)
    with pytest.raises(Cancelled):
        ask(cancel=flag)
    assert time.now_s < 0.6
    assert made.asked[0].cancelled


def test_an_ask_that_fails_at_once_counts_as_a_try() -> None:
    _, made, ask = cluster(Lost("no replica"))
    with pytest.raises(BackendError, match="no replica"):
        ask()
    assert made.times == 4
