"""The operators' console over HTTP: who waits, take, refuse; of a taken call its words, and what is written to it.

With a token; nothing about callers but the request, and what they say once somebody has taken them.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from importlib.resources import files

from fastapi import FastAPI, Header
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from warmline.server.handoff.bridge import Console
from warmline.server.handoff.talk import LONGEST

PAGE = {
    "console": ("console.html", "text/html; charset=utf-8"),
    "console.js": ("console.js", "text/javascript; charset=utf-8"),
    "console.css": ("console.css", "text/css; charset=utf-8"),
}
_GONE = "nobody waits under that name any more"


class Written(BaseModel):
    """What an operator wrote to the caller."""

    text: str = ""


def add_console(app: FastAPI, console: Console, token: str) -> None:
    """Adds the page /console, GET /v1/console, GET /v1/console/ID?since=N and POST /v1/console/ID/take, /refuse, /say
    and /leave; ``token`` is sent as a bearer token."""
    wanted = f"Bearer {token}".encode()

    def refused(authorization: str) -> JSONResponse | None:
        allowed = hmac.compare_digest(authorization.encode(), wanted)
        return None if allowed else JSONResponse({"error": "a token is needed"}, 401)

    @app.get("/v1/console")
    async def waiting(authorization: str = Header("")) -> JSONResponse:
        return refused(authorization) or JSONResponse({"waiting": [asdict(request) for request in console.waiting]})

    @app.get("/v1/console/{id}")
    async def captions(id: str, since: int = 0, authorization: str = Header("")) -> JSONResponse:
        return refused(authorization) or _captions(console, id, since)

    @app.post("/v1/console/{id}/{what}")
    async def answer(
        id: str, what: str, written: Written | None = None, authorization: str = Header("")
    ) -> JSONResponse:
        return refused(authorization) or _answered(console, id, what, written.text if written else "")

    for path, (name, media) in PAGE.items():
        app.add_api_route(f"/{path}", _page(name, media), methods=["GET", "HEAD"])


def _captions(console: Console, id: str, since: int) -> JSONResponse:
    talk = console.talk(id)
    if talk is None:
        return JSONResponse({"error": "no call was taken under that name"}, 404)
    lines = [asdict(line) for line in talk.since(since)]
    return JSONResponse({"captions": lines, "partial": talk.partial, "open": talk.open})


def _answered(console: Console, id: str, what: str, text: str) -> JSONResponse:
    if what in {"take", "refuse"}:
        if not console.answer(id, take=what == "take"):
            return JSONResponse({"error": _GONE}, 404)
        return JSONResponse({"status": "taken" if what == "take" else "refused"})
    if what not in {"say", "leave"}:
        return JSONResponse({"error": "take, refuse, say or leave"}, 404)
    talk = console.talk(id)
    if talk is None or not talk.open:
        return JSONResponse({"error": "that call is over"}, 404)
    if what == "leave":
        talk.close()
        return JSONResponse({"status": "left"})
    if not talk.write(text):
        return JSONResponse({"error": f"write between 1 and {LONGEST} letters"}, 422)
    return JSONResponse({"status": "said"})


def _page(name: str, media: str) -> Callable[[], Awaitable[Response]]:
    content = (files("warmline.server") / "web" / name).read_bytes()

    async def serve() -> Response:
        return Response(content, media_type=media)

    return serve
