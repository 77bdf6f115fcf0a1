"""The routes of Asterisk's WebSocket channel: the exchange connects to us, and asks what is next when we have hung up.

WS   /v1/phone/asterisk                a call; ``?call=NAME`` names it, so that it can be moved and comes back
GET  /v1/phone/asterisk/next/{call}    the number to dial for a caller who agreed to it, or an empty line
GET  /v1/phone/asterisk/taken/{call}   a human has picked up: an empty line

All need ``telephony.asterisk_token``: as the password of ``websocket_client.conf`` (any user), or as ``?token=``.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, Response
from starlette.websockets import WebSocket

from warmline.server.hosting import Hosting, held
from warmline.server.settings import Settings
from warmline.server.transport.telephony.asterisk import Asterisk
from warmline.server.transport.telephony.stream_line import StreamLine
from warmline.server.transport.telephony.tickets import Ticket
from warmline.server.transport.telephony.webhooks import rings_s

MOST_NAME = 128

log = logging.getLogger(__name__)


def add(app: FastAPI, hosting: Hosting, settings: Settings) -> None:
    """Add the routes, where the settings have a token. They stand before those of the providers."""
    token = settings.telephony.asterisk_token
    if not token:
        return

    async def streamed(socket: WebSocket) -> None:
        if not shown(token, socket.headers, socket.query_params):
            log.warning("somebody without the exchange's token tried to call")
            await socket.close(1008)
            return
        await socket.accept("media" if "media" in socket.scope.get("subprotocols", []) else None)
        moves = settings.handoff.by == "transfer"
        name = socket.query_params.get("call", "")[:MOST_NAME] if moves else ""
        ticket = Ticket(call=name, rings_s=rings_s(settings)) if name else Ticket()
        line = StreamLine(socket, hosting.clock, Asterisk(), ticket, hosting.phones)
        phone = hosting.phones.away(name)
        if phone is None:
            await held(line, await line.started(), hosting, settings)
        else:
            await line.back(phone, await line.started())

    async def stepped(step: str, call: str, request: Request) -> Response:
        if not shown(token, request.headers, request.query_params):
            return Response(status_code=401)
        if step not in ("next", "taken"):
            return Response(status_code=404)
        phone = hosting.phones.away(call)
        if phone is not None and step == "taken":
            phone.taken()
        return PlainTextResponse(settings.handoff.number if phone is not None and step == "next" else "")

    app.add_api_websocket_route("/v1/phone/asterisk", streamed)
    app.add_api_route("/v1/phone/asterisk/{step}/{call}", stepped, methods=["GET"], include_in_schema=False)


def shown(token: str, headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
    """Does a client show the token, as a password or in the address?"""
    kind, _, given = headers.get("authorization", "").partition(" ")
    password = ""
    if kind.lower() == "basic":
        try:
            password = base64.b64decode(given.strip(), validate=True).decode("utf-8", "replace").partition(":")[2]
        except (binascii.Error, ValueError):
            return False
    return any(hmac.compare_digest(token.encode(), one.encode()) for one in (password, query.get("token", "")))
