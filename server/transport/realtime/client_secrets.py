"""``POST /v1/realtime/client_secrets``: a short-lived secret for a browser or an app, from whoever holds a token."""

from __future__ import annotations

import json
import time
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from warmline.server.auth import LASTS_S, LONGEST_S, SHORTEST_S, operators_key
from warmline.server.hosting import Hosting
from warmline.server.settings import Settings
from warmline.server.transport import wire
from warmline.server.transport.bodies import body_of
from warmline.server.transport.realtime.call import error, fresh_name
from warmline.server.transport.realtime.messages import BadEvent
from warmline.server.transport.realtime.session import Session, updated

MOST_BODY = 64 * 1024


def add(app: FastAPI, hosting: Hosting, settings: Settings) -> None:
    async def made(request: Request) -> Response:
        shown = request.headers.get("authorization", "")
        if not hosting.keys.is_token(shown):
            return _refusal(BadEvent("invalid_api_key", "a token of this server's is needed"), 401)
        try:
            asked = _asked(await body_of(request, MOST_BODY))
            lasts_s, number = _lasts(asked), hosting.keys.number(shown)
            caller = _caller(asked.get("session") or {}, number)
            session = updated(
                Session(fresh_name("sess"), voice=settings.voice.backend), asked.get("session") or {}, begun=False
            )
        except BadEvent as bad:
            return _refusal(bad, 400)
        body = {
            "value": hosting.keys.secret(lasts_s, number, caller),
            "expires_at": int(time.time()) + lasts_s,
            "session": session.view(),
        }
        return Response(wire.dump(body), media_type="application/json")

    app.add_api_route("/v1/realtime/client_secrets", made, methods=["POST"], include_in_schema=False)


def _asked(body: bytes | None) -> dict[str, Any]:
    """What is asked for; None is a body that was too long."""
    try:
        asked = None if body is None else json.loads(body or b"{}")
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict) or not isinstance(asked.get("session") or {}, dict):
        raise BadEvent("invalid_value", "the body is a JSON object, and so is its session", "session")
    return asked


def _caller(session: dict[str, Any], token: int | None) -> str:
    """For whom the secret is, by the operator's own key in ``session.x_caller``; "" for nobody known."""
    try:
        caller = operators_key(session.get("x_caller"))
    except ValueError as error:
        raise BadEvent("invalid_value", str(error), "session.x_caller") from None
    if caller and token is None:
        needs = "x_caller needs a token of this server's (server.tokens): without one anybody could name anybody"
        raise BadEvent("caller_not_vouched", needs, "session.x_caller")
    return caller


def _lasts(asked: dict[str, Any]) -> int:
    after = asked.get("expires_after")
    seconds = after.get("seconds", LASTS_S) if isinstance(after, dict) else LASTS_S
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not SHORTEST_S <= seconds <= LONGEST_S:
        told = f"seconds is a whole number from {SHORTEST_S} to {LONGEST_S}"
        raise BadEvent("invalid_value", told, "expires_after.seconds")
    return seconds


def _refusal(bad: BadEvent, status: int) -> JSONResponse:
    return JSONResponse({"error": error(bad)["error"]}, status)
