"""Side tasks of one call: a failure of one is told and the call goes on. Bounded by the call's own TaskGroup."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from warmline.server import events as e
from warmline.speech.runtime.cancel import Cancelled
from warmline.speech.runtime.errors import WarmlineError


class SideTasks:
    """Open it for the call's length; whatever still runs at its end is waited for."""

    def __init__(self, observer: e.Observer) -> None:
        self._observer = observer
        self.group = asyncio.TaskGroup()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run ``work``; it cannot end the call."""
        return self.group.create_task(self._guarded(work, name), name=name)

    async def _guarded(self, work: Coroutine[Any, Any, None], name: str) -> None:
        try:
            await work
        except Cancelled:
            pass
        except WarmlineError as error:
            self._observer(e.Trouble(f"{name}: {error}"))
        except Exception as error:  # noqa: BLE001 - a task boundary: one side task must not end the call
            self._observer(e.Trouble(f"{name} failed ({type(error).__name__})"))
