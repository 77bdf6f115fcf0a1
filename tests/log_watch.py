"""Watches everything that is logged in a run of the tests for what must never be: callers' words and secrets.

What callers say is learnt from the events and messages that carry it, and secrets from the settings and from whatever
hands them out, so that no list has to be kept. A leak is four words in a row of something that was said (or all of a
shorter text that is long enough to be no accident), or a secret of at least eight characters. Records of our own
loggers count at every level, also where they would not have been shown. It does not see the logs of other processes.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from warmline.server import events as e
from warmline.server.auth import Keys
from warmline.server.settings import SECRET, HandoffSettings, ServerSettings, StoreSettings, TelephonySettings
from warmline.server.transport import wire
from warmline.server.transport.realtime import messages
from warmline.server.transport.resume import Seats

ROW: Final = 4
SHORT: Final = 12
SECRET_FROM: Final = 8
_LEVELS: Final = ("debug", "info", "warning", "error", "exception", "critical")
_WORDS: Final = re.compile(r"\w+(?:['’]\w+)?")
_SAYING: Final[tuple[tuple[type, str], ...]] = (
    (e.PartialHeard, "text"),
    (e.Planned, "words"),
    (e.ReplyText, "text"),
    (e.ReplyEnded, "words"),
    (e.ReplyEnded, "planned"),
    (wire.Write, "text"),
    (messages.Write, "text"),
)
_SETTINGS: Final = {
    "server": ServerSettings,
    "store": StoreSettings,
    "handoff": HandoffSettings,
    "telephony": TelephonySettings,
}


def words_of(text: str) -> tuple[str, ...]:
    return tuple(_WORDS.findall(text.lower()))


@dataclass
class LogWatch:
    """``off``: for a test that lets words be logged, as an operator may."""

    said: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)
    off: bool = False

    def hears(self, text: str) -> None:
        self.said.add(text)

    def keeps(self, secret: object) -> None:
        self.secrets.update(one.strip() for one in str(secret).split(",") if len(one.strip()) >= SECRET_FROM)

    def logged(self, line: str) -> None:
        if not self.off:
            self.lines.add(line)

    def leaks(self) -> list[str]:
        """What was logged and must not be, each with what it gives away."""
        rows = {row for text in self.said for row in _rows(words_of(text))}
        short = {words for text in self.said if 1 < len(words := words_of(text)) < ROW and len(text) >= SHORT}
        found = []
        for line in self.lines:
            words = words_of(line)
            shown = [row for row in _rows(words) if row in rows]
            shown += [one for one in short if one in _rows(words, len(one))]
            found += [f"{line!r} holds words of a call: {' '.join(row)!r}" for row in shown[:1]]
            found += [f"{line!r} holds a secret" for secret in self.secrets if secret in line][:1]
        return sorted(found)

    def install(self, patch: Callable[[Any, str, Any], None]) -> None:
        """Listen to whatever carries words and secrets, and to the loggers. ``patch`` is setattr, or one that can be
        taken back."""
        for kind, name in _SAYING:
            self._learn(patch, kind, lambda made, name=name: self.hears(getattr(made, name)))
        for section, kind in _SETTINGS.items():
            names = [name for name in kind.__dataclass_fields__ if f"{section}.{name}" in SECRET]
            self._learn(patch, kind, lambda made, names=names: [self.keeps(getattr(made, name)) for name in names])
        self._handed_out(patch)
        for level in _LEVELS:
            patch(logging.Logger, level, self._heard(getattr(logging.Logger, level)))
        factory = logging.getLogRecordFactory()

        def made(*args: Any, **more: Any) -> logging.LogRecord:
            record = factory(*args, **more)
            self.logged(record.getMessage())
            return record

        logging.setLogRecordFactory(made)

    def _learn(self, patch: Callable[[Any, str, Any], None], kind: Any, note: Callable[[Any], object]) -> None:
        begin = kind.__init__

        def begun(made: Any, *args: Any, **more: Any) -> None:
            begin(made, *args, **more)
            note(made)

        patch(kind, "__init__", begun)

    def _handed_out(self, patch: Callable[[Any, str, Any], None]) -> None:
        secret, give = Keys.secret, Seats._give

        def minted(keys: Keys, *args: Any, **more: Any) -> str:
            word = secret(keys, *args, **more)
            self.keeps(word)
            return word

        def given(seats: Seats, seat: Any, still: Any) -> None:
            give(seats, seat, still)
            self.keeps(seat.token)

        patch(Keys, "secret", minted)
        patch(Seats, "_give", given)

    def _heard(self, log: Callable[..., None]) -> Callable[..., None]:
        def logs(logger: logging.Logger, message: object, *args: Any, **more: Any) -> None:
            if logger.name.startswith("warmline"):
                try:
                    self.logged(str(message) % args if args else str(message))
                except (TypeError, ValueError):
                    self.logged(f"{message} {args}")
            more["stacklevel"] = more.get("stacklevel", 1) + 1
            log(logger, message, *args, **more)

        return logs


def _rows(words: tuple[str, ...], count: int = ROW) -> Iterable[tuple[str, ...]]:
    return (words[place : place + count] for place in range(len(words) - count + 1))
