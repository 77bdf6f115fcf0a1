"""What goes wrong in the API and how it is told: one JSON object, a status that fits, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from warmline.server.store.store import Busy, Full
from warmline.server.transport.bodies import again, body_of
from warmline.speech.runtime.errors import BackendError, MissingExtra, StorageError

PRIVATE: Final = {"cache-control": "no-store"}
"""Nothing of a caller may stay in a cache."""

MOST_BODY: Final = 4096


class ErrorBody(BaseModel):
    """``code`` is for programs, ``message`` for people."""

    model_config = ConfigDict(extra="forbid")

    code: str
    message: str


class Refused(Exception):
    """An answer that is an error. ``status``: of HTTP."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's documentation: the statuses it may answer with besides success."""
    return {status: {"model": ErrorBody, "description": _MEANING[status]} for status in statuses}


_MEANING: Final = {
    401: "No token, or a wrong one.",
    403: "This server has no operators: server.tokens is not set.",
    404: "There is no such thing here, or nothing is kept at all.",
    406: "This server cannot draw: the extra 'plots' is not installed.",
    409: "The call still runs.",
    413: "The body is too long.",
    422: "The request cannot be understood.",
    503: "The store does not answer just now, or a drawing failed; try again.",
    507: "The disk of the store is full.",
}


class Told(APIRoute):
    """A route whose errors are told as :class:`ErrorBody`, and whose answers no cache may keep."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def told(request: Request) -> Response:
            body = await body_of(request, MOST_BODY)
            if body is None:
                return _answer(413, "too_big", f"a body may have {MOST_BODY} bytes")
            try:
                response = await handler(again(request, body))
            except Refused as refused:
                return _answer(refused.status, refused.code, str(refused), refused.headers)
            except RequestValidationError as error:
                return _answer(422, "bad_request", _where(error))
            except HTTPException as error:  # the framework's own, of a body that is no text
                return _answer(422, "bad_request", str(error.detail))
            except MissingExtra as error:
                return _answer(406, "cannot_draw", str(error))
            except Busy as error:
                return _answer(503, "store_busy", str(error), {"retry-after": "1"})
            except Full as error:
                return _answer(507, "store_full", str(error))
            except BackendError as error:
                return _answer(503, "drawing_failed", str(error))
            except StorageError as error:
                return _answer(503, "store_failed", str(error), {"retry-after": "10"})
            response.headers.update(PRIVATE)
            return response

        return told


def _answer(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"code": code, "message": message}, status, {**PRIVATE, **(headers or {})})


def _where(error: RequestValidationError) -> str:
    """Which part of the request is wrong and why, without quoting it."""
    told = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()[:3]]
    return "; ".join(told) or "the request cannot be understood"
