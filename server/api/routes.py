"""Puts the API into the application, with its description (OpenAPI) and the report's page."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response

from warmline.server.api import callers, calls, counts, reports
from warmline.server.api.access import Shelf

ROUTERS: Final = (calls.ROUTER, callers.ROUTER, reports.ROUTER, counts.ROUTER)

PAGES: Final = {
    "/report": ("report.html", "text/html; charset=utf-8"),
    "/report.js": ("report.js", "text/javascript; charset=utf-8"),
    "/report.css": ("report.css", "text/css; charset=utf-8"),
}


def add_api(app: FastAPI, shelf: Shelf) -> None:
    """Adds the routes; ``app.state.shelf`` is what they work on."""
    app.state.shelf = shelf
    for router in ROUTERS:
        app.include_router(router)
    folder = files("warmline.server") / "web"
    for path, (name, media) in PAGES.items():
        app.add_api_route(
            path, _file((folder / name).read_bytes(), media), methods=["GET", "HEAD"], include_in_schema=False
        )
    app.add_api_route("/openapi.json", _described, methods=["GET"], include_in_schema=False)
    app.add_exception_handler(405, _not_allowed)


def description() -> dict[str, Any]:
    """The OpenAPI of the REST routes, and of nothing else that the server answers."""
    about = "Calls after they are over. Operators use a token of server.tokens, callers the link to their report."
    alone = FastAPI(title="Warmline", version=version("warmline"), description=about)
    for router in ROUTERS:
        alone.include_router(router)
    return alone.openapi()


def _described(request: Request) -> Response:
    """With a token, where the server asks for one."""
    shelf: Shelf = request.app.state.shelf
    if not shelf.keys.is_token(request.headers.get("authorization", "")):
        return JSONResponse({"code": "no_token", "message": "send a token of server.tokens"}, 401)
    return JSONResponse(description())


async def _not_allowed(request: Request, error: Exception) -> Response:
    """What a path takes instead: all of it, where the framework names the first route of several only."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    allowed = {method for route in routes if route.path_regex.match(request.url.path) for method in route.methods or ()}
    headers = {"allow": ", ".join(sorted(allowed))} if allowed else getattr(error, "headers", None)
    return JSONResponse({"code": "not_allowed", "message": "this path does not take that method"}, 405, headers)


def _file(content: bytes, media: str) -> Callable[[], Response]:
    def serve() -> Response:
        return Response(content, media_type=media)

    return serve
