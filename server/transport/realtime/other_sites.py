"""Calls from pages of other sites: a browser asks first whether it may (CORS), and hides what it may not show.

Any site may ask, because what opens a call is the client secret in ``Authorization``, which a site only has from an
operator's program (:func:`warmline.server.auth.admitted`); nothing that a browser sends by itself opens anything.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

ASKED_AGAIN_S: Final = 600


def opened(request: Request, response: Response) -> Response:
    """``response``, readable by the page that asked."""
    if "origin" in request.headers:
        response.headers["access-control-allow-origin"] = "*"
        response.headers["access-control-expose-headers"] = "Location"
    return response


async def may(request: Request) -> Response:
    """The answer to a browser's question before the request itself: yes, with any headers."""
    response = opened(request, Response(status_code=204))
    response.headers["access-control-allow-methods"] = "POST, DELETE"
    response.headers["access-control-allow-headers"] = request.headers.get("access-control-request-headers", "")
    response.headers["access-control-max-age"] = str(ASKED_AGAIN_S)
    return response
