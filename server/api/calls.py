"""Calls, for operators: found by the page, read, exported, erased."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from warmline.server.api import reading
from warmline.server.api.access import AKeeper, AnOperator, AShelf
from warmline.server.api.errors import Told, errors
from warmline.server.api.models import CallId, CallShape, CallsShape, ReportShape
from warmline.server.store import listing
from warmline.server.store.listing import Place, Row, Wanted
from warmline.server.store.sharing import Share

ROUTER = APIRouter(prefix="/v1/calls", tags=["calls"], route_class=Told)
LATEST: Final = 10_000_000_000.0
Seconds = Annotated[float | None, Query(ge=0, le=LATEST, allow_inf_nan=False, description="seconds since 1970")]


@ROUTER.get("", summary="List calls, newest first", responses=errors(401, 403, 404, 413, 422, 503))
async def calls(
    operator: AnOperator,
    keeping: AKeeper,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[
        str | None, Query(pattern="^[0-9]{1,11}[.][0-9]{7}-[0-9a-f]{32}$", description="next of the page before")
    ] = None,
    since: Seconds = None,
    until: Seconds = None,
    caller: Annotated[str | None, Query(max_length=64, pattern="^[^\\x00-\\x1f]*$")] = None,
    language: Annotated[str | None, Query(pattern="^[a-z]{2,3}$")] = None,
    risk: Annotated[int, Query(ge=0, le=3, description="at least this highest level")] = 0,
    share: Share | None = None,
) -> CallsShape:
    """Times, counts and risk; never a word. A page's ``next`` is the cursor of the one after it."""
    since = max(since or 0.0, keeping.oldest)
    wanted = Wanted(since, until, caller, language, risk, share)
    rows = await listing.page(keeping.store, wanted, limit + 1, None if cursor is None else place_of(cursor))
    shown = rows[:limit]
    more = cursor_of(shown[-1]) if len(rows) > limit else None
    return CallsShape(calls=tuple(_shape(row, row.call.id in keeping.running) for row in shown), next=more)


@ROUTER.get("/{id}", summary="One call", responses=errors(401, 403, 404, 413, 422, 503, 507))
async def call(id: CallId, operator: AnOperator, keeping: AKeeper) -> ReportShape:
    """Turns, tags, plans and their reasons, marks and consents, as far as the caller shares the call; else times, risk
    levels and the kinds of reply. Reading a shared call is written down, and shown to the caller."""
    found = await reading.found(keeping, id)
    return ReportShape.model_validate(await reading.for_operator(keeping, found, operator, "read"))


@ROUTER.get(
    "/{id}/exports/{form}",
    summary="One call as a file: json, txt, vtt, pdf or png",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}, **errors(401, 403, 404, 406, 413, 422, 503, 507)},
)
async def export(id: CallId, form: str, operator: AnOperator, keeping: AKeeper, shelf: AShelf) -> Response:
    """The same as ``GET /v1/calls/{id}``, as a file."""
    found = await reading.found(keeping, id)
    return await reading.exported(shelf, await reading.for_operator(keeping, found, operator, "export"), form)


@ROUTER.delete(
    "/{id}", summary="Erase one call", status_code=204, responses=errors(401, 403, 404, 409, 413, 422, 503, 507)
)
async def erase(id: CallId, operator: AnOperator, keeping: AKeeper) -> None:
    """Its turns, figures, memories and the caller's link: nothing of it is left in the file."""
    found = await reading.found(keeping, id)
    reading.not_running(keeping, found)
    await keeping.store.erase_call(found.id)


def cursor_of(row: Row) -> str:
    """Where the page ended, for the next one."""
    return f"{row.call.started:.7f}-{row.call.id}"


def place_of(cursor: str) -> Place:
    """The place that a cursor names."""
    started, _, id = cursor.partition("-")
    return Place(float(started), id)


def _shape(row: Row, running: bool) -> CallShape:
    call = row.call
    return CallShape(
        id=call.id,
        caller=call.caller,
        language=call.language,
        started=call.started,
        ended=call.ended,
        running=running,
        words=call.words,
        lost=call.lost,
        turns=row.turns,
        risk=row.risk,
        share=row.share,
    )
