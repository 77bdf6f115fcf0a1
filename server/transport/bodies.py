"""Bodies of requests, no longer than they may be, however they come: a length that a client states is not believed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Message


async def body_of(request: Request, most: int) -> bytes | None:
    """The body; None where it has more than ``most`` bytes, and then the rest is not read."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            return None
    return bytes(body)


def again(request: Request, body: bytes) -> Request:
    """``request`` with a body that was read already, for what reads it in its own way."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)
