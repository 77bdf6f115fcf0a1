"""One server as a gateway of a cluster: its calls are put down where the others can go on with them."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from warmline.server.hosting import Hosting, adopting
from warmline.server.settings import Settings


@asynccontextmanager
async def joined(hosting: Hosting, settings: Settings) -> AsyncGenerator[None, None]:
    """While the server lives; nothing where ``cluster.address`` is not set. Raises MissingExtra, BackendError."""
    if not settings.cluster.address:
        yield
        return
    from warmline.server.cluster.shared_book import SharedBook, actor

    book = await asyncio.to_thread(actor, settings.cluster.address)
    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
    shared = SharedBook(book, name, hosting.seats, settings.server.max_calls)
    hosting.seats.elsewhere, hosting.seats.adopt = shared, adopting(hosting)
    async with shared.open():
        yield
