"""What is logged: numbers and outcomes of turns, and a caller's words only if the operator turned that on."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from warmline.server import events as e
from warmline.server.settings import LogSettings
from warmline.speech.runtime.errors import SettingsError
from warmline.speech.types import seconds_of

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")

_CALL: ContextVar[str] = ContextVar("call", default="")

log = logging.getLogger("warmline.call")


def begin_call(id: str) -> None:
    """What is logged from here on, in this task and those it begins, belongs to this call."""
    _CALL.set(id)


def current_call() -> str:
    """The call to which what is logged now belongs; "" for none."""
    return _CALL.get()


@contextmanager
def of_call(id: str) -> Generator[None, None, None]:
    """What is logged inside belongs to this call."""
    token = _CALL.set(id)
    try:
        yield
    finally:
        _CALL.reset(token)


class _Lines(logging.Handler):
    """One line a record, to stderr as it is now."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr, flush=True)


class _Text(logging.Formatter):
    """For people. Of an exception the kind alone: its text may quote a caller."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        call, error = _CALL.get(), _error(record)
        plain = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None})
        return super().format(plain) + (f" ({error})" if error else "") + (f" [call {call}]" if call else "")


class _Json(logging.Formatter):
    """For machines: time, level, logger, message, the call's id, and the figures of a turn as fields."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told: dict[str, object] = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        call, error = _CALL.get(), _error(record)
        told |= {"call": call} if call else {}
        told |= {"error": error} if error else {}
        return json.dumps(told | getattr(record, "figures", {}), ensure_ascii=False)


def _error(record: logging.LogRecord) -> str:
    kind = record.exc_info[0] if isinstance(record.exc_info, tuple) else None
    return "" if kind is None else kind.__name__


def configure(settings: LogSettings) -> None:
    """Send our loggers to stderr at ``log.level``. Raises SettingsError for a level or a format that there is not."""
    if settings.level not in LEVELS:
        raise SettingsError(f"log.level is one of {', '.join(LEVELS)}, not {settings.level!r}")
    if settings.format not in FORMATS:
        raise SettingsError(f"log.format is one of {', '.join(FORMATS)}, not {settings.format!r}")
    root = logging.getLogger("warmline")
    root.setLevel(settings.level.upper())
    handler = next((one for one in root.handlers if isinstance(one, _Lines)), None)
    if handler is None:
        handler = _Lines()
        root.addHandler(handler)
        root.propagate = False
    handler.setFormatter(_Json() if settings.format == "json" else _Text())


def watched(observer: e.Observer, settings: LogSettings) -> e.Observer:
    """``observer``, with a line in the log for every turn and every trouble."""

    def watch(event: e.CallEvent) -> None:
        match event:
            case e.ReplyEnded():
                took = ", ".join(f"{name} {ms:.0f}" for name, ms in event.stages_ms.items())
                at_s, outcome = seconds_of(event.at), event.outcome
                figures = {
                    "turn": event.turn,
                    "outcome": outcome.name.lower(),
                    "at_s": at_s,
                    "stages_ms": dict(event.stages_ms),
                }
                log.info(
                    "turn %d %s at %.1f s (ms: %s)", event.turn, outcome.value, at_s, took, extra={"figures": figures}
                )
                if settings.words:
                    log.info("turn %d heard %r, said %r", event.turn, event.words, event.heard)
            case e.StreamFault(_, what, _, count):
                log.warning("the incoming audio: %s (%d of these)", what, count)
            case e.Trouble(what):
                log.warning("%s", what)
        observer(event)

    return watch
