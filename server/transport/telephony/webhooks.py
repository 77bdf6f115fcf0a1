"""The routes of telephone providers: a signed webhook announces a call, its answer connects it, and a stream holds it.

POST /v1/phone/{provider}            the provider's webhook for an incoming call: twilio, telnyx or plivo
WS   /v1/phone/{provider}/{ticket}   the stream that the answer names
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from warmline.server.hosting import Hosting, held
from warmline.server.settings import Settings, TelephonySettings
from warmline.server.transport.telephony import answers, signatures
from warmline.server.transport.telephony.dialects import DIALECTS
from warmline.server.transport.telephony.stream_line import StreamLine
from warmline.server.transport.telephony.tickets import Tickets, ticket_for

MOST_BODY = 64 * 1024

log = logging.getLogger(__name__)


def add(app: FastAPI, hosting: Hosting, settings: Settings) -> None:
    """Add both routes. A provider without its secret in the settings does not exist."""
    tickets = Tickets(hosting.clock)
    telephony = settings.telephony

    @app.post("/v1/phone/{provider}", include_in_schema=False)
    async def webhook(provider: str, request: Request) -> Response:
        if not _open(telephony, provider):
            return Response(status_code=404)
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        fields = _fields(request.headers.get("content-type", ""), body)
        url = telephony.public_url.rstrip("/") + request.url.path
        if request.url.query:
            url += f"?{request.url.query}"
        if not _signed(telephony, provider, url, fields, body, request.headers):
            log.warning("a webhook of %s was not signed as it must be", provider)
            return Response(status_code=403)
        admission = hosting.admission
        if hosting.make is None or admission.calls >= admission.most:
            return Response(answers.busy(provider), media_type="text/xml")
        word = tickets.issue(ticket_for(dict(fields).get("From", ""), telephony.caller_key))
        stream = f"ws{telephony.public_url.rstrip('/').removeprefix('http')}/v1/phone/{provider}/{word}"
        return Response(answers.connect(provider, stream), media_type="text/xml")

    async def stream(socket: WebSocket, provider: str, word: str) -> None:
        ticket = tickets.redeem(word) if _open(telephony, provider) else None
        if ticket is None:
            log.warning("a stream without a valid ticket")
            await socket.close(1008)
            return
        await socket.accept()
        line = StreamLine(socket, hosting.clock, DIALECTS[provider], ticket)
        await held(line, await line.started(), hosting, settings)

    app.add_api_websocket_route("/v1/phone/{provider}/{word}", stream)


def _open(telephony: TelephonySettings, provider: str) -> bool:
    secret = {"twilio": telephony.twilio_token, "plivo": telephony.plivo_token, "telnyx": telephony.telnyx_key}
    return bool(telephony.public_url and secret.get(provider))


async def _body(request: Request) -> bytes | None:
    """The posted body; None where it is too long."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BODY:
            return None
    return bytes(body)


def _fields(kind: str, body: bytes) -> signatures.Fields:
    """The posted form, or the texts of a JSON object."""
    text = body.decode("utf-8", "replace")
    if "json" not in kind:
        return tuple(parse_qsl(text, keep_blank_values=True))
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    items = message.items() if isinstance(message, dict) else ()
    return tuple((name, value) for name, value in items if isinstance(value, str))


def _signed(
    telephony: TelephonySettings,
    provider: str,
    url: str,
    fields: signatures.Fields,
    body: bytes,
    headers: Mapping[str, str],
) -> bool:
    if provider == "twilio":
        signature, chosen = signatures.headers_of(headers, "x-twilio-signature", "x-twilio-webhooks-signature-settings")
        return signatures.twilio(telephony.twilio_token, url, fields, signature, chosen)
    if provider == "plivo":
        signature, nonce = signatures.headers_of(headers, "x-plivo-signature-v3", "x-plivo-signature-v3-nonce")
        return signatures.plivo(telephony.plivo_token, "POST", url, fields, signature, nonce)
    signature, at = signatures.headers_of(headers, "telnyx-signature-ed25519", "telnyx-timestamp")
    return signatures.telnyx(telephony.telnyx_key, body, signature, at, time.time())
