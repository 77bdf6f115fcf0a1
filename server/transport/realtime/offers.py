"""Where a WebRTC client offers its call: ``POST /v1/realtime/calls``, SDP in, SDP out, as the Realtime API has it.

The body is the offer itself (``application/sdp``) or a form with ``sdp`` and ``session``; the answer's ``Location``
names the call, which ``DELETE`` or ``POST .../hangup`` ends.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from warmline.server.auth import admitted, token_shown
from warmline.server.hosting import Hosting, Origin, seated
from warmline.server.settings import Settings
from warmline.server.transport.bodies import again, body_of
from warmline.server.transport.ending import Ending
from warmline.server.transport.realtime import other_sites
from warmline.server.transport.realtime.call import error, fresh_name
from warmline.server.transport.realtime.messages import BadEvent
from warmline.server.transport.realtime.session import resumed_by
from warmline.server.transport.resume import UNKNOWN

if TYPE_CHECKING:
    from warmline.server.transport.realtime.webrtc import WebRtcLine

MOST_BODY = 256 * 1024

log = logging.getLogger(__name__)


class Offers:
    """The calls that were offered and run; all are ended by :meth:`close`."""

    def __init__(self, hosting: Hosting, settings: Settings) -> None:
        self._hosting = hosting
        self._settings = settings
        self._calls: dict[str, tuple[WebRtcLine, asyncio.Task[None]]] = {}

    def add(self, app: FastAPI) -> None:
        """Add the routes."""
        calls = "/v1/realtime/calls"
        app.add_api_route(calls, self.offered, methods=["POST"], include_in_schema=False)
        app.add_api_route(f"{calls}/{{id}}/hangup", self.hangup, methods=["POST"], include_in_schema=False)
        app.add_api_route(f"{calls}/{{id}}", self.hangup, methods=["DELETE"], include_in_schema=False)
        for path in (calls, f"{calls}/{{id}}", f"{calls}/{{id}}/hangup"):
            app.add_api_route(path, other_sites.may, methods=["OPTIONS"], include_in_schema=False)

    async def offered(self, request: Request) -> Response:
        return other_sites.opened(request, await self._answered(request))

    async def _answered(self, request: Request) -> Response:
        try:
            from warmline.server.transport.realtime.webrtc import WebRtcLine
        except ImportError:
            return _refusal(
                BadEvent("webrtc_missing", "this server has no WebRTC: pip install 'warmline[webrtc]'"), 501
            )
        if not admitted(request, self._hosting.keys):
            return _refusal(BadEvent("invalid_api_key", "a token or a client secret of this server's is needed"), 401)
        admission, seats = self._hosting.admission, self._hosting.seats
        try:
            sdp, session = await read_offer(request)
            resuming = resumed_by(session or {})
            if self._hosting.make is None or (not resuming and admission.calls >= admission.most):
                busy = "All lines are busy just now. Please try again in a few minutes."
                return _refusal(BadEvent("busy", busy), 503)
            model = request.query_params.get("model", "")[:64] or str((session or {}).get("model", ""))[:64]
            line = WebRtcLine(
                self._hosting.clock,
                model,
                self._settings.voice.backend,
                self._settings.server.ice_servers,
                seats.claim,
                seats.within_s,
                self._hosting.keys.vouched(request.headers.get("authorization", "")),
            )
            answer = await line.answer(sdp, session)
            if resuming and line.claimed is None:
                await line.close(Ending.HUNG_UP)
                return _refusal(BadEvent("resume_unknown", UNKNOWN, "session.x_session.resume"), 404)
        except BadEvent as bad:
            return _refusal(bad, 400)
        id = fresh_name("rtc")
        origin = Origin(request.client.host if request.client else "", token_shown(request, self._hosting.keys))
        self._calls[id] = line, asyncio.create_task(self._held(id, line, origin), name=id)
        location = {"Location": f"/v1/realtime/calls/{id}"}
        return Response(answer, 201, headers=location, media_type="application/sdp")

    async def hangup(self, id: str, request: Request) -> Response:
        if id not in self._calls:
            return other_sites.opened(request, Response(status_code=404))
        self._calls[id][0].stop()
        return other_sites.opened(request, Response(status_code=200))

    async def close(self) -> None:
        """End every call, when the server stops."""
        for line, _ in list(self._calls.values()):
            line.stop()
        await asyncio.gather(*(task for _, task in list(self._calls.values())), return_exceptions=True)

    async def _held(self, id: str, line: WebRtcLine, origin: Origin) -> None:
        try:
            await seated(line, self._hosting, self._settings, origin)
        finally:
            self._calls.pop(id, None)


async def read_offer(request: Request) -> tuple[str, Mapping[str, object] | None]:
    """The offer, and the session that came with it. Raises BadEvent."""
    kind = request.headers.get("content-type", "")
    body = await body_of(request, MOST_BODY)
    if body is None:
        raise BadEvent("too_big", f"an offer may have {MOST_BODY} bytes", "sdp")
    if not kind.startswith("multipart/form-data"):
        return body.decode("utf-8", "replace"), None
    form = await again(request, body).form(max_files=2, max_fields=4, max_part_size=MOST_BODY)
    texts = {}
    for name in ("sdp", "session"):
        part = form.get(name)
        texts[name] = part if isinstance(part, str) or part is None else (await part.read()).decode("utf-8", "replace")
    if texts["sdp"] is None:
        raise BadEvent("invalid_offer", "the form has no sdp", "sdp")
    if texts["session"] is None:
        return texts["sdp"], None
    try:
        session = json.loads(texts["session"])
    except (ValueError, RecursionError):
        session = None
    if not isinstance(session, dict):
        raise BadEvent("invalid_value", "session is a JSON object", "session")
    return texts["sdp"], session


def _refusal(bad: BadEvent, status: int) -> JSONResponse:
    return JSONResponse({"error": error(bad)["error"]}, status)
