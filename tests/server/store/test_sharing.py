"""The caller's link to their report, whom they let read it, and the list of calls that an operator sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.store.test_store import a_call, store_at
from warmline.server.store import links, listing, sharing
from warmline.server.store.listing import Place, Row, Wanted
from warmline.server.store.records import StoredCall
from warmline.server.store.sharing import Access, Share
from warmline.server.store.store import Store


def call(id: str, started: float = 0.0, caller: str = "", language: str = "en", link: str = "") -> StoredCall:
    return StoredCall(id, caller, language, started, link=link)


async def ids(store: Store, wanted: Wanted, most: int = 50) -> list[str]:
    return [row.call.id for row in await listing.page(store, wanted, most)]


async def test_a_link_opens_its_call_and_nothing_else_does(tmp_path: Path) -> None:
    secret = links.fresh()
    async with store_at(tmp_path / "c.db") as store:
        await store.begin(call("c1", link=links.hashed(secret)))
        await store.begin(call("c2"))
        found = await links.opened(store, secret)
        assert found is not None
        assert found.id == "c1"
        for other in (links.fresh(), "", links.hashed(secret), secret[:-1], secret + "A", "ü" * 43):
            assert await links.opened(store, other) is None
    assert secret.encode() not in (tmp_path / "c.db").read_bytes()


async def test_nobody_reads_a_call_until_the_caller_says_so_and_the_last_word_counts(tmp_path: Path) -> None:
    async with store_at(tmp_path / "c.db") as store:
        for id in ("c1", "c2"):
            await store.begin(call(id))
        assert await sharing.shared(store, "c1") is Share.NONE
        for value in (Share.RESEARCH, Share.OPERATOR):
            await sharing.share(store, call("c1"), value, 1.0)
        assert await sharing.shared(store, "c1") is Share.OPERATOR
        assert await sharing.shared(store, "c2") is Share.NONE
        await sharing.share(store, call("c1"), Share.NONE, 2.0)
        assert await sharing.shared(store, "c1") is Share.NONE
        assert [row["value"] for row in await sharing.consents_of(store, "c1")] == ["research", "operator", "none"]


async def test_erasing_a_call_takes_its_sharing_along_and_leaves_what_was_said_about_memory(tmp_path: Path) -> None:
    async with store_at(tmp_path / "c.db") as store:
        await a_call(store)
        await store.consent("ada", "c1", "memory", "yes", "speech", 1.0)
        await sharing.share(store, call("c1", caller="ada"), Share.OPERATOR, 1.0)
        await sharing.note(store, "c1", Access("ab12", "report", 5.0))
        assert await sharing.accesses(store, "c1") == (Access("ab12", "report", 5.0),)
        assert await store.erase_call("c1")
        assert await sharing.shared(store, "c1") is Share.NONE
        assert await sharing.accesses(store, "c1") == ()
        assert await store.consented("ada", "memory") == "yes"


async def test_pages_hold_every_call_once_newest_first(tmp_path: Path) -> None:
    async with store_at(tmp_path / "c.db") as store:
        for place in range(7):
            await store.begin(call(f"c{place}", started=float(place // 2)))  # several begin in the same moment
        seen: list[Row] = []
        after = None
        while rows := await listing.page(store, Wanted(), 2, after):
            seen += rows
            after = Place(rows[-1].call.started, rows[-1].call.id)
    assert [row.call.id for row in seen] == ["c6", "c4", "c5", "c2", "c3", "c0", "c1"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), ["c3", "c2", "c1"]),
        (Wanted(since=2000.0), ["c3", "c2"]),
        (Wanted(until=2000.0), ["c1"]),
        (Wanted(caller="ada"), ["c1"]),
        (Wanted(language="de"), ["c2"]),
        (Wanted(risk=1), ["c1"]),
        (Wanted(risk=2), []),
        (Wanted(share=Share.OPERATOR), ["c3"]),
        (Wanted(share=Share.NONE), ["c2", "c1"]),
    ],
)
async def test_calls_are_found_by_what_an_operator_looks_for(wanted: Wanted, found: list[str], tmp_path: Path) -> None:
    async with store_at(tmp_path / "c.db") as store:
        await a_call(store, "c1")  # begins at 1000 s
        await store.begin(call("c2", 2000.0, language="de"))
        await store.begin(call("c3", 3000.0))
        await sharing.share(store, call("c3"), Share.OPERATOR, 1.0)
        assert await ids(store, wanted) == found


async def test_a_row_counts_turns_and_the_highest_risk(tmp_path: Path) -> None:
    async with store_at(tmp_path / "c.db") as store:
        await a_call(store, turns=3)
        await store.begin(call("c2", 1.0))
        first, second = await listing.page(store, Wanted(), 9)
    assert (first.turns, first.risk, first.share) == (3, 1, Share.NONE)
    assert (second.turns, second.risk) == (0, 0)
