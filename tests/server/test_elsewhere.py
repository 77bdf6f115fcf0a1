"""A call that another server held goes on here, with all that was said in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tests.calls import turn
from tests.server.test_resume import House, lost, speak, token_of
from tests.virtual_time import virtual_time
from warmline.server.cluster.book import Book
from warmline.server.hosting import adopting
from warmline.server.transport.elsewhere import Carried, key_of


class Shared:
    """The same book for both, without a cluster between."""

    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name

    def keep(self, carried: Carried) -> None:
        self.book.keep(self.name, carried)

    def drop(self, id: str) -> None:
        self.book.drop(self.name, id)

    async def take(self, token: str) -> Carried | None:
        return self.book.take(self.name, key_of(token))


@asynccontextmanager
async def two(calls: int = 1) -> AsyncGenerator[tuple[House, House, Book], None]:
    book = Book(time.monotonic)
    houses = House(calls=calls, greeting="Hello."), House(calls=calls, greeting="Hello.")
    for name, house in zip("ab", houses, strict=True):
        house.hosting.seats.elsewhere = Shared(book, name)
        house.hosting.seats.adopt = adopting(house.hosting)
    async with houses[0].hosting.seats.open(), houses[1].hosting.seats.open():
        yield (*houses, book)


@virtual_time
async def test_a_call_goes_on_at_another_server_with_its_transcript_and_no_second_greeting() -> None:
    async with two() as (one, other, book):
        first = await one.start()
        await speak(first, 2.0, 0.0)
        one.talks[0].turns = (turn(1, "I failed my exam.", "That sounds heavy."),)
        await speak(first, 0.5)
        await speak(first, 3.0, 0.0)
        said = list(one.hosting.seats.held[0].said)
        assert {entry.who for entry in said} == {"person", "warmline"}
        second = await other.resume(token_of(first))
        assert second.messages[0]["type"] == "resumed"
        assert [entry["text"] for entry in second.messages[0]["transcript"]] == [entry.text for entry in said]
        (talk,) = other.talks
        assert talk.settings.greeting == ""
        assert talk.turns == one.talks[0].turns
        assert talk.told == ["back_quiet"]
        await speak(second, 3.0, 0.0)
        await speak(second, 0.5)
        await speak(second, 3.0, 0.0)
        assert [entry.who for entry in other.hosting.seats.held[0].said][-2:] == ["person", "warmline"]
        assert set(book.pages.values()) == {"b"}
        second.text({"type": "end"})
        await asyncio.sleep(0.1)
        assert book.pages == {}
        assert other.calls == 0


@virtual_time
async def test_a_call_in_which_nothing_was_said_yet_is_greeted_there() -> None:
    async with two() as (one, other, _):
        first = await one.start()
        await other.resume(token_of(first))
        assert other.talks[0].settings.greeting == "Hello."
        assert other.talks[0].told == []


@virtual_time
async def test_what_had_been_said_and_not_answered_is_answered_there() -> None:
    async with two() as (one, other, _):
        first = await one.start()
        await speak(first, 2.0, 0.0)
        await speak(first, 0.5)
        await speak(first, 0.1, 0.0)
        assert one.hosting.seats.held[0].unanswered == "I failed my exam."
        second = await other.resume(token_of(first))
        assert other.talks[0].wrote == ["I failed my exam."]
        await lost(second)


@virtual_time
async def test_the_server_that_had_it_ends_it_when_it_is_told_and_gives_the_place_back() -> None:
    async with two() as (one, other, book):
        first = await one.start()
        await speak(first, 0.2)
        await other.resume(token_of(first))
        (id,) = book.pages
        assert book.beat("a", 1, (id,)).taken == (id,)
        one.hosting.seats.given_away(id)
        await asyncio.sleep(0.1)
        assert one.calls == 0
        assert first.messages[-1]["reason"] == "replaced"
        assert set(book.pages.values()) == {"b"}


@virtual_time
async def test_who_is_in_the_middle_of_a_call_finds_a_place_even_where_all_are_taken() -> None:
    async with two(calls=1) as (one, other, _):
        first = await one.start()
        await speak(first, 0.2)
        await other.start()
        assert other.calls == 1
        second = await other.resume(token_of(first))
        assert second.messages[0]["type"] == "resumed"
        assert other.calls == 2
        assert (await other.start()).messages[-1]["reason"] == "busy"


@virtual_time
async def test_a_token_works_once_across_servers() -> None:
    async with two(calls=2) as (one, other, book):
        first = await one.start()
        await speak(first, 0.2)
        second = await other.resume(token_of(first))
        await speak(second, 0.1)  # shows that the new token has arrived
        one.hosting.seats.given_away(next(iter(book.pages)))
        await asyncio.sleep(0.1)
        for house in (one, other):
            assert (await house.resume(token_of(first))).codes == ["resume_unknown"]
