"""Where the words of a language lie: each has a folder beside this file with the same file names."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any


def folder_of(language: str) -> Traversable:
    """The folder of ``language``, a two-letter code of one that is written here."""
    return files("warmline.dialogue.prompt").joinpath(language)


@functools.cache
def words_file(language: str) -> Mapping[str, Mapping[str, Any]]:
    """All tables of the language's ``words.toml``."""
    return tomllib.loads(folder_of(language).joinpath("words.toml").read_text(encoding="utf-8"))
