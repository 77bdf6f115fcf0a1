"""Who may read what: operators by token and only what callers share, callers by their link and only their own."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.server.api.served import OPERATOR, TOKEN, a_call, app_of, asking, kept, owner
from tests.server.store.test_keeping import SECRET
from warmline.server.store import links

ROUTES = [
    ("GET", "/v1/calls"),
    ("GET", "/v1/calls/" + "0" * 32),
    ("GET", "/v1/calls/" + "0" * 32 + "/exports/json"),
    ("DELETE", "/v1/calls/" + "0" * 32),
    ("GET", "/v1/callers/ada/memory"),
    ("DELETE", "/v1/callers/ada/memory/1"),
    ("DELETE", "/v1/callers/ada"),
    ("GET", "/v1/callers/ada/export"),
    ("GET", "/v1/counts"),
]
OWN = [
    ("GET", "/v1/report"),
    ("GET", "/v1/report/exports/json"),
    ("PUT", "/v1/report/share"),
    ("DELETE", "/v1/report/notes/1"),
    ("DELETE", "/v1/report"),
    ("DELETE", "/v1/report/caller"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_operators_need_a_token_and_no_link_is_one(method: str, path: str, tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping:
        record = await a_call(keeping)
        for headers in ({}, owner(record), {"authorization": "Bearer wrong"}, {"authorization": TOKEN}):
            async with asking(app_of(keeping), headers) as client:
                answer = await client.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (401, "no_token")
            assert answer.headers["www-authenticate"] == "Bearer"
        assert len(await keeping.store.turns(record.id)) == 2


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_server_without_tokens_has_no_operators(method: str, path: str, tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping, ()), OPERATOR) as client:
        answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (403, "no_operators")


@pytest.mark.parametrize(("method", "path"), OWN)
async def test_only_the_call_s_own_link_opens_its_report(method: str, path: str, tmp_path: Path) -> None:
    body = {"json": {"share": "none"}} if method == "PUT" else {}
    async with kept(tmp_path) as keeping:
        await a_call(keeping)
        for headers in ({}, OPERATOR, {"authorization": f"Bearer {links.fresh()}"}):
            async with asking(app_of(keeping), headers) as client:
                answer = await client.request(method, path, **body)
            assert answer.status_code == 401, (headers, answer.text)


async def test_an_operator_sees_no_word_and_no_feeling_until_the_caller_shares(tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        record = await a_call(keeping)
        paths = (f"/v1/calls/{record.id}", f"/v1/calls/{record.id}/exports/txt", "/v1/callers/ada/memory")
        paths += ("/v1/callers/ada/export", "/v1/calls")
        for path in paths:
            answer = await client.get(path, headers=OPERATOR)
            assert answer.status_code == 200
            assert SECRET not in answer.text
            assert "sister" not in answer.text
        bare = (await client.get(paths[0], headers=OPERATOR)).json()
        assert bare["withheld"]
        assert [one["feeling"] for one in bare["exchanges"]] == [None, None]
        assert [one["risk"] for one in bare["exchanges"]] == [0, 0]
        assert bare["accesses"] == []  # nothing was read

        await client.put("/v1/report/share", json={"share": "operator"}, headers=owner(record))
        for path in paths[:4]:
            answer = await client.get(path, headers=OPERATOR)
            assert SECRET in answer.text or "sister" in answer.text, path
        mine = (await client.get("/v1/report", headers=owner(record))).json()
        assert [access["what"] for access in mine["accesses"]] == ["read", "export", "export"]
        assert TOKEN not in str(mine)

        await client.put("/v1/report/share", json={"share": "none"}, headers=owner(record))
        assert SECRET not in (await client.get(paths[0], headers=OPERATOR)).text


async def test_a_share_holds_for_its_own_call_only(tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        one, other = await a_call(keeping), await a_call(keeping)
        await client.put("/v1/report/share", json={"share": "research"}, headers=owner(one))
        assert SECRET in (await client.get(f"/v1/calls/{one.id}", headers=OPERATOR)).text
        assert SECRET not in (await client.get(f"/v1/calls/{other.id}", headers=OPERATOR)).text
        listed = (await client.get("/v1/calls?share=research", headers=OPERATOR)).json()
        assert [call["id"] for call in listed["calls"]] == [one.id]
        notes = (await client.get("/v1/callers/ada/memory", headers=OPERATOR)).json()["notes"]
        assert sorted((note["withheld"], bool(note["text"])) for note in notes) == [(False, True), (True, False)]


async def test_nothing_of_a_caller_stays_in_a_cache(tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        record = await a_call(keeping)
        for path in ("/v1/report", "/v1/report/exports/vtt", "/v1/report/exports/nothing"):
            assert (await client.get(path, headers=owner(record))).headers["cache-control"] == "no-store"
        assert (await client.get("/v1/report")).headers["cache-control"] == "no-store"


async def test_a_link_ends_with_retention_though_no_sweep_has_come(tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        record = await a_call(keeping)
        with sqlite3.connect(tmp_path / "c.db") as connection:
            connection.execute("UPDATE calls SET started = started - 91 * 86400")
        connection.close()
        assert (await client.get("/v1/report", headers=owner(record))).status_code == 401
        assert (await client.get(f"/v1/calls/{record.id}", headers=OPERATOR)).status_code == 404
        assert (await client.get("/v1/calls", headers=OPERATOR)).json() == {"calls": [], "next": None}


async def test_the_description_is_served_to_who_has_a_token_where_tokens_are_set() -> None:
    async with asking(app_of(None)) as client:
        assert (await client.get("/openapi.json")).status_code == 401
        described = (await client.get("/openapi.json", headers=OPERATOR)).json()
    assert set(described["components"]["securitySchemes"]) == {"operator", "link"}
    assert {path.split("/")[2] for path in described["paths"]} == {"calls", "callers", "report", "counts"}
    assert len([1 for path in described["paths"].values() for _ in path]) == len(ROUTES) + len(OWN)
    async with asking(app_of(None, ())) as client:
        assert (await client.get("/openapi.json")).status_code == 200


async def test_without_a_store_it_says_how_to_keep_something() -> None:
    async with asking(app_of(None), OPERATOR) as client:
        for path in ("/v1/calls", "/v1/counts"):
            answer = await client.get(path)
            assert answer.status_code == 404
            assert "store.url" in answer.json()["message"]
        assert (await client.get("/v1/report", headers={"authorization": f"Bearer {links.fresh()}"})).status_code == 404
