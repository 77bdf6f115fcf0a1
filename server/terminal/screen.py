"""What a call looks like in a terminal: captions, the mood, the level of the microphone, the line that is typed.

Fed with the messages of the wire; draws nothing itself but gives what rich shows. Old lines scroll away above the live
part, so that the terminal keeps the whole talk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

STATUS: Final = {
    "turn_began": "you are speaking",
    "draft_started": "listening",
    "reply_began": "speaking",
    "reply_ended": "listening",
    "resumed": "listening",
    "ready": "listening",
}
METER: Final = 14
VALENCE: Final = ("low", "rather low", "even", "rather bright", "bright")
AROUSAL: Final = ("calm", "rather calm", "neither calm nor stirred", "rather stirred", "stirred")
LIMITS: Final = (-0.35, -0.1, 0.1, 0.35)


class Screen:
    """``above`` is given each finished line, to be printed above the live part. ``level`` (0 to 1), ``muted`` and
    ``typed`` are set from outside."""

    def __init__(self, above: Callable[[RenderableType], None], *, push_to_talk: bool = False) -> None:
        self.level = 0.0
        self.muted = False
        self.typed = ""
        self.status = "connecting"
        self._above = above
        self._push_to_talk = push_to_talk
        self._partial = ""
        self._reply: list[str] = []
        self._draft: dict[int, list[str]] = {}
        self._planned: Mapping[str, Any] | None = None
        self._mood = ""

    def hear(self, message: Mapping[str, Any]) -> None:
        """One message of the wire."""
        kind = message["type"]
        self.status = STATUS.get(kind, self.status)
        match kind:
            case "partial":
                self._partial = message["text"]
            case "planned":
                self._planned = message
                self._partial = message["words"]
            case "draft_discarded":
                self._draft.pop(message["turn"], None)
            case "reply_released" if not message["ready"]:
                self.status = "thinking"
            case "reply_text":
                self._text(message["turn"], message["text"])
            case "reply_began":
                self._began(message["turn"])
            case "reply_ended":
                self._ended(message)
            case "tone":
                self._mood = mood_line(message)
            case "help" if message["card"] is not None:
                card = message["card"]
                self._above(Text(f"{card['name']}: {card['number'] or card['website']}", "bold"))
            case "trouble":
                self.note(message["what"])
            case "error":
                self.note(message["message"])

    def note(self, text: str) -> None:
        """Something about the call that nobody said."""
        self._above(Text(text, "dim"))

    def live(self) -> RenderableType:
        """The part that changes."""
        head = Table.grid(padding=(0, 2))
        filled = round(self.level * METER)
        microphone = "muted" if self.muted else "▮" * filled + "▯" * (METER - filled)
        head.add_row(Text(f"● {self.status}", "bold"), Text(microphone, "cyan"), Text(self._mood, "dim"))
        rows: list[RenderableType] = []
        if self._partial:
            rows.append(Text(f"you      {self._partial}", "dim italic"))
        if self._reply:
            rows.append(Text(f"warmline {' '.join(self._reply)}"))
        keys = "space: talk   " if self._push_to_talk else ""
        rows += [head, Text(f"> {self.typed}▁" if self.typed else f"> {keys}type and press return; Ctrl-C hangs up")]
        return Group(*rows)

    def _text(self, turn: int, text: str) -> None:
        (self._reply if self._reply else self._draft.setdefault(turn, [])).append(text)

    def _began(self, turn: int) -> None:
        planned = self._planned
        self._partial = ""
        self._reply = self._draft.pop(turn, [])
        self._draft.clear()
        if planned is None or planned["turn"] != turn:
            return
        self._above(Text.assemble(("you      ", "bold"), planned["words"]))
        self._mood = mood_line(planned["tags"]) or self._mood
        self._planned = None

    def _ended(self, message: Mapping[str, Any]) -> None:
        heard, planned = message["heard"], message["planned"]
        line = Text.assemble(("warmline ", "bold"), heard)
        if message["outcome"] == "cut" and planned != heard:
            line.append(f" {planned.removeprefix(heard).strip()}", "strike dim")
        self._above(line)
        self._reply = []


def mood_line(tags: Mapping[str, Any]) -> str:
    """Valence and arousal in words, with their doubt; "" where nothing is claimed."""
    confidence = tags.get("confidence") or 0.0
    if confidence <= 0.0 or tags.get("valence") is None:
        return ""
    sure = "unsure" if confidence < 0.35 else "fairly sure" if confidence < 0.65 else "quite sure"
    return f"{_worded(tags['valence'], VALENCE)}, {_worded(tags['arousal'], AROUSAL)} ({sure})"


def _worded(value: float, names: tuple[str, ...]) -> str:
    return names[sum(value >= limit for limit in LIMITS)]
