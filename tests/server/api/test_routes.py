"""The API's routes: pages of calls, one call, exports, forgetting, counts, and what a failing store is told as."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from tests.server.api.served import OPERATOR, a_call, app_of, asking, kept, owner
from tests.server.store.test_keeping import SECRET, on_disk
from tests.server.store.test_store import ended as told_turn
from warmline.server.audit.chain import Entry
from warmline.server.audit.log import AuditLog
from warmline.server.store.records import row_of
from warmline.server.store.store import Store


async def test_pages_go_on_where_the_last_ended(tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping), OPERATOR) as client:
        made = [(await a_call(keeping)).id for _ in range(5)]
        seen: list[str] = []
        cursor: str | None = ""
        pages = 0
        while cursor is not None:
            extra = f"&cursor={cursor}" if cursor else ""
            page = (await client.get(f"/v1/calls?limit=2{extra}")).json()
            seen += [call["id"] for call in page["calls"]]
            cursor, pages = page["next"], pages + 1
    assert seen == made[::-1]
    assert pages == 3


async def test_a_call_has_its_turns_tags_reasons_marks_and_consents(tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        record = await a_call(keeping, turns=0)
        await keeping.store.keep_row(row_of(record.id, 1, 1.0, told_turn(1), words=True))
        await client.put("/v1/report/share", json={"share": "operator"}, headers=owner(record))
        answer = (await client.get(f"/v1/calls/{record.id}", headers=OPERATOR)).json()
        mine = (await client.get("/v1/report", headers=owner(record))).json()
    (one,) = answer["exchanges"]
    assert one["user"] == f"I lost my {SECRET}."
    assert one["feeling"]["valence"] == -0.5
    assert one["marks"] == [{"text": f"Your {SECRET} is gone.", "start_s": 1.7, "end_s": 2.5}]
    assert one["strategy"] == "Reflection of feelings"
    assert one["risk"] == answer["risk"] == 1
    assert [moment["kind"] for moment in answer["moments"]] == ["risk", "remembered"]
    assert [(c["kind"], c["value"]) for c in answer["consents"]] == [("share", "operator")]
    assert [note["text"] for note in answer["notes"]] == ["My sister hurt me."]
    assert {**mine, "accesses": []} == {**answer, "accesses": []}


@pytest.mark.parametrize(
    ("form", "media", "begins"),
    [
        ("json", "application/json", b"{"),
        ("txt", "text/plain; charset=utf-8", b"Your call"),
        ("vtt", "text/vtt; charset=utf-8", b"WEBVTT\n"),
        ("pdf", "application/pdf", b"%PDF-"),
        ("png", "image/png", b"\x89PNG"),
    ],
)
async def test_a_report_leaves_in_every_form(form: str, media: str, begins: bytes, tmp_path: Path) -> None:
    if form in {"pdf", "png"} and find_spec("matplotlib") is None:
        pytest.skip("the extra 'plots' is not installed")
    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        record = await a_call(keeping)
        answer = await client.get(f"/v1/report/exports/{form}", headers=owner(record))
        mine = (await client.get("/v1/report", headers=owner(record))).json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media
    assert answer.headers["content-disposition"] == f'attachment; filename="warmline-{record.id[:8]}.{form}"'
    assert answer.content.startswith(begins)
    if form == "json":
        assert json.loads(answer.content) == mine


async def test_what_cannot_be_drawn_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warmline.server.aftercall.formats.find_spec", lambda _: None)
    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        record = await a_call(keeping)
        answer = await client.get("/v1/report/exports/pdf", headers=owner(record))
        assert (await client.get("/v1/report/exports/txt", headers=owner(record))).status_code == 200
    assert answer.status_code == 406
    assert "warmline[plots]" in answer.json()["message"]


@pytest.mark.parametrize("how", ["caller", "operator"])
async def test_erasing_a_call_leaves_nothing_of_it(how: str, tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        record = await a_call(keeping)
        assert SECRET.encode() in on_disk(tmp_path)
        path, headers = ("/v1/report", owner(record)) if how == "caller" else (f"/v1/calls/{record.id}", OPERATOR)
        assert (await client.delete(path, headers=headers)).status_code == 204
        assert (await client.get("/v1/report", headers=owner(record))).status_code == 401
        assert (await client.get(f"/v1/calls/{record.id}", headers=OPERATOR)).status_code == 404
        for left in (SECRET, "sister", record.id):
            assert left.encode() not in on_disk(tmp_path)


@pytest.mark.parametrize("path", ["/v1/report", "/v1/report/caller"])
async def test_a_running_call_is_not_erased_under_itself(path: str, tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        record = await a_call(keeping, over=False)
        assert (await client.get("/v1/report", headers=owner(record))).json()["running"]
        assert (await client.delete(path, headers=owner(record))).status_code == 409
        record.end()
        await keeping._writer.flushed()
        assert (await client.delete(path, headers=owner(record))).status_code in {200, 204}


async def test_one_note_goes_with_the_words_it_came_from(tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        record, other = await a_call(keeping), await a_call(keeping)
        (note,) = (await client.get("/v1/report", headers=owner(record))).json()["notes"]
        assert (await client.delete(f"/v1/report/notes/{note['id']}", headers=owner(other))).status_code == 404
        assert (await client.delete(f"/v1/report/notes/{note['id']}", headers=owner(record))).status_code == 204
        mine = (await client.get("/v1/report", headers=owner(record))).json()
        assert mine["notes"] == []
        assert [one["words"] for one in mine["exchanges"]] == [False, True]
        assert (await client.delete(f"/v1/report/notes/{note['id']}", headers=owner(record))).status_code == 404


@pytest.mark.parametrize("caller", ["ada", ""])
async def test_forgetting_me_forgets_all_my_calls_and_is_not_asked_again(caller: str, tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        if caller:
            await a_call(keeping, caller)
        record = await a_call(keeping, caller)
        answer = await client.delete("/v1/report/caller", headers=owner(record))
        assert answer.json() == {"calls": 2, "notes": 2} if caller else {"calls": 1, "notes": 1}
        for left in (SECRET, "sister"):
            assert left.encode() not in on_disk(tmp_path)
        mine = (await client.get("/v1/report", headers=owner(record))).json()
        assert [one["words"] for one in mine["exchanges"]] == [False, False]
        if caller:
            assert await keeping.store.consented(caller, "memory") == "no"


async def test_an_operator_can_fulfil_a_caller_s_wish(tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping), OPERATOR) as client:
        await a_call(keeping)
        (note,) = (await client.get("/v1/callers/ada/memory")).json()["notes"]
        assert (await client.delete(f"/v1/callers/bea/memory/{note['id']}")).status_code == 404
        assert (await client.delete(f"/v1/callers/ada/memory/{note['id']}")).status_code == 204
        exported = (await client.get("/v1/callers/ada/export")).json()
        assert (len(exported["calls"]), exported["more"]) == (1, False)
        assert (await client.delete("/v1/callers/ada")).json() == {"calls": 1, "notes": 0}
        assert SECRET.encode() not in on_disk(tmp_path)


async def test_referrals_are_counted_from_the_audit(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    log = AuditLog(path)
    log.put(Entry("2025-03-01T10:00:00", "c", "risk", 2, referral=True))
    log.close()
    async with kept(tmp_path / ".") as keeping, asking(app_of(keeping, audit=str(path)), OPERATOR) as client:
        await a_call(keeping)
        counts = (await client.get("/v1/counts")).json()
        assert (counts["calls"], counts["running"], counts["fault"]) == (1, 0, "")
        assert [(year["year"], year["referrals"]) for year in counts["years"]] == [(2025, 1)]
        path.write_text("no chain\n", encoding="utf-8")
        counts = (await client.get("/v1/counts")).json()
        assert counts["fault"]
        assert counts["years"] == []


# --- trouble ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("says", "status", "code"),
    [
        ("database or disk is full", 507, "store_full"),
        ("database is locked", 503, "store_busy"),
        ("disk I/O error", 503, "store_failed"),
        ('could not extend file "base/5": No space left on device', 507, "store_full"),
    ],
)
async def test_a_store_that_cannot_is_told_as_what_it_is(
    says: str, status: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        record = await a_call(keeping)
        real = Store.transaction

        def broken(store: Store) -> Any:
            raise_ = real(store)

            class Fails:
                async def __aenter__(self) -> Any:
                    connection = await raise_.__aenter__()

                    class Refuses:
                        async def execute(self, statement: Any, *rest: Any) -> Any:
                            if statement.is_select:
                                return await connection.execute(statement, *rest)
                            raise OperationalError("statement", {}, Exception(says))

                    return Refuses()

                async def __aexit__(self, *error: Any) -> Any:
                    return await raise_.__aexit__(*error)

            return Fails()

        monkeypatch.setattr(Store, "transaction", broken)
        answer = await client.put("/v1/report/share", json={"share": "operator"}, headers=owner(record))
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert (await client.get("/v1/report", headers=owner(record))).status_code == 200  # reading goes on


async def test_a_really_full_store_answers_507_and_reads_on(tmp_path: Path) -> None:
    """SQLite's own limit of pages stands for the disk's."""
    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        record = await a_call(keeping)
        async with keeping.store.database.engine.connect() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        statuses = set()
        for _ in range(400):
            answer = await client.put("/v1/report/share", json={"share": "operator"}, headers=owner(record))
            statuses.add(answer.status_code)
        assert statuses == {200, 507}
        assert (await client.get("/v1/report", headers=owner(record))).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/calls?limit=0",
        "/v1/calls?limit=1000000",
        "/v1/calls?since=nan",
        "/v1/calls?since=1e400",
        "/v1/calls?caller=%00",
        "/v1/calls?risk=9",
        "/v1/calls?share=everyone",
        "/v1/calls?cursor=%FF%FE",
        "/v1/calls?cursor=1.0",
        "/v1/calls?cursor=1.0000000-" + "x" * 32,
        "/v1/calls?cursor=99999999999999.0000000-" + "0" * 32,
        "/v1/calls/%2e%2e",
        "/v1/calls/%00",
        "/v1/calls/ABC",
        "/v1/calls/" + "0" * 31,
        "/v1/calls/" + "0" * 4000,
        "/v1/calls/%25",
        "/v1/callers/%00/memory",
        "/v1/callers/" + "a" * 65 + "/memory",
        "/v1/callers/%F0%28%8C%28/memory",
        "/v1/callers/' OR 1=1 --/export",
        "/v1/report/notes/99999999999999999999",
    ],
)
async def test_hostile_requests_get_a_plain_answer(path: str, tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping), OPERATOR) as client:
        await a_call(keeping)
        answer = await client.get(path)
        assert answer.status_code in {404, 405, 422} or (
            not answer.json().get("notes") and not answer.json().get("calls")
        )
        assert SECRET not in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"{", b"null", b"[]", b'{"share": 1}', b'{"share": "none", "more": 1}', b"[" * 4000]
)
async def test_a_body_that_is_none_is_told(body: bytes, tmp_path: Path) -> None:
    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        record = await a_call(keeping)
        headers = {**owner(record), "content-type": "application/json"}
        answer = await client.put("/v1/report/share", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/v1/report/share"), ("GET", "/v1/calls"), ("DELETE", "/v1/report")]
)
async def test_a_body_that_is_too_long_is_not_read(method: str, path: str, tmp_path: Path) -> None:
    read = 0

    async def endless() -> AsyncGenerator[bytes, None]:
        nonlocal read
        while True:
            read += 1000
            yield b" " * 1000

    async with kept(tmp_path) as keeping, asking(app_of(keeping)) as client:
        answer = await client.request(method, path, content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "too_big")
    assert read < 20_000
