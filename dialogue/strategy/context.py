"""What the planner's model may look at: the last few lines of a conversation, who said them, and how far it is.

A value only; knows nothing about weights. The window is five lines, as in the turn files of EmoDynamiX, so that a file
of turns, a file of dialogues and a live call give the same context.
"""

from __future__ import annotations

from dataclasses import dataclass

from warmline.dialogue.types import Strategy, Turn

WINDOW = 5
"""Lines of history the model reads."""

HORIZON = 8
"""Replies of a call that the model is told of: the middle of the talks it learnt from, which end after some fifteen.
Told of sixty, it would go on with whatever it used most, and say goodbye all the time."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said. ``strategy`` is set on a supporter's line only."""

    text: str
    strategy: Strategy | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The last lines, oldest first; ``index``: how many supporter lines the whole talk has had so far; ``past``:
    the strategies of those lines, oldest first."""

    lines: tuple[Line, ...]
    index: int
    past: tuple[Strategy, ...] = ()

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        """The supporter's strategies inside the window, oldest first."""
        return tuple(line.strategy for line in self.lines if line.strategy is not None)

    @property
    def pending(self) -> tuple[str, ...]:
        """What the person said since the supporter last spoke, oldest first."""
        said: list[str] = []
        for line in reversed(self.lines):
            if line.strategy is not None:
                break
            said.append(line.text)
        return tuple(reversed(said))

    @property
    def last_support(self) -> str:
        """The supporter's last line in the window, or ""."""
        return next((line.text for line in reversed(self.lines) if line.strategy is not None), "")

    @property
    def earlier(self) -> str:
        """What the person said in the window before the supporter's last line."""
        texts: list[str] = []
        passed = False
        for line in reversed(self.lines):
            if line.strategy is not None:
                passed = True
            elif passed:
                texts.append(line.text)
        return " ".join(reversed(texts))


def context_of(turns: tuple[Turn, ...], text: str) -> Context:
    """The context of a live call: past exchanges and the person's words so far (they may be unfinished).

    Only what was heard counts as said by us; a reply that nobody heard leaves no line.
    """
    lines: list[Line] = []
    for turn in turns[-WINDOW:]:
        if turn.user.text.strip():
            lines.append(Line(turn.user.text.strip()))
        if turn.heard.strip():
            lines.append(Line(turn.heard.strip(), turn.plan.strategy))
    if text.strip():
        lines.append(Line(text.strip()))
    past = tuple(turn.plan.strategy for turn in turns if turn.heard.strip())[-HORIZON:]
    return Context(tuple(lines[-WINDOW:]), len(past), past)


def said_before(turns: tuple[Turn, ...], most: int = WINDOW) -> tuple[tuple[bool, str], ...]:
    """The last lines of a call, oldest first, as (by the person, text); of ours only what was heard."""
    lines = [
        (own, text.strip())
        for turn in turns[-most:]
        for own, text in ((True, turn.user.text), (False, turn.heard))
        if text.strip()
    ]
    return tuple(lines[-most:])
