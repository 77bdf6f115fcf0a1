"""The routes of telephone providers: a signed webhook announces a call, its answer connects it, and a stream holds it.

POST /v1/phone/{provider}                the provider's webhook for an incoming call: twilio, telnyx or plivo
WS   /v1/phone/{provider}/{ticket}       the stream that the answer names
POST /v1/phone/{provider}/{call}/{step}  signed too: what is next when the stream has ended (``next``), what the human
                                         who picked up is told (``asked``), that they took the call (``taken``), and how
                                         the ringing ended (``ended``)
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from warmline.server.hosting import Hosting, held
from warmline.server.settings import Settings, TelephonySettings
from warmline.server.transport.bodies import body_of
from warmline.server.transport.ending import Ending
from warmline.server.transport.telephony import answers, signatures
from warmline.server.transport.telephony.dialects import DIALECTS
from warmline.server.transport.telephony.phone import Phone
from warmline.server.transport.telephony.stream_line import StreamLine
from warmline.server.transport.telephony.tickets import Tickets, ticket_for

MOST_BODY = 64 * 1024

ANSWERED: Final = frozenset({"completed", "answered"})
"""How a provider says that somebody talked with the caller."""

OVER: Final = frozenset({"completed", "canceled", "failed"})
"""How it says that the caller's own call is over."""

log = logging.getLogger(__name__)


class Webhooks:
    """The providers' routes, and what they know of calls that are moved."""

    def __init__(self, hosting: Hosting, settings: Settings) -> None:
        self._hosting = hosting
        self._settings = settings
        self._tickets = Tickets(hosting.clock)

    def add(self, app: FastAPI) -> None:
        app.add_api_route("/v1/phone/{provider}", self.called, methods=["POST"], include_in_schema=False)
        app.add_api_route("/v1/phone/{provider}/{call}/{step}", self.stepped, methods=["POST"], include_in_schema=False)
        app.add_api_websocket_route("/v1/phone/{provider}/{word}", self.streamed)

    async def called(self, provider: str, request: Request) -> Response:
        """An incoming call."""
        fields = await self._signed(provider, request)
        if isinstance(fields, Response):
            return fields
        if not self._hosting.takes_calls:
            return _xml(answers.busy(provider))
        moves = self._settings.handoff.by == "transfer"
        return self._connected(provider, fields, secrets.token_urlsafe(24) if moves else "")

    async def stepped(self, provider: str, call: str, step: str, request: Request) -> Response:
        """Something happened to a call that can be moved."""
        fields = await self._signed(provider, request)
        if isinstance(fields, Response):
            return fields
        phone, handoff = self._hosting.phones.away(call), self._settings.handoff
        if phone is None:
            return _xml(answers.hang_up())
        match step:
            case "next":
                asked, ended = (f"{self._url(provider)}/{call}/{name}" for name in ("asked", "ended"))
                return _xml(answers.dial(provider, handoff.number, rings_s(self._settings), asked, ended))
            case "asked":
                return _xml(answers.ask(f"{self._url(provider)}/{call}/taken"))
            case "taken":
                phone.taken()
                return _xml(answers.through())
            case "ended":
                return self._ended(provider, call, phone, fields)
        return Response(status_code=404)

    def _ended(self, provider: str, call: str, phone: Phone, fields: Mapping[str, str]) -> Response:
        """Nobody took the call, where we would know of it: the caller comes back to us. Twilio's human has pressed a
        key or has not; the others' has picked up."""
        how = fields.get("DialCallStatus", fields.get("DialStatus", ""))
        if fields.get("CallStatus") in OVER:
            phone.finish(Ending.HUNG_UP)  # the caller did not wait
            return _xml(answers.hang_up())
        if provider != "twilio" and how in ANSWERED:
            phone.taken()
            return _xml(answers.hang_up())
        return self._connected(provider, fields, call)

    def _connected(self, provider: str, fields: Mapping[str, str], call: str) -> Response:
        """Connect the caller to a stream; one that comes too late to be the call's own is a new call's."""
        ticket = ticket_for(fields.get("From", ""), self._settings.telephony.caller_key)
        word = self._tickets.issue(replace(ticket, call=call, rings_s=rings_s(self._settings) if call else 0.0))
        url = self._url(provider)
        then = f"{url}/{call}/next" if call else ""
        return _xml(answers.connect(provider, f"ws{url.removeprefix('http')}/{word}", then))

    async def streamed(self, socket: WebSocket, provider: str, word: str) -> None:
        """The stream of a call: a new one's, or of one that comes back."""
        ticket = self._tickets.redeem(word) if _open(self._settings.telephony, provider) else None
        if ticket is None:
            log.warning("a stream without a valid ticket")
            await socket.close(1008)
            return
        await socket.accept()
        hosting = self._hosting
        line = StreamLine(socket, hosting.clock, DIALECTS[provider], ticket, hosting.phones)
        phone = hosting.phones.away(ticket.call)
        if phone is None:
            await held(line, await line.started(), hosting, self._settings)
        else:
            await line.back(phone, await line.started())

    def _url(self, provider: str) -> str:
        return f"{self._settings.telephony.public_url.rstrip('/')}/v1/phone/{provider}"

    async def _signed(self, provider: str, request: Request) -> dict[str, str] | Response:
        """The fields of a webhook that is the provider's, or how it is refused."""
        telephony = self._settings.telephony
        if not _open(telephony, provider):
            return Response(status_code=404)
        body = await body_of(request, MOST_BODY)
        if body is None:
            return Response(status_code=413)
        fields = _fields(request.headers.get("content-type", ""), body)
        url = telephony.public_url.rstrip("/") + request.url.path
        if request.url.query:
            url += f"?{request.url.query}"
        if not _is_signed(telephony, provider, url, fields, body, request.headers):
            log.warning("a webhook of %s was not signed as it must be", provider)
            return Response(status_code=403)
        return dict(fields)


def rings_s(settings: Settings) -> float:
    """How long a human is rung for: as the settings say, within what every provider takes."""
    return min(max(settings.handoff.wait_s, 5.0), 120.0)


def _xml(answer: str) -> Response:
    return Response(answer, media_type="text/xml")


def _open(telephony: TelephonySettings, provider: str) -> bool:
    secret = {"twilio": telephony.twilio_token, "plivo": telephony.plivo_token, "telnyx": telephony.telnyx_key}
    return bool(telephony.public_url and secret.get(provider))


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


def _is_signed(
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
