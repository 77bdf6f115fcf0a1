"""Rules over words for languages other than English: what a text asks for, how heavy it is, and why, as patterns.

English has its own, in cues.py, intensity.py and cause.py; here lie the others, in one file a language.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files

from warmline.dialogue.languages import LANGUAGES

LONGEST = 60
"""Characters kept of a reason."""


@functools.cache
def table(language: str) -> Mapping[str, Mapping[str, str]]:
    """The patterns of one language by section and name. ``language``: one of LANGUAGES other than English."""
    text = files("warmline.dialogue.strategy.tables").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@functools.cache
def patterns(language: str, section: str) -> Mapping[str, re.Pattern[str]]:
    return {name: re.compile(text, re.IGNORECASE) for name, text in table(language)[section].items()}


def reason(text: str, language: str) -> str:
    """The words after a "because" of the language, a substring of ``text``; "" where there is none."""
    if language not in LANGUAGES:
        return ""
    found = patterns(language, "cause")["because"].search(text)
    return found["why"].strip(" ,，、")[:LONGEST].strip() if found is not None else ""
