"""Stopping without hanging up on anybody: no new call, the running ones may go on for a while, then they are told."""

from __future__ import annotations

import logging
from typing import Final

from warmline.server.hosting import Hosting
from warmline.server.transport.ending import Ending

LOOK_S: Final = 0.2
TELL_S: Final = 15.0
"""So long the last sentence may wait for a quiet moment, and take."""

SENTENCE: Final = "stopping"

log = logging.getLogger(__name__)


async def drained(hosting: Hosting, within_s: float) -> None:
    """Return when no call runs: at latest ``within_s`` seconds from now and :data:`TELL_S` more, in which whoever still
    talks is told in speech that the service restarts. Calls that wait for their connection are not waited for."""
    hosting.draining = True
    log.warning("no new calls: %d run on for at most %.0f s", hosting.admission.calls, within_s)
    await _until_none_runs(hosting, within_s)
    if _running(hosting):
        for talk in list(hosting.talks):
            talk.tell(SENTENCE)
        await _until_none_runs(hosting, TELL_S)
    await hosting.seats.close(Ending.STOPPING)


def _running(hosting: Hosting) -> int:
    return hosting.admission.calls - hosting.seats.waiting


async def _until_none_runs(hosting: Hosting, within_s: float) -> None:
    until_s = hosting.clock.now_s() + within_s
    while _running(hosting) and hosting.clock.now_s() < until_s:
        await hosting.clock.sleep_until(min(until_s, hosting.clock.now_s() + LOOK_S))
