"""Callers, for operators: what is remembered of somebody, one note erased, everything erased, everything exported.

A caller's own way to the same is the link to their report, and what they say in a call.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from fastapi import APIRouter

from warmline.server.aftercall.report import Note
from warmline.server.api import reading
from warmline.server.api.access import AKeeper, AnOperator
from warmline.server.api.errors import Refused, Told, errors
from warmline.server.api.models import Caller, CallerNoteShape, CallerShape, ForgottenShape, MemoryShape, NoteId
from warmline.server.api.models import ReportShape as Shape
from warmline.server.store import memories, sharing
from warmline.server.store.keeping import MEMORY
from warmline.server.store.sharing import Share

ROUTER = APIRouter(prefix="/v1/callers", tags=["memory"], route_class=Told)
MOST: Final = 200
"""Calls of one export."""


@ROUTER.get("/{caller}/memory", summary="What is remembered", responses=errors(401, 403, 404, 413, 422, 503))
async def memory(caller: Caller, operator: AnOperator, keeping: AKeeper) -> MemoryShape:
    """Every note; its text only where the caller shares the call it came from."""
    store, notes = keeping.store, []
    shared: dict[str, bool] = {}
    for item in await memories.of(store, caller):
        if item.call not in shared:
            shared[item.call] = await sharing.shared(store, item.call) is not Share.NONE
        open_ = shared[item.call]
        note = Note(item.id, item.turn, item.kind.value, *((item.text, item.facts, item.due) if open_ else ("",)))
        notes.append(CallerNoteShape(**asdict(note), call=item.call, withheld=not open_))
    return MemoryShape(caller=caller, consent=await store.consented(caller, MEMORY), notes=tuple(notes))


@ROUTER.delete(
    "/{caller}/memory/{note}",
    summary="Erase one note",
    status_code=204,
    responses=errors(401, 403, 404, 413, 422, 503, 507),
)
async def forget_note(caller: Caller, note: NoteId, operator: AnOperator, keeping: AKeeper) -> None:
    """The note, the words of the turn it came from, and that call's summary."""
    if not await memories.forget(keeping.store, caller, note):
        raise Refused(404, "no_note", "there is no such note of this caller")


@ROUTER.delete("/{caller}", summary="Erase everything of a caller", responses=errors(401, 403, 404, 413, 422, 503, 507))
async def forget(caller: Caller, operator: AnOperator, keeping: AKeeper) -> ForgottenShape:
    """Words, notes, consents and the name; calls stay as figures of nobody."""
    notes = len(await memories.of(keeping.store, caller))
    return ForgottenShape(calls=await keeping.store.forget_caller(caller), notes=notes)


@ROUTER.get("/{caller}/export", summary="Everything of a caller", responses=errors(401, 403, 404, 413, 422, 503, 507))
async def export(caller: Caller, operator: AnOperator, keeping: AKeeper) -> CallerShape:
    """The newest calls, each as far as the caller shares it."""
    found = await keeping.store.calls(caller, last=MOST + 1)
    reports = [await reading.for_operator(keeping, call, operator, "export") for call in found[:MOST]]
    return CallerShape(
        caller=caller,
        consent=await keeping.store.consented(caller, MEMORY),
        calls=tuple(Shape.model_validate(report) for report in reports),
        more=len(found) > MOST,
    )
