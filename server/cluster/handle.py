"""A deployment of Ray Serve as something that can be asked (:mod:`warmline.server.cluster.asking`)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from warmline.server.cluster.asking import Full, Lost, Reply
from warmline.speech.runtime.errors import BackendError, MissingExtra

APP = "warmline"
"""Prefix of our applications' names on the cluster."""


def library() -> tuple[Any, Any]:
    """``ray`` and ``ray.serve``. Raises MissingExtra."""
    try:
        import ray
        from ray import serve
    except ModuleNotFoundError as error:
        raise MissingExtra("a cluster needs Ray Serve: pip install 'warmline[cluster]'") from error
    return ray, serve


def connect(address: str) -> tuple[Any, Any]:
    """The libraries, joined to the cluster at ``address``, once for the whole process. Raises MissingExtra,
    BackendError."""
    ray, serve = library()
    if not ray.is_initialized():
        try:
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except ConnectionError as error:
            raise BackendError(
                f"no Ray cluster at {address!r}: start one with `ray start --head`, then `warmline cluster up`"
            ) from error
    return ray, serve


def handle(deployment: str, address: str) -> RayAsks:
    """The running deployment of that name. Raises MissingExtra, BackendError."""
    ray, serve = connect(address)
    try:
        return RayAsks(serve.get_app_handle(f"{APP}-{deployment}"), ray.exceptions, serve.exceptions)
    except serve.exceptions.RayServeException as error:
        raise BackendError(f"the cluster has no {deployment}: run `warmline cluster up`") from error


@dataclass(frozen=True, slots=True)
class RayAsks:
    """``handle``: Serve's own. A call goes to the less busy of two replicas (Serve's routing)."""

    handle: Any
    ray_errors: Any
    serve_errors: Any

    def ask(self, method: str, *arguments: object) -> RayAnswer:
        return RayAnswer(getattr(self.handle, method).remote(*arguments), self.ray_errors, self.serve_errors)


@dataclass(frozen=True, slots=True)
class RayAnswer:
    response: Any
    ray_errors: Any
    serve_errors: Any

    def result(self, within_s: float) -> Reply:
        try:
            found = self.response.result(timeout_s=within_s)
        except TimeoutError:
            raise
        except self.serve_errors.BackPressureError as error:
            raise Full from error
        except (self.ray_errors.RayError, self.serve_errors.RayServeException) as error:
            raise Lost(_first_line(error)) from error
        if not isinstance(found, Reply):
            raise Lost("it answered in another form: its code is of another version")
        return found

    def cancel(self) -> None:
        self.response.cancel()


def _first_line(error: Exception) -> str:
    """What happened, without a trace, which could hold words."""
    cause = getattr(error, "cause", None) or error
    return type(cause).__name__
