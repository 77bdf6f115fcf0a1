"""The operators' console over HTTP: who waits, take, refuse. With a token; nothing about callers but the request."""

from __future__ import annotations

import hmac
from dataclasses import asdict

from fastapi import FastAPI, Header
from starlette.responses import JSONResponse

from warmline.server.handoff.bridge import Console


def add_console(app: FastAPI, console: Console, token: str) -> None:
    """Adds GET /v1/console and POST /v1/console/ID/take and /refuse; ``token`` is sent as a bearer token."""

    def allowed(authorization: str) -> bool:
        return hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())

    @app.get("/v1/console")
    async def waiting(authorization: str = Header("")) -> JSONResponse:
        if not allowed(authorization):
            return JSONResponse({"error": "a token is needed"}, 401)
        return JSONResponse({"waiting": [asdict(request) for request in console.waiting]})

    @app.post("/v1/console/{id}/{what}")
    async def answer(id: str, what: str, authorization: str = Header("")) -> JSONResponse:
        if not allowed(authorization):
            return JSONResponse({"error": "a token is needed"}, 401)
        if what not in {"take", "refuse"}:
            return JSONResponse({"error": "take or refuse"}, 404)
        if not console.answer(id, take=what == "take"):
            return JSONResponse({"error": "nobody waits under that name any more"}, 404)
        return JSONResponse({"status": "taken" if what == "take" else "refused"})
