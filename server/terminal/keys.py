"""What is typed while a call goes on: keys one by one where a terminal gives them, else lines.

A terminal tells that a key was pressed and never that it was let go; so push-to-talk is a key that is pressed to begin
and pressed again to end. Reads the terminal on the call's own loop; knows nothing of a call.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

ESCAPE: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?", re.S)
"""What an arrow or a function key sends."""

MOST: Final = 2_000
"""Longest line, in characters."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The line so far."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a key did: ``line`` is to be sent; ``talk``: the talk key was pressed."""

    line: str = ""
    talk: bool = False


def press(typed: Typed, key: str, push_to_talk: bool) -> tuple[Typed, Pressed]:
    """One key. With ``push_to_talk`` a space at the beginning of a line is the talk key. Pure."""
    if key in ("\r", "\n"):
        return Typed(), Pressed(line=typed.text.strip())
    if key in ("\x7f", "\b"):
        return replace(typed, text=typed.text[:-1]), Pressed()
    if key == "\x15":  # Ctrl-U, as in every shell
        return Typed(), Pressed()
    if key == " " and push_to_talk and not typed.text:
        return typed, Pressed(talk=True)
    if key.isprintable() and len(typed.text) < MOST:
        return replace(typed, text=typed.text + key), Pressed()
    return typed, Pressed()


@contextmanager
def keys(pressed: Callable[[str], None], file: int | None = None) -> Iterator[None]:
    """While it lasts, ``pressed`` is given each key; the terminal does not echo them. Ctrl-C stays what it is. An
    escape sequence (an arrow) is left out."""
    import termios
    import tty

    descriptor = sys.stdin.fileno() if file is None else file
    before = termios.tcgetattr(descriptor)
    loop = asyncio.get_running_loop()

    def read() -> None:
        for key in ESCAPE.sub("", os.read(descriptor, 1_024).decode("utf-8", "ignore")):
            pressed(key)

    tty.setcbreak(descriptor)
    loop.add_reader(descriptor, read)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
