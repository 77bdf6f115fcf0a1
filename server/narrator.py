"""Tells a call to a person as it happens, line by line, and writes it down afterwards.

It reads the messages of the wire (:mod:`warmline.server.transport.wire`), so a call that another machine holds is told
like one of our own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from warmline.dialogue.types import HelpCard
from warmline.server import events as e
from warmline.server.transport.wire import event_messages
from warmline.server.views import card_line, stages_line
from warmline.speech.audio.files import write_text


class Narrator:
    """An observer of one call. Of a draft that is discarded nothing is told: only what counted."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._planned: Mapping[str, Any] | None = None
        self._lines: list[str] = []

    def __call__(self, event: e.CallEvent) -> None:
        for message in event_messages(event):
            self.hear(message)

    def hear(self, message: Mapping[str, Any]) -> None:
        """One message of the wire."""
        match message["type"]:
            case "planned":
                self._planned = message
            case "reply_began" if self._planned is not None and self._planned["turn"] == message["turn"]:
                planned = self._planned
                self._say(f"\nyou      {planned['words']}")
                self._say(f"  voice  {planned['tags']['line']}")
                self._say(f"  plan   {planned['plan']['line']}")
            case "reply_ended":
                self._reply(message)
            case "overlap":
                why = f" ({message['why']})" if message.get("why") else ""
                self._say(f"  [{message['at_s']:.2f} s: a voice over the reply: {message['action']}{why}]")
            case "help" if message["card"] is not None:
                self._say(f"  shown  {card_line(HelpCard(**message['card']))}")
            case "stream_fault":
                self._say(f"  [the incoming audio, {message['what']}]")
            case "trouble":
                self._say(f"  [{message['what']}]")
            case "error":
                self._say(f"  [{message['message']}]")

    def note(self, text: str) -> None:
        """Something about the call that is no event of it."""
        self._say(f"  [{text}]")

    def _reply(self, message: Mapping[str, Any]) -> None:
        planned, heard = message["planned"], message["heard"]
        cut = message["outcome"] == "cut"
        self._say(f"warmline {heard}{'  [you spoke: I stopped here]' if cut else ''}")
        if cut and planned != heard:
            self._say(f"  unsaid {planned.removeprefix(heard).strip()}")
        self._say(f"  took   {stages_line(message['stages_ms'])}")

    def _say(self, line: str) -> None:
        self._lines.append(line)
        self._tell(line)

    def write(self, path: Path) -> None:
        """What was told so far, as Markdown. Raises StorageError."""
        write_text(path, "```\n" + "\n".join(self._lines).strip() + "\n```\n")
