"""Waiting for a model with a time-out and a cancel flag. Knows nothing about models."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from warmline.speech.runtime.cancel import CancelFlag

T = TypeVar("T")

POLL_S = 0.02
"""How soon a set flag is seen, in seconds."""

GIVE_UP_S = 0.5
"""How long cancelled work may take to unwind."""


async def wait_for(work: Awaitable[T], cancel: CancelFlag, timeout_s: float) -> T:
    """The result of ``work``. ``work`` is cancelled when it is given up.

    Raises Cancelled soon after ``cancel`` is set, TimeoutError after ``timeout_s``, and whatever ``work`` raises.
    """
    task = asyncio.ensure_future(work)
    deadline_s = asyncio.get_running_loop().time() + timeout_s
    try:
        while True:
            cancel.check()
            left_s = deadline_s - asyncio.get_running_loop().time()
            if left_s <= 0:
                raise TimeoutError
            done, _ = await asyncio.wait({task}, timeout=min(POLL_S, left_s))
            if done:
                return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=GIVE_UP_S)
