"""What is logged: numbers and outcomes of turns, and a caller's words only if the operator turned that on."""

from __future__ import annotations

import logging
import sys

from warmline.server import events as e
from warmline.server.settings import LogSettings
from warmline.speech.runtime.errors import SettingsError
from warmline.speech.types import seconds_of

LEVELS = ("debug", "info", "warning", "error")

log = logging.getLogger("warmline.call")


class _Lines(logging.Handler):
    """One line a record, to stderr as it is now."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr, flush=True)


def configure(settings: LogSettings) -> None:
    """Send our loggers to stderr at ``log.level``. Raises SettingsError for a level that there is not."""
    if settings.level not in LEVELS:
        raise SettingsError(f"log.level is one of {', '.join(LEVELS)}, not {settings.level!r}")
    root = logging.getLogger("warmline")
    root.setLevel(settings.level.upper())
    if not any(isinstance(handler, _Lines) for handler in root.handlers):
        handler = _Lines()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        root.addHandler(handler)
        root.propagate = False


def watched(observer: e.Observer, settings: LogSettings) -> e.Observer:
    """``observer``, with a line in the log for every turn and every trouble."""

    def watch(event: e.CallEvent) -> None:
        match event:
            case e.ReplyEnded():
                took = ", ".join(f"{name} {ms:.0f}" for name, ms in event.stages_ms.items())
                log.info("turn %d %s at %.1f s (ms: %s)", event.turn, event.outcome.value, seconds_of(event.at), took)
                if settings.words:
                    log.info("turn %d heard %r, said %r", event.turn, event.words, event.heard)
            case e.StreamFault(_, what, _, count):
                log.warning("the incoming audio: %s (%d of these)", what, count)
            case e.Trouble(what):
                log.warning("%s", what)
        observer(event)

    return watch
