"""The report of one call, for its caller: read, exported, shared or not, forgotten; and the page that shows it.

The secret stands after the # of the link, which a browser sends to no server; the page hands it over in a header.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from warmline.server.api import reading
from warmline.server.api.access import AKeeper, AShelf, OwnCall
from warmline.server.api.errors import Refused, Told, errors
from warmline.server.api.models import ForgottenShape, NoteId, ReportShape, ShareShape
from warmline.server.store import memories, sharing
from warmline.server.store.keeping import MEMORY

ROUTER = APIRouter(prefix="/v1/report", tags=["report"], route_class=Told)


@ROUTER.get("", summary="My call", responses=errors(401, 404, 413, 503))
async def report(call: OwnCall, keeping: AKeeper) -> ReportShape:
    """The whole report."""
    return ReportShape.model_validate(await reading.whole(keeping, call))


@ROUTER.get(
    "/exports/{form}",
    summary="My call as a file: json, txt, vtt, pdf or png",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}, **errors(401, 404, 406, 413, 422, 503)},
)
async def export(form: str, call: OwnCall, keeping: AKeeper, shelf: AShelf) -> Response:
    """The same as a file."""
    return await reading.exported(shelf, await reading.whole(keeping, call), form)


@ROUTER.put("/share", summary="Who else may read it", responses=errors(401, 404, 413, 422, 503, 507))
async def share(wish: ShareShape, call: OwnCall, keeping: AKeeper) -> ShareShape:
    """Nobody, the operator of this service, or the operator and researchers. The last word counts, from now on."""
    await sharing.share(keeping.store, call, wish.share, keeping.now())
    return wish


@ROUTER.delete(
    "/notes/{note}", summary="Forget one note", status_code=204, responses=errors(401, 404, 413, 422, 503, 507)
)
async def forget_note(note: NoteId, call: OwnCall, keeping: AKeeper) -> None:
    """One thing that was remembered of this call, with the words of the turn it came from."""
    mine = {item.id for item in await memories.of_call(keeping.store, call.id)}
    if note not in mine or not await memories.forget(keeping.store, call.caller, note):
        raise Refused(404, "no_note", "this call left no such note")


@ROUTER.delete("", summary="Erase my call", status_code=204, responses=errors(401, 404, 409, 413, 503, 507))
async def erase(call: OwnCall, keeping: AKeeper) -> None:
    """Everything of this call, the link too."""
    reading.not_running(keeping, call)
    await keeping.store.erase_call(call.id)


@ROUTER.delete("/caller", summary="Forget everything about me", responses=errors(401, 404, 409, 413, 503, 507))
async def forget(call: OwnCall, keeping: AKeeper) -> ForgottenShape:
    """Words and notes of all calls, and that they were mine; later calls begin without them, and do not ask again."""
    reading.not_running(keeping, call)
    store = keeping.store
    if not call.caller:
        notes = len(await memories.of_call(store, call.id))
        await store.forget_words(call.id)
        await sharing.withdraw(store, call.id)
        return ForgottenShape(calls=1, notes=notes)
    notes = len(await memories.of(store, call.caller))
    calls = await store.forget_caller(call.caller)
    await store.consent(call.caller, call.id, MEMORY, "no", "report", keeping.now())
    return ForgottenShape(calls=calls, notes=notes)
