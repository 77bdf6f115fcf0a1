"""The languages of a call: which may be answered, which is answered now, and what has to be said about it.

What it says is our own: a wish for another language is granted, one that cannot be spoken is answered honestly, and
before the first reply in a language whose words of danger are not screened the caller is told so.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib.resources import files

from warmline.dialogue.language_choice import Choice, choose
from warmline.dialogue.language_id import warm
from warmline.dialogue.languages import LANGUAGES, of
from warmline.dialogue.prompt import wording
from warmline.dialogue.types import Plan, Turn


class Tongue:
    """``languages``: those that may be answered, a call's first one first. ``screened``: those whose words of danger
    the screen knows. ``aloud``: what is not in ``languages`` cannot even be named in its own words."""

    def __init__(self, languages: tuple[str, ...], screened: frozenset[str], *, aloud: bool) -> None:
        unknown = [code for code in languages if code not in LANGUAGES]
        if unknown or not languages:
            raise ValueError(f"replies are written in {', '.join(LANGUAGES)}, not in {', '.join(unknown) or 'nothing'}")
        self._languages = languages
        self._screened = screened
        self._aloud = aloud
        if len(languages) > 1 or not aloud:
            warm()

    @property
    def start(self) -> str:
        """The language a call begins in."""
        return self._languages[0]

    def choose(self, turns: tuple[Turn, ...], text: str, heard_as: str = "") -> Choice:
        return choose(turns, text, self._languages, self.start, heard_as)

    def notices(self, choice: Choice, plan: Plan, turns: tuple[Turn, ...]) -> tuple[tuple[str, str], ...]:
        """What is said before the reply, or instead of it where ``choice.say`` is set: (text, its language)."""
        first = not any(turn.heard.strip() and turn.plan.language == plan.language for turn in turns)
        said: list[tuple[str, str]] = []
        if first and plan.language not in self._screened:
            said.append((wording.line("language", "unscreened", (), plan.language), plan.language))
        earlier = tuple(turn.heard for turn in turns if turn.heard.strip())
        if choice.say == "switched":
            said.append((wording.line("language", "switched", earlier, plan.language), plan.language))
        if choice.say == "unspoken":
            said.append(self._unspoken(choice.heard, plan.language))
        return tuple(said)

    def _unspoken(self, heard: str, now: str) -> tuple[str, str]:
        """In the language that was heard where we can write this one sentence of it, else in the call's."""
        ours = ", ".join(of(code).own for code in self._languages)
        language = now
        text = wording.line("language", "unspoken", (), now)
        if not self._aloud and heard in LANGUAGES:
            text, language = wording.line("language", "unspoken", (), heard), heard
        elif not self._aloud and heard in _foreign():
            text, language = _foreign()[heard], heard
        return text.replace("{languages}", ours), language


@functools.cache
def _foreign() -> Mapping[str, str]:
    return tomllib.loads(files("warmline.dialogue.prompt").joinpath("unspoken.toml").read_text(encoding="utf-8"))
