"""What has to be said beside the replies: that this is an AI, at the start and every few hours; whether emotion may be
read from the voice.

Pure but for what it was told. Only what was heard counts: a greeting that was cut before it said so is not a notice,
so the next reply says it first. It never delays the emergency number.
"""

from __future__ import annotations

import re
from typing import Final

from warmline.dialogue.safety import consent, lines
from warmline.dialogue.types import RiskLevel, Turn
from warmline.server import events as e
from warmline.server.settings import CallSettings
from warmline.speech.types import samples_of

_SAYS_SO: Final = re.compile(
    r"\b(?:an AI|artificial intelligence|inteligencia artificial|una IA|eine KI|künstliche Intelligenz)\b|人工智能",
    re.IGNORECASE,
)
_LAST_QUESTION: Final = re.compile(r"(?<=[.!?。！？])\s*[^.!?。！？]*[?？]\s*$")


class Notices:
    """An observer of one call, and what it asks to be said. ``turns`` gives the exchanges so far. Without a greeting
    nothing is said: for tests and rehearsals. ``call``: a number of the call's own, which chooses among wordings."""

    def __init__(self, settings: CallSettings, call: int = 0) -> None:
        self._settings, self._call = settings, call
        self._every = samples_of(settings.notice_every_h * 3600.0)
        self._told: int | None = None
        self._said = 0

    def __call__(self, event: e.CallEvent) -> None:
        if isinstance(event, e.ReplyEnded) and _SAYS_SO.search(event.heard):
            self._told = event.at

    def due(self, now: int, language: str, risk: RiskLevel = RiskLevel.L0) -> str:
        """A sentence to say first, or "". ``now``: samples since the call began."""
        if not self._settings.greeting or risk is RiskLevel.L3:
            return ""
        if self._told is not None and now - self._told < self._every:
            return ""
        rows = lines.of(language).say["notice" if self._told is None else "notice_again"]
        return lines.variant(rows, self._call + now // max(1, self._every))

    @property
    def greeting(self) -> str:
        """The greeting; where consent is asked for in speech, that is its one question."""
        hello = self._settings.hello
        if not self.asks:
            return hello
        asked = consent.question(self._settings.tongues[0], self._call)
        return f"{_LAST_QUESTION.sub('', hello).strip()} {asked}"

    @property
    def asks(self) -> bool:
        """Is consent to reading the voice's emotion asked for in this call?"""
        settings = self._settings
        return settings.read_tone and settings.tone_consent == "ask" and bool(settings.greeting)

    def may_read(self, turns: tuple[Turn, ...], text: str = "") -> bool:
        """May emotion be read from the voice now? ``text``: the words that are just being said."""
        if not self._settings.read_tone:
            return False
        said = tuple(turn.user.text for turn in turns)
        return consent.allowed(self._settings.tone_consent, (*said, text) if text else said)

    def to_consent(self, turns: tuple[Turn, ...], text: str, language: str) -> str:
        """What to say to a first answer that was about consent and nothing else; "" where there is more to answer."""
        if not self.asks or turns:
            return ""
        return consent.reply((text,), language, self._call)

    def given(self, turns: tuple[Turn, ...]) -> e.Consent | None:
        """What the first exchange said about consent, told once, when it ends."""
        if not self.asks or len(turns) != 1:
            return None
        return e.Consent("tone", self.may_read(turns))
