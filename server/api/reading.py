"""Reads a call from the store as a report, for the one who asks: whole for its caller, as far as shared for others."""

from __future__ import annotations

from typing import cast

from starlette.responses import Response

from warmline.server.aftercall.apart import drawn
from warmline.server.aftercall.formats import FORMATS, made
from warmline.server.aftercall.report import Consenting, Report, report_of, withheld
from warmline.server.api.access import Operator, Shelf
from warmline.server.api.errors import Refused
from warmline.server.store import memories, sharing
from warmline.server.store.keeping import Keeper
from warmline.server.store.records import StoredCall
from warmline.server.store.sharing import Access, Share


async def found(keeping: Keeper, id: str) -> StoredCall:
    """The call of this whole id. Raises Refused, StorageError."""
    call = await keeping.store.call(id)
    if call is None or call.started < keeping.oldest:
        raise Refused(404, "no_call", "there is no such call")
    return call


async def whole(keeping: Keeper, call: StoredCall) -> Report:
    """The report as its caller may see it. Raises StorageError."""
    store = keeping.store
    consents = [
        Consenting(str(row["kind"]), str(row["value"]), str(row["how"]), cast(float, row["at"]))
        for row in await sharing.consents_of(store, call.id)
    ]
    return report_of(
        call,
        await store.turns(call.id),
        await memories.of_call(store, call.id),
        share=(await sharing.shared(store, call.id)).value,
        running=call.id in keeping.running,
        consents=consents,
        accesses=await sharing.accesses(store, call.id),
    )


async def for_operator(keeping: Keeper, call: StoredCall, operator: Operator, what: str) -> Report:
    """The report as far as the caller shares it; that it was read is written down before it is shown. Raises
    StorageError."""
    if await sharing.shared(keeping.store, call.id) is Share.NONE:
        return withheld(await whole(keeping, call))
    await sharing.note(keeping.store, call.id, Access(operator.name, what, keeping.now()))
    return await whole(keeping, call)


async def exported(shelf: Shelf, report: Report, name: str) -> Response:
    """The report as a file. Raises Refused, MissingExtra."""
    if name not in FORMATS:
        raise Refused(404, "no_format", f"a report is {', '.join(FORMATS)}")
    form = FORMATS[name]
    if form.drawn:
        async with shelf.drawing:
            content = await drawn(report, name)
    else:
        content = made(report, name)
    disposition = f'attachment; filename="warmline-{report.id[:8]}.{name}"'
    return Response(content, media_type=form.media, headers={"content-disposition": disposition})


def not_running(keeping: Keeper, call: StoredCall) -> None:
    """Raises Refused while the call runs: what is erased under it would be written again."""
    if call.id in keeping.running:
        raise Refused(409, "running", "this call still runs: it can be erased when it is over")
