"""Counts for operators, without anybody's words or name: calls, and referrals to helplines by year."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fastapi import APIRouter

from warmline.server.api.access import AnOperator, AShelf
from warmline.server.api.errors import Refused, Told, errors
from warmline.server.api.models import CountsShape, YearShape
from warmline.server.audit.chain import read
from warmline.server.audit.log import check
from warmline.server.audit.referrals import yearly
from warmline.speech.runtime.errors import StorageError

ROUTER = APIRouter(prefix="/v1/counts", tags=["counts"], route_class=Told)


@ROUTER.get("", summary="Counts", responses=errors(401, 403, 404, 413, 503))
async def counts(operator: AnOperator, shelf: AShelf) -> CountsShape:
    """Calls in the store and running now; referrals by year from ``care.audit``, with what is wrong with its chain."""
    keeping = shelf.keeping
    if keeping is None and not shelf.audit:
        raise Refused(404, "nothing_kept", "nothing is counted here: set store.url or care.audit")
    fault, years = await asyncio.to_thread(_referrals, shelf.audit) if shelf.audit else ("", ())
    return CountsShape(
        calls=await keeping.store.count() if keeping else 0,
        running=len(keeping.running) if keeping else 0,
        audit=bool(shelf.audit),
        fault=fault,
        years=years,
    )


def _referrals(audit: str) -> tuple[str, tuple[YearShape, ...]]:
    path = Path(audit).expanduser()
    try:
        found = check(path)
        lines = path.read_text(encoding="utf-8").splitlines()[: found.entries]
        years = yearly(read(line) for line in lines)
    except (StorageError, OSError, ValueError) as error:
        return f"the audit cannot be read ({type(error).__name__})", ()
    return found.fault, tuple(YearShape.model_validate(year) for year in years)
