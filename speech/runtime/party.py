"""Threads that meet for one piece of work: each asks for something and waits until all who are still there have asked
too; then one of them answers for all, because together it takes less time than one by one.

A party is closed when it begins, so nobody ever waits for somebody who may come: who is alone needs no party. It does
not know what is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

A = TypeVar("A")
T = TypeVar("T")

_here = threading.local()


@dataclass(slots=True)
class _Asked:
    what: Any
    answer: Any = None
    error: BaseException | None = None
    answered: threading.Event = field(default_factory=threading.Event)


class Party:
    """``guests``: how many :meth:`guest` jobs there will be; each must be run, or the others wait for ever."""

    def __init__(self, guests: int) -> None:
        self._present = guests
        self._lock = threading.Lock()
        self._asked: list[_Asked] = []
        self._answering: Callable[[Sequence[Any]], Sequence[Any]] | None = None

    def guest(self, job: Callable[[], T]) -> Callable[[], T]:
        """``job`` as one guest does it, on a thread of its own. When it is over the others no longer wait for it."""

        def work() -> T:
            _here.party = self
            try:
                return job()
            finally:
                _here.party = None
                self._leave()

        return work

    def ask(self, what: A, answering: Callable[[Sequence[A]], Sequence[T | BaseException]]) -> T:
        """The answer to ``what``, from a guest's thread. ``answering`` gives one for each of what was asked, on the
        thread of whoever asked or left last; an exception among its answers is raised in the thread that asked."""
        asked = _Asked(what)
        with self._lock:
            self._asked.append(asked)
            self._answering = answering
            all_here = self._complete()
        self._answer(all_here)
        asked.answered.wait()
        try:
            if asked.error is not None:
                raise asked.error
            answer: T = asked.answer
            return answer
        finally:
            del asked, all_here  # an error's traceback holds this frame, which must not hold the error

    def _leave(self) -> None:
        with self._lock:
            self._present -= 1
            all_here = self._complete()
        self._answer(all_here)

    def _complete(self) -> list[_Asked]:
        """What was asked, once everybody who is here has; taken out of the list."""
        if not self._asked or len(self._asked) < self._present:
            return []
        asked, self._asked = self._asked, []
        return asked

    def _answer(self, asked: list[_Asked]) -> None:
        if not asked or self._answering is None:
            return
        try:
            answers = self._answering([one.what for one in asked])
        except BaseException as error:  # noqa: BLE001 - told to everybody who asked, or they would wait for ever
            answers = [error] * len(asked)
        for one, answer in zip(asked, answers, strict=True):
            if isinstance(answer, BaseException):
                one.error = answer
            else:
                one.answer = answer
            one.answered.set()
        # an error's traceback holds this frame, which must not hold the error
        del answers, answer, asked, one


def current() -> Party | None:
    """The party that this thread is a guest of."""
    party: Party | None = getattr(_here, "party", None)
    return party
