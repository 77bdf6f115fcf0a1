"""Where the words of a language lie: each has a folder beside this file with the same file names."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

ENGLISH = "en"


def folder_of(language: str) -> Traversable:
    """The folder of ``language``, a two-letter code of one that is written here."""
    return files("warmline.dialogue.prompt").joinpath(language)
