"""Tells a call to a person as it happens, line by line, and writes it down afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from warmline.dialogue.types import Outcome
from warmline.server import events as e
from warmline.server.views import card_line, plan_line, stages_line, tags_line
from warmline.speech.audio.files import write_text
from warmline.speech.types import seconds_of


class Narrator:
    """An observer of one call. Of a draft that is discarded nothing is told: only what counted."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._planned: e.Planned | None = None
        self._lines: list[str] = []

    def __call__(self, event: e.CallEvent) -> None:
        match event:
            case e.Planned():
                self._planned = event
            case e.ReplyBegan() if self._planned is not None and self._planned.turn == event.turn:
                planned = self._planned
                self._say(f"\nyou      {planned.words}")
                self._say(f"  voice  {tags_line(planned.tags)}")
                self._say(f"  plan   {plan_line(planned.plan)}")
            case e.ReplyEnded():
                cut = "  [you spoke: I stopped here]" if event.outcome is Outcome.CUT else ""
                self._say(f"warmline {event.heard}{cut}")
                if cut and event.planned != event.heard:
                    self._say(f"  unsaid {event.planned.removeprefix(event.heard).strip()}")
                self._say(f"  took   {stages_line(event.stages_ms)}")
            case e.Overlap(action, at, why):
                found = f" ({why})" if why else ""
                self._say(f"  [{seconds_of(at):.2f} s: a voice over the reply: {action}{found}]")
            case e.SafetyStep(_, note) if note.card is not None:
                self._say(f"  shown  {card_line(note.card)}")
            case e.StreamFault(_, what):
                self._say(f"  [the incoming audio, {what}]")
            case e.Trouble(what):
                self._say(f"  [{what}]")

    def _say(self, line: str) -> None:
        self._lines.append(line)
        self._tell(line)

    def write(self, path: Path) -> None:
        """What was told so far, as Markdown. Raises StorageError."""
        write_text(path, "```\n" + "\n".join(self._lines).strip() + "\n```\n")
